/**
 * Stands in for the store until it is open: lines and the button are served first (design.md "Start order"). Records wait
 * here in order, to a limit; look-ups say that nothing is known.
 */
import type { JournalRecord } from '../core/io.ts';
import type { Facts, LookupKeys } from '../core/decide/facts.ts';
import type { JournalPort, ListPort } from '../core/ports.ts';

/** A start that takes so long that more gather here is a broken store: the oldest go, and that is said by the next. */
const WAITING_MAX = 20_000;

const nothingKnown: Facts = { listVersion: '', listAgeMs: 0, rows: [], near: [], lookupUs: 0, available: false };

export class LateStore implements JournalPort, ListPort {
  #journal: JournalPort | null = null;
  #lists: ListPort | null = null;
  #waiting: JournalRecord[] = [];
  #lost = 0;
  readonly #overfull: (most: number) => void;

  /** `overfull` is told each time that a record finds no room. */
  constructor(overfull: (most: number) => void) {
    this.#overfull = overfull;
  }

  get isHalfFull(): boolean {
    return this.#waiting.length >= WAITING_MAX / 2;
  }

  /** What has found no journal yet. */
  waiting(): readonly JournalRecord[] {
    return this.#waiting;
  }

  /** From now on everything goes to the real one, what has waited first. */
  attach(journal: JournalPort, lists: ListPort): { readonly waited: number; readonly lost: number } {
    const waited = this.#waiting;
    this.#journal = journal;
    this.#lists = lists;
    this.#waiting = [];
    if (waited.length > 0) journal.append(waited);
    return { waited: waited.length, lost: this.#lost };
  }

  /** The journal is gone: records wait here again until another one is attached. */
  detach(): void {
    this.#journal = null;
    this.#lost = 0;
  }

  append(records: readonly JournalRecord[]): void {
    if (this.#journal !== null) return this.#journal.append(records);
    this.#waiting.push(...records);
    const over = this.#waiting.length - WAITING_MAX;
    if (over <= 0) return;
    this.#waiting.splice(0, over);
    this.#lost += over;
    this.#overfull(WAITING_MAX);
  }

  hasRoom(): boolean {
    return this.#journal?.hasRoom() ?? this.#waiting.length < WAITING_MAX;
  }

  flush(ms: number): Promise<boolean> {
    return this.#journal?.flush(ms) ?? Promise.resolve(this.#waiting.length === 0);
  }

  close(): Promise<void> {
    return this.#journal?.close() ?? Promise.resolve();
  }

  lookup(keys: LookupKeys): Facts {
    return this.#lists?.lookup(keys) ?? nothingKnown;
  }
}
