/** Keeps one link open: a new object for every attempt, jittered growing waits, an epoch that tells old events from new. */
import type { Clock } from '../contract/clock.ts';
import type { ModbusRequest } from '../contract/line.ts';
import { type Frame, type Framer, mbapFramer, rtuFramer } from './framer.ts';
import type { Link, OpenLink, Wire } from './link.ts';
import { type ModbusClient, modbusClient, type Settled } from './modbus-client.ts';
import { reconnectDelay } from './reconnect.ts';

export interface ConnectionSettings {
  readonly id: string;
  readonly open: OpenLink;
  readonly wire: Wire;
  readonly clock: Clock;
  /** Entropy in 0..1 for the jitter. */
  readonly random: () => number;
}

export interface ConnectionEvents {
  up(): void;
  /** The link was lost, or the first attempt to open it failed: once until it is up again. */
  down(why: string): void;
  /** Bytes came, before the frames that they complete. */
  heard(): void;
  frame(frame: Frame): void;
}

interface Live {
  readonly link: Link;
  readonly framer: Framer;
  readonly client: ModbusClient;
  up: boolean;
}

const openWithinMs = 3000;

export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #events: ConnectionEvents;
  #live: Live | null = null;
  #attempt = 0;
  #transaction = 0;
  #handedOver: Uint8Array | null = null;
  #cancelTimer: () => void = () => {};
  #stopped = true;
  #isLossTold = false;
  opened = 0;
  lastProblem = '';

  constructor(settings: ConnectionSettings, events: ConnectionEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#transaction = Math.floor(settings.random() * 0xffff);
  }

  get up(): boolean {
    return this.#live?.up === true;
  }

  /** Neither up nor being tried for the first time: whoever comes now is told so at once. */
  get lost(): boolean {
    return this.#isLossTold;
  }

  start(): void {
    this.#stopped = false;
    this.#open();
  }

  stop(why: string): void {
    this.#stopped = true;
    this.#drop(why);
    this.#cancelTimer();
  }

  /** A good reply came: the next loss is waited out from the short end again. */
  proved(): void {
    this.#attempt = 0;
  }

  /** Gives this link up and opens a new one. */
  reopen(why: string): void {
    this.#drop(why);
    if (!this.#stopped) this.#retryLater();
  }

  /** Bytes that are half a frame at the moment. */
  discard(): number {
    return this.#live?.framer.reset() ?? 0;
  }

  /** Hands a good frame to the protocol library, which settles the call issued last. */
  deliver(frame: Uint8Array): void {
    this.#live?.client.feed(frame);
  }

  /** Encodes and hands over in this turn. The transaction and the RTU form of what went out, or `null` when nothing did. */
  issue(request: ModbusRequest, settle: (settled: Settled) => void): { transaction: number; rtu: Uint8Array } | null {
    const live = this.#live;
    if (live === null || !live.up) return null;
    this.#transaction = (this.#transaction + 1) & 0xffff;
    this.#handedOver = null;
    live.client.issue(request, settle);
    const rtu: Uint8Array | null = this.#handedOver;
    if (rtu !== null) return { transaction: this.#transaction, rtu };
    this.reopen('the port takes no more bytes');
    return null;
  }

  #open(): void {
    const { clock, id, wire } = this.#settings;
    const live: { current: Live | null } = { current: null };
    const isCurrent = (): boolean => live.current !== null && this.#live === live.current;
    const lost = (why: string): void => {
      if (isCurrent()) this.reopen(why);
    };
    let link: Link;
    try {
      link = this.#settings.open({
        opened: () => {
          if (isCurrent()) this.#opened();
        },
        bytes: (chunk) => {
          if (isCurrent()) this.#take(chunk);
        },
        lost,
      });
    } catch (error) {
      this.#tellLoss(error instanceof Error ? error.message : String(error));
      this.#retryLater();
      return;
    }
    const framer = wire.framing === 'mbap' ? mbapFramer() : rtuFramer();
    const client = modbusClient((rtu) => {
      if (isCurrent() && link.write(framer.wrap(rtu, this.#transaction))) this.#handedOver = Uint8Array.from(rtu);
    });
    live.current = { link, framer, client, up: false };
    this.#live = live.current;
    this.#cancelTimer = clock.after(`line.${id}.opening`, openWithinMs, () => lost('not open in time'));
  }

  #opened(): void {
    if (this.#live === null) return;
    this.#cancelTimer();
    this.#live.up = true;
    this.#isLossTold = false;
    this.opened += 1;
    this.#events.up();
  }

  #take(chunk: Uint8Array): void {
    const live = this.#live;
    if (live === null) return;
    this.#events.heard();
    const { frames, broken } = live.framer.push(chunk);
    for (const frame of frames) {
      // A frame may end this link (and its reply begin a new request): the rest then belongs to nobody.
      if (this.#live !== live) return;
      this.#events.frame(frame);
    }
    if (broken && this.#live === live) this.reopen('stream without sense');
  }

  #drop(why: string): void {
    const live = this.#live;
    this.#live = null;
    this.#cancelTimer();
    if (live === null) return;
    live.link.close();
    // A link that was stopped before it ever opened is no loss.
    if (live.up || !this.#stopped) this.#tellLoss(why);
  }

  /** A port that never was there is as much a fault as one that went away; each further attempt would only repeat it. */
  #tellLoss(why: string): void {
    this.lastProblem = why;
    if (this.#isLossTold) return;
    this.#isLossTold = true;
    this.#events.down(why);
  }

  #retryLater(): void {
    const { clock, id, random } = this.#settings;
    this.#cancelTimer();
    const delay = reconnectDelay(this.#attempt, random());
    this.#attempt += 1;
    this.#cancelTimer = clock.after(`line.${id}.reconnect`, delay, () => this.#open());
  }
}
