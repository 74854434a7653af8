/** A line admits only as many closings as it can watch (gate.md "Closing"); a boom that was not seen to arrive is still watched. */
import { expect, it } from 'vitest';
import { laneOf, road } from './emergency-world.ts';

it('while one boom hangs half way the next one waits open, until the first is watched no more', () => {
  const world = road([laneOf('in'), laneOf('side')], [], { closingsAtOnce: 1 });
  const closes = (lane: string) =>
    world.sent.filter(({ command }) => command.lane === lane && command.action === 'pulseClose').length;
  for (const lane of ['in', 'side']) world.guard('guardOpen', lane);
  world.until(() => world.boom('in-board').isUp && world.boom('side-board').isUp);
  world.guard('guardClose', 'in');
  world.until(() => closes('in') === 1);
  world.run(500);
  world.boom('in-board').stuck = true;
  world.until(() => world.lane('in').unfinished !== null);
  world.guard('guardClose', 'side');
  world.run(30_000);
  expect(closes('side')).toBe(0);
  expect(world.boom('side-board').isUp).toBe(true);
  world.until(() => closes('side') === 1, 60_000);
});
