/**
 * The journal's main-thread half: keeps order, lets commits gather while one is in flight, notices a slow or broken disk,
 * and holds everything until it mends (design.md "Order of effects", I1, I6).
 */
import type { JournalRecord } from '../core/io.ts';
import type { JournalEvents, JournalPort } from '../core/ports.ts';
import { type EncodedRecord, encodeRecord, ownRecord } from './encode-record.ts';
import { defaultHoldLimits, HeldRecords, type HoldLimits } from './held-records.ts';
import type { Batch } from './journal-writer.ts';
import type { StoreOperation } from './operations.ts';
import { StoreError } from './sqlite.ts';
import type { StoreClock } from './store-clock.ts';
import { OPERATIONS_MAX, WaitingOperations } from './waiting-operations.ts';

export type WriterReply =
  | { readonly kind: 'committed'; readonly id: number; readonly seq: number; readonly atMono: number }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string; readonly why: string };

/** Takes a batch to a writer, which answers each exactly once through `JournalQueue.settle`. */
export interface WriterLink {
  send(batch: Batch): void;
}

export interface QueueOptions {
  readonly clock: StoreClock;
  readonly limits?: HoldLimits | undefined;
}

export interface QueueEvents extends JournalEvents {
  /** A limit was reached: reads are refused and detail is folded (`records`), or a small write was refused (`operations`). */
  overfull?(limit: 'records' | 'operations', most: number): void;
}

export interface JournalStatus {
  /** Records. */
  readonly waiting: number;
  readonly broken: string | null;
  readonly lastSeq: number | null;
  /** Half of each limit or more is taken: not yet the moment to say that `overfull` is over. */
  readonly crowded: boolean;
}

export interface Journal extends JournalPort {
  /** The writer has tried its database. Records may be appended before; on a busy machine they might be called slow. */
  readonly ready: Promise<void>;
  /**
   * Resolves once it, or a later word on the same thing, is committed; never ahead of records appended before. Rejects with
   * `storeQueueFull` when 1,000 others wait.
   */
  run(operation: StoreOperation): Promise<void>;
  status(): JournalStatus;
  /** Takes over what a journal before this one could not write, before anything is appended; it is marked late. */
  inherit(records: readonly EncodedRecord[]): void;
  /** What is held, in order; after `close` that is what stays unwritten. */
  unwritten(): readonly EncodedRecord[];
}

/** I1: a record not acknowledged in this time counts as a broken journal. */
export const REFUSED_AFTER_MS = 300;
const BATCH_RECORDS = 512;
const BUSY_RETRY_MS = 20;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2000;

interface Outage {
  readonly why: string;
  readonly fromRef: number;
  readonly sinceMono: number;
}

export class JournalQueue {
  readonly #clock: StoreClock;
  readonly #events: QueueEvents;
  readonly #limits: HoldLimits;
  readonly #link: WriterLink;
  readonly #held: HeldRecords;
  readonly #operations = new WaitingOperations();
  #idle: (() => void)[] = [];
  #batchId = 0;
  #busy = false;
  #again = false;
  #failures = 0;
  #stopped = false;
  #outage: Outage | null = null;
  #lastSeq: number | null = null;
  #cancelWatchdog: (() => void) | null = null;
  #cancelRetry: (() => void) | null = null;

  constructor(options: QueueOptions, events: QueueEvents, link: WriterLink) {
    this.#clock = options.clock;
    this.#events = events;
    this.#link = link;
    this.#limits = options.limits ?? defaultHoldLimits;
    this.#held = new HeldRecords(this.#limits);
  }

  append(records: readonly JournalRecord[]): void {
    const now = this.#clock.mono();
    for (const record of records) this.#held.push(encodeRecord(record), now);
    this.#pump();
    this.#watch();
    // Told last: what is recorded of it comes back in here.
    if (this.#held.isFull) this.#events.overfull?.('records', this.#limits.records);
  }

  inherit(records: readonly EncodedRecord[]): void {
    const now = this.#clock.mono();
    for (const record of records) this.#held.push(record, now, true);
    // The commit that failed them may be on the disk all the same.
    this.#again = true;
    this.#pump();
    this.#watch();
  }

  run(operation: StoreOperation): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#operations.push(operation, resolve)) return this.#pump();
      reject(new StoreError('storeQueueFull', `${OPERATIONS_MAX} store operations already wait`));
      this.#events.overfull?.('operations', OPERATIONS_MAX);
    });
  }

  hasRoom(): boolean {
    return !this.#held.isFull;
  }

  flush(ms: number): Promise<boolean> {
    if (this.#isIdle()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const cancel = this.#clock.after('journal.flush', ms, () => {
        this.#idle = this.#idle.filter((waiting) => waiting !== onIdle);
        resolve(false);
      });
      const onIdle = () => {
        cancel();
        resolve(true);
      };
      this.#idle.push(onIdle);
    });
  }

  status() {
    const crowded = this.#held.isHalfFull || this.#operations.count > OPERATIONS_MAX / 2;
    return { waiting: this.#held.count, broken: this.#outage?.why ?? null, lastSeq: this.#lastSeq, crowded };
  }

  unwritten(): readonly EncodedRecord[] {
    return this.#held.all();
  }

  /** Sends nothing more; timers are gone. What is held stays unwritten. */
  stop(): void {
    this.#stopped = true;
    this.#cancelWatchdog?.();
    this.#cancelRetry?.();
    this.#cancelWatchdog = null;
    this.#cancelRetry = null;
  }

  /** The writer's answer to the batch in flight; answers to older ones are ignored. */
  settle(reply: WriterReply): void {
    if (reply.id !== this.#batchId || !this.#busy) return;
    this.#busy = false;
    if (reply.kind === 'committed') this.#committed(reply.seq, reply.atMono);
    else this.#failed(reply.code, reply.why);
  }

  #committed(seq: number, atMono: number): void {
    const hadRecords = this.#held.inFlight > 0;
    this.#held.settle();
    const done = this.#operations.settle();
    this.#again = false;
    this.#failures = 0;
    this.#lastSeq = seq;
    // The next batch leaves before anybody is told, so that the disk never waits for the main thread's work.
    this.#pump();
    for (const tell of done) tell();
    if (hadRecords) this.#events.acked(this.#held.settledRef, seq, atMono);
    if (this.#outage !== null && this.#hasCaughtUp()) this.#mend(this.#outage);
    if (this.#isIdle())
      this.#idle.splice(0).forEach((waiting) => {
        waiting();
      });
  }

  /** Nothing waits longer than the limit any more: under steady traffic something always waits, and that is no outage. */
  #hasCaughtUp(): boolean {
    const oldest = this.#held.oldestQueuedAt;
    return oldest === null || this.#clock.mono() - oldest < REFUSED_AFTER_MS;
  }

  #mend(outage: Outage): void {
    this.#outage = null;
    const now = { mono: this.#clock.mono(), wall: this.#clock.wall() };
    const lastRef = this.#held.settledRef;
    this.#held.push(
      ownRecord('journalMended', now, {
        why: outage.why,
        // Includes the records that were in flight when the disk was found slow: they could not be marked late any more.
        fromRef: outage.fromRef,
        toRef: lastRef,
        lastedMs: Math.round(now.mono - outage.sinceMono),
      }),
      now.mono,
    );
    this.#pump();
    this.#events.mended();
  }

  #failed(code: string, why: string): void {
    this.#held.release();
    this.#operations.release();
    this.#again = true;
    this.#failures += 1;
    const busy = code === 'SQLITE_BUSY' && this.#failures < 5;
    if (!busy) this.#refuse(`${code}: ${why}`);
    const delay = busy
      ? BUSY_RETRY_MS
      : Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, this.#failures - 1));
    this.#cancelRetry = this.#clock.after('journal.retry', delay, () => {
      this.#cancelRetry = null;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#busy || this.#stopped || this.#cancelRetry !== null || this.#isIdle()) return;
    const records = this.#held.take(BATCH_RECORDS, this.#clock.mono(), REFUSED_AFTER_MS, this.#outage !== null);
    // An operation must not overtake a record appended before it, so it goes with the batch that empties the queue.
    const operations = records.length < BATCH_RECORDS ? this.#operations.take() : [];
    this.#busy = true;
    this.#batchId += 1;
    this.#link.send({ id: this.#batchId, records, operations, again: this.#again });
  }

  #watch(): void {
    const oldest = this.#held.oldestQueuedAt;
    if (oldest === null || this.#outage !== null || this.#cancelWatchdog !== null || this.#stopped) return;
    const left = Math.max(0, oldest + REFUSED_AFTER_MS - this.#clock.mono());
    this.#cancelWatchdog = this.#clock.after('journal.watchdog', left, () => {
      this.#cancelWatchdog = null;
      const since = this.#held.oldestQueuedAt;
      if (since !== null && this.#clock.mono() - since >= REFUSED_AFTER_MS)
        this.#refuse(`journalSlow: not committed within ${REFUSED_AFTER_MS} ms`);
      this.#watch();
    });
  }

  #refuse(why: string): void {
    if (this.#outage !== null) return;
    const fromRef = this.#held.oldestRef;
    this.#outage = { why, fromRef, sinceMono: this.#clock.mono() };
    this.#events.refused(fromRef, why);
  }

  #isIdle(): boolean {
    return !this.#busy && this.#held.count === 0 && this.#operations.count === 0;
  }
}
