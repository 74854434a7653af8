/** What may go wrong in a run. The seed first draws which of these exist at all (swarm), then when they strike. */
import type { Random } from '../random.ts';

/** Scenes of their own (`scenes.ts`), each with a luck of its own. */
export const SCENES = [
  'cardTries',
  'cameraFails',
  'unreadable',
  'drivesAway',
  'convoys',
  'groups',
  'imports',
  'lorries',
  'cold',
] as const;

export type SceneKind = (typeof SCENES)[number];

export const HAZARDS = [
  'sensorSticks',
  'sensorBlind',
  'sensorPower',
  'sensorMute',
  'boardSilent',
  'cameraSilent',
  'lostReply',
  'lostFrame',
  'refusedFrame',
  'boomJam',
  'boomSlow',
  'boomPower',
  'byHand',
  'contactLeftOn',
  'journalSlow',
  'journalRefuses',
  'gatewayCut',
  'clockJumps',
  'clockDoubtful',
  'reload',
  'listChanges',
  'listGone',
  'replays',
  'misreads',
  'tailgaters',
  'stalls',
  'reversers',
  'trailers',
  'ebikes',
  'pedestrians',
  'fires',
  'orders',
  'guard',
  'guardHolds',
  'guardCloses',
  'lockdown',
  'service',
  'holds',
  'permits',
  ...SCENES,
] as const;

export type Hazard = (typeof HAZARDS)[number];

/** What `scenes.ts` plays, and no strike of the season. */
export function isScene(hazard: Hazard): hazard is SceneKind {
  return (SCENES as readonly string[]).includes(hazard);
}

/** How likely one kind exists in a run. */
const EXISTS = 0.3;

export function drawHazards(random: Random): ReadonlySet<Hazard> {
  // Each has a luck of its own, so that a kind added later changes no other's.
  return new Set(HAZARDS.filter((hazard) => random.fork(hazard).chance(EXISTS)));
}
