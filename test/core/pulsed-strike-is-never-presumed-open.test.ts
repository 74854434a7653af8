/** A strike that a pulse releases bolts again by itself: in an emergency it is said again, and never told to be a way (gate.md "Emergency"). */
import { expect, it } from 'vitest';
import { nearestOpen } from '../../src/core/emergency/clock.ts';
import type { LaneModel } from '../../src/core/site-model.ts';
import { emergenciesView } from '../../src/runtime/emergency-view.ts';
import { door, eastLane, input } from './lane-fixtures.ts';
import { World } from './lane-harness.ts';

const inputs = [input('doorContact', { device: 'strike' })];
const strike = { ...door, device: 'strike', pulsed: true as const };
const foot: LaneModel = { ...eastLane({ portal: strike, inputs, cameras: [], readers: [] }), id: 'foot' };
const bolt: LaneModel = {
  ...eastLane({ portal: { ...door, device: 'bolt' }, inputs: [], cameras: [], readers: [] }),
  id: 'bolt',
};

function site(lanes: readonly LaneModel[] = [foot, bolt]): World {
  const world = new World({ lanes });
  world.run(500);
  world.request({ kind: 'emergency', by: { via: 'cli', name: '王' }, reach: { kind: 'site' }, reason: '' });
  return world;
}

const notOpen = (world: World) =>
  Object.values(world.site.faults).flatMap(({ code, subject }) => (code === 'emergencyLaneNotOpen' ? [subject] : []));
const unlocks = (world: World, device: string) =>
  world.sent.filter(({ command }) => command.action === 'unlock' && command.device === device).length;

it('it is pulsed for as long as the emergency stands, named after 10 s, and no way for anybody', () => {
  const world = site();
  world.run(9000);
  expect(notOpen(world)).toEqual([]);
  world.run(2000);
  expect(notOpen(world)).toEqual(['foot']);
  world.run(60_000);
  expect(unlocks(world, 'strike')).toBeGreaterThan(30);
  expect(unlocks(world, 'bolt')).toBe(1);
  expect(world.ofKind('emergencyOpened').map(({ lane }) => lane)).toEqual(['bolt']);
  expect(nearestOpen(world.site, 'bolt')).toBeNull();
  expect(nearestOpen(world.site, 'foot')).toEqual({ id: 'bolt', basis: 'presumed' });
  const [view] = emergenciesView(world.site, world.now);
  expect(view?.lanes.map(({ lane, position }) => [lane, position])).toEqual([
    ['foot', 'locked'],
    ['bolt', 'released'],
  ]);
});

it('with its door measured open it is a way, and left alone until the door falls shut', () => {
  const world = site();
  world.run(1000);
  world.set('doorContact', true, 'strike');
  world.run(3000);
  const before = unlocks(world, 'strike');
  world.run(20_000);
  expect(unlocks(world, 'strike')).toBe(before);
  expect(notOpen(world)).toEqual([]);
  expect(emergenciesView(world.site, world.now)[0]?.lanes[0]?.position).toBe('released');
  world.set('doorContact', false, 'strike');
  world.run(1000);
  expect(unlocks(world, 'strike')).toBeGreaterThan(before);
});

it('it cannot be held open by a claim, and a drill over it fails', () => {
  const world = new World({ lanes: [foot] });
  world.run(500);
  const by = { via: 'cli', name: '王' };
  world.request({
    ...{ kind: 'claim', lane: 'foot', by, purpose: 'hold', key: 'hold', reason: '', expiresInMs: null },
  });
  expect(world.lane('foot').claims).toEqual([]);
  expect(world.records.at(-1)?.body).toMatchObject({ refused: 'noHoldOutput' });
  world.request({ kind: 'drill', reach: { kind: 'lane', lane: 'foot' }, by, note: '' });
  world.run(70_000);
  expect(world.ofKind('drillEnded')[0]?.body).toMatchObject({ result: 'failed', failed: ['foot'] });
});

it('a reload that says so of a lock is believed from then on', () => {
  const world = site([{ ...foot, portal: { ...door, device: 'strike' } }, bolt]);
  world.run(20_000);
  expect(notOpen(world)).toEqual([]);
  world.replace([foot, bolt]);
  world.run(12_000);
  expect(notOpen(world)).toEqual(['foot']);
});
