/** Long work, each piece in a thread of its own that ends with it. */
import { Worker } from 'node:worker_threads';
import type { Backup } from './backup.ts';
import type { AdoptOptions, ListVersion } from './list-adopt.ts';
import type { ImportOptions, ImportResult, ListDifference } from './list-csv.ts';
import type { BuiltList } from './list-file.ts';
import type { Prepared, PrepareOptions } from './prepare-store.ts';
import { StoreError } from './sqlite.ts';
import type { Survey } from './survey.ts';
import type { Imported, Unwritten } from './unwritten.ts';
import type { VerifyReport } from './verify.ts';

export type Chore =
  | { readonly kind: 'survey'; readonly dir: string }
  | { readonly kind: 'prepare'; readonly options: Omit<PrepareOptions, 'random'> }
  | { readonly kind: 'backup'; readonly dir: string; readonly atWall: number }
  | { readonly kind: 'keepUnwritten'; readonly dir: string; readonly unwritten: Unwritten }
  | {
      readonly kind: 'importUnwritten';
      readonly dir: string;
      readonly from: readonly string[];
      readonly atWall: number;
    }
  | { readonly kind: 'checkLists'; readonly dir: string }
  | { readonly kind: 'verify'; readonly dir: string }
  | {
      readonly kind: 'importCsv';
      readonly options: Omit<ImportOptions, 'normalise' | 'progress'>;
      /** `file:` address of a module that exports `normalise: Normalise`. */
      readonly normaliseModule: string;
    }
  /** Paths of list files; see `compareLists`. */
  | { readonly kind: 'compare'; readonly current: string | null; readonly next: string }
  | { readonly kind: 'adopt'; readonly dir: string; readonly list: BuiltList; readonly options: AdoptOptions }
  | { readonly kind: 'rollBack'; readonly dir: string; readonly version: string; readonly atWall: number };

export interface ChoreResults {
  readonly survey: Survey;
  readonly prepare: Prepared;
  readonly backup: Backup;
  /** Path of the file. */
  readonly keepUnwritten: string;
  readonly importUnwritten: Imported;
  readonly checkLists: readonly string[];
  readonly verify: VerifyReport;
  readonly importCsv: ImportResult;
  readonly compare: ListDifference;
  readonly adopt: ListVersion;
  readonly rollBack: ListVersion;
}

export type ChoreAnswer =
  | { readonly kind: 'progress'; readonly fraction: number; readonly rows: number }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly code: string; readonly why: string };

/** Resolves with the chore's result; rejects with `StoreError` carrying the original code, `choreLost` when the thread died. */
export function runChore<K extends Chore['kind']>(
  chore: Extract<Chore, { kind: K }>,
  progress: (fraction: number, rows: number) => void = () => {},
): Promise<ChoreResults[K]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./chores-thread.ts', import.meta.url), {
      name: `store-${chore.kind}`,
      workerData: chore,
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    worker.on('message', (answer: ChoreAnswer) => {
      if (answer.kind === 'progress') progress(answer.fraction, answer.rows);
      else if (answer.kind === 'done') resolve(answer.result as ChoreResults[K]);
      else reject(new StoreError(answer.code, answer.why));
    });
    worker.on('error', (error) => reject(new StoreError('choreLost', String(error))));
    worker.on('exit', (code) => reject(new StoreError('choreLost', `thread ended with ${code}`)));
  });
}
