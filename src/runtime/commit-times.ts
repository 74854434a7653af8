/**
 * When each decision became durable (design.md "Order of effects"). The journal cannot hold that in
 * the record itself, so a `committed` note follows, many decisions in one, never more often than once a second.
 */
import type { Clock } from '../contract/clock.ts';
import type { JournalRecord } from '../core/io.ts';
import type { JsonObject, RecordRef } from '../core/values.ts';

/** A note waits this long for further decisions: it costs a commit of its own. */
const NOTE_AFTER_MS = 1000;
/** Decisions whose commit is awaited or not yet noted; the oldest is forgotten, and `explain` then says that it was not timed (I15). */
const DECISIONS_MAX = 1024;
const NOTED_AT_ONCE_MAX = 64;

export interface CommitTimesOptions {
  readonly clock: Clock;
  /** Puts a note of this kind and body into the journal. */
  readonly note: (kind: 'committed', body: JsonObject) => void;
}

export class CommitTimes {
  readonly #options: CommitTimesOptions;
  /** Refs in order; null until durable. */
  readonly #decisions = new Map<RecordRef, number | null>();
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(options: CommitTimesOptions) {
    this.#options = options;
  }

  made(record: JournalRecord): void {
    if (record.kind !== 'decision') return;
    this.#decisions.set(record.ref, null);
    for (const ref of this.#decisions.keys()) {
      if (this.#decisions.size <= DECISIONS_MAX) break;
      this.#decisions.delete(ref);
    }
  }

  /** All up to `upTo` are durable since `atMono`. */
  acked(upTo: RecordRef, atMono: number): void {
    let some = false;
    for (const [ref, at] of this.#decisions) {
      if (ref > upTo) break;
      if (at !== null) continue;
      this.#decisions.set(ref, atMono);
      some = true;
    }
    const { clock } = this.#options;
    if (some && this.#cancel === null && !this.#stopped)
      this.#cancel = clock.after('journal.commitTimes', NOTE_AFTER_MS, () => this.#tell());
  }

  /** Notes what is known; nothing afterwards. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#tell();
  }

  #tell(): void {
    this.#cancel = null;
    const noted = [...this.#decisions].filter((entry): entry is [number, number] => entry[1] !== null);
    for (const [ref] of noted) this.#decisions.delete(ref);
    for (let from = 0; from < noted.length; from += NOTED_AT_ONCE_MAX) {
      const decisions = noted.slice(from, from + NOTED_AT_ONCE_MAX).map(([ref, atMono]) => ({ ref, atMono }));
      this.#options.note('committed', { decisions });
    }
  }
}
