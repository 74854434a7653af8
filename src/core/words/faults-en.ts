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
  travelSlow:
    'The boom has become slow: a full travel takes over half as long again as when it was first learned, so every opening takes longer; the supervision has followed. Look for cold, grease, snow and the motor.',
  boomFoundOpen:
    'The boom was found open with no grant or claim: the lane stands open, and will be closed after a warning unless it is claimed.',
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
  obstructionBypassed:
    'A technician has bypassed a safety sensor: the boom does not close by itself, it comes down only while a person who watches holds the close. This ends with its time, a restart or gatehouse bypass --end.',
  laneLeftOpen:
    'The lane has stood open for ten minutes because of a faulty safety sensor and nobody has dealt with it: anyone can pass. Send somebody to the gate now; hold the boom open on purpose, mend the sensor or close it under watch.',
  vehicleStranded:
    'A vehicle has stood under the open boom for two minutes: the boom stays open, nobody behind it can pass this lane, other lanes are not affected. Help it on or send the cars to another lane.',
  limitsContradict:
    'Open and closed limit are active together: the position cannot be believed and software closes nothing. Check the limit switches.',
  positionUnknown:
    'The position of the boom is unknown: software will not close it, opening still works. Look at the boom.',
  heldOpenTooLong: 'The boom has been open too long: the lane stands open. Hold it open on purpose or close it.',
  interlockBothOpen:
    'Both portals of an interlock stand open: a button or a hand goes before the interlock, and the way through is free; no credential opens meanwhile. Watch it, and let one of them close.',
  heldBetween:
    'A vehicle has been between the portals of an interlock for over a minute: it was not measured leaving and may be shut in. Look, and open either side by the button, which no interlock binds; where nobody is there, say so by name.',
  boomBroken:
    'The arm may be broken off, off its mount or stuck half way: its contact says so, or an ordered travel has shown neither end for three times its time. Nothing may stop a vehicle here, and the lane may neither close nor open. Have it watched, clear the arm away and repair it.',
  heldBoomDown:
    'A boom that is to be held open is down: it may have lost its power or been pushed, the gateway does not raise it again by itself, and cars pass one by one on their credentials. Order the hold again, or release it.',
  claimsUnreadable:
    'The lockdowns, lanes out of service and holds from before the start cannot be read, or their file is gone: whether there were any, and where, is not known, and none is in force now. Order again what is still wanted; that ends this.',
  claimsNotKept:
    'A lockdown, out of service or hold cannot be written to disk: it is in force now, and will be forgotten by a restart or a power cut. See to the disk, and order it again after a restart.',
  doorForcedOpen: 'The door was forced: it opened without a grant. Go and look.',
  doorHeldTooLong: 'The door has been open too long: anyone can pass. Close it.',
  buttonStuck:
    'The guard’s button has been pressed for over a minute: the boom stays open and can be released on the screen. Check the button.',
  fireContactBroken:
    'The wiring of the fire contact is broken: the lane acts as configured (opens by default). Have it repaired at once.',
  mainsLost:
    'Mains power is lost: what still runs does so on battery, and a barrier without one stays where it is; the gateway orders nothing because of it. Be at the gate, lift the boom by hand where somebody has to pass, and have the power restored; a board may home its boom downward when it returns.',
  upsLow:
    'The UPS is nearly empty: the gateway and its boards will soon stop, and then only what is wired in parallel opens, where the barrier has power. Be at the gate now, lift by hand what must stay open, and restore the mains; records are kept.',
  feedbackFailed:
    'The feedback output to the fire panel does not answer: the panel may be told that the way is open when it is not, or not told when it is; the booms are not affected. Tell the fire control room by telephone, and have the board and its wiring looked at.',
  fireInputUnknown:
    'The fire input is unknown: the gateway cannot see a fire alarm and opens nothing for it. Rely on the hard wiring and have it repaired at once.',
  emergencyInputUnknown:
    'The emergency input (siren or remote control) is unknown: the gateway cannot hear it and opens nothing for it; what it has latched stays. Have wiring or device repaired at once.',
  latchUnreadable:
    'It is not known which emergencies stood before the start: the two places in which they are kept cannot be read or differ, or the database was restored. This lane closes and locks nothing, opening works. Go and look, then say so by name: gatehouse acknowledge LANE latchUnreadable.',
  emergencyLaneNotOpen:
    'A lane is not open in an emergency: for ten seconds it has not been measured open, and fire engines may not get through; it goes on being told to open. Send them by the nearest open lane named below, and have the boom lifted by hand.',
  drillDue:
    'A drill is due: the emergency opening of this route is to be tried and timed, with a person present who sees the booms. Start it with the command named below; no boom moves before that.',
  drillMissed:
    'A drill was missed: it was asked for and not held in the time allowed, so nobody knows whether this route opens in 30 s, and an inspection will find it. Hold it with the command named below.',
  drillFailed:
    'The last drill failed: a lane did not open within 30 s, or was not held, and may not for a fire engine either. Mend it, then hold the drill again; a drill that passes ends this.',
  latchNotKept:
    'The standing emergencies cannot be written to disk: they act and hold all the same, but might not be held again after a power cut. See to the disk at once and have the gate watched.',
  armingSensorSilent:
    'The arming sensor does not react: the lane runs as one without sensor and decides as soon as a plate is read. Have it repaired.',
  deviceSilent:
    'A device does not answer, or its inputs cannot be read: all that it would tell is unknown. Without the board of its boom a lane is manual only; without a camera or reader it lacks plates or cards.',
  journalBroken:
    'The journal cannot be written to disk: standing permits pass and are held in memory, one-time credentials are suspended; booms that the gateway closes stay open meanwhile. See to the disk.',
  listDamaged: 'A list was damaged or refused: the old list stays in force, newly registered vehicles may be referred.',
  configRejected:
    'The configuration has errors and is not wholly in effect: what runs on its last known good and what is off is said below; no boom moves for it. Mend the place named and reload.',
  reasonsOwed:
    'Openings by the guard have waited for their reason for more than a shift, or are too many: passing is not affected, but nobody knows why the boom was opened. See gatehouse todo, and answer each.',
  clockUntrusted:
    'The clock is not confirmed: visitors are referred to the guard, residents are not affected. Check the time source.',
  grantQueueFull: 'The queue of grants is full: further vehicles are referred until one has passed.',
  failedTries:
    'Five credentials in a row were turned away: somebody may be trying cards. Valid ones still pass. Go and look; a grant, ten minutes without a failure or a person’s word ends this.',
  commandFailed: 'A device did not confirm an order: the boom may not have moved. Look, and lift it by hand if needed.',
  openContactFoundOn:
    'The OPEN contact was found closed at start: the boom is being held open until a person releases it safely.',
  closeContactFoundOn:
    'The CLOSE contact was found closed: the boom may be driven down behind every opening. The gateway has ordered it off; if it stays on, check the relay and take the lane out of use.',
  stopContactFoundOn:
    'The STOP contact was found closed: the boom may not move. It is let go before the next order to open or close; if cars cannot pass, lift the boom by hand and check the relay.',
  announceFailed:
    'The lamp or buzzer that announces a close did not answer: closes that nobody watches are given up and the boom stays open. Check the output, or watch the boom come down.',
  diskLow: 'The disk is almost full: once it is, one-time credentials are suspended. Clear or replace it.',
  closeNotAdmitted: 'The line cannot watch another boom closing now: this one stays open and closes later.',
  databaseRestored:
    'The database was restored: the last good backup is in use; records after it and uses of one-time credentials may be missing. Look at the list and the journal.',
  cameraHostDown:
    'The camera process is not running: no plate is read, cars need a card or the guard; booms and buttons work. It restarts by itself; if this repeats, call service.',
  cameraNotRunning:
    'A camera could not be started: its plates are not received, and cars of its lane need the guard. Check its configuration and secret files.',
  receiverNotListening:
    'The port for camera pushes cannot be opened: cameras that push are not heard, and their lanes need the guard. See whether another program holds the port or the address is wrong.',
  pushFromStranger:
    'A push came from an address that is not registered and was refused: if a camera has changed its address, its plates are not received. Check the address named.',
  pushUnauthorised:
    'A camera pushes with a wrong password and is refused: its plates are not received, and its lane needs the guard. Compare the password in the camera and in the configuration.',
  pushUnreadable:
    'A push of a camera could not be read and was refused: that plate is lost, and the car may need the guard. Check model, protocol and push settings.',
  receiverCrowded:
    'Camera pushes have reached the limit: new reads are asked to come again, and cars may need the guard. See which camera pushes too fast.',
  databaseDamaged:
    'The database file is damaged: new records may not reach the disk and one-time credentials may be suspended; button and fire contact work. The last good backup is being put in its place; if this stands for more than a minute, see to the disk.',
  databaseReplaced:
    'The database was damaged and no backup could be used, so an empty one is in use: earlier records are not in it and uses of one-time credentials may be missing. Check the list and keep the old files.',
  databaseUnusable:
    'The database cannot be opened: records are held in memory only and are lost in a power cut, lists and one-time credentials may be unavailable, cars need the guard. Button and fire contact work. See to the disk at once.',
  backupFailed:
    'The backup of the database failed: the lanes run as usual, but if the disk breaks, records after the last backup are lost. Check space and permissions.',
  secretMissing:
    'A password file or variable cannot be read: the device that needs it cannot log in, and plates may not be received. Supply it, check its permissions and reload.',
  lastKnownGoodUnreadable:
    'The last known good configuration cannot be read: the lanes run as configured, but after a bad change there is nothing to fall back to and a broken lane stays off. Check the data folder.',
  driverFailed:
    'A device driver broke down and is being restarted: until then all that the device would tell is unknown, and its lane does without it. If this repeats, call service.',
  loopOverfull:
    'More events wait than there is room for: new reads are asked to come again, and cars may need the guard; button and fire contact work. See whether a device reports without end.',
  storeOverfull:
    'What waits for the disk has reached its limit: new reads are asked to come again and the oldest detail is only counted; decisions, openings and buttons are kept longest. See to the disk at once.',
  unwrittenNotTaken:
    'Records that could not be written before the last stop could not be taken into the journal: the file is kept as it is and the lanes run as usual. Do not delete it, call service.',
  watchFull:
    'There are more lines than the self-watch can follow: one of the others that stands still is not restarted by itself. The lanes run as usual; call service.',
  upstreamDown:
    'The platform is not reached: passing is not affected, all records are kept here and are sent once it is back. Check network, broker and the address named; disk alone limits how long.',
  slowUnit:
    'A unit answers more slowly than the check of the configuration reckons with: a button or fire contact of its line may be read later than 200 ms after it is pressed; the hard wiring is not affected. Check the unit, its baud rate and its adapter, or move it to another line.',
  upstreamRefused:
    'The platform refuses the connection for the reason named: passing is not affected, all records are kept here. Correct account, certificate or address; then it goes on by itself, at once after a reload.',
  upstreamGap:
    'Records are gone from the database and the platform may not have acknowledged them, by the numbers named: passing is not affected, all others are sent. The platform may lack this part: compare, and keep the old database files.',
  upstreamSkipped:
    'The platform does not take the record named, not even without its detail, and it was passed over so that the others go on: passing is not affected, the whole record is kept here. See to the limits of the platform; `gatehouse explain` with the number shows the record.',
  upstreamTooLarge:
    'The platform takes no message of this size: such records go without their detail, the whole of them is kept here, passing is not affected. Raise the limit of the platform for one message; from the next one taken whole on this is over.',
  upstreamTopic:
    'The platform does not take the topic named: what is retained there stays as it was, all records are sent. Give the account the right to publish there, or raise the limit for one message; it is tried again every hour, and at once after a reload.',
  upstreamBehind:
    'The platform takes records more slowly than they arise, or is still catching up: passing is not affected, but it sees events late. If this stands for hours, check the network and the broker.',
};
