/**
 * The uplink: birth, retained state and the outbox over one connection, with one window in flight (I6). Lives in a thread
 * of its own; told of everything by messages, asks for nothing but the journal's rows.
 */
import type { Cause } from './causes.ts';
import { ownCause } from './causes.ts';
import { Connection, type ConnectionState } from './connection.ts';
import { Ignored, type IgnoredReport } from './ignored.ts';
import type { MessageLane } from './lane-of-messages.ts';
import type { Dial, Link, LinkMessage } from './link.ts';
import { eventText, faultsOf, type JournalRow, laneStateOf, type Snapshot } from './messages.ts';
import { Newest } from './newest.ts';
import { Outbox, type OutboxSource, type Progress } from './outbox.ts';
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
}

export interface UplinkEvents {
  /** To be made durable. At most once a second, or every 500 records. */
  progress(progress: Progress): void;
  status(status: UplinkStatus): void;
  ignored(report: IgnoredReport): void;
  /** Records that are gone from the journal without having been acknowledged. */
  missing(fromSeq: number, toSeq: number): void;
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
const ACK_MS = 30_000;
const PROGRESS_MS = 1000;
const PROGRESS_RECORDS = 500;
const STATUS_MS = 1000;
const READ_AGAIN_MS = 1000;
/** A stop waits no longer for the broker to take the last word. */
const FAREWELL_MS = 1500;
/** Reasons against one message, not against us (MQTT 5 §3.4.2.1): too large, format invalid. */
const AGAINST_MESSAGE = new Set(['mqtt149', 'mqtt153']);

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
  #inFlight = 0;
  /** Of the connection; late answers of one before are not counted. */
  #generation = 0;
  #told: Progress = { epoch: '', seq: 0 };
  #cancelAck: (() => void) | null = null;
  #cancelProgress: (() => void) | null = null;
  #cancelStatus: (() => void) | null = null;
  #cancelRead: (() => void) | null = null;
  #acknowledgedAt: number | null = null;

  constructor(options: UplinkOptions, events: UplinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#outbox = new Outbox<JournalRow>({
      compose: (record, reduced) => this.#compose(record, reduced),
      missing: (from, to) => events.missing(from, to),
      readFailed: (error) => this.#readFailed(error),
    });
    this.#ignored = new Ignored(options.clock, (report) => events.ignored(report));
    this.#connection = new Connection(
      { ...options, will: () => this.#statusMessage('offline', 'lost') },
      {
        opened: (link, inFlightMax) => this.#opened(link, inFlightMax),
        received: (message) => this.#ignored.take(message),
        closed: () => this.#closed(),
        changed: () => this.#tellStatus(),
      },
    );
  }

  /** The same again leaves a connection alone, and tries at once where there is none. */
  configure(settings: UplinkSettings | null): void {
    const same = JSON.stringify(settings) === JSON.stringify(this.#settings);
    if (same && this.#connection.state === 'connected') return;
    this.#settings = settings;
    this.#topics = topicsOf(settings?.prefix ?? '');
    this.#newest = new Newest();
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
    };
  }

  #opened(link: Link, inFlightMax: number): void {
    this.#generation += 1;
    this.#link = link;
    this.#inFlight = 0;
    this.#window = Math.max(1, Math.min(WINDOW_MAX, inFlightMax));
    this.#newest.rewind();
    this.#newest.set(this.#topics.status, this.#statusMessage('online', 'connected').payload);
    this.#events.log('info', 'upstream is connected', { window: this.#window, waiting: this.#outbox.waiting });
    link.subscribe(this.#topics.commands, (refused) => {
      if (refused) this.#events.log('warn', 'upstream lets us hear no commands', { filter: this.#topics.commands });
    });
    this.#pump();
  }

  #closed(): void {
    this.#generation += 1;
    this.#link = null;
    this.#inFlight = 0;
    this.#cancelAck?.();
    this.#cancelAck = null;
    this.#tellProgress();
    this.#newest.rewind();
    this.#outbox.rewind();
  }

  /** State overtakes events: it is a few messages, and an alarm among them (product.md "Numbers that bind"). */
  #pump(): void {
    const lanes: readonly MessageLane[] = [this.#newest, this.#outbox];
    for (const lane of lanes) {
      while (this.#link !== null && this.#inFlight < this.#window) {
        const message = lane.next();
        if (message === null) break;
        this.#inFlight += 1;
        const generation = this.#generation;
        this.#link.publish(message, (refusal) => {
          if (generation !== this.#generation) return;
          this.#answered(lane, message.token, refusal);
        });
      }
    }
    if (this.#inFlight > 0) this.#cancelAck ??= this.#options.clock.after('upstream.ack', ACK_MS, () => this.#noAck());
  }

  #answered(lane: MessageLane, token: number, refusal: Cause | null): void {
    this.#inFlight -= 1;
    this.#cancelAck?.();
    this.#cancelAck = null;
    if (refusal !== null) {
      // Never dropped: the same record comes again, after a pause, reduced where its size or form was the reason.
      if (lane === this.#outbox && AGAINST_MESSAGE.has(refusal.code)) this.#outbox.refusedOldest();
      this.#connection.giveUp(refusal);
      return;
    }
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

  /** Answers to what is in flight of one database would be taken for another's, whose records bear the same numbers. */
  #forgetInFlight(): void {
    if (this.#outbox.isInFlight) this.#connection.giveUp(ownCause('closed', true));
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
    const snapshot = this.#snapshot;
    if (this.#anchor !== null) this.#newest.set(this.#topics.anchor, JSON.stringify(this.#anchor));
    if (snapshot === null) return;
    const wanted = new Set([this.#topics.status, this.#topics.anchor, this.#topics.faults]);
    for (const lane of snapshot.lanes) {
      const topic = this.#topics.laneState(lane.lane);
      wanted.add(topic);
      this.#newest.set(topic, JSON.stringify(laneStateOf(lane, snapshot.at, gateway, boot)), JSON.stringify(lane));
    }
    const faults = faultsOf(snapshot, gateway, boot);
    this.#newest.set(this.#topics.faults, JSON.stringify(faults), JSON.stringify(faults.faults));
    for (const topic of this.#newest.topics()) if (!wanted.has(topic)) this.#newest.clear(topic);
  }
}
