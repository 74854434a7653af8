/** Whether what is heard may have waited in a converter while nothing was connected: until the line has been quiet once (I9). */
import type { Clock } from '../../src/contract/clock.ts';
import type { Mono } from '../../src/core/values.ts';

/** What waited comes in one piece; a silence this long says that nothing is left of it. */
export const quietMs = 300;
/** A reader that is never quiet, such as one that is asked again and again, is live from then on. */
export const settledWithinMs = 2000;
/** A timer that fires so late says that this process stood still: what then lies in the port is taken first. */
const lateMs = 20;

export class Settling {
  readonly #clock: Clock;
  readonly #timer: string;
  #settled = false;
  #heardAt: Mono = 0;
  #end: Mono = 0;
  #cancel = (): void => undefined;

  constructor(clock: Clock, device: string) {
    this.#clock = clock;
    this.#timer = `${device}.settling`;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** A connection has come up, or one that may have come up a moment ago is taken over. */
  begin(): void {
    const now = this.#clock.mono();
    this.#settled = false;
    this.#heardAt = now;
    this.#end = now + settledWithinMs;
    this.#await(now + quietMs);
  }

  heard(at: Mono): void {
    this.#heardAt = at;
  }

  stop(): void {
    this.#cancel();
  }

  #await(due: Mono): void {
    this.#cancel();
    this.#cancel = this.#clock.at(this.#timer, due, () => {
      const now = this.#clock.mono();
      const quietAt = Math.min(this.#heardAt + quietMs, this.#end);
      if (now - due > lateMs) this.#await(now + lateMs);
      else if (now < quietAt) this.#await(quietAt);
      else this.#settled = true;
    });
  }
}
