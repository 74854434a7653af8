/** Where a loop lies beside a radar, whom the loop does not feel is on foot: the car that waits keeps its grant (gate.md "Opening"). */
import { expect, it } from 'vitest';
import { arrives, drivesThrough, gate, input, type LaneChange, outcomes, without } from './lane-fixtures.ts';

const loop = input('obstruction', { detects: 'vehicle' });
const radar = input('obstruction', { id: 'radar', detects: 'both' });
const both: LaneChange = { inputs: [...without('obstruction'), loop, radar], timing: { notTakenAfterMs: 60_000 } };

function walks(world: ReturnType<typeof gate>): void {
  world.set('radar', true);
  world.run(1500);
  world.set('radar', false);
  world.run(3000);
}

function waiting(change: LaneChange = both) {
  const world = gate(change);
  arrives(world, '京A12345');
  world.until(() => world.lane().barrier?.position === 'open');
  return world;
}

it('the boom stays up for a car that somebody walks past, and the car then takes its own passage', () => {
  const world = waiting();
  walks(world);
  walks(world);
  expect(outcomes(world)).toEqual([]);
  expect(world.lane().grants).toHaveLength(1);
  expect(world.boom().isUp).toBe(true);
  world.set('radar', true);
  drivesThrough(world, 0);
  world.set('radar', false);
  world.run(3000);
  expect(outcomes(world)).toEqual(['taken/measured']);
});

it('so too where a departure sensor shows that nothing has left', () => {
  const world = waiting({ ...both, inputs: [...(both.inputs ?? []), input('departure', { detects: 'vehicle' })] });
  walks(world);
  world.run(5000);
  expect(outcomes(world)).toEqual([]);
  expect(world.lane().grants).toHaveLength(1);
});

it.each([
  ['feels something', (world: ReturnType<typeof gate>) => world.set('obstruction', true)],
  ['is not read', (world: ReturnType<typeof gate>) => world.mute('obstruction')],
] as const)('not where the loop %s: it may be the car, which has drawn back', (_, change) => {
  const world = waiting();
  world.set('radar', true);
  world.run(500);
  change(world);
  world.run(1500);
  world.set('obstruction', false);
  world.unmute('obstruction');
  world.set('radar', false);
  world.run(5000);
  expect(world.lane().grants).toEqual([]);
});

it('not where the loop has slept through what the radar saw, nor where only the radar looks', () => {
  const world = waiting();
  for (let car = 0; car < 3; car += 1) {
    world.set('arming', false);
    world.set('radar', true);
    world.run(1500);
    world.set('radar', false);
    world.run(3000);
    if (car < 2) world.until(() => world.boom().isDown);
    arrives(world, '京A12345');
    world.until(() => world.lane().barrier?.position === 'open');
  }
  expect(world.faults).toContain('obstructionSilent');
  walks(world);
  expect(world.lane().grants).toEqual([]);
  const blind = waiting({ ...both, inputs: [...without('obstruction'), radar] });
  walks(blind);
  expect(blind.lane().grants).toEqual([]);
});
