/** Opening SQLite the only way this room does: WAL, synchronous=FULL, short busy waits (reliability.md §0.1, §1.5). */
import Database from 'better-sqlite3';

export type Db = Database.Database;

/** The world's failure, by a stable code that runtime shows with advice. */
export class StoreError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** SQLite's extended code (`SQLITE_IOERR_FSYNC`), our own, the system's (`ENOSPC`), or the error's name. */
export function errorCode(error: unknown): string {
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code;
    return typeof code === 'string' ? code : error.name;
  }
  return 'unknown';
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export const isFull = (code: string): boolean => code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT';

export const isDamage = (code: string): boolean =>
  code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'databaseDamaged';

/** Milliseconds that a writer waits for another writer before it tries again later (reliability.md §0.11). */
const BUSY_MS = 200;

/**
 * Opens for writing and refuses to go on unless every commit will be fsynced: better-sqlite3 is built with
 * `DEFAULT_WAL_SYNCHRONOUS=1`, under which acknowledged rows were lost in a power cut (reliability.md §0.1).
 */
export function openForWriting(path: string): Db {
  const db = new Database(path, { timeout: BUSY_MS });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('journal_size_limit = 8388608');
    db.pragma('trusted_schema = OFF');
    assertDurable(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Throws `StoreError` unless the connection is in WAL mode at synchronous FULL or EXTRA. */
export function assertDurable(db: Db): void {
  const mode = db.pragma('journal_mode', { simple: true });
  if (mode !== 'wal') throw new StoreError('notWal', `journal_mode is ${String(mode)}, must be wal`);
  const synchronous = db.pragma('synchronous', { simple: true });
  if (typeof synchronous !== 'number' || synchronous < 2)
    throw new StoreError('synchronousNotFull', `synchronous is ${String(synchronous)}, must be 2 (FULL) or 3 (EXTRA)`);
}

/** A connection that can change nothing; `mmapBytes` is for list files, which never change once adopted. @throws StoreError, or SQLite's error. */
export function openForReading(path: string, mmapBytes = 0): Db {
  const db = openExisting(path);
  try {
    db.pragma('query_only = ON');
    db.pragma('trusted_schema = OFF');
    if (mmapBytes > 0) db.pragma(`mmap_size = ${mmapBytes}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** better-sqlite3 throws a bare TypeError where the folder is missing, and SQLite's own code where only the file is. */
function openExisting(path: string): Db {
  try {
    return new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
  } catch (error) {
    if (error instanceof TypeError) throw new StoreError('SQLITE_CANTOPEN', `${path}: ${error.message}`);
    throw error;
  }
}

/** Now rather than with the first database: a thread that is ended while it loads the addon takes the whole process with it. */
export function loadSqlite(): void {
  new Database(':memory:').close();
}

/** `null` if sound, otherwise what SQLite found first. */
export function findDamage(db: Db, depth: 'quick' | 'full'): string | null {
  const pragma = depth === 'quick' ? 'quick_check(1)' : 'integrity_check(1)';
  try {
    const found = db.pragma(pragma, { simple: true });
    return found === 'ok' ? null : String(found);
  } catch (error) {
    return `${errorCode(error)}: ${errorText(error)}`;
  }
}
