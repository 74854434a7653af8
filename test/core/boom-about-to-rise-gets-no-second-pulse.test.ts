import { describe, expect, it } from 'vitest';
import { gate, type LaneChange, without } from './lane-fixtures.ts';

/** Nothing is seen of cars: each plate that is read is one at the gate. */
const bare = without('arming', 'obstruction', 'departure');
const onBoard: LaneChange = { barrier: { autoClose: 'board' }, inputs: bare };
const onSteps: LaneChange = { barrier: { autoClose: 'board', openInput: 'step' }, inputs: bare };

type Gate = ReturnType<typeof gate>;
/** The pulse is echoed, and the arm still lies in its limit. */
function pulsedAndNotMoved(change: LaneChange): Gate {
  const world = gate(change);
  world.boom().stuck = true;
  world.plate('京A12345');
  world.until(() => world.actions().length > 0);
  world.run(200);
  return world;
}

describe('a boom that is pulsed and has not left its closed limit yet', () => {
  it('is not pulsed for the next car, whose grant waits for it', () => {
    const world = pulsedAndNotMoved(onBoard);
    world.plate('京B67890');
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.boom().stuck = false;
    world.run(5000);
    expect(world.actions()).toEqual(['pulseOpen']);
  });

  it('that does not move at all is pulsed for the next car once the first pulse has had its time', () => {
    const world = pulsedAndNotMoved(onBoard);
    world.plate('京B67890');
    world.run(1600);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
  });

  it('is not turned round on a step input by the guard’s press, and opens for a later one', () => {
    const world = pulsedAndNotMoved(onSteps);
    world.guard('guardOpen');
    world.run(500);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.run(2000);
    world.guard('guardOpen');
    world.run(100);
    expect(world.actions()).toEqual(['pulseOpen', 'pulseOpen']);
  });
});
