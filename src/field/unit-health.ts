/** What a line knows of one unit: how fast it answers, whether it still does, which late answer it may still owe. Pure but for the time it is told. */
import type { ModbusRequest } from '../contract/line.ts';
import { answerWaitMs, firstWriteWaitMs, probeWaitMs } from '../contract/line-timing.ts';
import type { Mono } from '../core/values.ts';
import { AnswerTimes } from './answer-times.ts';
import { isWrite, judge, sameReplyShape } from './modbus-frame.ts';
import { Repeats } from './repeats.ts';

/** Fewer say little of how slow it can be. */
const samplesMin = 8;
/** 300 ms of silence heals a late answer on most boards (pitfalls.md "modbus-serial"). */
const baseQuietMs = 300;
const longestQuietMs = 2000;
const calmMs = 50;
/** How long a reply that did not come is still expected to. */
const owedForMs = 5000;
const failuresToSilence = 3;
const firstBackoffMs = 500;
const longestBackoffMs = 10_000;

/** A reply that may still come for a request that was given up. */
interface Owed {
  readonly request: ModbusRequest;
  readonly wireEndAt: Mono;
  readonly until: Mono;
}

export interface UnitCounts {
  answered: number;
  timeouts: number;
  late: number;
  exceptions: number;
  echoMismatches: number;
  /** Answers that could not be told from an earlier one's repeat; the request has failed. */
  misled: number;
  abandoned: number;
}

export class UnitHealth {
  readonly unit: number;
  readonly counts: UnitCounts = {
    ...{ answered: 0, timeouts: 0, late: 0, exceptions: 0, echoMismatches: 0, misled: 0, abandoned: 0 },
  };
  readonly repeats = new Repeats();
  readonly #times = new AnswerTimes();
  readonly #ordered: boolean;
  #failures = 0;
  #backoffMs = 0;
  #lateMs = 0;
  #heard = false;
  #owed: Owed[] = [];
  /** Reads of different reply shapes that it is known to answer. */
  #knownReads: ModbusRequest[] = [];
  #quietUntil: Mono = 0;
  #probeAt: Mono = 0;

  /** `ordered`: transaction ids tell late answers apart (MBAP), so no quiet time is needed. */
  constructor(unit: number, ordered: boolean) {
    this.unit = unit;
    this.#ordered = ordered;
  }

  /** It has answered, and not failed three times running since. */
  get answering(): boolean {
    return this.#heard && !this.silent;
  }

  get silent(): boolean {
    return this.#failures >= failuresToSilence;
  }

  /** It has missed its last answer: the next may be missed as well. */
  get doubtful(): boolean {
    return this.#failures > 0;
  }

  get quietUntil(): Mono {
    return this.#quietUntil;
  }

  /** A silent unit is asked again no sooner. */
  get probeAt(): Mono {
    return this.#probeAt;
  }

  /** How long after a read's last bit the reply's first may take. A slow unit that is new earns more by its late answers. */
  get deadlineMs(): number {
    return answerWaitMs(this.#times.longestMs);
  }

  /** The same for this very request: a silent unit's probe is short, the first writes to a new one are not. */
  waitMs(request: ModbusRequest, isProbe: boolean): number {
    if (isProbe) return probeWaitMs(this.#times.longestMs);
    if (isWrite(request) && this.#times.count < samplesMin) return Math.max(firstWriteWaitMs, this.deadlineMs);
    return this.deadlineMs;
  }

  /** Its usual answer time; 0 while unknown. */
  get typicalMs(): number {
    if (this.#times.count < samplesMin) return 0;
    return Math.max(0, this.usualMs);
  }

  /** The same from the first answer on; below 0 where the port is quicker than the wire it is said to be. */
  get usualMs(): number {
    return this.#times.ninetiethMs;
  }

  /** Sooner by more than `slackMs` than it has answered lately. */
  isEarly(delayMs: number, slackMs: number): boolean {
    return this.#times.count > 0 && delayMs < this.#times.shortestMs - slackMs;
  }

  /** Enough is known of its times for one that is too early to be no answer. */
  get isLearnt(): boolean {
    return this.#times.count >= samplesMin;
  }

  answered(request: ModbusRequest, delayMs: number, now: Mono): void {
    this.counts.answered += 1;
    if (!isWrite(request) && !this.#knownReads.some((each) => sameReplyShape(each, request))) {
      this.#knownReads = [...this.#knownReads, request].slice(-4);
    }
    this.repeats.answered(request, now);
    this.#replied(request, delayMs);
  }

  refused(request: ModbusRequest, delayMs: number, now: Mono): void {
    this.counts.exceptions += 1;
    this.repeats.answered(request, now);
    this.#replied(request, delayMs);
  }

  /**
   * A request whose answer no owed reply can pass for, to be asked before `request`; `null` when `request` itself is such.
   * Boards answer in order: once it is answered, whatever was owed has come or never will. `closing`: a boom comes down on it,
   * so that an answer just had counts as owed once more.
   */
  canaryFor(request: ModbusRequest, now: Mono, closing: boolean): ModbusRequest | null {
    const doubtful = this.#confusable(request, now) || (closing && this.repeats.isUncrossed(request, now));
    if (this.#ordered || !doubtful) return null;
    return (
      [...this.#knownReads, otherLength(request), otherFunction(request)].find(
        (each) => !sameReplyShape(each, request) && !this.#confusable(each, now),
      ) ?? null
    );
  }

  unanswered(request: ModbusRequest, wireEndAt: Mono, now: Mono): void {
    this.counts.timeouts += 1;
    this.#failures += 1;
    if (this.silent) {
      this.#backoffMs = Math.min(longestBackoffMs, this.#backoffMs === 0 ? firstBackoffMs : this.#backoffMs * 2);
      this.#probeAt = now + this.#backoffMs;
    }
    this.#owe(request, wireEndAt, now);
  }

  /** Given up for life safety: no blame, but its reply may still come. */
  abandoned(request: ModbusRequest, wireEndAt: Mono, now: Mono): void {
    this.counts.abandoned += 1;
    this.#owe(request, wireEndAt, now);
  }

  mismatched(request: ModbusRequest, wireEndAt: Mono, now: Mono): void {
    this.counts.echoMismatches += 1;
    this.#alive();
    this.#owe(request, wireEndAt, now);
  }

  /** An earlier answer's repeat came in place of the answer, which may still come. */
  forestalled(request: ModbusRequest, wireEndAt: Mono, now: Mono): void {
    this.counts.misled += 1;
    this.#alive();
    this.#owe(request, wireEndAt, now);
  }

  /** One of its answers was given again, and no more is owed; until it is known to be calm the next could be mistaken for it. */
  repeated(frame: Uint8Array, now: Mono): void {
    this.counts.late += 1;
    this.#strayed(frame, now);
  }

  /** Two answers to one request that differ: neither is believed. */
  unclear(frame: Uint8Array, now: Mono): void {
    this.counts.misled += 1;
    this.#strayed(frame, now);
  }

  #strayed(frame: Uint8Array, now: Mono): void {
    this.repeats.strayed(frame, now);
    if (!this.#ordered) this.#quietUntil = Math.max(this.#quietUntil, now + calmMs);
  }

  /** A frame of this unit that answers nothing in flight. True when it is the late answer to something given up. */
  late(frame: Uint8Array, now: Mono): boolean {
    const owed = this.#owed.find((each) => each.until > now && judge(frame, each.request) !== 'foreign');
    if (owed === undefined) {
      this.repeated(frame, now);
      return false;
    }
    this.counts.late += 1;
    const delay = Math.max(0, now - owed.wireEndAt);
    this.#lateMs = Math.max(this.#lateMs, delay);
    this.#times.add(delay);
    this.#alive();
    this.#owed = this.#owed.filter((each) => each !== owed && each.until > now);
    if (this.#owed.length === 0 && !this.#ordered) this.#quietUntil = Math.min(this.#quietUntil, now + calmMs);
    return true;
  }

  /** True when a write's wrong echo is the right echo of an earlier write that was given up. */
  owesEcho(frame: Uint8Array, now: Mono): boolean {
    return this.#owed.some((each) => each.until > now && judge(frame, each.request) === 'reply');
  }

  /** A new connection owes nothing, and a silent unit may be tried at once. */
  reconnected(now: Mono): void {
    this.#owed = [];
    this.repeats.forget();
    this.#quietUntil = now;
    this.#probeAt = now;
  }

  #owe(request: ModbusRequest, wireEndAt: Mono, now: Mono): void {
    const quietMs = Math.min(longestQuietMs, Math.max(baseQuietMs, 2 * this.#lateMs));
    this.#owed = [
      ...this.#owed.filter((each) => each.until > now),
      { request, wireEndAt, until: now + owedForMs },
    ].slice(-8);
    if (!this.#ordered) this.#quietUntil = Math.max(this.#quietUntil, now + quietMs);
  }

  #confusable(request: ModbusRequest, now: Mono): boolean {
    if (this.repeats.isBehind(request, now)) return true;
    return this.#owed.some((each) => {
      if (each.until <= now) return false;
      if (!isWrite(request)) return sameReplyShape(each.request, request);
      return JSON.stringify(each.request) === JSON.stringify(request);
    });
  }

  #replied(request: ModbusRequest, delayMs: number): void {
    if (!this.#owed.some((each) => sameReplyShape(each.request, request))) this.#owed = [];
    this.#times.add(delayMs);
    this.#alive();
  }

  #alive(): void {
    this.#failures = 0;
    this.#backoffMs = 0;
    this.#heard = true;
  }
}

/** The same function with a reply of another length; a board without so many answers with an exception, which serves as well. */
function otherLength(request: ModbusRequest): ModbusRequest {
  const { unit } = request;
  if (request.fc === 1 || request.fc === 2) return { ...request, count: request.count <= 8 ? 9 : 1 };
  if (request.fc === 3 || request.fc === 4) return { ...request, count: request.count === 1 ? 2 : 1 };
  return { fc: 1, unit, address: 0, count: 1 };
}

/** For a board that gives one length whatever it is asked for. */
function otherFunction({ unit, fc }: ModbusRequest): ModbusRequest {
  return { fc: fc === 1 ? 2 : fc === 3 ? 4 : fc === 4 ? 3 : 1, unit, address: 0, count: 1 };
}
