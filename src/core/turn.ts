/**
 * One turn of `step`: a scratch copy of the site that the lane rooms change, and the effects in the order in which they
 * must be performed. It lives inside one call; nothing of it escapes, so `step` stays a pure function.
 */
import type { Command, CommandAction, CommandPriority, Effect, JournalRecord } from './io.ts';
import type { LaneState } from './lane/state.ts';
import type { LaneModel } from './site-model.ts';
import { faultKey, type SiteState } from './site-state.ts';
import type { Facts } from './decide/facts.ts';
import type { JsonObject, LaneId, Mono, Now, RecordRef } from './values.ts';

export interface Turn {
  readonly now: Now;
  readonly facts: Facts | null;
  site: SiteState;
  readonly effects: Effect[];
}

/** A turn looking at one lane. */
export interface LaneTurn {
  readonly turn: Turn;
  readonly model: LaneModel;
  readonly now: Now;
}

export function beginTurn(site: SiteState, now: Now, facts: Facts | null): Turn {
  return { now, facts, site, effects: [] };
}

export function laneTurn(turn: Turn, model: LaneModel): LaneTurn {
  return { turn, model, now: turn.now };
}

export function lane(t: LaneTurn): LaneState {
  const state = t.turn.site.lanes[t.model.id];
  if (state === undefined) throw new TypeError(`lane ${t.model.id} has no state`);
  return state;
}

export function setLane(t: LaneTurn, change: Partial<LaneState>): void {
  const site = t.turn.site;
  t.turn.site = { ...site, lanes: { ...site.lanes, [t.model.id]: { ...lane(t), ...change } } };
}

export interface RecordOptions {
  readonly lane?: LaneId | null;
  readonly cause?: RecordRef | null;
  readonly body?: JsonObject;
  readonly personal?: JsonObject | undefined;
  readonly extra?: Partial<Pick<JournalRecord, 'direction' | 'command' | 'passage' | 'decision'>>;
}

/** Adds a record and returns its number, for others to name as their cause. */
export function record(turn: Turn, kind: string, options: RecordOptions): RecordRef {
  const ref = turn.site.nextRef;
  turn.site = { ...turn.site, nextRef: ref + 1 };
  turn.effects.push({ kind: 'record', record: makeRecord(ref, kind, turn.now, options) });
  return ref;
}

function makeRecord(ref: RecordRef, kind: string, at: Now, options: RecordOptions): JournalRecord {
  return {
    ref,
    kind,
    lane: options.lane ?? null,
    at,
    cause: options.cause ?? null,
    body: options.body ?? {},
    ...(options.personal === undefined ? {} : { personal: options.personal }),
    ...options.extra,
  };
}

export function laneRecord(t: LaneTurn, kind: string, options: Omit<RecordOptions, 'lane'>): RecordRef {
  return record(t.turn, kind, { ...options, lane: t.model.id });
}

/** How long a command may wait for the wire, by what it is for (design.md "Order of effects"). */
export const COMMAND_LIFE_MS = 2000;

export interface CommandOptions {
  readonly priority: CommandPriority;
  readonly cause: RecordRef | null;
  readonly why: string;
  /** Absolute; by default 2 s from now. */
  readonly deadline?: Mono;
  readonly evenIfJournalBroken?: boolean;
  readonly onlyIfClear?: readonly string[];
  readonly passage?: number;
  /** What its grant had to wait for before it could be ordered. */
  readonly waited?: { readonly for: string; readonly ms: number } | undefined;
}

/**
 * Orders a portal's device. Life safety (emergency, reopen, stop, the guard's opening) goes out before its record; every
 * other command waits for its record to be durable (I1, I4).
 */
export function order(t: LaneTurn, device: string, action: CommandAction, options: CommandOptions): Command {
  const turn = t.turn;
  const id = `${turn.site.boot}.${turn.site.nextCommand}`;
  const ref = turn.site.nextRef;
  const urgent = options.priority !== 'command';
  const command: Command = {
    id,
    lane: t.model.id,
    device,
    action,
    priority: options.priority,
    deadline: options.deadline ?? t.now.mono + COMMAND_LIFE_MS,
    after: urgent ? null : ref,
    evenIfJournalBroken: urgent || (options.evenIfJournalBroken ?? false),
    cause: ref,
    onlyIfClear: options.onlyIfClear ?? [],
  };
  const commanded: Effect = {
    kind: 'record',
    record: makeRecord(ref, 'commanded', t.now, {
      lane: t.model.id,
      cause: options.cause,
      body: {
        device,
        action,
        priority: options.priority,
        why: options.why,
        deadline: command.deadline,
        position: lane(t).barrier?.position ?? lane(t).door?.lock ?? null,
        ...(options.waited === undefined ? {} : { waitedFor: options.waited.for, waitedMs: options.waited.ms }),
      },
      extra: { command: id, ...(options.passage === undefined ? {} : { passage: options.passage }) },
    }),
  };
  turn.site = { ...turn.site, nextRef: ref + 1, nextCommand: turn.site.nextCommand + 1 };
  if (urgent) turn.effects.push({ kind: 'command', command }, commanded);
  else turn.effects.push(commanded, { kind: 'command', command });
  if (lane(t).pending.length >= PENDING_MAX) raiseLane(t, 'commandFailed', { why: 'outcomesMissing' });
  setLane(t, { pending: [...lane(t).pending, { command, issuedAt: t.now.mono }].slice(-PENDING_MAX) });
  return command;
}

/** More than this many unsettled commands on one lane means that outcomes no longer arrive; the oldest are forgotten. */
const PENDING_MAX = 32;

export function arm(t: LaneTurn, name: string, at: Mono): void {
  t.turn.effects.push({ kind: 'arm', timer: `${t.model.id}.${name}`, at });
}

export function disarm(t: LaneTurn, name: string): void {
  t.turn.effects.push({ kind: 'disarm', timer: `${t.model.id}.${name}` });
}

export function armSite(turn: Turn, name: string, at: Mono): void {
  turn.effects.push({ kind: 'arm', timer: `site.${name}`, at });
}

export function disarmSite(turn: Turn, name: string): void {
  turn.effects.push({ kind: 'disarm', timer: `site.${name}` });
}

/** Mostly nothing is wrong, and most of what a reading asks is whether something is. */
function anyStands({ faults }: SiteState): boolean {
  for (const _ in faults) return true;
  return false;
}

/** Raises a fault once; a second raise of a standing fault changes nothing. */
export function raise(
  turn: Turn,
  code: string,
  subject: string,
  detail: JsonObject = {},
  cause: RecordRef | null = null,
  laneId: LaneId | null = null,
): void {
  const key = faultKey(code, subject);
  if (turn.site.faults[key] !== undefined) return;
  const fault = { code, subject, detail, since: turn.now };
  turn.site = { ...turn.site, faults: { ...turn.site.faults, [key]: fault } };
  turn.effects.push({ kind: 'raise', fault });
  record(turn, 'faultRaised', { lane: laneId, cause, body: { code, subject, detail } });
}

export function clear(turn: Turn, code: string, subject: string, laneId: LaneId | null = null): void {
  if (!anyStands(turn.site)) return;
  const key = faultKey(code, subject);
  const standing = turn.site.faults[key];
  if (standing === undefined) return;
  const { [key]: _cleared, ...rest } = turn.site.faults;
  turn.site = { ...turn.site, faults: rest };
  turn.effects.push({ kind: 'clear', code, subject });
  record(turn, 'faultCleared', {
    lane: laneId,
    body: { code, subject, stoodMs: Math.max(0, turn.now.mono - standing.since.mono) },
  });
}

export function raiseLane(t: LaneTurn, code: string, detail: JsonObject = {}, cause: RecordRef | null = null): void {
  raise(t.turn, code, t.model.id, detail, cause, t.model.id);
}

export function clearLane(t: LaneTurn, code: string): void {
  clear(t.turn, code, t.model.id, t.model.id);
}

export function hasFault(t: LaneTurn, code: string): boolean {
  return anyStands(t.turn.site) && t.turn.site.faults[faultKey(code, t.model.id)] !== undefined;
}
