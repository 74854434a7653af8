/**
 * The uplink: birth, retained state and the outbox over one connection, with one window in flight (I6). Lives in a thread
 * of its own; told of everything by messages, asks for nothing but the journal's rows.
 */
import { type Cause, isAboutSize, isAgainstMessage, mayBeMessage, ownCause } from './causes.ts';
import { Connection, type ConnectionState } from './connection.ts';
import { Ignored, type IgnoredReport } from './ignored.ts';
import type { MessageLane, Outgoing } from './lane-of-messages.ts';
import type { BrokerLimits, Dial, Link, LinkMessage } from './link.ts';
import { fillNewest } from './fill-newest.ts';
import { eventText, type JournalRow, type Snapshot } from './messages.ts';
import { type LeftOut, Newest } from './newest.ts';
import { Outbox, type OutboxSource, type Progress, type TooLarge } from './outbox.ts';
import type { AnchorPayload, StatusPayload } from './payloads.ts';
import type { RetryTimes, UplinkSettings } from './settings.ts';
import { type Topics, topicsOf } from './topics.ts';
import type { UpstreamClock } from './upstream-clock.ts';

/** As the main thread is told of it; times in mono of this boot, unless `wall`. */
export interface UplinkStatus {
  readonly state: ConnectionState;
  readonly since: number;
  /** Null while connected. */
  readonly cause: Cause | null;
  readonly waiting: number;
  readonly acknowledged: number;
  readonly last: number;
  readonly oldest: { readonly boot: string; readonly atMono: number; readonly atWall: number } | null;
  /** When the broker last acknowledged a record; null = not since the start. */
  readonly acknowledgedAt: number | null;
  /** Retained topics that the broker does not take. */
  readonly leftOut: readonly LeftOut[];
  /** Records go without their body: the first of them. */
  readonly tooLarge: TooLarge | null;
}

/** A record that the broker takes in no form, and that is passed over. */
export interface Skipped {
  readonly epoch: string;
  readonly seq: number;
  readonly cause: Cause;
}

export interface UplinkEvents {
  /** To be made durable. At most once a second, or every 500 records. */
  progress(progress: Progress): void;
  status(status: UplinkStatus): void;
  ignored(report: IgnoredReport): void;
  /** Records that are gone from the journal without having been acknowledged. */
  missing(fromSeq: number, toSeq: number): void;
  skipped(record: Skipped): void;
  /** The outbox could not be read; it is tried again in a second. */
  unreadable(error: unknown): void;
  log(level: 'info' | 'warn', message: string, facts: Readonly<Record<string, unknown>>): void;
}

export interface UplinkOptions {
  readonly clock: UpstreamClock;
  readonly random: () => number;
  readonly dial: Dial;
  readonly gateway: string;
  readonly boot: string;
  readonly retry?: RetryTimes | undefined;
}

/** Messages unacknowledged at a time; brokers allow 20 and more (reliability.md §0.6). */
const WINDOW_MAX = 32;
/** Of them kept free of the outbox, for state: an alarm needs one. Of a smaller window a quarter at most. */
const STATE_RESERVED = 4;
const ACK_MS = 30_000;
const PROGRESS_MS = 1000;
const PROGRESS_RECORDS = 500;
const STATUS_MS = 1000;
const READ_AGAIN_MS = 1000;
/** A broker's limits and rights are changed by people. */
const TRY_AGAIN_MS = 3_600_000;
/** A stop waits no longer for the broker to take the last word. */
const FAREWELL_MS = 1500;

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #events: UplinkEvents;
  readonly #connection: Connection;
  readonly #outbox: Outbox<JournalRow>;
  readonly #ignored: Ignored;
  #newest = new Newest();
  #settings: UplinkSettings | null = null;
  #topics: Topics = topicsOf('');
  #snapshot: Snapshot | null = null;
  #anchor: AnchorPayload | null = null;
  #link: Link | null = null;
  #window = 0;
  /** Not answered yet, in the order of sending. */
  readonly #unanswered = new Map<number, { readonly lane: MessageLane; readonly message: Outgoing }>();
  #serial = 0;
  /** Of the connection; late answers of one before are not counted. */
  #generation = 0;
  /** It is we who end the connection, and nothing that is still in flight is the reason. */
  #isOurs = false;
  #told: Progress = { epoch: '', seq: 0 };
  #cancelAck: (() => void) | null = null;
  #cancelProgress: (() => void) | null = null;
  #cancelStatus: (() => void) | null = null;
  #cancelRead: (() => void) | null = null;
  #cancelTryAgain: (() => void) | null = null;
  #acknowledgedAt: number | null = null;

  constructor(options: UplinkOptions, events: UplinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#outbox = new Outbox<JournalRow>({
      compose: (record, reduced) => this.#compose(record, reduced),
      missing: (from, to) => events.missing(from, to),
      skipped: ({ epoch, seq }, cause) => events.skipped({ epoch, seq, cause }),
      readFailed: (error) => this.#readFailed(error),
    });
    this.#ignored = new Ignored(options.clock, (report) => events.ignored(report));
    this.#connection = new Connection(
      { ...options, will: () => this.#statusMessage('offline', 'lost') },
      {
        opened: (link, limits) => this.#opened(link, limits),
        received: (message) => this.#ignored.take(message),
        closed: () => this.#closed(),
        changed: () => this.#tellStatus(),
      },
    );
  }

  /** The same again leaves a connection alone, tries at once where there is none, and what the broker refused once more. */
  configure(settings: UplinkSettings | null): void {
    const same = JSON.stringify(settings) === JSON.stringify(this.#settings);
    if (same && this.#connection.state === 'connected') return this.#tryAgain();
    this.#settings = settings;
    this.#topics = topicsOf(settings?.prefix ?? '');
    this.#newest = new Newest();
    this.#unanswered.clear();
    this.#outbox.forgetBroker();
    // The first slot is the first to go out: whoever listens hears of the birth before anything else.
    if (settings !== null) this.#newest.set(this.#topics.status, this.#statusMessage('online', 'connected').payload);
    this.#fillNewest();
    this.#connection.configure(settings);
  }

  attach(source: OutboxSource<JournalRow>, acknowledged: Progress | null, last: number): void {
    this.#told = acknowledged ?? { epoch: '', seq: 0 };
    this.#forgetInFlight();
    this.#outbox.attach(source, this.#told.seq, last);
    this.#pump();
    this.#tellStatus();
  }

  detach(): void {
    this.#tellProgress();
    this.#forgetInFlight();
    this.#outbox.detach();
  }

  committed(seq: number): void {
    this.#outbox.committed(seq);
    this.#pump();
    this.#tellStatus();
  }

  show(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#fillNewest();
    this.#pump();
  }

  anchored(anchor: AnchorPayload): void {
    this.#anchor = anchor;
    this.#fillNewest();
    this.#pump();
  }

  /** Says good-bye and keeps what was acknowledged. Calls back within 1.5 s or so, come what may. */
  stop(done: () => void): void {
    this.#ignored.stop();
    this.#tellProgress();
    let over = false;
    const finish = (): void => {
      if (over) return;
      over = true;
      cancel();
      this.#tellProgress();
      this.#closed();
      done();
    };
    const cancel = this.#options.clock.after('upstream.farewell', FAREWELL_MS, finish);
    const link = this.#link;
    // Nothing more is sent of the outbox: the farewell is to be the last.
    this.#link = null;
    if (link === null) this.#connection.leave(finish);
    else link.publish(this.#statusMessage('offline', 'stopped'), () => this.#connection.leave(finish));
  }

  status(): UplinkStatus {
    const { state, since, cause } = this.#connection;
    const { waiting, last, oldest, progress } = this.#outbox;
    const acknowledged = progress.seq;
    return {
      ...{ state, since, cause, waiting, acknowledged, last },
      oldest: oldest === null ? null : { boot: oldest.boot, atMono: oldest.atMono, atWall: oldest.atWall },
      acknowledgedAt: this.#acknowledgedAt,
      leftOut: this.#newest.leftOut(),
      tooLarge: this.#outbox.tooLarge,
    };
  }

  #opened(link: Link, { inFlightMax, packetBytesMax }: BrokerLimits): void {
    this.#generation += 1;
    this.#link = link;
    this.#unanswered.clear();
    this.#newest.packetBytesMax = packetBytesMax;
    this.#outbox.packetBytesMax = packetBytesMax;
    this.#window = Math.max(1, Math.min(WINDOW_MAX, inFlightMax));
    this.#newest.rewind(null);
    this.#newest.set(this.#topics.status, this.#statusMessage('online', 'connected').payload);
    this.#events.log('info', 'upstream is connected', {
      ...{ window: this.#window, packetBytesMax, waiting: this.#outbox.waiting },
    });
    link.subscribe(this.#topics.commands, (refused) => {
      if (refused) this.#events.log('warn', 'upstream lets us hear no commands', { filter: this.#topics.commands });
    });
    this.#pump();
  }

  #closed(): void {
    this.#generation += 1;
    this.#link = null;
    this.#cancelAck?.();
    this.#cancelAck = null;
    this.#tellProgress();
    const { cause } = this.#connection;
    const ended = this.#isOurs ? null : cause;
    this.#isOurs = false;
    if (ended !== null && isAboutSize(ended)) this.#blameLargest(ended);
    const [oldest] = this.#unanswered.values();
    const cut = ended !== null && mayBeMessage(ended) ? ended : null;
    this.#unanswered.clear();
    for (const lane of [this.#newest, this.#outbox]) lane.rewind(lane === oldest?.lane ? cut : null);
    this.#armTryAgain();
  }

  /** A broker that ends the connection for the size of a message names no message. */
  #blameLargest(cause: Cause): void {
    const [largest] = [...this.#unanswered].sort(([, a], [, b]) => b.message.bytes - a.message.bytes);
    if (largest === undefined) return;
    const [id, { lane, message }] = largest;
    this.#unanswered.delete(id);
    lane.refused(message.token, cause);
  }

  /** State overtakes events: it is a few messages, and an alarm among them (product.md "Numbers that bind"). */
  #pump(): void {
    const lanes: readonly MessageLane[] = [this.#newest, this.#outbox];
    for (const lane of lanes) {
      while (this.#link !== null && this.#unanswered.size < this.#roomFor(lane)) {
        // So that it is the record and nothing else that ends the connection.
        if (lane === this.#outbox && this.#outbox.isCautious && this.#unanswered.size > 0) break;
        const message = lane.next();
        if (message === null) break;
        const id = ++this.#serial;
        this.#unanswered.set(id, { lane, message });
        const generation = this.#generation;
        this.#link.publish(message, (refusal) => {
          if (generation === this.#generation && this.#unanswered.delete(id))
            this.#answered(lane, message.token, refusal);
        });
      }
    }
    if (this.#unanswered.size > 0)
      this.#cancelAck ??= this.#options.clock.after('upstream.ack', ACK_MS, () => this.#noAck());
  }

  /** A broker that is slow to acknowledge events must not keep an alarm waiting for them (I15). */
  #roomFor(lane: MessageLane): number {
    const reserved = lane === this.#outbox ? Math.min(STATE_RESERVED, Math.floor(this.#window / 4)) : 0;
    return this.#window - reserved;
  }

  #answered(lane: MessageLane, token: number, refusal: Cause | null): void {
    this.#cancelAck?.();
    this.#cancelAck = null;
    if (refusal !== null) return this.#refused(lane, token, refusal);
    lane.acknowledged(token);
    if (lane === this.#outbox) {
      this.#acknowledgedAt = this.#options.clock.mono();
      if (this.#outbox.progress.seq - this.#told.seq >= PROGRESS_RECORDS) this.#tellProgress();
      else
        this.#cancelProgress ??= this.#options.clock.after('upstream.progress', PROGRESS_MS, () =>
          this.#tellProgress(),
        );
      this.#tellStatus();
    }
    this.#pump();
  }

  /** A state topic is left out for a while; a record is never dropped for it, and comes again after a pause. */
  #refused(lane: MessageLane, token: number, refusal: Cause): void {
    const isAgainst = isAgainstMessage(refusal);
    const isLeftOut = lane === this.#newest && (isAgainst || refusal.class === 'refused');
    if (isAgainst || isLeftOut) lane.refused(token, refusal);
    this.#armTryAgain();
    this.#tellStatus();
    if (isLeftOut) return this.#pump();
    this.#isOurs = isAgainst;
    this.#connection.giveUp(refusal);
  }

  #armTryAgain(): void {
    if (this.#newest.leftOut().length === 0 && !this.#outbox.hasLearned) return;
    this.#cancelTryAgain ??= this.#options.clock.after('upstream.tryAgain', TRY_AGAIN_MS, () => {
      this.#cancelTryAgain = null;
      this.#tryAgain();
    });
  }

  #tryAgain(): void {
    this.#newest.tryAgain();
    this.#outbox.tryAgain();
    this.#armTryAgain();
    this.#pump();
  }

  /** Answers to what is in flight of one database would be taken for another's, whose records bear the same numbers. */
  #forgetInFlight(): void {
    if (!this.#outbox.isInFlight) return;
    this.#isOurs = true;
    this.#connection.giveUp(ownCause('closed', true));
  }

  #noAck(): void {
    this.#cancelAck = null;
    this.#connection.giveUp(ownCause('ackMissing', true));
  }

  #tellProgress(): void {
    this.#cancelProgress?.();
    this.#cancelProgress = null;
    const { progress } = this.#outbox;
    if (progress.epoch === '' || progress.seq <= this.#told.seq) return;
    this.#told = progress;
    this.#events.progress(progress);
  }

  /** Gathered: a drain acknowledges thousands a second. */
  #tellStatus(): void {
    this.#cancelStatus ??= this.#options.clock.after('upstream.status', this.#settings === null ? 0 : STATUS_MS, () => {
      this.#cancelStatus = null;
      this.#events.status(this.status());
    });
  }

  #readFailed(error: unknown): void {
    // Told once a second, however often it is asked for meanwhile.
    if (this.#cancelRead !== null) return;
    this.#events.unreadable(error);
    this.#cancelRead = this.#options.clock.after('upstream.read', READ_AGAIN_MS, () => {
      this.#cancelRead = null;
      this.#pump();
    });
  }

  #compose(record: JournalRow, reduced: boolean): { topic: string; payload: string } {
    const context = { gateway: this.#options.gateway, personal: this.#settings?.personal ?? 'none' };
    return { topic: this.#topics.event(record.lane, record.kind), payload: eventText(record, context, reduced) };
  }

  #statusMessage(state: StatusPayload['state'], reason: StatusPayload['reason']): LinkMessage {
    const { clock, gateway, boot } = this.#options;
    const { progress, last } = this.#outbox;
    const trusted = this.#snapshot?.at.trusted ?? false;
    const payload: StatusPayload = {
      schema: 'gatehouse/status/1',
      ...{ state, reason, gateway, boot },
      at: { mono: clock.mono(), wall: clock.wall(), trusted },
      lanes: this.#snapshot?.lanes.map(({ lane }) => lane) ?? [],
      outbox: { epoch: progress.epoch, acknowledged: progress.seq, last },
    };
    return { topic: this.#topics.status, payload: JSON.stringify(payload), retain: true };
  }

  #fillNewest(): void {
    if (this.#settings === null) return;
    const { gateway, boot } = this.#options;
    fillNewest(this.#newest, this.#topics, { snapshot: this.#snapshot, anchor: this.#anchor, gateway, boot });
  }
}
