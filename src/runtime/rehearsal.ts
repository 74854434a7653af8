/** `gatehouse simulate`: what a credential would do at a lane now, by the same pure step, without anything happening. */
import type { CardId } from '../core/credential/card.ts';
import type { Command, Effect, JournalRecord } from '../core/io.ts';
import type { Observation } from '../core/presentation.ts';
import type { ListPort } from '../core/ports.ts';
import type { SiteState } from '../core/site-state.ts';
import type { WaitsFor } from '../core/lane/state.ts';
import type { LaneModel, SiteModel } from '../core/site-model.ts';
import { step, wantedKeys } from '../core/step.ts';
import type { Direction, Now } from '../core/values.ts';

export type SimulatedCredential =
  | {
      readonly kind: 'plate';
      readonly plate: string;
      readonly color: string | null;
      readonly confidence: number;
      /** Held to the reader of the same direction after the plate was read; for a rehearsal only. */
      readonly card?: CardId | null | undefined;
    }
  | ({ readonly kind: 'card' } & CardId);

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
function laneOf(model: SiteModel, id: string): LaneModel {
  const lane = model.lanes.find((candidate) => candidate.id === id);
  if (lane === undefined) throw new NoSuchLane(id);
  return lane;
}

function directionsWith(lane: LaneModel, kind: SimulatedCredential['kind']): readonly Direction[] {
  const devices = kind === 'card' ? lane.readers : lane.cameras;
  return lane.directions.filter((direction) => devices.some((device) => device.direction === direction));
}

/** @throws NoSuchLane */
function directionOf(model: SiteModel, request: SimulationRequest): { direction: Direction; isCertain: boolean } {
  const lane = laneOf(model, request.lane);
  if (request.direction !== null) return { direction: request.direction, isCertain: true };
  const served = directionsWith(lane, request.credential.kind);
  return { direction: served[0] ?? lane.directions[0] ?? 'in', isCertain: served.length < 2 };
}

/** The reader to which a card would be held; null where the lane has none there, or does not exist. */
export function readerFor(model: SiteModel, request: SimulationRequest): string | null {
  const lane = model.lanes.find(({ id }) => id === request.lane);
  if (lane === undefined) return null;
  const { direction } = directionOf(model, request);
  return lane.readers.find((reader) => reader.direction === direction)?.device ?? null;
}

/** For a live read of one credential. @throws NoSuchLane, DirectionNeeded */
export function liveObservation(site: SiteState, request: SimulationRequest, mono: number): Observation {
  if (request.credential.kind === 'plate' && request.credential.card != null)
    throw new Error('plate and card together are for a dry run');
  const { direction, isCertain } = directionOf(site.model, request);
  if (!isCertain) throw new DirectionNeeded(`${request.lane} has two directions: name one with --direction`);
  return observationFor(laneOf(site.model, request.lane), request.credential, direction, mono);
}

/** @throws NoSuchLane */
function observationFor(
  lane: LaneModel,
  credential: SimulatedCredential,
  direction: Direction,
  mono: number,
): Observation {
  if (credential.kind === 'card') {
    const reader = lane.readers.find((candidate) => candidate.direction === direction);
    if (reader === undefined) throw new NoSuchLane(`${lane.id} (${direction}): no reader`);
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
  if (camera === undefined) throw new NoSuchLane(`${lane.id} (${direction}): no camera`);
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
  const { direction } = directionOf(site.model, request);
  const { credential } = request;
  const second =
    credential.kind === 'plate' && credential.card != null ? { kind: 'card' as const, ...credential.card } : null;
  const effects: Effect[] = [];
  let after = withCarAt(site, request.lane, direction, now.mono);
  for (const one of second === null ? [credential] : [credential, second]) {
    const observation = observationFor(laneOf(site.model, request.lane), one, direction, now.mono);
    const asked = { kind: 'observed', now, observation, facts: null } as const;
    const keys = wantedKeys(after, asked);
    const done = step(after, { ...asked, facts: keys === null ? null : lists.lookup(keys) });
    effects.push(...done.effects);
    after = done.site;
  }
  const records = effects.flatMap((effect) => (effect.kind === 'record' ? [effect.record] : []));
  const commands = effects.flatMap((effect) => (effect.kind === 'command' ? [effect.command] : []));
  const decision = records.findLast((record) => record.kind === 'decision') ?? null;
  return {
    direction,
    directionAssumed: request.direction === null && laneOf(site.model, request.lane).directions.length > 1,
    decision,
    noCommand: commands.length > 0 ? null : whyNone(after, request.lane, decision),
    commands,
    records,
  };
}

function whyNone(site: SiteState, id: string, decision: JournalRecord | null): NoCommand {
  if (decision === null) return 'noDecision';
  if (decision.decision?.outcome !== 'granted') return 'notGranted';
  if (laneOf(site.model, id).portal.kind === 'none') return 'noPortal';
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
