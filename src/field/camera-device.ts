/** One camera driver at work inside the camera host: its context, its line, its start and stop. */
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
import { hashOf } from '../wire/secret.ts';
import type { CameraAccounts } from './camera-accounts.ts';
import { CameraHttpClient } from './camera-http-client.ts';
import type { CameraOrder, FromHost } from './camera-messages.ts';
import type { PushRoute } from './receiver.ts';

export interface CameraSurroundings {
  readonly clock: Clock;
  readonly accounts: CameraAccounts;
  emit(observation: Observation): Promise<Receipt>;
  /** The device has said something that can be read. */
  heard(device: string): void;
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

export class CameraDevice {
  readonly order: CameraOrder;
  readonly route: PushRoute | null;
  readonly #driver: Driver;
  readonly #stop: AbortController;
  readonly #told: Told;
  readonly #around: CameraSurroundings;

  private constructor(
    order: CameraOrder,
    route: PushRoute | null,
    driver: Driver,
    stop: AbortController,
    told: Told,
    around: CameraSurroundings,
  ) {
    this.order = order;
    this.route = route;
    this.#driver = driver;
    this.#stop = stop;
    this.#told = told;
    this.#around = around;
  }

  /** Throws with a message for a technician where the driver or a secret is unusable. */
  static create(order: CameraOrder, definition: AnyDriver, around: CameraSurroundings): CameraDevice {
    if (!isHosted(definition)) throw new TypeError(`driver ${definition.name} is not for the camera host`);
    // The configuration room has read it by this driver's own schema; the registry has forgotten the type.
    const config = order.config as never;
    const stop = new AbortController();
    const secret = secretsOf(order);
    let take: ((delivery: HttpDelivery) => Promise<HttpAnswer>) | null = null;
    const client = new CameraHttpClient(`camera.${order.device}`, around.clock, around.accounts, stop.signal);
    const line: HttpLine = {
      id: order.device,
      onDelivery: (given) => {
        take = given;
      },
      fetch: (request) => client.fetch(request),
    };
    const access = definition.pushAccess?.(config) ?? null;
    const told: Told = { standing: new Set(), silent: false };
    const driver = definition.create(contextOf(order, line, around, stop.signal, told), config);
    const taking = (delivery: HttpDelivery): Promise<HttpAnswer> =>
      stop.signal.aborted || take === null ? Promise.resolve({ status: 503 }) : take(delivery);
    const route = access === null ? null : routeOf(order.device, access, secret, taking);
    return new CameraDevice(order, route, driver, stop, told, around);
  }

  async start(): Promise<void> {
    await this.#driver.start();
  }

  /** Everything of the device ends with the signal, even if its `stop` fails. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#driver.stop();
  }

  /** Takes back what the device has said of itself: its successor, after a reload, would not know of it. */
  retract(): void {
    const { device } = this.order;
    for (const fault of this.#told.standing) {
      void this.#around.emit({ kind: 'deviceFault', device, fault, raised: false, detail: '' });
    }
    if (this.#told.silent) void this.#around.emit({ kind: 'deviceReturned', device });
  }
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
