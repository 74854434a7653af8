/** A limit that was reached is a fault that a person sees (I15): raised at the first time, cleared after a quiet while below half. */
import type { Clock } from '../contract/clock.ts';
import type { JsonObject } from '../core/values.ts';

/** Without hysteresis a queue at its brim would fill the journal with raises and clears. */
const QUIET_MS = 60_000;

export interface LimitWatchOptions {
  readonly clock: Clock;
  /** Name of the timer, unique. */
  readonly name: string;
  /** At the moment of the question, is everything below half its limit again? */
  readonly isCalm: () => boolean;
  readonly tell: (raised: boolean, detail: JsonObject) => void;
}

export class LimitWatch {
  readonly #options: LimitWatchOptions;
  #cancel: (() => void) | null = null;

  constructor(options: LimitWatchOptions) {
    this.#options = options;
  }

  /** The limit was reached; told once, however often it happens. */
  reached(detail: JsonObject): void {
    const stands = this.#cancel !== null;
    this.#arm();
    if (!stands) this.#options.tell(true, detail);
  }

  stop(): void {
    this.#cancel?.();
  }

  #arm(): void {
    const { clock, name, isCalm, tell } = this.#options;
    this.#cancel?.();
    this.#cancel = clock.after(name, QUIET_MS, () => {
      if (!isCalm()) return this.#arm();
      this.#cancel = null;
      tell(false, {});
    });
  }
}
