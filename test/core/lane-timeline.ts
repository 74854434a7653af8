/** Virtual time: what is due happens in order of its time, then of its being asked for. */
export interface Due {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

const EVENTS_MAX = 200_000;

export class Timeline {
  now: number;
  #due: Due[] = [];
  #order = 0;

  constructor(now: number) {
    this.now = now;
  }

  at(at: number, act: () => void): Due {
    const due = { at, order: this.#order++, act };
    this.#due.push(due);
    return due;
  }

  cancel(due: Due): void {
    this.#due = this.#due.filter((other) => other !== due);
  }

  run(ms: number): void {
    const until = this.now + ms;
    for (let count = 0; ; count++) {
      if (count > EVENTS_MAX) throw new Error('time stands still: timers feed themselves');
      const next = this.#next();
      if (next === null || next.at > until) break;
      this.cancel(next);
      this.now = Math.max(this.now, next.at);
      next.act();
    }
    this.now = until;
  }

  #next(): Due | null {
    let best: Due | null = null;
    for (const due of this.#due)
      if (best === null || due.at < best.at || (due.at === best.at && due.order < best.order)) best = due;
    return best;
  }
}
