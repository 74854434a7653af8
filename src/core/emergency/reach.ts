/** How far a cause of emergency reaches: lanes and routes of the site as it is configured now (gate.md "Emergency and fire"). */
import type { Reach, RouteModel, SiteModel } from '../site-model.ts';
import type { LaneId } from '../values.ts';
import { othersOf } from '../interlock/portals.ts';

/** What was left out is filled in: the routes that the lane is on, else the lane. A reach of which nothing exists is such a one. */
export function reachOf(model: SiteModel, reach: Reach | undefined, home: LaneId | null): Reach {
  if (reach === 'site' || reach === 'lane') return reach;
  if (reach !== undefined && model.routes.some(({ id, lanes }) => reach.includes(id) && lanes.length > 0)) return reach;
  const own = model.routes.filter(({ lanes }) => home !== null && lanes.includes(home)).map(({ id }) => id);
  return own.length > 0 ? own : 'lane';
}

/** In the order of the way, each once; those that run. */
export function lanesInReach(model: SiteModel, reach: Reach | undefined, home: LaneId | null): readonly LaneId[] {
  const full = reachOf(model, reach, home);
  const named =
    full === 'site'
      ? model.lanes.map(({ id }) => id)
      : full === 'lane'
        ? home === null
          ? []
          : [home]
        : routesInReach(model, full).flatMap(({ lanes }) => lanes);
  // An interlock that let one of its portals open alone would stand in the way of whoever flees or helps.
  const both = named.flatMap((id) => [id, ...othersOf(model, id)]);
  return [...new Set([...named, ...both])].filter((id) => model.lanes.some((lane) => lane.id === id));
}

/** The routes that are open as a whole. */
export function routesInReach(model: SiteModel, reach: Reach): readonly RouteModel[] {
  if (reach === 'lane') return [];
  return reach === 'site' ? model.routes : model.routes.filter(({ id }) => reach.includes(id));
}
