/**
 * The main thread's half of upstream: starts the uplink's thread and replaces one that dies, tells it what is committed and
 * how the lanes are, makes its progress durable through the journal's own writer (I6), and raises its faults.
 */
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { UpstreamModel } from '../config/models.ts';
import type { Clock } from '../contract/clock.ts';
import type { SiteState } from '../core/site-state.ts';
import type { JsonObject, Now } from '../core/values.ts';
import type { Anchor } from '../store/anchors.ts';
import type { Store } from '../store/store.ts';
import type { IgnoredReport } from '../upstream/ignored.ts';
import type { Progress } from '../upstream/outbox.ts';
import type { UplinkSettings } from '../upstream/settings.ts';
import type { UplinkStatus } from '../upstream/uplink.ts';
import type { Log } from './log.ts';
import { UpstreamFaults } from './upstream-faults.ts';
import {
  type FromUplinkThread,
  type ToUplinkThread,
  UPSTREAM_CONSUMER,
  UPSTREAM_MARKS,
  type UplinkThreadData,
} from './upstream-protocol.ts';
import { upstreamSnapshot } from './upstream-snapshot.ts';
import { type Mark, MARKS_KEPT, marksIn, type UpstreamView } from './upstream-view.ts';

export interface UpstreamPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly configDir: string;
  readonly stateDir: string;
  readonly boot: string;
  readonly gateway: () => string;
  readonly now: () => Now;
  readonly site: () => SiteState;
  readonly store: () => Store | null;
  readonly fault: (code: string, subject: string, raised: boolean, detail: JsonObject) => void;
  /** Puts a note into the journal. */
  readonly note: (record: string, body: JsonObject) => void;
}

const SUBJECT = 'upstream';
/** Of a thread that does nothing but read, write JSON and encrypt. */
const HEAP_MB = 96;
const SNAPSHOT_MS = 250;
const TELL_MS = 20;
const LOOK_MS = 5000;
const STOP_MS = 3000;
const AGAIN_FIRST_MS = 1000;
const AGAIN_MOST_MS = 60_000;

export class Upstream {
  readonly #ports: UpstreamPorts;
  readonly #faults: UpstreamFaults;
  #model: UpstreamModel | null = null;
  #worker: Worker | null = null;
  #deaths = 0;
  #status: UplinkStatus | null = null;
  /** Since when there is no connection; null while there is. */
  #downSince: number | null = null;
  #startedAt = 0;
  #isOpen = false;
  #database = 0;
  #marks: readonly Mark[] = [];
  #committed = 0;
  #cancelTell: (() => void) | null = null;
  #anchor: Anchor | null = null;
  #cancelSnapshot: (() => void) | null = null;
  #cancelLook: (() => void) | null = null;
  #cancelAgain: (() => void) | null = null;
  #onStopped: (() => void) | null = null;
  #stopped = false;

  constructor(ports: UpstreamPorts) {
    this.#ports = ports;
    this.#faults = new UpstreamFaults((code, raised, detail) => ports.fault(code, SUBJECT, raised, detail));
  }

  /** Null = events stay here. The same again tries at once instead of waiting for the next attempt. */
  configure(model: UpstreamModel | null): void {
    this.#model = model;
    if (model === null) {
      this.#end();
      this.#faults.clearAll();
      return;
    }
    if (this.#worker === null) this.#start();
    else this.#post({ kind: 'configure', settings: this.#settings(model) });
  }

  /** The database is open, for the first time or again. */
  attach(): void {
    this.#database += 1;
    this.#isOpen = true;
    this.#marks = marksIn(this.#read(UPSTREAM_MARKS));
    this.#post({ kind: 'attach', dir: this.#ports.stateDir, database: this.#database });
  }

  /** The database is damaged and about to be replaced. */
  detach(): void {
    this.#isOpen = false;
    this.#cancelTell?.();
    this.#cancelTell = null;
    this.#database += 1;
    this.#post({ kind: 'detach' });
  }

  /** Told a moment later, many commits in one: the thread would else wake beside the very commands that wait for a commit. */
  committed(seq: number): void {
    this.#committed = seq;
    this.#cancelTell ??= this.#ports.clock.after('upstream.committed', TELL_MS, () => {
      this.#cancelTell = null;
      this.#post({ kind: 'committed', seq: this.#committed });
    });
  }

  /** Something was recorded, so a lane may be in another state. */
  recorded(): void {
    if (this.#worker === null || this.#stopped) return;
    this.#cancelSnapshot ??= this.#ports.clock.after('upstream.snapshot', SNAPSHOT_MS, () => this.#show());
  }

  anchored(anchor: Anchor): void {
    this.#anchor = anchor;
    this.#post({ kind: 'anchored', anchor: { schema: 'gatehouse/anchor/1', ...anchor } });
  }

  /** Null where upstream is not configured. */
  view(): UpstreamView | null {
    const model = this.#model;
    if (model === null) return null;
    const now = this.#ports.now();
    const status = this.#status;
    const broker = `${model.host}:${model.port}`;
    const waiting = this.#waiting();
    if (status === null) {
      const sinceMs = Math.round(now.mono - this.#startedAt);
      const none = { why: null, oldestAgeMs: null, acknowledgedSeq: 0, acknowledgedAgoMs: null };
      return { broker, state: 'starting', sinceMs, waiting, ...none };
    }
    const { cause, acknowledgedAt } = status;
    const age = this.#oldestAgeMs(now);
    return {
      broker,
      state: status.state,
      sinceMs: Math.round(now.mono - status.since),
      why: cause === null ? null : { code: cause.code, text: cause.text },
      waiting,
      oldestAgeMs: age === null ? null : Math.round(age),
      acknowledgedSeq: status.acknowledged,
      acknowledgedAgoMs: acknowledgedAt === null ? null : Math.round(now.mono - acknowledgedAt),
    };
  }

  /** Says good-bye to the broker; its progress is handed to the journal before this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelAgain?.();
    this.#cancelSnapshot?.();
    this.#cancelTell?.();
    this.#cancelLook?.();
    const worker = this.#worker;
    if (worker === null) return;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const cancel = this.#ports.clock.after('upstream.stop', STOP_MS, done);
    this.#onStopped = done;
    this.#post({ kind: 'stop' });
    await promise;
    cancel();
    this.#worker = null;
    await worker.terminate();
  }

  #settings(model: UpstreamModel): UplinkSettings {
    const file = (name: string | undefined): string | null =>
      name === undefined ? null : resolve(this.#ports.configDir, name);
    return {
      ...{ host: model.host, port: model.port, tls: model.tls, clientId: model.clientId, prefix: model.prefix },
      protocol: model.protocol === 5 ? 5 : 4,
      personal: model.personal,
      keepaliveMs: model.keepalive,
      user: model.user ?? null,
      passwordEnv: model.passwordEnv ?? null,
      passwordFile: file(model.passwordFile),
      caFile: file(model.caFile),
      certFile: file(model.certFile),
      keyFile: file(model.keyFile),
    };
  }

  #start(): void {
    const model = this.#model;
    if (model === null || this.#stopped) return;
    const { clock, boot, gateway, stateDir } = this.#ports;
    const workerData: UplinkThreadData = { gateway: gateway(), boot };
    const worker = new Worker(new URL('./upstream-thread.ts', import.meta.url), {
      name: 'upstream',
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#worker = worker;
    this.#startedAt = clock.mono();
    this.#downSince ??= clock.mono();
    worker.on('message', (message: FromUplinkThread) => {
      if (this.#worker === worker) this.#hear(message);
    });
    worker.on('error', (error) => this.#lost(worker, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#lost(worker, `exit ${code}`));
    this.#post({ kind: 'configure', settings: this.#settings(model) });
    if (this.#isOpen) this.#post({ kind: 'attach', dir: stateDir, database: this.#database });
    if (this.#anchor !== null) this.anchored(this.#anchor);
    this.#show();
    this.#cancelLook ??= clock.after('upstream.look', LOOK_MS, () => this.#look());
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = null;
    this.#status = null;
    this.#downSince = null;
    this.#cancelAgain?.();
    this.#cancelAgain = null;
    this.#cancelLook?.();
    this.#cancelLook = null;
    if (worker === null) return;
    worker.postMessage({ kind: 'stop' } satisfies ToUplinkThread);
    this.#ports.clock.after('upstream.end', STOP_MS, () => void worker.terminate());
  }

  /** It takes nothing with it: the outbox is on the disk, and the next one begins at the cursor. */
  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#status = null;
    this.#onStopped?.();
    if (this.#stopped) return;
    const { log, clock } = this.#ports;
    log.error("the uplink's thread was lost and is replaced", { why });
    const waitMs = Math.min(AGAIN_MOST_MS, AGAIN_FIRST_MS * 2 ** Math.min(this.#deaths, 16));
    this.#deaths += 1;
    this.#downSince ??= clock.mono();
    this.#cancelAgain = clock.after('upstream.again', waitMs, () => this.#start());
  }

  #post(message: ToUplinkThread): void {
    this.#worker?.postMessage(message);
  }

  #hear(message: FromUplinkThread): void {
    switch (message.kind) {
      case 'progress':
        if (message.database === this.#database) this.#keep(message.progress);
        return;
      case 'status':
        this.#status = message.status;
        if (message.status.state === 'connected') this.#downSince = null;
        else this.#downSince ??= this.#ports.clock.mono();
        this.#judge();
        return;
      case 'ignored':
        this.#ignored(message.report);
        return;
      case 'missing':
        this.#ports.note('upstreamGap', { fromSeq: message.fromSeq, toSeq: message.toSeq });
        return;
      case 'log':
        this.#ports.log[message.level](message.message, message.facts);
        return;
      case 'stopped':
        this.#onStopped?.();
    }
  }

  /** With the next commit of the journal, and at the latest with one of its own. */
  #keep({ epoch, seq }: Progress): void {
    const { clock, boot, log } = this.#ports;
    const journal = this.#ports.store()?.journal;
    if (journal === undefined) return;
    const atWall = clock.wall();
    const mark: Mark = { seq, atWall, atMono: clock.mono(), boot };
    this.#marks = [...this.#marks, mark].slice(-MARKS_KEPT);
    const refused = (error: unknown): void => log.warn('progress upstream could not be kept', { why: String(error) });
    journal.run({ kind: 'advanceCursor', consumer: UPSTREAM_CONSUMER, epoch, seq, atWall }).catch(refused);
    const value = this.#marks.map((one) => ({ ...one }));
    journal.run({ kind: 'setValue', key: UPSTREAM_MARKS, value, atWall }).catch(refused);
  }

  /** The payload is not kept, only what shows whether it came before (I9). */
  #ignored({ message, unnamed }: IgnoredReport): void {
    const body = message === null ? { unnamed } : { ...message, unnamed };
    this.#ports.note('upstreamIgnored', body);
  }

  #show(): void {
    this.#cancelSnapshot?.();
    this.#cancelSnapshot = null;
    this.#post({ kind: 'show', snapshot: upstreamSnapshot(this.#ports.site(), this.#ports.now()) });
  }

  #look(): void {
    this.#cancelLook = this.#ports.clock.after('upstream.look', LOOK_MS, () => this.#look());
    this.#judge();
  }

  #judge(): void {
    const now = this.#ports.now();
    const status = this.#status ?? lostThread(this.#startedAt);
    if (status.state === 'connected' && now.mono - status.since > AGAIN_MOST_MS) this.#deaths = 0;
    this.#faults.look({
      ...{ status, nowMono: now.mono, downSince: this.#downSince, wallTrusted: now.wallTrusted },
      ...{ waiting: this.#waiting(), oldestAgeMs: this.#oldestAgeMs(now) },
    });
  }

  #waiting(): number {
    const status = this.#status;
    if (status === null) return 0;
    const last = this.#ports.store()?.journal.status().lastSeq ?? status.last;
    return Math.max(0, Math.max(last, status.last) - status.acknowledged);
  }

  #oldestAgeMs(now: Now): number | null {
    const oldest = this.#status?.oldest ?? null;
    if (oldest === null) return null;
    return Math.max(0, oldest.boot === this.#ports.boot ? now.mono - oldest.atMono : now.wall - oldest.atWall);
  }

  #read(key: string): unknown {
    try {
      return this.#ports.store()?.reader()?.value(key) ?? null;
    } catch {
      return null;
    }
  }
}

/** Stands for a thread that has not spoken. */
function lostThread(since: number): UplinkStatus {
  const none = { cause: null, waiting: 0, acknowledged: 0, last: 0, oldest: null, acknowledgedAt: null };
  return { state: 'connecting', since, ...none };
}
