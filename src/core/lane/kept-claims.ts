/**
 * What of the claims of persons outlives the process: a lockdown, a lane out of service, an owned hold. Forgotten, the first would
 * be useless and the second dangerous to whoever works there. Emergencies are kept by `../emergency/latch.ts`.
 */
import type { KeptClaim } from '../io.ts';
import type { LaneModel, SiteModel } from '../site-model.ts';
import type { SiteState } from '../site-state.ts';
import { type LaneTurn, lane, laneRecord, laneTurn, setLane, type Turn } from '../turn.ts';
import type { Now, RecordRef } from '../values.ts';
import { armExpiry } from './claiming.ts';
import { addClaim } from './claims.ts';
import type { Claim } from './state.ts';

export function keptClaims({ model, lanes }: SiteState, now: Now): readonly KeptClaim[] {
  return model.lanes.flatMap(({ id }) =>
    (lanes[id]?.claims ?? []).flatMap((claim): readonly KeptClaim[] => {
      const { key, purpose, by, since, expiresAt, passagesLeft, wholeSite } = claim;
      if (purpose !== 'hold' && purpose !== 'lockdown' && purpose !== 'outOfService') return [];
      const kept = { lane: id, key, purpose, via: by.via, since: now.wall - (now.mono - since) };
      const remainingMs = expiresAt === null ? null : Math.max(0, expiresAt - now.mono);
      return [{ ...kept, remainingMs, passagesLeft: passagesLeft ?? null, wholeSite: wholeSite === true }];
    }),
  );
}

/**
 * They are in force before the first input is read, and nothing is asserted for them: a boom that is held stays as it is found,
 * and its close at the end of the claim is a decision of its own (I17). One whose time ran out meanwhile ends here.
 */
export function recallClaims(turn: Turn, claims: readonly KeptClaim[]): void {
  for (const model of turn.site.model.lanes) {
    const own = claims.filter((kept) => kept.lane === model.id);
    const general = claims.filter((kept) => kept.wholeSite && !own.some(({ key }) => key === kept.key));
    const t = laneTurn(turn, model);
    for (const kept of [...own, ...general]) recallOne(t, kept);
    armExpiry(t);
  }
}

function recallOne(t: LaneTurn, { key, purpose, via, since, remainingMs, passagesLeft, wholeSite }: KeptClaim): void {
  const { claims } = lane(t);
  if (claims.some((claim) => claim.key === key)) return;
  const over = remainingMs !== null && remainingMs <= 0;
  const body = { key, purpose, via, since, expiresInMs: remainingMs, passagesLeft, over };
  const cause = laneRecord(t, 'claimRecalled', { body });
  if (over) return;
  const expiresAt = remainingMs === null ? null : t.now.mono + remainingMs;
  const claim: Claim = { key, purpose, by: { via, name: null }, since: t.now.mono, expiresAt, cause };
  const counted = passagesLeft === null ? {} : { passagesLeft };
  setLane(t, {
    claims: addClaim(claims, { ...claim, ...counted, ...(wholeSite ? { wholeSite: true as const } : {}) }),
  });
}

/** A reload: what was claimed for the whole site binds a lane that comes with it. It moves nothing there (I17). */
export function claimNewLanes(turn: Turn, before: SiteModel, applied: RecordRef): void {
  const { model, lanes } = turn.site;
  const standing = before.lanes.flatMap(({ id }) => lanes[id]?.claims.filter((claim) => claim.wholeSite) ?? []);
  const isNew = ({ id }: LaneModel) => !before.lanes.some((was) => was.id === id);
  for (const next of model.lanes.filter(isNew)) {
    const t = laneTurn(turn, next);
    for (const claim of standing) {
      if (lane(t).claims.some(({ key }) => key === claim.key)) continue;
      const body = { key: claim.key, purpose: claim.purpose, via: claim.by.via };
      const cause = laneRecord(t, 'claim', { cause: applied, body });
      setLane(t, { claims: addClaim(lane(t).claims, { ...claim, cause }) });
    }
    armExpiry(t);
  }
}
