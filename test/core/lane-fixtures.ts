/** Lanes as they are built, of which each test changes what it is about. */
import type { ListRow } from '../../src/core/decide/facts.ts';
import type { BarrierModel, DoorModel, InputModel, InputRole, LaneModel } from '../../src/core/site-model.ts';
import { lane as plainLane, row } from './decide-fixtures.ts';
import { World } from './lane-harness.ts';
import type { WorldOptions } from './lane-site.ts';

export const barrier: BarrierModel = {
  kind: 'barrier',
  device: 'board',
  line: 'line1',
  open: 'pulse',
  openInput: 'dedicated',
  hold: 'none',
  stop: 'none',
  close: 'pulse',
  announce: 'none',
  autoClose: 'gateway',
  travelMs: 2000,
  hasOpenLimit: true,
  hasClosedLimit: true,
};

export const door: DoorModel = {
  kind: 'door',
  device: 'board',
  line: 'line1',
  fail: 'secure',
  escapeRoute: false,
  hasContact: true,
  heldOpenAfterMs: 30_000,
};

export function input(role: InputRole, change: Partial<InputModel> = {}): InputModel {
  return { id: role, role, device: 'board', ...change };
}

export const limits: readonly InputModel[] = [input('openLimit'), input('closedLimit')];

/** Arming, obstruction that sees people too, limits, button, fire contact. */
export const fullInputs: readonly InputModel[] = [
  ...limits,
  input('arming'),
  input('obstruction', { detects: 'both' }),
  input('button'),
  input('closeButton'),
  input('fire'),
];

export function without(...roles: readonly InputRole[]): readonly InputModel[] {
  return fullInputs.filter((one) => !roles.includes(one.role));
}

/** An obstruction loop feels vehicles only: nothing closes unattended that does not follow one. */
export const loopInputs: readonly InputModel[] = [
  ...without('obstruction'),
  input('obstruction', { detects: 'vehicle' }),
];

export interface LaneChange extends Partial<Omit<LaneModel, 'portal' | 'timing'>> {
  readonly barrier?: Partial<BarrierModel>;
  readonly portal?: LaneModel['portal'];
  readonly timing?: Partial<LaneModel['timing']>;
}

export function eastLane(change: LaneChange = {}): LaneModel {
  const { barrier: wiring = {}, timing = {}, ...rest } = change;
  const base = plainLane({});
  return {
    ...base,
    id: 'east',
    directions: ['in'],
    portal: { ...barrier, ...wiring },
    cameras: [{ device: 'camera', direction: 'in' }],
    readers: [{ device: 'reader', direction: 'in' }],
    inputs: fullInputs,
    ...rest,
    timing: { ...base.timing, ...timing },
  };
}

export const resident = row({ id: 'r1', key: 'plate:京A12345', permit: 'p1' });
export const neighbour = row({ id: 'r2', key: 'plate:京B67890', permit: 'p2' });
export const third = row({ id: 'r3', key: 'plate:京C24680', permit: 'p3' });
export const visitor = row({ id: 'v1', key: 'plate:京D13579', permit: 'pv', category: 'visitor', usesLeft: 1 });
export const list: readonly ListRow[] = [resident, neighbour, third, visitor];

/** A world whose first polls have been taken. */
export function gate(change: LaneChange = {}, options: Partial<WorldOptions> = {}): World {
  const world = new World({ lanes: [eastLane(change)], rows: list, ...options });
  world.run(500);
  return world;
}

/** A car stands on the arming sensor and is read. */
export function arrives(world: World, plate: string): void {
  world.set('arming', true);
  world.run(200);
  world.plate(plate);
}

/** It drives on, under the boom and away; `clearFor` is over soon after. */
export function drivesThrough(world: World, clearMs = 1300): void {
  world.set('arming', false);
  world.set('obstruction', true);
  world.run(1500);
  world.set('obstruction', false);
  world.run(clearMs);
}

export function outcomes(world: World): readonly string[] {
  return world.ofKind('passage').map((record) => `${String(record.body.outcome)}/${String(record.body.basis)}`);
}

/** A two-way lane: an arming sensor and a camera on either side. */
export const twoWay: LaneChange = {
  directions: ['in', 'out'],
  cameras: [
    { device: 'camera', direction: 'in' },
    { device: 'cameraOut', direction: 'out' },
  ],
  inputs: [
    ...fullInputs.map((one) => (one.role === 'arming' ? { ...one, direction: 'in' as const } : one)),
    input('arming', { id: 'armingOut', direction: 'out' }),
  ],
};
