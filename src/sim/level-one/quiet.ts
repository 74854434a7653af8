/**
 * When nothing happens a gate is read ten times a second all the same. A poll that changed nothing but its own time would do so
 * again: such polls may be passed over, if the times are put down as if they had been taken.
 */
import type { LaneState, Reading } from '../../core/lane/state.ts';
import type { LaneModel, SiteModel } from '../../core/site-model.ts';
import type { SiteState } from '../../core/site-state.ts';

/** Numbers that are given away; no reading comes to anything else for them. */
const COUNTERS: readonly (keyof SiteState)[] = ['nextRef', 'nextCommand'];

/**
 * The lanes of which anything has changed but the times of their readings, and those that wait for what others do; null where
 * any reading of any lane may come to something now. Parts that were not touched are the same objects.
 */
export function changedLanes(before: SiteState, after: SiteState): readonly string[] | null {
  if (before === after) return [];
  for (const key in after) {
    const name = key as keyof SiteState;
    if (name !== 'lanes' && before[name] !== after[name] && !COUNTERS.includes(name)) return null;
  }
  const changed: string[] = [];
  for (const id in after.lanes) {
    const was = before.lanes[id];
    const lane = after.lanes[id] as LaneState;
    if (was === undefined) return null;
    if (was !== lane && !isSameLane(was, lane)) changed.push(id);
  }
  if (changed.length === 0) return [];
  if (after.model.interlocks.length > 0) return null;
  // The line watches only so many booms that close.
  for (const id in after.lanes) if (after.lanes[id]?.close !== null && !changed.includes(id)) changed.push(id);
  return changed;
}

/** Does a lane of this board guard a boom until a certain moment? The reading after that moment comes to something. */
export function isWatched({ model, lanes }: SiteState, device: string): boolean {
  for (const id in lanes) {
    const { unfinished = null, close = null } = lanes[id] ?? {};
    const isTimed = unfinished !== null && (unfinished.watchedUntil !== null || unfinished.until !== null);
    if ((isTimed || (close !== null && close.overtaken !== 'no')) && devicesOf(model, id).includes(device)) return true;
  }
  return false;
}

/** Has a car that is followed by this board been away from the boom for so long that the next reading may end its passage? */
export function isJudging({ model, lanes }: SiteState, device: string, at: number): boolean {
  for (const id in lanes) {
    const clearedAt = lanes[id]?.crossing?.clearedAt ?? null;
    if (clearedAt === null || !devicesOf(model, id).includes(device)) continue;
    const clearForMs = model.lanes.find((lane) => lane.id === id)?.timing.clearForMs ?? 0;
    if (at - clearedAt >= clearForMs) return true;
  }
  return false;
}

/** The boards that a lane is read from. */
export function devicesOf({ lanes }: SiteModel, id: string): readonly string[] {
  const model = lanes.find((lane) => lane.id === id);
  if (model === undefined) return [];
  const known = devices.get(model);
  if (known !== undefined) return known;
  const own = model.portal.kind === 'none' ? [] : [model.portal.device];
  const found = [...new Set([...own, ...model.inputs.map(({ device }) => device)])];
  devices.set(model, found);
  return found;
}

const devices = new WeakMap<LaneModel, readonly string[]>();

function isSameLane(was: LaneState, lane: LaneState): boolean {
  for (const name in lane) {
    const key = name as keyof LaneState;
    if (
      key !== 'inputs' &&
      was[key] !== lane[key] &&
      !(key === 'crossing' && isSameCrossing(was.crossing, lane.crossing))
    )
      return false;
  }
  for (const id in lane.inputs) {
    const reading = lane.inputs[id] as Reading;
    const before = was.inputs[id];
    if (before !== reading && (before === undefined || !isSameReading(before, reading))) return false;
  }
  return true;
}

/** A car that is being followed: looked at again, and nothing new. */
function isSameCrossing(was: LaneState['crossing'], crossing: LaneState['crossing']): boolean {
  if (was === null || crossing === null) return false;
  for (const key of Object.keys(crossing) as (keyof typeof crossing)[])
    if (key !== 'lookedAt' && was[key] !== crossing[key]) return false;
  return true;
}

function isSameReading(was: Reading, reading: Reading): boolean {
  return was.value === reading.value && was.since === reading.since && was.reads === reading.reads;
}

/** A board that was read again and again: the last time, and what its answers held. */
export interface ReadAgain {
  readonly at: number;
  /** Keys of inputs, `device.input`. */
  readonly held: ReadonlySet<string>;
}

/** What a board leaves out of its answers goes on ageing. */
export function carryOn(site: SiteState, last: ReadonlyMap<string, ReadAgain>): SiteState {
  let lanes: Record<string, LaneState> = site.lanes;
  for (const id in site.lanes) {
    const lane = site.lanes[id] as LaneState;
    const next = carryLane(lane, last);
    if (next === lane) continue;
    if (lanes === site.lanes) lanes = { ...site.lanes };
    lanes[id] = next;
  }
  return lanes === site.lanes ? site : { ...site, lanes };
}

function carryLane(lane: LaneState, last: ReadonlyMap<string, ReadAgain>): LaneState {
  let inputs: Record<string, Reading> | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  for (const key in lane.inputs) {
    const again = last.get(boardOf(key));
    if (again === undefined) continue;
    const { at, held } = again;
    const reading = lane.inputs[key] as Reading;
    lookedAt = Math.max(lookedAt, at);
    if (reading.reads === 0 || at <= reading.at || !held.has(key)) continue;
    inputs ??= { ...lane.inputs };
    inputs[key] = { ...reading, at };
  }
  const { crossing } = lane;
  const isLooked = crossing !== null && crossing.lookedAt < lookedAt;
  if (inputs === null && !isLooked) return lane;
  return {
    ...lane,
    ...(inputs === null ? {} : { inputs }),
    ...(isLooked ? { crossing: { ...crossing, lookedAt } } : {}),
  };
}

const boards = new Map<string, string>();

/** Of so few names as a site has, each is cut once. */
function boardOf(key: string): string {
  let board = boards.get(key);
  if (board === undefined) {
    board = key.slice(0, key.indexOf('.'));
    boards.set(key, board);
  }
  return board;
}
