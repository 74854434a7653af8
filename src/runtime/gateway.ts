/**
 * The composer: puts the rooms together, starts them in the order that serves life safety first, and takes them down
 * without moving a boom (design.md "Start order", I5, I17).
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Running } from '../config/last-known-good.ts';
import { configRoot, readSecret } from '../config/disk.ts';
import type { Clock } from '../contract/clock.ts';
import type { JournalRecord } from '../core/io.ts';
import type { SiteModel } from '../core/site-model.ts';
import { beginSite } from '../core/site-state.ts';
import type { JsonObject } from '../core/values.ts';
import { CameraHost, type CameraHostEvents } from '../field/camera-host.ts';
import type { CameraSite } from '../field/camera-messages.ts';
import { Field, type FieldConfig } from '../field/field.ts';
import type { Store } from '../store/store.ts';
import { CAMERA_ENTRY, CAMERA_HEAP_MB, CAMERA_RESIDENT_MB } from './camera-start.ts';
import { type Configuration, type ConfigurationOptions, readConfiguration, nowhere } from './configuration.ts';
import { ClaimMemory } from './claim-memory.ts';
import { ConfigurationFaults } from './configuration-faults.ts';
import { triggerAt } from './cron-trigger.ts';
import { DeviceSecrets } from './device-secrets.ts';
import { DrillCalendar } from './drill-calendar.ts';
import { EmergencyLatch } from './emergency-latch.ts';
import type { Cameras, GatewayParts } from './gateway-parts.ts';
import { GatewayStore, words } from './gateway-store.ts';
import type { Log } from './log.ts';
import { Loop } from './loop.ts';
import { type Overheard, Overhearing } from './overhearing.ts';
import { lanesTouched, type ReloadPorts, replaceInOrder, waitForBooms, type Wiring } from './reload-order.ts';
import type { StoreAhead } from './store-ahead.ts';
import { Upstream } from './upstream.ts';
import { watchWall, type WallWatch } from './wall-trust.ts';

export interface GatewayOptions extends ConfigurationOptions {
  readonly stateDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** File whose age shows that the clock is right; null = none configured. */
  readonly clockMark: string | null;
  /** The camera host's process, begun ahead by `prepareCameras`. */
  readonly cameras?: ChildProcess | undefined;
  /** Begun ahead by `surveyStore`. */
  readonly storeAhead?: StoreAhead | null | undefined;
  /** After each record; for `demo` and the control socket's followers. */
  readonly onRecord?: ((record: JournalRecord) => void) | undefined;
  readonly parts?: GatewayParts | undefined;
}

export class Gateway {
  readonly boot: string;
  readonly options: GatewayOptions;
  readonly loop: Loop;
  readonly field: Field;
  readonly cameras: Cameras;
  readonly upstream: Upstream;
  readonly #parts: GatewayParts;
  readonly #store: GatewayStore;
  readonly #latch: EmergencyLatch;
  readonly #drills: DrillCalendar;
  readonly #claims: ClaimMemory;
  #configuration: Configuration;
  #wall: WallWatch;
  readonly #configFaults: ConfigurationFaults;
  readonly #followers = new Set<(record: JournalRecord) => void>();
  readonly #overhearing: Overhearing;
  readonly #secrets: DeviceSecrets;
  /** When each camera last read anything, in mono; the host lets only configured devices speak. */
  readonly #lastReads = new Map<string, number>();
  #reloading: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #receiver: { readonly address: string; readonly port: number } | null = null;

  constructor(options: GatewayOptions) {
    this.options = options;
    const { clock, log, parts = {} } = options;
    const { random = Math.random, writeState } = parts;
    this.#parts = parts;
    this.boot = parts.boot ?? `${Math.floor(clock.wall() / 1000).toString(36)}${randomBytes(3).toString('hex')}`;
    this.#configuration = this.#readConfiguration(null);
    this.#configFaults = new ConfigurationFaults(
      (code, subject, raised, detail) => this.#fault(code, subject, raised, detail),
      log,
    );
    this.field = new Field({
      clock,
      random,
      open: parts.openLine,
      emit: (observation) => this.loop.observe(observation),
      secret: (device, name) => this.#secret(device, name),
      log,
    });
    this.#secrets = new DeviceSecrets({
      read: (ref) => readSecret(options.configDir, options.env, ref),
      missing: (device, why) => this.#fault('secretMissing', device, why !== null, { why }),
    });
    this.#overhearing = new Overhearing({
      ...{ clock, log },
      device: (id) => this.#fieldConfig().devices.find((device) => device.id === id) ?? null,
      hear: (device, listener) => this.field.overhear(device, listener),
    });
    this.cameras = (parts.cameras ?? this.#cameraProcess)({
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
    });
    this.upstream = new Upstream({
      ...{ clock, log, boot: this.boot, configDir: configRoot(options.configDir), stateDir: options.stateDir },
      gateway: () => this.#siteModel().id,
      now: () => this.loop.now(),
      site: () => this.loop.site,
      store: () => this.#store.open,
      fault: (code, subject, raised, detail) => this.#fault(code, subject, raised, detail),
      note: (record, body) => this.loop.request({ kind: 'note', record, body }),
      spawn: parts.spawnUplink,
    });
    this.#latch = new EmergencyLatch({
      ...{ clock, log, stateDir: options.stateDir, write: writeState },
      site: () => this.loop.site,
      request: (request) => this.loop.request(request),
      fault: (code, subject, raised, detail) => this.#fault(code, subject, raised, detail),
    });
    this.#drills = new DrillCalendar({
      ...{ clock, log, trigger: triggerAt },
      site: () => this.loop.site,
      request: (request) => this.loop.request(request),
      fault: (code, subject, raised, detail) => this.#fault(code, subject, raised, detail),
    });
    this.#claims = new ClaimMemory({
      ...{ clock, log, stateDir: options.stateDir, write: writeState },
      site: () => this.loop.site,
      now: () => this.loop.now(),
      request: (request) => this.loop.request(request),
      fault: (code, subject, raised, detail) => this.#fault(code, subject, raised, detail),
    });
    this.#store = new GatewayStore({
      ...{ clock, log, boot: this.boot, stateDir: options.stateDir, spareDirs: spareDirs(options.env) },
      host: parts.storeHost,
      ahead: options.storeAhead ?? null,
      gateway: () => this.#siteModel().id,
      loop: () => this.loop,
      fault: (code, subject, raised, detail) => this.#fault(code, subject, raised, detail),
      outbox: this.upstream,
      latch: this.#latch,
      claims: this.#claims,
      drills: this.#drills,
    });
    this.loop = new Loop(beginSite(this.#siteModel(), this.boot, clock.mono()), {
      clock,
      field: this.field,
      journal: this.#store.late,
      lists: this.#store.late,
      wallTrusted: () => this.#wall?.trusted() ?? false,
      faultChanged: (fault, raised) => this.#store.keepFault(fault, raised),
      recorded: (record) => this.#tell(record),
      failed: (error, input) => log.error('a defect of ours was caught', { input: input.kind, error: words(error) }),
      ear: parts.ear,
    });
    this.#wall = watchWall({
      clock,
      mark: options.clockMark,
      stepped: (byMs) => {
        this.loop.clockStepped(byMs);
        this.#drills.configured();
      },
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
    return this.#store.open;
  }

  /** When something readable of this camera last came, a plate or a sign of life; null while nothing ever did. */
  lastHeardAt(camera: string): number | null {
    const times = [this.#lastReads.get(camera) ?? null, this.cameras.lastHeardAt(camera)].filter((at) => at !== null);
    return times.length === 0 ? null : Math.max(...times);
  }

  get receiver(): { readonly address: string; readonly port: number } | null {
    return this.#receiver;
  }

  /** The latch, lines and the button first; then database, lists and cameras. Resolves when all are up. */
  async start(): Promise<void> {
    const { pid, version: node } = this.#parts.process ?? process;
    const body = { boot: this.boot, configHash: this.running.hash, pid, node };
    this.loop.request({ kind: 'note', record: 'started', body });
    this.#configFaults.tell(this.#configuration);
    this.#secrets.renew(this.running.field.devices);
    this.#latch.begin();
    this.#claims.begin();
    await this.field.apply(this.#fieldConfig());
    await this.#store.start();
    this.cameras.start(this.#cameraSite());
    this.upstream.configure(this.running.upstream);
  }

  /**
   * Applies the YAML as it is now; what is wrong stays on its last known good. Moves no boom (I17), so it waits, within bounds,
   * for one that comes down on a lane which it touches.
   */
  reload(): Promise<Configuration> {
    const turn = this.#reloading.then(async () => {
      const next = this.#readConfiguration(this.#configuration);
      const before = this.#wiring(this.running);
      const renewed = this.#secrets.renew(next.running.field.devices);
      const isMain = (id: string) => next.running.field.devices.some((one) => one.id === id && one.host === 'main');
      const changed = next.running.hash !== this.running.hash;
      const replaces = changed || renewed.some(isMain);
      const touched = lanesTouched(before, this.#wiring(next.running));
      if (replaces) await waitForBooms(this.#reloadPorts, touched);
      if (this.#stopped) return next;
      this.#configuration = next;
      this.#configFaults.tell(this.#configuration);
      if (replaces) {
        await replaceInOrder(this.#reloadPorts, touched, this.#siteModel());
        if (this.#stopped) return next;
        this.#overhearing.renew();
        this.#drills.configured();
      }
      // Also where nothing is said to have changed: the host compares, and what is equal runs on.
      this.cameras.configure(this.#cameraSite());
      this.upstream.configure(next.running.upstream);
      this.options.log.info('configuration read', {
        changed,
        newSecrets: renewed.length === 0 ? undefined : renewed,
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

  /** What a reader sends and its settings refuse, until the function given back is called. It goes nowhere else. */
  overhear(device: string, take: (told: Overheard) => void): () => void {
    return this.#overhearing.add(device, take);
  }

  /** Finishes the transaction in flight, writes what is recorded, and leaves every boom as it is. */
  async stop(why: string): Promise<void> {
    this.#stopped = true;
    this.#wall.stop();
    this.#drills.stop();
    // Lines first: what the write in flight came to is still recorded.
    await Promise.all([this.field.stop(), this.cameras.stop()]);
    this.loop.request({ kind: 'note', record: 'stopping', body: { why } });
    this.loop.stop();
    await this.upstream.stop();
    await Promise.all([this.#latch.stop(), this.#claims.stop()]);
    await this.#store.stop();
  }

  #readConfiguration(running: Configuration | null): Configuration {
    const { clock, stateDir } = this.options;
    const options = { ...this.options, wall: () => clock.wall() };
    return readConfiguration(stateDir, options, running);
  }

  readonly #cameraProcess = (events: CameraHostEvents): Cameras =>
    new CameraHost({
      ...{
        clock: this.options.clock,
        entry: CAMERA_ENTRY,
        prepared: this.options.cameras,
        random: Math.random,
        events,
      },
      ...{ maxHeapMb: CAMERA_HEAP_MB, maxResidentMb: CAMERA_RESIDENT_MB },
    });

  get #reloadPorts(): ReloadPorts {
    return {
      clock: this.options.clock,
      loop: this.loop,
      stopped: () => this.#stopped,
      applyField: () => this.field.apply(this.#fieldConfig()),
    };
  }

  #siteModel(): SiteModel {
    return this.running.site ?? nowhere(this.running.hash);
  }

  #fieldConfig(): FieldConfig {
    const { lines, devices } = this.running.field;
    return {
      lines,
      devices: devices
        .filter((device) => device.host === 'main')
        .flatMap(({ id, driver, line, config }) => {
          const found = this.options.drivers.find((candidate) => candidate.driver.name === driver);
          if (found === undefined) return [];
          const secrets = this.#secrets.revision(id);
          return [{ id, driver: found.driver, config, secrets, ...(line === null ? {} : { line }) }];
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
          const secrets = this.#secrets.of(device.id);
          return [{ device: device.id, module: found.module, config: device.config, secrets }];
        }),
    };
  }

  #secret(device: string, name: string): string {
    const value = this.#secrets.of(device)[name];
    if (value === undefined) throw new Error(`device ${device} has no secret ${name}`);
    return value;
  }

  #wiring({ site, field, hash }: Running): Wiring {
    const devices = field.devices.map((device) => ({ ...device, revision: this.#secrets.revision(device.id) }));
    return { site: site ?? nowhere(hash), lines: field.lines, devices };
  }

  #fault(code: string, subject: string, raised: boolean, detail: JsonObject): void {
    // The first trust report comes while the loop is being built; its fault is told at the start.
    this.loop?.request({ kind: 'systemFault', code, subject, raised, detail });
  }

  #tell(record: JournalRecord): void {
    this.#latch.look();
    this.#claims.look();
    this.#store.keepOf(record);
    this.#drills.recorded(record);
    this.upstream.recorded();
    this.options.onRecord?.(record);
    for (const follower of this.#followers) follower(record);
  }
}

/** systemd's folder in memory: it outlives this process though not the machine. */
function spareDirs(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const [first] = (env.RUNTIME_DIRECTORY ?? '').split(':');
  return first === undefined || first === '' ? [] : [first];
}
