/** What a start needs to know of the disk before it knows its configuration: most of the waiting, done while that is read. */
import { findDamagedLists } from './list-adopt.ts';
import { isPrepared } from './prepare-store.ts';

export interface Survey {
  /** There is nothing to prepare: the database is sound and of this program. */
  readonly isPrepared: boolean;
  /** As `findDamagedLists`. */
  readonly damagedLists: readonly string[];
}

/** Never throws; reads whole files, so in a thread. */
export function survey(dir: string): Survey {
  if (!isPrepared(dir)) return { isPrepared: false, damagedLists: [] };
  try {
    return { isPrepared: true, damagedLists: findDamagedLists(dir) };
  } catch {
    return { isPrepared: false, damagedLists: [] };
  }
}
