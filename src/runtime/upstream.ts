/**
 * The main thread's half of upstream: tells the uplink's thread what is committed and how the lanes are, makes its progress
 * durable through the journal's own writer (I6), and raises its faults.
 */
import { resolve } from 'node:path';
import type { UpstreamModel } from '../config/models.ts';
import type { Clock } from '../contract/clock.ts';
import type { SiteState } from '../core/site-state.ts';
import type { JsonObject, Now } from '../core/values.ts';
import type { Anchor } from '../store/anchors.ts';
import type { Store } from '../store/store.ts';
import type { Cause } from '../upstream/causes.ts';
import type { IgnoredReport } from '../upstream/ignored.ts';
import type { Progress } from '../upstream/outbox.ts';
import type { UplinkSettings } from '../upstream/settings.ts';
import type { Skipped, UplinkStatus } from '../upstream/uplink.ts';
import type { Log } from './log.ts';
import { UpstreamFaults } from './upstream-faults.ts';
import {
  type FromUplinkThread,
  type Gap,
  type ReplacedDatabase,
  UPSTREAM_CONSUMER,
  UPSTREAM_MARKS,
  UPSTREAM_REPLACED,
} from './upstream-protocol.ts';
import type { SpawnUplink } from './uplink-spawn.ts';
import { upstreamSnapshot } from './upstream-snapshot.ts';
import { type Mark, MARKS_KEPT, marksIn, type UpstreamView } from './upstream-view.ts';
import { UpstreamWorker } from './upstream-worker.ts';

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
  readonly spawn?: SpawnUplink | undefined;
}

const SUBJECT = 'upstream';
const SNAPSHOT_MS = 250;
const TELL_MS = 20;
const LOOK_MS = 5000;
/** A thread that hangs keeps no database from being restored. */
const DETACH_MS = 1000;

export class Upstream {
  readonly #ports: UpstreamPorts;
  readonly #faults: UpstreamFaults;
  readonly #worker: UpstreamWorker;
  #model: UpstreamModel | null = null;
  #status: UplinkStatus | null = null;
  /** Which database the status counts: another than the one in use while a replaced one is drained. */
  #statusOf: number | null = null;
  /** Why there is no thread that could say it; null = there is one, or was none. */
  #lost: Cause | null = null;
  /** Since when there is no connection; null while there is. */
  #downSince: number | null = null;
  #startedAt = 0;
  #isOpen = false;
  #database = 0;
  #replaced: ReplacedDatabase | null = null;
  /** Acknowledged of the database in use, as far as it is told. */
  #acknowledged = 0;
  #marks: readonly Mark[] = [];
  #committed = 0;
  #cancelTell: (() => void) | null = null;
  #anchor: Anchor | null = null;
  #shown: SiteState['emergencies'] | null = null;
  #cancelSnapshot: (() => void) | null = null;
  #cancelLook: (() => void) | null = null;
  #onDetached: (() => void) | null = null;
  #stopped = false;

  constructor(ports: UpstreamPorts) {
    this.#ports = ports;
    this.#faults = new UpstreamFaults((code, raised, detail) => ports.fault(code, SUBJECT, raised, detail));
    this.#worker = new UpstreamWorker({
      ...{ clock: ports.clock, log: ports.log, data: () => ({ gateway: ports.gateway(), boot: ports.boot }) },
      begun: () => this.#begun(),
      heard: (message) => this.#hear(message),
      lost: (cause) => this.#threadLost(cause),
      spawn: ports.spawn,
    });
  }

  /** Null = events stay here. The same again tries at once instead of waiting for the next attempt. */
  configure(model: UpstreamModel | null): void {
    this.#model = model;
    if (model === null) {
      this.#end();
      this.#faults.clearAll();
      return;
    }
    if (this.#worker.isRunning) this.#worker.post({ kind: 'configure', settings: this.#settings(model) });
    else this.#worker.start();
  }

  /**
   * The database is open, for the first time or again.
   *
   * @param replaced the database that it stands in for, where one was damaged or gone: it is drained first.
   */
  attach(replaced: ReplacedDatabase | null): void {
    this.#cancelTell?.();
    this.#cancelTell = null;
    this.#database += 1;
    this.#isOpen = true;
    this.#marks = marksIn(this.#value(UPSTREAM_MARKS));
    this.#acknowledged = this.#cursor();
    if (replaced !== null) this.#keepReplaced(replaced);
    else this.#replaced ??= replacedIn(this.#value(UPSTREAM_REPLACED));
    this.#attachThread();
  }

  /** The database is damaged and about to be replaced. Resolves once the uplink stands in no way, or does not answer. */
  async detach(): Promise<void> {
    this.#isOpen = false;
    this.#cancelTell?.();
    this.#cancelTell = null;
    if (!this.#worker.isRunning) return;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const cancel = this.#ports.clock.after('upstream.detach', DETACH_MS, done);
    this.#onDetached = done;
    this.#worker.post({ kind: 'detach' });
    await promise;
    cancel();
  }

  /** Told a moment later, many commits in one: the thread would else wake beside the very commands that wait for a commit. */
  committed(seq: number): void {
    this.#committed = seq;
    this.#cancelTell ??= this.#ports.clock.after('upstream.committed', TELL_MS, () => {
      this.#cancelTell = null;
      this.#worker.post({ kind: 'committed', seq: this.#committed, database: this.#database });
    });
  }

  /** Something was recorded, so a lane may be in another state. */
  recorded(): void {
    if (!this.#worker.isRunning || this.#stopped) return;
    // An emergency that begins or ends is told at once; what comes of it, with the rest.
    if (this.#ports.site().emergencies !== this.#shown) return this.#show();
    this.#cancelSnapshot ??= this.#ports.clock.after('upstream.snapshot', SNAPSHOT_MS, () => this.#show());
  }

  anchored(anchor: Anchor): void {
    this.#anchor = anchor;
    this.#worker.post({ kind: 'anchored', anchor: { schema: 'gatehouse/anchor/1', ...anchor } });
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
      const why = this.#lost === null ? null : { code: this.#lost.code, text: this.#lost.text };
      const none = { oldestAgeMs: null, acknowledgedSeq: this.#acknowledged, acknowledgedAgoMs: null };
      return { broker, state: why === null ? 'starting' : 'waiting', sinceMs, why, waiting, ...none };
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
      acknowledgedSeq: this.#acknowledged,
      acknowledgedAgoMs: acknowledgedAt === null ? null : Math.round(now.mono - acknowledgedAt),
    };
  }

  /** Says good-bye to the broker; its progress is handed to the journal before this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelSnapshot?.();
    this.#cancelTell?.();
    this.#cancelLook?.();
    await this.#worker.stop();
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

  /** A thread knows nothing of the one before it. */
  #begun(): void {
    const model = this.#model;
    const { clock } = this.#ports;
    this.#startedAt = clock.mono();
    this.#downSince ??= clock.mono();
    if (model !== null) this.#worker.post({ kind: 'configure', settings: this.#settings(model) });
    if (this.#isOpen) this.#attachThread();
    if (this.#anchor !== null) this.anchored(this.#anchor);
    this.#show();
    this.#cancelLook ??= clock.after('upstream.look', LOOK_MS, () => this.#look());
  }

  #attachThread(): void {
    const { stateDir } = this.#ports;
    this.#worker.post({ kind: 'attach', dir: stateDir, database: this.#database, replaced: this.#replaced });
  }

  #end(): void {
    this.#worker.end();
    this.#status = null;
    this.#lost = null;
    this.#downSince = null;
    this.#cancelLook?.();
    this.#cancelLook = null;
  }

  #threadLost(cause: Cause): void {
    this.#status = null;
    this.#lost = cause;
    this.#startedAt = this.#ports.clock.mono();
    this.#downSince ??= this.#startedAt;
    this.#onDetached?.();
    this.#judge();
  }

  #hear(message: FromUplinkThread): void {
    switch (message.kind) {
      case 'progress':
        if (message.database === this.#database) this.#keep(message.progress);
        return;
      case 'status':
        this.#status = message.status;
        this.#statusOf = message.database;
        this.#lost = null;
        if (message.database === this.#database) this.#acknowledged = message.status.acknowledged;
        if (message.status.state === 'connected') this.#downSince = null;
        else this.#downSince ??= this.#ports.clock.mono();
        this.#judge();
        return;
      case 'ignored':
        this.#ignored(message.report);
        return;
      case 'detached':
        this.#onDetached?.();
        return;
      case 'drains':
        if (message.database === this.#database) this.#forgetReplaced();
        return;
      case 'missing':
        this.#missing(message.gap);
        return;
      case 'skipped':
        this.#skipped(message.skipped);
        return;
      case 'log':
        this.#ports.log[message.level](message.message, message.facts);
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

  #missing({ epoch, fromSeq, toSeq }: Gap): void {
    const gap = { ...(epoch === null ? {} : { epoch }), fromSeq, toSeq };
    this.#ports.note('upstreamGap', gap);
    this.#faults.gap(gap);
  }

  #skipped({ epoch, seq, cause }: Skipped): void {
    const why = { zh: cause.text.zh, en: cause.text.en };
    this.#ports.note('upstreamSkipped', { epoch, seq, reason: cause.code, why });
    this.#faults.skipped({ epoch, seq, why });
  }

  /** In the database too: another process goes on with it. */
  #keepReplaced(replaced: ReplacedDatabase): void {
    this.#replaced = replaced;
    if (replaced.path !== null) this.#keepValue(replaced.path);
  }

  #forgetReplaced(): void {
    const was = this.#replaced;
    this.#replaced = null;
    if (was !== null && was.path !== null) this.#keepValue(null);
  }

  #keepValue(path: string | null): void {
    const { log, clock } = this.#ports;
    const operation =
      path === null
        ? ({ kind: 'deleteValue', key: UPSTREAM_REPLACED } as const)
        : ({ kind: 'setValue', key: UPSTREAM_REPLACED, value: path, atWall: clock.wall() } as const);
    const refused = (error: unknown): void =>
      log.warn('where the replaced database lies could not be kept', { why: String(error) });
    this.#ports.store()?.journal.run(operation).catch(refused);
  }

  /** The payload is not kept, only what shows whether it came before (I9). */
  #ignored({ message, unnamed }: IgnoredReport): void {
    const body = message === null ? { unnamed } : { ...message, unnamed };
    this.#ports.note('upstreamIgnored', body);
  }

  #show(): void {
    this.#cancelSnapshot?.();
    this.#cancelSnapshot = null;
    this.#shown = this.#ports.site().emergencies;
    this.#worker.post({ kind: 'show', snapshot: upstreamSnapshot(this.#ports.site(), this.#ports.now()) });
  }

  #look(): void {
    this.#cancelLook = this.#ports.clock.after('upstream.look', LOOK_MS, () => this.#look());
    this.#judge();
  }

  #judge(): void {
    const now = this.#ports.now();
    const status = this.#status ?? silentThread(this.#startedAt, this.#lost);
    this.#faults.look({
      ...{ status, nowMono: now.mono, downSince: this.#downSince, wallTrusted: now.wallTrusted },
      threadLost: this.#lost !== null,
      ...{ waiting: this.#waiting(), oldestAgeMs: this.#oldestAgeMs(now) },
    });
  }

  /** What the database in use holds, and what is left in one that it stands in for. */
  #waiting(): number {
    const status = this.#status;
    const isOfThis = status !== null && this.#statusOf === this.#database;
    const last = Math.max(this.#ports.store()?.journal.status().lastSeq ?? 0, isOfThis ? status.last : 0);
    return Math.max(0, last - this.#acknowledged) + (isOfThis ? 0 : (status?.waiting ?? 0));
  }

  #oldestAgeMs(now: Now): number | null {
    const oldest = this.#status?.oldest ?? null;
    if (oldest === null) return null;
    return Math.max(0, oldest.boot === this.#ports.boot ? now.mono - oldest.atMono : now.wall - oldest.atWall);
  }

  #value(key: string): unknown {
    try {
      return this.#ports.store()?.reader()?.value(key) ?? null;
    } catch {
      return null;
    }
  }

  #cursor(): number {
    try {
      return this.#ports.store()?.reader()?.cursor(UPSTREAM_CONSUMER)?.seq ?? 0;
    } catch {
      return 0;
    }
  }
}

const replacedIn = (kept: unknown): ReplacedDatabase | null => (typeof kept === 'string' ? { path: kept } : null);

/** Stands for a thread that has not spoken. */
function silentThread(since: number, cause: Cause | null): UplinkStatus {
  const none = { waiting: 0, acknowledged: 0, last: 0, oldest: null, acknowledgedAt: null };
  return { state: 'connecting', since, cause, ...none, leftOut: [], tooLarge: null };
}
