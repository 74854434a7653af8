/** What follows a grant: taken, not taken, turned back, tailgated or unknown, each measured, inferred or presumed (gate.md "Opening"). */
import type { InputModel } from '../site-model.ts';
import { arm, clearLane, disarm, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Direction, JsonObject, Mono, RecordRef } from '../values.ts';
import { holdsOpen } from './claims.ts';
import { inputsOf, levelOf, type Level, obstruction, roleLevel, SILENT_PASSAGES } from './inputs.ts';
import type { Crossing, Grant } from './state.ts';

export type PassageOutcome = 'taken' | 'notTaken' | 'turnedBack' | 'tailgated' | 'unknown';
export type PassageBasis = 'measured' | 'inferred' | 'presumed';

/** The opposite camera's read of the same plate is recorded only, for this long after its passage (gate.md "Portals"). */
const OPPOSITE_READ_MS = 30_000;
const HONOUR_MS = 60_000;
const PASSED_MAX = 16;
const STUCK_MS = 600_000;

/** The direction that owns the boom: that of the oldest grant, else the lane's first. */
export function owner(t: LaneTurn): Direction {
  return lane(t).grants[0]?.direction ?? t.model.directions[0] ?? 'in';
}

/** In a two-way lane the other direction's arming sensor is this direction's departure sensor. */
function departureLevel(t: LaneTurn, direction: Direction): Level | null {
  const own = roleLevel(lane(t), t.model, 'departure', t.now.mono, { direction });
  if (own !== null || t.model.directions.length < 2) return own;
  const opposite = direction === 'in' ? 'out' : 'in';
  const swapped = inputsOf(t.model, 'arming').filter((input) => input.direction === opposite);
  if (swapped.length === 0) return null;
  const levels = swapped.map((input) => levelOf(lane(t), t.model, input, t.now.mono));
  return levels.includes('active') ? 'active' : levels.includes('unknown') ? 'unknown' : 'inactive';
}

/** After each poll: follows a vehicle from the boom to departure. Only while the boom is not measured closed. */
export function followCrossing(t: LaneTurn): RecordRef | null {
  const barrier = lane(t).barrier;
  if (barrier === null) return null;
  const blocked = obstruction(lane(t), t.model, t.now.mono).level;
  superviseSafetySensors(t, blocked);
  const direction = owner(t);
  const departure = departureLevel(t, direction);
  const crossing = lane(t).crossing;
  if (crossing === null) {
    if (barrier.position === 'closed') return null;
    if (blocked !== 'active' && departure !== 'active') return null;
    setLane(t, {
      crossing: {
        startedAt: t.now.mono,
        obstructed: blocked === 'active',
        departed: departure === 'active',
        clearedAt: null,
      },
    });
    return null;
  }
  const next: Crossing = {
    ...crossing,
    obstructed: crossing.obstructed || blocked === 'active',
    departed: crossing.departed || departure === 'active',
    clearedAt: blocked === 'active' || departure === 'active' ? null : (crossing.clearedAt ?? t.now.mono),
  };
  setLane(t, { crossing: next });
  if (blocked === 'active' || departure === 'active') return null;
  if (blocked === 'unknown' || departure === 'unknown') return null;
  if (departure === null || next.departed) return endCrossing(t, 'taken', 'measured', next);
  // Cleared under the boom and never seen to depart: it is back before the boom, or nobody knows.
  const arming = roleLevel(lane(t), t.model, 'arming', t.now.mono, { direction });
  if (arming === 'active') return endCrossing(t, 'turnedBack', 'measured', next);
  const left = next.clearedAt !== null && t.now.mono - next.clearedAt >= t.model.timing.clearForMs * 2;
  return left ? endCrossing(t, 'unknown', 'inferred', next) : null;
}

function endCrossing(
  t: LaneTurn,
  outcome: 'taken' | 'turnedBack' | 'unknown',
  basis: PassageBasis,
  crossing: Crossing,
): RecordRef | null {
  setLane(t, { crossing: null });
  if (outcome === 'taken') countSilence(t, crossing);
  if (lane(t).grants.length > 0) {
    return consumeGrant(t, outcome, basis, null, { seconds: Math.round((t.now.mono - crossing.startedAt) / 100) / 10 });
  }
  if (holdsOpen(lane(t).claims)) {
    return laneRecord(t, 'passage', { body: { outcome, basis, held: true } });
  }
  return outcome === 'taken' ? laneRecord(t, 'passage', { body: { outcome: 'tailgated', basis, alarm: true } }) : null;
}

/** The oldest grant has been driven through (or given up); its record says how that is known. */
export function consumeGrant(
  t: LaneTurn,
  outcome: PassageOutcome,
  basis: PassageBasis,
  cause: RecordRef | null,
  detail: JsonObject = {},
): RecordRef | null {
  const [grant, ...rest] = lane(t).grants;
  if (grant === undefined) return null;
  setLane(t, { grants: rest });
  if (rest.length === 0) disarm(t, 'notTaken');
  const returned = settleCredential(t, grant, outcome, basis);
  if (outcome === 'taken' && grant.plate !== null) {
    const until = t.now.mono + OPPOSITE_READ_MS;
    const passed = lane(t).passed.filter((entry) => entry.until > t.now.mono);
    setLane(t, { passed: [...passed, { plate: grant.plate, direction: grant.direction, until }].slice(-PASSED_MAX) });
  }
  return laneRecord(t, 'passage', {
    cause: cause ?? grant.cause,
    body: {
      outcome,
      basis,
      source: grant.source,
      rowId: grant.rowId,
      returned,
      alarm: basis === 'inferred' && outcome !== 'taken',
      ...detail,
    },
    extra: { passage: grant.passage, direction: grant.direction },
  });
}

/** A one-time credential comes back once, by a measured notTaken or turnedBack; unmeasured, the same lane honours it again for 60 s. */
function settleCredential(t: LaneTurn, grant: Grant, outcome: PassageOutcome, basis: PassageBasis): boolean {
  if (!grant.spends || grant.rowId === null || (outcome !== 'notTaken' && outcome !== 'turnedBack')) return false;
  if (basis === 'measured') return true;
  const honour = lane(t).honour.filter((entry) => entry.until > t.now.mono && entry.rowId !== grant.rowId);
  setLane(t, { honour: [...honour, { rowId: grant.rowId, until: t.now.mono + HONOUR_MS }].slice(-PASSED_MAX) });
  return false;
}

/**
 * Grants whose time is over. Measured only where a sensor would have seen the passage. `all` ends every one of them, due
 * or not: the door has locked again.
 */
export function expireGrants(t: LaneTurn, all = false): RecordRef | null {
  let last: RecordRef | null = null;
  while (lane(t).grants.length > 0) {
    const grant = lane(t).grants[0];
    if (grant === undefined || (!all && grant.expiresAt > t.now.mono)) break;
    const watched =
      lane(t).door !== null
        ? t.model.portal.kind === 'door' && t.model.portal.hasContact
        : obstruction(lane(t), t.model, t.now.mono).level === 'inactive';
    last = consumeGrant(t, watched ? 'notTaken' : 'unknown', watched ? 'measured' : 'presumed', null);
  }
  const next = lane(t).grants[0];
  if (next !== undefined) arm(t, 'notTaken', next.expiresAt);
  return last;
}

/** The board has begun to close, or has closed: where nothing measures passages, the opening it ends stands for one. */
export function boardClosing(t: LaneTurn): void {
  const measuresPassages = t.model.inputs.some((input) => input.role === 'obstruction' || input.role === 'departure');
  if (measuresPassages) return;
  if (lane(t).grants[0]?.opening === 'opened') consumeGrant(t, 'unknown', 'presumed', null, { why: 'boardClosed' });
}

function safetySensors(t: LaneTurn): readonly InputModel[] {
  return t.model.inputs.filter((input) => input.role === 'obstruction' || input.role === 'departure');
}

function countSilence(t: LaneTurn, crossing: Crossing): void {
  const silent: Record<string, number> = { ...lane(t).silentPassages };
  for (const input of safetySensors(t)) {
    const lastActive = lane(t).inputs[input.id];
    const seen = lastActive !== undefined && (lastActive.value || lastActive.since >= crossing.startedAt);
    silent[input.id] = seen ? 0 : Math.min(SILENT_PASSAGES, (silent[input.id] ?? 0) + 1);
  }
  setLane(t, { silentPassages: silent });
  const faulty = safetySensors(t)
    .filter((input) => (silent[input.id] ?? 0) >= SILENT_PASSAGES)
    .map((input) => input.id);
  if (faulty.length > 0) raiseLane(t, 'obstructionSilent', { inputs: faulty, passages: SILENT_PASSAGES });
}

/** A faulty sensor that is seen occupied again works again; one occupied for 10 min without a passage is stuck. */
function superviseSafetySensors(t: LaneTurn, blocked: Level | null): void {
  const revived = safetySensors(t).filter(
    (input) => (lane(t).silentPassages[input.id] ?? 0) > 0 && lane(t).inputs[input.id]?.value === true,
  );
  if (revived.length > 0) {
    const silent = { ...lane(t).silentPassages };
    for (const input of revived) silent[input.id] = 0;
    setLane(t, { silentPassages: silent });
    if (Object.values(silent).every((count) => count < SILENT_PASSAGES)) clearLane(t, 'obstructionSilent');
  }
  if (blocked === 'active') {
    const began = Math.min(
      ...inputsOf(t.model, 'obstruction')
        .filter((input) => lane(t).inputs[input.id]?.value)
        .map((input) => lane(t).inputs[input.id]?.since ?? t.now.mono),
    );
    if (t.now.mono - began >= STUCK_MS) raiseLane(t, 'obstructionStuck', { sinceMs: Math.round(t.now.mono - began) });
  } else if (blocked === 'inactive') {
    clearLane(t, 'obstructionStuck');
  }
}

/** Since when the lane has been free of vehicles; used by the close that follows. */
export function clearSince(t: LaneTurn): Mono | null {
  return obstruction(lane(t), t.model, t.now.mono).clearSince;
}
