/** Openings of one unit that wait at the same moment, as one frame: FC15 over neighbouring coils (Modbus Application Protocol V1.1b3 §6.11). */
import type { ModbusReply } from '../contract/line.ts';
import type { Job, LineQueue } from './line-queue.ts';
import type { UnitHealth } from './unit-health.ts';

/** A board that says nothing to a function which it does not know is not told from a bad wire by one lost answer. */
const triesOfMany = 2;

/**
 * A frame is made of coils that are to be written, every one of them: those between two lanes' contacts are CLOSE, STOP and other lanes'
 * holds, and whatever we wrote there would be an order that nobody gave. What was read of them is up to two seconds old.
 */
export class JoinedWrites {
  readonly #queue: LineQueue;
  /** Frames that a unit left unanswered, in a row; infinity where it has refused one. */
  readonly #failed = new Map<number, number>();

  constructor(queue: LineQueue) {
    this.#queue = queue;
  }

  /** A new connection may lead to another board. */
  forget(): void {
    this.#failed.clear();
  }

  /** `job` has left the queue and is given back where nothing goes with it; what does leaves the queue as well. */
  join(job: Job, unit: UnitHealth): Job {
    const jobs = this.#runOf(job);
    const [first] = jobs;
    if (first === undefined || jobs.length < 2) return job;
    for (const each of jobs) this.#queue.remove(each);
    const { address } = first.request;
    const wasSilent = unit.silent;
    return {
      request: { fc: 15, unit: unit.unit, address, values: jobs.map((each) => isOn(each)) },
      options: job.options,
      enqueuedAt: job.enqueuedAt,
      settle: (reply) => this.#settle(jobs, reply, wasSilent),
    };
  }

  /** By coil, without a gap. A write that is not of their kind keeps its place in their unit's order: a STOP is let go before its OPEN. */
  #runOf(job: Job): readonly Job[] {
    const { unit, address } = job.request;
    if (!joins(job) || (this.#failed.get(unit) ?? 0) >= triesOfMany) return [job];
    const byCoil = new Map([[address, job]]);
    for (const each of this.#queue.view()) {
      if (each.request.unit !== unit || each.options.priority !== job.options.priority) continue;
      if (!joins(each) || isOn(each) !== isOn(job) || byCoil.has(each.request.address)) break;
      byCoil.set(each.request.address, each);
    }
    let from = address;
    while (byCoil.has(from - 1)) from -= 1;
    const run: Job[] = [];
    for (let at = from, next = byCoil.get(at); next !== undefined; at += 1, next = byCoil.get(at)) run.push(next);
    return run;
  }

  /**
   * Not taken: each goes by itself, at once and before all others of its kind. They are levels, so that one which was obeyed already
   * is none the wiser (I10). A unit that was silent before gets nothing more: its lanes are many, and others wait.
   */
  #settle(jobs: readonly Job[], reply: ModbusReply, wasSilent: boolean): void {
    const unit = jobs[0]?.request.unit ?? 0;
    const refused = !reply.ok && reply.why === 'exception';
    const lost = !reply.ok && (reply.why === 'unanswered' || reply.why === 'echoMismatch');
    if (reply.ok) this.#failed.delete(unit);
    else if (refused) this.#failed.set(unit, Number.POSITIVE_INFINITY);
    else if (lost) this.#failed.set(unit, (this.#failed.get(unit) ?? 0) + 1);
    const single =
      refused || (lost && !wasSilent) ? jobs.filter(({ options }) => options.signal?.aborted !== true) : [];
    for (const job of jobs) {
      if (!single.includes(job)) job.settle(reply);
      else if (lost) job.begunAt = reply.sentAt ?? undefined;
    }
    this.#queue.putBack(single);
  }
}

function joins({ request, options, begunAt }: Job): boolean {
  return options.joins === true && request.fc === 5 && options.onlyIf === undefined && begunAt === undefined;
}

function isOn({ request }: Job): boolean {
  return request.fc === 5 && request.value !== 0;
}
