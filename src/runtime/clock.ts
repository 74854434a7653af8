/** The process's one real clock. Monotonic milliseconds are CLOCK_MONOTONIC itself, so that they compare across processes of one boot. */
import type { Clock } from '../contract/clock.ts';

/** Milliseconds of CLOCK_MONOTONIC, with microseconds as the fraction. */
export function monoNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** setTimeout takes 31 bits; longer waits are cut into pieces. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  const armed = new Map<number, { readonly name: string; readonly at: number }>();
  let serial = 0;
  return {
    mono: monoNow,
    wall: () => Date.now(),
    at(name, at, action) {
      const id = ++serial;
      armed.set(id, { name, at });
      let handle: NodeJS.Timeout;
      const wait = (): void => {
        const left = at - monoNow();
        if (left <= 0) {
          armed.delete(id);
          action();
          return;
        }
        // Node's timers may fire up to a millisecond early; the loop above waits again for what is left.
        handle = setTimeout(wait, Math.min(Math.ceil(left), LONGEST_WAIT_MS));
      };
      handle = setTimeout(wait, Math.max(0, Math.min(Math.ceil(at - monoNow()), LONGEST_WAIT_MS)));
      return () => {
        armed.delete(id);
        clearTimeout(handle);
      };
    },
    after(name, ms, action) {
      return this.at(name, monoNow() + ms, action);
    },
    timers: () => [...armed.values()].sort((a, b) => a.at - b.at),
  };
}
