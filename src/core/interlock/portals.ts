/** Whether the portals of an interlock are closed, as measured, and which of them keeps another from opening (gate.md "Interlock"). */
import { modeOf } from '../lane/claims.ts';
import { roleLevel } from '../lane/inputs.ts';
import type { LaneState } from '../lane/state.ts';
import type { LaneModel, SiteModel } from '../site-model.ts';
import type { SiteState } from '../site-state.ts';
import type { LaneTurn } from '../turn.ts';
import type { Direction, LaneId, Mono } from '../values.ts';

/** closed: measured, with nothing on its way that would open it · unknown: nobody knows, presumed closed among it. */
export type PortalStanding = 'closed' | 'open' | 'unknown';

/** The other portals of every interlock that this lane is in. */
export function othersOf({ interlocks }: Pick<SiteModel, 'interlocks'>, id: LaneId): readonly LaneId[] {
  const own = interlocks.filter(({ lanes }) => lanes.includes(id));
  return [...new Set(own.flatMap(({ lanes }) => lanes))].filter((other) => other !== id);
}

export function standingOf(site: SiteState, id: LaneId, now: Mono): PortalStanding {
  const state = site.lanes[id];
  const model = site.model.lanes.find((lane) => lane.id === id);
  if (state === undefined || model === undefined) return 'unknown';
  return isOpening(state) ? 'open' : measuredStanding(state, model, now);
}

function isOpening({ grants, pending, claims }: LaneState): boolean {
  if (modeOf(claims) === 'emergency' || grants.some(({ opening }) => opening !== 'waiting')) return true;
  return pending.some(
    ({ command: { action } }) => action === 'pulseOpen' || action === 'holdOn' || action === 'unlock',
  );
}

function measuredStanding(state: LaneState, model: LaneModel, now: Mono): PortalStanding {
  const { barrier, door } = state;
  if (door !== null) {
    if (door.contact === 'open' || door.lock === 'released') return 'open';
    // What no order has moved since the start is not known to be locked, and stands closed by its contact all the same.
    return door.contact;
  }
  if (barrier === null || barrier.position === 'unknown') return 'unknown';
  const up = barrier.position === 'open' || barrier.position === 'opening' || barrier.hold !== 'off';
  if (up || (barrier.basis === 'measured' && barrier.position !== 'closed')) return 'open';
  // As it is read now: a boom that is being driven up, or whose limits contradict each other, is not closed any more.
  const measured =
    barrier.position === 'closed' &&
    barrier.basis === 'measured' &&
    roleLevel(state, model, 'closedLimit', now) === 'active' &&
    roleLevel(state, model, 'openLimit', now) !== 'active';
  return measured ? 'closed' : 'unknown';
}

export interface Hindrance {
  readonly standing: Exclude<PortalStanding, 'closed'>;
  readonly lanes: readonly LaneId[];
}

/** What keeps this lane's portal from opening for a credential or a hold; null where it is in no interlock, or all others are closed. */
export function hindranceIn(site: SiteState, id: LaneId, now: Mono): Hindrance | null {
  const others = othersOf(site.model, id).map((lane) => ({ lane, standing: standingOf(site, lane, now) }));
  for (const standing of ['open', 'unknown'] as const) {
    const lanes = others.filter((other) => other.standing === standing).map(({ lane }) => lane);
    if (lanes.length > 0) return { standing, lanes };
  }
  return null;
}

export function hindranceOf(t: LaneTurn): Hindrance | null {
  return hindranceIn(t.turn.site, t.model.id, t.now.mono);
}

/** What keeps a credential of this direction waiting: nothing holds back the way out in an emergency, wherever that stands (I16). */
export function hindranceFor(t: LaneTurn, direction: Direction): Hindrance | null {
  const { emergencies, lanes } = t.turn.site;
  const fleeing = direction === 'out' && emergencies.length > 0;
  return fleeing || modeOf(lanes[t.model.id]?.claims ?? []) === 'emergency' ? null : hindranceOf(t);
}
