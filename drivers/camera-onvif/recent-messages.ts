/** One event told twice, as cameras do after a lost answer, is emitted once. */
import type { Mono } from '../../src/core/values.ts';

const rememberMs = 120_000;
const maxRemembered = 256;

export class RecentMessages {
  readonly #seen = new Map<string, Mono>();

  /** True the first time a key comes within two minutes. */
  isNew(key: string, now: Mono): boolean {
    const at = this.#seen.get(key);
    if (at !== undefined && now - at < rememberMs) return false;
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
