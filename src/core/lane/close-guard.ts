/** An ordered close until it is over: what its frame came to, and what takes the boom back up (gate.md "Closing"; I2). */
import type { Command, Outcome } from '../io.ts';
import { arm, clearLane, disarm, hasFault, type LaneTurn, lane, raiseLane, setLane } from '../turn.ts';
import type { Mono, RecordRef } from '../values.ts';
import { EFFECT_MS } from './barrier.ts';
import { closeIsOver, endClose, openingPending } from './close-intent.ts';
import { beginClose, gatewayCloses, RETRY_MS } from './closing.ts';
import { CLOSING_STALE_MS, obstruction, oldestObstructionReadAt, seesPeople } from './inputs.ts';
import { barrierModel, noteOrder } from './portal.ts';
import { open } from './raise-boom.ts';
import type { CloseIntent } from './state.ts';
import { travelLimit } from './travel.ts';

const HUNTING_WINDOW_MS = 120_000;
const HUNTING_REOPENINGS = 3;
/** A reopening that shows no effect is repeated this often while the boom still goes down. It is no grant. */
const INSIST_MS = 500;

export function closeSettled(t: LaneTurn, command: Command, result: Outcome['result'], sentAt: Mono | null): void {
  const { close } = lane(t);
  const boom = lane(t).barrier;
  const ours = close !== null && close.command === command.id;
  // An opening given meanwhile is the newer order and is supervised as such.
  if (sentAt !== null && boom?.order?.action !== 'open') noteOrder(t, 'close', command.id, command.cause, sentAt);
  if (result === 'confirmed' && command.action === 'holdOff' && !openingPending(t)) released(t);
  if (!ours) return;
  if (result === 'confirmed') {
    const moving: CloseIntent = { ...close, stage: 'moving', overtaken: stillOvertaken(close) };
    setLane(t, { close: moving });
    if (command.action === 'holdOff' && moving.overtaken === 'no') arm(t, 'closeNext', t.now.mono + patienceMs(t));
    return;
  }
  if (sentAt === null) unsent(t, close, result);
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
function unsent(t: LaneTurn, close: CloseIntent, result: Outcome['result']): void {
  const state = lane(t).barrier;
  if (state?.order?.action === 'close') setLane(t, { barrier: { ...state, order: null } });
  const again = close.overtaken === 'no' && (result === 'notClear' || result === 'expired');
  // What has overtaken it is still under way, and ends it.
  if (close.overtaken === 'opening' || close.overtaken === 'reopening') return;
  endClose(t);
  if (!again) {
    if (close.overtaken === 'no') raiseLane(t, 'commandFailed', { command: close.command, result }, close.cause);
    return;
  }
  const notBefore = t.now.mono + RETRY_MS;
  const why = result === 'notClear' && close.why === 'behindVehicle' ? 'afterObstruction' : close.why;
  setLane(t, { close: { ...close, why, stage: 'settling', announced: 'no', command: null, notBefore } });
}

/** The hold is off and the boom is not seen to fall: where closing is a pulse of its own, that pulse follows. */
export function closeAfterRelease(t: LaneTurn): void {
  const { close, barrier } = lane(t);
  if (close?.stage !== 'moving' || close.overtaken !== 'no' || barrierModel(t)?.close !== 'pulse') return;
  if (barrier === null || (barrier.basis === 'measured' && barrier.position !== 'open')) return;
  // The release is over and the pulse has a travel of its own. Where nothing measures it the boom was presumed to fall; it stands.
  const since = barrier.position === 'open' ? barrier.since : t.now.mono;
  setLane(t, { barrier: { ...barrier, position: 'open', mover: null, order: null, since } });
  disarm(t, 'travel');
  setLane(t, { close: { ...close, stage: 'announced', command: null, notBefore: t.now.mono } });
}

/**
 * While a boom closes on our word, occupied or unknown opens it at once, before the journal. Also where nobody ordered the
 * close and the gateway owns closing: a vehicle or person under that boom is no less soft.
 */
export function guardTheClose(t: LaneTurn): void {
  const { close, barrier } = lane(t);
  if (close === null || (close.stage !== 'ordered' && close.stage !== 'moving')) {
    guardStrayBoom(t);
    return;
  }
  if (close.overtaken === 'reopening') {
    insist(t, close);
    return;
  }
  const seen = obstruction(lane(t), t.model, t.now.mono, CLOSING_STALE_MS);
  if (seen.level === 'inactive') {
    const at = oldestObstructionReadAt(lane(t), t.model) + CLOSING_STALE_MS + 1;
    arm(t, 'closeWatch', Math.max(at, t.now.mono + 1));
    return;
  }
  // Down already: nothing closes any more, and an opening now would be nobody's.
  if (barrier?.position === 'closed' && barrier.basis === 'measured') return;
  reopen(t, seen.level === 'active' ? 'occupied' : 'unknown', close.cause);
}

function guardStrayBoom(t: LaneTurn): void {
  const { barrier } = lane(t);
  if (barrier?.position !== 'closing' || barrier.mover !== 'unordered') return;
  if (barrier.order?.action === 'open' || barrierModel(t)?.openInput === 'step') return;
  if (obstruction(lane(t), t.model, t.now.mono).level === 'active') reopen(t, 'occupied', null);
}

function reopen(t: LaneTurn, why: 'occupied' | 'unknown', cause: RecordRef | null): void {
  sendUp(t, why === 'occupied' ? 'obstruction' : 'obstructionUnknown', cause);
  const since = t.now.mono - HUNTING_WINDOW_MS;
  const reopenings = [...lane(t).reopenings.filter((at) => at > since), t.now.mono].slice(-HUNTING_REOPENINGS);
  setLane(t, { reopenings });
  if (reopenings.length >= HUNTING_REOPENINGS)
    raiseLane(t, 'obstructionHunting', { reopenings: HUNTING_REOPENINGS, withinMs: HUNTING_WINDOW_MS });
}

function sendUp(t: LaneTurn, why: string, cause: RecordRef | null): void {
  open(t, 'reopen', cause, why, { evenIfJournalBroken: true });
  arm(t, 'closeWatch', t.now.mono + INSIST_MS);
}

/** The reopening was lost, or the board did not obey it: again, for as long as the boom is not seen up. */
function insist(t: LaneTurn, close: CloseIntent): void {
  const boom = lane(t).barrier;
  if (boom === null || boom.position === 'open' || boom.position === 'closed') return;
  // Between its limits nobody sees which way it moves: an echo is believed for as long as an effect may take.
  const waitMs = boom.position === 'opening' ? EFFECT_MS : INSIST_MS;
  const again = (boom.order?.at ?? t.now.mono - waitMs) + waitMs;
  if (openingPending(t) || t.now.mono < again) arm(t, 'closeWatch', Math.max(again, t.now.mono + INSIST_MS));
  else sendUp(t, 'reopenAgain', close.cause);
}

/** At the end of every turn: is the close over? After a reopening a new one may be decided, announced like any other. */
export function finishClose(t: LaneTurn): void {
  const { close, barrier } = lane(t);
  if (close === null || (close.stage !== 'ordered' && close.stage !== 'moving') || !closeIsOver(t, close)) return;
  endClose(t);
  const stillUp = barrier?.position === 'open' || barrier?.position === 'opening';
  if (!stillUp || !gatewayCloses(t) || hasFault(t, 'obstructionHunting')) return;
  if (close.overtaken === 'reopening' && seesPeople(t.model))
    beginClose(t, 'afterObstruction', close.cause, t.model.timing.closeAfterClearMs);
}
