/** One input, as one lane takes it. Order inside a poll: life safety, then position, then the close, then who passes and who waits. */
import { notOpenDue, timeOpening } from '../emergency/clock.ts';
import { recordDrill, timeDrill } from '../emergency/drill.ts';
import { betweenDue } from '../interlock/between.ts';
import type { Outcome, Request } from '../io.ts';
import type { InputsRead } from '../presentation.ts';
import { arm, clearLane, disarm, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Direction } from '../values.ts';
import { acknowledgeFault } from './acknowledging.ts';
import { announcementSettled, keepAnnouncing } from './announcing.ts';
import { attendDue, holdClose, letGo } from './attending.ts';
import { brokenDue, readBroken } from './broken-boom.ts';
import { armWindowDue, readPresence } from './approach.ts';
import { beginBypass, endBypassBy, expireBypass } from './bypass.ts';
import { countPassages, expireClaims, makeClaim, releaseClaim } from './claiming.ts';
import { holdsOpen, modeOf } from './claims.ts';
import { closeAfterRelease, closeSettled, finishClose, guardTheClose } from './close-guard.ts';
import { cancelClose } from './close-intent.ts';
import { closeBehind, foundOpenDue, notTakenDue, pursueClose, standsOpenUnowned } from './closing.ts';
import { contactSettled, forgetContacts, readContacts, releaseHeldClose } from './contacts.ts';
import { followCrossing } from './crossing.ts';
import { answerReferral, decideStanding } from './deciding.ts';
import { doorHeldDue, lockFailed, readDoor, readDoorOutputs, relock } from './door.ts';
import { feedbackSettled, isFeedback, readFeedback } from './feedback.ts';
import { forgetTries } from './failed-tries.ts';
import { assertHold, forgetHold, holdDue, keepHold, watchHold } from './holding.ts';
import { forgetReadings, inputKey, obstruction, takeReadings } from './inputs.ts';
import { leftOpenDue, watchLeftOpen } from './left-open.ts';
import { openForGrants, openingSettled } from './opening.ts';
import { endOvertaken } from './overtaken.ts';
import { boardClosing, endUnseen } from './passages.ts';
import { barrierModel, effectDue, readLimits, readOutputs, restClosed, travelDue } from './portal.ts';
import { readPower } from './power.ts';
import { pressClose, pressOpen, pressStop, readSafetyInputs } from './safety-inputs.ts';
import { stopFailed } from './stopping.ts';
import { idleDue } from './presenting.ts';
import { noteAbsence, noteReturn } from './unordered.ts';
import { unreadDue, watchUnread } from './unread.ts';
import type { Position } from './state.ts';

export function takeInputs(t: LaneTurn, read: InputsRead): void {
  const before = lane(t).inputs;
  const was = lane(t).barrier?.position;
  // A reading from the future would stay fresh for too long.
  const at = Math.min(read.at, t.now.mono);
  setLane(t, { inputs: takeReadings(lane(t), t.model, read, at) });
  readSafetyInputs(t, before, null);
  readLimits(t);
  readBroken(t);
  readPower(t);
  if (read.outputs !== undefined && t.model.portal.kind !== 'none' && t.model.portal.device === read.device) {
    readOutputs(t, read.outputs);
    readContacts(t, read.outputs);
    readDoorOutputs(t, read.outputs);
  }
  if (read.outputs !== undefined) readFeedback(t, read.device, read.outputs);
  readDoor(t, before);
  guardTheClose(t);
  const passage = followCrossing(t);
  if (passage !== null) closeBehind(t, passage);
  countPassages(t);
  if (hasGoneDown(was, lane(t).barrier?.position)) boardClosing(t);
  for (const direction of t.model.directions) readPresence(t, direction);
  settle(t);
}

/** From up to going down: one opening has ended. A boom that has not left its closed limit yet has ended none. */
function hasGoneDown(was: Position | undefined, is: Position | undefined): boolean {
  return (was === 'open' || was === 'opening' || was === 'stopped') && (is === 'closing' || is === 'closed');
}

/** What follows of itself at the end of every turn of a lane. `elapsed`: the timer whose turn it is. */
export function settle(t: LaneTurn, elapsed: string | null = null): void {
  keepHold(t);
  watchHold(t);
  timeOpening(t);
  timeDrill(t);
  endOvertaken(t);
  openForGrants(t);
  if (lane(t).barrier === null) return;
  watchUnread(t);
  finishClose(t);
  pursueClose(t, elapsed === 'close');
  releaseHeldClose(t);
  keepAnnouncing(t);
  watchUnowned(t);
  watchLeftOpen(t);
}

export function watchUnowned(t: LaneTurn): void {
  const stands = standsOpenUnowned(t);
  const since = lane(t).unownedSince;
  if (stands && since === null) {
    setLane(t, { unownedSince: t.now.mono });
    arm(t, 'foundOpen', t.now.mono + t.model.timing.heldOpenAlarmAfterMs);
  } else if (!stands && since !== null) {
    setLane(t, { unownedSince: null });
    disarm(t, 'foundOpen');
  }
}

/** All that this device measured is unknown from now on; a close not yet under way does not outlive it (I2, I12). */
export function takeSilence(t: LaneTurn, device: string): void {
  noteAbsence(t, device);
  const gone = t.model.inputs.filter((input) => input.device === device);
  const { acted, latched } = lane(t);
  const still = (pressed: Readonly<Record<string, boolean>>) =>
    Object.fromEntries(Object.entries(pressed).filter(([key]) => !gone.some((input) => inputKey(input) === key)));
  setLane(t, { inputs: forgetReadings(lane(t), t.model, device), acted: still(acted), latched: still(latched) });
  readSafetyInputs(t, lane(t).inputs, device);
  readLimits(t);
  const ours = t.model.portal.kind !== 'none' && t.model.portal.device === device;
  if (ours) {
    forgetHold(t);
    forgetContacts(t);
  }
  if (ours || gone.some((input) => input.role === 'obstruction')) cancelClose(t);
  guardTheClose(t);
  for (const direction of t.model.directions) readPresence(t, direction);
  settle(t);
}

/** Only what is true now acts on return: an emergency whose boom is not measured open (I12). */
export function takeReturn(t: LaneTurn, device: string): void {
  noteReturn(t, device);
  if (modeOf(lane(t).claims) === 'emergency') assertHold(t);
}

export function takeOutcome(t: LaneTurn, outcome: Outcome): void {
  const pending = lane(t).pending.find(({ command }) => command.id === outcome.command);
  if (pending === undefined) return;
  const { command } = pending;
  setLane(t, { pending: lane(t).pending.filter((entry) => entry !== pending) });
  laneRecord(t, 'outcome', {
    cause: command.cause,
    body: {
      action: command.action,
      result: outcome.result,
      detail: outcome.detail,
      issuedAt: pending.issuedAt,
      committedAt: outcome.committedAt,
      sentAt: outcome.sentAt,
      settledAt: outcome.settledAt,
    },
    extra: { command: command.id },
  });
  const tells = command.action === 'announceOn' || command.action === 'announceOff' || isFeedback(command.action);
  if (outcome.result === 'confirmed' && !tells) clearLane(t, 'commandFailed');
  switch (command.action) {
    case 'pulseOpen':
    case 'holdOn':
      openingSettled(t, command, outcome.result, outcome.sentAt);
      break;
    case 'pulseClose':
    case 'holdOff':
      closeSettled(t, command, outcome);
      break;
    case 'unlock':
      openingSettled(t, command, outcome.result, outcome.sentAt);
      break;
    case 'closeOff':
    case 'stopOff':
      contactSettled(t, command.action === 'closeOff' ? 'close' : 'stop', command.id, false, outcome);
      break;
    case 'announceOn':
    case 'announceOff':
      announcementSettled(t, command, outcome);
      break;
    case 'feedbackOn':
    case 'feedbackOff':
    case 'feedback2On':
    case 'feedback2Off':
      feedbackSettled(t, command.action, command, outcome);
      break;
    case 'lock':
    case 'stop':
      if (outcome.result === 'confirmed') break;
      lockFailed(t, command.action, outcome.sentAt !== null);
      stopFailed(t, command);
      raiseLane(
        t,
        'commandFailed',
        { command: command.id, action: command.action, result: outcome.result },
        command.cause,
      );
      break;
  }
  settle(t);
}

/** Names of a lane's timers, without the lane: `travel`, `in.armWindow`, `hold` … */
export function takeElapsed(t: LaneTurn, name: string): void {
  const [first = '', second = ''] = name.split('.');
  if (first === 'in' || first === 'out') elapsedApproach(t, first, second);
  else elapsedLane(t, first);
  settle(t, first);
}

function elapsedApproach(t: LaneTurn, direction: Direction, name: string): void {
  if (name === 'armWindow') armWindowDue(t, direction);
  else if (name === 'idle') idleDue(t, direction);
  else if (name === 'secondFactor' || name === 'interlock') decideStanding(t, direction);
  else if (name === 'unread') unreadDue(t, direction);
}

function elapsedLane(t: LaneTurn, name: string): void {
  switch (name) {
    case 'travel':
      elapsedTravel(t);
      break;
    case 'hold':
      holdDue(t);
      break;
    case 'effect':
      effectDue(t);
      break;
    case 'notTaken':
      notTakenDue(t);
      break;
    case 'notOpen':
      notOpenDue(t);
      break;
    case 'foundOpen':
      foundOpenDue(t);
      break;
    case 'closeNext':
      closeAfterRelease(t);
      break;
    case 'closeWatch':
      guardTheClose(t);
      break;
    case 'attend':
      attendDue(t);
      break;
    case 'bypass':
      expireBypass(t);
      guardTheClose(t);
      break;
    case 'leftOpen':
      leftOpenDue(t);
      break;
    case 'tries':
      forgetTries(t);
      break;
    case 'relock':
      relock(t);
      break;
    case 'doorHeld':
      doorHeldDue(t);
      break;
    case 'broken':
      brokenDue(t);
      break;
    case 'claims':
      expireClaims(t);
      break;
    case 'between':
      betweenDue(t);
      break;
    case 'unseen':
      endUnseen(t);
      break;
    case 'boardClosed':
      boardPresumedClosed(t);
      break;
    // `close` and `contacts` have no duty of their own: `settle` pursues them.
    default:
      break;
  }
}

function elapsedTravel(t: LaneTurn): void {
  const was = lane(t).barrier?.position;
  travelDue(t);
  if (hasGoneDown(was, lane(t).barrier?.position)) boardClosing(t);
  presumeBoardClosed(t);
}

/** A board that closes by itself, on a lane without limits: after `notTakenAfter` the boom is presumed down again. */
function presumeBoardClosed(t: LaneTurn): void {
  const portal = t.model.portal;
  if (
    portal.kind === 'none' ||
    portal.kind === 'door' ||
    portal.autoClose !== 'board' ||
    portal.hasClosedLimit ||
    portal.hasOpenLimit
  )
    return;
  if (lane(t).barrier?.position === 'open') arm(t, 'boardClosed', t.now.mono + t.model.timing.notTakenAfterMs);
}

function boardPresumedClosed(t: LaneTurn): void {
  const barrier = lane(t).barrier;
  if (barrier?.position !== 'open' || barrier.basis !== 'presumed') return;
  // While it is held, our OPEN contact is on, or something stands under it, no board closes: its time begins anew, or nothing would
  // ever end it. What only pulses holds nothing, whoever claims it; and a board counts from the last car on.
  const { notTakenAfterMs } = t.model.timing;
  const held = holdsOpen(lane(t).claims) && barrierModel(t)?.hold !== 'none';
  const seen = obstruction(lane(t), t.model, t.now.mono);
  if (held || barrier.hold !== 'off' || seen.level === 'active') {
    arm(t, 'boardClosed', t.now.mono + notTakenAfterMs);
    return;
  }
  const closesAt = (seen.clearSince ?? barrier.since) + notTakenAfterMs;
  if (closesAt > t.now.mono) {
    arm(t, 'boardClosed', closesAt);
    return;
  }
  setLane(t, { barrier: { ...barrier, position: 'closed', mover: null, since: t.now.mono } });
  laneRecord(t, 'position', { body: { from: 'open', to: 'closed', basis: 'presumed', mover: 'board' } });
  restClosed(t);
  boardClosing(t);
}

export function takeRequest(t: LaneTurn, request: Request): void {
  switch (request.kind) {
    case 'guardOpen':
      pressOpen(t, request.by, request.reason);
      break;
    case 'guardClose':
      pressClose(t, request.by);
      break;
    case 'guardStop':
      pressStop(t, request.by);
      break;
    case 'holdClose':
      holdClose(t, request.by, request.holder);
      break;
    case 'letGoClose':
      letGo(t, request.holder);
      break;
    case 'bypassSensor':
      beginBypass(t, request);
      break;
    case 'endBypass':
      endBypassBy(t, request.input, request.by);
      guardTheClose(t);
      break;
    case 'answerReferral':
      if (!answerReferral(t, request.by, request.grant, request.reason))
        laneRecord(t, 'answerRefused', { body: { why: 'nothingReferred', via: request.by.via } });
      break;
    case 'claim':
      makeClaim(t, request);
      break;
    case 'acknowledgeFault':
      acknowledgeFault(t, request.fault, request.by, request.reason);
      break;
    case 'recordDrill':
      recordDrill(t, request);
      break;
    case 'releaseClaim':
      releaseClaim(t, request.key, request.by);
      break;
    case 'systemFault':
    case 'recall':
    case 'recallTravel':
    case 'recallReasons':
    case 'giveReason':
    case 'emergency':
    case 'drill':
    case 'recallDrill':
    case 'recallLatch':
    case 'recallClaims':
    case 'note':
      break;
  }
  settle(t);
}
