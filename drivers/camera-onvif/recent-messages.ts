/** One event told twice, as cameras do after a lost answer, is emitted once. */
import type { Mono } from '../../src/core/values.ts';

/** Of a message that names itself, by an id or a time that can be trusted; and of all that may have waited in the camera. */
export const rememberMs = 120_000;
/** Of any other: a camera tells a thing twice in one answer or the next few, and the same car may come back soon after. */
export const resentWithinMs = 5000;
const maxRemembered = 256;

export class RecentMessages {
  readonly #seen = new Map<string, Mono>();

  /** True the first time a key comes within `withinMs`. */
  isNew(key: string, now: Mono, withinMs: number): boolean {
    const at = this.#seen.get(key);
    if (at !== undefined && now - at < withinMs) return false;
    this.#seen.delete(key);
    this.#seen.set(key, now);
    const oldest = this.#seen.keys().next().value;
    if (this.#seen.size > maxRemembered && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }

  /** What was refused may come again. */
  forget(key: string): void {
    this.#seen.delete(key);
  }
}
