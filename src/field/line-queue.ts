/** The bounded queue of a line: strongest first, oldest first within; life safety has room of its own (I15). */
import type { LinePriority, ModbusReply, ModbusRequest, TransactOptions } from '../contract/line.ts';
import type { Mono } from '../core/values.ts';

export interface Job {
  readonly request: ModbusRequest;
  readonly options: TransactOptions;
  readonly enqueuedAt: Mono;
  /** When it was on the wire already, in a write of several that was not answered and may have been obeyed. */
  begunAt?: Mono | undefined;
  settle(reply: ModbusReply): void;
}

/** Never sent this time; but for one that was on the wire before, nobody can say that it was not obeyed. */
export function fail(job: Job, failed: Extract<ModbusReply, { ok: false }>): void {
  const { begunAt: sentAt } = job;
  job.settle(sentAt === undefined ? failed : { ...failed, why: 'unanswered', sentAt });
}

const ranks: Readonly<Record<LinePriority, number>> = {
  emergency: 0,
  reopen: 1,
  guard: 2,
  closingInputs: 3,
  command: 4,
  safetyInputs: 5,
  status: 6,
  probe: 7,
};

export function rank(priority: LinePriority): number {
  return ranks[priority];
}

/** Emergency, reopening and STOP, the guard's opening: waits for nothing but a write in flight (design.md "Order of effects"). */
export function isLifeSafety(priority: LinePriority): boolean {
  return ranks[priority] <= 2;
}

export const ordinaryRoom = 64;
/** More than any line has outputs, so that it is never reached by distinct orders. */
export const lifeSafetyRoom = 256;

export class LineQueue {
  #jobs: Job[] = [];

  get length(): number {
    return this.#jobs.length;
  }

  /** `null` when it was queued; otherwise the job that found no room: the new one, or one that it displaced. */
  add(job: Job): Job | null {
    const vital = isLifeSafety(job.options.priority);
    const sameKind = this.#jobs.filter((each) => isLifeSafety(each.options.priority) === vital);
    if (sameKind.length < (vital ? lifeSafetyRoom : ordinaryRoom)) {
      this.#jobs.push(job);
      return null;
    }
    if (!vital) return job;
    // Never refused: the weakest and oldest of its kind makes room.
    const weakest = sameKind.reduce((a, b) => (rank(b.options.priority) > rank(a.options.priority) ? b : a));
    this.#jobs = [...this.#jobs.filter((each) => each !== weakest), job];
    return weakest;
  }

  /** The strongest that `eligible` admits; of equals those last that are `left`, and otherwise in order of arrival. */
  best(eligible: (job: Job) => boolean, left: (job: Job) => boolean): Job | null {
    let best: Job | null = null;
    for (const job of this.#jobs) {
      const lead = best === null ? -1 : rank(job.options.priority) - rank(best.options.priority);
      if (lead > 0 || (lead === 0 && !(best !== null && left(best) && !left(job)))) continue;
      if (eligible(job)) best = job;
    }
    return best;
  }

  /** Back to the front, in their order: they had their room and their turn. */
  putBack(jobs: readonly Job[]): void {
    this.#jobs = [...jobs, ...this.#jobs];
  }

  /** False when it no longer waited here. */
  remove(job: Job): boolean {
    const before = this.#jobs.length;
    this.#jobs = this.#jobs.filter((each) => each !== job);
    return this.#jobs.length < before;
  }

  /** Removes and returns what may no longer begin. */
  expired(now: Mono): readonly Job[] {
    const gone = this.#jobs.filter((job) => job.options.deadline < now);
    if (gone.length > 0) this.#jobs = this.#jobs.filter((job) => job.options.deadline >= now);
    return gone;
  }

  nextDeadline(): Mono | null {
    return this.#jobs.length === 0 ? null : Math.min(...this.#jobs.map((job) => job.options.deadline));
  }

  drain(): readonly Job[] {
    const all = this.#jobs;
    this.#jobs = [];
    return all;
  }

  view(): readonly Job[] {
    return this.#jobs;
  }
}
