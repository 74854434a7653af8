/** A guard with one button (gate.md "The guard's button"): a press opens, and closes what has stood open for 3 s. */
import { describe, expect, it } from 'vitest';
import { arrives, gate, type LaneChange } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const oneButton: LaneChange = { buttonCloses: true };
const closes = (world: World) => world.actions().filter((action) => action === 'pulseClose').length;

function presses(world: World, ms = 400): void {
  world.set('button', true);
  world.run(ms);
  world.set('button', false);
  world.run(200);
}

function opened(change: LaneChange = oneButton): World {
  const world = gate(change);
  presses(world);
  world.until(() => world.boom().isUp);
  return world;
}

describe('the only button', () => {
  it('closes, announced, a boom that has been measured open for 3 s with nothing under it', () => {
    const world = opened();
    world.run(3500);
    presses(world);
    const pressedAt = world.now;
    world.until(() => closes(world) === 1, 6000);
    expect(world.now - pressedAt).toBeGreaterThan(2000);
    expect(world.ofKind('announced')).toHaveLength(1);
    world.until(() => world.boom().isDown);
  });

  it.each([
    ['sooner than that', (world: World) => world.run(1500)],
    [
      'while something stands under the boom',
      (world: World) => {
        world.set('obstruction', true);
        world.run(4000);
      },
    ],
    [
      'while a permit’s car is awaited',
      (world: World) => {
        arrives(world, '京A12345');
        world.run(4000);
      },
    ],
  ])('opens %s', (_, happens) => {
    const world = opened();
    happens(world);
    const before = world.actions().length;
    presses(world);
    expect(world.actions().slice(before)).toEqual(['pulseOpen']);
    world.run(4000);
    expect(closes(world)).toBe(0);
  });

  it('pressed once more during the announcement opens', () => {
    const world = opened();
    world.run(3500);
    presses(world);
    presses(world);
    world.run(5000);
    expect(closes(world)).toBe(0);
    expect(world.boom().isUp).toBe(true);
  });

  it('held on latches an emergency and never closes meanwhile (I3)', () => {
    const world = opened({ buttonCloses: true, barrier: { hold: 'holdInput' } });
    world.run(3500);
    presses(world, 6000);
    world.run(20_000);
    expect(closes(world)).toBe(0);
    expect(world.lane().claims.map(({ purpose }) => purpose)).toEqual(['emergency']);
  });

  it('where there is a close input too is an opening at every time', () => {
    const world = opened({});
    world.run(3500);
    presses(world);
    world.run(5000);
    expect(closes(world)).toBe(0);
  });
});
