/**
 * What of an emergency outlives the process: the causes that stand, and the doubt whether they are all. Runtime keeps it in two
 * places; where they cannot be read, or do not agree, nothing closes before a person has looked at the lane (I3).
 */
import { cancelClose } from '../lane/close-intent.ts';
import { relock } from '../lane/door.ts';
import type { LatchedCause } from '../io.ts';
import type { SiteModel } from '../site-model.ts';
import type { SiteState } from '../site-state.ts';
import { disarm, hasFault, type LaneTurn, laneTurn, raiseLane, record, setLane, type Turn } from '../turn.ts';
import type { LaneId } from '../values.ts';
import { holdLane, put } from './begin.ts';
import type { EmergencyCause } from './cause.ts';
import { lanesInReach } from './reach.ts';

export interface Latch {
  readonly causes: readonly LatchedCause[];
  /** Lanes on which nothing closes until a person says so; null where nothing is in doubt. */
  readonly doubt: { readonly why: string; readonly lanes: readonly LaneId[] } | null;
}

export const LATCH_FAULT = 'latchUnreadable';

export function latchOf({ emergencies, latchDoubt, faults }: SiteState): Latch {
  const lanes = Object.values(faults).flatMap(({ code, subject }) => (code === LATCH_FAULT ? [subject] : []));
  return {
    causes: emergencies.map(({ key, purpose, by, home, reach, lanes: held, since }) => ({
      ...{ key, purpose, via: by.via, home, reach, lanes: held, since: since.wall },
    })),
    doubt: latchDoubt === null ? null : { why: latchDoubt, lanes: lanes.sort() },
  };
}

/** What was kept stands again, beside whatever has begun since; it is asserted as soon as the devices have been started. */
export function recallCauses(turn: Turn, causes: readonly LatchedCause[]): void {
  for (const { via, since, ...kept } of causes) {
    const { model, emergencies } = turn.site;
    const standing = emergencies.find(({ key }) => key === kept.key);
    const lanes = [...new Set([...lanesInReach(model, kept.reach, kept.home), ...kept.lanes])];
    const ref = record(turn, 'emergencyRecalled', {
      body: { key: kept.key, purpose: kept.purpose, via, lanes, since, stands: standing !== undefined },
    });
    const cause: EmergencyCause =
      standing === undefined
        ? { ...kept, by: { via, name: null }, lanes, ref, since: { ...turn.now, wall: since } }
        : { ...standing, lanes: [...new Set([...standing.lanes, ...lanes])] };
    put(turn, cause);
    for (const id of cause.lanes) holdLane(turn, cause, id, ref, 'soon');
  }
}

/** `lanes`: those that were in doubt when it was kept; null = all of them. */
export function doubtLatch(turn: Turn, why: string, lanes: readonly LaneId[] | null): void {
  turn.site = { ...turn.site, latchDoubt: turn.site.latchDoubt ?? why };
  for (const model of turn.site.model.lanes) {
    if (lanes !== null && !lanes.includes(model.id)) continue;
    const t = laneTurn(turn, model);
    raiseLane(t, LATCH_FAULT, { why });
    cancelClose(t);
  }
}

/** A reload: a lane that comes while the latch is in doubt is in doubt as well. */
export function doubtNewLanes(turn: Turn, before: SiteModel): void {
  const why = turn.site.latchDoubt;
  if (why === null) return;
  const fresh = turn.site.model.lanes.filter(({ id }) => !before.lanes.some((was) => was.id === id));
  doubtLatch(
    turn,
    why,
    fresh.map(({ id }) => id),
  );
}

/** A person has looked at this lane. With the last of them the doubt is over. */
export function latchAcknowledged(t: LaneTurn): void {
  const { site } = t.turn;
  const inDoubt = site.model.lanes.some((model) => hasFault(laneTurn(t.turn, model), LATCH_FAULT));
  if (!inDoubt) t.turn.site = { ...site, latchDoubt: null };
  // A boom that stands open without a claim is looked at anew, as one found open; a door locks again.
  setLane(t, { unownedSince: null });
  disarm(t, 'foundOpen');
  relock(t);
}
