/** A device that should be heard from now and then: silent after a limit, known again with its next sign of life. */
import type { Mono } from '../core/values.ts';
import type { DriverContext } from './driver.ts';

type Watched = Pick<DriverContext<unknown>, 'clock' | 'device' | 'emit' | 'heard' | 'signal'>;

export class SilenceWatch {
  readonly #ctx: Watched;
  readonly #limitMs: number | null;
  readonly #why: (seconds: number) => string;
  #lastSign: Mono = 0;
  #silent = false;
  #cancel = (): void => undefined;

  /** `limitMs` null: its silence is no fault. `why` is the fault's whole sentence, so that its translation finds it. */
  constructor(ctx: Watched, limitMs: number | null, why: (seconds: number) => string) {
    this.#ctx = ctx;
    this.#limitMs = limitMs;
    this.#why = why;
  }

  start(): void {
    this.#lastSign = this.#ctx.clock.mono();
    this.#watch();
  }

  /** It has said something that can be read. */
  sign(): void {
    this.#lastSign = this.#ctx.clock.mono();
    this.#ctx.heard?.();
    if (!this.#silent) return;
    this.#silent = false;
    void this.#ctx.emit({ kind: 'deviceReturned', device: this.#ctx.device });
    this.#watch();
  }

  stop(): void {
    this.#cancel();
  }

  /** One timer whatever the traffic: when it is due it looks how old the last sign is. */
  #watch(): void {
    const limit = this.#limitMs;
    if (limit === null || this.#ctx.signal.aborted) return;
    const { clock, device } = this.#ctx;
    this.#cancel();
    this.#cancel = clock.at(`${device}.silent`, this.#lastSign + limit, () => {
      if (clock.mono() - this.#lastSign < limit) return this.#watch();
      this.#silent = true;
      void this.#ctx.emit({ kind: 'deviceSilent', device, why: this.#why(limit / 1000) });
    });
  }
}
