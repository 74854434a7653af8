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
import { Doubts } from './doubts.ts';
import type { Frame } from './framer.ts';
import { abandonableAt, answerPatienceMs, failure, noisePatienceMs, type Held, type InFlight } from './in-flight.ts';
import type { Wire } from './link.ts';
import { LocalEcho } from './local-echo.ts';
import { fail, isLifeSafety, type Job, rank } from './line-queue.ts';
import { type LineStatus, lineStatus, Usage } from './line-status.ts';
import type { Settled } from './modbus-client.ts';
import { isGatewaySilence, isWrite, judge, replyLength, requestFault, requestLength } from './modbus-frame.ts';
import { noteDone, type Poll, type PollShare } from './poll-plan.ts';
import { Readings } from './readings.ts';
import { Reopening } from './reopening.ts';
import { type Next, Schedule } from './schedule.ts';

export class ModbusLineOwner implements ModbusLine {
  readonly id: string;
  readonly #clock: Clock;
  readonly #wire: Wire;
  readonly #connection: Connection;
  readonly #schedule: Schedule;
  readonly #readings = new Readings();
  readonly #usage = new Usage();
  readonly #doubts: Doubts;
  #inFlight: InFlight | null = null;
  #lastHeardAt: Mono = 0;
  #wireBusyUntil: Mono = 0;
  #freeSince: Mono = 0;
  readonly #reopening = new Reopening();
  readonly #localEcho = new LocalEcho();
  #foreign = 0;
  #held = 0;
  #cancelWake: () => void = () => {};
  #cancelAbandon: () => void = () => {};

  constructor(settings: ConnectionSettings) {
    this.id = settings.id;
    this.#clock = settings.clock;
    this.#wire = settings.wire;
    this.#doubts = new Doubts(settings.wire);
    this.#schedule = new Schedule(settings.wire);
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

  /** Nothing goes out before `order` has returned: what several lanes order in one turn can be one frame. */
  together(order: () => void): void {
    this.#held += 1;
    try {
      order();
    } finally {
      this.#held -= 1;
    }
    this.#pump();
  }

  #withdraw(job: Job): void {
    if (this.#schedule.queue.remove(job)) this.#fail(job, 'expired', 'withdrawn before it was sent', null);
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
    const share = this.#schedule.addPoll(name, request, periodMs, priority, onReply);
    // Begun on a line that is lost already it must hear of that too, once its caller has the handle.
    if (this.#connection.lost) this.#clock.after(`line.${this.id}.lost`, 0, () => this.#tellLoss(share));
    this.#pump();
    return {
      set: (nextPeriodMs, nextPriority) => {
        this.#schedule.changeShare(share, nextPeriodMs, nextPriority);
        this.#pump();
      },
      stop: () => this.#schedule.removeShare(share),
    };
  }

  unit(unit: number): { readonly answering: boolean } {
    return { answering: this.#connection.up && this.#schedule.unit(unit).answering };
  }

  status(): LineStatus {
    const usage = this.#usage.share(this.#clock.mono());
    return lineStatus({ id: this.id, link: this.#connection, schedule: this.#schedule, usage, foreign: this.#foreign });
  }

  // ------------------------------------------------------------ choosing

  #pump(): void {
    if (!this.#connection.up || this.#inFlight !== null || this.#held > 0) return;
    // A lost port would refuse life safety.
    if (this.#reopening.due && this.#schedule.urgent() === null) return this.#connection.reopen('no unit answers');
    const now = this.#clock.mono();
    for (const job of this.#schedule.queue.expired(now))
      this.#fail(job, 'expired', 'deadline passed in the queue', null);
    const next = now >= this.#clearAt() ? this.#schedule.next(now) : null;
    if (next !== null) this.#send(next, now);
    if (this.#inFlight === null) this.#sleep(now);
  }

  /** When the next frame may begin: after silence; life safety, which `next` puts first, waits for no babbler to end. */
  #clearAt(): Mono {
    const patientUntil = this.#schedule.urgentSince(this.#freeSince) + noisePatienceMs(this.#wire);
    const silentAt = Math.max(this.#lastHeardAt, this.#wireBusyUntil) + this.#wire.silenceMs;
    return Math.min(silentAt, Math.max(patientUntil, this.#wireBusyUntil));
  }

  /** Wakes at the soonest moment at which something now waiting could go, or must be given up. */
  #sleep(now: Mono): void {
    this.#cancelWake();
    if (!this.#connection.up) return;
    const soonest = this.#schedule.nextAt(this.#clearAt());
    if (soonest === Number.POSITIVE_INFINITY) return;
    this.#cancelWake = this.#clock.at(`line.${this.id}.wake`, Math.max(now, soonest), () => this.#pump());
  }

  // ------------------------------------------------------------ sending

  /** Where an owed reply could pass for the answer, something that it cannot pass for is asked first; life safety does not wait. */
  #send(next: Next, now: Mono): void {
    const canary = this.#schedule.canaryBefore(next, now);
    if (canary !== null) this.#begin(canary, null, null, now);
    else if (next.job !== null) this.#sendJob(next.job, now);
    else this.#begin(next.poll.request, null, next.poll, now);
  }

  #sendJob(job: Job, now: Mono): void {
    this.#schedule.queue.remove(job);
    const { onlyIf } = job.options;
    const refusal = onlyIf === undefined ? null : this.#readings.refuses(job.request.unit, onlyIf, now);
    if (refusal === null) {
      const frame = this.#schedule.join(job, now);
      return this.#begin(frame.request, frame, null, now);
    }
    this.#fail(job, 'notClear', refusal, null);
    this.#pump();
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
      ...{ echoSeen: false, extended: false, held: null, discarded: false, cancel: () => {} },
    };
    this.#inFlight = flight;
    this.#await(flight, wireEndAt + unit.waitMs(request, isProbe) + replyLength(request) * this.#wire.charMs);
    const urgent = this.#schedule.urgent();
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
    this.#doubts.timedOut(flight);
    flight.unit.unanswered(flight.request, flight.wireEndAt, now);
    this.#afterFailure(now);
    this.#giveUp(flight, 'unanswered', torn > 0 ? `${torn} bytes, no whole frame` : 'no answer');
  }

  /** Silence on the line after a timeout or a frame that nobody should have sent; a new port object when nothing else helps. */
  #afterFailure(now: Mono): void {
    if (this.#wire.framing === 'rtu') this.#schedule.quietUntil = now + quietAfterTimeoutMs(this.#wire.silenceMs);
    this.#reopening.failed();
  }

  /** Life safety gives a read in flight up after 3.5 characters of silence; a write is never given up. */
  #hurry(job: Job): void {
    const flight = this.#inFlight;
    if (flight === null || isWrite(flight.request) || !isLifeSafety(job.options.priority)) return;
    const current = flight.job?.options.priority ?? flight.poll?.priority ?? 'status';
    if (rank(current) <= rank(job.options.priority)) return;
    this.#cancelAbandon();
    const at = abandonableAt(flight, this.#lastHeardAt, this.#wire);
    if (this.#clock.mono() < at) {
      this.#cancelAbandon = this.#clock.at(`line.${this.id}.abandon`, at, () => this.#hurry(job));
      return;
    }
    if (flight.held?.early === false) return this.#release(flight, flight.held);
    const now = this.#clock.mono();
    this.#connection.discard();
    flight.unit.abandoned(flight.request, flight.wireEndAt, now);
    if (flight.poll !== null) flight.poll.lastAt = Number.NEGATIVE_INFINITY;
    this.#giveUp(flight, 'abandoned', 'given up for life safety');
  }

  // ------------------------------------------------------------ receiving

  #frame(frame: Frame): void {
    const flight = this.#inFlight;
    const now = this.#clock.mono();
    const mine = flight !== null && (frame.transaction === null || frame.transaction === flight.transaction);
    if (!mine) return this.#stray(frame.bytes, now);
    if (frame.transaction === null && this.#localEcho.isOurs(flight, frame.bytes)) return;
    const verdict = judge(frame.bytes, flight.request);
    if (verdict === 'foreign') return this.#stray(frame.bytes, now);
    if (verdict === 'echoMismatch') {
      if (flight.unit.owesEcho(frame.bytes, now)) return this.#stray(frame.bytes, now);
      flight.unit.mismatched(flight.request, flight.wireEndAt, now);
      this.#afterFailure(now);
      return this.#giveUp(flight, 'echoMismatch', 'the echo differs from what was sent');
    }
    this.#localEcho.answered(flight);
    if (verdict === 'exception') return this.#refused(flight, frame.bytes, now);
    const doubt = this.#doubts.judge(flight, frame.bytes, now);
    if (doubt.kind === 'sound') this.#take(flight, frame.bytes, now);
    else if (doubt.kind === 'held') this.#foreign += 1;
    else if (doubt.kind === 'unclear') {
      flight.unit.unclear(frame.bytes, now);
      this.#giveUp(flight, 'unanswered', 'two answers that differ');
    } else if (doubt.kind === 'stray') {
      flight.discarded = true;
      this.#stray(frame.bytes, now);
    } else if (doubt.kind === 'hold') {
      flight.cancel();
      flight.cancel = this.#clock.at(`line.${this.id}.held`, doubt.until, () => {
        if (this.#inFlight === flight && flight.held !== null) this.#release(flight, flight.held);
      });
    }
  }

  #refused(flight: InFlight, bytes: Uint8Array, now: Mono): void {
    const code = bytes[2] ?? 0;
    this.#wireBusyUntil = Math.min(this.#wireBusyUntil, now);
    if (isGatewaySilence(code)) {
      flight.unit.unanswered(flight.request, flight.wireEndAt, now);
      return this.#giveUp(flight, 'unanswered', `the gateway had no answer (code ${code})`);
    }
    flight.unit.refused(flight.request, this.#doubts.delayOf(flight, bytes, now), now);
    this.#connection.deliver(bytes);
  }

  /** `at`: when its last byte came. */
  #take(flight: InFlight, bytes: Uint8Array, at: Mono): void {
    this.#doubts.taken(flight, bytes, at);
    this.#wireBusyUntil = Math.min(this.#wireBusyUntil, at);
    flight.unit.answered(flight.request, this.#doubts.delayOf(flight, bytes, at), at);
    this.#connection.deliver(bytes);
  }

  /** No other answer came. One that its unit can hardly have given is an earlier one's repeat, and its own is lost. */
  #release(flight: InFlight, held: Held): void {
    if (!held.early || !flight.unit.isLearnt) return this.#take(flight, held.bytes, held.at);
    flight.unit.forestalled(flight.request, flight.wireEndAt, this.#clock.mono());
    this.#giveUp(flight, 'unanswered', 'the answer came too soon');
  }

  #stray(bytes: Uint8Array, now: Mono): void {
    this.#foreign += 1;
    this.#schedule.units.get(bytes[0] ?? -1)?.late(bytes, now);
  }

  #settled(settled: Settled): void {
    const flight = this.#inFlight;
    if (flight === null) return;
    const now = this.#clock.mono();
    this.#reopening.answered();
    this.#connection.proved();
    if (!settled.ok) return this.#giveUp(flight, 'exception', settled.detail);
    this.#readings.keep(flight.request, settled.reply, flight.sentAt);
    this.#finish(flight, { ok: true, ...settled.reply, sentAt: flight.sentAt, receivedAt: flight.held?.at ?? now });
  }

  #giveUp(flight: InFlight, why: ModbusFailure, detail: string): void {
    this.#finish(flight, failure(why, detail, flight.sentAt, this.#clock.mono()));
  }

  #finish(flight: InFlight, reply: ModbusReply): void {
    if (this.#inFlight !== flight) return;
    this.#inFlight = null;
    flight.cancel();
    this.#cancelAbandon();
    const now = this.#clock.mono();
    this.#freeSince = now;
    const tookMs = now - flight.sentAt + this.#wire.silenceMs;
    this.#usage.add(now, tookMs);
    if (flight.poll !== null && reply.ok) noteDone(flight.poll, tookMs);
    this.#schedule.admit();
    this.together(() => {
      flight.job?.settle(reply);
      if (flight.poll !== null) this.#schedule.answer(flight.poll, reply);
    });
  }

  #fail(job: Job, why: ModbusFailure, detail: string, sentAt: Mono | null): void {
    fail(job, failure(why, detail, sentAt, this.#clock.mono()));
  }

  // ------------------------------------------------------------ coming and going

  #up(): void {
    const now = this.#clock.mono();
    this.#lastHeardAt = now;
    this.#wireBusyUntil = now;
    this.#schedule.reconnected(now);
    this.#localEcho.forget();
    this.#doubts.forget();
    this.#pump();
  }

  /** Nothing that waited is kept: a frame decided before the loss must never be sent after it. */
  #down(why: string): void {
    this.#cancelWake();
    this.#reopening.due = false;
    this.#readings.forget();
    const flight = this.#inFlight;
    if (flight !== null) this.#giveUp(flight, 'unreachable', why);
    for (const job of this.#schedule.queue.drain()) this.#fail(job, 'unreachable', why, null);
    for (const share of this.#schedule.askAnew(flight?.poll ?? null)) this.#tellLoss(share);
  }

  #tellLoss(share: PollShare): void {
    if (!this.#connection.lost || !this.#schedule.isAsked(share)) return;
    share.onReply(failure('unreachable', this.#connection.lastProblem, null, this.#clock.mono()));
  }
}
