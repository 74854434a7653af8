/**
 * The composer: puts the rooms together, starts them in the order that serves life safety first, and takes them down
 * without moving a boom (design.md "Start order", I5, I17).
 */
import { randomBytes } from 'node:crypto';
import type { Running } from '../config/last-known-good.ts';
import { readSecret } from '../config/disk.ts';
import type { Clock } from '../contract/clock.ts';
import type { Fault, JournalRecord, RecalledRead } from '../core/io.ts';
import type { SiteModel } from '../core/site-model.ts';
import { beginSite } from '../core/site-state.ts';
import type { JsonObject } from '../core/values.ts';
import { CameraHost } from '../field/camera-host.ts';
import type { CameraSite } from '../field/camera-messages.ts';
import { Field, type FieldConfig, type LineConfig } from '../field/field.ts';
import { openStore, type Store } from '../store/store.ts';
import { type Configuration, type ConfigurationOptions, readConfiguration, nowhere } from './configuration.ts';
import { LateStore } from './late-store.ts';
import type { Log } from './log.ts';
import { Loop } from './loop.ts';
import { watchWall, type WallWatch } from './wall-trust.ts';

export interface GatewayOptions extends ConfigurationOptions {
  readonly stateDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** File whose age shows that the clock is right; null = none configured. */
  readonly clockMark: string | null;
  /** After each record; for `demo` and the control socket's followers. */
  readonly onRecord?: ((record: JournalRecord) => void) | undefined;
}

const CAMERA_HEAP_MB = 192;
const CAMERA_RESIDENT_MB = 512;
/** Faults that no reading clears by itself: they stand over a restart until a person or a proof ends them. */
const STICKY = new Set(['obstructionHunting', 'obstructionSilent']);
/** Reads looked at for re-sending after a restart: more than any camera keeps for two minutes on all lanes. */
const RECALLED = 500;
const REOPEN_EVERY_MS = 10_000;
/** A stop waits no longer than this for a database that is being restored. */
const REOPEN_STOP_MS = 3000;

export class Gateway {
  readonly boot: string;
  readonly options: GatewayOptions;
  readonly loop: Loop;
  readonly field: Field;
  readonly cameras: CameraHost;
  #store: Store | null = null;
  #configuration: Configuration;
  #wall: WallWatch;
  readonly #late = new LateStore();
  readonly #configFaults = new Set<string>();
  readonly #followers = new Set<(record: JournalRecord) => void>();
  /** When each camera last read anything, in mono; the host lets only configured devices speak. */
  readonly #lastReads = new Map<string, number>();
  #reloading: Promise<unknown> = Promise.resolve();
  #reopening: Promise<void> = Promise.resolve();
  #reopenedAt = Number.NEGATIVE_INFINITY;
  #stopping = false;
  #receiver: { readonly address: string; readonly port: number } | null = null;

  constructor(options: GatewayOptions) {
    this.options = options;
    const { clock, log } = options;
    this.boot = `${Math.floor(clock.wall() / 1000).toString(36)}${randomBytes(3).toString('hex')}`;
    this.#configuration = readConfiguration(options.stateDir, options);
    this.field = new Field({
      clock,
      random: Math.random,
      emit: (observation) => this.loop.observe(observation),
      secret: (device, name) => this.#secret(device, name),
      log,
    });
    this.cameras = new CameraHost({
      clock,
      entry: new URL('./camera-child.ts', import.meta.url).pathname,
      maxHeapMb: CAMERA_HEAP_MB,
      maxResidentMb: CAMERA_RESIDENT_MB,
      random: Math.random,
      events: {
        observed: (observation) => {
          if (observation.kind === 'plateRead' || observation.kind === 'cardRead')
            this.#lastReads.set(observation.device, clock.mono());
          return this.loop.observe(observation);
        },
        problem: (code, subject, raised, detail) => this.#fault(code, subject, raised, { detail }),
        log: (level, device, message, facts) => log[level](message, { device, ...facts }),
        listening: (address, port) => {
          this.#receiver = { address, port };
          log.info('the receiver listens', { address, port });
        },
      },
    });
    this.loop = new Loop(beginSite(this.#siteModel(), this.boot, clock.mono()), {
      clock,
      field: this.field,
      journal: this.#late,
      lists: this.#late,
      wallTrusted: () => this.#wall?.trusted() ?? false,
      faultChanged: (fault, raised) => this.#keepFault(fault, raised),
      recorded: (record) => this.#tell(record),
      failed: (error, input) => log.error('a defect of ours was caught', { input: input.kind, error: words(error) }),
    });
    this.#wall = watchWall({
      clock,
      mark: options.clockMark,
      stepped: (byMs) => this.loop.clockStepped(byMs),
      trustChanged: (trusted) => this.#fault('clockUntrusted', 'site', !trusted, { probe: options.clockMark }),
    });
  }

  get running(): Running {
    return this.#configuration.running;
  }

  get configuration(): Configuration {
    return this.#configuration;
  }

  get store(): Store | null {
    return this.#store;
  }

  lastReadAt(camera: string): number | null {
    return this.#lastReads.get(camera) ?? null;
  }

  get receiver(): { readonly address: string; readonly port: number } | null {
    return this.#receiver;
  }

  /** Lines and the button first; then database, lists and cameras. Resolves when all are up. */
  async start(): Promise<void> {
    this.loop.request({
      kind: 'note',
      record: 'started',
      body: { boot: this.boot, configHash: this.running.hash, pid: process.pid, node: process.version },
    });
    this.#tellConfigFaults();
    await this.field.apply(this.#fieldConfig());
    await this.#openStore();
    this.cameras.start(this.#cameraSite());
  }

  /** Also in mid-run, after the one in use was found damaged: what is recorded meanwhile waits and comes first. */
  async #openStore(): Promise<void> {
    const { log, clock, stateDir } = this.options;
    const store = await openStore(
      { dir: stateDir, gateway: this.#siteModel().id, boot: this.boot, clock },
      {
        ...this.loop.journalEvents(),
        anchored: (anchor) => log.info('anchor', { ...anchor }),
        anchorFailed: (code, why) => log.error('the anchor could not be written', { code, why }),
        ballast: (state) => this.#fault('diskLow', 'site', state === 'freed', {}),
        damaged: (why) => this.#damaged(why),
        listChanged: (version) => this.#listChanged(version.version, version.rows, version.source),
        listFailed: (code, why, using) => this.#fault('listDamaged', 'site', true, { code, why, using }),
        backupFailed: (code, why) => this.#fault('backupFailed', 'site', true, { code, why }),
        backedUp: () => this.#fault('backupFailed', 'site', false, {}),
      },
    );
    this.#store = store;
    const { waited, lost } = this.#late.attach(store.journal, store.lists);
    if (lost > 0)
      this.loop.request({
        kind: 'note',
        record: 'recordsLost',
        body: { count: lost, why: 'the store opened too late' },
      });
    log.info('the store is open', { kind: store.prepared.kind, waited });
    this.#tellPrepared(store);
    for (const fault of Object.values(this.loop.site.faults)) this.#keepFault(fault, true);
    this.#restoreFaults(store);
    this.#recall(store);
    this.loop.listsChanged();
  }

  /** The database in use is damaged or gone: it is set aside and restored as at a start, while lines and the button go on (I5). */
  #damaged(why: string): void {
    const { log, clock } = this.options;
    this.#fault('databaseDamaged', 'site', true, { why });
    log.error('the database is damaged', { why });
    this.#late.detach();
    const old = this.#store;
    this.#store = null;
    // One after the other; one that failed does not stand in the way of the next.
    this.#reopening = this.#reopening
      .catch(() => undefined)
      .then(async () => {
        await old?.close();
        // One that is found damaged again and again is not opened in a spin.
        const wait = this.#reopenedAt + REOPEN_EVERY_MS - clock.mono();
        if (wait > 0) await new Promise<void>((resolve) => clock.after('store.reopen', wait, resolve));
        if (this.#stopping) return;
        this.#reopenedAt = clock.mono();
        await this.#openStore();
        if (this.loop.site.journal === 'broken') this.loop.journalEvents().mended();
        this.#fault('databaseDamaged', 'site', false, {});
      });
    this.#reopening.catch((error: unknown) =>
      log.error('the store could not be opened again', { error: words(error) }),
    );
  }

  /** Applies the YAML as it is now; what is wrong stays on its last known good. Moves no boom (I17). */
  reload(): Promise<Configuration> {
    const turn = this.#reloading.then(async () => {
      const next = readConfiguration(this.options.stateDir, this.options);
      const changed = next.running.hash !== this.running.hash;
      this.#configuration = next;
      this.#tellConfigFaults();
      if (changed) {
        this.loop.replaceSite(this.#siteModel());
        await this.field.apply(this.#fieldConfig());
        this.cameras.configure(this.#cameraSite());
      }
      this.options.log.info('configuration read', {
        changed,
        hash: next.running.hash,
        problems: next.load.problems.length,
      });
      return next;
    });
    this.#reloading = turn.catch(() => undefined);
    return turn;
  }

  follow(follower: (record: JournalRecord) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Finishes the transaction in flight, writes what is recorded, and leaves every boom as it is. */
  async stop(why: string): Promise<void> {
    this.#stopping = true;
    this.#wall.stop();
    // Lines first: what the write in flight came to is still recorded.
    await Promise.all([this.field.stop(), this.cameras.stop()]);
    this.loop.request({ kind: 'note', record: 'stopping', body: { why } });
    this.loop.stop();
    await Promise.race([
      this.#reopening.catch(() => undefined),
      new Promise<void>((resolve) => this.options.clock.after('store.stopping', REOPEN_STOP_MS, resolve)),
    ]);
    await this.#store?.close();
    const unwritten = this.#store?.journal.status().waiting ?? 0;
    if (unwritten > 0) this.options.log.error('records could not be written before the end', { count: unwritten });
  }

  #siteModel(): SiteModel {
    return this.running.site ?? nowhere(this.running.hash);
  }

  #fieldConfig(): FieldConfig {
    const { lines, devices } = this.running.field;
    return {
      lines: lines.filter((line): line is LineConfig & typeof line => line.type.startsWith('modbus-')),
      devices: devices
        .filter((device) => device.host === 'main')
        .flatMap(({ id, driver, line, config }) => {
          const found = this.options.drivers.find((candidate) => candidate.driver.name === driver);
          return found === undefined ? [] : [{ id, driver: found.driver, config, ...(line === null ? {} : { line }) }];
        }),
    };
  }

  #cameraSite(): CameraSite {
    const { field, receiver } = this.running;
    return {
      receiver: receiver === null ? null : { bind: receiver.bind, port: receiver.port },
      devices: field.devices
        .filter((device) => device.host === 'camera')
        .flatMap((device) => {
          const found = this.options.drivers.find((candidate) => candidate.driver.name === device.driver);
          if (found === undefined) return [];
          const secrets: Record<string, string> = {};
          for (const ref of device.secrets) {
            try {
              secrets[ref.name] = readSecret(this.options.configDir, this.options.env, ref);
            } catch (error) {
              this.#fault('secretMissing', device.id, true, { why: words(error) });
            }
          }
          return [{ device: device.id, module: found.module, config: device.config, secrets }];
        }),
    };
  }

  #secret(device: string, name: string): string {
    const ref = this.running.field.devices
      .find((entry) => entry.id === device)
      ?.secrets.find((entry) => entry.name === name);
    if (ref === undefined) throw new Error(`device ${device} has no secret ${name}`);
    return readSecret(this.options.configDir, this.options.env, ref);
  }

  #fault(code: string, subject: string, raised: boolean, detail: JsonObject): void {
    // The first trust report comes while the loop is being built; its fault is told at the start.
    this.loop?.request({ kind: 'systemFault', code, subject, raised, detail });
  }

  #tellConfigFaults(): void {
    const standing = new Set<string>();
    for (const fault of this.running.faults) {
      standing.add(fault.subject);
      const problem = fault.problem;
      const where = problem === null ? null : `${problem.file}:${problem.line}:${problem.col}`;
      this.#fault('configRejected', fault.subject, false, {});
      this.#fault('configRejected', fault.subject, true, {
        state: fault.state,
        since: fault.since,
        where,
        code: problem?.code ?? null,
        message: problem === null ? null : { zh: problem.message.zh, en: problem.message.en },
      });
    }
    for (const gone of this.#configFaults) if (!standing.has(gone)) this.#fault('configRejected', gone, false, {});
    this.#configFaults.clear();
    for (const subject of standing) this.#configFaults.add(subject);
    const { lkgProblem } = this.#configuration;
    this.#fault('lastKnownGoodUnreadable', 'site', lkgProblem !== null, { why: lkgProblem });
  }

  #tellPrepared(store: Store): void {
    const { prepared } = store;
    if (prepared.kind === 'restored' || prepared.kind === 'replaced') {
      const { why, setAside, backup, usesKnown } = prepared;
      this.#fault(prepared.kind === 'restored' ? 'databaseRestored' : 'databaseReplaced', 'site', true, {
        why,
        setAside,
        backup,
        usesKnown,
      });
    } else if (prepared.kind === 'unusable') {
      this.#fault('databaseUnusable', 'site', true, { code: prepared.code, why: prepared.why });
    }
  }

  #restoreFaults(store: Store): void {
    for (const fault of store.reader()?.faults() ?? []) {
      const stands = this.loop.site.faults[`${fault.code}@${fault.subject}`] !== undefined;
      if (stands) continue;
      if (STICKY.has(fault.code)) this.#fault(fault.code, fault.subject, true, fault.detail);
      else void this.#keep({ kind: 'clearFault', code: fault.code, subject: fault.subject });
    }
  }

  /** Before the cameras start: what was heard just before the restart may be sent again now, and must move nothing (I9). */
  #recall(store: Store): void {
    const now = this.options.clock.wall();
    const heard = (store.reader()?.tail(RECALLED, { kind: 'plateRead' }) ?? []).flatMap((record): RecalledRead[] => {
      const { lane, body, personal, atWall } = record;
      const { device, eventId } = body;
      const raw = personal?.raw;
      if (lane === null || typeof device !== 'string' || typeof eventId !== 'string' || typeof raw !== 'string')
        return [];
      return [{ lane, device, eventId, raw, agoMs: now - atWall }];
    });
    if (heard.length > 0) this.loop.request({ kind: 'recall', heard });
  }

  #listChanged(version: string, rows: number, source: string): void {
    this.#fault('listDamaged', 'site', false, {});
    this.loop.request({ kind: 'note', record: 'listSwapped', body: { version, rows, source } });
    this.loop.listsChanged();
  }

  #keepFault(fault: Fault, raised: boolean): void {
    const { code, subject, detail, since } = fault;
    this.options.log.warn(raised ? 'fault raised' : 'fault cleared', { code, subject });
    void this.#keep(
      raised ? { kind: 'raiseFault', code, subject, detail, since } : { kind: 'clearFault', code, subject },
    );
  }

  #keep(operation: Parameters<Store['journal']['run']>[0]): Promise<void> {
    return (
      this.#store?.journal.run(operation).catch((error: unknown) => {
        this.options.log.error('a small write was refused', { operation: operation.kind, error: words(error) });
      }) ?? Promise.resolve()
    );
  }

  #tell(record: JournalRecord): void {
    this.options.onRecord?.(record);
    for (const follower of this.#followers) follower(record);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
