/** Where nothing measures the boom, letting go of its OPEN may lower it or not; a pulse follows. Meanwhile somebody may come (I2). */
import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, gate, without } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

/** The release is out, the boom goes down for it, and the pulse behind it cannot go out. */
function released(hold: (world: World) => void): World {
  const world = gate({
    barrier: { open: 'maintained', hold: 'maintained', travelMs: 5000, hasOpenLimit: false, hasClosedLimit: false },
    inputs: without('openLimit', 'closedLimit'),
  });
  arrives(world, '京A12345');
  world.until(() => world.boom().isUp);
  drivesThrough(world);
  world.until(() => world.actions().includes('holdOff'));
  hold(world);
  world.run(2000);
  expect(world.boom().isFalling).toBe(true);
  return world;
}

const reasons: readonly (readonly [string, (world: World) => void])[] = [
  ['the disk refuses its record', (world) => world.breakJournal()],
  ['the disk is slow', (world) => world.slowJournal(290)],
];

describe.each(reasons)('a boom that falls for a release, while %s', (_, hold) => {
  it('goes up as soon as somebody is under it', () => {
    const world = released(hold);
    const before = world.sent.length;
    world.set('obstruction', true);
    world.run(200);
    expect(world.sent.slice(before).map(({ command }) => [command.action, command.priority])[0]).toEqual([
      'holdOn',
      'reopen',
    ]);
    world.run(6000);
    expect(world.boom().isUp).toBe(true);
  });

  it('goes up when its sensor is silent', () => {
    const world = released(hold);
    world.mute('obstruction');
    world.run(1000);
    expect(world.boom().isFalling).toBe(false);
  });
});
