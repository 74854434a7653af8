/** What the command line and the screens show of an emergency: its causes, and how far each lane is. No names (I14). */
import type { EmergencyCause } from '../core/emergency/cause.ts';
import type { Reach } from '../core/site-model.ts';
import type { SiteState } from '../core/site-state.ts';

export interface EmergencyView {
  readonly key: string;
  readonly purpose: 'fire' | 'emergency';
  /** `contact`, `button`, `cli` … */
  readonly via: string;
  readonly sinceMs: number;
  readonly reach: Reach;
  readonly lanes: readonly EmergencyLaneView[];
}

export interface EmergencyLaneView {
  readonly lane: string;
  /** As of `LaneView`. */
  readonly position: string;
  readonly basis: string;
}

/** @param now monotonic ms. */
export function emergenciesView(site: SiteState, now: number): readonly EmergencyView[] {
  return site.emergencies.map((cause) => {
    const { key, purpose, by, since, reach } = cause;
    const lanes = cause.lanes.flatMap((id) => laneView(site, id));
    return { key, purpose, via: by.via, sinceMs: Math.round(now - since.mono), reach, lanes };
  });
}

function laneView(site: SiteState, id: EmergencyCause['lanes'][number]): readonly EmergencyLaneView[] {
  const state = site.lanes[id];
  if (state === undefined) return [];
  const { barrier, door } = state;
  const position = barrier?.position ?? door?.lock ?? 'none';
  const basis = barrier?.basis ?? (door === null ? 'none' : 'presumed');
  return [{ lane: id, position, basis }];
}
