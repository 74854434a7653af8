/** Doors: locked or released × closed, open or unknown; request to exit, forced, held too long, relock on close (gate.md "Portals"). */
import type { Command, CommandPriority } from '../io.ts';
import type { DoorModel } from '../site-model.ts';
import { arm, clearLane, disarm, type LaneTurn, lane, laneRecord, order, raiseLane, setLane } from '../turn.ts';
import type { RecordRef } from '../values.ts';
import { holdsOpen } from './claims.ts';
import { roleLevel } from './inputs.ts';
import { consumeGrant, expireGrants } from './passages.ts';
import type { DoorState } from './state.ts';

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
): Command {
  const model = doorModel(t);
  if (model === null) throw new TypeError(`lane ${t.model.id} has no door`);
  const command = order(t, model.device, 'unlock', { priority, cause, why, evenIfJournalBroken });
  setDoor(t, { lock: 'released', since: t.now.mono });
  arm(t, 'relock', t.now.mono + t.model.timing.doorReleaseMs);
  return command;
}

export function readDoor(t: LaneTurn): void {
  const model = doorModel(t);
  const before = lane(t).door;
  if (model === null || before === null) return;
  const rex = roleLevel(lane(t), t.model, 'rex', t.now.mono);
  if (rex === 'active' && before.lock !== 'released') {
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

function opened(t: LaneTurn, model: DoorModel, before: DoorState, ref: RecordRef): void {
  if (before.lock === 'locked') raiseLane(t, 'doorForcedOpen', {}, ref);
  arm(t, 'doorHeld', t.now.mono + model.heldOpenAfterMs);
  if (lane(t).grants.length > 0) consumeGrant(t, 'taken', 'measured', ref);
}

function closed(t: LaneTurn): void {
  disarm(t, 'doorHeld');
  clearLane(t, 'doorHeldTooLong');
  clearLane(t, 'doorForcedOpen');
  if (lane(t).door?.lock === 'released' && lane(t).grants.length === 0) relock(t);
}

export function doorHeldDue(t: LaneTurn): void {
  if (lane(t).door?.contact !== 'open' || holdsOpen(lane(t).claims)) return;
  raiseLane(t, 'doorHeldTooLong', {});
}

/** Locks again unless a claim holds the door, REX is pressed, or it stands open (locking then would meet the bolt). */
export function relock(t: LaneTurn): void {
  const model = doorModel(t);
  const door = lane(t).door;
  if (model === null || door === null || door.lock === 'locked' || holdsOpen(lane(t).claims)) return;
  disarm(t, 'relock');
  if (roleLevel(lane(t), t.model, 'rex', t.now.mono) === 'active') {
    arm(t, 'relock', t.now.mono + t.model.timing.doorReleaseMs);
    return;
  }
  if (door.contact === 'open') return;
  expireGrants(t, true);
  order(t, model.device, 'lock', { priority: 'command', cause: null, why: 'relock', evenIfJournalBroken: true });
  setDoor(t, { lock: 'locked', since: t.now.mono });
}

/** The lock's own read-back at start: taken as found. */
export function readDoorOutputs(t: LaneTurn, outputs: Readonly<Record<string, boolean>>): void {
  const door = lane(t).door;
  const released = outputs.unlock;
  if (door === null || released === undefined || door.lock !== 'unknown') return;
  setDoor(t, { lock: released ? 'released' : 'locked', since: t.now.mono });
}

function setDoor(t: LaneTurn, change: Partial<DoorState>): void {
  const door = lane(t).door;
  if (door !== null) setLane(t, { door: { ...door, ...change } });
}
