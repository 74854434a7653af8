/** The main database's shape, as numbered steps. A step that has shipped is never edited; the next one is appended. */
import type { Db } from './sqlite.ts';

export interface SchemaStep {
  readonly version: number;
  readonly sql: string;
}

const first = `
CREATE TABLE epochs (
  n INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE, gateway TEXT NOT NULL, first_seq INTEGER NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('created', 'restored')), at_wall REAL NOT NULL, start_hash BLOB NOT NULL);
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY, epoch TEXT NOT NULL, boot TEXT NOT NULL, ref INTEGER, kind TEXT NOT NULL, lane TEXT,
  direction TEXT, at_mono REAL NOT NULL, at_wall REAL NOT NULL, wall_trusted INTEGER NOT NULL, cause_ref INTEGER,
  cause_seq INTEGER, command TEXT, passage INTEGER, late INTEGER NOT NULL, body TEXT NOT NULL, commitment BLOB,
  hash BLOB NOT NULL);
CREATE UNIQUE INDEX journal_ref ON journal (boot, ref) WHERE ref IS NOT NULL;
CREATE INDEX journal_command ON journal (command) WHERE command IS NOT NULL;
CREATE TABLE personal (seq INTEGER PRIMARY KEY, salt BLOB NOT NULL, json TEXT NOT NULL);
CREATE TABLE personal_deletions (seq INTEGER PRIMARY KEY, at_wall REAL NOT NULL, reason TEXT NOT NULL);
CREATE TRIGGER journal_is_append_only_u BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER journal_is_append_only_d BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER personal_is_fixed BEFORE UPDATE ON personal BEGIN SELECT RAISE(ABORT, 'personal data is deleted, never changed'); END;
CREATE TRIGGER personal_goes_on_record BEFORE DELETE ON personal
  WHEN NOT EXISTS (SELECT 1 FROM personal_deletions d WHERE d.seq = OLD.seq)
  BEGIN SELECT RAISE(ABORT, 'deletion of personal data is recorded first'); END;
CREATE TABLE chain_start (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL);
CREATE TABLE spends (seq INTEGER PRIMARY KEY, row_id TEXT NOT NULL, passage INTEGER, lane TEXT, returned_seq INTEGER UNIQUE);
CREATE INDEX spends_row ON spends (row_id);
CREATE TABLE cursors (consumer TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, at_wall REAL NOT NULL);
CREATE TABLE faults (code TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, since_mono REAL NOT NULL,
  since_wall REAL NOT NULL, since_trusted INTEGER NOT NULL, boot TEXT NOT NULL, PRIMARY KEY (code, subject)) WITHOUT ROWID;
CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL, at_wall REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE lists (n INTEGER PRIMARY KEY, version TEXT NOT NULL UNIQUE, file TEXT NOT NULL, rows INTEGER NOT NULL,
  sha256 TEXT NOT NULL, source TEXT NOT NULL, built_wall REAL NOT NULL, adopted_wall REAL NOT NULL, forced INTEGER NOT NULL);
CREATE TABLE list_in_force (one INTEGER PRIMARY KEY CHECK (one = 1), version TEXT NOT NULL, adopted_wall REAL NOT NULL);
`;

export const schemaSteps: readonly SchemaStep[] = [{ version: 1, sql: first }];

export const newestSchema: number = schemaSteps.at(-1)?.version ?? 0;

export function schemaVersion(db: Db): number {
  const version = db.pragma('user_version', { simple: true });
  return typeof version === 'number' ? version : 0;
}

/**
 * Runs the steps above the database's version, each in one transaction, `backUp` before each but the first of an empty file.
 * Throws for a database from a newer program: downgrading would misread it.
 */
export function migrate(
  db: Db,
  backUp: (fromVersion: number) => void,
  steps: readonly SchemaStep[] = schemaSteps,
): void {
  const newest = steps.at(-1)?.version ?? 0;
  if (schemaVersion(db) > newest)
    throw new Error(`database has schema ${schemaVersion(db)}, this program knows up to ${newest}`);
  for (const step of steps) {
    const from = schemaVersion(db);
    if (step.version <= from) continue;
    if (from > 0) backUp(from);
    db.transaction(() => {
      // Another process may have taken this step while we waited for the lock.
      if (schemaVersion(db) >= step.version) return;
      db.exec(step.sql);
      db.pragma(`user_version = ${step.version}`);
    }).immediate();
  }
}
