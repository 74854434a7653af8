/** What goes next on a line, and when to look again: the queue, the polls, and what is known of each unit, weighed together. */
import type { LinePriority, ModbusReply, ModbusRequest } from '../contract/line.ts';
import type { Mono } from '../core/values.ts';
import { isLifeSafety, type Job, LineQueue, rank } from './line-queue.ts';
import type { Wire } from './link.ts';
import { JoinedWrites } from './joined-writes.ts';
import { exchangeMs, isSameRead } from './modbus-frame.ts';
import { admit, dueAt, nextPoll, type Poll, type PollShare, weighShares } from './poll-plan.ts';
import { UnitHealth } from './unit-health.ts';

export type Next = { readonly job: Job; readonly poll: null } | { readonly job: null; readonly poll: Poll };

const maxPolls = 256;
const probeEveryMs = 1000;
const closes = ({ priority }: Poll): boolean => priority === 'closingInputs';

export class Schedule {
  readonly queue = new LineQueue();
  readonly #joined = new JoinedWrites(this.queue);
  readonly units = new Map<number, UnitHealth>();
  polls: readonly Poll[] = [];
  /** Share of the wire that the polls ask for. */
  asked = 0;
  /** Nothing but life safety before this. */
  quietUntil: Mono = 0;
  lastProbeAt: Mono = Number.NEGATIVE_INFINITY;
  /** When an order was sent last. */
  orderedAt: Mono = Number.NEGATIVE_INFINITY;
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

  /** A block that is polled already is read once for all who ask for it; whoever joins waits for nobody else's period. */
  addPoll(
    name: string,
    request: ModbusRequest,
    periodMs: number,
    priority: LinePriority,
    onReply: (reply: ModbusReply) => void,
  ): PollShare {
    const poll = this.polls.find((each) => isSameRead(each.request, request)) ?? this.#newPoll(name, request);
    const share: PollShare = { poll, onReply, periodMs, priority };
    poll.shares = [...poll.shares, share];
    poll.lastAt = Number.NEGATIVE_INFINITY;
    weighShares(poll);
    this.admit();
    return share;
  }

  #newPoll(name: string, request: ModbusRequest): Poll {
    if (this.polls.length >= maxPolls) throw new RangeError('too many polls on one line');
    const costMs = exchangeMs(request, this.#wire) + this.unit(request.unit).typicalMs;
    const poll: Poll = {
      ...{ name, request, costMs, shares: [], periodMs: 0, priority: 'status' },
      ...{ lastAt: Number.NEGATIVE_INFINITY, admittedMs: 0, done: 0 },
    };
    this.polls = [...this.polls, poll];
    return poll;
  }

  changeShare(share: PollShare, periodMs: number, priority: LinePriority): void {
    share.periodMs = periodMs;
    share.priority = priority;
    weighShares(share.poll);
    this.admit();
  }

  removeShare(share: PollShare): void {
    const { poll } = share;
    poll.shares = poll.shares.filter((each) => each !== share);
    if (poll.shares.length === 0) this.polls = this.polls.filter((each) => each !== poll);
    else weighShares(poll);
    this.admit();
  }

  isAsked(share: PollShare): boolean {
    return this.polls.includes(share.poll) && share.poll.shares.includes(share);
  }

  /** Hands a reply to each that still shares the poll: what one of them does at it may end another's share. */
  answer(poll: Poll, reply: ModbusReply): void {
    for (const share of poll.shares) if (this.isAsked(share)) share.onReply(reply);
  }

  /** The connection is gone: all polls are due at the next. Who asks for them, but for those that were `told` already. */
  askAnew(told: Poll | null): readonly PollShare[] {
    for (const poll of this.polls) poll.lastAt = Number.NEGATIVE_INFINITY;
    return this.polls.filter((poll) => poll !== told).flatMap(({ shares }) => shares);
  }

  reconnected(now: Mono): void {
    this.quietUntil = now;
    this.#joined.forget();
    for (const unit of this.units.values()) unit.reconnected(now);
  }

  /** With what waits for the same board's neighbouring coils, as one frame. `job` has left the queue. */
  join(job: Job, now: Mono): Job {
    this.orderedAt = now;
    return this.#joined.join(job, this.unit(job.request.unit));
  }

  /** Silent units are probed, not polled: what they asked for is left to those that answer. */
  admit(): void {
    this.asked = admit(this.polls.filter((poll) => !this.unit(poll.request.unit).silent));
  }

  /** The strongest job that may go, or a poll that is due and at least as strong. Above the inputs of a closing lane, jobs alone. */
  next(now: Mono): Next | null {
    const job = this.queue.best(
      (each) => this.#jobReadyAt(each) <= now,
      (each) => this.#isLeft(each),
    );
    if (job !== null && isLifeSafety(job.options.priority)) return { job, poll: null };
    const poll = nextPoll(
      this.polls,
      now,
      (each) => this.#pollReadyAt(each) <= now,
      (each) => this.unit(each.request.unit).doubtful,
    );
    if (job !== null && (poll === null || rank(job.options.priority) <= rank(poll.priority) || closes(poll)))
      return this.#closingBefore(job.request, job.options.priority, now, this.#turnSince(job)) ?? { job, poll: null };
    if (poll === null) return null;
    return this.#closingBefore(poll.request, poll.priority, now, Number.POSITIVE_INFINITY) ?? { job: null, poll };
  }

  /** An order waits for each closing lane's inputs once, since it came or since the order before it. */
  #turnSince({ enqueuedAt }: Job): Mono {
    return Math.max(enqueuedAt, this.orderedAt);
  }

  /**
   * The input of a closing lane that falls due while a weaker transaction has the wire goes before it, for the sake of its 5 Hz; only
   * those begun before `since`: where they are read more often than that, with a canary before each, they fill the wire between them,
   * and the CLOSE itself would never leave.
   */
  #closingBefore(request: ModbusRequest, priority: LinePriority, now: Mono, since: Mono): Next | null {
    if (rank(priority) <= rank('closingInputs')) return null;
    const unit = this.unit(request.unit);
    const answerMs = unit.doubtful || !unit.answering ? unit.waitMs(request, unit.silent) : unit.typicalMs;
    const closing = this.polls.filter((each) => closes(each) && each.lastAt < since);
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
    return this.queue.best(
      (job) => isLifeSafety(job.options.priority),
      (job) => this.#isLeft(job),
    );
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

  /** Of equal life safety what a unit may answer goes first: the several booms of one dead board would keep those that live waiting. */
  #isLeft(job: Job): boolean {
    return isLifeSafety(job.options.priority) && this.unit(job.request.unit).silent;
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
