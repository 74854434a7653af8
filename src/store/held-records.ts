/** Records waiting for the disk, in order and to a limit; past it the oldest detail is counted instead of kept (I6, I15). */
import { type EncodedRecord, ownRecord, sizeOf } from './encode-record.ts';
import type { BatchRecord } from './journal-writer.ts';

export interface HoldLimits {
  /** Records held before detail (anything but `keptKinds`) is folded into one counted record. */
  readonly records: number;
  /** Records held before even kept kinds are folded: reserved room for life safety and decisions lies between the two. */
  readonly recordsHard: number;
  readonly chars: number;
  readonly keptKinds: ReadonlySet<string>;
}

export const defaultHoldLimits: HoldLimits = {
  records: 20_000,
  recordsHard: 25_000,
  chars: 64_000_000,
  keptKinds: new Set(
    // Who opened and why, life safety among them, as the core names its records.
    'decision commanded outcome pressed claim claimEnded claimRefused claimRecalled releaseRefused passage faultRaised faultCleared emergencyOpened emergencyRecalled reasonGiven'.split(
      ' ',
    ),
  ),
};

interface Held {
  record: EncodedRecord;
  readonly queuedAt: number;
  /** However quickly it is written now. */
  readonly late: boolean;
  /** Present on a record that stands for folded ones. */
  lost: Lost | null;
}

interface Lost {
  readonly kinds: Map<string, number>;
  count: number;
  fromRef: number;
  toRef: number;
}

export class HeldRecords {
  readonly #limits: HoldLimits;
  #held: Held[] = [];
  #chars = 0;
  #inFlight = 0;
  #highestRef = 0;

  constructor(limits: HoldLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#held.length;
  }

  /** Nothing more can be held whole. */
  get isFull(): boolean {
    return this.#held.length >= this.#limits.records || this.#chars >= this.#limits.chars;
  }

  get isHalfFull(): boolean {
    return this.#held.length >= this.#limits.records / 2 || this.#chars >= this.#limits.chars / 2;
  }

  /** As they would be written, in order. */
  all(): readonly EncodedRecord[] {
    return this.#held.map(asWritten);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Monotonic time at which the oldest record was queued; null when nothing waits. */
  get oldestQueuedAt(): number | null {
    return this.#held[0]?.queuedAt ?? null;
  }

  get oldestRef(): number {
    const first = this.#held.find((held) => held.lost !== null || held.record.ref !== null);
    return first === undefined ? this.#highestRef + 1 : (first.lost?.fromRef ?? first.record.ref ?? 0);
  }

  /** Every ref up to and including this one has left the queue. */
  get settledRef(): number {
    return this.oldestRef - 1;
  }

  push(record: EncodedRecord, queuedAt: number, late = false): void {
    this.#held.push({ record, queuedAt, late, lost: null });
    this.#chars += sizeOf(record);
    if (record.ref !== null && record.ref > this.#highestRef) this.#highestRef = record.ref;
    if (this.#over(this.#limits.records)) this.#fold();
  }

  /** The next records to send, at most `limit`; they stay held until `settle`. `now` decides what is late. */
  take(limit: number, now: number, lateAfterMs: number, allLate: boolean): BatchRecord[] {
    const batch = this.#held.slice(0, limit);
    this.#inFlight = batch.length;
    return batch.map((held) => ({
      record: asWritten(held),
      late: allLate || held.late || now - held.queuedAt > lateAfterMs,
    }));
  }

  /** The records in flight are durable. */
  settle(): void {
    for (const held of this.#held.splice(0, this.#inFlight)) this.#chars -= sizeOf(held.record);
    this.#inFlight = 0;
  }

  /** The records in flight were not written and wait again. */
  release(): void {
    this.#inFlight = 0;
  }

  #over(limit: number): boolean {
    return this.#held.length > limit || this.#chars > this.#limits.chars;
  }

  /** Folds a tenth of the limit at once, so that a long outage costs one pass now and then, not one a record. */
  #fold(): void {
    const goal = Math.max(1, Math.floor(this.#limits.records / 10));
    const before = this.#held.length;
    this.#foldWhere((held) => !this.#limits.keptKinds.has(held.record.kind), goal);
    if (this.#held.length === before && this.#over(this.#limits.recordsHard)) this.#foldWhere(() => true, goal);
  }

  #foldWhere(matches: (held: Held) => boolean, goal: number): void {
    const kept: Held[] = this.#held.slice(0, this.#inFlight);
    // One counted record stands for all that one outage folds, at the place of the oldest of them.
    let sink: Held | null = this.#held.slice(this.#inFlight).find((held) => held.lost !== null) ?? null;
    let folded = 0;
    for (const held of this.#held.slice(this.#inFlight)) {
      if (held.record.ref === null || folded >= goal || !matches(held)) {
        kept.push(held);
        continue;
      }
      folded += 1;
      this.#chars -= sizeOf(held.record);
      if (sink === null) {
        sink = { ...held, record: placeholder(held.record), lost: emptyLost(held.record.ref) };
        this.#chars += sizeOf(sink.record);
        kept.push(sink);
      }
      if (sink.lost !== null) count(sink.lost, held.record.kind, held.record.ref);
    }
    this.#held = kept;
  }
}

const emptyLost = (ref: number): Lost => ({ kinds: new Map(), count: 0, fromRef: ref, toRef: ref });

const placeholder = (record: EncodedRecord): EncodedRecord =>
  ownRecord('recordsLost', { mono: record.atMono, wall: record.atWall }, {});

function count(lost: Lost, kind: string, ref: number): void {
  // Kinds come from the core's own code, yet the map is capped like everything else.
  const key = lost.kinds.size < 100 || lost.kinds.has(kind) ? kind : 'other';
  lost.kinds.set(key, (lost.kinds.get(key) ?? 0) + 1);
  lost.count += 1;
  lost.fromRef = Math.min(lost.fromRef, ref);
  lost.toRef = Math.max(lost.toRef, ref);
}

const asWritten = ({ record, lost }: Held): EncodedRecord => (lost === null ? record : lostRecord(record, lost));

function lostRecord(record: EncodedRecord, lost: Lost): EncodedRecord {
  const body = { count: lost.count, fromRef: lost.fromRef, toRef: lost.toRef, kinds: Object.fromEntries(lost.kinds) };
  return ownRecord('recordsLost', { mono: record.atMono, wall: record.atWall }, body);
}
