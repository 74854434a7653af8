/** Virtual time: what is due happens in order of its time, then of its being asked for. Milliseconds from the world's beginning. */
export interface Due {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
  isOff: boolean;
}

/**
 * Times lie on a grid, 1/1024 ms: sums and differences of them are exact, so that no timer finds itself due a hair before its time
 * and asks for the same moment again, for ever.
 */
const GRID = 1024;

export class Agenda {
  now = 0;
  #heap: Due[] = [];
  #order = 0;

  /** What is asked for in the past is due now. */
  at(at: number, act: () => void): Due {
    const due: Due = { at: Math.max(Math.ceil(at * GRID) / GRID, this.now), order: this.#order++, act, isOff: false };
    this.#push(due);
    return due;
  }

  after(ms: number, act: () => void): Due {
    return this.at(this.now + ms, act);
  }

  /** When the next thing is due; infinity where nothing is. */
  get nextAt(): number {
    this.#dropOff();
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Moves time to the next thing that is due, and does it. */
  step(): void {
    this.#dropOff();
    const due = this.#pop();
    if (due === undefined) return;
    this.now = due.at;
    due.act();
  }

  #dropOff(): void {
    while (this.#heap[0]?.isOff === true) this.#pop();
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(due, heap[parent])) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Due, heap[child])) child++;
      if (!isBefore(heap[child] as Due, last)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: Due, other: Due | undefined): boolean {
  return other !== undefined && (one.at < other.at || (one.at === other.at && one.order < other.order));
}
