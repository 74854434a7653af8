/** What each chore does, in whatever thread it is called. Synchronous and possibly slow, but for the loading of a module. */
import { takeBackup } from './backup.ts';
import type { Chore } from './chores.ts';
import type { Normalise } from './csv-columns.ts';
import type { RandomBytes } from './epoch.ts';
import { adoptList, findDamagedLists, rollBackList } from './list-adopt.ts';
import { compareLists, importCsv } from './list-csv.ts';
import { prepareStore } from './prepare-store.ts';
import { survey } from './survey.ts';
import { importUnwritten, writeUnwritten } from './unwritten.ts';
import { verifyJournal } from './verify.ts';

/** Throws, or rejects with, what the disk says. `random`: of epochs and salts. */
export async function workOf(
  chore: Chore,
  random: RandomBytes,
  progress: (fraction: number, rows: number) => void,
): Promise<unknown> {
  switch (chore.kind) {
    case 'survey':
      return survey(chore.dir);
    case 'prepare':
      return prepareStore({ ...chore.options, random });
    case 'backup':
      return takeBackup(chore.dir, chore.atWall);
    case 'keepUnwritten':
      return writeUnwritten(chore.dir, chore.unwritten);
    case 'importUnwritten':
      return importUnwritten(chore.dir, chore.from, random, chore.atWall);
    case 'checkLists':
      return findDamagedLists(chore.dir);
    case 'verify':
      return verifyJournal(chore.dir);
    case 'importCsv': {
      // Functions cannot cross to a thread, so core's rules come as the address of a module that exports them.
      const module = (await import(chore.normaliseModule)) as { normalise: Normalise };
      return importCsv({ ...chore.options, normalise: module.normalise, progress });
    }
    case 'compare':
      return compareLists(chore.current, chore.next);
    case 'adopt':
      return adoptList(chore.dir, chore.list, chore.options);
    case 'rollBack':
      return rollBackList(chore.dir, chore.version, chore.atWall);
  }
}
