/** Edges of the machines of a lane, as a run marks them (`src/sim/law/marks-of.ts`): what is not reached is printed by name. */

/** Of the positions that `core/lane/barrier.ts` and `portal.ts` go between; a boom goes from no end to itself, and from one not to the middle unseen. */
const BOOM: Readonly<Record<string, readonly string[]>> = {
  closed: ['opening', 'open', 'stopped', 'unknown'],
  opening: ['open', 'closed', 'closing', 'stopped', 'unknown'],
  open: ['closing', 'closed', 'unknown'],
  closing: ['closed', 'open', 'opening', 'stopped', 'unknown'],
  stopped: ['closed', 'open', 'opening', 'closing', 'unknown'],
  unknown: ['closed', 'open', 'opening', 'closing', 'stopped'],
};

/** As `core/lane/passages.ts` and `crossing.ts` end them. */
const PASSAGE: Readonly<Record<string, readonly string[]>> = {
  taken: ['measured', 'inferred'],
  notTaken: ['measured', 'presumed'],
  turnedBack: ['measured', 'inferred'],
  tailgated: ['measured', 'inferred'],
  unknown: ['inferred', 'presumed'],
};

/** `CloseIntent.why`. */
const CLOSES = ['behindVehicle', 'notTaken', 'foundOpen', 'guard', 'claimEnded', 'afterObstruction'] as const;
/** What follows a measured vehicle is not announced. */
const ANNOUNCED = CLOSES.filter((why) => why !== 'behindVehicle');
const OPENS = [
  ...['grant', 'lostReply', 'guard', 'emergencyVehicle', 'held'],
  ...['obstruction', 'obstructionUnknown', 'reopenAgain', 'laneReplaced', 'letGo'],
];

const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  hold: ['begun', 'refused', 'ended by person', 'ended by expiry', 'ended by count'],
  lockdown: ['begun', 'ended by person', 'ended by expiry'],
  outOfService: ['begun', 'ended by person', 'ended by expiry'],
  fire: ['begun', 'ended by person'],
  emergency: ['begun', 'ended by person'],
};

const EMERGENCY = ['opened', 'recalled'] as const;
const HELD = ['needsNamedPerson', 'needsPersonOnTheSpot', 'contactNotNormal'] as const;
const BYPASS = [
  ...['begun', 'used', 'ended by person', 'ended by expiry', 'ended by gateway'],
  ...['refused needsNamedPerson', 'refused needsPersonOnTheSpot', 'refused noSuchSafetySensor'],
  ...['refused boardProtectionNotProved', 'refused noCloseBySoftware', 'refused bypassTooLong'],
  ...['refused anotherSensorBypassed', 'refused boomClosing', 'refused noSuchBypass'],
];

export const edges: readonly string[] = [
  ...Object.entries(BOOM).flatMap(([from, to]) => to.map((end) => `boom ${from} → ${end}`)),
  ...Object.entries(PASSAGE).flatMap(([outcome, bases]) => bases.map((basis) => `passage ${outcome} ${basis}`)),
  ...ANNOUNCED.map((why) => `close announced ${why}`),
  ...CLOSES.map((why) => `close ordered ${why}`),
  ...['released', 'lost'].map((why) => `close let go ${why}`),
  ...OPENS.map((why) => `open ordered ${why}`),
  ...Object.entries(CLAIMS).flatMap(([purpose, steps]) => steps.map((step) => `claim ${purpose} ${step}`)),
  ...EMERGENCY.map((step) => `emergency ${step}`),
  ...HELD.map((why) => `release refused ${why}`),
  ...BYPASS.map((step) => `bypass ${step}`),
];

/** Marks of these machines must be listed above: one that is not is an edge that nobody has thought of. */
export const MACHINES = /^(boom|passage|close|open|claim|emergency|bypass) /;
