/**
 * How long this boom takes, learned from what both its limits have shown (gate.md "Portals": learned, p95 × 2 once known).
 * Opening and closing are learned apart, from our order (or the board's own start) to the limit; a travel that was stopped,
 * turned round or begun half way teaches nothing.
 */
import type { BarrierModel } from '../site-model.ts';
import { clearLane, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Json, JsonObject } from '../values.ts';
import { type BarrierMove, travelLimitMs } from './barrier.ts';
import { type BarrierState, emptyTravel, type LearnedTravel, type TravelState } from './state.ts';

export type Toward = 'open' | 'closed';

/** Measured travels to one end after which its time counts as known. */
export const TRAVEL_KNOWN_AT = 20;
/** The newest so many are kept: cold weather is learned within a day's traffic, and forgotten again. */
export const TRAVEL_WINDOW = 50;
/** What was learned is put on record this often, so that a restart takes it up. */
export const TRAVEL_SAVE_EVERY = 10;
/**
 * A learned limit is never over twice the configured one, nor under half of it; for a close not under it at all, since a close
 * is guarded for as long (I2).
 */
const LEAST_FACTOR = { open: 0.5, closed: 1 } as const;
const MOST_FACTOR = 2;
/** Below this, polls of a crowded line would be measured and not the boom. */
const LEAST_MS = 1000;
/** Slower than at first by this factor is `travelSlow`; it is over again below the second. */
const SLOW_FACTOR = 1.5;
const SLOW_OVER_FACTOR = 1.4;

/** 95th percentile by nearest rank, ms; null until enough travels have been measured. */
export function learnedTravelMs({ samples }: Pick<LearnedTravel, 'samples'>): number | null {
  if (samples.length < TRAVEL_KNOWN_AT) return null;
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
}

/** After this long a boom that has not arrived is missed, ms: twice the learned p95, until then by the configured travel. */
export function learnedLimitMs(model: BarrierModel, learned: Pick<LearnedTravel, 'samples'>, toward: Toward): number {
  const configured = travelLimitMs(model);
  const known = learnedTravelMs(learned);
  if (known === null) return configured;
  return Math.min(configured * MOST_FACTOR, Math.max(configured * LEAST_FACTOR[toward], LEAST_MS, known * 2));
}

/** While a close may be under way also an opening is given all its time: it is insisted on until then. */
export function travelLimit(t: LaneTurn, model: BarrierModel, toward: Toward): number {
  const limit = learnedLimitMs(model, travelOf(t, model)[toward], toward);
  return lane(t).close === null ? limit : Math.max(limit, travelLimitMs(model));
}

/** Another boom, or another configured travel, is learned anew. */
function travelOf(t: LaneTurn, model: BarrierModel): TravelState {
  const { travel } = lane(t);
  const same = travel.device === model.device && travel.configuredMs === model.travelMs;
  return same ? travel : emptyTravel(model.device, model.travelMs);
}

/**
 * After each move. `before`: the boom until then. `overdue`: it was stopped only by our patience, and what it still shows is
 * a slow travel like any other.
 */
export function followTravel(
  t: LaneTurn,
  model: BarrierModel,
  before: BarrierState,
  move: BarrierMove,
  overdue: boolean,
): void {
  if (!model.hasOpenLimit || !model.hasClosedLimit) return;
  const travel = travelOf(t, model);
  const { to } = move;
  if (to === 'opening' || to === 'closing') {
    const toward = to === 'opening' ? 'open' : 'closed';
    const startedAt = leftAt(t, before, move, toward);
    setLane(t, { travel: { ...travel, leg: startedAt === null ? null : { toward, startedAt } } });
  } else if (to === 'open' || to === 'closed') {
    const startedAt = travel.leg?.toward === to ? travel.leg.startedAt : leftUnseenAt(before, move, to);
    setLane(t, { travel: { ...travel, leg: null } });
    if (startedAt !== null && move.basis === 'measured') learn(t, model, to, Math.round(t.now.mono - startedAt));
  } else if (to !== 'stopped' || !overdue) dropLeg(t);
}

/** A person's STOP, or a loss of sight: the travel under way says nothing of the boom. */
export function dropLeg(t: LaneTurn): void {
  const { travel } = lane(t);
  if (travel.leg !== null) setLane(t, { travel: { ...travel, leg: null } });
}

/** When a full travel began: with our frame, or as the board let the arm leave its limit. A hand or the wind teaches nothing. */
function leftAt(t: LaneTurn, before: BarrierState, move: BarrierMove, toward: Toward): number | null {
  const from = toward === 'open' ? 'closed' : 'open';
  if (before.position !== from || before.basis !== 'measured') return null;
  if (move.mover === 'us') return orderedAt(before, toward) ?? t.now.mono;
  return move.mover === 'board' ? t.now.mono : null;
}

/** A quick boom may go from one limit to the other between two polls: only our own frame then tells when it began. */
function leftUnseenAt(before: BarrierState, move: BarrierMove, to: Toward): number | null {
  const from = to === 'open' ? 'closed' : 'open';
  return before.position === from && before.basis === 'measured' && move.mover === 'us' ? orderedAt(before, to) : null;
}

function orderedAt(before: BarrierState, toward: Toward): number | null {
  const action = toward === 'open' ? 'open' : 'close';
  return before.order?.action === action ? before.order.firstSentAt : null;
}

function learn(t: LaneTurn, model: BarrierModel, toward: Toward, ms: number): void {
  if (!isTravel(model, ms)) return;
  const travel = travelOf(t, model);
  const samples = [...travel[toward].samples, ms].slice(-TRAVEL_WINDOW);
  const unsaved = travel[toward].unsaved + 1;
  const due = unsaved >= TRAVEL_SAVE_EVERY;
  const firstMs = travel[toward].firstMs ?? learnedTravelMs({ samples });
  const learned: LearnedTravel = { samples, firstMs, unsaved: due ? 0 : unsaved };
  setLane(t, { travel: { ...travel, [toward]: learned } });
  if (due) saveTravel(t, model, toward, learned);
  judgeSlow(t, model);
}

/** A longer one is no travel of this boom: something stood in between that no limit shows. */
function isTravel(model: BarrierModel, ms: number): boolean {
  return ms > 0 && ms <= travelLimitMs(model) * MOST_FACTOR;
}

function saveTravel(t: LaneTurn, model: BarrierModel, toward: Toward, learned: LearnedTravel): void {
  laneRecord(t, 'travelLearned', {
    body: {
      device: model.device,
      toward,
      configuredMs: model.travelMs,
      p95Ms: learnedTravelMs(learned),
      firstMs: learned.firstMs,
      limitMs: learnedLimitMs(model, learned, toward),
      samples: learned.samples,
    },
  });
}

/** Cold, dry bearings or snow: the limit has followed, but somebody should know (gate.md "In the first week"). */
function judgeSlow(t: LaneTurn, model: BarrierModel): void {
  const travel = travelOf(t, model);
  let over = true;
  for (const toward of ['open', 'closed'] as const) {
    const { firstMs } = travel[toward];
    const p95Ms = learnedTravelMs(travel[toward]);
    if (firstMs === null || p95Ms === null) continue;
    if (p95Ms > firstMs * SLOW_FACTOR)
      raiseLane(t, 'travelSlow', { toward, p95Ms, firstMs, limitMs: learnedLimitMs(model, travel[toward], toward) });
    over &&= p95Ms <= firstMs * SLOW_OVER_FACTOR;
  }
  if (over) clearLane(t, 'travelSlow');
}

/** What was learned before a restart, for the boom that stands there now; travels measured since then are the newer ones. */
export function recallTravel(t: LaneTurn, model: BarrierModel, body: JsonObject): void {
  const { device, toward, configuredMs, firstMs } = body;
  if (device !== model.device || configuredMs !== model.travelMs) return;
  if (toward !== 'open' && toward !== 'closed') return;
  const travel = travelOf(t, model);
  const now = travel[toward];
  // Asked again in mid-run, when a database is restored: what is in memory is then the better knowledge.
  if (now.samples.length >= TRAVEL_SAVE_EVERY) return;
  const samples = [...numbersOf(body.samples).filter((ms) => isTravel(model, ms)), ...now.samples].slice(
    -TRAVEL_WINDOW,
  );
  const first = typeof firstMs === 'number' && isTravel(model, firstMs) ? firstMs : learnedTravelMs({ samples });
  setLane(t, { travel: { ...travel, [toward]: { ...now, samples, firstMs: first } } });
  judgeSlow(t, model);
}

function numbersOf(value: Json | undefined): readonly number[] {
  return Array.isArray(value) ? value.filter((one): one is number => typeof one === 'number') : [];
}
