/** `gatehouse simulate`: what a credential would do at a lane now, by the same pure step, without anything happening. */
import type { Command, JournalRecord } from '../core/io.ts';
import type { Observation } from '../core/presentation.ts';
import type { ListPort } from '../core/ports.ts';
import type { SiteState } from '../core/site-state.ts';
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
  readonly decision: JournalRecord | null;
  readonly commands: readonly Command[];
  readonly records: readonly JournalRecord[];
}

/** The lane is unknown, or has no camera or reader for such a credential. */
export class NoSuchLane extends Error {}

export function observationFor(site: SiteState, request: SimulationRequest, mono: number): Observation {
  const lane = site.model.lanes.find((candidate) => candidate.id === request.lane);
  if (lane === undefined) throw new NoSuchLane(request.lane);
  const direction = request.direction ?? lane.directions[0];
  const { credential } = request;
  if (credential.kind === 'card') {
    const reader = lane.readers.find((candidate) => candidate.direction === direction);
    if (reader === undefined) throw new NoSuchLane(`${request.lane}: no reader`);
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
  if (camera === undefined) throw new NoSuchLane(`${request.lane}: no camera`);
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
  const observation = observationFor(site, request, now.mono);
  const asked = { kind: 'observed', now, observation, facts: null } as const;
  const emptied = withCarAt(site, request.lane, now.mono);
  const keys = wantedKeys(emptied, asked);
  const { effects } = step(emptied, { ...asked, facts: keys === null ? null : lists.lookup(keys) });
  const records = effects.flatMap((effect) => (effect.kind === 'record' ? [effect.record] : []));
  return {
    decision: records.find((record) => record.kind === 'decision') ?? null,
    commands: effects.flatMap((effect) => (effect.kind === 'command' ? [effect.command] : [])),
    records,
  };
}

function withCarAt(site: SiteState, lane: string, mono: number): SiteState {
  const state = site.lanes[lane];
  if (state === undefined) throw new NoSuchLane(lane);
  const waitless = {
    presence: 'present',
    presenceSince: mono,
    waiting: [],
    current: null,
    readsWithoutPresence: 0,
  } as const;
  const approaches = { in: { ...state.approaches.in, ...waitless }, out: { ...state.approaches.out, ...waitless } };
  return { ...site, lanes: { ...site.lanes, [lane]: { ...state, approaches } } };
}
