/** The same event by push and by stream, or pushed twice, is emitted once; both are answered with the one receipt. */
import type { Receipt } from '../../src/contract/driver.ts';
import type { Mono } from '../../src/core/values.ts';

const rememberMs = 120_000;
const maxRemembered = 256;

export class RecentEvents {
  readonly #seen = new Map<string, { readonly at: Mono; readonly receipt: Promise<Receipt> }>();

  /** `emit` is called for a key that is new, or whose receipt was `refused`. Keyless events are always emitted. */
  once(key: string | null, now: Mono, emit: () => Promise<Receipt>): Promise<Receipt> {
    if (key === null) return emit();
    const known = this.#seen.get(key);
    if (known !== undefined && now - known.at < rememberMs) return known.receipt;
    const receipt = emit().then((result) => {
      // What was refused must be taken when the camera sends it again.
      if (result === 'refused') this.#seen.delete(key);
      return result;
    });
    this.#seen.delete(key);
    this.#seen.set(key, { at: now, receipt });
    const oldest = this.#seen.keys().next().value;
    if (this.#seen.size > maxRemembered && oldest !== undefined) this.#seen.delete(oldest);
    return receipt;
  }
}
