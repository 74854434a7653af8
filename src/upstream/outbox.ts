/**
 * The journal as outbox (I6): committed records in order, each until it is acknowledged. Holds one page and the numbers in
 * flight, so that a month without a broker costs disk only.
 */
import type { MessageLane, Outgoing } from './lane-of-messages.ts';

/** As the journal's reader gives it; the parts that the outbox itself needs. */
export interface Numbered {
  readonly seq: number;
  readonly epoch: string;
  readonly boot: string;
  readonly atMono: number;
  readonly atWall: number;
}

export interface OutboxSource<R extends Numbered> {
  /** Records after `seq`, in order, none once they hold `chars` characters together. May throw whatever the database throws. */
  readFrom(seq: number, limit: number, chars: number): readonly R[];
}

export interface OutboxOptions<R extends Numbered> {
  /** `reduced`: without its body, where the broker takes the record in no other way. */
  readonly compose: (record: R, reduced: boolean) => { readonly topic: string; readonly payload: string };
  /** Records that the journal no longer holds, though they were never acknowledged: a backup is shorter than the outbox. */
  readonly missing: (fromSeq: number, toSeq: number) => void;
  readonly readFailed: (error: unknown) => void;
}

export interface Progress {
  readonly epoch: string;
  readonly seq: number;
}

const PAGE_RECORDS = 64;
/** The largest records that the journal takes would else fill the thread's memory by the page. */
const PAGE_CHARS = 1024 * 1024;
/** Connections that ended before anything was acknowledged, until the oldest record is sent alone: it may be what ends them. */
const STUCK_MAX = 3;
/** Until it is sent reduced too, where it is so large that its size may be the reason. */
const STUCK_ALONE_MAX = 6;
const LARGE_CHARS = 16_384;

export class Outbox<R extends Numbered> implements MessageLane {
  readonly #options: OutboxOptions<R>;
  #source: OutboxSource<R> | null = null;
  /** Everything up to here is acknowledged. */
  #acknowledged = 0;
  #epoch = '';
  #page: readonly R[] = [];
  #pageAt = 0;
  /** Newest handed out since the last rewind. */
  #sent = 0;
  #last = 0;
  readonly #inFlight = new Map<number, { readonly epoch: string; done: boolean }>();
  #oldest: Numbered | null = null;
  #movedSinceRewind = false;
  #stuck = 0;
  #reduceNext = false;
  #missingTo = 0;

  constructor(options: OutboxOptions<R>) {
    this.#options = options;
  }

  /** @param acknowledged the cursor's sequence number; 0 = nothing was ever acknowledged. */
  attach(source: OutboxSource<R>, acknowledged: number, last: number): void {
    this.#source = source;
    this.#acknowledged = acknowledged;
    this.#last = Math.max(acknowledged, last);
    this.#missingTo = acknowledged;
    this.#stuck = 0;
    this.#restart();
    this.#look();
  }

  /** Nothing is read any more, and late acknowledgements count no more. */
  detach(): void {
    this.#source = null;
    this.#restart();
  }

  get isInFlight(): boolean {
    return this.#inFlight.size > 0;
  }

  committed(seq: number): void {
    if (seq <= this.#last) return;
    this.#last = seq;
    if (this.#oldest === null) this.#look();
  }

  get waiting(): number {
    return Math.max(0, this.#last - this.#acknowledged);
  }

  get progress(): Progress {
    return { epoch: this.#epoch, seq: this.#acknowledged };
  }

  get last(): number {
    return this.#last;
  }

  /** The oldest record that is not acknowledged; null when all are. */
  get oldest(): Numbered | null {
    return this.waiting === 0 ? null : this.#oldest;
  }

  /** How many records may be in flight: one, where it seems that one of them ends each connection. */
  get isCautious(): boolean {
    return this.#stuck >= STUCK_MAX;
  }

  next(): Outgoing | null {
    if (this.#source === null || (this.isCautious && this.#inFlight.size > 0)) return null;
    const record = this.#nextRecord();
    if (record === null) return null;
    this.#inFlight.set(record.seq, { epoch: record.epoch, done: false });
    this.#sent = record.seq;
    return { ...this.#compose(record), retain: false, token: record.seq };
  }

  /** Progress is the longest acknowledged beginning: the order of acknowledgements does not matter. */
  acknowledged(token: number): void {
    const found = this.#inFlight.get(token);
    if (found === undefined) return;
    found.done = true;
    for (const [seq, { epoch, done }] of this.#inFlight) {
      if (!done) break;
      this.#inFlight.delete(seq);
      this.#acknowledged = seq;
      this.#epoch = epoch;
      this.#movedSinceRewind = true;
      this.#stuck = 0;
      this.#reduceNext = false;
    }
    this.#look();
  }

  /** The broker says that it will never take the oldest record as it is. */
  refusedOldest(): void {
    this.#reduceNext = true;
  }

  /** The connection is gone: what was not acknowledged goes again, from the first of it on. */
  rewind(): void {
    if (this.#inFlight.size > 0) this.#stuck = this.#movedSinceRewind ? 0 : this.#stuck + 1;
    this.#restart();
  }

  #compose(record: R): { readonly topic: string; readonly payload: string } {
    const whole = this.#options.compose(record, false);
    const isOldest = record.seq === this.#oldest?.seq;
    const tooMuch = this.#stuck >= STUCK_ALONE_MAX && whole.payload.length >= LARGE_CHARS;
    return isOldest && (this.#reduceNext || tooMuch) ? this.#options.compose(record, true) : whole;
  }

  #restart(): void {
    this.#inFlight.clear();
    this.#page = [];
    this.#pageAt = 0;
    this.#sent = this.#acknowledged;
    this.#movedSinceRewind = false;
    this.#oldest = null;
    this.#look();
  }

  #nextRecord(): R | null {
    if (this.#pageAt >= this.#page.length) {
      if (this.#sent >= this.#last) return null;
      this.#page = this.#read(this.#sent, PAGE_RECORDS);
      this.#pageAt = 0;
    }
    const record = this.#page[this.#pageAt];
    // A page may reach beyond what the main thread has told of; the reader sees committed rows only, so that is sound.
    if (record === undefined) return null;
    this.#pageAt += 1;
    this.#tellMissing(record.seq);
    return record;
  }

  #tellMissing(seq: number): void {
    const expected = Math.max(this.#sent, this.#missingTo) + 1;
    if (seq > expected) this.#options.missing(expected, seq - 1);
    this.#missingTo = Math.max(this.#missingTo, seq);
    if (seq > this.#last) this.#last = seq;
  }

  /** Keeps at hand which record waits longest; a point look-up for each acknowledged window. */
  #look(): void {
    if (this.#source === null || this.waiting === 0) this.#oldest = null;
    else if (this.#oldest === null || this.#oldest.seq <= this.#acknowledged) {
      const known = this.#page.find((record) => record.seq > this.#acknowledged);
      this.#oldest = known ?? this.#read(this.#acknowledged, 1)[0] ?? null;
    }
  }

  #read(seq: number, limit: number): readonly R[] {
    try {
      return this.#source?.readFrom(seq, limit, PAGE_CHARS) ?? [];
    } catch (error) {
      this.#options.readFailed(error);
      return [];
    }
  }
}
