/** Keeps two costs of SQLite's write-ahead log off the commits that a boom waits for: its growth and its checkpoints. */
import { statSync } from 'node:fs';
import { fsyncPath } from './durable-file.ts';
import { type Db, errorCode, isFull } from './sqlite.ts';

/** SQLite's own default; beyond it a look-up in the log begins to cost. */
const CHECKPOINT_PAGES = 1000;
/** Should tidying never come, SQLite checkpoints in a commit after all. */
const CHECKPOINT_AT_LAST_PAGES = 4000;
/** Room for the pages above and for the commit that passes them. */
const LOG_BYTES = 4_608_000;

/**
 * An fsync of a file that has grown also writes the file system's own journal. The log is therefore made as long as it will
 * get, by a transaction that overflows its cache and is rolled back; nothing of it reaches the database. Throws SQLite's error.
 */
export function growLog(db: Db): void {
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_AT_LAST_PAGES}`);
  if (lengthOf(`${db.name}-wal`) >= LOG_BYTES) return;
  const cache = db.pragma('cache_size', { simple: true });
  db.pragma('cache_size = 10');
  try {
    db.exec(`BEGIN IMMEDIATE; INSERT INTO kv (key, value, at_wall) VALUES ('growLog', zeroblob(${LOG_BYTES}), 0)`);
  } catch (error) {
    // A full disk or another writer: the log then grows as it is written.
    const code = errorCode(error);
    if (!isFull(code) && code !== 'SQLITE_BUSY') throw error;
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
    db.pragma(`cache_size = ${Number(cache)}`);
  }
  // Else the first commit's fsync would carry all of it to the disk. SQLite keeps no locks on this file that a close could drop.
  fsyncPath(`${db.name}-wal`);
}

/** After a commit has been answered. Throws SQLite's error: a checkpoint that fails to sync is a failed fsync. */
export function checkpointLongLog(db: Db): void {
  if (pagesOf(db) >= CHECKPOINT_PAGES) db.pragma('wal_checkpoint(PASSIVE)');
}

/** Pages that are in the log and not yet in the database. */
export function pagesOf(db: Db): number {
  const [state] = db.pragma('wal_checkpoint(NOOP)') as { readonly log: number; readonly checkpointed: number }[];
  return state === undefined ? 0 : state.log - state.checkpointed;
}

function lengthOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
