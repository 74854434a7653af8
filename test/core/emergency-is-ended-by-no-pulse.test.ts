/** Where OPEN is both pulsed and held, a pulse's end lets go of what is held: in an emergency whoever opens says the hold (I3). */
import { expect, it } from 'vitest';
import { latchOf } from '../../src/core/emergency/latch.ts';
import { arrives, drivesThrough, gate, type LaneChange, without } from './lane-fixtures.ts';

const held = { hold: 'maintained' as const };
const unseen: LaneChange = {
  barrier: { ...held, hasOpenLimit: false, hasClosedLimit: false },
  inputs: without('openLimit', 'closedLimit'),
};

it.each([
  ['with limits', { barrier: held }],
  ['that nobody sees', unseen],
] as const)('an emergency recalled over a boom %s is said to it by grants, presses and repeats alike', (_, change) => {
  const before = gate(change);
  before.claim('emergency');
  before.run(300);
  const { causes } = latchOf(before.site);
  const world = gate(change);
  world.fate = () => 'unanswered';
  world.request({ kind: 'recallLatch', causes, doubt: null });
  arrives(world, '京A12345');
  world.run(1000);
  world.guard('guardOpen');
  world.run(1000);
  world.fate = () => 'confirmed';
  world.guard('guardOpen');
  world.run(3000);
  drivesThrough(world);
  expect(world.ofKind('decision').at(-1)?.body).toMatchObject({ outcome: 'granted' });
  world.run(60_000);
  expect(new Set(world.actions())).toEqual(new Set(['holdOn']));
  expect(world.boom()).toMatchObject({ isHeld: true, isUp: true });
});

it('a hold input of its own is left as it is by the pulses of an emergency', () => {
  const world = gate({ barrier: { hold: 'holdInput' } });
  world.fate = () => 'unanswered';
  world.claim('emergency');
  world.run(500);
  world.fate = () => 'confirmed';
  world.guard('guardOpen');
  world.run(500);
  expect(world.actions()).toContain('pulseOpen');
});
