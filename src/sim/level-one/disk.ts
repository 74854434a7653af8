/** The journal's disk: it commits in order and later, refuses, recovers, and keeps what it had when the power goes. */
import type { JournalRecord } from '../../core/io.ts';
import type { Random } from '../random.ts';
import type { Agenda, Due } from '../yard/agenda.ts';

export interface DiskEvents {
  acked(ref: number): void;
  refused(fromRef: number, why: string): void;
  mended(): void;
}

export interface Pace {
  /** Of one commit, ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

export const BRISK: Pace = { fromMs: 1, toMs: 8 };
/** What waits longer counts as refused. */
const LATE_MS = 300;

/** Records that a start may look back at. */
const KEPT = 1000;

/** A record, or a small value that is written in its turn. */
type Entry = { readonly at: number } & (
  | { readonly record: JournalRecord }
  | { readonly key: string; readonly value: string }
);

export interface DurableRecord {
  readonly boot: string;
  readonly record: JournalRecord;
}

export class Disk {
  /** The newest that any boot has committed, in order. */
  readonly records: DurableRecord[] = [];
  readonly values = new Map<string, string>();
  pace: Pace = BRISK;
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #told: (record: JournalRecord) => void;
  #events: DiskEvents | null = null;
  #boot = '';
  #waiting: Entry[] = [];
  #commit: Due | null = null;
  #late: Due | null = null;
  #openAt = 0;
  #isRefusing = false;
  #isBroken = false;

  constructor(agenda: Agenda, random: Random, durable: (record: JournalRecord) => void) {
    this.#agenda = agenda;
    this.#random = random;
    this.#told = durable;
  }

  get isOpen(): boolean {
    return this.#agenda.now >= this.#openAt;
  }

  /** Has it said that it refuses, and not that it works again? */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  begin(boot: string, openAt: number, events: DiskEvents): void {
    this.#boot = boot;
    this.#events = events;
    this.#openAt = openAt;
    this.#isBroken = false;
    this.#waiting = [];
  }

  append(records: readonly JournalRecord[]): void {
    const at = this.#agenda.now;
    for (const record of records) this.#waiting.push({ at, record });
    this.#schedule();
  }

  keep(key: string, value: string): void {
    this.#waiting.push({ at: this.#agenda.now, key, value });
    this.#schedule();
  }

  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
    if (isRefusing && this.#commit !== null) {
      this.#commit.isOff = true;
      this.#commit = null;
    }
    this.#schedule();
  }

  /** The power goes. `isWritten`: what was being written had reached the plates, unacknowledged. */
  cut(isWritten: boolean): void {
    for (const due of [this.#commit, this.#late]) if (due !== null) due.isOff = true;
    this.#commit = null;
    this.#late = null;
    this.#events = null;
    if (isWritten && !this.#isRefusing && this.isOpen) for (const entry of this.#waiting) this.#write(entry);
    this.#waiting = [];
  }

  #schedule(): void {
    if (this.#waiting.length === 0 || this.#events === null) return;
    const { now } = this.#agenda;
    if (this.#isRefusing) {
      if (this.isOpen) this.#tellRefused('disk full');
      return;
    }
    this.#late ??= this.#agenda.at(Math.max(now, this.#oldestAt()) + LATE_MS, () => this.#lookLate());
    if (this.#commit !== null) return;
    const ms = this.#random.whole(this.pace.fromMs, this.pace.toMs);
    const batch = this.#waiting.length;
    this.#commit = this.#agenda.at(Math.max(now + ms, this.#openAt), () => this.#committed(batch));
  }

  #oldestAt(): number {
    return this.#waiting[0]?.at ?? this.#agenda.now;
  }

  #lookLate(): void {
    this.#late = null;
    if (this.#waiting.length === 0) return;
    if (this.#agenda.now - this.#oldestAt() >= LATE_MS) this.#tellRefused('slow');
    else this.#schedule();
  }

  #tellRefused(why: string): void {
    if (this.#isBroken) return;
    const first = this.#waiting.find((entry) => 'record' in entry);
    if (first === undefined || !('record' in first)) return;
    this.#isBroken = true;
    this.#events?.refused(first.record.ref, why);
  }

  #committed(batch: number): void {
    this.#commit = null;
    const done = this.#waiting.splice(0, batch);
    let ref: number | null = null;
    for (const entry of done) {
      this.#write(entry);
      if ('record' in entry) ref = entry.record.ref;
    }
    if (this.#late !== null) this.#late.isOff = true;
    this.#late = null;
    if (ref !== null) this.#events?.acked(ref);
    if (this.#isBroken && this.#waiting.length === 0) {
      this.#isBroken = false;
      this.#events?.mended();
    }
    this.#schedule();
  }

  #write(entry: Entry): void {
    if ('record' in entry) {
      if (this.records.length >= 2 * KEPT) this.records.splice(0, KEPT);
      this.records.push({ boot: this.#boot, record: entry.record });
      this.#told(entry.record);
    } else this.values.set(entry.key, entry.value);
  }
}
