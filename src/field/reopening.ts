/** When a link on which no unit answers is given up for a new one: after five failures in a row, then after ever more. */
const failuresToReopen = 5;

export class Reopening {
  #failures = 0;
  #after = failuresToReopen;
  due = false;

  failed(): void {
    this.#failures += 1;
    if (this.#failures < this.#after) return;
    this.#failures = 0;
    this.#after = Math.min(this.#after * 2, 16 * failuresToReopen);
    this.due = true;
  }

  answered(): void {
    this.#failures = 0;
    this.#after = failuresToReopen;
  }
}
