/** Claims made, released, counted and expired (gate.md "Who moves the boom", "Emergency and fire"; I3). */
import type { Actor, Request } from '../io.ts';
import type { SiteState } from '../site-state.ts';
import { arm, beginTurn, disarm, type LaneTurn, lane, laneRecord, laneTurn, setLane } from '../turn.ts';
import { beginCause } from '../emergency/begin.ts';
import { endDrill } from '../emergency/drill.ts';
import { findCause, releaseCause } from '../emergency/release.ts';
import { isWatching } from './close-intent.ts';
import { addClaim, dropClaim, holdsOpen, isLifeSafety } from './claims.ts';
import { decideAfterClaims } from './deciding.ts';
import { afterClaims, assertHold, canHold } from './holding.ts';
import type { Claim } from './state.ts';

/** More claims than this on one lane are somebody's mistake; life safety has room beyond it (I15). */
const CLAIMS_MAX = 24;
const CLAIMS_RESERVED = 24;

type ClaimRequest = Extract<Request, { kind: 'claim' }>;

export function makeClaim(t: LaneTurn, request: ClaimRequest): void {
  const { key, purpose, by } = request;
  // A cause that stands elsewhere owns its key here as well.
  const standing = lane(t).claims.find((claim) => claim.key === key) ?? findCause(t.turn, key);
  const refused = whyRefused(t, request, standing);
  // An emergency ends by release alone, so it takes no expiry.
  const expiresInMs = purpose === 'fire' || purpose === 'emergency' ? null : request.expiresInMs;
  const cause = laneRecord(t, refused === null ? 'claim' : 'claimRefused', {
    body: {
      ...{ key, purpose, expiresInMs, via: by.via, refused },
      ...(request.passages == null ? {} : { passages: request.passages }),
    },
    // Free text may name anybody.
    personal: { by: by.name, reason: request.reason },
  });
  if (refused !== null) return;
  if (purpose === 'fire' || purpose === 'emergency') {
    beginCause(t.turn, { key, purpose, by, home: t.model.id, reach: 'lane' }, cause);
    return;
  }
  const heldBefore = holdsOpen(lane(t).claims);
  const expiresAt = expiresInMs === null ? null : t.now.mono + expiresInMs;
  const claim: Claim = { key, purpose, by, since: t.now.mono, expiresAt, cause };
  const counted = request.passages == null ? {} : { passagesLeft: request.passages };
  const general = request.wholeSite === true ? { wholeSite: true as const } : {};
  setLane(t, { claims: addClaim(lane(t).claims, { ...claim, ...counted, ...general }) });
  armExpiry(t);
  if (heldBefore && !holdsOpen(lane(t).claims)) afterClaims(t, cause);
  else assertHold(t);
  decideAfterClaims(t);
}

function whyRefused(t: LaneTurn, request: ClaimRequest, standing: Pick<Claim, 'purpose'> | undefined): string | null {
  const urgent = isLifeSafety(request.purpose);
  // The fire contact's own claim, or any emergency, is not to be talked away under its key.
  if (standing !== undefined && isLifeSafety(standing.purpose) && standing.purpose !== request.purpose)
    return 'keyHeldByEmergency';
  const hindered = request.purpose === 'hold' ? canHold(t) : null;
  if (hindered !== null) return hindered;
  if (standing !== undefined) return null;
  return lane(t).claims.length >= CLAIMS_MAX + (urgent ? CLAIMS_RESERVED : 0) ? 'tooManyClaims' : null;
}

/** Why such a claim would be refused on this lane; null where it would be made. */
export function whyNotClaimed(site: SiteState, request: ClaimRequest): string | null {
  const model = site.model.lanes.find(({ id }) => id === request.lane);
  if (model === undefined) return 'noSuchLane';
  const t = laneTurn(beginTurn(site, { mono: 0, wall: 0, wallTrusted: false }, null), model);
  const standing = lane(t).claims.find(({ key }) => key === request.key) ?? findCause(t.turn, request.key);
  return whyRefused(t, request, standing);
}

/** Ends a claim; one of life safety over all the lanes of its cause, see `releaseCause`. Returns why it was refused. */
export function releaseClaim(t: LaneTurn, key: string, by: Actor): string | null {
  const emergency = findCause(t.turn, key);
  if (emergency !== undefined) return releaseCause(t, emergency, by);
  if (t.turn.site.drill?.key === key) {
    endDrill(t.turn, 'released', by);
    return null;
  }
  const claim = lane(t).claims.find((candidate) => candidate.key === key);
  const refused = claim === undefined ? 'noSuchClaim' : null;
  const cause = laneRecord(t, refused === null ? 'claimEnded' : 'releaseRefused', {
    cause: claim?.cause ?? null,
    body: { key, purpose: claim?.purpose ?? null, via: by.via, refused },
    personal: by.name === null ? undefined : { by: by.name },
  });
  if (refused !== null) return refused;
  setLane(t, { claims: dropClaim(lane(t).claims, key) });
  armExpiry(t);
  afterClaims(t, cause, by.name !== null && isWatching(by));
  decideAfterClaims(t);
  return null;
}

/** After each poll: a convoy of a given number ends behind the last of them. Its close is one of its own, announced (I2). */
export function countPassages(t: LaneTurn): void {
  if (!lane(t).claims.some(({ passagesLeft }) => passagesLeft !== undefined)) return;
  let passed = 0;
  for (const effect of t.turn.effects) {
    if (effect.kind !== 'record' || effect.record.kind !== 'passage' || effect.record.lane !== t.model.id) continue;
    const { outcome } = effect.record.body;
    if (outcome === 'taken' || outcome === 'tailgated') passed++;
  }
  if (passed === 0) return;
  const count = (claim: Claim): Claim =>
    claim.passagesLeft === undefined ? claim : { ...claim, passagesLeft: Math.max(0, claim.passagesLeft - passed) };
  setLane(t, { claims: lane(t).claims.map(count) });
  // With the timer: cars that stand there are decided on rows looked up for that.
  if (lane(t).claims.some(({ passagesLeft }) => passagesLeft === 0)) arm(t, 'claims', t.now.mono);
}

export function expireClaims(t: LaneTurn): void {
  for (const claim of lane(t).claims) {
    const due = claim.expiresAt !== null && claim.expiresAt <= t.now.mono;
    if (!due && claim.passagesLeft !== 0) continue;
    const { key, purpose } = claim;
    const via = claim.passagesLeft === 0 ? 'count' : 'expiry';
    const cause = laneRecord(t, 'claimEnded', { cause: claim.cause, body: { key, purpose, via } });
    setLane(t, { claims: dropClaim(lane(t).claims, key) });
    afterClaims(t, cause);
    decideAfterClaims(t);
  }
  armExpiry(t);
}

export function armExpiry(t: LaneTurn): void {
  const due = lane(t).claims.flatMap((claim) => (claim.expiresAt === null ? [] : [claim.expiresAt]));
  if (due.length === 0) disarm(t, 'claims');
  else arm(t, 'claims', Math.min(...due));
}
