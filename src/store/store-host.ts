/** Where the store's long work and its writer run: in threads of their own, or, simulated, in the one process that there is. */
import { type Chore, type ChoreResults, runChore } from './chores.ts';
import { type JournalOptions, openJournal, type StoreEvents } from './journal.ts';
import type { Journal } from './journal-queue.ts';

export interface StoreHost {
  /** As `runChore`. */
  runChore<K extends Chore['kind']>(chore: Extract<Chore, { kind: K }>): Promise<ChoreResults[K]>;
  /** As `openJournal`. */
  openJournal(options: JournalOptions, events: StoreEvents): Journal;
}

export const threadHost: StoreHost = { runChore: (chore) => runChore(chore), openJournal };
