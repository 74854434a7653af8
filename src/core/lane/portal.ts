/** What a boom's movements mean: records, travel supervision and faults (gate.md "Opening", "Closing"). */
import type { BarrierModel } from '../site-model.ts';
import { arm, clearLane, disarm, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { RecordRef } from '../values.ts';
import {
  type BarrierStep,
  EFFECT_MS,
  measure,
  movesUnseen,
  observeLimits,
  ordered,
  presumeMoving,
  travelOver,
} from './barrier.ts';
import { arrivedWhole, suspectBroken } from './broken-boom.ts';
import { inputsOf, readingOf, roleLevel } from './inputs.ts';
import { holdsOpen, modeOf } from './claims.ts';
import type { BarrierState } from './state.ts';
import { followTravel, travelLimit } from './travel.ts';
import { compareAbsence, noteUnordered } from './unordered.ts';

/** Limits that contradict each other for longer are believed no more. */
const CONTRADICTION_MS = 1000;
/** Older than this an order has been seen by any read-back that comes in. */
const READ_BACK_MS = 3000;

export function barrierModel(t: LaneTurn): BarrierModel | null {
  const portal = t.model.portal;
  return portal.kind === 'barrier' || portal.kind === 'turnstile' ? portal : null;
}

/** After a poll, or after a reading has gone stale. */
export function readLimits(t: LaneTurn): void {
  const model = barrierModel(t);
  const before = lane(t).barrier;
  if (model === null || before === null) return;
  const now = t.now.mono;
  const measured = measure(
    roleLevel(lane(t), t.model, 'closedLimit', now),
    roleLevel(lane(t), t.model, 'openLimit', now),
  );
  // One limit may be let go a moment after the other is made.
  if (measured === 'contradicting' && before.seen && now - bothSince(t) <= CONTRADICTION_MS) return;
  if (measured === 'contradicting') raiseLane(t, 'limitsContradict');
  else if (measured !== 'unknown') clearLane(t, 'limitsContradict');
  if (measured === 'unknown' && before.seen) raiseLane(t, 'positionUnknown');
  else if (measured !== 'contradicting' && measured !== 'unknown') clearLane(t, 'positionUnknown');
  take(t, model, observeLimits(before, model, measured, now));
}

/** Since when both limits have been made. */
function bothSince(t: LaneTurn): number {
  const limits = [...inputsOf(t.model, 'closedLimit'), ...inputsOf(t.model, 'openLimit')];
  return Math.max(...limits.map((input) => readingOf(lane(t), input)?.since ?? t.now.mono));
}

/** A frame that moves the boom has gone out. Where nothing measures the boom this is what moves its presumed position. */
export function noteOrder(
  t: LaneTurn,
  action: 'open' | 'close',
  command: string,
  cause: RecordRef,
  sentAt: number | null,
): void {
  const model = barrierModel(t);
  const before = lane(t).barrier;
  if (model === null || before === null) return;
  const now = t.now.mono;
  const state = ordered(before, action, command, cause, sentAt, now);
  setLane(t, { barrier: state });
  if (sentAt === null) return;
  const firstSentAt = state.order?.firstSentAt ?? sentAt;
  arm(t, 'travel', firstSentAt + travelLimit(t, model, action === 'open' ? 'open' : 'closed'));
  if (action === 'open' && model.hasClosedLimit) arm(t, 'effect', firstSentAt + EFFECT_MS);
  if (movesUnseen(state, model)) take(t, model, presumeMoving(state, now));
}

/** Whoever sees the boom asks for a close: one that is only presumed down stands up, and is closed and guarded like any other. */
export function doubtPresumedDown(t: LaneTurn, cause: RecordRef): void {
  const before = lane(t).barrier;
  const model = barrierModel(t);
  if (before === null || model === null || before.basis === 'measured' || before.order !== null) return;
  // After a start nothing is even presumed where no limit will ever show the boom.
  const isNeverShown = before.position === 'unknown' && !model.hasOpenLimit && !model.hasClosedLimit;
  if (before.position !== 'closed' && !isNeverShown) return;
  const { position, basis } = before;
  setLane(t, { barrier: { ...before, position: 'stopped', basis: 'presumed', mover: null, since: t.now.mono } });
  laneRecord(t, 'position', { cause, body: { from: position, to: 'stopped', basis, mover: null } });
}

/** 1.5 s after an opening was echoed the closed limit is still made: the boom has not moved. Never re-sent (I10). */
export function effectDue(t: LaneTurn): void {
  const state = lane(t).barrier;
  if (state?.position !== 'closed' || state.order?.action !== 'open' || state.order.stopped) return;
  raiseLane(t, 'boomFailedToOpen', { afterMs: EFFECT_MS, command: state.order.command }, state.order.cause);
}

export function travelDue(t: LaneTurn): void {
  const model = barrierModel(t);
  const before = lane(t).barrier;
  if (model === null || before === null) return;
  const toward = before.order?.action === 'close' || before.position === 'closing' ? 'closed' : 'open';
  const detail = { afterMs: travelLimit(t, model, toward), position: before.position, basis: before.basis };
  const cause = before.order?.cause ?? null;
  const { order } = before;
  const missed = order === null || order.stopped ? null : order.action;
  if (missed === 'open' && didNotArrive(before, model, 'open')) raiseLane(t, 'boomFailedToOpen', detail, cause);
  else if (missed === 'close' && didNotArrive(before, model, 'closed'))
    raiseLane(t, 'boomFailedToClose', detail, cause);
  else if (before.mover === 'unordered' && before.position === 'opening' && model.hasOpenLimit)
    raiseLane(t, 'boomForcedOpen', detail);
  suspectBroken(t, model, before);
  take(t, model, travelOver(before, model, t.now.mono), true);
}

/** Only where a limit would have shown the arrival, or shows that the arm never left; anything else is presumed to have arrived. */
function didNotArrive(state: BarrierState, model: BarrierModel, at: 'open' | 'closed'): boolean {
  if (state.position === at) return false;
  const stayed = state.position === 'open' || state.position === 'closed';
  return stayed ? state.basis === 'measured' : at === 'open' ? model.hasOpenLimit : model.hasClosedLimit;
}

function take(t: LaneTurn, model: BarrierModel, step: BarrierStep, overdue = false): void {
  const before = lane(t).barrier;
  setLane(t, { barrier: step.state });
  const move = step.move;
  if (move === null || before === null) return;
  const cause = move.cause;
  const ref = laneRecord(t, 'position', {
    cause,
    body: { from: move.from, to: move.to, basis: move.basis, mover: move.mover },
  });
  const nobodyKnows = move.from === 'unknown' && move.mover === null && move.to !== 'open' && move.to !== 'closed';
  setLane(t, { foundMoving: nobodyKnows ? ref : null });
  followTravel(t, model, before, move, overdue);
  const plausible = noteUnordered(t, before, move, ref);
  compareAbsence(t, model, move, ref);
  if (move.basis === 'measured' && (move.to === 'open' || move.to === 'closed')) arrivedWhole(t);
  switch (move.to) {
    case 'open':
      if (move.from === 'unknown' && lane(t).grants.length === 0) setLane(t, { foundOpen: true });
      if (step.state.order === null) disarm(t, 'travel');
      disarm(t, 'effect');
      clearLane(t, 'boomFailedToOpen');
      clearLane(t, 'boomForcedOpen');
      if (move.mover === 'us') clearLane(t, 'boomMovedUnordered');
      if (move.from === 'closing' && move.mover === 'us')
        laneRecord(t, 'reversed', { cause: ref, body: { by: 'board' } });
      if (move.mover === 'unordered') raiseLane(t, 'boomOpenedByHand', { basis: move.basis, plausible }, ref);
      break;
    case 'closed':
      if (step.state.order === null) disarm(t, 'travel');
      restClosed(t);
      // A boom that nobody sent down stays a fault until it has moved on an order again.
      if (move.mover === 'unordered')
        raiseLane(t, 'boomMovedUnordered', { autoClose: model.autoClose, plausible }, ref);
      else if (move.mover === 'us') clearLane(t, 'boomMovedUnordered');
      break;
    case 'opening':
      disarm(t, 'effect');
      if (move.mover !== 'us') arm(t, 'travel', t.now.mono + travelLimit(t, model, 'open'));
      break;
    case 'closing':
      if (move.mover !== 'us') arm(t, 'travel', t.now.mono + travelLimit(t, model, 'closed'));
      if (move.mover === 'unordered')
        raiseLane(
          t,
          'boomMovedUnordered',
          { autoClose: model.autoClose, held: holdsOpen(lane(t).claims), plausible },
          ref,
        );
      break;
    case 'stopped':
    case 'unknown':
      break;
  }
}

/** The boom is down, measured or presumed: what was said of its standing open is over. */
export function restClosed(t: LaneTurn): void {
  setLane(t, { foundOpen: false });
  for (const code of CLEARED_BY_CLOSED) clearLane(t, code);
}

const CLEARED_BY_CLOSED = [
  'boomFailedToClose',
  'boomForcedOpen',
  'boomOpenedByHand',
  'boomFoundOpen',
  'heldOpenTooLong',
  'obstructionHunting',
  'closeNotAdmitted',
];

/** The read-back of our maintained output; an OPEN contact found on at start is reported and released only by a recorded command. */
export function readOutputs(t: LaneTurn, outputs: Readonly<Record<string, boolean>>): void {
  const state = lane(t).barrier;
  const model = barrierModel(t);
  if (state === null || model === null) return;
  if (outputs.open === undefined && outputs.hold === undefined) return;
  const contactOn = outputs.open === true || outputs.hold === true;
  if (contactOn && state.hold === 'off' && state.order === null && !hasOpenOnTheWay(t)) {
    setLane(t, { barrier: { ...state, hold: 'foundOn' } });
    raiseLane(t, 'openContactFoundOn', { outputs: { ...outputs } });
  } else if (!contactOn && state.hold === 'foundOn') {
    setLane(t, { barrier: { ...state, hold: 'off' } });
    clearLane(t, 'openContactFoundOn');
  } else if (!contactOn && state.hold === 'on' && !hasOpenOnTheWay(t) && settledBefore(state, t.now.mono)) {
    // The board has lost it, say with its power: what still wants the boom held asserts it anew, an emergency at once.
    setLane(t, { barrier: { ...state, hold: 'off' } });
    if (modeOf(lane(t).claims) === 'emergency') setLane(t, { assertion: null });
  }
}

/** A read-back may have been on its way while the order was given. */
function settledBefore(state: BarrierState, now: number): boolean {
  return state.order === null || now - state.order.at > READ_BACK_MS;
}

function hasOpenOnTheWay(t: LaneTurn): boolean {
  return lane(t).pending.some(({ command }) => command.action === 'pulseOpen' || command.action === 'holdOn');
}

export function isUp(state: BarrierState): boolean {
  return state.position === 'open' || state.position === 'opening';
}
