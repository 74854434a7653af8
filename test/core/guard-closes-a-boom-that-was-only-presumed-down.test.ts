/** Nothing measures the boom and somebody has lifted it by hand: the guard who sees it stand open can bring it down (gate.md "Closing"). */
import { expect, it } from 'vitest';
import { arrives, gate, type LaneChange, without } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const unmeasured: LaneChange = {
  barrier: { hasOpenLimit: false, hasClosedLimit: false },
  inputs: without('openLimit', 'closedLimit'),
};

/** Its only travel so far has left it presumed down. */
function presumedDown(change: LaneChange): World {
  const world = gate(change);
  world.guard('guardOpen');
  world.until(() => world.lane().barrier?.position === 'open');
  world.guard('guardClose');
  world.until(() => world.lane().barrier?.position === 'closed');
  world.run(2000);
  return world;
}

const closes = (world: World): number => world.actions().filter((action) => action === 'pulseClose').length;

it('by the screen, announced, and under the eyes of the safety sensors', () => {
  const world = presumedDown(unmeasured);
  const before = { closes: closes(world), announced: world.ofKind('announced').length };
  world.guard('guardClose');
  world.run(2000);
  expect(closes(world)).toBe(before.closes);
  world.until(() => closes(world) === before.closes + 1, 4000);
  expect(world.ofKind('announced')).toHaveLength(before.announced + 1);
  world.run(300);
  world.set('obstruction', true);
  world.until(() => world.actions().at(-1) === 'pulseOpen', 500);
});

it('and a car that comes meanwhile is let in by a pulse of its own', () => {
  const world = presumedDown(unmeasured);
  world.guard('guardClose');
  world.run(1000);
  const before = closes(world);
  arrives(world, '京A12345');
  world.run(300);
  expect(world.actions().at(-1)).toBe('pulseOpen');
  world.run(6000);
  expect(closes(world)).toBe(before);
});

it('a boom that is measured down needs no close, and gets none', () => {
  const world = gate({});
  world.guard('guardClose');
  world.run(6000);
  expect(world.actions()).toEqual([]);
});

it('also after a start, when nothing is even presumed of it', () => {
  const world = gate(unmeasured);
  world.run(2000);
  expect(world.lane().barrier?.position).toBe('unknown');
  world.guard('guardClose');
  world.until(() => closes(world) === 1, 5000);
  expect(world.ofKind('announced')).toHaveLength(1);
});
