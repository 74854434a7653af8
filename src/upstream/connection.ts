/**
 * Keeps a connection to the broker: a new one for every attempt, with growing, jittered waits and without an end to trying
 * (pitfalls.md mqtt); notices a link that is open and dead.
 */
import { type Cause, ownCause } from './causes.ts';
import type { Incoming } from './ignored.ts';
import type { BrokerLimits, Dial, Link, LinkMessage } from './link.ts';
import { type RetryTimes, retryTimes, type UplinkSettings } from './settings.ts';
import type { UpstreamClock } from './upstream-clock.ts';

export interface ConnectionEvents {
  opened(link: Link, limits: BrokerLimits): void;
  received(message: Incoming): void;
  /** It was open and is not any more. */
  closed(): void;
  /** State or cause is another than before. */
  changed(): void;
}

export interface ConnectionOptions {
  readonly clock: UpstreamClock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly dial: Dial;
  /** What the broker says in our name when we are gone; made at each attempt. */
  readonly will: () => LinkMessage;
  readonly retry?: RetryTimes | undefined;
}

export type ConnectionState = 'off' | 'connecting' | 'connected' | 'waiting';

/** TCP, TLS and CONNACK together. */
const CONNECT_MS = 20_000;
/** A connection that lasted so long was a good one: the next attempt is soon again. */
const GOOD_AFTER_MS = 30_000;
/** Waits double up to their most; beyond that counting has no meaning. */
const DOUBLINGS_MAX = 16;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #retry: RetryTimes;
  #settings: UplinkSettings | null = null;
  #link: Link | null = null;
  #state: ConnectionState = 'off';
  #since: number;
  #cause: Cause | null = null;
  #failures = 0;
  #refusals = 0;
  #heardAt = 0;
  /** The one in force: the broker may order another than ours. */
  #keepaliveMs = 0;
  #cancel: (() => void) | null = null;
  /** Tells answers of this attempt from those of one that was given up. */
  #attempt = 0;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#retry = options.retry ?? retryTimes;
    this.#since = options.clock.mono();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Mono, since when this state. */
  get since(): number {
    return this.#since;
  }

  /** Why the last attempt or connection ended; null while connected. */
  get cause(): Cause | null {
    return this.#cause;
  }

  /** Begins at once, also where it waits for the next attempt: whoever changed something wants to see. Null = off. */
  configure(settings: UplinkSettings | null): void {
    const wasOpen = this.#state === 'connected';
    this.#drop();
    this.#settings = settings;
    this.#failures = 0;
    this.#refusals = 0;
    this.#cause = null;
    if (wasOpen) this.#events.closed();
    if (settings === null) this.#become('off');
    else this.#attemptNow();
  }

  /** Ends this connection because of what its user found; the next attempt follows. */
  giveUp(cause: Cause): void {
    if (this.#state === 'connected' || this.#state === 'connecting') this.#ended(cause);
  }

  /** Leaves with DISCONNECT, and stays off. */
  leave(done: () => void): void {
    const link = this.#state === 'connected' ? this.#link : null;
    this.#cancel?.();
    this.#cancel = null;
    this.#attempt += 1;
    if (link === null) this.#drop();
    this.#link = null;
    this.#become('off');
    if (link === null) done();
    else link.leave(done);
  }

  #attemptNow(): void {
    const settings = this.#settings;
    if (settings === null) return;
    const { clock, dial, will } = this.#options;
    this.#attempt += 1;
    const attempt = this.#attempt;
    const isMine = (): boolean => attempt === this.#attempt;
    this.#become('connecting');
    this.#cancel = clock.after('upstream.connect', CONNECT_MS, () => this.#ended(ownCause('noAnswer', false)));
    this.#link = dial(settings, will(), {
      opened: (limits) => {
        if (isMine() && this.#state === 'connecting') this.#opened(limits);
      },
      received: (message) => {
        if (isMine()) this.#events.received(message);
      },
      heard: () => {
        if (isMine()) this.#heardAt = clock.mono();
      },
      ended: (cause) => {
        if (isMine()) this.#ended(cause);
      },
    });
  }

  #opened(limits: BrokerLimits): void {
    const link = this.#link;
    if (link === null) return;
    this.#keepaliveMs = limits.keepaliveMs ?? this.#settings?.keepaliveMs ?? 0;
    this.#heardAt = this.#options.clock.mono();
    this.#cause = null;
    this.#become('connected');
    this.#watch();
    this.#events.opened(link, limits);
  }

  /** The broker answers a ping at least once a keepalive: twice that without a byte is a dead link. */
  #watch(): void {
    const { clock } = this.#options;
    const silentMs = 2 * this.#keepaliveMs;
    this.#cancel?.();
    const left = Math.max(0, this.#heardAt + silentMs - clock.mono());
    this.#cancel = clock.after('upstream.silence', left, () => {
      if (clock.mono() - this.#heardAt >= silentMs) this.#ended(ownCause('silent', true));
      else this.#watch();
    });
  }

  #ended(cause: Cause): void {
    const { clock, random } = this.#options;
    const wasOpen = this.#state === 'connected';
    const lastedMs = clock.mono() - this.#since;
    this.#drop();
    this.#cause = cause;
    if (wasOpen && lastedMs >= GOOD_AFTER_MS) {
      this.#failures = 0;
      this.#refusals = 0;
    }
    const { firstMs, mostMs, refusedFirstMs, refusedMostMs } = this.#retry;
    const refused = cause.class === 'refused';
    const count = refused ? this.#refusals : this.#failures;
    const longest = Math.min(refused ? refusedMostMs : mostMs, (refused ? refusedFirstMs : firstMs) * 2 ** count);
    if (refused) this.#refusals = Math.min(DOUBLINGS_MAX, this.#refusals + 1);
    else this.#failures = Math.min(DOUBLINGS_MAX, this.#failures + 1);
    // Many gateways lose one broker at the same moment: they must not come back at the same moment.
    const waitMs = longest * (0.5 + random() / 2);
    this.#become('waiting');
    this.#cancel = clock.after('upstream.retry', waitMs, () => this.#attemptNow());
    if (wasOpen) this.#events.closed();
  }

  #drop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#attempt += 1;
    this.#link?.close();
    this.#link = null;
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#since = this.#options.clock.mono();
    this.#events.changed();
  }
}
