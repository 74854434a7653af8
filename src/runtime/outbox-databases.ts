/**
 * Which database the outbox is drained from. One that was replaced goes first, as far as it can be read: its file is held open
 * where its name is gone, or lies where it was set aside. What cannot be read is told as missing (I6).
 */
import type { Clock } from '../contract/clock.ts';
import { readAnchors } from '../store/anchors.ts';
import { databasePath } from '../store/durable-writer.ts';
import { databaseFiles } from '../store/file-identity.ts';
import { type JournalReader, openJournalFile } from '../store/journal-read.ts';
import type { Uplink } from '../upstream/uplink.ts';
import { type Gap, type ReplacedDatabase, UPSTREAM_CONSUMER } from './upstream-protocol.ts';

export interface OutboxDatabasesPorts {
  readonly clock: Clock;
  readonly outbox: Pick<Uplink, 'attach' | 'detach' | 'status'>;
  readonly missing: (gap: Gap) => void;
  /** This one is drained from now on. */
  readonly drains: (database: number) => void;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
}

export interface DatabaseOrder {
  readonly dir: string;
  /** Counts the openings, from 1. */
  readonly database: number;
  /** What it stands in for; null = nothing. */
  readonly replaced: ReplacedDatabase | null;
}

interface Opened {
  readonly reader: JournalReader;
  readonly path: string;
  /** Its file, whatever its name has become. */
  readonly identity: string | null;
  readonly database: number;
  readonly epoch: string | null;
  readonly firstSeq: number;
}

/** How far a database was drained. */
interface Drained {
  readonly epoch: string | null;
  readonly acknowledged: number;
  readonly last: number;
}

/** Number of a database that another process, or another thread, had open. */
const BEFORE_US = 0;
const OPEN_AGAIN_MS = 1000;
/** Seconds in which a replaced database could not be read, until what it holds is given up. */
const UNREADABLE_MAX = 3;
/** Databases that wait to be drained: each holds files open. */
const REPLACED_MAX = 8;

export class OutboxDatabases {
  readonly #ports: OutboxDatabasesPorts;
  #current: Opened | null = null;
  /** Oldest first; the last is the one in use. */
  #next: Opened[] = [];
  /** Of the one that was drained, while none is. */
  #left: Drained | null = null;
  /** The one that is to be replaced is held open, since nothing else reaches it. */
  #isHeld = false;
  #order: DatabaseOrder | null = null;
  #unreadable = 0;
  #cancelLook: (() => void) | null = null;
  #cancelOpen: (() => void) | null = null;

  constructor(ports: OutboxDatabasesPorts) {
    this.#ports = ports;
  }

  /** Number of the one that is drained; 0 = one of before. */
  get drained(): number | null {
    return this.#current?.database ?? null;
  }

  /** The newest database can be read, for the first time or again. */
  attach(order: DatabaseOrder): void {
    this.#order = order;
    this.#cancelOpen?.();
    this.#cancelOpen = null;
    const { dir, database, replaced } = order;
    try {
      const opened = open(databasePath(dir), database);
      if (replaced !== null && !this.#isHeld) this.#addReplaced(replaced, opened, dir);
      this.#isHeld = false;
      this.#add(opened);
      this.look();
    } catch (error) {
      this.#again(error);
    }
  }

  /**
   * The newest database is damaged or gone, and is about to be replaced or opened anew. Where its file is still in place it is
   * let go: no connection may outlive a log that was taken away, since all of them share one index of it.
   */
  detach(): void {
    this.#cancelOpen?.();
    this.#cancelOpen = null;
    const newest = this.#next.at(-1) ?? this.#current;
    this.#isHeld = newest !== null && !isInPlace(newest);
    if (newest === null || this.#isHeld) return;
    if (newest === this.#current) {
      this.#left = this.#progress();
      this.#ports.outbox.detach();
      this.#current = null;
    } else this.#next.pop();
    newest.reader.close();
  }

  /** Goes on to the next database once the one before it is drained. To be called after each word of the outbox. */
  look(): void {
    for (let next = this.#next[0]; next !== undefined && this.#isDone(); next = this.#next[0]) {
      this.#next.shift();
      try {
        this.#drain(next);
      } catch (error) {
        next.reader.close();
        if (this.#next.length > 0) this.#ports.log('a replaced database was given up unread', { why: words(error) });
        else this.#again(error);
      }
    }
  }

  unreadable(error: unknown): void {
    this.#unreadable += 1;
    this.#ports.log('the outbox could not be read', { why: words(error) });
    // Later: the outbox is in the midst of reading.
    if (this.#unreadable >= UNREADABLE_MAX)
      this.#cancelLook ??= this.#ports.clock.after('upstream.next', 0, () => {
        this.#cancelLook = null;
        this.look();
      });
  }

  close(): void {
    this.#cancelOpen?.();
    this.#cancelLook?.();
    this.#ports.outbox.detach();
    for (const { reader } of [...(this.#current === null ? [] : [this.#current]), ...this.#next]) reader.close();
    this.#current = null;
    this.#next = [];
  }

  #again(error: unknown): void {
    const order = this.#order;
    this.#ports.log('the outbox cannot be opened', { why: words(error) });
    if (order !== null)
      this.#cancelOpen ??= this.#ports.clock.after('upstream.open', OPEN_AGAIN_MS, () => this.attach(order));
  }

  #isDone(): boolean {
    if (this.#current === null || this.#ports.outbox.status().waiting === 0) return true;
    return this.#unreadable >= UNREADABLE_MAX;
  }

  #add(opened: Opened): void {
    this.#next.push(opened);
    if (this.#next.length <= REPLACED_MAX) return;
    const dropped = this.#next.shift();
    const [after] = this.#next;
    if (dropped !== undefined && after !== undefined) this.#giveUp(dropped, after);
  }

  #addReplaced({ path }: ReplacedDatabase, by: Opened, dir: string): void {
    try {
      if (path === null) throw new Error('no file of it is left');
      this.#add(open(path, BEFORE_US));
    } catch (error) {
      this.#ports.log('the database before this one cannot be read', { why: words(error) });
      // How far it was drained is known, or at least how far it reached.
      if (this.#left !== null) return;
      const anchor = readAnchors(dir).anchors.findLast(({ epoch }) => epoch !== by.epoch);
      if (anchor !== undefined) this.#tellMissing(anchor.epoch, by.firstSeq, anchor.seq);
    }
  }

  #drain(to: Opened): void {
    const { outbox, drains } = this.#ports;
    const from = this.#progress();
    const cursor = to.reader.cursor(UPSTREAM_CONSUMER);
    const last = to.reader.lastSeq();
    // Up to here both hold the same records: a backup goes on where its journal stood.
    const shared = from?.epoch === to.epoch ? last : to.firstSeq - 1;
    const begin = Math.max(cursor?.seq ?? 0, Math.min(from?.acknowledged ?? 0, shared));
    if (from !== null) this.#tellMissing(from.epoch, Math.max(from.acknowledged, shared) + 1, from.last);
    outbox.attach(to.reader, { epoch: cursor?.epoch ?? '', seq: begin }, last);
    this.#current?.reader.close();
    this.#current = to;
    this.#left = null;
    this.#unreadable = 0;
    drains(to.database);
  }

  #progress(): Drained | null {
    if (this.#current === null) return this.#left;
    const { acknowledged, last } = this.#ports.outbox.status();
    return { epoch: this.#current.epoch, acknowledged, last };
  }

  #giveUp({ reader, epoch, firstSeq }: Opened, after: Opened): void {
    try {
      this.#tellMissing(epoch, Math.max(firstSeq, after.firstSeq), reader.lastSeq());
    } catch (error) {
      this.#ports.log('a replaced database was given up unread', { why: words(error) });
    }
    reader.close();
  }

  #tellMissing(epoch: string | null, fromSeq: number, toSeq: number): void {
    if (fromSeq <= toSeq) this.#ports.missing({ epoch, fromSeq, toSeq });
  }
}

/** @throws SQLite's error. */
function open(path: string, database: number): Opened {
  const reader = openJournalFile(path);
  try {
    const epoch = reader.epoch();
    const identity = databaseFiles(path).database;
    return { reader, path, identity, database, epoch: epoch?.epoch ?? null, firstSeq: epoch?.firstSeq ?? 1 };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** A folder that cannot be looked at proves nothing: then it is let go. */
function isInPlace({ path, identity }: Opened): boolean {
  try {
    return databaseFiles(path).database === identity;
  } catch {
    return true;
  }
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
