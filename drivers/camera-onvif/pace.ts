/** Waiting between attempts: growing, spread, and ended by the stop. */
import type { DriverContext, HttpLine } from '../../src/contract/driver.ts';
import { hashOf } from '../../src/wire/secret.ts';

const firstWaitMs = 1000;
const mostWaitMs = 60_000;

export class Pace {
  readonly #ctx: DriverContext<HttpLine>;
  #attempts = 0;
  #waitMs = firstWaitMs;

  constructor(ctx: DriverContext<HttpLine>) {
    this.#ctx = ctx;
  }

  /** What was attempted held: the next wait begins small again. */
  steady(): void {
    this.#waitMs = firstWaitMs;
  }

  /** 1 → 60 s, each half to one and a half of it, and never less than `atLeastMs`. */
  async backOff(atLeastMs: number): Promise<void> {
    const wait = Math.max(this.#waitMs * (0.5 + this.#spread()), atLeastMs);
    this.#waitMs = Math.min(this.#waitMs * 2, mostWaitMs);
    await this.pause(wait);
  }

  pause(ms: number): Promise<void> {
    const { clock, device, signal } = this.#ctx;
    return new Promise((resolve) => {
      if (signal.aborted || ms <= 0) return resolve();
      const go = (): void => {
        cancel();
        signal.removeEventListener('abort', go);
        resolve();
      };
      const cancel = clock.after(`${device}.pace`, ms, go);
      signal.addEventListener('abort', go);
    });
  }

  /** Repeatable, yet different for each camera: after a power cut they must not all come at once. */
  #spread(): number {
    this.#attempts += 1;
    return Number.parseInt(hashOf(`${this.#ctx.device} ${this.#attempts}`).slice(0, 6), 16) / 0xffffff;
  }
}
