/**
 * A gate is read ten times a second although nothing has changed. A reading that repeats the one before it may be left out where
 * that one came to nothing, but not where a level or an order has lasted for so long that it means more than before.
 */
import type { SensorPlan } from '../crowd/site-plan.ts';
import type { LaneYard } from '../yard/lane-yard.ts';

/** Of a press: it latches, it is stuck. */
const HELD_MS: readonly number[] = [5000, 60_000];
/** Of a supervised pair that disagrees, and of limits that contradict each other. */
const TRAVELLING_MS = 1000;
/** Of what is occupied: stuck. */
const STUCK_MS = 600_000;
/** Of a vehicle under a raised boom, counted from its coming or from the boom's rising, whichever is later. */
const STRANDED_MS = 120_000;
/** A read-back sooner after an order says nothing of it. */
const READ_BACK_MS = 3000;
/** Before and after the moment itself: the order counts from another than the frame. */
const MARGIN_MS = 60;

interface Span {
  readonly from: number;
  readonly to: number;
}

export class Repeats {
  readonly #periodMs: number;
  /** By lane. */
  readonly #spans = new Map<string, Span[]>();
  /** By board: which of its obstruction sensors say occupied. */
  readonly #under = new Map<string, Set<string>>();

  /** `periodMs`: the longest between two readings of one board. */
  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** A board says something else of this sensor than before. */
  changed(board: string, yard: LaneYard, { input }: SensorPlan, said: boolean | null, at: number): void {
    const { timing } = yard.plan.model;
    // It ages from the reading before, and grows old sooner under a boom that closes.
    if (said === null) this.#add(board, at, 0, timing.staleAfterMs + 2 * this.#periodMs);
    switch (input.role) {
      case 'obstruction':
        this.#mark(board, input.id, said === true);
        if (said === true) for (const ms of [STRANDED_MS, STUCK_MS]) this.#add(board, at, ms);
        break;
      case 'button':
        if (said === true) for (const ms of HELD_MS) this.#add(board, at, ms);
        break;
      case 'fire':
      case 'fireNo':
      case 'openLimit':
      case 'closedLimit':
        this.#add(board, at, TRAVELLING_MS);
        this.#addStranded(board, at);
        break;
      default:
        break;
    }
  }

  /** An order to this board has been given, or is settled. */
  ordered(board: string, at: number): void {
    this.#add(board, at, READ_BACK_MS);
    this.#addStranded(board, at);
  }

  /** Must this board be read now, whatever it says? */
  isDue(board: string, at: number): boolean {
    const spans = this.#spans.get(laneOf(board));
    if (spans !== undefined) {
      while (spans[0] !== undefined && spans[0].to < at) spans.shift();
      for (const { from } of spans) if (from <= at) return true;
    }
    return false;
  }

  /** From `at` on: when the next board must be read, whatever it says; infinity where none must. */
  nextAfter(at: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const spans of this.#spans.values())
      for (const { from, to } of spans) if (to >= at && from < next) next = Math.max(at, from);
    return next;
  }

  #mark(board: string, input: string, isOccupied: boolean): void {
    const under = this.#under.get(board) ?? new Set();
    if (isOccupied) under.add(input);
    else under.delete(input);
    this.#under.set(board, under);
  }

  /** The boom may rise now, or begin to be taken for risen, over whoever stands there. */
  #addStranded(board: string, at: number): void {
    for (const [other, inputs] of this.#under)
      if (inputs.size > 0 && laneOf(other) === laneOf(board)) this.#add(other, at, STRANDED_MS);
  }

  /** What one board has not said, the next reading of another may come to. */
  #add(board: string, at: number, ms: number, forMs = this.#periodMs): void {
    const lane = laneOf(board);
    const span = { from: at + ms - MARGIN_MS, to: at + ms + forMs + MARGIN_MS };
    const spans = this.#spans.get(lane);
    if (spans === undefined) {
      this.#spans.set(lane, [span]);
      return;
    }
    let place = spans.length;
    while (place > 0 && (spans[place - 1] as Span).to > span.to) place--;
    const before = spans[place - 1];
    if (before !== undefined && before.from <= span.from && before.to >= span.from)
      spans[place - 1] = { from: before.from, to: span.to };
    else spans.splice(place, 0, span);
  }
}

/** Boards are called by their lane: `l1-board`, `l1-radar`. */
function laneOf(board: string): string {
  return board.slice(0, board.indexOf('-'));
}
