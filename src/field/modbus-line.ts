/** The one owner of a line: one queue, one transaction in flight, a deadline on each (design.md "Lines"). */
import type { Clock } from '../contract/clock.ts';
import type {
  LinePriority,
  ModbusFailure,
  ModbusLine,
  ModbusReply,
  ModbusRequest,
  PollHandle,
  TransactOptions,
} from '../contract/line.ts';
import { graceMs, quietAfterTimeoutMs } from '../contract/line-timing.ts';
import type { Mono } from '../core/values.ts';
import { Connection, type ConnectionSettings } from './connection.ts';
import type { Frame } from './framer.ts';
import { failure, type InFlight, isOwnFrame } from './in-flight.ts';
import type { Wire } from './link.ts';
import { isLifeSafety, type Job, rank } from './line-queue.ts';
import { type LineStatus, lineStatus, Usage } from './line-status.ts';
import type { Settled } from './modbus-client.ts';
import { isGatewaySilence, isWrite, judge, replyLength, requestFault, requestLength } from './modbus-frame.ts';
import type { Poll } from './poll-plan.ts';
import { Readings } from './readings.ts';
import { type Next, Schedule } from './schedule.ts';

export type LineSettings = ConnectionSettings;

/** An answer that is about to begin would collide with the frame; it is given this long, where the unit is known to be alive. */
const answerPatienceMs = 20;
const failuresToReopen = 5;

export class ModbusLineOwner implements ModbusLine {
  readonly id: string;
  readonly #clock: Clock;
  readonly #wire: Wire;
  readonly #connection: Connection;
  readonly #schedule: Schedule;
  readonly #readings = new Readings();
  readonly #usage = new Usage();
  #inFlight: InFlight | null = null;
  #lastHeardAt: Mono = 0;
  #wireBusyUntil: Mono = 0;
  #failures = 0;
  #reopenAfter = failuresToReopen;
  #reopenDue = false;
  #echoing = false;
  #foreign = 0;
  #cancelWake: () => void = () => {};
  #cancelAbandon: () => void = () => {};

  constructor(settings: LineSettings) {
    this.id = settings.id;
    this.#clock = settings.clock;
    this.#wire = settings.wire;
    this.#schedule = new Schedule(settings.wire.framing === 'mbap');
    this.#connection = new Connection(settings, {
      up: () => this.#up(),
      down: (why) => this.#down(why),
      heard: () => {
        this.#lastHeardAt = this.#clock.mono();
      },
      frame: (frame) => this.#frame(frame),
    });
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop('stopped');
    this.#cancelWake();
    this.#cancelAbandon();
    this.#schedule.polls = [];
    for (const job of this.#schedule.queue.drain()) this.#fail(job, 'unreachable', 'the line was stopped', null);
  }

  /** The write in flight has been settled, or there is none: what a stopping process waits for. */
  get writing(): boolean {
    return this.#inFlight !== null && isWrite(this.#inFlight.request);
  }

  transact(request: ModbusRequest, options: TransactOptions): Promise<ModbusReply> {
    return new Promise((resolve) => {
      const job: Job = { request, options, enqueuedAt: this.#clock.mono(), settle: resolve };
      const fault = requestFault(request);
      if (fault !== null) return this.#fail(job, 'exception', `not sent: ${fault}`, null);
      const { signal } = options;
      if (signal?.aborted === true) return this.#fail(job, 'expired', 'withdrawn', null);
      if (!this.#connection.up) return this.#fail(job, 'unreachable', this.#connection.lastProblem, null);
      const crowdedOut = this.#schedule.queue.add(job);
      if (crowdedOut !== null) this.#fail(crowdedOut, 'full', 'the line’s queue is full', null);
      signal?.addEventListener('abort', () => this.#withdraw(job), { once: true });
      this.#hurry(job);
      this.#pump();
    });
  }

  #withdraw(job: Job): void {
    if (!this.#schedule.queue.remove(job)) return;
    this.#fail(job, 'expired', 'withdrawn before it was sent', null);
  }

  poll(
    name: string,
    request: ModbusRequest,
    periodMs: number,
    priority: LinePriority,
    onReply: (reply: ModbusReply) => void,
  ): PollHandle {
    const fault = requestFault(request);
    if (fault !== null) throw new RangeError(fault);
    const poll = this.#schedule.addPoll(name, request, periodMs, priority, this.#frameMs(request), onReply);
    // Begun on a line that is lost already it must hear of that too, once its caller has the handle.
    if (this.#connection.lost) this.#clock.after(`line.${this.id}.lost`, 0, () => this.#tellLoss(poll));
    this.#pump();
    return {
      set: (nextPeriodMs, nextPriority) => {
        poll.periodMs = nextPeriodMs;
        poll.priority = nextPriority;
        this.#schedule.admit();
        this.#pump();
      },
      stop: () => this.#schedule.removePoll(poll),
    };
  }

  unit(unit: number): { readonly answering: boolean } {
    return { answering: this.#connection.up && this.#schedule.unit(unit).answering };
  }

  status(): LineStatus {
    return lineStatus({
      id: this.id,
      up: this.#connection.up,
      problem: this.#connection.lastProblem,
      opened: this.#connection.opened,
      queued: this.#schedule.queue.length,
      foreign: this.#foreign,
      asked: this.#schedule.asked,
      usage: this.#usage.share(this.#clock.mono()),
      units: [...this.#schedule.units.values()],
      polls: this.#schedule.polls,
    });
  }

  #frameMs(request: ModbusRequest): number {
    return (requestLength(request) + replyLength(request)) * this.#wire.charMs + 2 * this.#wire.silenceMs + 1;
  }

  // ------------------------------------------------------------ choosing

  #pump(): void {
    if (!this.#connection.up || this.#inFlight !== null) return;
    const now = this.#clock.mono();
    for (const job of this.#schedule.queue.expired(now))
      this.#fail(job, 'expired', 'deadline passed in the queue', null);
    const next = now >= this.#silentAt() ? this.#schedule.next(now) : null;
    if (next !== null) this.#send(next, now);
    if (this.#inFlight === null) this.#sleep(now);
  }

  #silentAt(): Mono {
    return Math.max(this.#lastHeardAt, this.#wireBusyUntil) + this.#wire.silenceMs;
  }

  /** Wakes at the soonest moment at which something now waiting could go, or must be given up. */
  #sleep(now: Mono): void {
    this.#cancelWake();
    if (!this.#connection.up) return;
    const soonest = this.#schedule.nextAt(this.#silentAt());
    if (soonest === Number.POSITIVE_INFINITY) return;
    this.#cancelWake = this.#clock.at(`line.${this.id}.wake`, Math.max(now, soonest), () => this.#pump());
  }

  // ------------------------------------------------------------ sending

  /** Where an owed reply could pass for the answer, something that it cannot pass for is asked first; life safety does not wait. */
  #send(next: Next, now: Mono): void {
    const { request } = next.job ?? next.poll;
    const vital = next.job !== null && isLifeSafety(next.job.options.priority);
    const canary = vital ? null : this.#schedule.unit(request.unit).canaryFor(request, now);
    if (canary !== null) this.#begin(canary, null, null, now);
    else if (next.job !== null) this.#sendJob(next.job, now);
    else this.#begin(request, null, next.poll, now);
  }

  #sendJob(job: Job, now: Mono): void {
    this.#schedule.queue.remove(job);
    const { onlyIf } = job.options;
    const refusal = onlyIf === undefined ? null : this.#readings.refuses(job.request.unit, onlyIf, now);
    if (refusal !== null) {
      this.#fail(job, 'notClear', refusal, null);
      this.#pump();
      return;
    }
    this.#begin(job.request, job, null, now);
  }

  /** From here to the bytes' handing over nothing is awaited: the guard judged above still holds (I2). */
  #begin(request: ModbusRequest, job: Job | null, poll: Poll | null, now: Mono): void {
    this.#cancelWake();
    this.#connection.discard();
    const unit = this.#schedule.unit(request.unit);
    const isProbe = job === null && unit.silent;
    if (isProbe) this.#schedule.lastProbeAt = now;
    const issued = this.#connection.issue(request, (settled) => this.#settled(settled));
    if (issued === null) {
      if (job !== null) this.#fail(job, 'unreachable', this.#connection.lastProblem, null);
      return;
    }
    if (poll !== null) poll.lastAt = now;
    const wireEndAt = now + requestLength(request) * this.#wire.charMs;
    this.#wireBusyUntil = wireEndAt;
    const flight: InFlight = {
      ...{ request, job, poll, unit, sentAt: now, wireEndAt, transaction: issued.transaction, rtu: issued.rtu },
      ...{ echoSeen: false, extended: false, cancel: () => {} },
    };
    this.#inFlight = flight;
    this.#await(flight, wireEndAt + unit.waitMs(request, isProbe) + replyLength(request) * this.#wire.charMs);
    const urgent = this.#schedule.queue.best((each) => isLifeSafety(each.options.priority));
    if (urgent !== null) this.#hurry(urgent);
  }

  #await(flight: InFlight, at: Mono): void {
    const name = `line.${this.id}.answer`;
    flight.cancel = this.#clock.at(name, at, () => {
      const loopWasBusy = this.#clock.mono() - at > 5;
      flight.cancel = this.#clock.after(name, loopWasBusy ? 10 * graceMs : graceMs, () => this.#timedOut(flight));
    });
  }

  #timedOut(flight: InFlight): void {
    if (this.#inFlight !== flight) return;
    const now = this.#clock.mono();
    // A reply that is arriving is let finish, once: cutting it would only make it late.
    if (!flight.extended && this.#lastHeardAt > flight.sentAt && now - this.#lastHeardAt < answerPatienceMs) {
      flight.extended = true;
      this.#await(flight, now + Math.max(answerPatienceMs, replyLength(flight.request) * this.#wire.charMs));
      return;
    }
    const torn = this.#connection.discard();
    flight.unit.unanswered(flight.request, flight.wireEndAt, now);
    this.#afterFailure(now);
    this.#finish(
      flight,
      failure('unanswered', torn > 0 ? `${torn} bytes, no whole frame` : 'no answer', flight.sentAt, now),
    );
  }

  /** Silence on the line after a timeout or a frame that nobody should have sent; a new port object when nothing else helps. */
  #afterFailure(now: Mono): void {
    if (this.#wire.framing === 'rtu') this.#schedule.quietUntil = now + quietAfterTimeoutMs(this.#wire.silenceMs);
    this.#failures += 1;
    if (this.#failures < this.#reopenAfter) return;
    this.#failures = 0;
    this.#reopenAfter = Math.min(this.#reopenAfter * 2, 16 * failuresToReopen);
    this.#reopenDue = true;
  }

  /** Life safety gives a read in flight up after 3.5 characters of silence; a write is never given up. */
  #hurry(job: Job): void {
    const flight = this.#inFlight;
    if (flight === null || isWrite(flight.request) || !isLifeSafety(job.options.priority)) return;
    const current = flight.job?.options.priority ?? flight.poll?.priority ?? 'status';
    if (rank(current) <= rank(job.options.priority)) return;
    this.#cancelAbandon();
    const patience = flight.unit.answering ? Math.min(flight.unit.typicalMs, answerPatienceMs) : 0;
    const heard = this.#lastHeardAt > flight.sentAt;
    const at = heard
      ? this.#lastHeardAt + this.#wire.silenceMs
      : flight.wireEndAt + Math.max(this.#wire.silenceMs, patience);
    if (this.#clock.mono() < at) {
      this.#cancelAbandon = this.#clock.at(`line.${this.id}.abandon`, at, () => this.#hurry(job));
      return;
    }
    const now = this.#clock.mono();
    this.#connection.discard();
    flight.unit.abandoned(flight.request, flight.wireEndAt, now);
    if (flight.poll !== null) flight.poll.lastAt = Number.NEGATIVE_INFINITY;
    this.#finish(flight, failure('abandoned', 'given up for life safety', flight.sentAt, now));
  }

  // ------------------------------------------------------------ receiving

  #frame(frame: Frame): void {
    const flight = this.#inFlight;
    const now = this.#clock.mono();
    const mine = flight !== null && (frame.transaction === null || frame.transaction === flight.transaction);
    if (!mine) return this.#stray(frame.bytes, now);
    if (frame.transaction === null && this.#isLocalEcho(flight, frame.bytes)) return;
    const verdict = judge(frame.bytes, flight.request);
    if (verdict === 'foreign') return this.#stray(frame.bytes, now);
    if (verdict === 'echoMismatch') {
      if (flight.unit.owesEcho(frame.bytes, now)) return this.#stray(frame.bytes, now);
      flight.unit.mismatched(flight.request, flight.wireEndAt, now);
      this.#afterFailure(now);
      return this.#finish(flight, failure('echoMismatch', 'the echo differs from what was sent', flight.sentAt, now));
    }
    if (!isWrite(flight.request)) this.#echoing = flight.echoSeen;
    this.#wireBusyUntil = Math.min(this.#wireBusyUntil, now);
    const code = verdict === 'exception' ? (frame.bytes[2] ?? 0) : 0;
    if (isGatewaySilence(code)) {
      flight.unit.unanswered(flight.request, flight.wireEndAt, now);
      return this.#finish(
        flight,
        failure('unanswered', `the gateway had no answer (code ${code})`, flight.sentAt, now),
      );
    }
    const delay = now - flight.wireEndAt - frame.bytes.length * this.#wire.charMs;
    if (verdict === 'exception') flight.unit.refused(flight.request, delay);
    else flight.unit.answered(flight.request, delay);
    this.#connection.deliver(frame.bytes);
  }

  /** Two-wire adapters may return what they send. Without this an FC05 would confirm itself. */
  #isLocalEcho(flight: InFlight, bytes: Uint8Array): boolean {
    if (flight.echoSeen || !isOwnFrame(flight, bytes)) return false;
    if (isWrite(flight.request) && !this.#echoing) return false;
    flight.echoSeen = true;
    return true;
  }

  #stray(bytes: Uint8Array, now: Mono): void {
    this.#foreign += 1;
    this.#schedule.units.get(bytes[0] ?? -1)?.late(bytes, now);
  }

  #settled(settled: Settled): void {
    const flight = this.#inFlight;
    if (flight === null) return;
    const now = this.#clock.mono();
    this.#failures = 0;
    this.#reopenAfter = failuresToReopen;
    this.#connection.proved();
    if (!settled.ok) return this.#finish(flight, failure('exception', settled.detail, flight.sentAt, now));
    this.#readings.keep(flight.request, settled.reply, flight.sentAt);
    this.#finish(flight, { ok: true, ...settled.reply, sentAt: flight.sentAt, receivedAt: now });
  }

  #finish(flight: InFlight, reply: ModbusReply): void {
    if (this.#inFlight !== flight) return;
    this.#inFlight = null;
    flight.cancel();
    this.#cancelAbandon();
    const now = this.#clock.mono();
    const tookMs = now - flight.sentAt + this.#wire.silenceMs;
    this.#usage.add(now, tookMs);
    if (flight.poll !== null && reply.ok) {
      flight.poll.done += 1;
      flight.poll.costMs += (tookMs - flight.poll.costMs) / 8;
    }
    this.#schedule.admit();
    flight.job?.settle(reply);
    if (flight.poll !== null && this.#schedule.polls.includes(flight.poll)) flight.poll.onReply(reply);
    // Life safety that waits is tried first: a lost port would refuse it.
    const urgent = this.#schedule.queue.best((each) => isLifeSafety(each.options.priority)) !== null;
    if (this.#reopenDue && !urgent) this.#connection.reopen('no unit answers');
    else this.#pump();
  }

  #fail(job: Job, why: ModbusFailure, detail: string, sentAt: Mono | null): void {
    job.settle(failure(why, detail, sentAt, this.#clock.mono()));
  }

  // ------------------------------------------------------------ coming and going

  #up(): void {
    const now = this.#clock.mono();
    this.#lastHeardAt = now;
    this.#wireBusyUntil = now;
    this.#schedule.quietUntil = now;
    this.#echoing = false;
    for (const unit of this.#schedule.units.values()) unit.reconnected(now);
    this.#pump();
  }

  /** Nothing that waited is kept: a frame decided before the loss must never be sent after it. */
  #down(why: string): void {
    const now = this.#clock.mono();
    this.#cancelWake();
    this.#reopenDue = false;
    this.#readings.forget();
    const flight = this.#inFlight;
    if (flight !== null) this.#finish(flight, failure('unreachable', why, flight.sentAt, now));
    for (const job of this.#schedule.queue.drain()) this.#fail(job, 'unreachable', why, null);
    for (const poll of this.#schedule.polls) {
      poll.lastAt = Number.NEGATIVE_INFINITY;
      if (poll !== flight?.poll) this.#tellLoss(poll);
    }
  }

  #tellLoss(poll: Poll): void {
    if (!this.#connection.lost || !this.#schedule.polls.includes(poll)) return;
    poll.onReply(failure('unreachable', this.#connection.lastProblem, null, this.#clock.mono()));
  }
}
