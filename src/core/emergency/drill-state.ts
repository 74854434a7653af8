/** A drill under way, as the site remembers it. */
import type { Actor, OrderedReach } from '../io.ts';
import type { LaneId, Mono, RecordRef } from '../values.ts';

/** `presumed`: all of it opened as far as can be told, and not all of it was measured opening; that proves nothing. */
export type DrillResult = 'passed' | 'failed' | 'presumed' | 'interrupted';

export interface Drill {
  /** Key of its claims and name in its records; unique over restarts. */
  readonly key: string;
  readonly reach: OrderedReach;
  readonly by: Actor;
  readonly ref: RecordRef;
  readonly since: Mono;
  readonly holdMs: number;
  readonly lanes: readonly DrillLane[];
  /** A reload has taken a lane away meanwhile. */
  readonly cut: boolean;
}

export interface DrillLane {
  readonly id: LaneId;
  /** It was open when the drill began, so that no opening was timed. */
  readonly stoodOpen: boolean;
  readonly opened: { readonly ms: number; readonly basis: 'measured' | 'presumed' } | null;
  /** Not open in time, or not held. */
  readonly failed: boolean;
}
