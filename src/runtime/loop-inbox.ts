/** Inputs that wait while one is being taken: reads to a limit, everything else in room that reads cannot take (I15). */
import type { Input } from '../core/io.ts';

export interface WaitingInput {
  readonly input: Input;
  readonly done: ((nextRef: number, taken: boolean) => void) | null;
}

/** More means that effects feed themselves. */
export const INPUTS_MAX = 10_000;
/** Beyond that for contacts, timers, outcomes and what people order: never for reads, whose sender can try again. */
export const INPUTS_RESERVED = 2_000;

export class LoopInbox {
  #waiting: WaitingInput[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** `null` when it was queued; otherwise the one that found no room: itself, or one that it displaced. */
  add(entry: WaitingInput): WaitingInput | null {
    const canWait = isRead(entry.input);
    if (this.#waiting.length < (canWait ? INPUTS_MAX : INPUTS_MAX + INPUTS_RESERVED)) {
      this.#waiting.push(entry);
      return null;
    }
    if (canWait) return entry;
    // Never refused: a read makes room, else the oldest word, since a contact is a level and its newest reading counts.
    const read = this.#waiting.findLastIndex(({ input }) => isRead(input));
    const [displaced = null] = this.#waiting.splice(Math.max(0, read), 1);
    this.#waiting.push(entry);
    return displaced;
  }

  take(): WaitingInput | null {
    return this.#waiting.shift() ?? null;
  }
}

/** Asks for access and moves nothing that protects: whoever sent it keeps it and sends it again. */
export function isRead(input: Input): boolean {
  return input.kind === 'observed' && isReadKind(input.observation.kind);
}

export const isReadKind = (kind: string): boolean => kind === 'plateRead' || kind === 'cardRead';
