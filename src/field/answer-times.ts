/** The last answer times of one unit, kept in order as they come: every choice of a line asks for them. Pure. */

const NEWEST = 64;

export class AnswerTimes {
  /** As they came, in a ring. */
  readonly #came: number[] = [];
  readonly #sorted: number[] = [];
  #next = 0;

  get count(): number {
    return this.#came.length;
  }

  /** Infinity where there is none. */
  get shortestMs(): number {
    return this.#sorted[0] ?? Number.POSITIVE_INFINITY;
  }

  /** 0 where there is none. */
  get longestMs(): number {
    return Math.max(0, this.#sorted.at(-1) ?? 0);
  }

  /** 0 where there is none; below 0 where the port is quicker than the wire it is said to be. */
  get ninetiethMs(): number {
    return this.#sorted[Math.floor(this.#sorted.length * 0.9)] ?? 0;
  }

  add(ms: number): void {
    const oldest = this.#came[this.#next];
    if (oldest !== undefined) this.#sorted.splice(this.#placeOf(oldest), 1);
    this.#came[this.#next] = ms;
    this.#next = (this.#next + 1) % NEWEST;
    this.#sorted.splice(this.#placeOf(ms), 0, ms);
  }

  /** Of the first that is not shorter. */
  #placeOf(ms: number): number {
    let from = 0;
    let to = this.#sorted.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#sorted[middle] ?? 0) < ms) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
