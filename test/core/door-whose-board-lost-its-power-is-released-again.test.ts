import { expect, it } from 'vitest';
import { door, gate, input } from './lane-fixtures.ts';

const inputs = [input('rex'), input('doorContact'), input('fire')];

/** Where the board has no read-back nothing else would tell that its relay has dropped. */
it('in an emergency a door whose board was away is released again when that is back', () => {
  const world = gate({ portal: { ...door, fail: 'safe' }, inputs });
  world.claim('emergency');
  world.run(1000);
  expect(world.actions()).toEqual(['unlock']);
  world.silence();
  world.run(5000);
  const before = world.sent.length;
  world.bringBack();
  world.run(100);
  expect(world.actions().slice(before)).toEqual(['unlock']);
  world.run(20_000);
  expect(world.actions().slice(before)).toEqual(['unlock']);
  expect(world.lane().door?.lock).toBe('released');
});

it('without an emergency the return of the board moves no lock', () => {
  const world = gate({ portal: door, inputs });
  world.claim('hold');
  world.run(1000);
  world.silence();
  world.run(5000);
  const before = world.sent.length;
  world.bringBack();
  world.run(20_000);
  expect(world.actions().slice(before)).toEqual([]);
});
