/** Records and states → payloads. Types only from the schemas, so that the uplink's thread carries no validator. */
import type { Json, JsonObject } from '../core/values.ts';
import type { Numbered } from './outbox.ts';
import type { AlarmPayload, EventPayload, FaultsPayload, LaneStatePayload } from './payloads.ts';
import type { PersonalMode } from './settings.ts';

/** A record as the journal's reader gives it. */
export interface JournalRow extends Numbered {
  readonly ref: number | null;
  readonly kind: string;
  readonly lane: string | null;
  readonly direction: string | null;
  readonly wallTrusted: boolean;
  readonly causeSeq: number | null;
  readonly command: string | null;
  readonly passage: number | null;
  readonly late: boolean;
  readonly body: JsonObject;
  readonly personal: JsonObject | null;
  readonly hash: string;
}

/** Above it a record goes without its body: many brokers end the connection at larger packets. */
const EVENT_BYTES_MAX = 128 * 1024;
const OUTCOMES = ['granted', 'denied', 'referred'] as const;
const DEPTH_MAX = 8;

export interface EventContext {
  readonly gateway: string;
  readonly personal: PersonalMode;
}

export function eventText(row: JournalRow, context: EventContext, reduced: boolean): string {
  if (!reduced) {
    const whole = JSON.stringify(eventOf(row, context, false));
    if (Buffer.byteLength(whole) <= EVENT_BYTES_MAX) return whole;
  }
  return JSON.stringify(eventOf(row, context, true));
}

export function eventOf(row: JournalRow, { gateway, personal }: EventContext, reduced: boolean): EventPayload {
  const { epoch, seq, boot, ref, kind, lane, direction, command, passage, late, hash } = row;
  return {
    schema: 'gatehouse/event/1',
    id: `${gateway}/${epoch}/${seq}`,
    ...{ gateway, epoch, seq, boot, ref, kind, lane, direction },
    at: { mono: row.atMono, wall: row.atWall, trusted: row.wallTrusted },
    cause: row.causeSeq,
    ...{ command, passage },
    decision: decisionOf(row, reduced),
    late,
    body: reduced ? null : row.body,
    personal: row.personal === null || reduced ? null : personalOf(row.personal, personal),
    personalMode: personal,
    hash,
    reduced,
  };
}

function decisionOf({ kind, body }: JournalRow, reduced: boolean): EventPayload['decision'] {
  const outcome = OUTCOMES.find((one) => one === body.outcome);
  if (kind !== 'decision' || outcome === undefined) return null;
  const reasons: unknown = body.reasons;
  return {
    outcome,
    code: typeof body.code === 'string' ? body.code : 'Other',
    reasons: Array.isArray(reasons) && !reduced ? [...(reasons as unknown[])] : [],
  };
}

function personalOf(personal: JsonObject, mode: PersonalMode): JsonObject | null {
  if (mode === 'none') return null;
  return mode === 'full' ? personal : (masked(personal, 0) as JsonObject);
}

/** Enough to recognise in a talk with the guard, too little to look somebody up. */
function masked(value: Json, depth: number): Json {
  if (typeof value === 'string') {
    const letters = [...value];
    return letters.length <= 4 ? '*'.repeat(letters.length) : `${letters.slice(0, 2).join('')}***${letters.at(-1)}`;
  }
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' || depth >= DEPTH_MAX) return null;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => masked(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item as Json, depth + 1)]));
}

export interface LaneSnapshot {
  readonly lane: string;
  readonly name: string;
  readonly mode: string;
  readonly portal: string;
  readonly position: string;
  readonly basis: string;
  readonly sinceMono: number | null;
  readonly commissioned: boolean;
  readonly faults: readonly string[];
}

/** Everything retained that changes, at one moment; the main thread makes it. */
export interface Snapshot {
  readonly at: { readonly mono: number; readonly wall: number; readonly trusted: boolean };
  readonly lanes: readonly LaneSnapshot[];
  /** Causes of emergency that stand, oldest first. */
  readonly alarm: AlarmPayload['causes'];
  readonly faults: readonly { readonly code: string; readonly subject: string; readonly sinceWall: number }[];
}

const FAULTS_MAX = 500;
const CAUSES_MAX = 100;

export function laneStateOf(lane: LaneSnapshot, at: Snapshot['at'], gateway: string, boot: string): LaneStatePayload {
  return { schema: 'gatehouse/lane/1', gateway, boot, ...lane, faults: [...lane.faults], at };
}

export function alarmOf({ alarm, at }: Snapshot, gateway: string, boot: string): AlarmPayload {
  const causes = alarm.slice(0, CAUSES_MAX);
  const about = { active: alarm.length > 0, causes, omitted: alarm.length - causes.length };
  return { schema: 'gatehouse/alarm/1', gateway, boot, at, ...about };
}

export function faultsOf({ faults, at }: Snapshot, gateway: string, boot: string): FaultsPayload {
  const newest = [...faults].sort((a, b) => b.sinceWall - a.sinceWall).slice(0, FAULTS_MAX);
  const omitted = faults.length - newest.length;
  return { schema: 'gatehouse/faults/1', gateway, boot, at, faults: newest, omitted };
}
