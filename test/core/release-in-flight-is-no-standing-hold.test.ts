/** A maintained OPEN whose release is on the wire reads as held until the answer: nobody may take that for a hold that stands (I3). */
import { describe, expect, it } from 'vitest';
import { gate } from './lane-fixtures.ts';

type Gate = ReturnType<typeof gate>;

/** The hold of a claim that has ended is being released: the frame is out, its answer is not in. */
function releasing(): Gate {
  const world = gate({ barrier: { hold: 'maintained' } });
  world.claim('hold');
  world.until(() => world.lane().barrier?.position === 'open');
  world.release('hold');
  const released = () => world.actions().includes('holdOff');
  for (let waited = 0; !released(); waited += 10) {
    if (waited > 30_000) throw new Error('the hold is not released');
    world.run(10);
  }
  expect(world.boom().isHeld).toBe(false);
  expect(world.lane().pending).toHaveLength(1);
  return world;
}

describe('while the release of a hold is on the wire', () => {
  it.each(['hold', 'emergency'] as const)('a new %s asserts the maintained OPEN once more', (purpose) => {
    const world = releasing();
    world.claim(purpose);
    world.run(10_000);
    expect(world.boom()).toMatchObject({ isHeld: true, isUp: true });
    expect(world.lane().barrier).toMatchObject({ position: 'open', hold: 'on' });
    expect(world.faults).toEqual([]);
  });

  it('the guard’s pulse lifts the boom and holds nothing, so that an emergency behind it asserts the hold', () => {
    const world = releasing();
    world.guard('guardOpen');
    world.run(5000);
    expect(world.lane().barrier).toMatchObject({ position: 'open', hold: 'off' });
    world.claim('emergency');
    world.run(5000);
    expect(world.boom()).toMatchObject({ isHeld: true, isUp: true });
  });
});
