/** Answers of one unit that may come once more: a converter or a bad wire repeats frames, and RTU answers do not say what they answer. */
import type { ModbusRequest } from '../contract/line.ts';
import type { Mono } from '../core/values.ts';
import { isWrite, judge, sameReplyShape } from './modbus-frame.ts';

/** A repeat comes within this of the frame that it repeats. */
const repeatWithinMs = 120;
/** So long after one was seen the unit's next read is not believed before something else was answered. */
const strayedForMs = 1000;
const shapesKept = 8;

interface Answer {
  readonly request: ModbusRequest;
  readonly at: Mono;
  /** Something of another shape has been answered since; boards answer in order, so that nothing of this is to come. */
  readonly crossed: boolean;
}

export class Repeats {
  #answers: readonly Answer[] = [];
  #strayed: { readonly frame: Uint8Array; readonly until: Mono } | null = null;

  answered(request: ModbusRequest, now: Mono): void {
    if (this.#strayed !== null && judge(this.#strayed.frame, request) === 'foreign') this.#strayed = null;
    const others = this.#answers.filter((each) => !isAlike(each.request, request));
    this.#answers = [...others.map((each) => ({ ...each, crossed: true })), { request, at: now, crossed: false }].slice(
      -shapesKept,
    );
  }

  /** A frame of this unit that answered nothing in flight. */
  strayed(frame: Uint8Array, now: Mono): void {
    this.#strayed = { frame, until: now + strayedForMs };
    const same = this.#answers.find((each) => judge(frame, each.request) === 'reply');
    if (same !== undefined)
      this.#answers = [...this.#answers.filter((each) => each !== same), { ...same, at: now, crossed: false }];
  }

  /** An answer that passes for one to this request came so lately that it may be coming again. */
  isNear(request: ModbusRequest, now: Mono): boolean {
    return this.#last(request, now - repeatWithinMs) !== null;
  }

  /** The same, and nothing else was answered since. */
  isUncrossed(request: ModbusRequest, now: Mono): boolean {
    return this.#last(request, now - repeatWithinMs)?.crossed === false;
  }

  /** There is an answer on this connection that a frame for this request could repeat. */
  isKnown(request: ModbusRequest): boolean {
    return this.#last(request, Number.NEGATIVE_INFINITY) !== null;
  }

  /** A repeat was seen: the answers of this unit may be one behind its questions. */
  isBehind(request: ModbusRequest, now: Mono): boolean {
    return this.#strayed !== null && this.#strayed.until > now && judge(this.#strayed.frame, request) === 'reply';
  }

  forget(): void {
    this.#answers = [];
    this.#strayed = null;
  }

  #last(request: ModbusRequest, since: Mono): Answer | null {
    return this.#answers.find((each) => each.at >= since && isAlike(each.request, request)) ?? null;
  }
}

/** Their good replies could pass for each other. */
function isAlike(a: ModbusRequest, b: ModbusRequest): boolean {
  if (isWrite(a) || isWrite(b)) return JSON.stringify(a) === JSON.stringify(b);
  return sameReplyShape(a, b);
}
