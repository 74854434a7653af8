/** A Modbus line's link: bytes to judged frames on the way in, requests through the protocol library on the way out. */
import type { Clock } from '../contract/clock.ts';
import type { ModbusRequest } from '../contract/line.ts';
import { type Frame, type Framer, mbapFramer, rtuFramer } from './framer.ts';
import { KeptLink } from './kept-link.ts';
import type { OpenLink, Wire } from './link.ts';
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

/** Of one link; the next begins with its own. */
interface Protocol {
  readonly epoch: number;
  readonly framer: Framer;
  readonly client: ModbusClient;
}

export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #events: ConnectionEvents;
  readonly #link: KeptLink;
  #made: Protocol | null = null;
  #transaction = 0;
  #handedOver: Uint8Array | null = null;

  constructor(settings: ConnectionSettings, events: ConnectionEvents) {
    const { id, open, clock, random } = settings;
    this.#settings = settings;
    this.#events = events;
    this.#transaction = Math.floor(random() * 0xffff);
    this.#link = new KeptLink(
      { id, open, clock, delayMs: (attempt) => reconnectDelay(attempt, random()) },
      { up: () => events.up(), down: (why) => events.down(why), bytes: (chunk) => this.#take(chunk) },
    );
  }

  get up(): boolean {
    return this.#link.up;
  }

  /** Neither up nor being tried for the first time: whoever comes now is told so at once. */
  get lost(): boolean {
    return this.#link.lost;
  }

  get opened(): number {
    return this.#link.opened;
  }

  get lastProblem(): string {
    return this.#link.lastProblem;
  }

  start(): void {
    this.#link.start();
  }

  stop(why: string): void {
    this.#link.stop(why);
  }

  /** A good reply came: the next loss is waited out from the short end again. */
  proved(): void {
    this.#link.proved();
  }

  /** Gives this link up and opens a new one. */
  reopen(why: string): void {
    this.#link.reopen(why);
  }

  /** Bytes that are half a frame at the moment. */
  discard(): number {
    return this.#protocol()?.framer.reset() ?? 0;
  }

  /** Hands a good frame to the protocol library, which settles the call issued last. */
  deliver(frame: Uint8Array): void {
    this.#protocol()?.client.feed(frame);
  }

  /** Encodes and hands over in this turn. The transaction and the RTU form of what went out, or `null` when nothing did. */
  issue(request: ModbusRequest, settle: (settled: Settled) => void): { transaction: number; rtu: Uint8Array } | null {
    const protocol = this.#protocol();
    if (protocol === null || !this.#link.up) return null;
    this.#transaction = (this.#transaction + 1) & 0xffff;
    this.#handedOver = null;
    protocol.client.issue(request, settle);
    const rtu: Uint8Array | null = this.#handedOver;
    if (rtu !== null) return { transaction: this.#transaction, rtu };
    this.reopen('the port takes no more bytes');
    return null;
  }

  /** Framer and client of the present link, made with its first use: half a frame never outlives its link. */
  #protocol(): Protocol | null {
    const { epoch } = this.#link;
    if (epoch === null) return null;
    if (this.#made?.epoch === epoch) return this.#made;
    const framer = this.#settings.wire.framing === 'mbap' ? mbapFramer() : rtuFramer();
    const client = modbusClient((rtu) => {
      if (this.#link.epoch === epoch && this.#link.write(framer.wrap(rtu, this.#transaction)))
        this.#handedOver = Uint8Array.from(rtu);
    });
    this.#made = { epoch, framer, client };
    return this.#made;
  }

  #take(chunk: Uint8Array): void {
    const protocol = this.#protocol();
    if (protocol === null) return;
    this.#events.heard();
    const { frames, broken } = protocol.framer.push(chunk);
    for (const frame of frames) {
      // A frame may end this link (and its reply begin a new request): the rest then belongs to nobody.
      if (this.#link.epoch !== protocol.epoch) return;
      this.#events.frame(frame);
    }
    if (broken && this.#link.epoch === protocol.epoch) this.reopen('stream without sense');
  }
}
