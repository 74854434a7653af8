/**
 * A drill: a present person has lanes opened, held and timed as an emergency would, and they come down again by themselves
 * (gate.md "Emergency and fire"). It latches nothing, refuses nobody, and yields to a real emergency without the boom moving.
 */
import type { Actor, OrderedReach, Request } from '../io.ts';
import { addClaim, dropClaim, modeOf } from '../lane/claims.ts';
import { afterClaims, assertHold } from '../lane/holding.ts';
import type { SiteModel } from '../site-model.ts';
import type { SiteState } from '../site-state.ts';
import { armSite, disarmSite, type LaneTurn, lane, laneRecord, laneTurn, record, setLane, type Turn } from '../turn.ts';
import type { JsonObject, LaneId } from '../values.ts';
import { OPEN_WITHIN_MS, opennessOf } from './clock.ts';
import type { Drill, DrillLane, DrillResult } from './drill-state.ts';
import { whyNotOrdered } from './order.ts';
import { lanesInReach } from './reach.ts';
import { ON_THE_SPOT } from './release.ts';

/** From the moment at which all its lanes are open; the YAML says otherwise. */
export const DRILL_HOLDS_MS = 30_000;
/** It is over by then, whatever opened. */
export const DRILL_ENDS_MS = 60_000;

type DrillRequest = Extract<Request, { kind: 'drill' }>;
export type NoDrill =
  | ('needsNamedPerson' | 'needsPersonOnTheSpot' | 'noSuchLane' | 'noSuchRoute')
  | ('emergencyStands' | 'latchInDoubt' | 'drillRunning' | 'journalBroken' | 'nothingToOpen');

/** Why it may not begin; null where it may. A real emergency, or the doubt of one, comes first. */
export function whyNoDrill(site: SiteState, { by, reach }: Pick<DrillRequest, 'by' | 'reach'>): NoDrill | null {
  if (by.name === null || by.name.trim() === '') return 'needsNamedPerson';
  if (!ON_THE_SPOT.includes(by.via)) return 'needsPersonOnTheSpot';
  const unknown = whyNotOrdered(site.model, reach);
  if (unknown !== null) return unknown;
  if (site.emergencies.length > 0) return 'emergencyStands';
  if (site.latchDoubt !== null) return 'latchInDoubt';
  if (site.drill !== null) return 'drillRunning';
  // Its records are all that it is for.
  if (site.journal === 'broken') return 'journalBroken';
  return lanesToDrill(site.model, reach).lanes.length === 0 ? 'nothingToOpen' : null;
}

/**
 * In the order of the way. A step input is left out: it is on no emergency route, and a pulse of the drill beside one of a real
 * emergency would turn the boom round.
 */
export function lanesToDrill(
  model: SiteModel,
  reach: OrderedReach,
): { readonly lanes: readonly LaneId[]; readonly leftOut: readonly LaneId[] } {
  const named = reach.kind === 'route' ? [reach.route] : reach.kind;
  const ids = lanesInReach(model, named, reach.kind === 'lane' ? reach.lane : null);
  const portals = ids.flatMap((id) => {
    const portal = model.lanes.find((one) => one.id === id)?.portal;
    return portal === undefined || portal.kind === 'none' ? [] : [{ id, step: isStep(portal) }];
  });
  return {
    lanes: portals.filter(({ step }) => !step).map(({ id }) => id),
    leftOut: portals.filter(({ step }) => step).map(({ id }) => id),
  };
}

const isStep = (portal: { readonly kind: string; readonly openInput?: string }): boolean =>
  portal.kind !== 'door' && portal.openInput === 'step';

export function startDrill(turn: Turn, request: DrillRequest): void {
  const { by, reach, note } = request;
  const { site } = turn;
  const personal = { by: by.name, note };
  const why = whyNoDrill(site, request);
  if (why !== null) {
    record(turn, 'drillRefused', { body: { why, reach: { ...reach }, via: by.via }, personal });
    return;
  }
  const { lanes: ids, leftOut } = lanesToDrill(site.model, reach);
  const key = `drill:${site.boot}.${site.nextRef}`;
  const holdMs = site.model.drills?.holdOpenMs ?? DRILL_HOLDS_MS;
  const ref = record(turn, 'drillStarted', {
    body: { key, reach: { ...reach }, via: by.via, lanes: ids, leftOut, holdMs, withinMs: OPEN_WITHIN_MS },
    personal,
  });
  const lanes = ids.map((id): DrillLane => {
    const state = site.lanes[id];
    const openness = state === undefined ? 'no' : opennessOf(state);
    return { id, stoodOpen: openness === 'measured' || openness === 'presumed', opened: null, failed: false };
  });
  const since = turn.now.mono;
  turn.site = { ...turn.site, drill: { key, reach, by, ref, since, holdMs, lanes, cut: false } };
  armSite(turn, 'drillNotOpen', since + OPEN_WITHIN_MS);
  armSite(turn, 'drillEnd', since + DRILL_ENDS_MS);
  for (const model of site.model.lanes) {
    if (!ids.includes(model.id)) continue;
    const t = laneTurn(turn, model);
    const cause = laneRecord(t, 'claim', { cause: ref, body: { key, purpose: 'drill', via: by.via } });
    setLane(t, {
      claims: addClaim(lane(t).claims, { key, purpose: 'drill', by, since, expiresAt: null, cause }),
    });
    assertHold(t);
  }
}

/** At the end of every turn of a lane: opened, or lost again while it should be held. */
export function timeDrill(t: LaneTurn): void {
  const { drill } = t.turn.site;
  const own = drill?.lanes.find(({ id }) => id === t.model.id);
  if (drill === null || own === undefined) return;
  const openness = opennessOf(lane(t));
  if (own.opened === null) {
    if (openness === 'measured' || openness === 'presumed') noteOpened(t, drill, own, openness);
  } else if (openness === 'no' && !own.failed) noteFailed(t, drill, 'notHeld');
}

function noteOpened(t: LaneTurn, drill: Drill, own: DrillLane, basis: 'measured' | 'presumed'): void {
  const { key, ref, since, holdMs } = drill;
  const ms = Math.round(t.now.mono - since);
  const { stoodOpen } = own;
  laneRecord(t, 'drillLaneOpened', {
    cause: ref,
    body: { key, ms, basis, withinMs: OPEN_WITHIN_MS, inTime: ms <= OPEN_WITHIN_MS, stoodOpen },
  });
  const lanes = setOwn(t, { opened: { ms, basis } });
  if (lanes.every(({ opened }) => opened !== null))
    armSite(t.turn, 'drillEnd', Math.min(t.now.mono + holdMs, since + DRILL_ENDS_MS));
}

function noteFailed(t: LaneTurn, { key, ref, since }: Drill, why: 'notOpen' | 'notHeld'): void {
  const { claims, barrier, door } = lane(t);
  laneRecord(t, 'drillLaneNotOpen', {
    cause: ref,
    body: {
      ...{ key, why, afterMs: Math.round(t.now.mono - since) },
      ...{ position: barrier?.position ?? door?.lock ?? null, mode: modeOf(claims) },
    },
  });
  setOwn(t, { failed: true });
}

function setOwn(t: LaneTurn, change: Partial<DrillLane>): readonly DrillLane[] {
  const { drill } = t.turn.site;
  if (drill === null) return [];
  const lanes = drill.lanes.map((one) => (one.id === t.model.id ? { ...one, ...change } : one));
  t.turn.site = { ...t.turn.site, drill: { ...drill, lanes } };
  return lanes;
}

/** Its two timers; false for every other. */
export function drillDue(turn: Turn, timer: string): boolean {
  if (timer === 'site.drillEnd') endDrill(turn, null);
  else if (timer === 'site.drillNotOpen') notOpenDue(turn);
  else return false;
  return true;
}

function notOpenDue(turn: Turn): void {
  const { drill, model } = turn.site;
  if (drill === null) return;
  for (const one of model.lanes) {
    const own = drill.lanes.find(({ id }) => id === one.id);
    if (own?.opened === null) noteFailed(laneTurn(turn, one), drill, 'notOpen');
  }
}

/**
 * Each lane goes on as its other claims want it, else it closes by its own rules, announced and under I2. A lane that an emergency
 * holds is let go of by nobody.
 */
export function endDrill(
  turn: Turn,
  why: 'emergency' | 'released' | 'guardClosed' | null,
  by: Actor | null = null,
): void {
  const { drill } = turn.site;
  if (drill === null) return;
  turn.site = { ...turn.site, drill: null };
  disarmSite(turn, 'drillNotOpen');
  disarmSite(turn, 'drillEnd');
  const ended = record(turn, 'drillEnded', {
    cause: drill.ref,
    body: { ...bodyOf(drill, why), ms: Math.round(turn.now.mono - drill.since), via: by?.via ?? null },
    personal: by === null || by.name === null ? undefined : { by: by.name },
  });
  for (const model of turn.site.model.lanes) {
    const t = laneTurn(turn, model);
    if (!lane(t).claims.some(({ key }) => key === drill.key)) continue;
    setLane(t, { claims: dropClaim(lane(t).claims, drill.key) });
    const ref = laneRecord(t, 'claimEnded', {
      cause: ended,
      body: { key: drill.key, purpose: 'drill', via: by?.via ?? 'gateway' },
    });
    if (modeOf(lane(t).claims) !== 'emergency') afterClaims(t, ref);
  }
}

function bodyOf({ key, reach, lanes, cut }: Drill, why: string | null): JsonObject {
  const ids = (which: (one: DrillLane) => boolean) => lanes.filter(which).map(({ id }) => id);
  const failed = ids((one) => one.failed);
  const unopened = ids((one) => one.opened === null);
  const presumed = ids((one) => one.opened?.basis === 'presumed');
  const stoodOpen = ids((one) => one.stoodOpen);
  const unproved = presumed.length + stoodOpen.length > 0;
  // A lane that was not open in time has failed, whatever came after it.
  const ended = why !== null || cut || unopened.length > 0 ? 'interrupted' : unproved ? 'presumed' : 'passed';
  const result: DrillResult = failed.length > 0 ? 'failed' : ended;
  const cause = why ?? (cut ? 'laneGone' : null);
  return { key, reach: { ...reach }, result, why: cause, lanes: ids(() => true), failed, presumed, stoodOpen };
}

/** After a restart: the drill that was under way ended with the process. What it held up is found, and closed under I2. */
export function cutOffDrill(turn: Turn, started: JsonObject): void {
  const { key = null, reach = null, lanes = [] } = started;
  record(turn, 'drillEnded', { body: { key, reach, result: 'interrupted', why: 'restarted', lanes } });
}

/** After a reload, which moves no boom (I17): the drill goes on over what is left, and proves nothing any more. */
export function loseDrilledLanes(turn: Turn): void {
  const { drill, model } = turn.site;
  if (drill === null) return;
  const lanes = drill.lanes.filter(({ id }) => model.lanes.some((one) => one.id === id));
  if (lanes.length < drill.lanes.length) turn.site = { ...turn.site, drill: { ...drill, lanes, cut: true } };
}

/** Whoever times it by hand may not say more than the drill itself would. */
export function isTooLate({ result, ms }: Pick<Extract<Request, { kind: 'recordDrill' }>, 'result' | 'ms'>): boolean {
  return result === 'passed' && ms > OPEN_WITHIN_MS;
}

export function recordDrill(t: LaneTurn, request: Extract<Request, { kind: 'recordDrill' }>): void {
  const { by, ms, result, note } = request;
  if (isTooLate(request)) {
    const reach = { kind: 'lane', lane: t.model.id };
    laneRecord(t, 'drillRefused', {
      body: { why: 'laterThanPassed', reach, via: by.via },
      personal: { by: by.name, note },
    });
    return;
  }
  laneRecord(t, 'drillRecorded', {
    body: { case: request.case, ms, withinMs: OPEN_WITHIN_MS, inTime: ms <= OPEN_WITHIN_MS, result, via: by.via },
    personal: { by: by.name, note },
  });
}
