/** Makes the database fit to use, whatever it finds: sets a damaged one aside, restores, migrates (issue "Store", reliability.md §1.5). */
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { hasAnchors } from './anchors.ts';
import { backUpWhole, hasBackups, lastGoodBackup, stamp } from './backup.ts';
import { freeBallast } from './ballast.ts';
import { fsyncPath, renameDurably } from './durable-file.ts';
import { databasePath } from './durable-writer.ts';
import { beginEpoch, chainEnd, currentEpoch, type RandomBytes } from './epoch.ts';
import { migrate, newestSchema, schemaVersion } from './schema.ts';
import {
  type Db,
  errorCode,
  errorText,
  findDamage,
  isDamage,
  isFull,
  openForReading,
  openForWriting,
  StoreError,
} from './sqlite.ts';

export interface PrepareOptions {
  readonly dir: string;
  readonly gateway: string;
  readonly atWall: number;
  readonly random?: RandomBytes | undefined;
}

/** What the start found. `replaced` = damaged or missing, and no backup was good: lists and history are gone, an alarm. */
export type Prepared =
  | { readonly kind: 'ready' | 'created' }
  | {
      readonly kind: 'restored' | 'replaced';
      readonly why: string;
      /** Where the damaged files lie; null when there was no file at all. */
      readonly setAside: string | null;
      readonly backup: string | null;
      /** False: one-time credentials of lists adopted until now are refused, since their uses are not known (I8). */
      readonly usesKnown: boolean;
    }
  /** The disk cannot be written or is of a newer program: the gate runs with a refusing journal. */
  | { readonly kind: 'unusable'; readonly code: string; readonly why: string };

/** Key of the moment before which counts of uses are not to be believed. */
export const USES_UNKNOWN_BEFORE = 'usesUnknownBefore';

/** The database last: while it stands, its log belongs to it. */
const databaseSuffixes = ['-wal', '-shm', ''];

/** Is there nothing to prepare: sound, of this program's schema, with an epoch? No more than SQLite's own recovery changes the disk; false where it cannot be told. */
export function isPrepared(dir: string): boolean {
  const path = databasePath(dir);
  try {
    if (!existsSync(path) || statSync(path).size === 0 || damageOf(path) !== null) return false;
    const db = openForReading(path);
    try {
      return schemaVersion(db) === newestSchema && currentEpoch(db) !== null;
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

/** Never throws. Synchronous and possibly slow: run it in another thread once the lines and the button are served. */
export function prepareStore(options: PrepareOptions): Prepared {
  try {
    return prepare(options);
  } catch (error) {
    if (!isFull(errorCode(error)) || !freeBallast(options.dir)) return unusable(error);
    try {
      return prepare(options);
    } catch (again) {
      return unusable(again);
    }
  }
}

const unusable = (error: unknown): Prepared => ({ kind: 'unusable', code: errorCode(error), why: errorText(error) });

function prepare(options: PrepareOptions): Prepared {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const path = databasePath(options.dir);
  const present = existsSync(path) && statSync(path).size > 0;
  if (!present && !hadDatabase(options.dir, path)) {
    finish(options, path);
    return { kind: 'created' };
  }
  const damage = present ? damageOf(path) : 'the database is missing';
  if (damage === null) {
    finish(options, path);
    return { kind: 'ready' };
  }
  return replace(options, path, damage);
}

/** A directory that has anchors, backups or a log had a database: that it is gone is a loss, not a first start (I6). */
function hadDatabase(dir: string, path: string): boolean {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  return hasAnchors(dir) || hasBackups(dir) || (log?.size ?? 0) > 0;
}

/** Migrates and begins the first epoch. */
function finish(options: PrepareOptions, path: string): void {
  const db = openForWriting(path);
  try {
    migrate(db, (from) => backUpWhole(db, options.dir, from, options.atWall));
    if (currentEpoch(db) === null)
      beginEpoch(db, options.gateway, 'created', options.random ?? randomBytes, options.atWall);
  } finally {
    db.close();
  }
  fsyncPath(options.dir);
}

/** Null = sound. Only what SQLite calls damage counts: a full disk or a lock is no reason to set a database aside. */
function damageOf(path: string): string | null {
  let db: Db | null = null;
  try {
    db = openForWriting(path);
    const damage = findDamage(db, 'quick');
    if (damage !== null) return damage;
    return schemaVersion(db) === 0 ? 'the database is empty' : chainDamage(db);
  } catch (error) {
    const code = errorCode(error);
    if (isDamage(code)) return `${code}: ${errorText(error)}`;
    throw error;
  } finally {
    db?.close();
  }
}

function chainDamage(db: Db): string | null {
  if (currentEpoch(db) === null) return null;
  const end = chainEnd(db);
  return end.hash.length === 32 ? null : `the hash of record ${end.seq} is not whole`;
}

function replace(options: PrepareOptions, path: string, why: string): Prepared {
  // A log left behind alone must go too: SQLite would play it into the database put in its place.
  const setAside = databaseSuffixes.some((suffix) => existsSync(`${path}${suffix}`))
    ? setFilesAside(path, options.atWall)
    : null;
  const backup = lastGoodBackup(options.dir);
  const aside = `${path}.new`;
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${aside}${suffix}`, { force: true });
  if (backup !== null) copyFileSync(backup, aside);
  const db = openForWriting(aside);
  let usesKnown: boolean;
  try {
    migrate(db, () => {});
    // Without a backup too: an epoch that is the first and yet restored stands in for a journal that is lost.
    beginEpoch(db, options.gateway, 'restored', options.random ?? randomBytes, options.atWall);
    usesKnown = setAside !== null && salvageSpends(db, setAside);
    if (!usesKnown)
      db.prepare('INSERT OR REPLACE INTO kv (key, value, at_wall) VALUES (?, ?, ?)').run(
        USES_UNKNOWN_BEFORE,
        JSON.stringify(options.atWall),
        options.atWall,
      );
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
  fsyncPath(aside);
  renameDurably(aside, path);
  return { kind: backup === null ? 'replaced' : 'restored', why, setAside, backup, usesKnown };
}

/** Renames the database with its WAL, which belongs to it: together they can still be read by a person. */
function setFilesAside(path: string, atWall: number): string {
  const aside = `${path}.damaged-${stamp(atWall)}`;
  if (existsSync(aside)) throw new StoreError('setAsideExists', `${aside} exists already`);
  for (const suffix of databaseSuffixes)
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${aside}${suffix}`);
  return aside;
}

/**
 * Brings over the spends that the backup does not know, so that no visitor's one use counts twice (I8). They get negative
 * numbers: their own belong to the lost epoch and will be given out again.
 */
function salvageSpends(db: Db, damaged: string): boolean {
  let source: Db | null = null;
  try {
    source = openForReading(damaged);
    const end = chainEnd(db).seq;
    const rows = source.prepare('SELECT seq, row_id, returned_seq FROM spends WHERE seq > ?').all(end) as {
      seq: number;
      row_id: string;
      returned_seq: number | null;
    }[];
    const insert = db.prepare('INSERT OR IGNORE INTO spends (seq, row_id, returned_seq) VALUES (?, ?, ?)');
    db.transaction(() => {
      for (const row of rows)
        insert.run(-Math.abs(row.seq), row.row_id, row.returned_seq === null ? null : -Math.abs(row.returned_seq));
    })();
    return true;
  } catch {
    return false;
  } finally {
    source?.close();
  }
}
