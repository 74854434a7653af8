import { describe, expect, it } from 'vitest';
import type { LaneModel } from '../../src/core/site-model.ts';
import { lanesClosing } from '../../src/core/step.ts';
import { arrives, drivesThrough, eastLane, fullInputs, gate, input, without } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;
const is = (world: Gate, position: string) => () => world.lane().barrier?.position === position;

function falling(): Gate {
  const world = gate();
  arrives(world, '京A12345');
  world.until(is(world, 'open'));
  drivesThrough(world);
  world.until(() => world.actions().includes('pulseClose'));
  world.run(400);
  return world;
}

const gone: readonly (readonly [string, readonly LaneModel[]])[] = [
  ['is removed', []],
  ['gets another device', [eastLane({ barrier: { device: 'board2' } })]],
];

describe('a boom that falls on our word', () => {
  it.each(gone)('is sent up by the device that moves it when its lane %s', (_, lanes) => {
    const world = falling();
    world.replace(lanes);
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'pulseOpen', priority: 'reopen', device: 'board' });
    world.run(3000);
    expect(world.boom().isUp).toBe(true);
  });

  it.each(gone)('slower than its travel limit as well, when its lane %s', (_, lanes) => {
    const world = falling();
    world.boom().travelMs = 60_000;
    world.run(6000);
    expect(world.lane().close).toBeNull();
    world.replace(lanes);
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'pulseOpen', priority: 'reopen', device: 'board' });
  });

  it.each([
    ['other inputs', [...fullInputs, input('tamper')]],
    ['no obstruction input', without('obstruction')],
  ])('stays guarded when its lane gets %s', (_, inputs) => {
    const world = falling();
    world.boom().travelMs = 6000;
    world.replace([eastLane({ inputs })]);
    world.set('obstruction', true);
    world.run(600);
    expect(world.sent.at(-1)?.command).toMatchObject({ action: 'pulseOpen', priority: 'reopen' });
  });

  it('is named to whoever would reload', () => {
    const world = falling();
    expect(lanesClosing(world.site)).toEqual(['east']);
    world.until(is(world, 'closed'));
    world.run(100);
    expect(lanesClosing(world.site)).toEqual([]);
  });
});

describe('a boom that does not fall', () => {
  it.each(gone)('is not moved when its lane %s (I17)', (_, lanes) => {
    const world = gate({}, { startsOpen: true });
    world.replace(lanes);
    world.run(2000);
    expect(world.sent).toEqual([]);
  });
});
