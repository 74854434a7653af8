/** Runs one main-process driver: its context, its isolation, and what is known of its device's life. */
import type { Clock } from '../contract/clock.ts';
import type {
  AnyDriver,
  Driver,
  DriverCommand,
  DriverContext,
  DriverDefinition,
  DriverLog,
  DriverOutcome,
  HttpLine,
  LineKind,
  LineKinds,
  Receipt,
} from '../contract/driver.ts';
import type { ModbusLine } from '../contract/line.ts';
import type { Observation } from '../core/presentation.ts';
import { ByteDeviceLine } from './byte-device-line.ts';
import type { ByteLineOwner } from './byte-line.ts';
import { DeviceLine } from './device-line.ts';
import { InputsLife } from './inputs-life.ts';
import { reconnectDelay } from './reconnect.ts';

/** One entry a device. `config` has passed the driver's schema. */
export interface DeviceConfig {
  readonly id: string;
  readonly driver: AnyDriver;
  readonly line?: string | undefined;
  readonly config: unknown;
  /** Differs once a secret of the device does, which `config` only names. */
  readonly secrets?: number | undefined;
}

export type HostLine =
  | { readonly kind: 'modbus'; readonly line: ModbusLine }
  | { readonly kind: 'bytes'; readonly line: ByteLineOwner }
  | { readonly kind: 'http'; readonly line: HttpLine }
  | { readonly kind: 'none' };

export interface HostSettings {
  readonly device: DeviceConfig;
  readonly line: HostLine;
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: (observation: Observation) => Promise<Receipt>;
  readonly secret: (name: string) => string;
  readonly log: DriverLog;
}

export type DeviceState = 'starting' | 'answering' | 'silent' | 'faulted' | 'stopped';

export interface DeviceStatus {
  readonly id: string;
  readonly driver: string;
  /** Null for a device without a line of its own. */
  readonly line: string | null;
  readonly state: DeviceState;
  readonly why: string;
  readonly lastGoodAt: number | null;
  readonly faults: readonly string[];
}

/** Of the device whose driver threw; beside those that the driver declares. */
export const driverFailed = 'driverFailed';
/** A driver that has not settled a command by then never will. */
const commandGraceMs = 1000;
const leastStaleMs = 1000;

export class DeviceHost {
  readonly #settings: HostSettings;
  readonly #faults = new Set<string>();
  readonly #periods = new Map<string, number>();
  #inputs = new InputsLife();
  /** It was lost with inputs: it is back when they are read, whatever else it answers. */
  #awaitsInputs = false;
  #driver: Driver | null = null;
  #line: DeviceLine | ByteDeviceLine | null = null;
  #abort = new AbortController();
  #state: DeviceState = 'stopped';
  #why = '';
  #lastGoodAt: number | null = null;
  #restarts = 0;
  #cancelStale: () => void = () => {};
  #cancelRestart: () => void = () => {};

  constructor(settings: HostSettings) {
    this.#settings = settings;
  }

  async start(): Promise<void> {
    const { device } = this.#settings;
    this.#state = 'starting';
    this.#abort = new AbortController();
    try {
      this.#driver = create(device.driver, (kind) => this.#context(kind), device.config);
      this.#watchStale();
      await this.#driver.start();
    } catch (error) {
      await this.#fault(error);
    }
  }

  async stop(): Promise<void> {
    this.#cancelRestart();
    await this.#end('stopped');
  }

  async command(command: DriverCommand): Promise<DriverOutcome> {
    const driver = this.#driver;
    if (driver?.command === undefined) return outcome('unreachable', this.#why || 'the device takes no commands');
    const { clock, device } = this.#settings;
    const { promise, resolve } = Promise.withResolvers<DriverOutcome>();
    const cancel = clock.at(`device.${device.id}.command`, command.deadline + commandGraceMs, () =>
      resolve(outcome('unanswered', 'the driver gave no answer in time')),
    );
    try {
      void driver.command(command).then(resolve, (error: unknown) => {
        resolve(outcome('unanswered', words(error)));
        void this.#fault(error);
      });
    } catch (error) {
      resolve(outcome('unanswered', words(error)));
      void this.#fault(error);
    }
    return promise.finally(cancel);
  }

  /** Drops the command unless its frame has begun. */
  withdraw(commandId: string): void {
    try {
      this.#driver?.withdraw?.(commandId);
    } catch (error) {
      void this.#fault(error);
    }
  }

  watch(level: 'normal' | 'closing'): void {
    try {
      this.#driver?.watch?.(level);
    } catch (error) {
      void this.#fault(error);
    }
  }

  status(): DeviceStatus {
    const { device } = this.#settings;
    return {
      id: device.id,
      driver: device.driver.name,
      line: device.line ?? null,
      state: this.#state,
      why: this.#why,
      lastGoodAt: this.#lastGoodAt,
      faults: [...this.#faults],
    };
  }

  #context<K extends LineKind>(kind: K): DriverContext<LineKinds[K]> {
    const { device, clock, secret, log } = this.#settings;
    const signal = this.#abort.signal;
    return {
      device: device.id,
      line: this.#lineFor(kind),
      clock,
      emit: (observation) => (signal.aborted ? Promise.resolve('refused') : this.#emit(observation)),
      raise: (fault, detail = '') => this.#raise(fault, detail),
      clear: (fault) => this.#clear(fault),
      log,
      signal,
      secret,
    };
  }

  #lineFor<K extends LineKind>(kind: K): LineKinds[K] {
    const { line, device } = this.#settings;
    if (kind !== line.kind) throw new Error(`device ${device.id} needs a line of kind ${kind}, not ${line.kind}`);
    const lines: Partial<LineKinds> = { none: null };
    if (line.kind === 'http') Object.assign(lines, { http: line.line });
    if (line.kind === 'modbus') {
      const signal = this.#abort.signal;
      this.#line = new DeviceLine(line.line, {
        replied: (request, reply, poll) => {
          if (poll !== null) this.#inputs.replied(poll, reply, this.#settings.clock.mono());
          if (reply.ok || reply.why === 'exception' || reply.why === 'echoMismatch') this.#heard();
          else if (reply.why === 'unreachable') this.#silent(reply.detail);
          else if (reply.why === 'unanswered' && !line.line.unit(request.unit).answering) this.#silent(reply.detail);
        },
        asked: (poll, periodMs, priority) => {
          this.#periods.set(poll, periodMs);
          this.#inputs.asked(poll, periodMs, priority);
        },
        ended: (poll) => {
          this.#periods.delete(poll);
          this.#inputs.ended(poll);
        },
        threw: (error) => {
          if (!signal.aborted) void this.#fault(error);
        },
      });
      Object.assign(lines, { modbus: this.#line });
    }
    if (line.kind === 'bytes') {
      const signal = this.#abort.signal;
      this.#line = new ByteDeviceLine(line.line, {
        heard: () => this.#heard(),
        lost: (why) => this.#silent(why),
        threw: (error) => {
          if (!signal.aborted) void this.#fault(error);
        },
      });
      Object.assign(lines, { bytes: this.#line });
    }
    return lines[kind] as LineKinds[K];
  }

  async #emit(observation: Observation): Promise<Receipt> {
    try {
      return await this.#settings.emit(observation);
    } catch (error) {
      this.#settings.log.warn('observation not taken', { device: this.#settings.device.id, why: words(error) });
      return 'refused';
    }
  }

  // ------------------------------------------------------------ life signs

  #heard(): void {
    this.#lastGoodAt = this.#settings.clock.mono();
    if (this.#state === 'answering' || this.#state === 'faulted' || this.#state === 'stopped') return;
    if (this.#awaitsInputs && !this.#inputs.areRead) return;
    const returned = this.#state === 'silent';
    this.#awaitsInputs = false;
    this.#state = 'answering';
    this.#why = '';
    this.#restarts = 0;
    if (returned) void this.#emit({ kind: 'deviceReturned', device: this.#settings.device.id });
  }

  #silent(why: string): void {
    if (this.#state !== 'answering' && this.#state !== 'starting') return;
    this.#state = 'silent';
    this.#awaitsInputs = this.#inputs.areWatched;
    this.#why = why;
    void this.#emit({ kind: 'deviceSilent', device: this.#settings.device.id, why });
  }

  /** Loses the device when no reply of any kind came within three periods, or its inputs are not read, whatever the line says of it. */
  #watchStale(): void {
    if (this.#settings.line.kind !== 'modbus') return;
    const { clock, device } = this.#settings;
    const limit = Math.max(leastStaleMs, 3 * Math.min(...this.#periods.values(), Number.MAX_SAFE_INTEGER / 4));
    const staleMs = this.#periods.size === 0 ? leastStaleMs : limit;
    const since = this.#lastGoodAt ?? Number.NEGATIVE_INFINITY;
    if (this.#lastGoodAt !== null && clock.mono() - since > staleMs)
      this.#silent(`no reply for ${Math.round(staleMs)} ms`);
    const unread = this.#inputs.unread(clock.mono());
    if (unread !== null) this.#silent(unread);
    this.#cancelStale = clock.after(`device.${device.id}.stale`, staleMs / 4, () => this.#watchStale());
  }

  // ------------------------------------------------------------ faults

  #raise(fault: string, detail: string): void {
    if (this.#faults.has(fault)) return;
    this.#faults.add(fault);
    void this.#emit({ kind: 'deviceFault', device: this.#settings.device.id, fault, raised: true, detail });
  }

  #clear(fault: string): void {
    if (!this.#faults.delete(fault)) return;
    void this.#emit({ kind: 'deviceFault', device: this.#settings.device.id, fault, raised: false, detail: '' });
  }

  /** The driver threw: its device is lost, nothing else is; it is made anew after a growing wait. */
  async #fault(error: unknown): Promise<void> {
    if (this.#state === 'faulted' || this.#state === 'stopped') return;
    const { clock, device, log, random } = this.#settings;
    log.warn('driver failed', { device: device.id, why: words(error) });
    this.#silent(words(error));
    await this.#end('faulted');
    this.#why = words(error);
    this.#raise(driverFailed, words(error));
    const delay = 2 * reconnectDelay(this.#restarts, random());
    this.#restarts += 1;
    this.#cancelRestart = clock.after(`device.${device.id}.restart`, delay, () => {
      this.#clear(driverFailed);
      void this.start().then(() => {
        // A device that was lost with its driver is not back before it answers.
        if (this.#state === 'starting') this.#state = 'silent';
      });
    });
  }

  async #end(state: 'faulted' | 'stopped'): Promise<void> {
    const driver = this.#driver;
    this.#driver = null;
    this.#state = state;
    this.#cancelStale();
    this.#abort.abort();
    try {
      await driver?.stop();
    } catch (error) {
      this.#settings.log.warn('driver failed to stop', { device: this.#settings.device.id, why: words(error) });
    }
    this.#line?.end();
    this.#line = null;
    this.#periods.clear();
    this.#inputs = new InputsLife();
  }
}

/** The registry has forgotten each driver's configuration type; the config room has checked the value against its schema. */
function create(
  driver: AnyDriver,
  context: <K extends LineKind>(kind: K) => DriverContext<LineKinds[K]>,
  config: unknown,
): Driver {
  const definition = driver as unknown as DriverDefinition<LineKind, unknown>;
  return definition.create(context(definition.line), config);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function outcome(result: DriverOutcome['result'], detail: string): DriverOutcome {
  return { result, sentAt: null, detail };
}
