/** A cause begins: every lane that it reaches is claimed, opened and held (gate.md "Emergency and fire"; I3, I4). */
import { addClaim } from '../lane/claims.ts';
import { assertAgain, assertHold, assertSoon } from '../lane/holding.ts';
import type { InputModel, Reach } from '../site-model.ts';
import type { SiteState } from '../site-state.ts';
import { type LaneTurn, lane, laneRecord, laneTurn, setLane, type Turn } from '../turn.ts';
import type { LaneId, RecordRef } from '../values.ts';
import { causeKey, type EmergencyCause, inputsOfCause } from './cause.ts';
import { lanesInReach, reachOf, routesInReach } from './reach.ts';

export type NewCause = Pick<EmergencyCause, 'key' | 'purpose' | 'by' | 'home'> & {
  readonly reach: Reach | undefined;
};

/** `ref`: the record that says what has happened, of its own lane where it has one. A cause that stands already is widened. */
export function beginCause(turn: Turn, begun: NewCause, ref: RecordRef): void {
  const { model, emergencies } = turn.site;
  const { home, ...about } = begun;
  const reach = reachOf(model, begun.reach, home);
  const lanes = lanesInReach(model, reach, home);
  const standing = emergencies.find(({ key }) => key === begun.key);
  const cause: EmergencyCause =
    standing === undefined
      ? { ...about, home, reach, lanes, since: turn.now, ref }
      : { ...standing, reach: wider(standing.reach, reach), lanes: merged(lanes, standing.lanes) };
  put(turn, cause);
  // Its own lane first: the boom nearest to whoever asks is on the wire before all others.
  const inOrder = home === null ? cause.lanes : merged([home], cause.lanes).filter((id) => cause.lanes.includes(id));
  for (const id of inOrder) holdLane(turn, cause, id, ref);
  // Whoever asks again sees a boom that is not open: its next turn may be half a minute off.
  if (standing !== undefined) for (const id of standing.lanes) repeatHold(turn, id);
}

function repeatHold(turn: Turn, id: LaneId): void {
  const model = turn.site.model.lanes.find((candidate) => candidate.id === id);
  if (model !== undefined) assertAgain(laneTurn(turn, model));
}

/** After a reload: a lane that is on the way now is opened as well; one that is not any more goes on being held. */
export function widenCauses(turn: Turn, applied: RecordRef): void {
  for (const standing of turn.site.emergencies) {
    const { model } = turn.site;
    const inputs = inputsOfCause(model, standing.key);
    const reaches = inputs.map(({ lane: { id }, input }) => ({ home: id, reach: reachOf(model, input.reach, id) }));
    const now = reaches.length === 0 ? [{ home: standing.home, reach: standing.reach }] : reaches;
    const reached = now.flatMap(({ home, reach }) => lanesInReach(model, reach, home));
    const lanes = merged(reached, standing.lanes);
    const reach = now.reduce((wide, one) => wider(wide, one.reach), standing.reach);
    const cause: EmergencyCause = { ...standing, reach, lanes };
    put(turn, cause);
    for (const id of lanes) holdLane(turn, cause, id, applied);
  }
}

/** Does this input's cause hold everything that the input reaches? */
export function isHeld(t: LaneTurn, input: InputModel): boolean {
  const key = causeKey(input);
  const reached = lanesInReach(t.turn.site.model, input.reach, t.model.id);
  return (
    t.turn.site.emergencies.some((cause) => cause.key === key) &&
    reached.every((id) => t.turn.site.lanes[id]?.claims.some((claim) => claim.key === key) === true)
  );
}

/** Does a route that is open run against whoever goes this way over the lane? */
export function runsAgainst({ model, emergencies }: SiteState, id: LaneId, direction: 'in' | 'out'): boolean {
  return emergencies.some(({ reach }) =>
    routesInReach(model, reach).some((route) => route.lanes.includes(id) && route.direction !== direction),
  );
}

/** `soon`: asserted with the next timer, when the devices of a start can be told. */
export function holdLane(
  turn: Turn,
  { key, purpose, by, home, since }: EmergencyCause,
  id: LaneId,
  ref: RecordRef,
  when: 'now' | 'soon' = 'now',
): void {
  const model = turn.site.model.lanes.find((candidate) => candidate.id === id);
  if (model === undefined) return;
  const t = laneTurn(turn, model);
  if (lane(t).claims.some((claim) => claim.key === key)) return;
  const own = when === 'now' && id === home && since.mono === turn.now.mono;
  const cause = own ? ref : laneRecord(t, 'claim', { cause: ref, body: { key, purpose, via: by.via, from: home } });
  const claim = { key, purpose, by, since: turn.now.mono, expiresAt: null, cause };
  setLane(t, { claims: addClaim(lane(t).claims, claim) });
  if (when === 'now') assertHold(t);
  else assertSoon(t);
}

export function put(turn: Turn, cause: EmergencyCause): void {
  const { emergencies } = turn.site;
  const known = emergencies.some(({ key }) => key === cause.key);
  const next = known ? emergencies.map((one) => (one.key === cause.key ? cause : one)) : [...emergencies, cause];
  turn.site = { ...turn.site, emergencies: next };
}

/** Of a contact that several lanes share: each may have routes of its own, and all of them are open. */
function wider(one: Reach, other: Reach): Reach {
  if (one === 'site' || other === 'site') return 'site';
  if (one === 'lane' || other === 'lane') return one === 'lane' ? other : one;
  return [...new Set([...one, ...other])];
}

function merged(one: readonly LaneId[], other: readonly LaneId[]): readonly LaneId[] {
  return [...new Set([...one, ...other])];
}
