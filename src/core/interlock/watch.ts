/** What one portal of an interlock does to the others: who waits is decided again, and two that stand open are told (gate.md "Interlock"). */
import { modeOf } from '../lane/claims.ts';
import { settle } from '../lane/lane-step.ts';
import { takeBack } from '../lane/overtaken.ts';
import type { Claim } from '../lane/state.ts';
import type { InterlockModel } from '../site-model.ts';
import type { SiteState } from '../site-state.ts';
import { arm, clearLane, type LaneTurn, lane, laneRecord, laneTurn, raiseLane, type Turn } from '../turn.ts';
import { followBetween } from './between.ts';
import { hindranceFor, hindranceIn, hindranceOf, standingOf } from './portals.ts';

/** At the end of every step. `before`: the site as it was at its beginning. */
export function watchInterlocks(turn: Turn, before: SiteState): void {
  for (const interlock of turn.site.model.interlocks) {
    if (interlock.lanes.every((id) => turn.site.lanes[id] === before.lanes[id])) continue;
    const records = turn.effects.flatMap((effect) => (effect.kind === 'record' ? [effect.record] : []));
    for (const record of records)
      if (record.kind === 'passage' && (record.body.outcome === 'taken' || record.body.outcome === 'tailgated'))
        followBetween(turn, interlock, record);
    const portals = turn.site.model.lanes.filter(({ id }) => interlock.lanes.includes(id));
    for (const model of portals) noteOverride(laneTurn(turn, model), before);
    watchBothOpen(turn, interlock);
    for (const model of portals) decideAgain(laneTurn(turn, model), before);
  }
}

/** The guard's word goes before the interlock, and it is on record that it did (I16). */
function noteOverride(t: LaneTurn, before: SiteState): void {
  const known = new Set(before.lanes[t.model.id]?.grants.map(({ passage }) => passage) ?? []);
  const pressed = lane(t).grants.find(({ source, passage }) => source === 'guard' && !known.has(passage));
  const hindrance = hindranceOf(t);
  if (pressed === undefined || hindrance === null || modeOf(lane(t).claims) === 'emergency') return;
  const body = { others: hindrance.lanes, standing: hindrance.standing };
  laneRecord(t, 'interlockOverridden', { cause: pressed.cause, body, extra: { passage: pressed.passage } });
}

/** In an emergency, and where that is practised, they stand open on purpose. */
function watchBothOpen(turn: Turn, interlock: InterlockModel): void {
  const open = interlock.lanes.filter((id) => standingOf(turn.site, id, turn.now.mono) === 'open');
  const meant = interlock.lanes.some((id) => isMeant(turn.site.lanes[id]?.claims ?? []));
  for (const model of turn.site.model.lanes) {
    if (!interlock.lanes.includes(model.id)) continue;
    const t = laneTurn(turn, model);
    const others = open.filter((id) => id !== model.id);
    if (!meant && open.includes(model.id) && others.length > 0)
      raiseLane(t, 'interlockBothOpen', { interlock: interlock.id, others });
    else clearLane(t, 'interlockBothOpen');
  }
}

function isMeant(claims: readonly Claim[]): boolean {
  return modeOf(claims) === 'emergency' || claims.some(({ purpose }) => purpose === 'drill');
}

/** The guard has opened another portal while the frame of a credential here still waited for its record. */
function takeBackUnsent(t: LaneTurn): void {
  for (const grant of lane(t).grants)
    if (grant.source === 'credential' && grant.opening === 'sent' && hindranceFor(t, grant.direction) !== null)
      takeBack(t, grant);
}

/** With a timer due now: a car that waited is decided on rows looked up for it, and a grant that waited is opened for. */
function decideAgain(t: LaneTurn, before: SiteState): void {
  const was = hindranceIn(before, t.model.id, t.now.mono)?.standing ?? null;
  const is = hindranceOf(t)?.standing ?? null;
  if (was === is) return;
  for (const direction of t.model.directions) {
    const code = lane(t).approaches[direction].current?.decision?.code;
    if (code === 'interlockOpen' || code === 'interlockUnknown') arm(t, `${direction}.interlock`, t.now.mono);
  }
  if (is === null) settle(t);
  else takeBackUnsent(t);
}
