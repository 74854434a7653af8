/** What `npm run sim:wide` has summed over its runs; a small file, so that it goes on where it was stopped. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Played } from './level-one.ts';
import { addMarks } from './marks.ts';

export interface Tally {
  readonly version: 1;
  readonly nextSeed: number;
  /** Handed out and not played to the end when it was stopped: played first when it goes on. */
  readonly owed: readonly number[];
  readonly seeds: number;
  readonly laneHours: number;
  readonly siteHours: number;
  readonly seconds: number;
  readonly inputs: number;
  readonly records: number;
  readonly marks: Readonly<Record<string, number>>;
  readonly broken: readonly { readonly seed: number; readonly hours: number; readonly says: string }[];
}

const BROKEN_KEPT = 200;

export function beginTally(from: number): Tally {
  const sums = { seeds: 0, laneHours: 0, siteHours: 0, seconds: 0, inputs: 0, records: 0 };
  return { version: 1, nextSeed: from, owed: [], ...sums, marks: {}, broken: [] };
}

/** Null where the file is no tally of this version. */
export function readTally(path: string, from: number): Tally | null {
  if (!existsSync(path)) return beginTally(from);
  try {
    const read = JSON.parse(readFileSync(path, 'utf8')) as Partial<Tally>;
    const isTally = read.version === 1 && typeof read.nextSeed === 'number' && Array.isArray(read.broken);
    return isTally ? { ...beginTally(from), ...read } : null;
  } catch {
    return null;
  }
}

/** Gives out the next seed; it is owed until it is settled. */
export function handOut(tally: Tally, waiting: readonly number[]): readonly [number, Tally] {
  const again = tally.owed.find((seed) => !waiting.includes(seed));
  if (again !== undefined) return [again, tally];
  const seed = tally.nextSeed;
  return [seed, { ...tally, nextSeed: seed + 1, owed: [...tally.owed, seed] }];
}

export function addFailed(tally: Tally, seed: number, hours: number, says: string): Tally {
  const broken = [...tally.broken, { seed, hours, says }].slice(-BROKEN_KEPT);
  return { ...tally, owed: tally.owed.filter((one) => one !== seed), broken };
}

export function addPlayed(tally: Tally, played: Played): Tally {
  const { seed, hours, broken } = played;
  return {
    ...tally,
    owed: tally.owed.filter((one) => one !== seed),
    seeds: tally.seeds + 1,
    laneHours: tally.laneHours + played.laneHours,
    siteHours: tally.siteHours + played.siteHours,
    inputs: tally.inputs + played.inputs,
    records: tally.records + played.records,
    marks: addMarks(tally.marks, played.marks),
    broken: broken === null ? tally.broken : [...tally.broken, { seed, hours, says: broken.says }].slice(-BROKEN_KEPT),
  };
}

/** Whole or not at all: it may be stopped at any moment. */
export function writeTally(path: string, tally: Tally): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(tally)}\n`);
  renameSync(`${path}.new`, path);
}
