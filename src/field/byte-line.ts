/** A line of plain bytes: one reader on a serial port or a TCP connection. What it sends is judged by its driver. */
import type { Clock } from '../contract/clock.ts';
import { KeptLink } from './kept-link.ts';
import type { LineStatus } from './line-status.ts';
import type { OpenLink } from './link.ts';
import { reconnectDelay } from './reconnect.ts';

export interface ByteLineSettings {
  readonly id: string;
  readonly open: OpenLink;
  readonly clock: Clock;
  /** Entropy in 0..1 for the jitter. */
  readonly random: () => number;
}

export interface ByteListener {
  bytes(bytes: Uint8Array, at: number): void;
  state(connected: boolean, why: string): void;
}

const firstRetryMs = 1000;
const mostRetryMs = 30_000;
/** A link that stood this long is worth a quick new attempt; one that is taken and dropped at once is not. */
const steadyMs = 30_000;
/** Bytes in one second: ten times what the fastest serial reader can send. More is a wrong device, and the loop is kept from it. */
export const floodBytes = 128 * 1024;

export class ByteLineOwner {
  readonly id: string;
  readonly #clock: Clock;
  readonly #link: KeptLink;
  readonly #listeners = new Set<ByteListener>();
  #cancelSteady: () => void = () => {};
  #second = 0;
  #inSecond = 0;
  #received = 0;

  constructor({ id, open, clock, random }: ByteLineSettings) {
    this.id = id;
    this.#clock = clock;
    this.#link = new KeptLink(
      { id, open, clock, delayMs: (attempt) => reconnectDelay(attempt, random(), firstRetryMs, mostRetryMs) },
      { up: () => this.#up(), down: (why) => this.#down(why), bytes: (chunk) => this.#take(chunk) },
    );
  }

  start(): void {
    this.#link.start();
  }

  stop(): void {
    this.#cancelSteady();
    this.#link.stop('stopped');
  }

  /** Nothing is ever under way on a byte line that a stop must wait for. */
  get writing(): boolean {
    return false;
  }

  /** Whoever comes to a line that is up, or lost, is told so, but not before this returns. Ends with the function given back. */
  listen(listener: ByteListener): () => void {
    this.#listeners.add(listener);
    const cancel = this.#clock.after(`line.${this.id}.state`, 0, () => {
      if (this.#link.up) listener.state(true, '');
      else if (this.#link.lost) listener.state(false, this.#link.lastProblem);
    });
    return () => {
      cancel();
      this.#listeners.delete(listener);
    };
  }

  write(bytes: Uint8Array): boolean {
    return this.#link.write(bytes);
  }

  status(): LineStatus {
    const { up, lastProblem: problem, opened } = this.#link;
    const none = { queued: 0, foreign: 0, usage: 0, asked: 0, units: [], polls: [] };
    return { id: this.id, up, problem, opened, ...none, received: this.#received };
  }

  #up(): void {
    this.#inSecond = 0;
    this.#cancelSteady();
    this.#cancelSteady = this.#clock.after(`line.${this.id}.steady`, steadyMs, () => this.#link.proved());
    for (const listener of [...this.#listeners]) listener.state(true, '');
  }

  #down(why: string): void {
    this.#cancelSteady();
    for (const listener of [...this.#listeners]) listener.state(false, why);
  }

  #take(chunk: Uint8Array): void {
    const at = this.#clock.mono();
    const second = Math.floor(at / 1000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    this.#inSecond += chunk.length;
    this.#received += chunk.length;
    if (this.#inSecond > floodBytes) return this.#link.reopen(`more than ${floodBytes} bytes in a second`);
    for (const listener of [...this.#listeners]) listener.bytes(chunk, at);
  }
}
