/** Claims that keep a portal open, and how they are asserted (gate.md "Emergency and fire", "Opening"; I3). */
import { hindranceOf } from '../interlock/portals.ts';
import type { CommandPriority } from '../io.ts';
import { arm, clearLane, disarm, hasFault, type LaneTurn, lane, raiseLane, setLane } from '../turn.ts';
import { modeOf, strongestHolding } from './claims.ts';
import { isClosing } from './close-intent.ts';
import { beginClose, canClose } from './closing.ts';
import { releaseDoor, relock } from './door.ts';
import { barrierModel, isUp } from './portal.ts';
import { isLostFromSight, open, wouldTurnRound } from './raise-boom.ts';

/** An emergency is repeated until measured open; without limits three times, then every 30 s. Repeats are no grants. */
const REPEAT_MS = 2000;
const REPEAT_BLIND_MS = 30_000;
const BLIND_REPEATS = 3;

/** Begins to assert what holds now: a claim has begun or ended, or the device has returned. */
export function assertHold(t: LaneTurn): void {
  setLane(t, { assertion: null });
  disarm(t, 'hold');
  if (strongestHolding(lane(t).claims) === null) return;
  // An emergency always sends: what was let go unseen, say with the board's power, stands no more.
  if (modeOf(lane(t).claims) === 'emergency' || !stands(t)) assertOnce(t, 0);
}

/** An emergency that is asked for again, and whose boom is not measured open, is asserted at the end of this turn. */
export function assertAgain(t: LaneTurn): void {
  if (modeOf(lane(t).claims) === 'emergency' && !stands(t)) setLane(t, { assertion: null });
}

/** The same with the next timer: at a start the devices have not been made yet. */
export function assertSoon(t: LaneTurn): void {
  setLane(t, { assertion: { attempt: 0 } });
  arm(t, 'hold', t.now.mono);
}

/** At the end of every turn: an emergency whose boom is not measured open any more is asserted anew. */
export function keepHold(t: LaneTurn): void {
  if (lane(t).assertion === null && modeOf(lane(t).claims) === 'emergency' && !stands(t)) assertOnce(t, 0);
}

/** Its timer. A hold that is no emergency is not repeated for ever: loss and return open nothing for access (I12). */
export function holdDue(t: LaneTurn): void {
  const attempt = (lane(t).assertion?.attempt ?? 0) + 1;
  setLane(t, { assertion: null });
  if (strongestHolding(lane(t).claims) === null || stands(t)) return;
  if (modeOf(lane(t).claims) === 'emergency' || attempt < BLIND_REPEATS) assertOnce(t, attempt);
}

/**
 * What keeps an owned hold from this lane; null where it can be held. A pulse holds nothing (gate.md "Portals"): without a hold
 * output the board's own closing would go on, and only where nobody but the gateway closes does a risen boom stay up.
 */
export function canHold(t: LaneTurn): 'noPortal' | 'noHoldOutput' | 'interlock' | null {
  if (t.model.portal.kind === 'none') return 'noPortal';
  if (hindranceOf(t) !== null) return 'interlock';
  if (t.model.portal.kind === 'door') return t.model.portal.pulsed === true ? 'noHoldOutput' : null;
  if (t.model.portal.hold !== 'none') return null;
  return t.model.portal.autoClose === 'board' ? 'noHoldOutput' : null;
}

/** At the end of every turn: an owned hold whose boom is down is not raised again by itself (I12, I17), so somebody is told. */
export function watchHold(t: LaneTurn): void {
  const { barrier, claims, assertion } = lane(t);
  if (barrier === null) return;
  const held = strongestHolding(claims);
  const down = barrier.position === 'closed' && barrier.basis === 'measured';
  if (held?.purpose === 'hold' && down && assertion === null)
    raiseLane(t, 'heldBoomDown', { key: held.key }, held.cause);
  else if (held?.purpose !== 'hold' || isUp(barrier)) clearLane(t, 'heldBoomDown');
}

/** The device is gone: only an emergency goes on asking for it. */
export function forgetHold(t: LaneTurn): void {
  if (modeOf(lane(t).claims) === 'emergency') return;
  setLane(t, { assertion: null });
  disarm(t, 'hold');
}

function stands(t: LaneTurn): boolean {
  const { barrier, door, close } = lane(t);
  if (door !== null) return door.lock === 'released' && (door.staysReleased || door.contact === 'open');
  const model = barrierModel(t);
  if (barrier === null || model === null) return true;
  // A release that may be on the wire ends a hold that is read as standing still.
  if (isClosing(t) && (close?.overtaken === 'no' || close?.overtaken === 'withdrawn')) return false;
  // In an emergency a hold that was refused or not answered is none, although the boom stands open: nothing may keep it there.
  const heard = modeOf(lane(t).claims) !== 'emergency' || !hasFault(t, 'commandFailed');
  const held = model.hold === 'none' || (barrier.hold === 'on' && heard);
  return held && barrier.position === 'open' && barrier.basis === 'measured';
}

function assertOnce(t: LaneTurn, attempt: number): void {
  const claim = strongestHolding(lane(t).claims);
  if (claim === null) return;
  const emergency = modeOf(lane(t).claims) === 'emergency';
  // The interlock stands above an owned hold; that the boom stays down is told (`watchHold`).
  if (claim.purpose === 'hold' && hindranceOf(t) !== null) return;
  const priority: CommandPriority = emergency ? 'emergency' : 'command';
  const model = barrierModel(t);
  // Nothing is told to a step input whose boom nobody sees: the pulse might bring it down. It is looked at again soon.
  const waits = model?.hold === 'none' && (wouldTurnRound(t) || isLostFromSight(t));
  if (t.model.portal.kind === 'door') releaseDoor(t, priority, claim.cause, 'held', true);
  else if (model === null) return;
  else if (!waits)
    open(t, priority, claim.cause, 'held', { held: model.hold !== 'none', evenIfJournalBroken: emergency });
  // What was not answered has not been told three times.
  const unheard = emergency && hasFault(t, 'commandFailed');
  const blind = model !== null && !waits && !unheard && !model.hasOpenLimit && attempt + 1 >= BLIND_REPEATS;
  setLane(t, { assertion: { attempt: Math.min(attempt, BLIND_REPEATS) } });
  arm(t, 'hold', t.now.mono + (blind ? REPEAT_BLIND_MS : REPEAT_MS));
}

/** What the ended claim held up comes down as a close of its own, announced and under I2; or is held by the next claim. */
export function afterClaims(t: LaneTurn, cause: number, attended = false): void {
  assertHold(t);
  if (strongestHolding(lane(t).claims) !== null || modeOf(lane(t).claims) === 'outOfService') return;
  const { barrier, door, grants } = lane(t);
  if (door !== null) {
    relock(t);
    return;
  }
  if (barrier === null || barrier.position === 'closed') return;
  if (grants.length === 0 && canClose(t) && t.model.commissioned) beginClose(t, 'claimEnded', cause, 0, attended);
  else if (grants.length === 0 && barrier.hold === 'on')
    raiseLane(t, 'heldOpenTooLong', { needs: 'obstructionInput' }, cause);
}
