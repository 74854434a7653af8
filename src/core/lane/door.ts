/** Doors: locked or released × closed, open or unknown; request to exit, forced, held too long, relock on close (gate.md "Portals"). */
import type { Command, CommandAction, CommandPriority } from '../io.ts';
import type { DoorModel } from '../site-model.ts';
import {
  arm,
  clearLane,
  disarm,
  hasFault,
  type LaneTurn,
  lane,
  laneRecord,
  order,
  raiseLane,
  setLane,
} from '../turn.ts';
import type { Mono, RecordRef } from '../values.ts';
import { holdsOpen } from './claims.ts';
import { inputKey, inputsOf, isBelieved, readingOf, roleLevel } from './inputs.ts';
import { consumeGrant, expireGrants } from './passages.ts';
import type { DoorState, LaneState } from './state.ts';

/** A read-back older than our newest order says nothing of it. */
const READ_BACK_MS = 3000;

export function doorModel(t: LaneTurn): DoorModel | null {
  return t.model.portal.kind === 'door' ? t.model.portal : null;
}

/** Releases the lock for one passage; it locks again when the door has closed behind it, or after `doorRelease`. */
export function releaseDoor(
  t: LaneTurn,
  priority: CommandPriority,
  cause: RecordRef | null,
  why: string,
  evenIfJournalBroken: boolean,
  deadline?: Mono,
): Command {
  const model = doorModel(t);
  if (model === null) throw new TypeError(`lane ${t.model.id} has no door`);
  clearLane(t, 'openContactFoundOn');
  const command = order(t, model.device, 'unlock', {
    ...{ priority, cause, why, evenIfJournalBroken },
    ...(deadline === undefined ? {} : { deadline }),
  });
  setDoor(t, { lock: 'released', since: t.now.mono });
  arm(t, 'relock', t.now.mono + t.model.timing.doorReleaseMs);
  return command;
}

/** `before`: the readings as they were before this poll. */
export function readDoor(t: LaneTurn, before: LaneState['inputs']): void {
  const model = doorModel(t);
  const state = lane(t).door;
  if (model === null || state === null) return;
  if (state.lock !== 'released' && asksToLeave(t, before)) {
    const ref = laneRecord(t, 'pressed', { body: { what: 'rex' } });
    // Leaving is never a matter of the journal or of a permit (I16).
    releaseDoor(t, 'guard', ref, 'rex', true);
  }
  const level = model.hasContact ? roleLevel(lane(t), t.model, 'doorContact', t.now.mono) : null;
  const contact: DoorState['contact'] = level === 'active' ? 'open' : level === 'inactive' ? 'closed' : 'unknown';
  const door = lane(t).door;
  if (door === null || contact === door.contact) return;
  setDoor(t, { contact, since: t.now.mono, openedAt: contact === 'open' ? t.now.mono : null });
  const ref = laneRecord(t, 'position', {
    body: { from: door.contact, to: contact, basis: contact === 'unknown' ? 'none' : 'measured', lock: door.lock },
  });
  if (contact === 'open') opened(t, model, door, ref);
  else if (contact === 'closed') closed(t);
}

function asksToLeave(t: LaneTurn, before: LaneState['inputs']): boolean {
  if (roleLevel(lane(t), t.model, 'rex', t.now.mono) !== 'active') return false;
  return inputsOf(t.model, 'rex').some((input) => {
    const reading = readingOf(lane(t), input);
    return reading?.value === true && isBelieved(before[inputKey(input)], reading, t.model.timing.staleAfterMs);
  });
}

function opened(t: LaneTurn, model: DoorModel, before: DoorState, ref: RecordRef): void {
  arm(t, 'doorHeld', t.now.mono + model.heldOpenAfterMs);
  if (before.lock === 'locked') raiseLane(t, 'doorForcedOpen', {}, ref);
  else if (lane(t).grants.length > 0) consumeGrant(t, 'taken', 'measured', ref);
}

function closed(t: LaneTurn): void {
  disarm(t, 'doorHeld');
  clearLane(t, 'doorHeldTooLong');
  clearLane(t, 'doorForcedOpen');
  if (lane(t).door?.lock !== 'released') return;
  if (lane(t).grants.length === 0) relock(t);
  else arm(t, 'relock', t.now.mono + t.model.timing.doorReleaseMs);
}

export function doorHeldDue(t: LaneTurn): void {
  if (lane(t).door?.contact !== 'open' || holdsOpen(lane(t).claims)) return;
  raiseLane(t, 'doorHeldTooLong', {});
}

/** Locks again unless a claim holds the door, REX is pressed, or it stands open (locking then would meet the bolt). */
export function relock(t: LaneTurn): void {
  const model = doorModel(t);
  const door = lane(t).door;
  if (model === null || door === null || door.lock !== 'released' || holdsOpen(lane(t).claims)) return;
  if (hasFault(t, 'latchUnreadable')) return;
  disarm(t, 'relock');
  if (roleLevel(lane(t), t.model, 'rex', t.now.mono) === 'active') {
    arm(t, 'relock', t.now.mono + t.model.timing.doorReleaseMs);
    return;
  }
  if (door.contact === 'open') return;
  expireGrants(t, true);
  clearLane(t, 'openContactFoundOn');
  order(t, model.device, 'lock', { priority: 'command', cause: null, why: 'relock', evenIfJournalBroken: true });
  setDoor(t, { lock: 'locked', since: t.now.mono });
}

/**
 * The lock's own read-back. At start it is taken as found, and a lock found released is reported and locked by a command of
 * its own later; afterwards a board that has lost our order, say with its power, is believed.
 */
export function readDoorOutputs(t: LaneTurn, outputs: Readonly<Record<string, boolean>>): void {
  const door = lane(t).door;
  const released = outputs.unlock;
  if (door === null || released === undefined || hasPending(t)) return;
  const lock = released ? 'released' : 'locked';
  if (door.lock === lock || (door.lock !== 'unknown' && t.now.mono - door.since < READ_BACK_MS)) return;
  const found = door.lock === 'unknown';
  if (!found && released) return;
  setDoor(t, { lock, since: t.now.mono });
  if (!released) clearLane(t, 'openContactFoundOn');
  if (!found || !released || holdsOpen(lane(t).claims)) return;
  raiseLane(t, 'openContactFoundOn', { outputs: { ...outputs } });
  arm(t, 'relock', t.now.mono + t.model.timing.heldOpenAlarmAfterMs);
}

function hasPending(t: LaneTurn): boolean {
  return lane(t).pending.some(({ command }) => command.action === 'unlock' || command.action === 'lock');
}

/** An order to the lock has failed: the lock is as it was where the frame never went out, else nobody knows. */
export function lockFailed(t: LaneTurn, action: CommandAction, sent: boolean): void {
  if (lane(t).door === null || (action !== 'unlock' && action !== 'lock')) return;
  const was = action === 'unlock' ? 'locked' : 'released';
  setDoor(t, { lock: sent && action === 'unlock' ? 'unknown' : was, since: t.now.mono });
  // A door that may stand unlocked is locked again and again, at the pace of its own release time.
  if (action === 'lock') arm(t, 'relock', t.now.mono + t.model.timing.doorReleaseMs);
}

function setDoor(t: LaneTurn, change: Partial<DoorState>): void {
  const door = lane(t).door;
  if (door !== null) setLane(t, { door: { ...door, ...change } });
}
