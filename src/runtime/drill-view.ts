/** What the command line and the screens show of the drill that is under way. No names (I14). */
import { DRILL_ENDS_MS } from '../core/emergency/drill.ts';
import type { OrderedReach } from '../core/io.ts';
import type { SiteState } from '../core/site-state.ts';

export interface DrillView {
  readonly key: string;
  readonly reach: OrderedReach;
  readonly sinceMs: number;
  /** It is over by then at the latest. */
  readonly endsInMs: number;
  readonly lanes: readonly {
    readonly lane: string;
    readonly opened: { readonly ms: number; readonly basis: 'measured' | 'presumed' } | null;
    readonly failed: boolean;
  }[];
}

/** @param now monotonic ms. Null where none is under way. */
export function drillView({ drill }: SiteState, now: number): DrillView | null {
  if (drill === null) return null;
  const { key, reach, since } = drill;
  const lanes = drill.lanes.map(({ id, opened, failed }) => ({ lane: id, opened, failed }));
  return {
    ...{ key, reach, lanes, sinceMs: Math.round(now - since) },
    endsInMs: Math.round(since + DRILL_ENDS_MS - now),
  };
}
