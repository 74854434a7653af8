/** One English sentence for each reason code. */
import type { reasonsZh } from './reasons-zh.ts';

export const reasonsEn: typeof reasonsZh = {
  permitted: (f) => `On the list with a valid permit (category: ${f.word('category')})`,
  exitFree: () => 'The exit is free',
  blindExit: (f) => `Nothing has read the vehicle; it has stood at the free exit for ${f.seconds('presentMs')} s`,
  emergencyVehicle: (f) => `Emergency vehicle, passes without verification (${f.text('framesAgree')} frames agree)`,
  guardGranted: () => 'Let through by the guard',
  heldOpen: () => 'The lane is held open by a person: nobody is asked',
  blocked: (f) => (f.is('alarm', true) ? 'On the block list: guard, take note' : 'On the block list'),
  unknownCredential: () => 'Not on the list',
  CredentialNotEnabled: () => 'The credential is switched off',
  CredentialNotActive: () => 'The credential is not valid yet',
  CredentialExpired: () => 'The credential has expired',
  NotPermittedAtThisTime: (f) => `Not permitted at this time (permitted: ${f.list('windows')})`,
  Unauthorized: (f) => `The permit is not for this lane or direction (lanes: ${f.list('lanes')})`,
  usesSpent: () => 'All uses are spent',
  colorMismatch: (f) => `Plate colour differs: registered ${f.word('bound')}, read ${f.word('read')}`,
  laneClosed: () => 'The lane does not serve this direction',
  laneNotCommissioned: () => 'The lane is not signed off: manual operation only',
  lockedDown: (f) =>
    f.is('alarm', true) ? 'The site is locked down and a vehicle leaves: guard, take note' : 'The site is locked down',
  outOfService: () => 'The lane is out of service',
  opposingDirection: () => 'An emergency route runs against this entry',
  grantQueueFull: () => 'Too many vehicles are waiting to be let through',
  interlockOpen: (f) =>
    `The other portal of the interlock (${f.list('others')}) is not closed yet; it is decided again when it is`,
  interlockUnknown: (f) =>
    `The other portal of the interlock (${f.list('others')}) is not measured closed: only the guard lets pass`,
  awaitingSecondFactor: (f) =>
    f.is('awaits', 'plate') ? 'Waiting for the plate' : 'Plate recognised, please present the card',
  secondFactorMissing: (f) => (f.is('awaits', 'plate') ? 'No plate was read in time' : 'No card was presented in time'),
  secondFactorMismatch: () => 'Plate and card belong to different permits',
  secondFactorUnavailable: (f) => {
    const device = f.is('awaits', 'plate') ? 'camera' : 'reader';
    if (f.is('fault', 'notBuiltIn'))
      return `The permit needs plate and card, and this lane has no ${device}: please compare`;
    return `The ${device} is down (${f.word('fault')}), so the other half cannot be read: please compare`;
  },
  secondFactorWaived: (f) =>
    f.is('awaits', 'plate')
      ? `The camera is down (${f.word('fault')}): this lane then lets the card alone through; guard, take note`
      : `The reader is down (${f.word('fault')}): this lane then lets the plate alone through; guard, take note`,
  plateUncertain: (f) =>
    f.text('bound') === '–'
      ? `The plate was not read surely (confidence ${f.percent('confidence')}, required ${f.percent('minConfidence')})`
      : 'The camera did not see the plate colour, so the registered vehicle cannot be told from another',
  nearPlate: () => 'One easily confused character away from a plate on the list: please compare',
  noPlate: () => 'No plate was read',
  unreadPresence: (f) =>
    f.is('risen', false)
      ? 'A vehicle stood there already at the start, or when the sensor returned, and nothing has read it'
      : 'A vehicle stands there and nothing has read it',
  listUnavailable: () => 'The list cannot be asked at the moment',
  clockUntrusted: () => 'The clock of the gateway is not confirmed, so validity cannot be judged',
  drivingAway: () => 'The camera says that the vehicle drives away: please look',
  notPresent: () => 'No vehicle is detected in the lane',
  emergencyUnconfirmed: (f) =>
    f.is('colorMatches', false)
      ? 'Emergency plate in the wrong colour: please confirm'
      : 'Possibly an emergency vehicle: confirm at once',
  journalBroken: () => 'The journal cannot be written: one-time credentials are suspended',
  replayed: () => 'A late or replayed read: recorded, moves nothing',
  Other: (f) => (f.is('fee', 'unknown') ? 'The fee is unknown: ask the guard' : 'Ask the guard'),
};
