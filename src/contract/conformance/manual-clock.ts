/** A clock turned by hand: timers run in order of their due time, and promises settle between them. */
import type { Mono, Wall } from '../../core/values.ts';
import type { Clock } from '../clock.ts';

interface Armed {
  readonly name: string;
  readonly at: Mono;
  readonly order: number;
  readonly action: () => void;
}

/** Timers that may run at one and the same moment before the clock calls it a loop that never lets time pass. */
const spinLimit = 10_000;

export class ManualClock implements Clock {
  #now: Mono;
  #wallOffset: number;
  #armed: Armed[] = [];
  #order = 0;

  constructor(mono: Mono = 1000, wall: Wall = 1_767_225_600_000) {
    this.#now = mono;
    this.#wallOffset = wall - mono;
  }

  mono(): Mono {
    return this.#now;
  }

  wall(): Wall {
    return this.#now + this.#wallOffset;
  }

  /** A step of the wall clock that no elapsed time explains. */
  stepWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** The process stands still: what falls due meanwhile is late, and runs with the next `pass`. */
  stall(ms: number): void {
    this.#now += ms;
  }

  at(name: string, at: Mono, action: () => void): () => void {
    const armed: Armed = { name, at, order: this.#order, action };
    this.#order += 1;
    this.#armed.push(armed);
    return () => {
      this.#armed = this.#armed.filter((each) => each !== armed);
    };
  }

  after(name: string, ms: number, action: () => void): () => void {
    return this.at(name, this.#now + ms, action);
  }

  timers(): readonly { readonly name: string; readonly at: Mono }[] {
    return this.#armed.toSorted((a, b) => a.at - b.at || a.order - b.order).map(({ name, at }) => ({ name, at }));
  }

  /** Lets `ms` pass. What promises set off at each moment has run before the next timer. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    let spins = 0;
    for (let next = this.#next(until); next !== null; next = this.#next(until)) {
      spins = next.at > this.#now ? 0 : spins + 1;
      if (spins > spinLimit) throw new Error(`timer ${next.name} re-arms for ever at ${this.#now}`);
      this.#now = Math.max(this.#now, next.at);
      this.#armed = this.#armed.filter((each) => each !== next);
      next.action();
      await settle();
    }
    this.#now = until;
  }

  #next(until: Mono): Armed | null {
    let best: Armed | null = null;
    for (const each of this.#armed) {
      if (each.at > until) continue;
      if (best === null || each.at < best.at || (each.at === best.at && each.order < best.order)) best = each;
    }
    return best;
  }
}

/** Promise chains of some depth settle; no real time is waited for. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
