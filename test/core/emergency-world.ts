/** Three lanes, two of them on the road to the fire ground: each with a board of its own. */
import type { InputModel, LaneModel, RouteModel } from '../../src/core/site-model.ts';
import { eastLane, fullInputs, input, type LaneChange, list } from './lane-fixtures.ts';
import { World } from './lane-harness.ts';
import type { WorldOptions } from './lane-site.ts';

const held = { hold: 'maintained' as const };

/** The fixture's lane under another name, wired to the board of that name. */
export function laneOf(id: string, change: LaneChange = {}, more: readonly InputModel[] = []): LaneModel {
  const { barrier = {}, inputs = fullInputs, ...rest } = change;
  const device = `${id}-board`;
  const wired = [...inputs, ...more].map((one) => (one.device === 'board' ? { ...one, device } : one));
  const cameras = [{ device: `${id}-camera`, direction: 'in' as const }];
  return {
    ...eastLane({ cameras, readers: [], ...rest, barrier: { ...held, device, ...barrier }, inputs: wired }),
    id,
  };
}

export const out: LaneChange = { directions: ['out'], cameras: [{ device: 'out-camera', direction: 'out' }] };
export const north: RouteModel = {
  id: 'north',
  name: '北门消防通道',
  lanes: ['in', 'out'],
  direction: 'in',
};

export const siren = input('emergency');

/** `in` and `out` on the route, `side` beside it. */
export function road(
  lanes: readonly LaneModel[] = [laneOf('in'), laneOf('out', out), laneOf('side')],
  routes: readonly RouteModel[] = [north],
  options: Partial<WorldOptions> = {},
): World {
  const world = new World({ lanes, routes, rows: list, ...options });
  world.run(500);
  return world;
}

export const person = { via: 'screen', name: '王' };

export function fire(world: World, lane = 'in', on = true): void {
  world.set('fire', on, `${lane}-board`);
}

export function release(
  world: World,
  key: string,
  lane = 'in',
  by: { via: string; name: string | null } = person,
): void {
  world.request({ kind: 'releaseClaim', lane, by, key });
}

export function isOpen(world: World, ...lanes: readonly string[]): () => boolean {
  return () => lanes.every((id) => world.lane(id).barrier?.position === 'open');
}

export function claims(world: World): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.values(world.site.lanes).map((lane) => [lane.id, lane.claims.map(({ key }) => key)]),
  );
}
