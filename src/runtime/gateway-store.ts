/**
 * The store as the running gateway has it: opened behind the lines and the button, restored in mid-run when it is damaged,
 * and left without losing what it could not write (I5, I6).
 */
import { resolve } from 'node:path';
import type { Clock } from '../contract/clock.ts';
import type { Fault, JournalRecord, RecalledRead } from '../core/io.ts';
import type { OwedReason } from '../core/site-state.ts';
import type { JsonObject } from '../core/values.ts';
import type { Anchor } from '../store/anchors.ts';
import { type EncodedRecord, encodeRecord } from '../store/encode-record.ts';
import { type StoreHost, threadHost } from '../store/store-host.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Survey } from '../store/survey.ts';
import type { StoreAhead } from './store-ahead.ts';
import { LateStore } from './late-store.ts';
import { LimitWatch } from './limit-watch.ts';
import type { Log } from './log.ts';
import type { Loop } from './loop.ts';
import { reasonsRecalled, reasonsToKeep } from './reason-memory.ts';
import { travelRecalled, travelToKeep } from './travel-memory.ts';
import type { ReplacedDatabase } from './upstream-protocol.ts';

export interface GatewayStorePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly stateDir: string;
  /** Where unwritten records may be kept beside the state folder; tried in order. */
  readonly spareDirs: readonly string[];
  readonly boot: string;
  /** Threads, where it is left out. */
  readonly host?: StoreHost | undefined;
  /** What a look at the disk, begun before this, will find; good for the first opening only. */
  readonly ahead?: StoreAhead | null | undefined;
  /** Site's id, as the journal's `gateway`. */
  readonly gateway: () => string;
  readonly loop: () => Loop;
  readonly fault: (code: string, subject: string, raised: boolean, detail: JsonObject) => void;
  /** Keeps the standing emergencies in the database, as in its file. */
  readonly latch: {
    attach(store: Store): void;
    detach(): void;
  };
  /** Told by the database that their file was written once. */
  readonly claims: {
    attach(store: Store): void;
    detach(): void;
  };
  /** Keeps the drills that were held; knows from then on which are due. */
  readonly drills: {
    attach(store: Store): void;
    detach(): void;
  };
  /** Who drains the journal as outbox. */
  readonly outbox: {
    /** The database can be read, for the first time or again; `replaced` is what it stands in for. */
    attach(replaced: ReplacedDatabase | null): void;
    /** The database is about to be replaced; resolves once nothing of the outbox stands in its way. */
    detach(): Promise<void>;
    committed(seq: number): void;
    anchored(anchor: Anchor): void;
  };
}

/** Faults that no reading clears by itself: they stand over a restart until a person or a proof ends them. */
const STICKY = new Set(['obstructionHunting', 'obstructionSilent']);
/** Reads looked at for re-sending after a restart: more than any camera keeps for two minutes on all lanes. */
const RECALLED = 500;
const REOPEN_EVERY_MS = 10_000;
/** A stop waits no longer than this for a database that is being restored. */
const REOPEN_STOP_MS = 3000;
/** For each folder in which unwritten records may be kept: a hanging disk must leave time for the next. */
const KEEP_MS = 1500;

export class GatewayStore {
  readonly late: LateStore;
  readonly #ports: GatewayStorePorts;
  readonly #host: StoreHost;
  readonly #overfull: LimitWatch;
  #survey: Promise<Survey> | undefined;
  #store: Store | null = null;
  /** Of a store that was closed because its database is damaged; the next one writes it. */
  #inherited: readonly EncodedRecord[] = [];
  #leaving: Store | null = null;
  #reopening: Promise<void> = Promise.resolve();
  #reopenedAt = Number.NEGATIVE_INFINITY;
  #stopping = false;
  /** As the database in use has them; null where it is not known to. */
  #keptReasons: readonly OwedReason[] | null = null;
  #reasonsRecalled = false;

  constructor(ports: GatewayStorePorts) {
    this.#ports = ports;
    this.#host = ports.host ?? threadHost;
    this.#survey = ports.ahead?.dir === resolve(ports.stateDir) ? ports.ahead.survey : undefined;
    this.#overfull = new LimitWatch({
      clock: ports.clock,
      name: 'store.overfull',
      isCalm: () => !this.late.isHalfFull && this.#store?.journal.status().crowded !== true,
      tell: (raised, detail) => {
        ports.fault('storeOverfull', 'site', raised, detail);
        // Some of them could not be kept while there was no room.
        if (!raised) this.#keepStanding();
      },
    });
    this.late = new LateStore((most) => this.#overfull.reached({ limit: 'records', most }));
  }

  get open(): Store | null {
    return this.#store;
  }

  /** Also in mid-run, after the one in use was found damaged: what is recorded meanwhile waits and comes first. */
  async start(): Promise<void> {
    const { log, clock, stateDir, spareDirs, boot, gateway, fault, outbox, latch } = this.#ports;
    const loop = this.#ports.loop();
    const journalEvents = loop.journalEvents();
    const inherited = this.#inherited;
    const survey = this.#survey;
    this.#survey = undefined;
    const store = await openStore(
      { dir: stateDir, gateway: gateway(), boot, clock, unwrittenDirs: spareDirs, inherited, survey },
      {
        ...journalEvents,
        acked: (ref, seq, committedAt) => {
          journalEvents.acked(ref, seq, committedAt);
          outbox.committed(seq);
        },
        anchored: (anchor) => {
          log.info('anchor', { ...anchor });
          outbox.anchored(anchor);
        },
        anchorFailed: (code, why) => log.error('the anchor could not be written', { code, why }),
        ballast: (state) => fault('diskLow', 'site', state === 'freed', {}),
        overfull: (limit, most) => this.#overfull.reached({ limit, most }),
        writerLost: (why) => log.error('the writer thread was lost and is replaced', { why }),
        damaged: (why) => this.#damaged(why),
        listChanged: (version) => this.#listChanged(version.version, version.rows, version.source),
        listFailed: (code, why, using) => fault('listDamaged', 'site', true, { code, why, using }),
        backupFailed: (code, why) => fault('backupFailed', 'site', true, { code, why }),
        backedUp: () => fault('backupFailed', 'site', false, {}),
      },
      this.#host,
    );
    this.#inherited = [];
    this.#store = store;
    latch.attach(store);
    this.#ports.claims.attach(store);
    const { waited, lost } = this.late.attach(store.journal, store.lists);
    if (lost > 0)
      loop.request({
        kind: 'note',
        record: 'recordsLost',
        body: { count: lost, why: 'the store opened too late' },
      });
    log.info('the store is open', { kind: store.prepared.kind, waited, inherited: inherited.length });
    this.#tellPrepared(store);
    this.#ports.drills.attach(store);
    this.#keepStanding();
    this.#restoreFaults(store);
    this.#recall(store);
    this.#recallTravel(store);
    this.#recallReasons(store);
    loop.listsChanged();
    outbox.attach(replacedBy(store));
  }

  /** Once no record comes any more: writes what can be written, and keeps the rest for the next start. */
  async stop(): Promise<void> {
    const { clock } = this.#ports;
    this.#stopping = true;
    this.#overfull.stop();
    await Promise.race([
      this.#reopening.catch(() => undefined),
      new Promise<void>((resolve) => clock.after('store.stopping', REOPEN_STOP_MS, resolve)),
    ]);
    await this.#store?.close();
    const unwritten = [
      ...this.#inherited,
      ...(this.#leaving?.journal.unwritten() ?? []),
      ...(this.#store?.journal.unwritten() ?? []),
      ...this.late.waiting().map(encodeRecord),
    ];
    if (unwritten.length > 0) await this.#keepUnwritten(unwritten);
  }

  keepFault(fault: Fault, raised: boolean): void {
    const { code, subject, detail, since } = fault;
    this.#ports.log.warn(raised ? 'fault raised' : 'fault cleared', { code, subject });
    void this.#keep(
      raised ? { kind: 'raiseFault', code, subject, detail, since } : { kind: 'clearFault', code, subject },
    );
  }

  /** Of each record, what must be found again after a restart without a search of the journal. */
  keepOf(record: JournalRecord): void {
    const operation = travelToKeep(record);
    if (operation !== null) void this.#keep(operation);
    this.#keepReasons();
  }

  /** The count alone is logged: the records hold plates (I14). */
  async #keepUnwritten(records: readonly EncodedRecord[]): Promise<void> {
    const { log, clock, stateDir, spareDirs, boot, gateway } = this.#ports;
    const unwritten = { gateway: gateway(), boot, atWall: clock.wall(), records };
    for (const dir of [stateDir, ...spareDirs]) {
      const late = Promise.withResolvers<never>();
      const cancel = clock.after('store.unwritten', KEEP_MS, () => late.reject(new Error(`not within ${KEEP_MS} ms`)));
      try {
        const file = await Promise.race([this.#host.runChore({ kind: 'keepUnwritten', dir, unwritten }), late.promise]);
        log.warn('records not written are kept for the next start', { count: records.length, file });
        return;
      } catch (error) {
        log.warn('unwritten records could not be kept here', { dir, error: String(error) });
      } finally {
        cancel();
      }
    }
    log.error('records could not be written before the end and are lost', { count: records.length });
  }

  /** The database in use is damaged or gone: it is set aside and restored as at a start, while lines and the button go on (I5). */
  #damaged(why: string): void {
    const { log, clock, fault, loop } = this.#ports;
    fault('databaseDamaged', 'site', true, { why });
    log.error('the database is damaged', { why });
    this.late.detach();
    this.#ports.latch.detach();
    this.#ports.claims.detach();
    this.#ports.drills.detach();
    const detached = this.#ports.outbox.detach();
    const old = this.#store;
    this.#store = null;
    this.#leaving = old;
    // One after the other; one that failed does not stand in the way of the next.
    this.#reopening = this.#reopening
      .catch(() => undefined)
      .then(async () => {
        await Promise.all([old?.close(), detached]);
        this.#inherited = [...this.#inherited, ...(old?.journal.unwritten() ?? [])];
        this.#leaving = null;
        // One that is found damaged again and again is not opened in a spin.
        const wait = this.#reopenedAt + REOPEN_EVERY_MS - clock.mono();
        if (wait > 0) await new Promise<void>((resolve) => clock.after('store.reopen', wait, resolve));
        if (this.#stopping) return;
        this.#reopenedAt = clock.mono();
        await this.start();
        if (loop().site.journal === 'broken') loop().journalEvents().mended();
        fault('databaseDamaged', 'site', false, {});
      });
    this.#reopening.catch((error: unknown) =>
      log.error('the store could not be opened again', { error: words(error) }),
    );
  }

  #tellPrepared({ prepared, imported }: Store): void {
    const { fault, log } = this.#ports;
    if (prepared.kind === 'restored' || prepared.kind === 'replaced') {
      const { why, setAside, backup, usesKnown } = prepared;
      const detail = { why, setAside, backup, usesKnown };
      fault(prepared.kind === 'restored' ? 'databaseRestored' : 'databaseReplaced', 'site', true, detail);
    } else if (prepared.kind === 'unusable') {
      fault('databaseUnusable', 'site', true, { code: prepared.code, why: prepared.why });
    }
    if (imported.files.length > 0) log.info('records kept by an earlier process are written', { ...imported });
    const [failed] = imported.failed;
    if (failed !== undefined) fault('unwrittenNotTaken', 'site', true, { ...failed });
  }

  #keepStanding(): void {
    for (const fault of Object.values(this.#ports.loop().site.faults)) this.keepFault(fault, true);
  }

  #restoreFaults(store: Store): void {
    for (const { code, subject, detail } of store.reader()?.faults() ?? []) {
      const stands = this.#ports.loop().site.faults[`${code}@${subject}`] !== undefined;
      if (stands) continue;
      if (STICKY.has(code)) this.#ports.fault(code, subject, true, detail);
      else void this.#keep({ kind: 'clearFault', code, subject });
      // It ended with the process that knew it; its end is on record all the same.
      if (code === 'obstructionBypassed') this.#noteBypassOver(subject, detail);
    }
  }

  #noteBypassOver(lane: string, detail: JsonObject): void {
    const body = { lane, input: detail.input ?? null, via: 'gateway', why: 'restart' };
    this.#ports.loop().request({ kind: 'note', record: 'bypassEnded', body });
  }

  /** Before the cameras start: what was heard just before the restart may be sent again now, and must move nothing (I9). */
  #recall(store: Store): void {
    const heard = (store.reader()?.tail(RECALLED, { kind: 'plateRead' }) ?? []).flatMap((record): RecalledRead[] => {
      const { lane, body, personal } = record;
      const { device } = body;
      const eventId = typeof body.eventId === 'string' ? body.eventId : null;
      const cameraWall = typeof body.cameraWall === 'number' ? body.cameraWall : null;
      const raw = personal?.raw;
      if (lane === null || typeof device !== 'string' || typeof raw !== 'string') return [];
      if (eventId === null && cameraWall === null) return [];
      return [{ lane, device, eventId, cameraWall, raw }];
    });
    if (heard.length > 0) this.#ports.loop().request({ kind: 'recall', heard });
  }

  #recallTravel(store: Store): void {
    const reader = store.reader();
    const request = reader === null ? null : travelRecalled(this.#ports.loop().site.model, (key) => reader.value(key));
    if (request !== null) this.#ports.loop().request(request);
  }

  /** In mid-run memory is right, and a database that was restored is written anew. */
  #recallReasons(store: Store): void {
    const reader = store.reader();
    const first = !this.#reasonsRecalled;
    const request = reader === null || !first ? null : reasonsRecalled((key) => reader.value(key));
    this.#reasonsRecalled ||= reader !== null;
    if (request !== null) this.#ports.loop().request(request);
    const { owedReasons } = this.#ports.loop().site;
    this.#keptReasons = first && request === null && owedReasons.length === 0 ? owedReasons : null;
    this.#keepReasons();
  }

  #keepReasons(): void {
    const { owedReasons } = this.#ports.loop().site;
    if (this.#store === null || owedReasons === this.#keptReasons) return;
    this.#keptReasons = owedReasons;
    void this.#keep(reasonsToKeep(owedReasons, this.#ports.clock.wall()));
  }

  #listChanged(version: string, rows: number, source: string): void {
    const loop = this.#ports.loop();
    this.#ports.fault('listDamaged', 'site', false, {});
    loop.request({ kind: 'note', record: 'listSwapped', body: { version, rows, source } });
    loop.listsChanged();
  }

  #keep(operation: Parameters<Store['journal']['run']>[0]): Promise<void> {
    return (
      this.#store?.journal.run(operation).catch((error: unknown) => {
        this.#ports.log.error('a small write was refused', { operation: operation.kind, error: words(error) });
      }) ?? Promise.resolve()
    );
  }
}

function replacedBy({ prepared }: Store): ReplacedDatabase | null {
  return prepared.kind === 'restored' || prepared.kind === 'replaced' ? { path: prepared.setAside } : null;
}

export function words(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
