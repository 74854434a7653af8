/** The room's door: lines and devices from plain data, changed one by one at a reload; commands in, observations out. */
import type { Clock } from '../contract/clock.ts';
import type { DriverCommand, DriverLog, DriverOutcome, HttpLine, Receipt } from '../contract/driver.ts';
import type { Observation } from '../core/presentation.ts';
import { type ByteListener, ByteLineOwner } from './byte-line.ts';
import { type DeviceConfig, DeviceHost, type DeviceStatus, type HostLine } from './device-host.ts';
import { type OpenLink, serialWire, tcpWire, type Wire } from './link.ts';
import type { LineStatus } from './line-status.ts';
import { ModbusLineOwner } from './modbus-line.ts';
import { openSerial } from './serial-link.ts';
import { SlowUnits, slowUnit } from './slow-units.ts';
import { openTcp } from './tcp-link.ts';

/** `baud` of `modbus-rtu-tcp` is that of the serial side behind the converter: its silence is kept. */
export type LineConfig = ModbusLineConfig | ByteLineConfig;

type ModbusLineConfig =
  | ({ readonly id: string; readonly type: 'modbus-rtu' } & SerialPortConfig)
  | {
      readonly id: string;
      readonly type: 'modbus-rtu-tcp';
      readonly host: string;
      readonly port: number;
      readonly baud?: number | undefined;
    }
  | { readonly id: string; readonly type: 'modbus-tcp'; readonly host: string; readonly port?: number | undefined };

type ByteLineConfig =
  | ({ readonly id: string; readonly type: 'serial' } & SerialPortConfig)
  | { readonly id: string; readonly type: 'tcp'; readonly host: string; readonly port: number };

interface SerialPortConfig {
  readonly port: string;
  readonly baud?: number | undefined;
  readonly parity?: 'none' | 'even' | 'odd' | undefined;
  readonly dataBits?: 7 | 8 | undefined;
  readonly stopBits?: 1 | 2 | undefined;
}

export interface FieldConfig {
  readonly lines: readonly LineConfig[];
  readonly devices: readonly DeviceConfig[];
}

export interface FieldSettings {
  readonly clock: Clock;
  /** Entropy in 0..1, for jitter only. */
  readonly random: () => number;
  readonly emit: (observation: Observation) => Promise<Receipt>;
  readonly secret: (device: string, name: string) => string;
  readonly log: DriverLog;
  /** Pushes of one device, where main-process drivers take any. */
  readonly http?: ((device: string) => HttpLine) | undefined;
  /** How a line's bytes travel; given by simulations that have wires of their own. */
  readonly open?: ((line: LineConfig) => OpenLink) | undefined;
}

export interface FieldStatus {
  readonly lines: readonly LineStatus[];
  readonly devices: readonly DeviceStatus[];
}

const stopWithinMs = 500;
const lookForSlowEveryMs = 2000;

export class Field {
  readonly #settings: FieldSettings;
  readonly #lines = new Map<string, { readonly config: LineConfig; readonly owner: ModbusLineOwner | ByteLineOwner }>();
  readonly #devices = new Map<string, { readonly config: DeviceConfig; readonly host: DeviceHost }>();
  readonly #slowUnits = new SlowUnits();
  #cancelLook = (): void => {};

  constructor(settings: FieldSettings) {
    this.#settings = settings;
  }

  /** Starts what is new, stops what is gone, replaces what differs, and leaves the rest alone. */
  async apply(next: FieldConfig): Promise<void> {
    const keptLines = new Set(
      next.lines.filter((line) => same(this.#lines.get(line.id)?.config, line)).map(({ id }) => id),
    );
    const kept = new Set(next.devices.filter((device) => this.#isKept(device, keptLines)).map(({ id }) => id));
    await Promise.all([...this.#devices.keys()].filter((id) => !kept.has(id)).map((id) => this.#stopDevice(id)));
    await Promise.all([...this.#lines.keys()].filter((id) => !keptLines.has(id)).map((id) => this.#stopLine(id)));
    for (const line of next.lines) if (!keptLines.has(line.id)) this.#startLine(line);
    await Promise.all(next.devices.filter(({ id }) => !kept.has(id)).map((device) => this.#startDevice(device)));
    this.#lookForSlow();
  }

  command(device: string, command: DriverCommand): Promise<DriverOutcome> {
    const host = this.#devices.get(device)?.host;
    return (
      host?.command(command) ?? Promise.resolve({ result: 'unreachable', sentAt: null, detail: `no device ${device}` })
    );
  }

  /** What is ordered within goes out as soon as it returns, in one frame where several lanes of one board can be. */
  together(order: () => void): void {
    const owners = [...this.#lines.values()].flatMap(({ owner }) => (owner instanceof ModbusLineOwner ? [owner] : []));
    owners.reduce<() => void>((inner, owner) => () => owner.together(inner), order)();
  }

  withdraw(device: string, commandId: string): void {
    this.#devices.get(device)?.host.withdraw(commandId);
  }

  watch(device: string, level: 'normal' | 'closing'): void {
    this.#devices.get(device)?.host.watch(level);
  }

  /**
   * What a device's byte line carries, after its driver has had it, until the function given back is called or the line goes.
   * The listener must not throw. Null where no such device stands on a line of bytes.
   */
  overhear(device: string, listener: ByteListener): (() => void) | null {
    const line = this.#devices.get(device)?.config.line;
    const owner = line === undefined ? undefined : this.#lines.get(line)?.owner;
    return owner instanceof ByteLineOwner ? owner.listen(listener) : null;
  }

  status(): FieldStatus {
    return {
      lines: [...this.#lines.values()].map(({ owner }) => owner.status()),
      devices: [...this.#devices.values()].map(({ host }) => host.status()),
    };
  }

  /** Finishes the write in flight on each line and leaves every output as it is (I17). */
  async stop(): Promise<void> {
    await this.apply({ lines: [], devices: [] });
  }

  #lookForSlow(): void {
    const { clock, emit } = this.#settings;
    const devices = [...this.#devices.values()].map(({ config }) => config);
    const lines = [...this.#lines.values()].map(({ owner }) => owner.status());
    const { slow, usual } = this.#slowUnits.look(lines, devices);
    for (const { device, detail } of slow)
      void emit({ kind: 'deviceFault', device, fault: slowUnit, raised: true, detail });
    for (const device of usual) void emit({ kind: 'deviceFault', device, fault: slowUnit, raised: false, detail: '' });
    this.#cancelLook();
    if (lines.length > 0)
      this.#cancelLook = clock.after('field.slowUnits', lookForSlowEveryMs, () => this.#lookForSlow());
  }

  #isKept(device: DeviceConfig, keptLines: ReadonlySet<string>): boolean {
    const old = this.#devices.get(device.id)?.config;
    if (old === undefined || old.driver !== device.driver || old.line !== device.line) return false;
    if (old.secrets !== device.secrets) return false;
    return same(old.config, device.config) && (device.line === undefined || keptLines.has(device.line));
  }

  #startLine(config: LineConfig): void {
    const { clock, random } = this.#settings;
    const open = this.#settings.open?.(config) ?? realLink(config, this.#settings.clock);
    const { id } = config;
    const owner =
      config.type === 'serial' || config.type === 'tcp'
        ? new ByteLineOwner({ id, open, clock, random })
        : new ModbusLineOwner({ id, open, wire: wireOf(config), clock, random });
    this.#lines.set(config.id, { config, owner });
    owner.start();
  }

  async #stopLine(id: string): Promise<void> {
    const owner = this.#lines.get(id)?.owner;
    this.#lines.delete(id);
    if (owner === undefined) return;
    const { clock } = this.#settings;
    const giveUpAt = clock.mono() + stopWithinMs;
    while (owner.writing && clock.mono() < giveUpAt) {
      await new Promise<void>((resolve) => clock.after(`line.${id}.stopping`, 5, resolve));
    }
    owner.stop();
  }

  async #startDevice(device: DeviceConfig): Promise<void> {
    const { clock, random, emit, secret, log } = this.#settings;
    const host = new DeviceHost({
      ...{ device, clock, random, emit, log },
      line: this.#hostLine(device),
      secret: (name) => secret(device.id, name),
    });
    this.#devices.set(device.id, { config: device, host });
    await host.start();
  }

  async #stopDevice(id: string): Promise<void> {
    const host = this.#devices.get(id)?.host;
    this.#devices.delete(id);
    await host?.stop();
  }

  #hostLine(device: DeviceConfig): HostLine {
    const owner = device.line === undefined ? undefined : this.#lines.get(device.line)?.owner;
    if (owner instanceof ByteLineOwner) return { kind: 'bytes', line: owner };
    if (owner !== undefined) return { kind: 'modbus', line: owner };
    if (device.driver.line === 'http' && this.#settings.http !== undefined) {
      return { kind: 'http', line: this.#settings.http(device.id) };
    }
    return { kind: 'none' };
  }
}

function same(a: unknown, b: unknown): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

export function wireOf(config: ModbusLineConfig): Wire {
  switch (config.type) {
    case 'modbus-rtu':
      return serialWire(config.baud ?? 9600, config.dataBits ?? 8, config.parity ?? 'none', config.stopBits ?? 1);
    case 'modbus-rtu-tcp':
      return serialWire(config.baud ?? 9600, 8, 'none', 1);
    case 'modbus-tcp':
      return tcpWire;
  }
}

function realLink(config: LineConfig, clock: Clock): OpenLink {
  if ('host' in config) return openTcp({ host: config.host, port: config.port ?? 502 });
  const { port, baud = 9600, dataBits = 8, parity = 'none', stopBits = 1 } = config;
  return openSerial({ path: port, baud, dataBits, parity, stopBits }, clock);
}
