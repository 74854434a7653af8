/**
 * Commands are not taken yet: what arrives is counted and told, a few a minute, and does nothing else (I9). The payload is
 * never kept: only its size and hash, which show whether it is the same message again.
 */
import { createHash } from 'node:crypto';
import type { UpstreamClock } from './upstream-clock.ts';

export interface Incoming {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retained: boolean;
  readonly duplicate: boolean;
}

export interface IgnoredMessage {
  /** Cut to 200 characters, control characters replaced. */
  readonly topic: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly qos: number;
  readonly retained: boolean;
  readonly duplicate: boolean;
}

export interface IgnoredReport {
  /** Null in a report that only counts. */
  readonly message: IgnoredMessage | null;
  /** Messages before this one that no report named. */
  readonly unnamed: number;
}

const NAMED_MAX = 6;
const WINDOW_MS = 60_000;
const TOPIC_CHARS_MAX = 200;

export class Ignored {
  readonly #clock: UpstreamClock;
  readonly #tell: (report: IgnoredReport) => void;
  #named = 0;
  #unnamed = 0;
  #cancel: (() => void) | null = null;

  constructor(clock: UpstreamClock, tell: (report: IgnoredReport) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  take({ topic, payload, qos, retained, duplicate }: Incoming): void {
    this.#cancel ??= this.#clock.after('upstream.ignored', WINDOW_MS, () => this.#windowOver());
    if (this.#named >= NAMED_MAX) {
      this.#unnamed += 1;
      return;
    }
    this.#named += 1;
    const sha256 = createHash('sha256').update(payload).digest('hex');
    const shown = topic.replace(/\p{C}/gu, '?').slice(0, TOPIC_CHARS_MAX);
    this.#tell({ message: { topic: shown, bytes: payload.length, sha256, qos, retained, duplicate }, unnamed: 0 });
  }

  /** Tells what is only counted so far. */
  stop(): void {
    this.#cancel?.();
    this.#windowOver();
  }

  #windowOver(): void {
    this.#cancel = null;
    this.#named = 0;
    const unnamed = this.#unnamed;
    this.#unnamed = 0;
    if (unnamed > 0) this.#tell({ message: null, unnamed });
  }
}
