/** What follows a grant: taken, not taken, turned back, tailgated or unknown, each measured, inferred or presumed (gate.md "Opening"). */
import { arm, clearLane, disarm, hasFault, type LaneTurn, lane, laneRecord, setLane } from '../turn.ts';
import type { Direction, JsonObject, Mono, RecordRef } from '../values.ts';
import { type Level, levelOf, obstruction, readingOf, safetyLevelOf, watchedObstructions } from './inputs.ts';
import type { InputModel } from '../site-model.ts';
import { stillHeld } from './second-half.ts';
import type { Grant } from './state.ts';
import { travelLimit } from './travel.ts';

export type PassageOutcome = 'taken' | 'notTaken' | 'turnedBack' | 'tailgated' | 'unknown';
export type PassageBasis = 'measured' | 'inferred' | 'presumed';

export interface PassageEnd {
  readonly ref: RecordRef;
  /** A vehicle was measured going through: a close may follow it unannounced. */
  readonly behindVehicle: boolean;
  /** Since when nothing stands under the boom or behind it. */
  readonly clearedAt: Mono;
}

/** People alone make no passage. */
export function feelsVehicles(input: InputModel): boolean {
  return input.detects !== 'person';
}

/** Of what feels vehicles under the boom, as read: one that is not believed any more must not hide what the others see. */
export function underBoom(t: LaneTurn): Level | null {
  const inputs = watchedObstructions(lane(t), t.model).filter(feelsVehicles);
  if (inputs.length === 0) return null;
  const levels = inputs.map((input) => safetyLevelOf(lane(t), t.model, input, t.now.mono));
  return levels.includes('active') ? 'active' : levels.includes('unknown') ? 'unknown' : 'inactive';
}

/** Cars that may have been granted and not yet driven through (gate.md "Opening"). */
export const GRANT_QUEUE_MAX = 4;
/** The opposite camera's read of the same plate is recorded only, for this long after its passage (gate.md "Portals"). */
const OPPOSITE_READ_MS = 30_000;
const HONOUR_MS = 60_000;
const PASSED_MAX = 16;
/** A grant is not over while a car stands under the boom; looked at again this soon. */
const UNDER_WAY_MS = 1000;
/** A crossing whose obstruction is clear waits for its departure no longer than this. */
const LONGEST_CROSSING_MS = 60_000;

/** The grant that a passage in this direction uses up: the oldest of its direction, else the oldest. */
export function ownGrant(grants: readonly Grant[], direction: Direction | null): Grant | undefined {
  return grants.find((grant) => grant.direction === direction) ?? grants[0];
}

/** Who waits has all of his time again: the opening goes on, or the car before him has only now made way. */
export function extendGrants(t: LaneTurn, lives: (grant: Grant) => boolean = () => true): void {
  if (lane(t).grants.length === 0) return;
  const until = t.now.mono + t.model.timing.notTakenAfterMs;
  const grants = lane(t).grants.map((grant) => (lives(grant) ? { ...grant, expiresAt: until } : grant));
  setLane(t, { grants });
  arm(t, 'notTaken', Math.min(...grants.map(({ expiresAt }) => expiresAt)));
}

/** The oldest grant has been driven through (or given up); its record says how that is known. */
export function consumeGrant(
  t: LaneTurn,
  outcome: PassageOutcome,
  basis: PassageBasis,
  cause: RecordRef | null,
  detail: JsonObject = {},
  direction: Direction | null = null,
): RecordRef | null {
  const grant = ownGrant(lane(t).grants, direction);
  return grant === undefined ? null : endGrant(t, grant, outcome, basis, { cause, detail });
}

export function endGrant(
  t: LaneTurn,
  grant: Grant,
  outcome: PassageOutcome,
  basis: PassageBasis,
  { cause = null, detail = {} }: { readonly cause?: RecordRef | null; readonly detail?: JsonObject } = {},
): RecordRef {
  const rest = lane(t).grants.filter((standing) => standing.passage !== grant.passage);
  setLane(t, { grants: rest });
  if (rest.length === 0) disarm(t, 'notTaken');
  if (rest.length < GRANT_QUEUE_MAX) clearLane(t, 'grantQueueFull');
  const returned = settleCredential(t, grant, outcome, basis);
  if (outcome === 'taken' && grant.plate !== null) {
    const until = t.now.mono + OPPOSITE_READ_MS;
    const passed = lane(t).passed.filter((entry) => entry.until > t.now.mono);
    setLane(t, { passed: [...passed, { plate: grant.plate, direction: grant.direction, until }].slice(-PASSED_MAX) });
  }
  if (outcome === 'notTaken' || outcome === 'turnedBack') askAgain(t, grant);
  else noteOver(t, grant);
  return laneRecord(t, 'passage', {
    // By its grant a returned credential finds its spending.
    cause: grant.cause,
    body: {
      outcome,
      basis,
      source: grant.source,
      rowId: grant.rowId,
      returned,
      alarm: basis === 'inferred' && outcome !== 'taken',
      ...(cause === null ? {} : { seenBy: cause }),
      ...detail,
    },
    extra: { passage: grant.passage, direction: grant.direction },
  });
}

/** A car that still stands there without a grant any more is decided again on its next read; a re-sent one is none. */
function askAgain(t: LaneTurn, grant: Grant): void {
  const { approaches } = lane(t);
  const approach = approaches[grant.direction];
  const current = approach.current;
  if (current === null || current.decisionRef !== grant.cause) return;
  const halves = stillHeld(t, current.halves);
  const open = { ...current, decision: null, decisionRef: null, halves, answered: false };
  setLane(t, { approaches: { ...approaches, [grant.direction]: { ...approach, current: open } } });
}

/** Whoever is still read there later was not the one who drove. */
function noteOver(t: LaneTurn, grant: Grant): void {
  const { approaches } = lane(t);
  const approach = approaches[grant.direction];
  const { current } = approach;
  if (current === null || current.decisionRef !== grant.cause) return;
  const over = { ...approach, current: { ...current, overSince: t.now.mono } };
  setLane(t, { approaches: { ...approaches, [grant.direction]: over } });
}

/** A one-time credential comes back once, by a measured notTaken or turnedBack; unmeasured, the same lane honours it again for 60 s. */
function settleCredential(t: LaneTurn, grant: Grant, outcome: PassageOutcome, basis: PassageBasis): boolean {
  if (!grant.spends || grant.rowId === null || outcome === 'taken' || outcome === 'tailgated') return false;
  if (basis === 'measured') return outcome !== 'unknown';
  const honour = lane(t).honour.filter((entry) => entry.until > t.now.mono && entry.rowId !== grant.rowId);
  setLane(t, { honour: [...honour, { rowId: grant.rowId, until: t.now.mono + HONOUR_MS }].slice(-PASSED_MAX) });
  return false;
}

/** Grants whose time is over. `all` ends every one of them, due or not: the door has locked again, or a person closes. */
export function expireGrants(t: LaneTurn, all = false): RecordRef | null {
  let last: RecordRef | null = null;
  if (!all && isUnderWay(t)) {
    if (lane(t).grants.length > 0) arm(t, 'notTaken', t.now.mono + UNDER_WAY_MS);
    return null;
  }
  const standing = lane(t).grants;
  const { crossing } = lane(t);
  const crossed = crossing === null || crossing.settled ? undefined : ownGrant(standing, crossing.direction);
  for (const grant of standing) {
    if (!all && (grant.expiresAt > t.now.mono || isBehindAnother(standing, grant))) continue;
    last = grant === crossed ? endHalfSeen(t, grant) : endUntaken(t, grant);
  }
  const due = lane(t).grants.map((grant) =>
    isBehindAnother(standing, grant) ? t.now.mono + t.model.timing.notTakenAfterMs : grant.expiresAt,
  );
  if (due.length > 0) arm(t, 'notTaken', Math.min(...due));
  return last;
}

/** It has not been opened for and waits for a car before it: its own time has not begun. */
function isBehindAnother(standing: readonly Grant[], grant: Grant): boolean {
  return grant.opening === 'waiting' && standing.some((other) => other.passage < grant.passage);
}

function endUntaken(t: LaneTurn, grant: Grant): RecordRef {
  return endGrant(t, grant, 'notTaken', nobodyPassed(t, grant) ? 'measured' : 'presumed');
}

/** A car was seen to begin and no sensor has shown its end: whatever shows it later is that car, and nobody who followed it. */
function endHalfSeen(t: LaneTurn, grant: Grant): RecordRef {
  const { crossing } = lane(t);
  if (crossing !== null) setLane(t, { crossing: { ...crossing, settled: true } });
  return endGrant(t, grant, 'unknown', 'inferred', { detail: { why: 'endNotSeen' } });
}

/** A car stands under the boom, or has just cleared it; not where a sensor is stuck or says nothing. */
function isUnderWay(t: LaneTurn): boolean {
  const { crossing } = lane(t);
  if (crossing === null || hasFault(t, 'obstructionStuck')) return false;
  const level = underBoom(t);
  if (level === 'active') return true;
  const inputs = watchedObstructions(lane(t), t.model).filter(feelsVehicles);
  if (inputs.some((input) => levelOf(lane(t), t.model, input, t.now.mono) === 'unknown')) return false;
  // Read clear once and not twice yet: what stood there has just gone, however long it stood.
  const clearedAt = Math.max(crossing.startedAt, ...inputs.map((input) => readingOf(lane(t), input)?.since ?? 0));
  return t.now.mono - clearedAt < LONGEST_CROSSING_MS;
}

/** Measured only where something would have seen the passage during all of the grant's time. */
function nobodyPassed(t: LaneTurn, grant: Grant): boolean {
  const { barrier, door } = lane(t);
  if (door !== null) return t.model.portal.kind === 'door' && t.model.portal.hasContact && door.contact === 'closed';
  if (barrier?.position === 'closed' && barrier.basis === 'measured' && barrier.since <= grant.at) return true;
  if (lane(t).bypass !== null) return false;
  const { clearSince } = obstruction(lane(t), t.model, t.now.mono);
  return clearSince !== null && clearSince <= grant.at;
}

/** Arms the look at openings that no poll has seen; only where the board closes and nothing else ends a grant sooner. */
export function watchUnseen(t: LaneTurn): void {
  const portal = t.model.portal;
  if (portal.kind === 'none' || portal.kind === 'door') return;
  if (portal.autoClose !== 'board' || !portal.hasClosedLimit || measuresPassages(t)) return;
  const opened = lane(t).grants.flatMap((grant) => grant.openedAt ?? []);
  if (opened.length > 0) arm(t, 'unseen', Math.min(...opened) + travelLimit(t, portal, 'open'));
}

/**
 * A quick boom may rise and fall between two polls of a crowded line. Measured closed when its travel is over, the opening is
 * over; a car that still stands there is decided again on its next read.
 */
export function endUnseen(t: LaneTurn): void {
  const { barrier } = lane(t);
  const portal = t.model.portal;
  if (portal.kind === 'none' || portal.kind === 'door') return;
  if (barrier?.position === 'closed' && barrier.basis === 'measured') {
    for (const grant of lane(t).grants)
      if (grant.openedAt !== null && grant.openedAt + travelLimit(t, portal, 'open') <= t.now.mono)
        endGrant(t, grant, 'notTaken', 'presumed', { detail: { why: 'notSeenToRise' } });
    watchUnseen(t);
  }
}

function measuresPassages(t: LaneTurn): boolean {
  return t.model.inputs.some(
    (input) => (input.role === 'obstruction' || input.role === 'departure') && feelsVehicles(input),
  );
}

/** The board has begun to close, or has closed: where nothing measures passages, the opening it ends stands for one. */
export function boardClosing(t: LaneTurn): void {
  if (measuresPassages(t)) return;
  if (lane(t).grants[0]?.opening === 'opened') consumeGrant(t, 'unknown', 'presumed', null, { why: 'boardClosed' });
}
