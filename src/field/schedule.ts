/** What goes next on a line, and when to look again: the queue, the polls, and what is known of each unit, weighed together. */
import type { LinePriority, ModbusReply, ModbusRequest } from '../contract/line.ts';
import type { Mono } from '../core/values.ts';
import { isLifeSafety, type Job, LineQueue, rank } from './line-queue.ts';
import type { Wire } from './link.ts';
import { exchangeMs } from './modbus-frame.ts';
import { admit, dueAt, nextPoll, type Poll } from './poll-plan.ts';
import { UnitHealth } from './unit-health.ts';

export type Next = { readonly job: Job; readonly poll: null } | { readonly job: null; readonly poll: Poll };

const maxPolls = 256;
const probeEveryMs = 1000;

export class Schedule {
  readonly queue = new LineQueue();
  readonly units = new Map<number, UnitHealth>();
  polls: readonly Poll[] = [];
  /** Share of the wire that the polls ask for. */
  asked = 0;
  /** Nothing but life safety before this. */
  quietUntil: Mono = 0;
  lastProbeAt: Mono = Number.NEGATIVE_INFINITY;
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  unit(unit: number): UnitHealth {
    const known = this.units.get(unit);
    if (known !== undefined) return known;
    const made = new UnitHealth(unit, this.#wire.framing === 'mbap');
    this.units.set(unit, made);
    return made;
  }

  addPoll(
    name: string,
    request: ModbusRequest,
    periodMs: number,
    priority: LinePriority,
    wireMs: number,
    onReply: (reply: ModbusReply) => void,
  ): Poll {
    if (this.polls.length >= maxPolls) throw new RangeError('too many polls on one line');
    const costMs = wireMs + this.unit(request.unit).typicalMs;
    const poll: Poll = {
      ...{ name, request, periodMs, priority, onReply, costMs },
      ...{ lastAt: Number.NEGATIVE_INFINITY, admittedMs: periodMs, done: 0 },
    };
    this.polls = [...this.polls, poll];
    this.admit();
    return poll;
  }

  removePoll(poll: Poll): void {
    this.polls = this.polls.filter((each) => each !== poll);
    this.admit();
  }

  /** Silent units are probed, not polled: what they asked for is left to those that answer. */
  admit(): void {
    this.asked = admit(this.polls.filter((poll) => !this.unit(poll.request.unit).silent));
  }

  /** The strongest job that may go, or a poll that is due and at least as strong. Above the inputs of a closing lane, jobs alone. */
  next(now: Mono): Next | null {
    const job = this.queue.best((each) => this.#jobReadyAt(each) <= now);
    if (job !== null && isLifeSafety(job.options.priority)) return { job, poll: null };
    const poll = nextPoll(
      this.polls,
      now,
      (each) => this.#pollReadyAt(each) <= now,
      (each) => this.unit(each.request.unit).doubtful,
    );
    if (job !== null && (poll === null || rank(job.options.priority) <= rank(poll.priority)))
      return this.#closingBefore(job.request, job.options.priority, now) ?? { job, poll: null };
    if (poll === null) return null;
    return this.#closingBefore(poll.request, poll.priority, now) ?? { job: null, poll };
  }

  /** The input of a closing lane that falls due while a weaker transaction has the wire goes before it, for the sake of its 5 Hz. */
  #closingBefore(request: ModbusRequest, priority: LinePriority, now: Mono): Next | null {
    if (rank(priority) <= rank('closingInputs')) return null;
    const unit = this.unit(request.unit);
    const answerMs = unit.doubtful || !unit.answering ? unit.waitMs(request, unit.silent) : unit.typicalMs;
    const closing = this.polls.filter((each) => each.priority === 'closingInputs');
    const poll = nextPoll(
      closing,
      now + exchangeMs(request, this.#wire) + answerMs,
      (each) => this.#pollReadyAt(each) <= now,
      (each) => this.unit(each.request.unit).doubtful,
    );
    return poll === null ? null : { job: null, poll };
  }

  /** The life safety that goes next. */
  urgent(): Job | null {
    return this.queue.best((job) => isLifeSafety(job.options.priority));
  }

  /** Since when it waits for the line alone; infinity where there is none. */
  urgentSince(freeSince: Mono): Mono {
    const job = this.urgent();
    return job === null ? Number.POSITIVE_INFINITY : Math.max(job.enqueuedAt, freeSince);
  }

  /** What is asked first, so that no frame still owed passes for the answer; life safety waits for no such thing. */
  canaryBefore(next: Next, now: Mono): ModbusRequest | null {
    const { request } = next.job ?? next.poll;
    const priority = next.job?.options.priority ?? next.poll?.priority ?? 'status';
    if (isLifeSafety(priority)) return null;
    return this.unit(request.unit).canaryFor(request, now, next.job !== null && priority === 'closingInputs');
  }

  /** The soonest moment at which something could go or must be given up. */
  nextAt(silentAt: Mono): Mono {
    let soonest = Number.POSITIVE_INFINITY;
    for (const job of this.queue.view()) {
      soonest = Math.min(soonest, Math.max(this.#jobReadyAt(job), silentAt), job.options.deadline + 1);
    }
    for (const poll of this.polls) {
      soonest = Math.min(soonest, Math.max(dueAt(poll), this.#pollReadyAt(poll), silentAt));
    }
    return soonest;
  }

  #jobReadyAt(job: Job): Mono {
    if (isLifeSafety(job.options.priority)) return Number.NEGATIVE_INFINITY;
    return Math.max(this.quietUntil, this.unit(job.request.unit).quietUntil);
  }

  /** A silent unit is probed at its own growing back-off, and all of them together once a second. */
  #pollReadyAt(poll: Poll): Mono {
    const unit = this.unit(poll.request.unit);
    const ready = Math.max(this.quietUntil, unit.quietUntil);
    return unit.silent ? Math.max(ready, unit.probeAt, this.lastProbeAt + probeEveryMs) : ready;
  }
}
