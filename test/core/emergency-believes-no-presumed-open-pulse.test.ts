/** A pulse holds nothing: a board lowers its boom under an emergency as at any other time, and where nothing measures that, it is presumed. */
import { describe, expect, it } from 'vitest';
import { gate, type LaneChange, without } from './lane-fixtures.ts';

const unseen: LaneChange = {
  barrier: { openInput: 'step', autoClose: 'board', hold: 'none', hasOpenLimit: false, hasClosedLimit: false },
  inputs: without('openLimit', 'closedLimit'),
};

describe('on a step input without limits an emergency', () => {
  it('is asserted again once the board has presumably closed', () => {
    const world = gate(unseen, { boardClosesAfterMs: 5000 });
    world.claim('emergency');
    world.run(60_000);
    expect(world.actions().length).toBeGreaterThan(1);
    expect(world.actions().every((action) => action === 'pulseOpen')).toBe(true);
  });

  it('turns no boom round while something stands under it', () => {
    const world = gate(unseen, { boardClosesAfterMs: 5000 });
    world.claim('emergency');
    world.run(8000);
    world.set('obstruction', true);
    world.run(120_000);
    expect(world.actions()).toEqual(['pulseOpen']);
    world.set('obstruction', false);
    world.run(60_000);
    expect(world.actions().length).toBeGreaterThan(1);
  });

  it('counts from the last car that drove through, as the board does', () => {
    const world = gate(unseen, { boardClosesAfterMs: 5000 });
    world.guard('guardOpen');
    for (let car = 0; car < 40; car++) {
      world.run(3000);
      world.set('obstruction', true);
      world.run(500);
      world.set('obstruction', false);
    }
    world.run(1000);
    expect(world.boom().isUp).toBe(true);
    expect(world.lane().barrier?.position).toBe('open');
    expect(world.ofKind('position').map(({ body }) => body.to)).not.toContain('closed');
    world.run(60_000);
    expect(world.boom().isDown).toBe(true);
    expect(world.lane().barrier?.position).toBe('closed');
  });
});
