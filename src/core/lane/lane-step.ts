/** One input, as one lane takes it. Order inside a poll: life safety, then position, then the close, then who passes and who waits. */
import type { Outcome, Request } from '../io.ts';
import type { InputsRead } from '../presentation.ts';
import { arm, disarm, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Direction, JsonObject } from '../values.ts';
import { armWindowDue, idleDue, readPresence } from './approach.ts';
import { addClaim, holdsOpen } from './claims.ts';
import { cancelClose, endClose, isClosing } from './close-intent.ts';
import {
  closeAfterRelease,
  closeBehind,
  closeSettled,
  foundOpenDue,
  guardTheClose,
  notTakenDue,
  pursueClose,
  standsOpenUnowned,
} from './closing.ts';
import { answerReferral, decideStanding } from './deciding.ts';
import { doorHeldDue, readDoor, readDoorOutputs, relock } from './door.ts';
import { forgetReadings, takeReadings } from './inputs.ts';
import { assertHold, openForGrants, openingSettled } from './opening.ts';
import { boardClosing, followCrossing } from './passages.ts';
import { effectDue, readLimits, readOutputs, travelDue } from './portal.ts';
import { expireClaims, pressClose, pressOpen, pressStop, readSafetyInputs, releaseClaim } from './safety-inputs.ts';

export function takeInputs(t: LaneTurn, read: InputsRead): void {
  const before = lane(t).inputs;
  setLane(t, { inputs: takeReadings(lane(t), t.model, read.device, read.values, read.at) });
  readSafetyInputs(t, before);
  readLimits(t);
  if (read.outputs !== undefined && t.model.portal.kind !== 'none' && t.model.portal.device === read.device) {
    readOutputs(t, read.outputs);
    readDoorOutputs(t, read.outputs);
  }
  readDoor(t);
  guardTheClose(t);
  const passage = followCrossing(t);
  if (passage !== null) closeBehind(t, passage);
  const position = lane(t).barrier?.position;
  if (position === 'closing' || position === 'closed') boardClosing(t);
  for (const direction of t.model.directions) readPresence(t, direction);
  settle(t);
}

/** What follows of itself at the end of every turn of a lane. */
export function settle(t: LaneTurn): void {
  const barrier = lane(t).barrier;
  if (barrier !== null) {
    if (isClosing(t) && barrier.position === 'closed') endClose(t);
    openForGrants(t);
    pursueClose(t);
    watchUnowned(t);
  } else {
    openForGrants(t);
  }
}

function watchUnowned(t: LaneTurn): void {
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
  setLane(t, { inputs: forgetReadings(lane(t), t.model, device), acted: {} });
  readLimits(t);
  readSafetyInputs(t, lane(t).inputs);
  if (!isClosing(t)) cancelClose(t);
  guardTheClose(t);
  for (const direction of t.model.directions) readPresence(t, direction);
  settle(t);
}

/** Only what is true now acts on return: a claim that still holds the boom is asserted again. */
export function takeReturn(t: LaneTurn): void {
  assertHold(t);
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
  switch (command.action) {
    case 'pulseOpen':
    case 'holdOn':
      openingSettled(t, command, outcome.result, outcome.sentAt);
      break;
    case 'pulseClose':
    case 'holdOff':
      closeSettled(t, command, outcome.result, outcome.sentAt);
      break;
    case 'unlock':
      openingSettled(t, command, outcome.result, outcome.sentAt);
      break;
    case 'lock':
    case 'stop':
      if (outcome.result !== 'confirmed')
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

/** Names of a lane's timers, without the lane: `travel`, `in.armWindow`, `hold.2` … */
export function takeElapsed(t: LaneTurn, name: string): void {
  const [first = '', second = ''] = name.split('.');
  if (first === 'in' || first === 'out') elapsedApproach(t, first, second);
  else if (first === 'hold') assertHold(t, Number(second));
  else elapsedLane(t, first);
  settle(t);
}

function elapsedApproach(t: LaneTurn, direction: Direction, name: string): void {
  if (name === 'armWindow') armWindowDue(t, direction);
  else if (name === 'idle') idleDue(t, direction);
  else if (name === 'secondFactor') decideStanding(t, direction);
}

function elapsedLane(t: LaneTurn, name: string): void {
  switch (name) {
    case 'travel':
      travelDue(t);
      if (lane(t).barrier?.position === 'closed') boardClosing(t);
      if (isClosing(t) && lane(t).barrier?.order === null) endClose(t);
      presumeBoardClosed(t);
      break;
    case 'effect':
      effectDue(t);
      break;
    case 'notTaken':
      notTakenDue(t);
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
    case 'relock':
      relock(t);
      break;
    case 'doorHeld':
      doorHeldDue(t);
      break;
    case 'claims':
      expireClaims(t, t.now.mono);
      break;
    case 'boardClosed':
      boardPresumedClosed(t);
      break;
    // `close` has no duty of its own: `settle` pursues it.
    default:
      break;
  }
}

/** A board that closes by itself, on a lane without limits: after `notTakenAfter` the boom is presumed down again. */
function presumeBoardClosed(t: LaneTurn): void {
  const portal = t.model.portal;
  if (portal.kind !== 'barrier' || portal.autoClose !== 'board' || portal.hasClosedLimit || portal.hasOpenLimit) return;
  if (lane(t).barrier?.position === 'open') arm(t, 'boardClosed', t.now.mono + t.model.timing.notTakenAfterMs);
}

function boardPresumedClosed(t: LaneTurn): void {
  const barrier = lane(t).barrier;
  if (barrier?.position !== 'open' || barrier.basis !== 'presumed' || holdsOpen(lane(t).claims)) return;
  setLane(t, { barrier: { ...barrier, position: 'closed', mover: null, since: t.now.mono } });
  laneRecord(t, 'position', { body: { from: 'open', to: 'closed', basis: 'presumed', mover: 'board' } });
  boardClosing(t);
}

export function takeRequest(t: LaneTurn, request: Request): void {
  switch (request.kind) {
    case 'guardOpen':
      pressOpen(t, request.by);
      break;
    case 'guardClose':
      pressClose(t, request.by);
      break;
    case 'guardStop':
      pressStop(t, request.by);
      break;
    case 'answerReferral':
      if (!answerReferral(t, request.by, request.grant, request.reason))
        laneRecord(t, 'answerRefused', { body: { why: 'nothingReferred', via: request.by.via } });
      break;
    case 'claim': {
      const expiresAt = request.expiresInMs === null ? null : t.now.mono + request.expiresInMs;
      const body: JsonObject = {
        key: request.key,
        purpose: request.purpose,
        reason: request.reason,
        expiresInMs: request.expiresInMs,
        via: request.by.via,
      };
      const cause = laneRecord(t, 'claim', {
        body,
        personal: request.by.name === null ? undefined : { by: request.by.name },
      });
      setLane(t, {
        claims: addClaim(lane(t).claims, {
          key: request.key,
          purpose: request.purpose,
          by: request.by,
          since: t.now.mono,
          expiresAt,
          cause,
        }),
      });
      if (expiresAt !== null)
        arm(t, 'claims', Math.min(expiresAt, ...lane(t).claims.map((claim) => claim.expiresAt ?? expiresAt)));
      assertHold(t);
      break;
    }
    case 'releaseClaim':
      releaseClaim(t, request.key, request.by);
      break;
    case 'systemFault':
    case 'note':
      break;
  }
  settle(t);
}
