/** Entry of the thread that does one long piece of work and ends: checks, backups, imports, verification. Never on the main loop. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { takeBackup } from './backup.ts';
import type { Chore, ChoreAnswer } from './chores.ts';
import type { Normalise } from './csv-columns.ts';
import { adoptList, findDamagedLists, rollBackList } from './list-adopt.ts';
import { compareLists, importCsv } from './list-csv.ts';
import { prepareStore } from './prepare-store.ts';
import { errorCode, errorText } from './sqlite.ts';
import { importUnwritten, writeUnwritten } from './unwritten.ts';
import { verifyJournal } from './verify.ts';

async function run(chore: Chore, progress: (fraction: number, rows: number) => void): Promise<unknown> {
  switch (chore.kind) {
    case 'prepare':
      return prepareStore(chore.options);
    case 'backup':
      return takeBackup(chore.dir, chore.atWall);
    case 'keepUnwritten':
      return writeUnwritten(chore.dir, chore.unwritten);
    case 'importUnwritten':
      return importUnwritten(chore.dir, chore.from, randomBytes, chore.atWall);
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

const port = parentPort;
if (port !== null) {
  const say = (answer: ChoreAnswer) => port.postMessage(answer);
  try {
    const result = await run(workerData as Chore, (fraction, rows) => say({ kind: 'progress', fraction, rows }));
    say({ kind: 'done', result });
  } catch (error) {
    say({ kind: 'failed', code: errorCode(error), why: errorText(error) });
  }
}
