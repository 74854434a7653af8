/** One fire contact read on two lanes, each on a route of its own: the second route is open as well as the first. */
import { expect, it } from 'vitest';
import { claims, isOpen, laneOf, north, out, road } from './emergency-world.ts';
import { input, without } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const panel = [...without('fire'), input('fire', { device: 'in-board' })];
const lanes = [laneOf('in', { inputs: panel }), laneOf('out', out), laneOf('side', { inputs: panel.map(onSide) })];
const south = { ...north, id: 'south', name: '南门消防通道', lanes: ['side', 'out'], direction: 'out' as const };
const key = 'fire:in-board.fire';

function onSide(one: (typeof panel)[number]) {
  return one.role === 'fire' ? one : { ...one, device: 'side-board' };
}

function burning(): World {
  const world = road(lanes, [north, south]);
  world.set('fire', true, 'in-board');
  world.until(isOpen(world, 'in', 'out', 'side'));
  return world;
}

function entersAt(world: World, lane: string): unknown {
  world.set('arming', true, `${lane}-board`);
  world.run(200);
  world.plate('京A12345', { device: `${lane}-camera` });
  world.run(100);
  return world.ofKind('decision').at(-1)?.body.code;
}

it('every lane of both is opened and held', () => {
  expect(claims(burning())).toEqual({ in: [key], out: [key], side: [key] });
});

it('entries against the second route are refused', () => {
  expect(entersAt(burning(), 'side')).toBe('opposingDirection');
});

it('entries where no open route runs are not, although the whole site is held', () => {
  const world = road(lanes, [{ ...south, lanes: ['out'] }]);
  world.request({ kind: 'emergency', by: { via: 'cli', name: '王' }, reach: { kind: 'site' }, reason: '火' });
  world.until(isOpen(world, 'in', 'out', 'side'));
  expect(entersAt(world, 'side')).not.toBe('opposingDirection');
});

it('a reload that names another route for the contact opens that one too, and goes on refusing against the first', () => {
  const named = (reach: readonly string[]) => [
    laneOf('in', { inputs: [...without('fire'), input('fire', { reach })] }),
    laneOf('out', out),
    laneOf('side'),
  ];
  const world = road(named(['south']), [{ ...north, direction: 'out' as const }, south]);
  world.set('fire', true, 'in-board');
  world.until(isOpen(world, 'out', 'side'));
  world.replace(named(['north']));
  world.until(isOpen(world, 'in'));
  expect(entersAt(world, 'in')).toBe('opposingDirection');
  expect(entersAt(world, 'side')).toBe('opposingDirection');
});
