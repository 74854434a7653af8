/** Builds and runs the independent device (`device.c`), and proves its own counters before anything is measured with it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Opening {
  readonly unit: number;
  /** CLOCK_MONOTONIC milliseconds at which the request's last byte had landed. */
  readonly at: number;
}

/** As `device.c` prints them. */
export interface DeviceStats {
  readonly seconds: number;
  readonly requests: number;
  readonly polls: number;
  readonly opens: number;
  /** Pulses to a boom that was up or rising. */
  readonly repeats: number;
  readonly longestPollGapMs: number;
  readonly badFrames: number;
  readonly collisions: number;
  readonly breaches: number;
  /** Answers that the device itself gave late: the machine was too busy to judge the bus then. */
  readonly late: number;
  readonly wireUse: number;
}

export interface Boom {
  readonly units: number;
  readonly travelMs: number;
  readonly openMs: number;
}

export type Wire = { readonly kind: 'tcp' } | { readonly kind: 'rtu'; readonly baud: number };
/** Where the boards are found. */
export type Bus =
  | { readonly kind: 'tcp'; readonly ports: readonly number[] }
  | { readonly kind: 'rtu'; readonly baud: number; readonly path: string };

export function buildDevice(dir: string): string {
  const out = join(dir, 'device');
  const source = new URL('./device.c', import.meta.url).pathname;
  const run = spawnSync('gcc', ['-O2', '-Wall', '-o', out, source, '-lutil'], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`gcc cannot build the device: ${run.error?.message ?? run.stderr}`);
  return out;
}

export class Device {
  readonly bus: Bus;
  readonly #child: ChildProcess;
  readonly #stats: ((stats: DeviceStats) => void)[] = [];
  readonly #said: ((at: number) => void)[] = [];
  onOpening: (opening: Opening) => void = () => {};
  onClosing: (closing: Opening) => void = () => {};
  onPolled: (at: number) => void = () => {};

  private constructor(child: ChildProcess, bus: Bus) {
    this.#child = child;
    this.bus = bus;
  }

  static async start(binary: string, wire: Wire, boom: Boom, dir: string): Promise<Device> {
    const path = join(dir, 'tty');
    const boards = [boom.units, boom.travelMs, boom.openMs].map(String);
    const args = wire.kind === 'tcp' ? ['tcp', ...boards] : ['pty', ...boards, String(wire.baud), path];
    const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const [ports, failed] = [Promise.withResolvers<readonly number[]>(), Promise.withResolvers<never>()];
    child.once('exit', (code) => failed.reject(new Error(`the device ended with ${code}`)));
    failed.promise.catch(() => undefined);
    let device: Device | null = null;
    lines.on('line', (line) => {
      const [word = '', ...rest] = line.split(' ');
      if (word === 'ready') ports.resolve(rest.map(Number));
      else device?.hear(word, rest, line);
    });
    const ready = await Promise.race([ports.promise, failed.promise]);
    device = new Device(
      child,
      wire.kind === 'tcp' ? { kind: 'tcp', ports: ready } : { kind: 'rtu', baud: wire.baud, path },
    );
    return device;
  }

  hear(word: string, rest: readonly string[], line: string): void {
    if (word === 'open') this.onOpening({ unit: Number(rest[0]), at: Number(rest[1]) / 1e6 });
    else if (word === 'close') this.onClosing({ unit: Number(rest[0]), at: Number(rest[1]) / 1e6 });
    else if (word === 'said') this.#said.shift()?.(Number(rest[0]) / 1e6);
    else if (word === 'polled') this.onPolled(Number(rest[0]) / 1e6);
    else if (line.startsWith('{')) this.#stats.shift()?.(JSON.parse(line));
  }

  stats(): Promise<DeviceStats> {
    return new Promise((resolve) => {
      this.#stats.push(resolve);
      this.#order('stats');
    });
  }

  /** Input 2 and on of a board; resolves with the moment from which on it is so. */
  input(unit: number, input: number, on: boolean): Promise<number> {
    this.#order(`input ${unit} ${input} ${Number(on)}`);
    return new Promise((resolve) => {
      this.#said.push(resolve);
      this.#order('said');
    });
  }

  /** One board falls silent, another speaks on behind each of its answers. */
  stress(dead: number, babbler: number): void {
    this.#order(`dead ${dead}`);
    this.#order(`babble ${babbler}`);
  }

  reset(): void {
    this.#order('reset');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.stdin?.end();
    await gone;
  }

  #order(text: string): void {
    this.#child.stdin?.write(`${text}\n`);
  }
}

/** FC02 to unit 1, eight inputs; CRC by Modbus over Serial Line V1.02 §6.2.2. */
const READ = Buffer.from('01020000000879cc', 'hex');
const TRIES = 5;

/** @throws when the device fails to count a broken silence or a collision, or counts one where there is none. */
export async function proveDevice(binary: string, dir: string): Promise<void> {
  const boom = { units: 1, travelMs: 50, openMs: 100 };
  const device = await Device.start(binary, { kind: 'rtu', baud: 9600 }, boom, dir);
  const { bus } = device;
  if (bus.kind !== 'rtu') throw new Error('not a serial device');
  const tty = openSync(bus.path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const counted = async (act: () => void): Promise<string> => {
    act();
    await sleep(100);
    const { breaches, collisions, badFrames } = await device.stats();
    drain(tty);
    device.reset();
    return `${breaches} ${collisions} ${badFrames}`;
  };
  /** On a busy machine a step comes too late to be the fault that it should be; it is then made again. */
  const expect = async (what: string, wanted: string, act: () => void): Promise<void> => {
    const seen: string[] = [];
    while (seen.length < TRIES && seen.at(-1) !== wanted) seen.push(await counted(act));
    if (seen.at(-1) !== wanted) throw new Error(`the device does not count ${what}: ${seen.join(', ')}, not ${wanted}`);
  };
  try {
    const ask = (): void => void writeSync(tty, READ);
    await expect('a clean request as clean', '0 0 0', ask);
    await expect('a request during the answer', '0 1 0', () => {
      ask();
      spinUntil(() => false, 13);
      ask();
    });
    await expect('a request right behind the answer', '1 0 0', () => {
      ask();
      spinUntil(() => drain(tty) > 0, 100);
      ask();
    });
  } finally {
    closeSync(tty);
    await device.stop();
  }
}

function spinUntil(done: () => boolean, ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end && !done());
}

function drain(tty: number): number {
  try {
    return readSync(tty, Buffer.alloc(64));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0;
    throw error;
  }
}
