/** The store without threads, for simulation: chores are done in this process, later by the virtual clock; so are commits. */
import { workOf } from './chore-work.ts';
import type { RandomBytes } from './epoch.ts';
import { type InProcessJournal, type InProcessJournalOptions, openJournalInProcess } from './journal-in-process.ts';
import { errorCode, errorText, StoreError } from './sqlite.ts';
import type { StoreClock } from './store-clock.ts';
import type { StoreHost } from './store-host.ts';

export interface InProcessHostOptions
  extends Pick<InProcessJournalOptions, 'random' | 'delaysMs' | 'refuses' | 'crashes' | 'limits'> {
  readonly clock: StoreClock;
  readonly random: RandomBytes;
  /** How long a chore takes. */
  readonly choreMs: () => number;
  /** True = the power fails before (`beforeCommit`) or behind (`afterCommit`) what would be written. */
  readonly crashes: (point: 'beforeCommit' | 'afterCommit') => boolean;
}

export interface InProcessHost extends StoreHost {
  /** Ends as a power cut does: nothing more is done, written or told. */
  cutPower(): void;
}

export function hostInProcess(options: InProcessHostOptions): InProcessHost {
  const { clock, random, choreMs, crashes } = options;
  const journals = new Set<InProcessJournal>();
  let dead = false;
  return {
    runChore: (chore) =>
      new Promise((resolve, reject) => {
        clock.after(`store.${chore.kind}`, choreMs(), () => {
          if (dead || crashes('beforeCommit')) return;
          workOf(chore, random, () => {}).then(
            (result) => {
              if (!dead && !crashes('afterCommit')) resolve(result as never);
            },
            (error: unknown) => reject(new StoreError(errorCode(error), errorText(error))),
          );
        });
      }),
    openJournal: ({ dir, gateway, boot, limits }, events) => {
      const own = { dir, gateway, boot, clock, random, limits };
      const journal = openJournalInProcess({ ...options, ...own }, events);
      if (dead) journal.cutPower();
      journals.add(journal);
      return journal;
    },
    cutPower: () => {
      dead = true;
      for (const journal of journals) journal.cutPower();
    },
  };
}
