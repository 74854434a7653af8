/**
 * When nothing happens a gate is read ten times a second all the same. A poll that changed nothing but its own time would do so
 * again: such polls may be passed over, if the times are put down as if they had been taken.
 */
import type { LaneState, Reading } from '../../core/lane/state.ts';
import type { SiteState } from '../../core/site-state.ts';

/** Did a poll without effects change anything but the times of its readings? Parts that were not touched are the same objects. */
export function isQuiet(before: SiteState, after: SiteState): boolean {
  for (const key of Object.keys(after) as (keyof SiteState)[])
    if (key !== 'lanes' && before[key] !== after[key]) return false;
  for (const [id, lane] of Object.entries(after.lanes)) {
    const was = before.lanes[id];
    if (was === undefined || (was !== lane && !isSameLane(was, lane))) return false;
  }
  return true;
}

function isSameLane(was: LaneState, lane: LaneState): boolean {
  for (const key of Object.keys(lane) as (keyof LaneState)[])
    if (key !== 'inputs' && was[key] !== lane[key]) return false;
  for (const [id, reading] of Object.entries(lane.inputs)) {
    const before = was.inputs[id];
    if (before !== reading && (before === undefined || !isSameReading(before, reading))) return false;
  }
  return true;
}

function isSameReading(was: Reading, reading: Reading): boolean {
  return was.value === reading.value && was.since === reading.since && was.reads === reading.reads;
}

/** `last`: by device, when it was read last, in the world's time. */
export function carryOn(site: SiteState, last: ReadonlyMap<string, number>, bootAt: number): SiteState {
  const lanes = Object.fromEntries(
    Object.entries(site.lanes).map(([id, lane]): [string, LaneState] => [id, carryLane(lane, last, bootAt)]),
  );
  return { ...site, lanes };
}

/** What a board leaves out of its answers goes on ageing: only what its newest answer held is carried on. */
function carryLane(lane: LaneState, last: ReadonlyMap<string, number>, bootAt: number): LaneState {
  const newest = new Map<string, number>();
  for (const [key, { at }] of Object.entries(lane.inputs))
    newest.set(boardOf(key), Math.max(at, newest.get(boardOf(key)) ?? at));
  const inputs = Object.fromEntries(
    Object.entries(lane.inputs).map(([key, reading]): [string, Reading] => {
      const at = last.get(boardOf(key));
      const isRead = at !== undefined && reading.reads > 0 && reading.at === newest.get(boardOf(key));
      return [key, isRead ? { ...reading, at: Math.max(reading.at, at - bootAt) } : reading];
    }),
  );
  return { ...lane, inputs };
}

function boardOf(key: string): string {
  return key.slice(0, key.indexOf('.'));
}
