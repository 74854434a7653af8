/** A person's order of an emergency: over one lane, a route or the site; released as every other cause is. */
import type { OrderedReach, Request } from '../io.ts';
import type { Reach, SiteModel } from '../site-model.ts';
import { laneRecord, laneTurn, record, type Turn } from '../turn.ts';
import type { LaneId } from '../values.ts';
import { beginCause } from './begin.ts';

type EmergencyRequest = Extract<Request, { kind: 'emergency' }>;

/** The same order given again is the same cause. */
export function orderKey(reach: OrderedReach): string {
  if (reach.kind === 'site') return 'order:site';
  return reach.kind === 'lane' ? `order:lane:${reach.lane}` : `order:route:${reach.route}`;
}

/** What the order names and the site does not have; null where it can be carried out. */
export function whyNotOrdered(model: SiteModel, reach: OrderedReach): 'noSuchLane' | 'noSuchRoute' | null {
  if (reach.kind === 'lane') return model.lanes.some(({ id }) => id === reach.lane) ? null : 'noSuchLane';
  if (reach.kind === 'route') return model.routes.some(({ id }) => id === reach.route) ? null : 'noSuchRoute';
  return null;
}

export function orderEmergency(turn: Turn, { reach: ordered, by, reason }: EmergencyRequest): void {
  const { model } = turn.site;
  const why = whyNotOrdered(model, ordered);
  if (why !== null) {
    record(turn, 'requestRefused', { body: { why, kind: 'emergency', reach: { ...ordered }, via: by.via } });
    return;
  }
  const key = orderKey(ordered);
  const home: LaneId | null = ordered.kind === 'lane' ? ordered.lane : null;
  const reach: Reach = ordered.kind === 'route' ? [ordered.route] : ordered.kind;
  // Free text may name anybody.
  const about = {
    body: { key, purpose: 'emergency', via: by.via, reach: { ...ordered } },
    personal: { by: by.name, reason },
  };
  const lane = model.lanes.find(({ id }) => id === home);
  const ref = lane === undefined ? record(turn, 'claim', about) : laneRecord(laneTurn(turn, lane), 'claim', about);
  beginCause(turn, { key, purpose: 'emergency', by, home, reach }, ref);
}
