/** One holding of a card is one read, however often the reader repeats it (protocols.md §5.2: every ~65 ms while held). Pure. */
import type { Mono } from '../../src/core/values.ts';

/** A UHF reader hears many tags at once; the one longest not heard gives way. */
export const rememberedCards = 256;
/** Noise may hide a held card, but for so many release times at most: or a disturbed reader would never read that card again. */
const noiseReleases = 5;

interface Held {
  goodAt: Mono;
  until: Mono;
}

export class Repeats {
  readonly #releaseMs: number;
  readonly #held = new Map<string, Held>();

  constructor(releaseMs: number) {
    this.#releaseMs = releaseMs;
  }

  /** True where the card has been away for the release time, or was never heard. */
  isNew(card: string, at: Mono): boolean {
    const held = this.#held.get(card);
    this.#held.delete(card);
    this.#held.set(card, { goodAt: at, until: at + this.#releaseMs });
    const [oldest] = this.#held.keys();
    if (this.#held.size > rememberedCards && oldest !== undefined) this.#held.delete(oldest);
    return held === undefined || at >= held.until;
  }

  /** Something was heard that could not be read: what was held a moment ago may be held still. */
  noise(at: Mono): void {
    for (const held of this.#held.values()) {
      if (at >= held.until) continue;
      held.until = Math.max(held.until, Math.min(at + this.#releaseMs, held.goodAt + noiseReleases * this.#releaseMs));
    }
  }

  /** Nobody has taken the read: the next repetition is a read again. */
  forget(card: string): void {
    this.#held.delete(card);
  }
}
