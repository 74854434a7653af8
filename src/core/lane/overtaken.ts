/** Grants of credentials that the ladder overtakes before the boom has moved for them (gate.md "Who moves the boom"). */
import { plateKey } from '../credential/keys.ts';
import { type LaneTurn, lane } from '../turn.ts';
import type { JsonObject } from '../values.ts';
import { modeOf } from './claims.ts';
import { decideStanding, isStillGranted } from './deciding.ts';
import { isForbidden, isStillClosed, setGrant } from './opening.ts';
import { endGrant } from './passages.ts';
import type { Grant } from './state.ts';

/** A frame that went out without an answer was not heard where the boom has not begun to rise by then (gate.md "Opening"). */
const EFFECT_MS = 1500;

/**
 * Out of service, or a lockdown of entries: what waits ends, a frame that has not begun is taken back, and one whose reply was
 * lost is not sent again. An opening that was sent, or has risen, stays.
 */
export function endOvertaken(t: LaneTurn): void {
  for (const grant of lane(t).grants) {
    if (!isForbidden(t, grant)) continue;
    if (grant.opening === 'waiting') end(t, grant, { mode: modeOf(lane(t).claims) });
    else if (grant.lost !== null) endLost(t, grant, grant.lost.sentAt);
    else if (grant.opening === 'sent') takeBack(t, grant);
  }
}

/** Its frame waits for a record or for the wire: dropped, unless it has begun; the grant then waits for its turn again. */
export function takeBack(t: LaneTurn, { passage, command, withdrawn }: Grant): void {
  if (withdrawn || command === null || !lane(t).pending.some((entry) => entry.command.id === command)) return;
  t.turn.effects.push({ kind: 'withdraw', command });
  setGrant(t, passage, { withdrawn: true });
}

function endLost(t: LaneTurn, grant: Grant, sentAt: number): void {
  const position = lane(t).barrier?.position;
  if (position !== 'closed' && position !== 'unknown') setGrant(t, grant.passage, { lost: null });
  else if (t.now.mono - sentAt >= EFFECT_MS && isStillClosed(t, sentAt))
    end(t, grant, { mode: modeOf(lane(t).claims) });
}

/** Another list: a grant that still waits ends where that list would not give it any more, or blocks the plate of a car behind. */
export function endUnlisted(t: LaneTurn): void {
  for (const grant of lane(t).grants) {
    if (grant.opening !== 'waiting' || grant.source !== 'credential') continue;
    const own = lane(t).approaches[grant.direction].current?.decisionRef === grant.cause;
    const stands = own ? isStillGranted(t, grant.direction, grant.spends ? grant.rowId : null) : !isBlocked(t, grant);
    if (!stands) end(t, grant, { list: t.turn.facts?.listVersion ?? null });
  }
}

function isBlocked(t: LaneTurn, { plate, direction }: Grant): boolean {
  if (plate === null || direction === 'out') return false;
  return t.turn.facts?.rows.some((row) => row.blocked && row.key === plateKey(plate)) === true;
}

/** Nothing has moved for it, so a one-time credential comes back; the car that stands there is decided again. */
function end(t: LaneTurn, grant: Grant, by: JsonObject): void {
  const own = lane(t).approaches[grant.direction].current?.decisionRef === grant.cause;
  endGrant(t, grant, 'notTaken', 'measured', { detail: { why: 'overtaken', ...by } });
  if (own) decideStanding(t, grant.direction);
}
