/** A vehicle followed from the boom to departure, and what that says of the sensors it passed (gate.md "Closing", "Opening"). */
import { clearLane, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Direction, Mono } from '../values.ts';
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
  watchedObstructions,
} from './inputs.ts';
import {
  consumeGrant,
  extendGrants,
  feelsVehicles,
  GRANT_QUEUE_MAX,
  ownGrant,
  type PassageEnd,
  underBoom,
} from './passages.ts';
import { barrierModel } from './portal.ts';
import { type BarrierState, type Crossing, READS_WITHOUT_PRESENCE_MAX } from './state.ts';
import type { InputModel } from '../site-model.ts';

/** An obstruction input occupied for this long without a passage is stuck. */
export const STUCK_MS = 600_000;
/** A vehicle under the raised boom for this long is stranded; a slow one with a trailer is through long before. */
const STRANDED_MS = 120_000;

/**
 * After each poll: follows a vehicle from the boom to departure. Only while the boom is not measured closed. What feels only
 * people says nothing of vehicles. `passableSince` tells a car that drives on to the departure sensor from one that stood there.
 */
export function followCrossing(t: LaneTurn): PassageEnd | null {
  const boom = lane(t).barrier;
  if (boom === null) return null;
  superviseObstructions(t, obstruction(lane(t), t.model, t.now.mono).level);
  const blocked = underBoom(t);
  superviseStranded(t, boom, blocked);
  const closed = boom.position === 'closed';
  const passable = closed ? null : (lane(t).passableSince ?? t.now.mono);
  if (passable !== lane(t).passableSince) setLane(t, { passableSince: passable });
  // What has been reckoned with is not followed past the boom's next rest.
  if (closed && lane(t).crossing?.settled === true) setLane(t, { crossing: null });
  const before = lane(t).crossing;
  if (before === null && closed) return null;
  const direction = before?.direction ?? owner(t);
  const obstructedAt = before?.obstructedAt ?? (blocked === 'active' ? t.now.mono : null);
  const departure = departureOf(t, direction, passable ?? t.now.mono, obstructedAt);
  const occupied = blocked === 'active' || departure === 'active';
  if (before === null && !occupied) return null;
  const arming = armingOf(t, direction);
  const unknown = blocked === 'unknown' || departure === 'unknown';
  const crossing: Crossing = {
    direction,
    startedAt: before?.startedAt ?? t.now.mono,
    obstructedAt,
    departed: before?.departed === true || departure === 'active',
    clearedAt: occupied || unknown ? null : (before?.clearedAt ?? t.now.mono),
    isVehicle: before?.isVehicle === true || isFeltAsVehicle(t),
    wasUp: before?.wasUp === true || (occupied && isUp(t, boom)),
    released: before?.released === true || arming === 'inactive',
    arming,
    leavings: leavingsOf(before, arming),
    leftAt: leftAtOf(t, before, arming, direction),
    gaps: (before?.gaps ?? 0) + (blocked === 'active' && (before?.clearedAt ?? null) !== null ? 1 : 0),
    followed: before?.followed === true || isFollowed(t, before),
    blind: before?.blind === true || departure === 'unknown' || isBlind(t, before),
    lookedAt: t.now.mono,
    settled: before?.settled === true,
  };
  setLane(t, { crossing });
  if (occupied || unknown) return null;
  return judge(t, crossing, departure !== null);
}

/** Who had left the arming sensor before is the first. */
function leavingsOf(before: Crossing | null, arming: Level | null): number {
  if (before === null) return arming === 'inactive' ? 1 : 0;
  return before.leavings + (before.arming === 'active' && arming === 'inactive' ? 1 : 0);
}

/** Until it has cleared: who leaves the sensor later is the next one. */
function leftAtOf(t: LaneTurn, before: Crossing | null, arming: Level | null, direction: Direction): Mono | null {
  if (arming !== 'inactive' || (before?.clearedAt ?? null) !== null) return before?.leftAt ?? null;
  const readings = inputsOf(t.model, 'arming', direction).flatMap((input) => readingOf(lane(t), input) ?? []);
  return readings.length === 0 ? null : Math.max(...readings.map(({ since }) => since));
}

/** A rising boom lets nothing pass that its open limit would show; one that no limit shows open may be up already. */
function isUp(t: LaneTurn, boom: BarrierState): boolean {
  return boom.position !== 'closed' && !(boom.position === 'opening' && barrierModel(t)?.hasOpenLimit === true);
}

/** What may feel people has begun to feel something since the vehicle cleared. */
function isFollowed(t: LaneTurn, before: Crossing | null): boolean {
  const clearedAt = before?.clearedAt ?? null;
  if (clearedAt === null) return false;
  return watchedObstructions(lane(t), t.model).some((input) => {
    const reading = readingOf(lane(t), input);
    return input.detects !== 'vehicle' && reading?.value === true && reading.since > clearedAt;
  });
}

function isFeltAsVehicle(t: LaneTurn): boolean {
  const loops = watchedObstructions(lane(t), t.model).filter(
    (input) => input.detects === 'vehicle' && !isSilent(t, input),
  );
  return loops.length === 0 || loops.some((input) => levelOf(lane(t), t.model, input, t.now.mono) !== 'inactive');
}

/** A reading is missing, or nothing was read for as long as makes a reading stale. */
function isBlind(t: LaneTurn, before: Crossing | null): boolean {
  const { staleAfterMs } = t.model.timing;
  if (before !== null && t.now.mono - before.lookedAt > staleAfterMs) return true;
  return watchedObstructions(lane(t), t.model)
    .filter(feelsVehicles)
    .some((input) => levelOf(lane(t), t.model, input, t.now.mono) === 'unknown');
}

/** Null where no arming sensor says who stands before the boom, or where it is not believed any more. */
function armingOf(t: LaneTurn, direction: Direction): Level | null {
  const { readsWithoutPresence } = lane(t).approaches[direction];
  if (readsWithoutPresence >= READS_WITHOUT_PRESENCE_MAX) return null;
  return roleLevel(lane(t), t.model, 'arming', t.now.mono, { direction });
}

/** The direction that owns the boom: the oldest grant's, else that of the only car that waits, else the lane's first. */
function owner(t: LaneTurn): Direction {
  const granted = lane(t).grants[0]?.direction;
  if (granted !== undefined) return granted;
  const waiting = t.model.directions.filter((direction) => lane(t).approaches[direction].presence === 'present');
  return waiting[0] ?? t.model.directions[0] ?? 'in';
}

/**
 * In a two-way lane the other direction's arming sensor is this direction's departure sensor, while nobody else stands on it.
 * What was occupied before the boom rose is somebody else, and says nothing of this car.
 */
function departureOf(t: LaneTurn, direction: Direction, passable: Mono, obstructedAt: Mono | null): Level | null {
  const own = inputsOf(t.model, 'departure', direction).filter(feelsVehicles);
  if (own.length > 0) return strongest(own.map((input) => levelSince(t, input, passable)));
  if (t.model.directions.length < 2) return null;
  const opposite = direction === 'in' ? 'out' : 'in';
  const swapped = inputsOf(t.model, 'arming').filter((input) => input.direction === opposite);
  const standing = swapped.some((input) => {
    const reading = readingOf(lane(t), input);
    return reading?.value === true && reading.since < (obstructedAt ?? Number.POSITIVE_INFINITY);
  });
  if (standing || lane(t).approaches[opposite].current !== null) return null;
  return strongest(swapped.map((input) => levelSince(t, input, passable)));
}

function levelSince(t: LaneTurn, input: InputModel, passable: Mono): Level {
  const level = levelOf(lane(t), t.model, input, t.now.mono);
  return level === 'active' && (readingOf(lane(t), input)?.since ?? 0) < passable ? 'inactive' : level;
}

function strongest(levels: readonly Level[]): Level | null {
  if (levels.length === 0) return null;
  return levels.includes('active') ? 'active' : levels.includes('unknown') ? 'unknown' : 'inactive';
}

/**
 * What the departure sensors show now, for a close: null where there is none. In a two-way lane whoever stands there as the
 * other direction's next car is no car that leaves.
 */
export function departureLevel(t: LaneTurn): Level | null {
  const { approaches } = lane(t);
  const inputs = inputsOf(t.model, 'departure').filter(({ direction }) => {
    if (t.model.directions.length < 2 || direction === undefined) return true;
    const { presence, current } = approaches[direction === 'in' ? 'out' : 'in'];
    return presence !== 'present' && current === null;
  });
  return strongest(inputs.map((input) => levelOf(lane(t), t.model, input, t.now.mono)));
}

/**
 * Nothing has stood under the boom or behind it for `clearFor`; less is the flicker of one car. Without departure it may be
 * back before the boom, or nobody knows.
 */
function judge(t: LaneTurn, crossing: Crossing, hasDeparture: boolean): PassageEnd | null {
  const clearMs = t.now.mono - (crossing.clearedAt ?? t.now.mono);
  const { clearForMs } = t.model.timing;
  if (clearMs < clearForMs) return null;
  if (crossing.settled) {
    setLane(t, { crossing: null });
    return null;
  }
  if (crossing.blind) return end(t, 'unknown', false, crossing);
  const missesDeparture = hasDeparture && !crossing.departed;
  // The gap between boom and departure sensor is given time before anything is made of it.
  if (missesDeparture && clearMs < clearForMs * 2) return null;
  if (!missesDeparture && isVehicle(t, crossing, hasDeparture)) return endAll(t, crossing);
  if (!crossing.wasUp && !crossing.released) {
    setLane(t, { crossing: null });
    return null;
  }
  const { direction } = crossing;
  // The car still stands on its arming sensor, and the loop under the boom has felt nothing: somebody on foot, who uses nothing up.
  if (!crossing.isVehicle && !crossing.departed && armingOf(t, direction) === 'active') {
    setLane(t, { crossing: null });
    return null;
  }
  if (!missesDeparture && hasDeparture) return end(t, 'unknown', false, crossing);
  // A car that stands on its arming sensor may have drawn back, or the next one may have drawn up behind it.
  if (armingOf(t, direction) !== 'active') return end(t, 'unknown', false, crossing);
  const standing = lane(t).approaches[direction].current;
  const own = standing === null || standing.decisionRef === ownGrant(lane(t).grants, direction)?.cause;
  // Only a departure sensor that stayed free measures that nothing went through.
  if (hasDeparture) return end(t, 'turnedBack', own, crossing);
  // Who was never read cannot be told from the next one.
  const known = own && standing !== null && (standing.plate !== null || standing.card !== null);
  return end(t, known ? 'turnedBack' : 'unknown', false, crossing);
}

/**
 * A gap shorter than `clearFor` is the flicker of one vehicle, unless another has driven over the arming sensor and off it
 * again meanwhile: that one went through on the first one's bumper, inferred.
 */
function endAll(t: LaneTurn, crossing: Crossing): PassageEnd | null {
  let last = end(t, 'taken', isMeasured(t, crossing), crossing);
  // A trailer leaves the arming sensor once more than its tractor: what follows within the gap is not told from it.
  const more = t.model.longVehicles ? 0 : Math.min(crossing.gaps, crossing.leavings - 1, GRANT_QUEUE_MAX);
  for (let nth = 0; nth < more; nth++) last = end(t, 'taken', false, crossing);
  return last;
}

/** Was it the vehicle? It left its arming sensor, or was seen at departure; where neither can be seen, the boom was up for it. */
function isVehicle(t: LaneTurn, crossing: Crossing, hasDeparture: boolean): boolean {
  if (hasDeparture && crossing.departed && crossing.obstructedAt !== null) return true;
  return armingOf(t, crossing.direction) === null ? crossing.wasUp : crossing.released;
}

/**
 * A vehicle that was let through, was seen at departure, or has come over the arming sensor since the last one did. Whoever is
 * none of these may be a person: he is told of softly, and no close counts as one directly behind a vehicle for him.
 */
function isMeasured(t: LaneTurn, { departed, direction, leftAt }: Crossing): boolean {
  return lane(t).grants.length > 0 || departed || armingOf(t, direction) === null || leftAt !== lane(t).lastLeftAt;
}

function end(
  t: LaneTurn,
  outcome: 'taken' | 'turnedBack' | 'unknown',
  measured: boolean,
  crossing: Crossing,
): PassageEnd | null {
  setLane(t, { crossing: null, lastLeftAt: crossing.leftAt ?? lane(t).lastLeftAt });
  if (outcome === 'taken' && measured) countSilence(t, crossing);
  const basis = measured ? 'measured' : 'inferred';
  const behindVehicle = outcome === 'taken' && measured && !crossing.followed;
  const clearedAt = crossing.clearedAt ?? t.now.mono;
  const seconds = Math.round((t.now.mono - crossing.startedAt) / 100) / 10;
  if (lane(t).grants.length > 0) {
    const ref = consumeGrant(t, outcome, basis, null, { seconds }, crossing.direction);
    extendGrants(t);
    // After a gap in the readings no close follows of itself: the boom is looked at anew (I12).
    return ref === null || crossing.blind ? null : { ref, behindVehicle, clearedAt };
  }
  const extra = { direction: crossing.direction };
  if (holdsOpen(lane(t).claims)) {
    return {
      ref: laneRecord(t, 'passage', { body: { outcome, basis, seconds, held: true }, extra }),
      behindVehicle,
      clearedAt,
    };
  }
  if (outcome !== 'taken') return null;
  // Opened before we looked, perhaps by us for this very car: nobody is accused of following another.
  if (lane(t).foundOpen) {
    const body = { outcome: 'unknown', basis: 'inferred', seconds, why: 'foundOpen' };
    return { ref: laneRecord(t, 'passage', { body, extra }), behindVehicle, clearedAt };
  }
  const body = { outcome: 'tailgated', basis, seconds, alarm: true };
  return { ref: laneRecord(t, 'passage', { body, extra }), behindVehicle, clearedAt };
}

/** What feels only people has missed nothing when a vehicle passes. */
function countSilence(t: LaneTurn, crossing: Crossing): void {
  const silent: Record<string, number> = { ...lane(t).silentPassages };
  const inputs = watchedObstructions(lane(t), t.model).filter(feelsVehicles);
  for (const input of inputs) {
    const key = inputKey(input);
    const newest = readingOf(lane(t), input);
    const seen = newest !== undefined && (newest.value || newest.since >= crossing.startedAt);
    silent[key] = seen ? 0 : Math.min(SILENT_PASSAGES, (silent[key] ?? 0) + 1);
  }
  setLane(t, { silentPassages: silent });
  const faulty = inputs.filter((input) => isSilent(t, input));
  if (faulty.length > 0)
    raiseLane(t, 'obstructionSilent', { inputs: faulty.map((input) => input.id), passages: SILENT_PASSAGES });
}

function isSilent(t: LaneTurn, input: InputModel): boolean {
  return (lane(t).silentPassages[inputKey(input)] ?? 0) >= SILENT_PASSAGES;
}

/** A silent sensor that is seen occupied again works again; one occupied for 10 min without a passage is stuck. */
function superviseObstructions(t: LaneTurn, blocked: Level | null): void {
  const inputs = watchedObstructions(lane(t), t.model);
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

/** Under a raised boom for so long, a vehicle does not pass, it stands; and keeps all others from passing. */
function superviseStranded(t: LaneTurn, boom: BarrierState, blocked: Level | null): void {
  if (blocked === 'inactive' || blocked === null || boom.position === 'closed') clearLane(t, 'vehicleStranded');
  if (blocked !== 'active' || boom.position === 'closed') return;
  const began = watchedObstructions(lane(t), t.model)
    .filter(feelsVehicles)
    .map((input) => readingOf(lane(t), input))
    .map((reading) => (reading?.value ? reading.since : t.now.mono));
  const sinceMs = t.now.mono - Math.max(lane(t).passableSince ?? t.now.mono, Math.min(...began));
  if (sinceMs < STRANDED_MS) return;
  raiseLane(t, 'vehicleStranded', { sinceMs: Math.round(sinceMs), grants: lane(t).grants.length });
}
