/** Keeps one link open: a new object for every attempt, jittered growing waits, an epoch that tells old events from new. */
import type { Clock } from '../contract/clock.ts';
import type { Link, OpenLink } from './link.ts';

export interface KeptLinkSettings {
  readonly id: string;
  readonly open: OpenLink;
  readonly clock: Clock;
  /** Milliseconds before attempt `n` (0 = first retry). */
  readonly delayMs: (attempt: number) => number;
}

export interface KeptLinkEvents {
  up(): void;
  /** The link was lost, or the first attempt to open it failed: once until it is up again. */
  down(why: string): void;
  bytes(chunk: Uint8Array): void;
}

interface Live {
  readonly link: Link;
  readonly epoch: number;
  up: boolean;
}

const openWithinMs = 3000;

export class KeptLink {
  readonly #settings: KeptLinkSettings;
  readonly #events: KeptLinkEvents;
  #live: Live | null = null;
  #epoch = 0;
  #attempt = 0;
  #cancelTimer: () => void = () => {};
  #stopped = true;
  #isLossTold = false;
  opened = 0;
  lastProblem = '';

  constructor(settings: KeptLinkSettings, events: KeptLinkEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  get up(): boolean {
    return this.#live?.up === true;
  }

  /** Neither up nor being tried for the first time: whoever comes now is told so at once. */
  get lost(): boolean {
    return this.#isLossTold;
  }

  /** Differs from one link to the next; `null` while there is none. */
  get epoch(): number | null {
    return this.#live?.epoch ?? null;
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

  /** The link has shown its worth: the next loss is waited out from the short end again. */
  proved(): void {
    this.#attempt = 0;
  }

  /** Gives this link up and opens a new one. */
  reopen(why: string): void {
    this.#drop(why);
    if (!this.#stopped) this.#retryLater();
  }

  /** Hands the bytes over in this turn, or `false`: nothing waits for another link. */
  write(bytes: Uint8Array): boolean {
    return this.#live?.up === true && this.#live.link.write(bytes);
  }

  #open(): void {
    const { clock, id } = this.#settings;
    this.#epoch += 1;
    const epoch = this.#epoch;
    const isCurrent = (): boolean => this.#live?.epoch === epoch;
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
          if (isCurrent()) this.#events.bytes(chunk);
        },
        lost,
      });
    } catch (error) {
      this.#tellLoss(error instanceof Error ? error.message : String(error));
      this.#retryLater();
      return;
    }
    this.#live = { link, epoch, up: false };
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
    const { clock, id, delayMs } = this.#settings;
    this.#cancelTimer();
    const delay = delayMs(this.#attempt);
    this.#attempt += 1;
    this.#cancelTimer = clock.after(`line.${id}.reconnect`, delay, () => this.#open());
  }
}
