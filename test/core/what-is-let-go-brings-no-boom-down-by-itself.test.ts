/** The end of a claim is no word that a boom may fall where the lane's own terms forbid it (gate.md "Closing", "Who moves the boom"). */
import { describe, expect, it } from 'vitest';
import { gate, type LaneChange } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const held: LaneChange = { barrier: { hold: 'maintained' } };
const lowers = (world: World) => world.actions().filter((action) => action === 'holdOff' || action === 'pulseClose');

function releases(world: World, key: string): World {
  world.request({ kind: 'releaseClaim', lane: 'east', key, by: { via: 'screen', name: '王' } });
  world.run(30_000);
  return world;
}

function heldBy(purpose: 'hold' | 'emergency', change: LaneChange = held): World {
  const world = gate(change);
  world.claim(purpose);
  world.until(() => world.boom().isUp);
  world.run(1000);
  return world;
}

it('a hold that ends while a technician has the lane leaves the boom where it is', () => {
  const world = heldBy('hold');
  world.claim('outOfService');
  releases(world, 'hold');
  expect(lowers(world)).toEqual([]);
  expect(world.boom().isUp).toBe(true);
});

it('an emergency that ends on a lane which is not signed off leaves the boom up, and says so', () => {
  const world = releases(heldBy('emergency', { ...held, commissioned: false }), 'emergency');
  expect(lowers(world)).toEqual([]);
  expect(world.faults).toContain('heldOpenTooLong');
});

it('a lockdown over a hold ends what held the boom: it comes down, announced', () => {
  const world = heldBy('hold');
  world.claim('lockdown');
  world.until(() => world.boom().isDown, 30_000);
  expect(lowers(world)[0]).toBe('holdOff');
  expect(world.ofKind('announced')).toHaveLength(1);
});

describe('a boom found between its ends at a start', () => {
  it('is told nothing on a lane which is not signed off, whoever stands under it', () => {
    const world = gate({ commissioned: false });
    world.boom().byHand('half', world.now);
    world.restart();
    world.run(500);
    world.set('obstruction', true);
    world.run(5000);
    expect(world.sent).toEqual([]);
  });
});
