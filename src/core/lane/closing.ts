/** When the gateway closes a boom, and what takes the close back (gate.md "Closing"; I2). */
import type { Command } from '../io.ts';
import { arm, clearLane, hasFault, type LaneTurn, lane, laneRecord, order, raiseLane, setLane } from '../turn.ts';
import type { Mono, RecordRef } from '../values.ts';
import { EFFECT_MS } from './barrier.ts';
import { holdsOpen, modeOf } from './claims.ts';
import { cancelClose, endClose, watchDevices } from './close-intent.ts';
import { CLOSING_STALE_MS, inputsOf, newestReadAt, obstruction, seesPeople } from './inputs.ts';
import { open } from './opening.ts';
import { expireGrants } from './passages.ts';
import { barrierModel, isUp, noteOrder } from './portal.ts';
import type { BarrierState, CloseIntent } from './state.ts';

const HUNTING_WINDOW_MS = 120_000;
const HUNTING_REOPENINGS = 3;
/** How long a settled close waits for room on its line, or for an unknown sensor, before it looks again. */
const RETRY_MS = 250;
const UNKNOWN_ALARM_MS = 10_000;
/** A reading this fresh must stand behind a close as its frame goes out. */
const FRESH_MS = 250;

/** Software closes only where the gateway owns it, the lane is signed off, and an obstruction input can be seen. */
export function gatewayCloses(t: LaneTurn): boolean {
  const model = barrierModel(t);
  return model !== null && t.model.commissioned && model.autoClose === 'gateway' && canClose(t);
}

/** Is there any close that software may order at all: also the guard's, where the board closes by itself otherwise. */
export function canClose(t: LaneTurn): boolean {
  const model = barrierModel(t);
  if (model === null || inputsOf(t.model, 'obstruction').length === 0) return false;
  return model.close === 'pulse' || model.open === 'maintained' || lane(t).barrier?.hold !== 'off';
}

export function beginClose(
  t: LaneTurn,
  why: CloseIntent['why'],
  cause: RecordRef,
  waitMs: number,
  attended = why === 'guard',
): void {
  const stage = lane(t).close?.stage;
  if (stage === 'ordered' || stage === 'moving') return;
  const notBefore = t.now.mono + waitMs;
  setLane(t, { close: { why, cause, stage: 'settling', notBefore, attended, command: null } });
}

/** A passage has ended with nobody left to wait for. */
export function closeBehind(t: LaneTurn, cause: RecordRef): void {
  if (!gatewayCloses(t) || lane(t).grants.length > 0) return;
  beginClose(t, 'behindVehicle', cause, t.model.timing.closeAfterClearMs);
}

/** The `notTaken` timer: grants that nobody drove through end, and with the last of them the opening does. */
export function notTakenDue(t: LaneTurn): void {
  const ref = expireGrants(t);
  if (ref !== null && lane(t).grants.length === 0 && gatewayCloses(t)) beginClose(t, 'notTaken', ref, 0);
}

/** A boom that stands open without grant, claim or close is looked at after `heldOpenAlarmAfter`. */
export function standsOpenUnowned(t: LaneTurn): boolean {
  const state = lane(t);
  return (
    state.barrier?.position === 'open' && state.grants.length === 0 && state.close === null && !holdsOpen(state.claims)
  );
}

export function foundOpenDue(t: LaneTurn): void {
  if (!standsOpenUnowned(t)) return;
  const measured = lane(t).barrier?.basis === 'measured';
  raiseLane(t, measured ? 'boomFoundOpen' : 'heldOpenTooLong', {
    afterMs: t.model.timing.heldOpenAlarmAfterMs,
    basis: lane(t).barrier?.basis ?? 'none',
  });
  if (!measured || !gatewayCloses(t) || modeOf(lane(t).claims) === 'outOfService') return;
  const ref = laneRecord(t, 'closeDecided', { body: { why: 'foundOpen' } });
  beginClose(t, 'foundOpen', ref, 0);
}

/** Carries a wish to close one step on, as far as the sensors allow. Runs at the end of every turn of the lane. */
export function pursueClose(t: LaneTurn): void {
  const intent = lane(t).close;
  if (intent === null || intent.stage === 'ordered' || intent.stage === 'moving') return;
  if (isOvertaken(t, intent)) {
    cancelClose(t);
    return;
  }
  if (!followsVehicle(intent) && !intent.attended && !seesPeople(t.model)) {
    giveUpUnattended(t, intent);
    return;
  }

  const seen = obstruction(lane(t), t.model, t.now.mono);
  if (seen.level !== 'inactive' || seen.clearSince === null) {
    waitForClear(t, intent, seen.level === 'active');
    return;
  }
  clearLane(t, 'obstructionUnknown');
  const clearFrom = seen.clearSince + t.model.timing.clearForMs;
  if (t.now.mono < clearFrom || t.now.mono < intent.notBefore) {
    arm(t, 'close', Math.max(clearFrom, intent.notBefore));
    return;
  }
  if (intent.stage === 'settling' && !followsVehicle(intent)) {
    announce(t, intent);
    return;
  }
  orderClose(t, intent);
}

/** Somebody wants it open, it is not up any more, or it has reopened too often for software to try again. */
function isOvertaken(t: LaneTurn, intent: CloseIntent): boolean {
  if (lane(t).grants.length > 0 || holdsOpen(lane(t).claims)) return true;
  if (!isUp(barrier(t)) && barrier(t).position !== 'stopped') return true;
  return !intent.attended && (modeOf(lane(t).claims) === 'outOfService' || hasFault(t, 'obstructionHunting'));
}

function barrier(t: LaneTurn): BarrierState {
  const state = lane(t).barrier;
  if (state === null) throw new TypeError(`lane ${t.model.id} has no boom`);
  return state;
}

function followsVehicle(intent: CloseIntent): boolean {
  return intent.why === 'behindVehicle';
}

/** Without a sensor that sees people, a close that follows no vehicle needs somebody who watches: the boom stays open and says so. */
function giveUpUnattended(t: LaneTurn, intent: CloseIntent): void {
  cancelClose(t);
  raiseLane(t, 'heldOpenTooLong', { why: intent.why, needs: 'personWatching' }, intent.cause);
}

function waitForClear(t: LaneTurn, intent: CloseIntent, occupied: boolean): void {
  const settling: CloseIntent = intent.stage === 'announced' ? { ...intent, stage: 'settling' } : intent;
  setLane(t, { close: settling });
  arm(t, 'close', t.now.mono + RETRY_MS);
  if (occupied || t.now.mono < intent.notBefore + UNKNOWN_ALARM_MS) return;
  raiseLane(t, 'obstructionUnknown', { policy: t.model.onObstructionUnknown }, intent.cause);
  if (t.model.onObstructionUnknown === 'yieldToBoard') cancelClose(t);
}

function announce(t: LaneTurn, intent: CloseIntent): void {
  const notBefore = t.now.mono + t.model.timing.announceMs;
  laneRecord(t, 'announced', {
    cause: intent.cause,
    body: { what: 'close', why: intent.why, afterMs: t.model.timing.announceMs },
  });
  setLane(t, { close: { ...intent, stage: 'announced', notBefore } });
  watchDevices(t, 'closing');
  arm(t, 'close', notBefore);
}

function orderClose(t: LaneTurn, intent: CloseIntent): void {
  const model = barrierModel(t);
  if (model === null) return;
  if (!lineHasRoom(t, model.line)) {
    arm(t, 'close', t.now.mono + RETRY_MS);
    return;
  }
  const obstructions = inputsOf(t.model, 'obstruction');
  // Inputs on another device cannot be checked by this device's line as the frame goes out: the frame must beat their age.
  const elsewhere = obstructions
    .filter((input) => input.device !== model.device)
    .map((input) => lane(t).inputs[input.id]?.at ?? 0);
  const oldest = Math.min(t.now.mono + 2000, ...elsewhere.map((at) => at + FRESH_MS));
  if (oldest <= t.now.mono) {
    watchDevices(t, 'closing');
    arm(t, 'close', t.now.mono + RETRY_MS);
    return;
  }
  const maintained = model.open === 'maintained' || barrier(t).hold !== 'off';
  watchDevices(t, 'closing');
  const command = order(t, model.device, maintained ? 'holdOff' : 'pulseClose', {
    priority: 'command',
    cause: intent.cause,
    why: intent.why,
    deadline: oldest,
    evenIfJournalBroken: true,
    onlyIfClear: obstructions.filter((input) => input.device === model.device).map((input) => input.id),
  });
  noteOrder(t, 'close', command.id, command.cause, null);
  setLane(t, { close: { ...intent, stage: 'ordered', command: command.id } });
  arm(t, 'closeWatch', t.now.mono + CLOSING_STALE_MS);
}

/** A line admits only as many closings at once as it can watch; the others wait open. */
function lineHasRoom(t: LaneTurn, line: string): boolean {
  const site = t.turn.site;
  let closing = 0;
  for (const other of site.model.lanes) {
    if (other.id === t.model.id || other.portal.kind === 'none' || other.portal.line !== line) continue;
    const stage = site.lanes[other.id]?.close?.stage;
    if (stage === 'ordered' || stage === 'moving') closing++;
  }
  return closing < (site.model.closingsAtOnce[line] ?? 1);
}

export function closeSettled(t: LaneTurn, command: Command, result: string, sentAt: Mono | null): void {
  const intent = lane(t).close;
  if (sentAt !== null) noteOrder(t, 'close', command.id, command.cause, sentAt);
  if (result === 'confirmed' && command.action === 'holdOff') {
    setLane(t, { barrier: { ...barrier(t), hold: 'off' } });
    clearLane(t, 'openContactFoundOn');
  }
  if (intent?.command !== command.id) return;
  if (result === 'confirmed') {
    setLane(t, { close: { ...intent, stage: 'moving' } });
    if (command.action === 'holdOff') arm(t, 'closeNext', t.now.mono + EFFECT_MS);
    return;
  }
  if (sentAt === null) dropCloseOrder(t);
  if (result === 'notClear' || result === 'expired') {
    setLane(t, { close: { ...intent, stage: 'settling', command: null, notBefore: t.now.mono + RETRY_MS } });
    arm(t, 'close', t.now.mono + RETRY_MS);
    return;
  }
  raiseLane(t, 'commandFailed', { command: command.id, action: command.action, result }, command.cause);
  // The frame may have been heard although its echo was lost: the boom is watched to the end of its travel.
  if (sentAt !== null) setLane(t, { close: { ...intent, stage: 'moving' } });
  else endClose(t);
}

/** The hold is off and the boom has not moved: where closing is a pulse of its own, that pulse follows. */
export function closeAfterRelease(t: LaneTurn): void {
  const intent = lane(t).close;
  if (intent?.stage !== 'moving' || barrier(t).position !== 'open' || barrierModel(t)?.close !== 'pulse') return;
  setLane(t, { close: { ...intent, stage: 'announced', command: null, notBefore: t.now.mono } });
}

function dropCloseOrder(t: LaneTurn): void {
  const state = barrier(t);
  if (state.order?.action === 'close') setLane(t, { barrier: { ...state, order: null } });
}

/**
 * While a boom closes on our word, occupied or unknown opens it at once, before the journal. Also where nobody ordered the
 * close and the gateway owns closing: a vehicle or person under that boom is no less soft.
 */
export function guardTheClose(t: LaneTurn): void {
  const state = lane(t);
  const intent = state.close;
  const onOurWord = intent !== null && (intent.stage === 'ordered' || intent.stage === 'moving');
  const strayed = intent === null && state.barrier?.position === 'closing' && state.barrier.mover === 'unordered';
  if (!onOurWord && !strayed) return;
  const seen = obstruction(state, t.model, t.now.mono, CLOSING_STALE_MS);
  if (onOurWord && seen.level === 'inactive') {
    arm(t, 'closeWatch', newestReadAt(state, t.model) + CLOSING_STALE_MS);
    return;
  }
  if (strayed && seen.level !== 'active') return;
  reopen(t, seen.level === 'active' ? 'occupied' : 'unknown', intent?.cause ?? null);
}

function reopen(t: LaneTurn, why: 'occupied' | 'unknown', cause: RecordRef | null): void {
  open(t, 'reopen', cause, why === 'occupied' ? 'obstruction' : 'obstructionUnknown', { evenIfJournalBroken: true });
  const since = t.now.mono - HUNTING_WINDOW_MS;
  const reopenings = [...lane(t).reopenings.filter((at) => at > since), t.now.mono].slice(-HUNTING_REOPENINGS);
  setLane(t, { reopenings });
  if (reopenings.length >= HUNTING_REOPENINGS)
    raiseLane(t, 'obstructionHunting', { reopenings: HUNTING_REOPENINGS, withinMs: HUNTING_WINDOW_MS });
}
