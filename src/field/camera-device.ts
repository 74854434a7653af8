/**
 * One camera driver at work inside the camera host: its context, its line, its start and stop, and its new start after it
 * failed. A driver that throws, even where nobody waits for it, is the trouble of its own device.
 */
import type { Clock } from '../contract/clock.ts';
import type {
  AnyDriver,
  Driver,
  DriverContext,
  HttpAnswer,
  HttpDelivery,
  HttpLine,
  PushAccess,
  Receipt,
} from '../contract/driver.ts';
import type { Observation } from '../core/presentation.ts';
import type { Mono } from '../core/values.ts';
import { hashOf } from '../wire/secret.ts';
import type { CameraAccounts } from './camera-accounts.ts';
import { CameraHttpClient } from './camera-http-client.ts';
import type { CameraOrder, FromHost } from './camera-messages.ts';
import type { PushRoute } from './receiver.ts';

/** Who answers for code that set timers, sockets and promises going. */
export interface CodeOwner {
  failed(error: unknown): void;
}

export interface CameraSurroundings {
  readonly clock: Clock;
  readonly accounts: CameraAccounts;
  emit(observation: Observation): Promise<Receipt>;
  /** The device has said something that can be read. */
  heard(device: string): void;
  /** Runs a driver's code: what it throws where nobody waits for it goes to its owner. */
  within<T>(owner: CodeOwner, action: () => T): T;
  log(message: FromHost & { readonly kind: 'log' }): void;
}

/** What a driver has said of its device and not taken back. */
interface Told {
  /** Faults; one that stands is not reported again for each bad push. */
  readonly standing: Set<string>;
  silent: boolean;
}

/** Drivers that the camera host can run: those on an `http` line, or on none. */
type Hosted = Extract<AnyDriver, { readonly line: 'http' }>;

/** From one start of the driver to its end. */
interface Life {
  readonly driver: Driver;
  readonly stop: AbortController;
  readonly owner: CodeOwner;
  take: ((delivery: HttpDelivery) => Promise<HttpAnswer>) | null;
}

/** Beside the faults that a driver declares. */
const driverFailed = 'driverFailed';
const firstWaitMs = 1000;
const mostWaitMs = 60_000;
/** A driver that ran for so long has earned a quick start again. */
const healthyAfterMs = 60_000;

export class CameraDevice {
  readonly order: CameraOrder;
  readonly route: PushRoute | null;
  readonly #around: CameraSurroundings;
  readonly #told: Told = { standing: new Set(), silent: false };
  readonly #live: () => Life;
  #life: Life;
  #startedAt: Mono = 0;
  #waitMs = firstWaitMs;
  #cancelRestart = (): void => undefined;

  private constructor(order: CameraOrder, definition: Hosted, around: CameraSurroundings) {
    this.order = order;
    this.#around = around;
    // The configuration room has read it by this driver's own schema; the registry has forgotten the type.
    const config = order.config as never;
    this.#live = () => {
      const stop = new AbortController();
      const owner = { failed: (error: unknown) => this.#failed(stop, error) };
      return around.within(owner, () => newLife(order, definition, around, this.#told, { stop, owner }));
    };
    this.#life = this.#live();
    const access = definition.pushAccess?.(config) ?? null;
    const taking = (delivery: HttpDelivery): Promise<HttpAnswer> => {
      const { stop, owner, take } = this.#life;
      if (stop.signal.aborted || take === null) return Promise.resolve({ status: 503 });
      return around.within(owner, () => take(delivery));
    };
    this.route = access === null ? null : routeOf(order.device, access, secretsOf(order), taking);
  }

  /** Throws with a message for a technician where the driver or a secret is unusable. */
  static create(order: CameraOrder, definition: AnyDriver, around: CameraSurroundings): CameraDevice {
    if (!isHosted(definition)) throw new TypeError(`driver ${definition.name} is not for the camera host`);
    return new CameraDevice(order, definition, around);
  }

  async start(): Promise<void> {
    this.#startedAt = this.#around.clock.mono();
    const { driver, owner } = this.#life;
    await this.#around.within(owner, () => driver.start());
  }

  /** Everything of the device ends with the signal, even if its `stop` fails. */
  async stop(): Promise<void> {
    this.#cancelRestart();
    const { driver, stop, owner } = this.#life;
    stop.abort();
    await this.#around.within(owner, () => driver.stop());
  }

  /** A driver threw where nobody waited for it: its device is lost until it is made anew, after 1 → 60 s. */
  #failed(stop: AbortController, error: unknown): void {
    // What an ended life still throws is no news.
    if (stop.signal.aborted) return;
    const { clock, emit, log } = this.#around;
    const { device } = this.order;
    const why = wordsOf(error);
    const stack = error instanceof Error ? (error.stack?.split('\n').slice(1, 6).join(' ') ?? '') : '';
    log({ kind: 'log', level: 'warn', device, message: 'driver failed', facts: { error: why, stack } });
    if (clock.mono() - this.#startedAt >= healthyAfterMs) this.#waitMs = firstWaitMs;
    this.stop().catch(() => undefined);
    this.#retractFaults();
    if (!this.#told.silent) void emit({ kind: 'deviceSilent', device, why });
    this.#told.silent = true;
    this.#told.standing.add(driverFailed);
    void emit({ kind: 'deviceFault', device, fault: driverFailed, raised: true, detail: why });
    const wait = this.#waitMs;
    this.#waitMs = Math.min(wait * 2, mostWaitMs);
    this.#cancelRestart = clock.after(`camera.${device}.restart`, wait, () => void this.#restart());
  }

  async #restart(): Promise<void> {
    const before = this.#life.stop;
    try {
      this.#life = this.#live();
      this.retract();
      await this.start();
    } catch (error) {
      const { stop } = this.#life;
      // Where not even a new one could be made, the ended one answers for it.
      this.#failed(stop === before ? new AbortController() : stop, error);
    }
  }

  /** Takes back what the device has said of itself: its successor, after a reload, would not know of it. */
  retract(): void {
    this.#retractFaults();
    if (this.#told.silent) void this.#around.emit({ kind: 'deviceReturned', device: this.order.device });
    this.#told.silent = false;
  }

  #retractFaults(): void {
    const { device } = this.order;
    for (const fault of this.#told.standing) {
      void this.#around.emit({ kind: 'deviceFault', device, fault, raised: false, detail: '' });
    }
    this.#told.standing.clear();
  }
}

function newLife(
  order: CameraOrder,
  definition: Hosted,
  around: CameraSurroundings,
  told: Told,
  { stop, owner }: Pick<Life, 'stop' | 'owner'>,
): Life {
  const client = new CameraHttpClient(`camera.${order.device}`, around.clock, around.accounts, stop.signal);
  const taker: Pick<Life, 'take'> = { take: null };
  const line: HttpLine = {
    id: order.device,
    onDelivery: (given) => {
      taker.take = given;
    },
    fetch: (request) => client.fetch(request),
  };
  const driver = definition.create(contextOf(order, line, around, stop.signal, told), order.config as never);
  return Object.assign(taker, { driver, stop, owner });
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 300);
}

function routeOf(
  device: string,
  access: PushAccess,
  secret: (name: string) => string,
  take: PushRoute['take'],
): PushRoute {
  const path = secret(access.pathSecret);
  if (!/^[A-Za-z0-9_-]{8,200}$/.test(path)) {
    throw new TypeError(`secret ${access.pathSecret} must be 8 to 200 of the characters A-Z a-z 0-9 - _`);
  }
  const { digest } = access;
  const credentials = digest === null ? null : { user: digest.user, password: secret(digest.passwordSecret) };
  return { device, secret: path, addresses: access.addresses, digest: credentials, take };
}

function isHosted(definition: AnyDriver): definition is Hosted {
  return definition.host === 'camera' && definition.line === 'http';
}

function secretsOf(order: CameraOrder): (name: string) => string {
  return (name) => {
    const value = Object.hasOwn(order.secrets, name) ? order.secrets[name] : undefined;
    if (value === undefined || value === '') throw new TypeError(`secret ${name} is missing or empty`);
    return value;
  };
}

function contextOf(
  order: CameraOrder,
  line: HttpLine,
  around: CameraSurroundings,
  signal: AbortSignal,
  told: Told,
): DriverContext<HttpLine> {
  const { device } = order;
  const { standing } = told;
  const fault = (name: string, raised: boolean, detail: string): void => {
    if (signal.aborted || standing.has(name) === raised) return;
    if (raised) standing.add(name);
    else standing.delete(name);
    void around.emit({ kind: 'deviceFault', device, fault: name, raised, detail });
  };
  const log =
    (level: 'info' | 'warn') =>
    (message: string, facts: Readonly<Record<string, unknown>> = {}) =>
      around.log({ kind: 'log', level, device, message, facts });
  return {
    device,
    line,
    clock: around.clock,
    emit(observation) {
      if (signal.aborted) return Promise.resolve('refused');
      if (observation.kind === 'deviceSilent') told.silent = true;
      if (observation.kind === 'deviceReturned') told.silent = false;
      return around.emit(observation);
    },
    raise: (name, detail = '') => fault(name, true, detail),
    clear: (name) => fault(name, false, ''),
    heard() {
      if (!signal.aborted) around.heard(device);
    },
    log: { info: log('info'), warn: log('warn') },
    signal,
    secret: secretsOf(order),
  };
}

/** Equal orders have equal fingerprints, whatever the order of their keys was in YAML. */
export function fingerprint(order: CameraOrder): string {
  const sorted = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return hashOf(JSON.stringify(order, sorted));
}
