/** A person's hold, lockdown or out of service as the control socket asks for it: over one lane or all of them, and its end. */
import type { OrderedPurpose, Request } from '../core/io.ts';
import { whyNotClaimed } from '../core/lane/claiming.ts';
import { modeOf } from '../core/lane/claims.ts';
import type { LaneId } from '../core/values.ts';
import type { ControlRequest } from './control-protocol.ts';
import type { Loop } from './loop.ts';
import { NoSuchLane } from './rehearsal.ts';

type ClaimOrder = Extract<ControlRequest, { method: 'claim' }>;
type ClaimEnd = Extract<ControlRequest, { method: 'endClaim' }>;

export interface OrderedLane {
  readonly lane: LaneId;
  /** Does the claim stand now? */
  readonly stands: boolean;
  /** Why it was refused, or why it did not end; null where it was done. */
  readonly why: string | null;
  /** What the lane's claims come to now: a stronger one may stand above this. */
  readonly mode: string;
}

/** One claim of each purpose by persons on a lane: who orders it again, changes its end. */
export function keyOf(purpose: OrderedPurpose): string {
  return purpose;
}

/** @throws NoSuchLane where the order names one that does not run; nothing is claimed then. */
export function orderClaim(loop: Pick<Loop, 'site' | 'request'>, order: ClaimOrder): readonly OrderedLane[] {
  const { purpose, reach, by, reason, forMs, passages } = order;
  return lanesIn(loop, reach).map((lane) => {
    const request: Extract<Request, { kind: 'claim' }> = {
      ...{ kind: 'claim', lane, purpose, reason, passages, key: keyOf(purpose) },
      ...{ by: { via: 'cli', name: by }, expiresInMs: forMs, wholeSite: reach.kind === 'site' },
    };
    const why = whyNotClaimed(loop.site, request);
    loop.request(request);
    return laneNow(loop, lane, purpose, why);
  });
}

/** @throws NoSuchLane */
export function endClaim(loop: Pick<Loop, 'site' | 'request'>, order: ClaimEnd): readonly OrderedLane[] {
  const { purpose, reach, by } = order;
  const key = keyOf(purpose);
  return lanesIn(loop, reach).map((lane) => {
    const stood = standsOn(loop, lane, key);
    if (stood) loop.request({ kind: 'releaseClaim', lane, key, by: { via: 'cli', name: by } });
    return laneNow(loop, lane, purpose, stood ? null : 'noSuchClaim');
  });
}

function lanesIn({ site }: Pick<Loop, 'site'>, reach: ClaimOrder['reach']): readonly LaneId[] {
  const ids = site.model.lanes.map(({ id }) => id);
  if (reach.kind === 'site') return ids;
  if (!ids.includes(reach.lane)) throw new NoSuchLane(reach.lane);
  return [reach.lane];
}

function standsOn({ site }: Pick<Loop, 'site'>, lane: LaneId, key: string): boolean {
  return site.lanes[lane]?.claims.some((claim) => claim.key === key) === true;
}

function laneNow(
  loop: Pick<Loop, 'site' | 'request'>,
  lane: LaneId,
  purpose: OrderedPurpose,
  why: string | null,
): OrderedLane {
  const claims = loop.site.lanes[lane]?.claims ?? [];
  return { lane, stands: standsOn(loop, lane, keyOf(purpose)), why, mode: modeOf(claims) };
}
