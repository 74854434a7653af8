/**
 * How long each lane takes from a cause to a boom that is measured open, and who is told when it does not (gate.md "Emergency and
 * fire"). Where no limit shows the boom its opening is presumed, and said to be.
 */
import { isLifeSafety } from '../lane/claims.ts';
import type { Claim, LaneState } from '../lane/state.ts';
import { faultKey, type SiteState } from '../site-state.ts';
import { arm, clearLane, disarm, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { LaneId } from '../values.ts';

/** A route is to be open by then. */
export const OPEN_WITHIN_MS = 30_000;
/** A lane that is not open by then is named, with the nearest one that is. */
export const NOT_OPEN_AFTER_MS = 10_000;

const NOT_OPEN_FAULT = 'emergencyLaneNotOpen';

export type Openness = 'measured' | 'presumed' | 'no';

/**
 * Null where there is nothing to open. A lock is presumed released once its order is answered; an open door is measured. A strike
 * that is only pulsed has bolted again before anybody is there: behind a closed door it is no way.
 */
export function opennessOf({ barrier, door, pending }: LaneState): Openness | null {
  if (barrier !== null) {
    if (barrier.position !== 'open') return 'no';
    return barrier.basis === 'measured' ? 'measured' : 'presumed';
  }
  if (door === null) return null;
  if (door.contact === 'open') return 'measured';
  if (!door.staysReleased) return 'no';
  const ordered = pending.some(({ command }) => command.action === 'unlock');
  return door.lock === 'released' && !ordered ? 'presumed' : 'no';
}

/** At the end of every turn. Each cause is timed once on each lane; a boom that is lost again counts anew for the alarm alone. */
export function timeOpening(t: LaneTurn): void {
  const { claims, notOpenSince } = lane(t);
  const held = claims.filter(({ purpose }) => isLifeSafety(purpose));
  const openness = opennessOf(lane(t));
  if (held.length > 0 && openness === 'no') {
    if (notOpenSince !== null) return;
    setLane(t, { notOpenSince: t.now.mono });
    arm(t, 'notOpen', t.now.mono + NOT_OPEN_AFTER_MS);
    return;
  }
  if (notOpenSince !== null) {
    setLane(t, { notOpenSince: null });
    disarm(t, 'notOpen');
  }
  clearLane(t, NOT_OPEN_FAULT);
  if (openness === 'measured' || openness === 'presumed')
    for (const claim of held) if (claim.opened === undefined) noteOpened(t, claim, openness);
}

function noteOpened(t: LaneTurn, claim: Claim, basis: 'measured' | 'presumed'): void {
  const ms = Math.round(t.now.mono - claim.since);
  laneRecord(t, 'emergencyOpened', {
    cause: claim.cause,
    body: { key: claim.key, ms, basis, withinMs: OPEN_WITHIN_MS, inTime: ms <= OPEN_WITHIN_MS },
  });
  const opened = { ms, basis };
  setLane(t, { claims: lane(t).claims.map((one) => (one.key === claim.key ? { ...one, opened } : one)) });
}

/** The `notOpen` timer, again and again: who is sent round must hear of the way that has come to be open, or is open no more. */
export function notOpenDue(t: LaneTurn): void {
  const { claims, barrier, door, notOpenSince } = lane(t);
  const keys = claims.flatMap(({ key, purpose }) => (isLifeSafety(purpose) ? [key] : []));
  if (notOpenSince === null || keys.length === 0 || opennessOf(lane(t)) !== 'no') return;
  const nearest = nearestOpen(t.turn.site, t.model.id);
  const alternative = nearest?.id ?? 'none';
  const told = t.turn.site.faults[faultKey(NOT_OPEN_FAULT, t.model.id)]?.detail.alternative;
  if (told !== undefined && told !== alternative && !isAsGood(t, String(told), nearest)) clearLane(t, NOT_OPEN_FAULT);
  raiseLane(t, NOT_OPEN_FAULT, {
    afterMs: Math.round(t.now.mono - notOpenSince),
    causes: keys,
    position: barrier?.position ?? door?.lock ?? null,
    alternative,
    ...(nearest === null ? {} : { alternativeBasis: nearest.basis }),
  });
  arm(t, 'notOpen', t.now.mono + NOT_OPEN_AFTER_MS);
}

/** Whoever was sent to it is not sent round again for a nearer one; for one that is measured, where it is only presumed, he is. */
function isAsGood({ turn }: LaneTurn, told: LaneId, nearest: Alternative | null): boolean {
  const state = turn.site.lanes[told];
  const openness = state === undefined ? null : opennessOf(state);
  return openness === 'measured' || (openness === 'presumed' && nearest?.basis !== 'measured');
}

export interface Alternative {
  readonly id: LaneId;
  readonly basis: 'measured' | 'presumed';
}

/**
 * Of the lanes that the same cause holds, the one next to it on the way that is measured open; where none is, the next one that is
 * presumed to be, and said to be so: better than none for whoever stands before a closed boom. Null where there is neither.
 */
export function nearestOpen({ emergencies, lanes }: SiteState, id: LaneId): Alternative | null {
  let nearest: (Alternative & { readonly away: number }) | null = null;
  for (const cause of emergencies) {
    const here = cause.lanes.indexOf(id);
    if (here < 0) continue;
    for (const [at, other] of cause.lanes.entries()) {
      const state = lanes[other];
      const basis = state === undefined ? null : opennessOf(state);
      if (other === id || (basis !== 'measured' && basis !== 'presumed')) continue;
      const away = Math.abs(at - here);
      const isSurer = nearest?.basis === 'presumed' && basis === 'measured';
      const isNearer = nearest !== null && nearest.basis === basis && away < nearest.away;
      if (nearest === null || isSurer || isNearer) nearest = { id: other, basis, away };
    }
  }
  return nearest === null ? null : { id: nearest.id, basis: nearest.basis };
}
