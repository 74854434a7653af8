/** The journal as production runs it: the queue on the main thread, the writer on its own. */
import { Worker } from 'node:worker_threads';
import type { Anchor } from './anchors.ts';
import type { DatabaseFiles } from './file-identity.ts';
import type { HoldLimits } from './held-records.ts';
import { type Journal, JournalQueue, type QueueEvents } from './journal-queue.ts';
import type { Batch } from './journal-writer.ts';
import type { StoreClock } from './store-clock.ts';
import type { FromWriterThread, ToWriterThread, WriterThreadData } from './writer-thread.ts';

export interface JournalOptions {
  readonly dir: string;
  readonly gateway: string;
  /** Unique over boots; part of every record. */
  readonly boot: string;
  readonly clock: StoreClock;
  readonly limits?: HoldLimits | undefined;
  /** Default 16 MiB; 0 = none. */
  readonly ballastBytes?: number | undefined;
  /** Default one hour. */
  readonly anchorEveryMs?: number | undefined;
}

/** Beside what the core hears, what runtime should say and raise faults about. */
export interface StoreEvents extends QueueEvents {
  anchored?(anchor: Anchor): void;
  anchorFailed?(code: string, why: string): void;
  /** `freed`: the disk is full and we live on the ballast, an alarm. `made`: it stands again. */
  ballast?(state: 'freed' | 'made'): void;
  /** The database in use is damaged, or its file was removed or replaced: records are held; close it and `openStore` anew, which sets it aside and restores. */
  damaged?(why: string): void;
  /** The writer thread died and is replaced; the next one goes on with the same database or calls it damaged. */
  writerLost?(why: string): void;
}

const HOUR_MS = 3_600_000;
const FLUSH_MS = 3000;
/** One retry of a disk that refuses; the file of unwritten records needs the rest of the time that a stop has. */
const FLUSH_BROKEN_MS = 2000;
const CLOSE_MS = 2000;
const CHECK_MS = 2000;

/** Never throws; a disk that cannot be written shows as `refused`. The database must have been through `prepareStore`. */
export function openJournal(options: JournalOptions, events: StoreEvents): Journal {
  return new ThreadedJournal(options, events);
}

class ThreadedJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #events: StoreEvents;
  readonly #queue: JournalQueue;
  #worker: Worker | null = null;
  #inFlight: number | null = null;
  #closing = false;
  #onClosed: (() => void) | null = null;
  #onReady: () => void = () => {};
  readonly ready: Promise<void>;
  #cancelAnchor: (() => void) | null = null;
  #cancelCheck: (() => void) | null = null;
  #isChecking = false;
  /** Which database this is: a thread that takes over must not make another one in its place. */
  #files: DatabaseFiles | null = null;
  #damaged = false;

  constructor(options: JournalOptions, events: StoreEvents) {
    this.#options = options;
    this.#events = events;
    this.#queue = new JournalQueue(options, events, { send: (batch) => this.#send(batch) });
    this.ready = new Promise((resolve) => {
      this.#onReady = resolve;
    });
    this.#worker = this.#start();
    this.#armAnchor();
    this.#armCheck();
  }

  append(records: Parameters<Journal['append']>[0]): void {
    this.#queue.append(records);
  }

  run(operation: Parameters<Journal['run']>[0]): Promise<void> {
    return this.#queue.run(operation);
  }

  hasRoom(): boolean {
    return this.#queue.hasRoom();
  }

  flush(ms: number): Promise<boolean> {
    return this.#queue.flush(ms);
  }

  status() {
    return this.#queue.status();
  }

  inherit(records: Parameters<Journal['inherit']>[0]): void {
    this.#queue.inherit(records);
  }

  unwritten() {
    return this.#queue.unwritten();
  }

  /** Flushes, anchors and stops, within 5 s even if the disk hangs. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#cancelAnchor?.();
    this.#cancelCheck?.();
    await this.#queue.flush(this.#queue.status().broken === null ? FLUSH_MS : FLUSH_BROKEN_MS);
    this.#closing = true;
    this.#queue.stop();
    const worker = this.#worker;
    if (worker === null) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after('journal.close', CLOSE_MS, () => {
        // A thread stuck in fsync cannot be ended from here; it must not keep the process alive.
        worker.unref();
        resolve();
      });
      this.#onClosed = () => {
        cancel();
        resolve();
      };
      this.#post({ kind: 'anchor' });
      this.#post({ kind: 'close' });
    });
  }

  #start(): Worker {
    const { dir, gateway, boot, ballastBytes } = this.#options;
    const workerData: WriterThreadData = { dir, gateway, boot, ballastBytes, goOnWith: this.#files };
    const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { name: 'journal-writer', workerData });
    worker.on('message', (message: FromWriterThread) => this.#hear(message));
    worker.on('error', (error) => this.#lost(worker, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#lost(worker, `exit ${code}`));
    return worker;
  }

  #send(batch: Batch): void {
    this.#worker ??= this.#start();
    this.#inFlight = batch.id;
    this.#post({ kind: 'batch', batch });
  }

  #post(message: ToWriterThread): void {
    this.#worker?.postMessage(message);
  }

  #hear(message: FromWriterThread): void {
    switch (message.kind) {
      case 'committed':
      case 'failed':
        this.#inFlight = null;
        this.#queue.settle(message);
        return;
      case 'anchored':
        this.#events.anchored?.(message.anchor);
        return;
      case 'anchorFailed':
        this.#events.anchorFailed?.(message.code, message.why);
        return;
      case 'ballast':
        this.#events.ballast?.(message.state);
        return;
      case 'opened':
        this.#files = message.files;
        return;
      case 'damaged':
        // A thread that took over finds it anew.
        if (!this.#damaged) this.#events.damaged?.(message.why);
        this.#damaged = true;
        return;
      case 'ready':
        this.#onReady();
        return;
      case 'checked':
        this.#isChecking = false;
        return;
      case 'closed':
        this.#onClosed?.();
    }
  }

  /** A dead thread is a failed commit; the queue's next try starts another. */
  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#isChecking = false;
    this.#onReady();
    if (this.#closing) this.#onClosed?.();
    else this.#events.writerLost?.(why);
    const id = this.#inFlight;
    this.#inFlight = null;
    if (id !== null) this.#queue.settle({ kind: 'failed', id, code: 'writerThreadLost', why });
  }

  #armAnchor(): void {
    this.#cancelAnchor = this.#options.clock.after('journal.anchor', this.#options.anchorEveryMs ?? HOUR_MS, () => {
      this.#post({ kind: 'anchor' });
      this.#armAnchor();
    });
  }

  /** Nothing fails when a database is deleted under its writer, and a quiet gate commits nothing for hours: it is looked for. */
  #armCheck(): void {
    this.#cancelCheck = this.#options.clock.after('journal.check', CHECK_MS, () => {
      // A thread that died with nothing to do is missed by nobody else.
      this.#worker ??= this.#start();
      // One at a time: behind a disk that hangs they would pile up.
      if (!this.#isChecking) {
        this.#isChecking = true;
        this.#post({ kind: 'check' });
      }
      this.#armCheck();
    });
  }
}
