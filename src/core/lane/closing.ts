/** When the gateway closes a boom (gate.md "Closing"; I2). What watches and takes back an ordered close is `close-guard.ts`. */
import { arm, clearLane, hasFault, type LaneTurn, lane, laneRecord, order, raiseLane, setLane } from '../turn.ts';
import type { Mono, RecordRef } from '../values.ts';
import { holdsOpen, modeOf } from './claims.ts';
import { cancelClose, isWatchedClosely, watchDevices } from './close-intent.ts';
import { releaseHeldStop } from './contacts.ts';
import { departureLevel } from './crossing.ts';
import {
  CLOSING_STALE_MS,
  inputsOf,
  obstruction,
  readingOf,
  roleLevel,
  seesPeople,
  watchedObstructions,
} from './inputs.ts';
import { expireGrants, type PassageEnd } from './passages.ts';
import { barrierModel, noteOrder } from './portal.ts';
import type { BarrierState, CloseIntent } from './state.ts';

/** How long a settled close waits for room on its line, or for an unknown sensor, before it looks again. */
export const RETRY_MS = 250;
/** A close that cannot go out for this long is no hiccup: somebody is told. */
const WAITING_ALARM_MS = 10_000;
/** A reading this fresh must stand behind a close as its frame goes out. */
const FRESH_MS = 250;
const CLOSE_LIFE_MS = 2000;

/** Software closes only where the gateway owns it, the lane is signed off, and an obstruction input can be seen. */
export function gatewayCloses(t: LaneTurn): boolean {
  const model = barrierModel(t);
  // With a sensor bypassed a person who watches holds every close.
  if (lane(t).bypass !== null) return false;
  return model !== null && t.model.commissioned && model.autoClose === 'gateway' && canClose(t);
}

/**
 * Is there any close that software may order at all: also the guard's, where the board closes by itself otherwise. Not with
 * a step input: what its next pulse does to a closing boom is not known, so it could not be reopened at once.
 */
export function canClose(t: LaneTurn): boolean {
  const model = barrierModel(t);
  if (model === null || model.openInput === 'step' || inputsOf(t.model, 'obstruction').length === 0) return false;
  return model.close === 'pulse' || model.open === 'maintained' || lane(t).barrier?.hold !== 'off';
}

export function beginClose(
  t: LaneTurn,
  why: CloseIntent['why'],
  cause: RecordRef,
  waitMs: number,
  attended = why === 'guard',
  held = false,
): void {
  const stage = lane(t).close?.stage;
  if (stage === 'ordered' || stage === 'moving') return;
  // Whoever holds a close, or has not let it go yet, is the only one who closes: what he lets go must stop.
  if (lane(t).attending !== null && !held) return;
  const notBefore = t.now.mono + waitMs;
  setLane(t, {
    close: {
      why,
      cause,
      stage: 'settling',
      notBefore,
      attended,
      held,
      announced: 'no',
      command: null,
      unknownSince: null,
      overtaken: 'no',
    },
  });
  arm(t, 'close', t.now.mono + RETRY_MS);
}

/** A passage has ended with nobody left to wait for. Only a measured vehicle that went through is closed behind unannounced. */
export function closeBehind(t: LaneTurn, passage: PassageEnd): void {
  if (!gatewayCloses(t) || lane(t).grants.length > 0) return;
  const why = passage.behindVehicle ? 'behindVehicle' : 'notTaken';
  // The wait counts from the clearance, which has lasted for a while when a passage is judged.
  const notBefore = passage.clearedAt + t.model.timing.closeAfterClearMs;
  beginClose(t, why, passage.ref, Math.max(0, notBefore - t.now.mono));
}

/** The `notTaken` timer: grants that nobody drove through end, and with the last of them the opening does. */
export function notTakenDue(t: LaneTurn): void {
  const ref = expireGrants(t);
  if (ref !== null && lane(t).grants.length === 0 && gatewayCloses(t)) beginClose(t, 'notTaken', ref, 0);
}

/** A boom that stands open without grant, claim or close is looked at after `heldOpenAlarmAfter`. */
export function standsOpenUnowned(t: LaneTurn): boolean {
  const { barrier, grants, close, claims } = lane(t);
  const up = barrier?.position === 'open' || barrier?.position === 'stopped';
  return up && grants.length === 0 && close === null && !holdsOpen(claims);
}

export function foundOpenDue(t: LaneTurn): void {
  const boom = lane(t).barrier;
  if (boom === null || !standsOpenUnowned(t)) return;
  const measured = boom.basis === 'measured' && boom.position === 'open';
  raiseLane(t, measured ? 'boomFoundOpen' : 'heldOpenTooLong', {
    afterMs: t.model.timing.heldOpenAlarmAfterMs,
    position: boom.position,
    basis: boom.basis,
  });
  const ours = gatewayCloses(t) || (boom.hold === 'on' && canClose(t) && t.model.commissioned);
  if (!measured || !ours || modeOf(lane(t).claims) === 'outOfService') return;
  const ref = laneRecord(t, 'closeDecided', { body: { why: 'foundOpen' } });
  beginClose(t, 'foundOpen', ref, 0);
}

/** Carries a wish to close one step on, as far as the sensors allow. Runs at the end of every turn of the lane; `due`: of its timer's. */
export function pursueClose(t: LaneTurn, due: boolean): void {
  const intent = lane(t).close;
  if (intent === null || intent.stage === 'ordered' || intent.stage === 'moving') return;
  if (isOvertaken(t, intent)) {
    cancelClose(t);
    return;
  }
  if (!followsVehicle(intent) && !intent.attended && !seesPeople(t.model)) {
    giveUp(t, intent, 'personWatching');
    return;
  }
  if (lane(t).bypass !== null && !intent.held) {
    giveUp(t, intent, 'attendedClosing');
    return;
  }
  const seen = obstruction(lane(t), t.model, t.now.mono);
  if (seen.level !== 'inactive' || seen.clearSince === null) {
    waitForClear(t, intent, seen.level === 'active', due);
    return;
  }
  const departing = departureLevel(t);
  const watched = intent.why === 'guard' && intent.attended;
  if (!watched && (departing === 'active' || departing === 'unknown')) {
    waitForDeparture(t, intent, departing, due);
    return;
  }
  if (t.turn.site.journal === 'broken') {
    // A close waits for its record (I1); the mended journal brings us back here.
    setLane(t, { close: { ...intent, stage: 'settling', announced: 'no' } });
    return;
  }
  if (intent.unknownSince !== null) setLane(t, { close: { ...intent, unknownSince: null } });
  const clearFrom = seen.clearSince + t.model.timing.clearForMs;
  if (t.now.mono < clearFrom || t.now.mono < intent.notBefore) {
    arm(t, 'close', Math.max(clearFrom, intent.notBefore));
    return;
  }
  // A boom still on its way up finishes first; its limit, or the end of its travel, brings us back here.
  if (barrier(t).position !== 'open' && barrier(t).position !== 'stopped') return;
  if (intent.stage === 'settling' && !followsVehicle(intent)) announce(t, intent);
  else if (intent.announced === 'asked') return;
  // The press that asked for it may become one that latches an emergency: it is let go first.
  else if (t.model.buttonCloses && isButtonHeld(t)) arm(t, 'close', t.now.mono + RETRY_MS);
  else orderClose(t, intent);
}

/** Somebody wants it open, it is not up any more, or it has reopened too often for software to try again. */
function isOvertaken(t: LaneTurn, intent: CloseIntent): boolean {
  if (lane(t).grants.length > 0 || holdsOpen(lane(t).claims)) return true;
  // Nobody knows whether an emergency stands: a person looks first (I3).
  if (hasFault(t, 'latchUnreadable')) return true;
  const { position, order: standing } = barrier(t);
  const rising = position === 'opening' || (position === 'closing' && standing?.action === 'open');
  if (position !== 'open' && position !== 'stopped' && !rising) return true;
  if (intent.attended) return false;
  return (
    modeOf(lane(t).claims) === 'outOfService' ||
    hasFault(t, 'obstructionHunting') ||
    roleLevel(lane(t), t.model, 'button', t.now.mono) === 'active'
  );
}

function isButtonHeld(t: LaneTurn): boolean {
  return !hasFault(t, 'buttonStuck') && roleLevel(lane(t), t.model, 'button', t.now.mono) === 'active';
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
function giveUp(t: LaneTurn, intent: CloseIntent, needs: 'personWatching' | 'attendedClosing'): void {
  cancelClose(t);
  raiseLane(t, 'heldOpenTooLong', { why: intent.why, needs }, intent.cause);
}

/** What comes under the boom meanwhile may be a person: such a close no longer follows directly behind a vehicle. */
function waitForClear(t: LaneTurn, intent: CloseIntent, occupied: boolean, due: boolean): void {
  const unknownSince = occupied ? null : (intent.unknownSince ?? t.now.mono);
  const why = occupied && followsVehicle(intent) ? 'afterObstruction' : intent.why;
  const alarmAt = unknownSince === null ? null : unknownSince + WAITING_ALARM_MS;
  wait(t, intent, { ...intent, why, stage: 'settling', announced: 'no', unknownSince }, alarmAt, due);
  if (unknownSince === null || t.now.mono - unknownSince < WAITING_ALARM_MS) return;
  raiseLane(t, 'obstructionUnknown', { policy: t.model.onObstructionUnknown }, intent.cause);
  if (t.model.onObstructionUnknown === 'yieldToBoard') cancelClose(t);
}

/** Each reading looks again by itself, so its timer is set anew only when it was due, or when it waits for something else now. */
function wait(t: LaneTurn, was: CloseIntent, is: CloseIntent, alarmAt: Mono | null, due: boolean): void {
  const same =
    was.why === is.why &&
    was.stage === is.stage &&
    was.announced === is.announced &&
    was.unknownSince === is.unknownSince;
  if (!same) setLane(t, { close: is });
  if (same && !due) return;
  const again = t.now.mono + RETRY_MS;
  arm(t, 'close', alarmAt !== null && alarmAt > t.now.mono ? Math.min(again, alarmAt) : again);
}

/** What has passed still stands behind the boom, or nobody knows: the boom stays up, and says so after a while. */
function waitForDeparture(t: LaneTurn, intent: CloseIntent, departing: 'active' | 'unknown', due: boolean): void {
  const patienceMs = departing === 'unknown' ? WAITING_ALARM_MS : t.model.timing.heldOpenAlarmAfterMs;
  wait(t, intent, { ...intent, stage: 'settling', announced: 'no' }, intent.notBefore + patienceMs, due);
  if (t.now.mono - intent.notBefore < patienceMs) return;
  raiseLane(t, 'heldOpenTooLong', { why: intent.why, needs: 'departureClear', departure: departing }, intent.cause);
}

function announce(t: LaneTurn, intent: CloseIntent): void {
  const notBefore = t.now.mono + t.model.timing.announceMs;
  laneRecord(t, 'announced', {
    cause: intent.cause,
    body: { what: 'close', why: intent.why, afterMs: t.model.timing.announceMs },
  });
  const wired = barrierModel(t)?.announce === 'wired';
  const { on, command } = lane(t).contacts.announce;
  const asked = wired && (!on || command !== null);
  setLane(t, { close: { ...intent, stage: 'announced', announced: asked ? 'asked' : 'yes', notBefore } });
  watchDevices(t, 'closing');
  arm(t, 'close', notBefore);
}

function orderClose(t: LaneTurn, intent: CloseIntent): void {
  const model = barrierModel(t);
  if (model === null) return;
  if (!lineHasRoom(t, model.line)) {
    if (t.now.mono - intent.notBefore >= WAITING_ALARM_MS) raiseLane(t, 'closeNotAdmitted', { line: model.line });
    arm(t, 'close', t.now.mono + RETRY_MS);
    return;
  }
  clearLane(t, 'closeNotAdmitted');
  const obstructions = watchedObstructions(lane(t), t.model);
  // Inputs on another device cannot be checked by this device's line as the frame goes out: the frame must beat their age.
  const elsewhere = obstructions
    .filter((input) => input.device !== model.device)
    .map((input) => readingOf(lane(t), input)?.at ?? 0);
  const deadline = Math.min(t.now.mono + CLOSE_LIFE_MS, ...elsewhere.map((at) => at + FRESH_MS));
  watchDevices(t, 'closing');
  if (deadline <= t.now.mono) {
    arm(t, 'close', t.now.mono + RETRY_MS);
    return;
  }
  // Letting go of a maintained OPEN is a close; where there is no contact of its own for closing it is the only one.
  const release = barrier(t).hold !== 'off' || model.close === 'none';
  const onlyIfClear = obstructions.filter((input) => input.device === model.device).map((input) => input.id);
  const { bypass } = lane(t);
  if (bypass !== null)
    laneRecord(t, 'bypassUsed', { cause: intent.cause, body: { input: bypass.input, begun: bypass.cause } });
  releaseHeldStop(t, 'command', intent.cause, { deadline, onlyIfClear, evenIfJournalBroken: false });
  const command = order(t, model.device, release ? 'holdOff' : 'pulseClose', {
    priority: 'command',
    cause: intent.cause,
    why: intent.why,
    deadline,
    onlyIfClear,
  });
  noteOrder(t, 'close', command.id, command.cause, null);
  setLane(t, { close: { ...intent, stage: 'ordered', command: command.id } });
  arm(t, 'closeWatch', t.now.mono + CLOSING_STALE_MS + 1);
}

/** A line admits only as many closings at once as it can watch; the others wait open. */
function lineHasRoom(t: LaneTurn, line: string): boolean {
  const site = t.turn.site;
  let closing = 0;
  for (const other of site.model.lanes) {
    if (other.id === t.model.id || other.portal.kind === 'none' || other.portal.line !== line) continue;
    const state = site.lanes[other.id];
    if (state === undefined) continue;
    const stage = state.close?.stage;
    if (stage === 'ordered' || stage === 'moving' || isWatchedClosely(state)) closing++;
  }
  return closing < (site.model.closingsAtOnce[line] ?? 1);
}
