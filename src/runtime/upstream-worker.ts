/**
 * The uplink's thread as the main thread has it: started, asked for a sign of life, replaced when it dies or stays silent. One
 * at a time, since two would push each other off the broker by their common name.
 */
import type { Clock } from '../contract/clock.ts';
import { type Cause, ownCause } from '../upstream/causes.ts';
import type { Log } from './log.ts';
import { type SpawnUplink, spawnUplinkThread, type UplinkThread } from './uplink-spawn.ts';
import type { FromUplinkThread, ToUplinkThread, UplinkThreadData } from './upstream-protocol.ts';

export interface UpstreamWorkerPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly data: () => UplinkThreadData;
  /** A thread was started and is to be told everything. */
  readonly begun: () => void;
  readonly heard: (message: FromUplinkThread) => void;
  /** The one that was there is of no use any more; another one follows by itself. */
  readonly lost: (cause: Cause) => void;
  /** A thread, where it is left out. */
  readonly spawn?: SpawnUplink | undefined;
}

const ASK_MS = 4000;
/** Counted, not timed: when the whole machine was asleep one question is late, and not the answers to three. */
const UNANSWERED_MAX = 3;
const STOP_MS = 3000;
const TERMINATE_MS = 1000;
const AGAIN_FIRST_MS = 1000;
const AGAIN_MOST_MS = 60_000;

export class UpstreamWorker {
  readonly #ports: UpstreamWorkerPorts;
  #worker: UplinkThread | null = null;
  /** One that was given up or sent away and has not ended: it may hang in a call of the system. */
  #leaving: UplinkThread | null = null;
  #isWanted = false;
  #begunAt = 0;
  #deaths = 0;
  #unanswered = 0;
  /** Its modules are loaded; until then it is not ended from outside (`loadSqlite`). */
  #hasSpoken = false;
  #cancelAsk: (() => void) | null = null;
  #cancelAgain: (() => void) | null = null;
  #onStopped: (() => void) | null = null;
  #stopped = false;

  constructor(ports: UpstreamWorkerPorts) {
    this.#ports = ports;
  }

  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** At once, also where it waits to be replaced; while one is leaving, as soon as that has ended. */
  start(): void {
    this.#isWanted = true;
    this.#cancelAgain?.();
    this.#cancelAgain = null;
    if (this.#worker !== null || this.#leaving !== null || this.#stopped) return;
    const { spawn = spawnUplinkThread, data } = this.#ports;
    const worker = spawn(data(), {
      message: (message) => {
        if (this.#worker === worker) this.#hear(message);
      },
      error: (error) => this.#died(worker, error instanceof Error ? error.message : String(error)),
      exit: (code) => this.#ended(worker, code),
    });
    this.#worker = worker;
    this.#begunAt = this.#ports.clock.mono();
    this.#unanswered = 0;
    this.#hasSpoken = false;
    this.#ports.begun();
    this.#armAsk();
  }

  /** Lost where none runs: the next is told everything when it begins. */
  post(message: ToUplinkThread): void {
    this.#worker?.post(message);
  }

  /** It is not wanted any more, and may take its leave by itself. */
  end(): void {
    const worker = this.#worker;
    this.#isWanted = false;
    this.#forget();
    if (worker === null) return;
    this.#leaving = worker;
    worker.post({ kind: 'stop' });
    if (this.#hasSpoken) this.#ports.clock.after('upstream.end', STOP_MS, () => void worker.terminate());
  }

  /** For good. Resolves within 4 s, whatever the thread does; what it told before its end has been heard by then. */
  async stop(): Promise<void> {
    const { clock } = this.#ports;
    this.#stopped = true;
    const worker = this.#worker;
    if (worker !== null) {
      await within(clock, STOP_MS, (done) => {
        this.#onStopped = done;
        this.post({ kind: 'stop' });
      });
      if (this.#hasSpoken) await within(clock, TERMINATE_MS, (done) => void worker.terminate().then(done, done));
    }
    this.#forget();
  }

  #forget(): void {
    this.#worker = null;
    this.#cancelAsk?.();
    this.#cancelAsk = null;
    this.#cancelAgain?.();
    this.#cancelAgain = null;
  }

  #hear(message: FromUplinkThread): void {
    this.#hasSpoken = true;
    this.#unanswered = 0;
    if (message.kind === 'stopped') this.#onStopped?.();
    else this.#ports.heard(message);
  }

  #armAsk(): void {
    this.#cancelAsk ??= this.#ports.clock.after('upstream.ask', ASK_MS, () => {
      this.#cancelAsk = null;
      this.#ask();
    });
  }

  #ask(): void {
    const worker = this.#worker;
    if (worker === null) return;
    const isAsked = this.#unanswered < UNANSWERED_MAX;
    if (isAsked) {
      this.#unanswered += 1;
      this.post({ kind: 'ask' });
    }
    if (isAsked || !this.#hasSpoken) return this.#armAsk();
    this.#worker = null;
    this.#leaving = worker;
    this.#ports.log.error("the uplink's thread does not answer and is replaced", { unanswered: this.#unanswered });
    this.#ports.lost(ownCause('threadBlocked', true));
    void worker.terminate();
  }

  /** It takes nothing with it: the outbox is on the disk, and the next one begins at the cursor. */
  #died(worker: UplinkThread, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#onStopped?.();
    if (this.#stopped) return;
    this.#ports.log.error("the uplink's thread was lost and is replaced", { why });
    this.#ports.lost(ownCause('threadLost', true));
    this.#again();
  }

  #ended(worker: UplinkThread, code: number): void {
    if (this.#leaving !== worker) return this.#died(worker, `exit ${code}`);
    this.#leaving = null;
    if (this.#isWanted && !this.#stopped) this.#again();
  }

  #again(): void {
    const { clock } = this.#ports;
    if (clock.mono() - this.#begunAt > AGAIN_MOST_MS) this.#deaths = 0;
    const waitMs = Math.min(AGAIN_MOST_MS, AGAIN_FIRST_MS * 2 ** Math.min(this.#deaths, 16));
    this.#deaths += 1;
    this.#cancelAgain = clock.after('upstream.again', waitMs, () => this.start());
  }
}

function within(clock: Clock, ms: number, begin: (done: () => void) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after('upstream.stop', ms, resolve);
  begin(() => {
    cancel();
    resolve();
  });
  return promise;
}
