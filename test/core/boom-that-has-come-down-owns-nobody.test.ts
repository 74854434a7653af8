/** A guard opens for a car that never comes; the board closes again. Whoever comes the other way then is not kept waiting for it. */
import { expect, it } from 'vitest';
import { gate, twoWay } from './lane-fixtures.ts';

it('a car from the other side is let out at once where the boom has come down again unused', () => {
  const world = gate({ ...twoWay, barrier: { autoClose: 'board' } }, { boardClosesAfterMs: 3000 });
  world.guard('guardOpen');
  world.until(() => world.lane().barrier?.position === 'open');
  world.until(() => world.lane().barrier?.position === 'closed');
  world.run(2000);
  const before = world.sent.length;
  world.set('armingOut', true);
  world.run(200);
  world.plate('京A12345', { device: 'cameraOut' });
  world.run(500);
  expect(world.sent.slice(before).map(({ command }) => command.action)).toEqual(['pulseOpen']);
});
