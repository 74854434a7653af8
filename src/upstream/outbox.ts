/**
 * The journal as outbox (I6): committed records in order, each until it is acknowledged. Holds one page and the numbers in
 * flight, so that a month without a broker costs disk only.
 */
import { type Cause, isAboutSize, mqttCause } from './causes.ts';
import type { MessageLane, Outgoing } from './lane-of-messages.ts';
import { publishBytes } from './packet-size.ts';

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
  /** A record that the broker does not even take without its body, and that is passed over so that the others go on. */
  readonly skipped: (record: R, cause: Cause) => void;
  readonly readFailed: (error: unknown) => void;
}

/** A record that went without its body since the broker takes no message of its size. */
export interface TooLarge {
  readonly seq: number;
  /** Of the whole message. */
  readonly bytes: number;
  /** Bytes that the broker takes; null = it has not said. */
  readonly limit: number | null;
}

export interface Progress {
  readonly epoch: string;
  readonly seq: number;
}

const PAGE_RECORDS = 64;
/** The largest records that the journal takes would else fill the thread's memory by the page. */
const PAGE_CHARS = 1024 * 1024;
/** Connections that ended before the oldest record was acknowledged, until it is sent alone: it may be what ends them. */
const STUCK_MAX = 3;
/** Until it goes without its body. Its size says nothing: the least that MQTT lets a broker demand is a few bytes. */
const STUCK_ALONE_MAX = 6;
/** Until it is passed over, having been cut off as often without its body. */
const STUCK_REDUCED_MAX = 12;

/** How a record may go: as it is, without its body, or in neither form. */
type Form = 'whole' | 'reduced' | 'none';

interface Shape {
  readonly form: Form;
  readonly message: { readonly topic: string; readonly payload: string };
  readonly bytes: number;
  readonly wholeBytes: number;
}

interface InFlight {
  readonly epoch: string;
  /** Of the message as it would be whole. */
  readonly wholeBytes: number;
  readonly reduced: boolean;
  done: boolean;
}

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
  readonly #inFlight = new Map<number, InFlight>();
  #oldest: Numbered | null = null;
  #movedSinceRewind = false;
  #stuck = 0;
  /** The last that ended a connection while the oldest record waited for its answer. */
  #cut: Cause | null = null;
  /** Records that the broker refused by name: whole, or even reduced. */
  readonly #refused = new Map<number, { readonly reduced: boolean; readonly cause: Cause }>();
  /** A later record sent ahead of the oldest, to learn whether the broker takes any at all; it goes again in its turn. */
  #probe: number | null = null;
  /** Which of the records behind the oldest is the next such one: the one before it may be another that is not taken. */
  #probeTurn = 0;
  /** Of the oldest record, and of the form in which it is to go: another one was taken since it was in doubt. */
  #proven: { readonly seq: number; readonly form: Form } | null = null;
  #packetBytesMax: number | null = null;
  /** The smallest message that was found too large, where the broker does not say what it takes. */
  #learned: number | null = null;
  /** As learned before the last `tryAgain`: one loss of the connection is proof enough then. */
  #doubtful: number | null = null;
  #tooLarge: TooLarge | null = null;
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
    this.#refused.clear();
    this.#proven = null;
    this.#restart();
    this.#look();
  }

  /** Another broker, or the same as somebody has changed it: what it takes is to be found out anew. */
  forgetBroker(): void {
    this.#learned = null;
    this.#doubtful = null;
    this.#tooLarge = null;
    this.#packetBytesMax = null;
    this.#refused.clear();
    this.#proven = null;
    this.#stuck = 0;
  }

  /** Bytes of a packet that the broker of this connection takes; null = it does not say. */
  set packetBytesMax(bytes: number | null) {
    this.#packetBytesMax = bytes;
  }

  /** What was found too large may go by now. */
  tryAgain(): void {
    this.#doubtful = this.#learned ?? this.#doubtful;
    this.#learned = null;
  }

  /** Stands until a record of that size has been taken whole. */
  get tooLarge(): TooLarge | null {
    return this.#tooLarge;
  }

  /** A size was found out that is to be tried again one day. */
  get hasLearned(): boolean {
    return this.#learned !== null;
  }

  /** Nothing is read any more, and late acknowledgements count no more. */
  detach(): void {
    this.#source = null;
    this.#restart();
  }

  get isInFlight(): boolean {
    return this.#inFlight.size > 0 || this.#probe !== null;
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
    if (this.#source === null || this.#probe !== null || (this.isCautious && this.#inFlight.size > 0)) return null;
    for (let record = this.#nextRecord(); record !== null; record = this.#nextRecord()) {
      const shape = this.#shapeOf(record);
      const { form } = shape;
      if (this.#needsProof(record, form)) {
        if (this.#inFlight.size > 0) return null;
        const probe = this.#probeBehind(record);
        if (probe !== null || form === 'none') return probe;
        this.#doubtAgain(record.seq);
        continue;
      }
      // Passed over only once it is the oldest: what is in flight before it may come again, and it would be told twice.
      if (form === 'none' && this.#inFlight.size > 0) return null;
      this.#pageAt += 1;
      this.#sent = record.seq;
      if (form !== 'none') return this.#send(record, shape);
      this.#skip(record);
    }
    return null;
  }

  /**
   * A broker that takes nothing, or answers nothing, looks like one that stumbles over the oldest record. Nothing of that record
   * is given up before another one was taken meanwhile.
   */
  #needsProof({ seq }: R, form: Form): boolean {
    if (seq !== this.#oldest?.seq || (this.#proven?.seq === seq && this.#proven.form === form)) return false;
    return form === 'none' || (form === 'reduced' && this.#stuck >= STUCK_ALONE_MAX && !this.#refused.has(seq));
  }

  /** Null where none of those behind it can go. All before the one chosen have been sent, so that each lane's order stands. */
  #probeBehind({ seq }: R): Outgoing | null {
    const behind = this.#read(seq, PAGE_RECORDS).flatMap((record) => {
      const shape = this.#shapeOf(record);
      return shape.form === 'none' ? [] : [{ token: record.seq, shape }];
    });
    const chosen = behind[this.#probeTurn % Math.max(1, behind.length)];
    if (chosen === undefined) return null;
    const { token, shape } = chosen;
    this.#probe = token;
    return { ...shape.message, retain: false, token, bytes: shape.bytes };
  }

  /** No other was taken either: it is not the record. It goes whole again, and another one is tried next. */
  #doubtAgain(seq: number | undefined): void {
    this.#probeTurn += 1;
    this.#stuck = Math.min(this.#stuck, STUCK_MAX);
    if (seq !== undefined) this.#refused.delete(seq);
  }

  /** Progress is the longest acknowledged beginning: the order of acknowledgements does not matter. */
  acknowledged(token: number): void {
    if (token === this.#probe) return this.#probed();
    const found = this.#inFlight.get(token);
    if (found === undefined) return;
    found.done = true;
    this.#learn(token, found);
    for (const [seq, { epoch, done }] of this.#inFlight) {
      if (!done) break;
      this.#inFlight.delete(seq);
      this.#acknowledgedTo(seq, epoch);
    }
    this.#look();
  }

  #probed(): void {
    this.#probe = null;
    this.#probeTurn = 0;
    const record = this.#nextRecord();
    if (record !== null) this.#proven = { seq: record.seq, form: this.#shapeOf(record).form };
  }

  refused(token: number, cause: Cause): void {
    const found = this.#inFlight.get(token);
    if (found === undefined) return;
    this.#refused.set(token, { reduced: found.reduced, cause });
    if (isAboutSize(cause) && !found.reduced) this.#learned = Math.min(this.#learned ?? Infinity, found.wholeBytes);
  }

  /** The connection is gone: what was not acknowledged goes again, from the first of it on. */
  rewind(cut: Cause | null): void {
    if (this.#probe !== null) {
      this.#probe = null;
      this.#doubtAgain(this.#oldest?.seq);
    } else if (this.#movedSinceRewind) this.#stuck = 0;
    else if (this.#inFlight.size > 0 && cut !== null) {
      this.#stuck += 1;
      this.#cut = cut;
    }
    this.#restart();
  }

  #acknowledgedTo(seq: number, epoch: string): void {
    this.#acknowledged = seq;
    this.#epoch = epoch;
    this.#movedSinceRewind = true;
    this.#stuck = 0;
    this.#refused.delete(seq);
  }

  #learn(seq: number, { wholeBytes, reduced }: InFlight): void {
    if (reduced) {
      this.#tooLarge ??= { seq, bytes: wholeBytes, limit: this.#packetBytesMax };
      // Taken at once without its body, after it had been cut off time and again with it.
      if (this.#stuck > 0 && this.#packetBytesMax === null && !this.#refused.has(seq))
        this.#learned = Math.min(this.#learned ?? Infinity, wholeBytes);
    } else if (this.#tooLarge !== null && wholeBytes >= this.#tooLarge.bytes) {
      this.#tooLarge = null;
      this.#doubtful = null;
    }
  }

  #shapeOf(record: R): Shape {
    const { seq } = record;
    const message = this.#options.compose(record, false);
    const wholeBytes = publishBytes(message.topic, message.payload);
    if (this.#mayGoWhole(seq, wholeBytes)) return { form: 'whole', message, bytes: wholeBytes, wholeBytes };
    const less = this.#options.compose(record, true);
    const bytes = publishBytes(less.topic, less.payload);
    return { form: this.#mayGoReduced(seq, bytes) ? 'reduced' : 'none', message: less, bytes, wholeBytes };
  }

  #send({ seq, epoch }: R, { form, message, bytes, wholeBytes }: Shape): Outgoing {
    this.#inFlight.set(seq, { epoch, wholeBytes, reduced: form === 'reduced', done: false });
    return { ...message, retain: false, token: seq, bytes };
  }

  #mayGoWhole(seq: number, bytes: number): boolean {
    if (bytes > (this.#packetBytesMax ?? Infinity) || bytes >= (this.#learned ?? Infinity)) return false;
    if (this.#refused.has(seq)) return false;
    const most = bytes >= (this.#doubtful ?? Infinity) ? 1 : STUCK_ALONE_MAX;
    return seq !== this.#oldest?.seq || this.#stuck < most;
  }

  #mayGoReduced(seq: number, bytes: number): boolean {
    if (bytes > (this.#packetBytesMax ?? Infinity) || this.#refused.get(seq)?.reduced === true) return false;
    return seq !== this.#oldest?.seq || this.#stuck < STUCK_REDUCED_MAX;
  }

  #skip(record: R): void {
    const cut = this.#stuck > 0 ? this.#cut : null;
    const cause = this.#refused.get(record.seq)?.cause ?? cut ?? mqttCause(149, true);
    this.#acknowledgedTo(record.seq, record.epoch);
    this.#look();
    this.#options.skipped(record, cause);
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

  /** Looked at, not taken yet. */
  #nextRecord(): R | null {
    if (this.#pageAt >= this.#page.length) {
      if (this.#sent >= this.#last) return null;
      this.#page = this.#read(this.#sent, PAGE_RECORDS);
      this.#pageAt = 0;
    }
    const record = this.#page[this.#pageAt];
    // A page may reach beyond what the main thread has told of; the reader sees committed rows only, so that is sound.
    if (record === undefined) return null;
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
