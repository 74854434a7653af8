/** The guard's only button closes on what is measured alone; in every doubt a press opens (gate.md "The guard's button"). */
import { expect, it } from 'vitest';
import { gate, type LaneChange, twoWay, without } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const oneButton: LaneChange = { buttonCloses: true };

/** What a press orders at once, and the closes that follow from it. */
function press(world: World): readonly string[] {
  const before = world.actions().length;
  world.set('button', true);
  world.run(400);
  world.set('button', false);
  world.run(6000);
  return world.actions().slice(before);
}

it('while nobody knows which emergencies stand', () => {
  const world = gate(oneButton, { startsOpen: true });
  world.run(4000);
  world.request({ kind: 'recallLatch', causes: [], doubt: { why: 'fileUnreadable', lanes: null } });
  expect(press(world)).toEqual(['pulseOpen']);
});

it('while a sensor is bypassed', () => {
  const world = gate({ ...oneButton, boardProtected: true }, { startsOpen: true });
  world.run(4000);
  world.request({
    ...{ kind: 'bypassSensor', lane: 'east', by: { via: 'cli', name: '李' }, input: 'obstruction' },
    ...{ reason: '雷达坏了', forMs: 3_600_000 },
  });
  expect(press(world)).toEqual(['pulseOpen']);
});

it('over a boom that is presumed open and not measured', () => {
  const world = gate({ ...oneButton, barrier: { hasOpenLimit: false }, inputs: without('openLimit') });
  expect(press(world)).toEqual(['pulseOpen']);
  world.until(() => world.lane().barrier?.position === 'open');
  world.run(4000);
  expect(press(world)).toEqual(['pulseOpen']);
});

it('after a close that is not seen to have brought the boom down, since its limit may lie', () => {
  const world = gate(oneButton, { startsOpen: true });
  world.run(4000);
  world.set('openLimit', true);
  world.set('closedLimit', false);
  world.guard('guardClose');
  world.until(() => world.faults.includes('boomFailedToClose'));
  world.run(4000);
  expect(press(world)).toEqual(['pulseOpen']);
});

it('lets through whoever waits alone, on whichever side he waits', () => {
  const world = gate(twoWay);
  world.set('armingOut', true);
  world.run(300);
  world.guard('guardOpen');
  expect(world.lane().grants.map(({ direction }) => direction)).toEqual(['out']);
});
