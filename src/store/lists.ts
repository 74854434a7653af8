/** The list in force, as the main loop asks it: synchronous point look-ups that never throw. */
import type { Facts, ListRow, LookupKeys } from '../core/decide/facts.ts';
import type { ListPort } from '../core/ports.ts';
import { databasePath } from './durable-writer.ts';
import { type ListVersion, listPath, versions } from './list-adopt.ts';
import { ListFile, type NewListRow } from './list-file.ts';
import { USES_UNKNOWN_BEFORE } from './prepare-store.ts';
import { type Db, errorText, openForReading } from './sqlite.ts';
import type { StoreClock } from './store-clock.ts';

export interface ListEvents {
  /** Another version is in force now: runtime hands standing cars their facts anew and records the swap. */
  listChanged?(version: ListVersion): void;
  /** The list that should be in force cannot be used; `using` is what serves instead, null = nothing. */
  listFailed?(code: string, why: string, using: string | null): void;
}

/** Keys of all cars that stand at all lanes, asked for at once when a list changes. With more it is as if no list could be asked: they are referred, never judged on half of what is known. */
export const EXACT_MAX = 4096;
/** Beyond it, cars that stand longest get no suggestion. */
const NEAR_MAX = 1024;

export class Lists implements ListPort {
  readonly #dir: string;
  readonly #clock: StoreClock;
  readonly #events: ListEvents;
  readonly #damaged: ReadonlySet<string>;
  #db: Db | null = null;
  #netUses: ((rowId: string) => number) | null = null;
  /** Asked every two seconds, for ever: prepared once. */
  #pointer: (() => unknown) | null = null;
  #usesUnknownBefore = Number.NEGATIVE_INFINITY;
  #file: ListFile | null = null;
  #current: ListVersion | null = null;
  #ageAtOpenMs = 0;
  #openedMono = 0;
  /** The pointer as last acted on, so that a broken list is reported once, not every two seconds. */
  #seen: string | null = null;
  /** The pointer whose failure has been told. */
  #told: string | null = null;

  /** `damaged`: versions that `findDamagedLists` named; hashing them here would stop the main loop for too long. */
  constructor(dir: string, clock: StoreClock, events: ListEvents, damaged: ReadonlySet<string> = new Set()) {
    this.#dir = dir;
    this.#clock = clock;
    this.#events = events;
    this.#damaged = damaged;
  }

  get inForce(): ListVersion | null {
    return this.#current;
  }

  lookup(keys: LookupKeys): Facts {
    const startMono = this.#clock.mono();
    const current = this.#current;
    const file = this.#file;
    if (current === null || file === null || keys.exact.length > EXACT_MAX) return this.#nothing();
    try {
      const exact = keys.exact.map((key) => this.#rowsOf(file, key));
      const rows = exact.flat();
      // A near plate is suggested only for one that is not listed itself, which is the rarer case at a gate.
      const allListed = exact.length > 0 && exact.every((found) => found.length > 0);
      const near = allListed ? [] : keys.near.slice(0, NEAR_MAX).flatMap((key) => this.#rowsOf(file, key));
      const lookupUs = Math.round((this.#clock.mono() - startMono) * 1000);
      const listAgeMs = Math.max(0, this.#ageAtOpenMs + startMono - this.#openedMono);
      return { listVersion: current.version, listAgeMs, rows, near, lookupUs, available: true };
    } catch {
      return this.#nothing();
    }
  }

  /**
   * Up to `limit` rows that contain `text` in plate, card, holder or room, or whose key is among `keys` (a card's other
   * notations). Scans the whole list, so it is for the command line and for threads, not the main loop. Throws.
   */
  find(text: string, keys: readonly string[], limit: number): ListRow[] {
    const file = this.#file;
    return file === null ? [] : file.find(text, keys, limit).map((row) => this.#withUses(file, row));
  }

  /** Looks whether another list was adopted, by this or another process; cheap when not. Never throws. True if one was taken up. */
  refresh(): boolean {
    try {
      const db = this.#open();
      const pointer = this.#pointer?.() as { version: string; adopted_wall: number } | undefined;
      const seen = pointer === undefined ? null : `${pointer.version} ${pointer.adopted_wall}`;
      if (seen === null || seen === this.#seen) return false;
      // Remembered only once it serves: what could not be opened now may be whole at the next look.
      const taken = this.#takeUp(versions(db), seen !== this.#told);
      if (this.#current?.version === pointer?.version) this.#seen = seen;
      this.#told = seen;
      return taken;
    } catch (error) {
      if (this.#seen !== 'unreadable')
        this.#events.listFailed?.('listUnreadable', errorText(error), this.#current?.version ?? null);
      this.#seen = 'unreadable';
      this.#closeDb();
      return false;
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
    this.#current = null;
    this.#closeDb();
  }

  /** The version in force, else the newest sound rollback: an old list serves residents better than none (I7). */
  #takeUp(candidates: readonly ListVersion[], tell: boolean): boolean {
    for (const [rank, version] of candidates.entries()) {
      // What serves already is better than a rollback.
      if (rank > 0 && this.#file !== null) return false;
      try {
        const path = listPath(this.#dir, version.file);
        if (this.#damaged.has(version.version)) throw new Error(`${version.file} is not as it was adopted`);
        const file = new ListFile(path);
        this.#file?.close();
        this.#file = file;
        this.#current = version;
        this.#openedMono = this.#clock.mono();
        this.#ageAtOpenMs = Math.max(0, this.#clock.wall() - version.adoptedWall);
        this.#events.listChanged?.(version);
        return true;
      } catch (error) {
        const using = this.#current?.version ?? candidates[rank + 1]?.version ?? null;
        if (tell) this.#events.listFailed?.('listDamaged', errorText(error), using);
      }
    }
    return false;
  }

  #rowsOf(file: ListFile, key: string): ListRow[] {
    return file.byKey(key).map((row) => this.#withUses(file, row));
  }

  #withUses(file: ListFile, row: NewListRow): ListRow {
    const { uses, line: _line, raw: _raw, ...rest } = row;
    if (uses === null) return { ...rest, usesLeft: null };
    if ((this.#current?.adoptedWall ?? 0) <= this.#usesUnknownBefore) return { ...rest, usesLeft: 0 };
    let spent = 0;
    for (const id of file.sharingUses(row)) spent += this.#spentOf(id);
    return { ...rest, usesLeft: Math.max(0, uses - spent) };
  }

  /** Throws when it cannot be asked: a credential whose uses are unknown is not to be guessed at. */
  #spentOf(rowId: string): number {
    this.#open();
    if (this.#netUses === null) throw new Error('the main database is closed');
    return this.#netUses(rowId);
  }

  #open(): Db {
    if (this.#db !== null) return this.#db;
    const db = openForReading(databasePath(this.#dir));
    try {
      const net = db.prepare('SELECT count(*) - count(returned_seq) FROM spends WHERE row_id = ?').pluck();
      const unknown = db.prepare('SELECT value FROM kv WHERE key = ?').pluck().get(USES_UNKNOWN_BEFORE);
      this.#netUses = (rowId) => Number(net.get(rowId));
      const pointer = db.prepare('SELECT version, adopted_wall FROM list_in_force');
      this.#pointer = () => pointer.get();
      this.#usesUnknownBefore = unknown === undefined ? Number.NEGATIVE_INFINITY : Number(unknown);
    } catch (error) {
      db.close();
      throw error;
    }
    this.#db = db;
    return db;
  }

  #closeDb(): void {
    this.#db?.close();
    this.#db = null;
    this.#netUses = null;
    this.#pointer = null;
  }

  #nothing(): Facts {
    return { listVersion: 'none', listAgeMs: 0, rows: [], near: [], lookupUs: 0, available: false };
  }
}
