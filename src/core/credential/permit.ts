/** What one row of the list says about here and now, each point on its own; `decide` weighs them. */
import type { CivilTime } from '../calendar/civil.ts';
import { type WindowAnswer, windowsOpen } from '../calendar/windows.ts';
import type { ListRow } from '../decide/facts.ts';
import type { Calendar, LaneModel } from '../site-model.ts';
import type { Direction, Wall } from '../values.ts';

/** Valid from `validFrom` (included) to `validTo` (excluded). */
export function periodOf(row: ListRow, wall: Wall): 'unbounded' | 'within' | 'notYet' | 'ended' {
  if (row.validFrom === null && row.validTo === null) return 'unbounded';
  if (row.validTo !== null && wall >= row.validTo) return 'ended';
  if (row.validFrom !== null && wall < row.validFrom) return 'notYet';
  return 'within';
}

/** A row names lanes or lane groups; none named = every lane, no direction named = both. */
export function servesLane(row: ListRow, lane: LaneModel, direction: Direction): boolean {
  const here = row.lanes.length === 0 || row.lanes.some((name) => name === lane.id || lane.groups.includes(name));
  return here && (row.directions.length === 0 || row.directions.includes(direction));
}

/** Null for a row that is not bound to windows. */
export function rowWindows(row: ListRow, calendar: Calendar, time: CivilTime | null): WindowAnswer | null {
  return row.windows.length === 0 ? null : windowsOpen(row.windows, calendar, time);
}

export function isTimeBound(row: ListRow): boolean {
  return row.validFrom !== null || row.validTo !== null || row.windows.length > 0;
}

const visitorCategories: ReadonlySet<string> = new Set(['visitor', 'courier', 'delivery', 'temporary']);

/** Someone let in for a while: counted uses, or a category that says so. Everyone else holds a standing permit. */
export function isVisitor(row: ListRow): boolean {
  return row.usesLeft !== null || visitorCategories.has(row.category);
}

/** Uses left after the grants in flight, which committed facts do not show yet; each id in `spentRows` is one use. */
export function usesAfter(row: ListRow, spentRows: readonly string[]): number | null {
  if (row.usesLeft === null) return null;
  return row.usesLeft - spentRows.filter((id) => id === row.id).length;
}
