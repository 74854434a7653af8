/** The writer with its disk: opens, reopens after a lost fsync, frees the ballast when the disk is full, anchors. Runs in the writer thread. */
import { join } from 'node:path';
import { type Anchor, writeAnchor } from './anchors.ts';
import { BALLAST_BYTES, freeBallast, makeBallast } from './ballast.ts';
import { beginEpoch, currentEpoch, type RandomBytes } from './epoch.ts';
import type { WriterReply } from './journal-queue.ts';
import { type Batch, JournalWriter } from './journal-writer.ts';
import { type DatabaseFiles, databaseFiles, whatWasTaken } from './file-identity.ts';
import { migrate } from './schema.ts';
import { type Db, errorCode, errorText, findDamage, isDamage, isFull, openForWriting, StoreError } from './sqlite.ts';
import { checkpointLongLog, growLog } from './write-ahead-log.ts';

export interface DurableWriterOptions {
  readonly dir: string;
  readonly gateway: string;
  readonly boot: string;
  readonly random: RandomBytes;
  readonly mono: () => number;
  readonly wall: () => number;
  readonly ballastBytes?: number | undefined;
  /** The database of a writer that died: this one goes on with it, or calls it damaged. */
  readonly goOnWith?: DatabaseFiles | null | undefined;
}

export type WriterNotice =
  | { readonly kind: 'opened'; readonly files: DatabaseFiles }
  | { readonly kind: 'ballast'; readonly state: 'freed' | 'made' }
  /** The open database is damaged: held records wait in memory until runtime restarts the process, which restores it. */
  | { readonly kind: 'damaged'; readonly why: string };

export const databasePath = (dir: string): string => join(dir, 'gatehouse.db');

const REMAKE_EVERY_MS = 60_000;

export class DurableWriter {
  readonly #options: DurableWriterOptions;
  readonly #notify: (notice: WriterNotice) => void;
  #db: Db | null = null;
  #writer: JournalWriter | null = null;
  /** After a failed fsync nothing in the page cache can be trusted (reliability.md §0.13). */
  #suspect: 'full' | 'quick' | null = null;
  #ballastFreedAt: number | null = null;
  #files: DatabaseFiles | null = null;
  /** Set for good: what is written from now on would be lost, and a new file in its place would hide that. */
  #taken: string | null = null;

  constructor(options: DurableWriterOptions, notify: (notice: WriterNotice) => void) {
    this.#options = options;
    this.#notify = notify;
    this.#files = options.goOnWith ?? null;
    // A writer that died may have died of what it wrote; its own file's pages are looked at, not each index.
    if (this.#files !== null) this.#suspect = 'quick';
  }

  /** Opens ahead of the first record, which would otherwise wait for it. Never throws: a failure shows at the first commit. */
  prepare(): void {
    try {
      this.#open();
    } catch (error) {
      this.#afterFailure(error);
    }
  }

  /** Never throws. */
  commit(batch: Batch): WriterReply {
    try {
      this.#assertInPlace();
      const seq = this.#commitOnce(batch);
      // What went into a file without a name is not durable, and must not be acknowledged (I1).
      this.checkFiles();
      this.#assertInPlace();
      return { kind: 'committed', id: batch.id, seq, atMono: this.#options.mono() };
    } catch (error) {
      this.#afterFailure(error);
      return { kind: 'failed', id: batch.id, code: errorCode(error), why: errorText(error) };
    }
  }

  /** Writes down where the chain stands. Throws the disk's error. */
  anchor(): Anchor {
    const end = this.#open().end;
    const anchor: Anchor = {
      gateway: this.#options.gateway,
      epoch: end.epoch,
      seq: end.seq,
      hash: end.hash.toString('hex'),
      atWall: this.#options.wall(),
    };
    writeAnchor(this.#options.dir, anchor);
    return anchor;
  }

  /** Compares the open database with what its name stands for; says `damaged` once when they differ. Never throws. */
  checkFiles(): void {
    if (this.#taken !== null || this.#files === null || this.#db === null) return;
    try {
      this.#taken = whatWasTaken(this.#files, databaseFiles(databasePath(this.#options.dir)));
    } catch {
      // A directory that cannot be looked at just now proves nothing.
    }
    if (this.#taken === null) return;
    try {
      // The last word of the lost journal: verify tells by it how far the loss reaches.
      this.anchor();
    } catch {
      // Without it the anchor before stands.
    }
    this.#saveLog();
    this.#notify({ kind: 'damaged', why: this.#taken });
  }

  close(): void {
    this.#saveLog();
    this.#writer = null;
    try {
      this.#db?.close();
    } catch {
      // A file that cannot be closed cleanly is judged at the next start.
    }
    this.#db = null;
  }

  #commitOnce(batch: Batch): number {
    try {
      return this.#open().commit(batch);
    } catch (error) {
      if (!isFull(errorCode(error)) || !freeBallast(this.#options.dir)) throw error;
      this.#ballastFreedAt = this.#options.mono();
      this.#notify({ kind: 'ballast', state: 'freed' });
      return this.#open().commit({ ...batch, again: true });
    }
  }

  #open(): JournalWriter {
    if (this.#writer !== null) return this.#writer;
    const { dir, gateway, random } = this.#options;
    this.#refuseOtherFile();
    const db = openForWriting(databasePath(dir));
    this.#db = db;
    if (this.#suspect !== null) {
      const damage = findDamage(db, this.#suspect);
      if (damage !== null) throw new StoreError('databaseDamaged', damage);
    }
    // The start has migrated already; a database that could not be made then is made here, when the disk is back.
    migrate(db, () => {
      throw new StoreError('notMigrated', 'the database is of an older version; restart to migrate it');
    });
    if (currentEpoch(db) === null) beginEpoch(db, gateway, 'created', random, this.#options.wall());
    growLog(db);
    const files = databaseFiles(databasePath(dir));
    this.#files = files;
    this.#notify({ kind: 'opened', files });
    this.#writer = new JournalWriter(db, { boot: this.#options.boot, random });
    this.#suspect = null;
    if (makeBallast(dir, this.#options.ballastBytes ?? BALLAST_BYTES, random)) this.#ballastFreedAt = null;
    else this.#ballastFreedAt ??= this.#options.mono();
    return this.#writer;
  }

  /** Opening again after a failed commit must not make a new database where the old one was. */
  #refuseOtherFile(): void {
    if (this.#files !== null && this.#taken === null) {
      const { database } = databaseFiles(databasePath(this.#options.dir));
      this.#taken = whatWasTaken({ ...this.#files, log: null }, { database, log: null });
      if (this.#taken !== null) this.#notify({ kind: 'damaged', why: this.#taken });
    }
    this.#assertInPlace();
  }

  /** Into the database, where that is still in place: a log without a name goes with its last connection, and what it holds was acknowledged (I1). */
  #saveLog(): void {
    if (this.#taken === null || this.#files === null || this.#db === null) return;
    try {
      const { database } = databaseFiles(databasePath(this.#options.dir));
      if (database === this.#files.database) this.#db.pragma('wal_checkpoint(PASSIVE)');
    } catch {
      // Then the anchor says how far the loss reaches.
    }
  }

  #assertInPlace(): void {
    if (this.#taken !== null) throw new StoreError('databaseDamaged', this.#taken);
  }

  #afterFailure(error: unknown): void {
    const code = errorCode(error);
    // Said already; the connection stays, since it alone still reaches what the lost file holds.
    if (this.#taken !== null) return;
    if (code === 'SQLITE_BUSY') return;
    if (code.startsWith('SQLITE_IOERR')) this.#suspect = 'full';
    if (isDamage(code)) this.#notify({ kind: 'damaged', why: `${code}: ${errorText(error)}` });
    // A fresh connection for every retry: the old one's cache and locks may be part of the trouble.
    this.close();
  }

  /** What can wait until the answer is out. Never throws. */
  tidy(): void {
    try {
      if (this.#db !== null) checkpointLongLog(this.#db);
    } catch (error) {
      this.#afterFailure(error);
    }
    const freedAt = this.#ballastFreedAt;
    if (freedAt === null || this.#options.mono() - freedAt < REMAKE_EVERY_MS) return;
    const made = makeBallast(this.#options.dir, this.#options.ballastBytes ?? BALLAST_BYTES, this.#options.random);
    this.#ballastFreedAt = made ? null : this.#options.mono();
    if (made) this.#notify({ kind: 'ballast', state: 'made' });
  }
}
