/** An ordered close until it is over: what its frame came to, and what takes the boom back up (gate.md "Closing"; I2). */
import type { Command, Outcome } from '../io.ts';
import { arm, clearLane, disarm, hasFault, type LaneTurn, lane, raiseLane, setLane } from '../turn.ts';
import type { RecordRef } from '../values.ts';
import { EFFECT_MS } from './barrier.ts';
import {
  closeIsOver,
  endClose,
  isHoldPending,
  isWatchedClosely,
  openingPending,
  watchDevices,
} from './close-intent.ts';
import { modeOf } from './claims.ts';
import { beginClose, canClose, gatewayCloses, RETRY_MS } from './closing.ts';
import { CLOSING_STALE_MS, obstruction, oldestObstructionReadAt, seesPeople } from './inputs.ts';
import { barrierModel, noteOrder } from './portal.ts';
import { open } from './raise-boom.ts';
import type { BarrierState, CloseIntent, UnfinishedClose } from './state.ts';
import { travelLimit } from './travel.ts';

const HUNTING_WINDOW_MS = 120_000;
const HUNTING_REOPENINGS = 3;
/** A reopening that shows no effect is repeated this often while the boom still goes down. It is no grant. */
const INSIST_MS = 500;
/** A boom that stands between its limits for this long does not fall any more; it stays guarded, at the usual pace of reading. */
const WATCHED_MS = 60_000;
/** A disk that is too slow for a close is left alone for this long. */
const JOURNAL_RETRY_MS = 5000;

type CloseOutcome = Pick<Outcome, 'result' | 'sentAt' | 'detail'>;

export function closeSettled(t: LaneTurn, command: Command, { result, sentAt, detail }: CloseOutcome): void {
  const { close } = lane(t);
  const boom = lane(t).barrier;
  const ours = close !== null && close.command === command.id;
  // An opening given meanwhile is the newer order and is supervised as such.
  if (sentAt !== null && boom?.order?.action !== 'open') noteOrder(t, 'close', command.id, command.cause, sentAt);
  if (result === 'confirmed' && command.action === 'holdOff' && !isHoldPending(t)) released(t);
  if (!ours) return;
  if (result === 'confirmed') {
    const moving: CloseIntent = { ...close, stage: 'moving', overtaken: stillOvertaken(close) };
    setLane(t, { close: moving });
    if (command.action === 'holdOff' && close.overtaken === 'no') arm(t, 'closeNext', t.now.mono + patienceMs(t));
    return;
  }
  if (sentAt === null) unsent(t, close, result, detail);
  else {
    // The frame may have been heard although its echo was lost: the boom is watched to the end of its travel.
    setLane(t, { close: { ...close, stage: 'moving', overtaken: stillOvertaken(close) } });
    raiseLane(t, 'commandFailed', { command: command.id, action: command.action, result }, command.cause);
  }
}

/** How long a released boom has to begin to fall by itself: always less than the end of its travel, which ends the close. */
function patienceMs(t: LaneTurn): number {
  const model = barrierModel(t);
  return model === null ? EFFECT_MS : Math.min(EFFECT_MS, travelLimit(t, model, 'closed') - RETRY_MS);
}

/** Taken back too late: the frame had begun, so it is a close under way like any other. */
function stillOvertaken(close: CloseIntent): CloseIntent['overtaken'] {
  return close.overtaken === 'withdrawn' ? 'no' : close.overtaken;
}

function released(t: LaneTurn): void {
  const state = lane(t).barrier;
  if (state !== null) setLane(t, { barrier: { ...state, hold: 'off' } });
  clearLane(t, 'openContactFoundOn');
}

/** Nothing went out, so nothing moves: tried again where only the moment was wrong, else given up. */
function unsent(t: LaneTurn, close: CloseIntent, result: Outcome['result'], detail: string): void {
  const state = lane(t).barrier;
  if (state?.order?.action === 'close') setLane(t, { barrier: { ...state, order: null } });
  // A close that is not on record does not go out: it waits for the disk (I1).
  const unrecorded = result === 'refused' && detail === 'journalBroken';
  const again = close.overtaken === 'no' && (result === 'notClear' || result === 'expired' || unrecorded);
  // What has overtaken it is still under way, and ends it.
  if (close.overtaken === 'opening' || close.overtaken === 'reopening') return;
  endClose(t);
  if (!again) {
    if (close.overtaken === 'no') raiseLane(t, 'commandFailed', { command: close.command, result }, close.cause);
    return;
  }
  const notBefore = t.now.mono + (unrecorded ? JOURNAL_RETRY_MS : RETRY_MS);
  const why = result === 'notClear' && close.why === 'behindVehicle' ? 'afterObstruction' : close.why;
  setLane(t, { close: { ...close, why, stage: 'settling', announced: 'no', command: null, notBefore } });
}

/** The hold is off and the boom is not seen to fall: where closing is a pulse of its own, that pulse follows. */
export function closeAfterRelease(t: LaneTurn): void {
  const { close, barrier } = lane(t);
  const model = barrierModel(t);
  if (close?.stage !== 'moving' || close.overtaken !== 'no' || model?.close !== 'pulse') return;
  if (barrier === null || (barrier.basis === 'measured' && barrier.position !== 'open')) return;
  // The release is over and the pulse has a travel of its own. Where nothing measures it the boom was presumed to fall; it stands.
  const since = barrier.position === 'open' ? barrier.since : t.now.mono;
  setLane(t, { barrier: { ...barrier, position: 'open', mover: null, order: null, since } });
  disarm(t, 'travel');
  setLane(t, { close: { ...close, stage: 'announced', command: null, notBefore: t.now.mono } });
  if (barrier.basis === 'measured') return;
  // It may fall for the release all the same: guarded for that travel, also while the pulse waits for its record or for room.
  const until = t.now.mono + travelLimit(t, model, 'closed');
  setLane(t, { unfinished: { cause: close.cause, watchedUntil: t.now.mono + WATCHED_MS, until } });
}

/**
 * While a boom closes on our word, occupied or unknown opens it at once, before the journal. Also where nobody ordered the
 * close and the gateway owns closing: a vehicle or person under that boom is no less soft.
 */
export function guardTheClose(t: LaneTurn): void {
  const { close, barrier } = lane(t);
  if (close === null || (close.stage !== 'ordered' && close.stage !== 'moving')) {
    if (lane(t).unfinished === null) guardStrayBoom(t);
    else guardUnfinished(t);
    return;
  }
  if (close.overtaken === 'reopening') {
    insist(t, close);
    return;
  }
  const seen = obstruction(lane(t), t.model, t.now.mono, CLOSING_STALE_MS);
  if (seen.level === 'inactive') {
    const at = oldestObstructionReadAt(lane(t), t.model, t.now.mono) + CLOSING_STALE_MS + 1;
    arm(t, 'closeWatch', Math.max(at, t.now.mono + 1));
    return;
  }
  // Down already: nothing closes any more, and an opening now would be nobody's.
  if (barrier?.position === 'closed' && barrier.basis === 'measured') return;
  reopen(t, seen.level === 'active' ? 'occupied' : 'unknown', close.cause);
}

/**
 * The travel's time is over and nobody saw the boom arrive: it may only be slow. It is guarded until it is measured closed or
 * open; where no limit would show it down, for a second travel.
 */
function guardUnfinished(t: LaneTurn): void {
  const { unfinished } = lane(t);
  if (unfinished === null || isOver(t, unfinished)) return;
  const closely = isWatchedClosely(lane(t));
  const staleMs = closely ? CLOSING_STALE_MS : t.model.timing.staleAfterMs;
  const { level } = obstruction(lane(t), t.model, t.now.mono, staleMs);
  if (level === 'inactive') {
    arm(t, 'closeWatch', Math.max(oldestObstructionReadAt(lane(t), t.model, t.now.mono) + staleMs, t.now.mono) + 1);
    return;
  }
  overtakeUnseen(t, unfinished.cause, level === 'active' ? 'occupied' : 'unknown');
}

/** It is a close under way again, and one that life safety overtakes. */
function overtakeUnseen(t: LaneTurn, cause: RecordRef, why: 'occupied' | 'unknown'): void {
  const again: CloseIntent = {
    ...{ why: 'afterObstruction', cause, stage: 'moving', notBefore: t.now.mono, attended: false, held: false },
    ...{ announced: 'no', command: null, unknownSince: null, overtaken: 'no' },
  };
  setLane(t, { close: again, unfinished: null, foundMoving: null });
  reopen(t, why, cause);
  // However often it has to be repeated, it is over with one travel.
  const model = barrierModel(t);
  if (model !== null) arm(t, 'travel', t.now.mono + travelLimit(t, model, 'open'));
}

/** At the end of every turn: has the boom been seen at one of its ends, or has it been guarded for long enough? */
function followUnfinished(t: LaneTurn): void {
  const { unfinished, close } = lane(t);
  if (unfinished === null) return;
  if (isOver(t, unfinished) || close?.stage === 'moving') {
    setLane(t, { unfinished: null });
    if (close === null) endClose(t);
  } else if (unfinished.watchedUntil !== null && t.now.mono >= unfinished.watchedUntil) {
    setLane(t, { unfinished: { ...unfinished, watchedUntil: null } });
    if (close === null) watchDevices(t, 'normal');
  }
}

function isOver(t: LaneTurn, { until }: UnfinishedClose): boolean {
  return hasArrived(t) || (until !== null && t.now.mono >= until);
}

/** At one of its ends, or on its way up on our word. */
function hasArrived(t: LaneTurn): boolean {
  const { barrier, unfinished } = lane(t);
  if (barrier === null) return true;
  // Presumed to stand open after a release it is not seen to.
  if (barrier.position === 'open') return barrier.basis === 'measured' || unfinished === null;
  if (barrier.position === 'opening') return barrier.mover === 'us' && !openingPending(t);
  return barrier.position === 'closed' && barrier.basis === 'measured';
}

function guardStrayBoom(t: LaneTurn): void {
  const { barrier, foundMoving } = lane(t);
  if (foundMoving !== null) {
    guardFoundMoving(t, foundMoving);
    return;
  }
  if (barrier?.position !== 'closing' || barrier.mover !== 'unordered') return;
  if (barrier.order?.action === 'open' || barrierModel(t)?.openInput === 'step') return;
  if (obstruction(lane(t), t.model, t.now.mono).level === 'active') reopen(t, 'occupied', null);
}

/**
 * A close that the process before has sent goes on although nobody remembers it. What is not known yet right after a start moves
 * nothing (I17); somebody seen under such a boom sends it up.
 */
function guardFoundMoving(t: LaneTurn, found: RecordRef): void {
  const { barrier, claims } = lane(t);
  if (barrier?.order?.action === 'open' || !t.model.commissioned || !canClose(t)) return;
  if (modeOf(claims) === 'outOfService') return;
  if (obstruction(lane(t), t.model, t.now.mono).level === 'active') overtakeUnseen(t, found, 'occupied');
}

function reopen(t: LaneTurn, why: 'occupied' | 'unknown', cause: RecordRef | null): void {
  sendUp(t, why === 'occupied' ? 'obstruction' : 'obstructionUnknown', cause);
  const since = t.now.mono - HUNTING_WINDOW_MS;
  const reopenings = [...lane(t).reopenings.filter((at) => at > since), t.now.mono].slice(-HUNTING_REOPENINGS);
  setLane(t, { reopenings });
  if (reopenings.length >= HUNTING_REOPENINGS)
    raiseLane(t, 'obstructionHunting', { reopenings: HUNTING_REOPENINGS, withinMs: HUNTING_WINDOW_MS });
}

/** Sent, and sent again for as long as the boom is not seen up. */
export function sendUp(t: LaneTurn, why: string, cause: RecordRef | null): void {
  open(t, 'reopen', cause, why, { evenIfJournalBroken: true });
  arm(t, 'closeWatch', t.now.mono + INSIST_MS);
}

/** The reopening was lost, or the board did not obey it: again, for as long as the boom is not seen up. */
function insist(t: LaneTurn, close: CloseIntent): void {
  const boom = lane(t).barrier;
  if (boom === null || boom.position === 'open') return;
  if (boom.position === 'closed' && boom.basis === 'measured') return;
  // Between its limits nobody sees which way it moves: an echo is believed for as long as an effect may take.
  const waitMs = boom.position === 'opening' ? EFFECT_MS : INSIST_MS;
  const again = (boom.order?.at ?? t.now.mono - waitMs) + waitMs;
  if (openingPending(t)) arm(t, 'closeWatch', Math.max(again, t.now.mono + INSIST_MS));
  else if (t.now.mono < again) arm(t, 'closeWatch', again);
  else sendUp(t, 'reopenAgain', close.cause);
}

/** At the end of every turn: is the close over? After a reopening a new one may be decided, announced like any other. */
export function finishClose(t: LaneTurn): void {
  followUnfinished(t);
  const { close, barrier } = lane(t);
  if (close === null || (close.stage !== 'ordered' && close.stage !== 'moving') || !closeIsOver(t, close)) return;
  if (barrier !== null && isUnseenEnd(t, close, barrier)) leaveUnfinished(t, close);
  endClose(t);
  const stillUp = barrier?.position === 'open' || barrier?.position === 'opening';
  if (!stillUp || !gatewayCloses(t) || hasFault(t, 'obstructionHunting')) return;
  // Whoever let go of a held close wants none for now: the boom is looked at as one found open.
  if (close.overtaken === 'reopening' && !close.held && seesPeople(t.model))
    beginClose(t, 'afterObstruction', close.cause, t.model.timing.closeAfterClearMs);
}

/** Its time is over, and no limit shows the boom at either end. */
function isUnseenEnd(t: LaneTurn, close: CloseIntent, boom: BarrierState): boolean {
  const overtaken = close.overtaken === 'opening' || close.overtaken === 'reopening';
  return !overtaken && close.stage === 'moving' && boom.position !== 'opening' && !hasArrived(t);
}

function leaveUnfinished(t: LaneTurn, close: CloseIntent): void {
  const model = barrierModel(t);
  if (model === null) return;
  const until = model.hasClosedLimit ? null : t.now.mono + travelLimit(t, model, 'closed');
  setLane(t, { unfinished: { cause: close.cause, watchedUntil: t.now.mono + WATCHED_MS, until } });
}
