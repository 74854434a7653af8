/** What was committed reaches the platform, in order for each lane (I6); judged by what arrived there and by the journal on the disk. */
import { Broken } from '../yard/witness.ts';

/** An event as the platform has it. */
export interface Arrived {
  readonly epoch: string;
  readonly seq: number;
  readonly lane: string | null;
}

interface Arrivals {
  readonly first: number;
  last: number;
}

export class PlatformLaw {
  /** When each record came, counted in arrivals. */
  readonly #arrivals = new Map<string, Arrivals>();
  #count = 0;

  arrived({ epoch, seq }: Arrived): void {
    const key = `${epoch}/${seq}`;
    const before = this.#arrivals.get(key);
    this.#count++;
    if (before === undefined) this.#arrivals.set(key, { first: this.#count, last: this.#count });
    else before.last = this.#count;
  }

  /**
   * At the end: nothing of the journal is missing there, and each lane's records came in their order. One that is sent ahead, to
   * learn whether anything is taken at all, comes again in its turn.
   */
  judge(journal: Iterable<Arrived>): void {
    const newest = new Map<string | null, { readonly seq: number; readonly at: number }>();
    let last = 0;
    for (const { epoch, seq, lane } of journal) {
      if (seq !== last + 1) throw new Broken('I6', 'numbers of records have a gap on the disk', { last, seq });
      last = seq;
      const arrivals = this.#arrivals.get(`${epoch}/${seq}`);
      if (arrivals === undefined)
        throw new Broken('I6', 'a committed record never reached the platform', { epoch, seq, lane });
      const before = newest.get(lane);
      if (before !== undefined && arrivals.last < before.at)
        throw new Broken('I6', 'a record overtakes an older one of its lane', { lane, seq, older: before.seq });
      if (before === undefined || arrivals.first > before.at) newest.set(lane, { seq, at: arrivals.first });
    }
    if (last === 0) throw new Broken('I6', 'nothing was recorded', {});
  }
}
