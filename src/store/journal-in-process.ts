/** The journal for simulation: the same queue, writer and SQLite, acknowledged later by the virtual clock, with a crash point on each side. */
import type { JournalEvents } from '../core/ports.ts';
import type { Anchor } from './anchors.ts';
import { DurableWriter } from './durable-writer.ts';
import type { RandomBytes } from './epoch.ts';
import type { HoldLimits } from './held-records.ts';
import { type Journal, JournalQueue } from './journal-queue.ts';
import type { Batch } from './journal-writer.ts';
import type { StoreClock } from './store-clock.ts';

export interface InProcessJournalOptions {
  readonly dir: string;
  readonly gateway: string;
  readonly boot: string;
  readonly clock: StoreClock;
  /** Seeded, so that one seed gives one chain. */
  readonly random: RandomBytes;
  readonly limits?: HoldLimits | undefined;
  /** Milliseconds from a batch's sending to its commit, and from its commit to the answer. */
  readonly delaysMs?: (() => { readonly commit: number; readonly answer: number }) | undefined;
  /** The disk's refusal for this commit, as an SQLite code; null = it works. */
  readonly refuses?: (() => string | null) | undefined;
  /** True = the power fails here: nothing more is committed or answered, and what was committed stays. */
  readonly crashes?: ((point: 'beforeCommit' | 'afterCommit') => boolean) | undefined;
}

export interface InProcessJournal extends Journal {
  /** Appends to `anchors.jsonl`. */
  anchor(): Anchor;
  /** Ends as a power cut does: no flush, no anchor. */
  cutPower(): void;
}

/** `dir` must have been through `prepareStore`. */
export function openJournalInProcess(options: InProcessJournalOptions, events: JournalEvents): InProcessJournal {
  const { clock } = options;
  const mono = () => clock.mono();
  const wall = () => clock.wall();
  const writer = new DurableWriter({ ...options, mono, wall, ballastBytes: 0 }, () => {});
  let dead = false;
  const crash = (point: 'beforeCommit' | 'afterCommit'): boolean => {
    if (!dead && options.crashes?.(point) === true) cutPower();
    return dead;
  };
  const cutPower = () => {
    dead = true;
    queue.stop();
    writer.close();
  };
  const send = (batch: Batch) => {
    const delays = options.delaysMs?.() ?? { commit: 0.2, answer: 0.1 };
    clock.after('journal.commit', delays.commit, () => {
      if (dead || crash('beforeCommit')) return;
      const refusal = options.refuses?.() ?? null;
      const reply =
        refusal === null
          ? writer.commit(batch)
          : ({ kind: 'failed', id: batch.id, code: refusal, why: 'injected' } as const);
      if (crash('afterCommit')) return;
      clock.after('journal.answer', delays.answer, () => {
        if (!dead) queue.settle(reply);
      });
    });
  };
  const queue = new JournalQueue(options, events, { send });
  return {
    ready: Promise.resolve(),
    append: (records) => {
      if (!dead) queue.append(records);
    },
    run: (operation) => queue.run(operation),
    hasRoom: () => queue.hasRoom(),
    flush: (ms) => queue.flush(ms),
    status: () => queue.status(),
    inherit: (records) => queue.inherit(records),
    unwritten: () => queue.unwritten(),
    anchor: () => writer.anchor(),
    cutPower,
    close: async () => {
      if (dead) return;
      await queue.flush(60_000);
      writer.anchor();
      cutPower();
    },
  };
}
