/**
 * Somebody stands before the boom and nothing has read him: no camera there, a plate that cannot be read, or one that was read
 * before a restart. After `armWindow` a person is asked, so that nobody waits unseen (gate.md "Opening", "Exits"; I16, I17).
 */
import { arm, disarm, type LaneTurn, lane, laneRecord } from '../turn.ts';
import type { Direction } from '../values.ts';
import { holdsOpen } from './claims.ts';
import { decideStanding } from './deciding.ts';
import { inputsOf, roleLevel } from './inputs.ts';
import { barrierModel } from './portal.ts';
import { approachOf, beginUnread, setApproach } from './presenting.ts';
import type { Approach, Presentation } from './state.ts';

/** At the end of every turn of a lane. */
export function watchUnread(t: LaneTurn): void {
  for (const direction of t.model.directions)
    if (inputsOf(t.model, 'arming', direction).length > 0) watch(t, direction);
}

function watch(t: LaneTurn, direction: Direction): void {
  const approach = approachOf(t, direction);
  const stands = standsUnread(t, direction, approach);
  if (stands === (approach.unreadSince !== null)) return;
  const since = stands ? t.now.mono : null;
  setApproach(t, direction, { unreadSince: since });
  if (since === null) disarm(t, `${direction}.unread`);
  else arm(t, `${direction}.unread`, since + firstLookMs(t, direction));
}

function standsUnread(t: LaneTurn, direction: Direction, approach: Approach): boolean {
  if (barrierModel(t) === null || approach.presence !== 'present' || isLetThrough(t, direction)) return false;
  const { current } = approach;
  return current === null || isUnread(current) || isOver(t, current);
}

/** Its grant is over although somebody still stands there: the next car, close behind, or one that did not drive. */
function isOver(t: LaneTurn, { decision, decisionRef }: Presentation): boolean {
  if (decision === null) return true;
  return decision.outcome === 'granted' && !lane(t).grants.some((grant) => grant.cause === decisionRef);
}

function isUnread(current: Presentation): boolean {
  return current.unread && current.plate === null && current.card === null && current.decision?.outcome !== 'granted';
}

/** The boom stands open for it, or the other direction owns the boom: a car on this sensor is then on its way, or has to wait. */
function isLetThrough(t: LaneTurn, direction: Direction): boolean {
  const { grants, crossing, claims } = lane(t);
  return grants.length > 0 || (crossing !== null && crossing.direction !== direction) || holdsOpen(claims);
}

function firstLookMs(t: LaneTurn, direction: Direction): number {
  const { armWindowMs } = t.model.timing;
  const blind = blindAfterMs(t, direction);
  return blind === null ? armWindowMs : Math.min(blind, armWindowMs);
}

function blindAfterMs(t: LaneTurn, direction: Direction): number | null {
  return direction === 'out' ? t.model.blindExitAfterMs : null;
}

/** Its timer: the first look refers the car, a later one may let it out of a blind exit. */
export function unreadDue(t: LaneTurn, direction: Direction): void {
  const approach = approachOf(t, direction);
  const { unreadSince, current } = approach;
  if (unreadSince === null || !standsUnread(t, direction, approach)) return;
  // Silence not told yet: neither asked nor opened on a reading that has gone stale.
  if (roleLevel(lane(t), t.model, 'arming', t.now.mono, { direction }) !== 'active') {
    arm(t, `${direction}.unread`, t.now.mono + t.model.timing.armWindowMs);
    return;
  }
  if (current === null || !isUnread(current)) {
    const presentMs = Math.round(t.now.mono - unreadSince);
    const ref = laneRecord(t, 'unreadPresence', { body: { presentMs, risen: approach.risen }, extra: { direction } });
    beginUnread(t, direction, ref);
  } else decideStanding(t, direction);
  const blind = blindAfterMs(t, direction);
  if (blind !== null && unreadSince + blind > t.now.mono) arm(t, `${direction}.unread`, unreadSince + blind);
}
