/** Whether an RTU frame that fits the request in flight is its answer, or an earlier answer once more. Pure but for the time it is told. */
import { answerMs } from '../contract/line-timing.ts';
import type { Mono } from '../core/values.ts';
import type { InFlight } from './in-flight.ts';
import type { Wire } from './link.ts';
import { requestLength } from './modbus-frame.ts';

/**
 * sound: it is the answer · stray: the wire cannot have carried request and answer by now · hold: it is one if nothing that
 * differs comes until then · unclear: two answers to one question that differ.
 */
export type Doubt =
  | { readonly kind: 'sound' | 'stray' | 'unclear' | 'held' }
  | { readonly kind: 'hold'; readonly until: Mono };

/** So many answers in a row took what the wire takes: it is a real one. A virtual port, or a converter set faster than said, is not. */
const proofsNeeded = 32;
/** Clocks of boards are off by some per cent, and some begin before the silence is over. */
const shareOfFloor = 0.9;

export class Doubts {
  readonly #wire: Wire;
  #proofs = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** A new connection may be another wire. */
  forget(): void {
    this.#proofs = 0;
  }

  judge(flight: InFlight, bytes: Uint8Array, now: Mono): Doubt {
    if (this.#wire.framing !== 'rtu' || isCanary(flight)) return { kind: 'sound' };
    const { unit, request, held } = flight;
    if (this.#isImpossible(flight, bytes, now)) return { kind: 'stray' };
    if (held === null && !unit.repeats.isNear(request, now)) return { kind: 'sound' };
    const early = unit.isEarly(this.delayOf(flight, bytes, now), this.#wire.silenceMs);
    if (held !== null) {
      const same = held.bytes.every((byte, at) => byte === bytes[at]);
      if (same && (early || !held.early)) return { kind: 'held' };
      if (!same && (early || !held.early)) return { kind: 'unclear' };
    }
    flight.held = { bytes, at: now, early };
    // One that has often answered late is waited for no longer than where nothing has come: the line is others' too.
    const usualMs = Math.min(unit.isLearnt ? unit.usualMs : Math.max(unit.usualMs, answerMs), unit.deadlineMs);
    const usualAt = flight.wireEndAt + usualMs + bytes.length * this.#wire.charMs;
    return { kind: 'hold', until: Math.max(now, usualAt) + this.#wire.silenceMs };
  }

  /** Of an answer that was taken. */
  taken(flight: InFlight, bytes: Uint8Array, at: Mono): void {
    this.#proofs = at >= this.#floor(flight, bytes) ? Math.min(proofsNeeded, this.#proofs + 1) : 0;
  }

  /** Nothing came but what was thought to be too soon: the wire may be quicker than it was. */
  timedOut(flight: InFlight): void {
    if (flight.discarded) this.#proofs = 0;
  }

  /** From the request's last bit to the answer's first. */
  delayOf(flight: InFlight, bytes: Uint8Array, at: Mono): number {
    return at - flight.wireEndAt - bytes.length * this.#wire.charMs;
  }

  #isImpossible(flight: InFlight, bytes: Uint8Array, now: Mono): boolean {
    if (this.#proofs < proofsNeeded || !flight.unit.repeats.isKnown(flight.request)) return false;
    const { sentAt } = flight;
    return now - sentAt < shareOfFloor * (this.#floor(flight, bytes) - sentAt);
  }

  /** The request's characters, the silence by which a board knows its end, the answer's characters (Serial Line V1.02 §2.5.1.1). */
  #floor(flight: InFlight, bytes: Uint8Array): Mono {
    const { charMs, silenceMs } = this.#wire;
    return flight.sentAt + (requestLength(flight.request) + bytes.length) * charMs + silenceMs;
  }
}

/** Asked because no owed answer passes for its own. */
function isCanary(flight: InFlight): boolean {
  return flight.job === null && flight.poll === null;
}
