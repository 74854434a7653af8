/** The only way to time in drivers, lines and runtime. Production wraps the monotonic clock; tests and simulation turn it by hand. */
import type { Mono, Wall } from '../core/values.ts';

export interface Clock {
  /** Monotonic milliseconds, fractional. */
  mono(): Mono;
  /** Wall milliseconds. Only for records and what humans wrote as wall clock. */
  wall(): Wall;
  /** Runs `action` once at `mono() >= at`. The name is listed live by `timers()`; the returned function cancels. */
  at(name: string, at: Mono, action: () => void): () => void;
  /** `at(mono() + ms)`. */
  after(name: string, ms: number, action: () => void): () => void;
  /** Names and due times of all that is armed, soonest first. */
  timers(): readonly { readonly name: string; readonly at: Mono }[];
}
