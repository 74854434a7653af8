/** A close is decided on what is known; a restart, a reconnect, a reload or a clock step ends it, and a new one may be decided (I2). */
import { describe, expect, it } from 'vitest';
import { arrives, drivesThrough, gate } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const closes = (world: World) => world.actions().filter((action) => action === 'pulseClose').length;

/** Nobody drove through: the close runs its announcement. */
function announced(): World {
  const world = gate();
  arrives(world, '京A12345');
  world.until(() => world.lane().barrier?.position === 'open');
  world.set('arming', false);
  world.until(() => world.ofKind('announced').length === 1, 60_000);
  world.run(1000);
  return world;
}

/** Directly behind a car, ordered, and its record on a slow disk. */
function ordered(): World {
  const world = gate({ timing: { closeAfterClearMs: 3000 } });
  arrives(world, '京A12345');
  world.until(() => world.lane().barrier?.position === 'open');
  drivesThrough(world);
  world.slowJournal(280);
  world.until(() => world.lane().close?.stage === 'ordered');
  return world;
}

/** The maintained OPEN has been let go, the board does not lower the boom for that, and the pulse that would has not gone out. */
function released(isAnswered = true): World {
  const world = gate({ barrier: { open: 'maintained', hold: 'maintained' }, timing: { closeAfterClearMs: 3000 } });
  world.boom().staysOnRelease = true;
  arrives(world, '京A12345');
  world.until(() => world.lane().barrier?.position === 'open');
  drivesThrough(world);
  const isThere = () => world.actions().includes('holdOff') && world.lane().pending.length === (isAnswered ? 0 : 1);
  for (let steps = 0; !isThere() && steps < 1000; steps++) world.run(5);
  expect(world.actions()).toEqual(['holdOn', 'holdOff']);
  return world;
}

const events: readonly (readonly [string, (world: World) => void])[] = [
  ['a restart (I17)', (world) => world.restart()],
  ['a reload (I17)', (world) => world.replace(world.site.model.lanes)],
  ['a clock step (I13)', (world) => world.clockSteps(3_600_000)],
  [
    'a reconnect of its board (I2)',
    (world) => {
      world.silence();
      world.run(300);
      world.bringBack();
    },
  ],
];

describe.each(events)('a close does not outlive %s', (_, happens) => {
  it.each([
    ['announced', announced],
    ['ordered, its record not durable yet', ordered],
    ['released, its pulse to follow', released],
    ['released, and not answered yet', () => released(false)],
  ])('%s: nothing goes out, and a new one is decided after its time, announced', (_stage, pending) => {
    const world = pending();
    const warnings = world.ofKind('announced').length;
    happens(world);
    world.slowJournal(0);
    const from = world.now;
    world.run(55_000);
    expect(closes(world)).toBe(0);
    world.until(() => world.boom().isDown, 60_000);
    const decided = world.ofKind('closeDecided').at(-1);
    expect((decided?.at.mono ?? 0) - from).toBeGreaterThan(55_000);
    expect(world.ofKind('announced').length).toBe(warnings + 1);
    expect(world.ofKind('announced').at(-1)?.cause).toBe(decided?.ref);
    expect(closes(world)).toBe(1);
  });
});

describe('a guard who stops a release that no pulse has followed yet', () => {
  it('keeps the boom up', () => {
    const world = released();
    world.guard('guardStop');
    world.run(30_000);
    expect(closes(world)).toBe(0);
    expect(world.boom().isUp).toBe(true);
  });
});
