/** Which files a name stands for. A deleted database is written on without an error, and is gone with the process. */
import { statSync } from 'node:fs';

/** Device and inode; null when there is no such file. Our own open file keeps its inode from being given out again. */
export interface DatabaseFiles {
  readonly database: string | null;
  /** Null = was not there when it was looked at: it is then not judged. */
  readonly log: string | null;
}

/** Throws the system's error, except that a file is missing. */
export function databaseFiles(path: string): DatabaseFiles {
  return { database: identityOf(path), log: identityOf(`${path}-wal`) };
}

/** Null while both names still stand for the files that are open. */
export function whatWasTaken(open: DatabaseFiles, now: DatabaseFiles): string | null {
  if (open.database !== null && open.database !== now.database)
    return 'the database file was removed or replaced under us';
  if (open.log !== null && open.log !== now.log)
    return 'the write-ahead log of the database was removed or replaced under us';
  return null;
}

function identityOf(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}
