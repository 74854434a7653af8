/** What the command line and the screens show of an emergency: its causes, and how far each lane is. No names (I14). */
import { nearestOpen, opennessOf } from '../core/emergency/clock.ts';
import type { DoorState } from '../core/lane/state.ts';
import type { Reach } from '../core/site-model.ts';
import type { SiteState } from '../core/site-state.ts';
import type { LaneId } from '../core/values.ts';

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
  /** From the cause to the boom's being open; null while it has not been. `presumed`: no limit has shown it. */
  readonly opened: { readonly ms: number; readonly basis: 'measured' | 'presumed' } | null;
  /** Of a lane that is not open: the nearest lane of the same cause that is; null where none is. */
  readonly alternative: string | null;
  /** `presumed`: no limit shows it open, and none that would is nearer. */
  readonly alternativeBasis: 'measured' | 'presumed' | null;
}

/** @param now monotonic ms. */
export function emergenciesView(site: SiteState, now: number): readonly EmergencyView[] {
  return site.emergencies.map((cause) => {
    const { key, purpose, by, since, reach } = cause;
    const lanes = cause.lanes.flatMap((id) => laneView(site, id, key));
    return { key, purpose, via: by.via, sinceMs: Math.round(now - since.mono), reach, lanes };
  });
}

function laneView(site: SiteState, id: LaneId, key: string): readonly EmergencyLaneView[] {
  const state = site.lanes[id];
  if (state === undefined) return [];
  const { barrier, door } = state;
  const position = barrier?.position ?? (door === null ? 'none' : lockOf(door));
  const basis = barrier?.basis ?? (door === null ? 'none' : 'presumed');
  const opened = state.claims.find((claim) => claim.key === key)?.opened ?? null;
  const nearest = opennessOf(state) === 'no' ? nearestOpen(site, id) : null;
  const alternative = { alternative: nearest?.id ?? null, alternativeBasis: nearest?.basis ?? null };
  return [{ lane: id, position, basis, opened, ...alternative }];
}

/** A pulsed strike has bolted again; only the door's own contact says that it is open. */
function lockOf({ lock, contact, staysReleased }: DoorState): string {
  return lock === 'released' && !staysReleased && contact !== 'open' ? 'locked' : lock;
}
