/** Faults in plain English: what is wrong, what it does to the lane, what to do. */
import type { faultsZh } from './faults-zh.ts';

export const faultsEn: typeof faultsZh = {
  boomFailedToOpen:
    'The boom did not open: it was ordered to and never left the closed position, so nobody can pass. Lift it by hand and check the motor.',
  boomFailedToClose: 'The boom did not close in time: the lane stands open and needs watching.',
  boomForcedOpen:
    'The boom was forced open: it left the closed position without an order, and someone may have passed without permission.',
  boomOpenedByHand:
    'The boom was opened by hand or by its own board: the gateway gave no order, and will close it after a warning unless it is claimed.',
  boomFoundOpen:
    'The boom was found open at start: the lane stands open, and will be closed after a warning unless it is claimed.',
  boomMovedUnordered:
    'The boom moved without an order: the gateway no longer presumes its position. Check the auto-close setting of the barrier.',
  obstructionHunting:
    'Reopened for an obstruction three times in two minutes: the boom stays open and is not closed again. Clear the area or check the sensor.',
  obstructionStuck:
    'An obstruction sensor has been occupied for ten minutes without a passage: the boom will not close by itself. Check the sensor or move the obstacle.',
  obstructionSilent:
    'An obstruction sensor saw none of three passages: it counts as unknown and software closes no boom over it. Have it repaired.',
  obstructionUnknown:
    'An obstruction sensor is unknown: the boom stays open and will not close by itself. Watch the lane.',
  limitsContradict:
    'Open and closed limit are active together: the position cannot be believed and software closes nothing. Check the limit switches.',
  positionUnknown:
    'The position of the boom is unknown: software will not close it, opening still works. Look at the boom.',
  heldOpenTooLong: 'The boom has been open too long: the lane stands open. Hold it open on purpose or close it.',
  doorForcedOpen: 'The door was forced: it opened without a grant. Go and look.',
  doorHeldTooLong: 'The door has been open too long: anyone can pass. Close it.',
  buttonStuck:
    'The guard’s button has been pressed for over a minute: the boom stays open and can be released on the screen. Check the button.',
  fireContactBroken:
    'The wiring of the fire contact is broken: the lane acts as configured (opens by default). Have it repaired at once.',
  fireInputUnknown:
    'The fire input is unknown: the gateway cannot see a fire alarm and opens nothing for it. Rely on the hard wiring and have it repaired at once.',
  armingSensorSilent:
    'The arming sensor does not react: the lane runs as one without sensor and decides as soon as a plate is read. Have it repaired.',
  tailgated: 'A vehicle tailgated: one more passed than was granted. Look at the picture.',
  deviceSilent:
    'A device does not answer: all of its states are unknown, its lane is manual only, other lanes are not affected.',
  lineDown:
    'A line is down: every device on it is unknown and software cannot move its lanes. Check cable and power, lift booms by hand if needed.',
  journalBroken:
    'The journal cannot be written to disk: standing permits pass and are held in memory, one-time credentials are suspended. See to the disk.',
  journalLate:
    'The journal is written too slowly: records are held in memory and marked late, standing permits pass. Check the disk.',
  listDamaged: 'A list was damaged or refused: the old list stays in force, newly registered vehicles may be referred.',
  listTooOld:
    'The list has not been renewed for too long: new or removed vehicles may be judged wrongly. Check the connection upstream.',
  databaseRestored:
    'The database was restored from a backup: recent data may be missing, and software closes no boom until a person confirms.',
  configRejected:
    'The configuration has errors and was not taken: the last good one stays in force, the change has no effect. Mend the place named.',
  clockUntrusted:
    'The clock is not confirmed: visitors are referred to the guard, residents are not affected. Check the time source.',
  grantQueueFull: 'The queue of grants is full: further vehicles are referred until one has passed.',
  commandFailed: 'A device did not confirm an order: the boom may not have moved. Look, and lift it by hand if needed.',
  openContactFoundOn:
    'The OPEN contact was found closed at start: the boom is being held open until a person releases it safely.',
  hostRestarted: 'The camera host was restarted: plate reads of that time may be missing, nothing else is affected.',
  receiverFull: 'Pushes from cameras pile up: new reads are asked to come again, vehicles may need the guard.',
  diskLow: 'The disk is almost full: once it is, one-time credentials are suspended. Clear or replace it.',
  closeNotAdmitted: 'The line cannot watch another boom closing now: this one stays open and closes later.',
};
