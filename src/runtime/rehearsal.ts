/** `gatehouse simulate`: what a credential would do at a lane now, by the same pure step, without anything happening. */
import type { Command, JournalRecord } from '../core/io.ts';
import type { Observation } from '../core/presentation.ts';
import type { ListPort } from '../core/ports.ts';
import type { SiteState } from '../core/site-state.ts';
import type { WaitsFor } from '../core/lane/state.ts';
import type { LaneModel } from '../core/site-model.ts';
import { step, wantedKeys } from '../core/step.ts';
import type { Direction, Now } from '../core/values.ts';

export type SimulatedCredential =
  | { readonly kind: 'plate'; readonly plate: string; readonly color: string | null; readonly confidence: number }
  | { readonly kind: 'card'; readonly bits: number; readonly value: string };

export interface SimulationRequest {
  readonly lane: string;
  readonly direction: Direction | null;
  readonly credential: SimulatedCredential;
}

export interface Rehearsal {
  /** As asked, or assumed: the lane's only one, the only one with such a device, or the lane's first. */
  readonly direction: Direction;
  readonly directionAssumed: boolean;
  readonly decision: JournalRecord | null;
  /** Why `commands` is empty; null where it is not. */
  readonly noCommand: NoCommand | null;
  readonly commands: readonly Command[];
  readonly records: readonly JournalRecord[];
}

/** A `WaitsFor` of core/lane/state.ts where the grant has to wait. */
export type NoCommand = 'noDecision' | 'notGranted' | 'noPortal' | 'alreadyOpen' | WaitsFor;

/** A live read may move a boom: on a two-way lane whoever asks for one says for which direction. */
export class DirectionNeeded extends Error {}

/** The lane is unknown, or has no camera or reader for such a credential. */
export class NoSuchLane extends Error {}

/** @throws NoSuchLane */
function laneOf(site: SiteState, id: string): LaneModel {
  const lane = site.model.lanes.find((candidate) => candidate.id === id);
  if (lane === undefined) throw new NoSuchLane(id);
  return lane;
}

function directionsWith(lane: LaneModel, kind: SimulatedCredential['kind']): readonly Direction[] {
  const devices = kind === 'card' ? lane.readers : lane.cameras;
  return lane.directions.filter((direction) => devices.some((device) => device.direction === direction));
}

/** @throws NoSuchLane */
function directionOf(site: SiteState, request: SimulationRequest): { direction: Direction; isCertain: boolean } {
  const lane = laneOf(site, request.lane);
  if (request.direction !== null) return { direction: request.direction, isCertain: true };
  const served = directionsWith(lane, request.credential.kind);
  return { direction: served[0] ?? lane.directions[0] ?? 'in', isCertain: served.length < 2 };
}

/** For a live read. @throws NoSuchLane, DirectionNeeded */
export function liveObservation(site: SiteState, request: SimulationRequest, mono: number): Observation {
  const { direction, isCertain } = directionOf(site, request);
  if (!isCertain) throw new DirectionNeeded(`${request.lane} has two directions: name one with --direction`);
  return observationFor(site, request, direction, mono);
}

function observationFor(site: SiteState, request: SimulationRequest, direction: Direction, mono: number): Observation {
  const lane = laneOf(site, request.lane);
  const { credential } = request;
  if (credential.kind === 'card') {
    const reader = lane.readers.find((candidate) => candidate.direction === direction);
    if (reader === undefined) throw new NoSuchLane(`${request.lane} (${direction}): no reader`);
    return {
      kind: 'cardRead',
      device: reader.device,
      bits: credential.bits,
      value: credential.value,
      format: 'text',
      receivedAt: mono,
      late: false,
    };
  }
  const camera = lane.cameras.find((candidate) => candidate.direction === direction);
  if (camera === undefined) throw new NoSuchLane(`${request.lane} (${direction}): no camera`);
  return {
    kind: 'plateRead',
    device: camera.device,
    channel: camera.channel,
    raw: credential.plate,
    color: (credential.color ?? 'unknown') as 'unknown',
    confidence: credential.confidence,
    heading: 'unknown',
    late: false,
    eventId: null,
    cameraWall: null,
    receivedAt: mono,
    vendor: { simulated: true },
  };
}

/** A car is taken to stand there: rehearsing is about the decision, not about the sensor. */
export function rehearse(site: SiteState, request: SimulationRequest, lists: ListPort, now: Now): Rehearsal {
  const { direction } = directionOf(site, request);
  const observation = observationFor(site, request, direction, now.mono);
  const asked = { kind: 'observed', now, observation, facts: null } as const;
  const emptied = withCarAt(site, request.lane, direction, now.mono);
  const keys = wantedKeys(emptied, asked);
  const after = step(emptied, { ...asked, facts: keys === null ? null : lists.lookup(keys) });
  const records = after.effects.flatMap((effect) => (effect.kind === 'record' ? [effect.record] : []));
  const commands = after.effects.flatMap((effect) => (effect.kind === 'command' ? [effect.command] : []));
  const decision = records.find((record) => record.kind === 'decision') ?? null;
  return {
    direction,
    directionAssumed: request.direction === null && laneOf(site, request.lane).directions.length > 1,
    decision,
    noCommand: commands.length > 0 ? null : whyNone(after.site, request.lane, decision),
    commands,
    records,
  };
}

function whyNone(site: SiteState, id: string, decision: JournalRecord | null): NoCommand {
  if (decision === null) return 'noDecision';
  if (decision.decision?.outcome !== 'granted') return 'notGranted';
  if (laneOf(site, id).portal.kind === 'none') return 'noPortal';
  const own = site.lanes[id]?.grants.find((grant) => grant.cause === decision.ref);
  // What stands open already is recorded as such; everything else has its place in the queue.
  return own?.waitsFor != null && own.opening === 'waiting' ? own.waitsFor : 'alreadyOpen';
}

function withCarAt(site: SiteState, lane: string, direction: Direction, mono: number): SiteState {
  const state = site.lanes[lane];
  if (state === undefined) throw new NoSuchLane(lane);
  const waitless = {
    presence: 'present',
    presenceSince: mono,
    waiting: [],
    current: null,
    readsWithoutPresence: 0,
    unreadSince: null,
  } as const;
  const approaches = { ...state.approaches, [direction]: { ...state.approaches[direction], ...waitless } };
  return { ...site, lanes: { ...site.lanes, [lane]: { ...state, approaches } } };
}
