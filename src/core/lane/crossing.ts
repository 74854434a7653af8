/** A vehicle followed from the boom to departure, and what that says of the sensors it passed (gate.md "Closing", "Opening"). */
import { clearLane, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Direction } from '../values.ts';
import { holdsOpen } from './claims.ts';
import {
  inputKey,
  inputsOf,
  type Level,
  levelOf,
  obstruction,
  readingOf,
  roleLevel,
  SILENT_PASSAGES,
} from './inputs.ts';
import { consumeGrant, ownGrant, type PassageEnd } from './passages.ts';
import type { Crossing } from './state.ts';
import type { InputModel } from '../site-model.ts';

/** An obstruction input occupied for this long without a passage is stuck. */
export const STUCK_MS = 600_000;

/**
 * After each poll: follows a vehicle from the boom to departure. Only while the boom is not measured closed.
 * `passableSince` tells a car that drives on to the departure sensor from one that stood there before the boom rose.
 */
export function followCrossing(t: LaneTurn): PassageEnd | null {
  const boom = lane(t).barrier;
  if (boom === null) return null;
  superviseObstructions(t, obstruction(lane(t), t.model, t.now.mono).level);
  // As read: a sensor that is not believed any more must not keep the others from seeing a car go.
  const blocked = roleLevel(lane(t), t.model, 'obstruction', t.now.mono, { safety: true });
  const closed = boom.position === 'closed';
  const passable = closed ? null : (lane(t).passableSince ?? t.now.mono);
  if (passable !== lane(t).passableSince) setLane(t, { passableSince: passable });
  const before = lane(t).crossing;
  if (before === null && closed) return null;
  const direction = before?.direction ?? owner(t);
  const departure = departureLevel(t, direction, passable ?? t.now.mono);
  const occupied = blocked === 'active' || departure === 'active';
  if (before === null && !occupied) return null;
  const crossing: Crossing = {
    direction,
    startedAt: before?.startedAt ?? t.now.mono,
    obstructed: before?.obstructed === true || blocked === 'active',
    departed: before?.departed === true || departure === 'active',
    clearedAt: occupied ? null : (before?.clearedAt ?? t.now.mono),
  };
  setLane(t, { crossing });
  if (occupied || blocked === 'unknown' || departure === 'unknown') return null;
  return judge(t, crossing, departure !== null);
}

/** The direction that owns the boom: the oldest grant's, else that of the only car that waits, else the lane's first. */
function owner(t: LaneTurn): Direction {
  const granted = lane(t).grants[0]?.direction;
  if (granted !== undefined) return granted;
  const waiting = t.model.directions.filter((direction) => lane(t).approaches[direction].presence === 'present');
  return waiting[0] ?? t.model.directions[0] ?? 'in';
}

/**
 * In a two-way lane the other direction's arming sensor is this direction's departure sensor. What was occupied before the
 * boom rose is somebody else, and says nothing of this car.
 */
function departureLevel(t: LaneTurn, direction: Direction, passable: number): Level | null {
  const own = inputsOf(t.model, 'departure', direction);
  const opposite = direction === 'in' ? 'out' : 'in';
  const swapped =
    t.model.directions.length < 2 ? [] : inputsOf(t.model, 'arming').filter((input) => input.direction === opposite);
  const used = own.length > 0 ? own : swapped;
  if (used.length === 0) return null;
  const levels = used.map((input) => {
    const level = levelOf(lane(t), t.model, input, t.now.mono);
    return level === 'active' && (readingOf(lane(t), input)?.since ?? 0) < passable ? 'inactive' : level;
  });
  return levels.includes('active') ? 'active' : levels.includes('unknown') ? 'unknown' : 'inactive';
}

/** Nothing stands under the boom any more. Without departure it may be back before the boom, or nobody knows. */
function judge(t: LaneTurn, crossing: Crossing, hasDeparture: boolean): PassageEnd | null {
  if (!hasDeparture || crossing.departed) return end(t, 'taken', true, crossing);
  // The gap between boom and departure sensor is given time before anything is made of it.
  const clearedAt = crossing.clearedAt ?? t.now.mono;
  if (t.now.mono - clearedAt < t.model.timing.clearForMs * 2) return null;
  const { direction } = crossing;
  if (roleLevel(lane(t), t.model, 'arming', t.now.mono, { direction }) !== 'active') {
    return end(t, 'unknown', false, crossing);
  }
  // Only where it is that very car: the next one may have drawn up behind it.
  const standing = lane(t).approaches[direction].current;
  const grant = ownGrant(lane(t).grants, direction);
  return end(t, 'turnedBack', standing === null || standing.decisionRef === grant?.cause, crossing);
}

function end(
  t: LaneTurn,
  outcome: 'taken' | 'turnedBack' | 'unknown',
  measured: boolean,
  crossing: Crossing,
): PassageEnd | null {
  setLane(t, { crossing: null });
  if (outcome === 'taken') countSilence(t, crossing);
  const basis = measured ? 'measured' : 'inferred';
  const behindVehicle = outcome === 'taken' && measured;
  const seconds = Math.round((t.now.mono - crossing.startedAt) / 100) / 10;
  if (lane(t).grants.length > 0) {
    const ref = consumeGrant(t, outcome, basis, null, { seconds }, crossing.direction);
    return ref === null ? null : { ref, behindVehicle };
  }
  const extra = { direction: crossing.direction };
  if (holdsOpen(lane(t).claims)) {
    return { ref: laneRecord(t, 'passage', { body: { outcome, basis, seconds, held: true }, extra }), behindVehicle };
  }
  if (outcome !== 'taken') return null;
  // Opened before we looked, perhaps by us for this very car: nobody is accused of following another.
  if (lane(t).foundOpen) {
    const body = { outcome: 'unknown', basis: 'inferred', seconds, why: 'foundOpen' };
    return { ref: laneRecord(t, 'passage', { body, extra }), behindVehicle };
  }
  const body = { outcome: 'tailgated', basis, seconds, alarm: true };
  return { ref: laneRecord(t, 'passage', { body, extra }), behindVehicle };
}

function countSilence(t: LaneTurn, crossing: Crossing): void {
  const silent: Record<string, number> = { ...lane(t).silentPassages };
  for (const input of inputsOf(t.model, 'obstruction')) {
    const key = inputKey(input);
    const newest = readingOf(lane(t), input);
    const seen = newest !== undefined && (newest.value || newest.since >= crossing.startedAt);
    silent[key] = seen ? 0 : Math.min(SILENT_PASSAGES, (silent[key] ?? 0) + 1);
  }
  setLane(t, { silentPassages: silent });
  const faulty = inputsOf(t.model, 'obstruction').filter((input) => isSilent(t, input));
  if (faulty.length > 0)
    raiseLane(t, 'obstructionSilent', { inputs: faulty.map((input) => input.id), passages: SILENT_PASSAGES });
}

function isSilent(t: LaneTurn, input: InputModel): boolean {
  return (lane(t).silentPassages[inputKey(input)] ?? 0) >= SILENT_PASSAGES;
}

/** A silent sensor that is seen occupied again works again; one occupied for 10 min without a passage is stuck. */
function superviseObstructions(t: LaneTurn, blocked: Level | null): void {
  const inputs = inputsOf(t.model, 'obstruction');
  const revived = inputs.filter(
    (input) => (lane(t).silentPassages[inputKey(input)] ?? 0) > 0 && readingOf(lane(t), input)?.value === true,
  );
  if (revived.length > 0) {
    const silent = { ...lane(t).silentPassages };
    for (const input of revived) silent[inputKey(input)] = 0;
    setLane(t, { silentPassages: silent });
    if (!inputs.some((input) => isSilent(t, input))) clearLane(t, 'obstructionSilent');
  }
  if (blocked !== 'unknown') clearLane(t, 'obstructionUnknown');
  if (blocked === 'inactive') clearLane(t, 'obstructionStuck');
  if (blocked !== 'active') return;
  const began = Math.min(
    ...inputs.map((input) => readingOf(lane(t), input)).map((reading) => (reading?.value ? reading.since : t.now.mono)),
  );
  if (t.now.mono - began >= STUCK_MS) raiseLane(t, 'obstructionStuck', { sinceMs: Math.round(t.now.mono - began) });
}
