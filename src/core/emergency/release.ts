/** A cause ends over all its lanes: by a named person on the spot, once every contact of it is normal (I3). */
import { dropClaim, isLifeSafety } from '../lane/claims.ts';
import { isWatching } from '../lane/close-intent.ts';
import { contactStanding } from '../lane/fire.ts';
import { afterClaims } from '../lane/holding.ts';
import type { Actor } from '../io.ts';
import { type LaneTurn, lane, laneRecord, laneTurn, setLane, type Turn } from '../turn.ts';
import { type EmergencyCause, inputsOfCause } from './cause.ts';

/** Who may end an emergency, or begin a drill: a person on the spot, never a schedule or a server far away. */
export const ON_THE_SPOT: readonly string[] = ['button', 'screen', 'cli'];

export function findCause(turn: Turn, key: string): EmergencyCause | undefined {
  return turn.site.emergencies.find((cause) => cause.key === key);
}

/** `at`: the lane where the person is: that boom alone comes down attended. Returns why it was refused, else null. */
export function releaseCause(at: LaneTurn, cause: EmergencyCause, by: Actor): string | null {
  const { turn } = at;
  const refused = whyHeld(turn, cause, by);
  const ref = laneRecord(at, refused === null ? 'claimEnded' : 'releaseRefused', {
    cause: lane(at).claims.find(({ key }) => key === cause.key)?.cause ?? cause.ref,
    body: { key: cause.key, purpose: cause.purpose, via: by.via, refused, lanes: cause.lanes },
    personal: by.name === null ? undefined : { by: by.name },
  });
  if (refused !== null) return refused;
  turn.site = { ...turn.site, emergencies: turn.site.emergencies.filter(({ key }) => key !== cause.key) };
  for (const model of turn.site.model.lanes) {
    const t = laneTurn(turn, model);
    const held = lane(t).claims.some((claim) => claim.key === cause.key && isLifeSafety(claim.purpose));
    if (!held) continue;
    const here = model.id === at.model.id;
    const ended = here
      ? ref
      : laneRecord(t, 'claimEnded', { cause: ref, body: { key: cause.key, purpose: cause.purpose, via: by.via } });
    setLane(t, { claims: dropClaim(lane(t).claims, cause.key) });
    afterClaims(t, ended, here && by.name !== null && isWatching(by));
  }
  return null;
}

function whyHeld(turn: Turn, cause: EmergencyCause, by: Actor): string | null {
  if (by.name === null) return 'needsNamedPerson';
  if (!ON_THE_SPOT.includes(by.via)) return 'needsPersonOnTheSpot';
  const standings = inputsOfCause(turn.site.model, cause.key).map(({ lane: model, input }) =>
    contactStanding(laneTurn(turn, model), input),
  );
  return standings.every((standing) => standing === 'normal') ? null : 'contactNotNormal';
}
