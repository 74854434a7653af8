/** The demo: a whole site on simulated gate hardware over real sockets, run by the real daemon in a process of its own. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LaneTraffic } from '../../sim/drivers-at-gate.ts';
import { planCards } from '../../sim/card-traffic.ts';
import { type Random, seededRandom } from '../../sim/random.ts';
import { type Arrival, type Cast, makeCast, planDay } from '../../sim/traffic.ts';
import { systemClock } from '../clock.ts';
import { ask, NotRunning } from '../control-client.ts';
import type { StatusView } from '../views.ts';
import type { DemoBroker } from './broker.ts';
import { type Hardware, startHardware } from './rig.ts';
import { type DemoPaths, demoLanes, secretPaths, streamAccount, writeSite } from './site.ts';

export interface DemoOptions {
  readonly seed: number;
  /** How long the whole day takes. */
  readonly dayMs: number;
  readonly cars: number;
  readonly fromHour: number;
  /** Folder to work in; null = a new one below the system's temporary folder, removed at the end. */
  readonly dir: string | null;
  /** Where the events go as well; null = nowhere. */
  readonly broker: DemoBroker | null;
  readonly arrived: (arrival: Arrival, time: string) => void;
  readonly happened: (what: DemoHappening, lane: string, time: string) => void;
}

export type DemoHappening = 'jammed' | 'mended' | 'hit' | 'dayOver';

export interface Demo {
  readonly paths: DemoPaths;
  /** Stands for the time service's mark: on this machine nobody else vouches for the clock. */
  readonly clockMark: string;
  /** On the list of this seed, so that it can be tried by hand. */
  readonly residentPlate: string;
  /** Waits until the daemon listens and has read every lane; fails after `ms`. */
  ready(ms: number): Promise<StatusView>;
  /** Lets the cars come. Resolves when the day is over. */
  run(): Promise<void>;
  time(): string;
  stop(): Promise<void>;
}

/** West's barrier fails for this share of the day, in the middle of it. */
const JAM_FROM = 0.35;
const JAM_TO = 0.42;

export async function startDemo(options: DemoOptions): Promise<Demo> {
  const clock = systemClock();
  const random = seededRandom(options.seed);
  const cast = makeCast(random.fork('cast'), '京');
  const pathOf = secretPaths();
  const own = options.dir === null;
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'gatehouse-demo-'));
  const paths: DemoPaths = { config: join(dir, 'config'), state: join(dir, 'state'), list: join(dir, 'list.csv') };
  const hardware = await startHardware({ clock, lanes: demoLanes, pathOf, streamAccount });
  const receiverPort = await freePort();
  const { modbusPort, streamPort, readerPorts, onvifPorts } = hardware;
  const ports = { modbusPort, streamPort, readerPorts, onvifPorts, receiverPort };
  writeSite({ paths, ...ports, pathOf, broker: options.broker }, cast);
  hardware.target = { host: '127.0.0.1', port: receiverPort };
  const clockMark = join(dir, 'clock-is-right');
  writeFileSync(clockMark, '');
  return new RunningDemo(options, { random, cast, hardware, paths, clockMark, remove: own ? dir : null });
}

interface DemoParts {
  readonly random: Random;
  readonly cast: Cast;
  readonly hardware: Hardware;
  readonly paths: DemoPaths;
  readonly clockMark: string;
  /** Folder to remove at the end. */
  readonly remove: string | null;
}

class RunningDemo implements Demo {
  readonly paths: DemoPaths;
  readonly clockMark: string;
  readonly residentPlate: string;
  readonly #options: DemoOptions;
  readonly #clock = systemClock();
  readonly #random: Random;
  readonly #cast: Cast;
  readonly #hardware: Hardware;
  readonly #remove: string | null;
  readonly #lanes = new Map<string, LaneTraffic>();
  readonly #cancels = new Set<() => void>();
  #startedAt = 0;
  #over: () => void = () => undefined;

  constructor(options: DemoOptions, made: DemoParts) {
    this.#options = options;
    this.#random = made.random;
    this.#cast = made.cast;
    this.#hardware = made.hardware;
    this.paths = made.paths;
    this.clockMark = made.clockMark;
    this.residentPlate = made.cast.residents[0]?.plate ?? '京A12345';
    this.#remove = made.remove;
  }

  async ready(ms: number): Promise<StatusView> {
    const until = this.#clock.mono() + ms;
    for (;;) {
      const status = await this.#status();
      if (status?.receiver && status.lanes.every((lane) => lane.inputAgeMs !== null)) return status;
      if (this.#clock.mono() > until) throw new NotRunning('the daemon did not come up');
      await new Promise<void>((resolve) => this.#clock.after('demo.ready', 50, resolve));
    }
  }

  async #status(): Promise<StatusView | null> {
    try {
      return (await ask(this.paths.state, { method: 'status' })) as StatusView;
    } catch {
      return null;
    }
  }

  run(): Promise<void> {
    const { dayMs, cars, fromHour } = this.#options;
    this.#startedAt = this.#clock.mono();
    const plan = { dayMs, cars, fromHour, lanes: demoLanes };
    for (const rig of this.#hardware.rigs) {
      const events = {
        arrived: (arrival: Arrival) => this.#options.arrived(arrival, this.time()),
        hit: (lane: string) => this.#options.happened('hit', lane, this.time()),
      };
      this.#lanes.set(rig.id, new LaneTraffic(rig, this.#clock, this.#random.fork(rig.id), events));
    }
    const readers = demoLanes.flatMap((lane) =>
      lane.reader === true ? lane.directions.map((direction) => ({ id: lane.id, direction })) : [],
    );
    const arrivals = [
      ...planDay(this.#random.fork('day'), this.#cast, plan),
      ...planCards(this.#random.fork('cards'), this.#cast, { dayMs, cars, lanes: readers }),
    ];
    for (const arrival of arrivals) {
      this.#at(arrival.at, `car.${arrival.lane}`, () => this.#lanes.get(arrival.lane)?.drive(arrival));
    }
    this.#at(dayMs * JAM_FROM, 'jam', () => this.#jam(true));
    this.#at(dayMs * JAM_TO, 'mend', () => this.#jam(false));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#over = resolve;
    this.#at(dayMs, 'over', () => {
      this.#options.happened('dayOver', '', this.time());
      resolve();
    });
    return promise;
  }

  #jam(jammed: boolean): void {
    const rig = this.#hardware.rigs.find((candidate) => candidate.id === 'west-in');
    rig?.jam(jammed);
    this.#options.happened(jammed ? 'jammed' : 'mended', 'west-in', this.time());
  }

  #at(ms: number, name: string, act: () => void): void {
    const cancel = this.#clock.at(`demo.${name}`, this.#startedAt + ms, () => {
      this.#cancels.delete(cancel);
      act();
    });
    this.#cancels.add(cancel);
  }

  /** The hour of the simulated day, `HH:MM`. */
  time(): string {
    const { dayMs, fromHour } = this.#options;
    const ran = this.#startedAt === 0 ? 0 : this.#clock.mono() - this.#startedAt;
    const minutes = Math.floor((fromHour * 60 + (ran / dayMs) * 1440) % 1440);
    return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  }

  async stop(): Promise<void> {
    for (const cancel of this.#cancels) cancel();
    for (const lane of this.#lanes.values()) lane.stop();
    this.#over();
    await this.#hardware.close();
    if (this.#remove !== null && existsSync(this.#remove)) rmSync(this.#remove, { recursive: true, force: true });
  }
}

/** A port that was free a moment ago; the receiver takes it next. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
