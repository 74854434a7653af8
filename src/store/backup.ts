/** Backups that stay small: every small table whole, and the journal's newest part with the hash it goes on from. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fsyncPath, renameDurably, sha256OfFile, writeDurably } from './durable-file.ts';
import { databasePath } from './durable-writer.ts';
import { migrate, schemaSteps, schemaVersion } from './schema.ts';
import { type Db, findDamage, openForReading, openForWriting, StoreError } from './sqlite.ts';

export const BACKUPS_KEPT = 7;
/** Newest records in a backup; older ones are upstream by then, and a whole journal hourly would wear the disk out. */
const JOURNAL_ROWS = 20_000;

const backupsDir = (dir: string): string => join(dir, 'backups');
const wholeTables = ['epochs', 'personal_deletions', 'spends', 'cursors', 'faults', 'kv', 'lists', 'list_in_force'];

export interface Backup {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Takes one consistent backup beside running writers and prunes to the newest seven. Synchronous: run it in another thread.
 * Throws `StoreError` or SQLite's error; the older backups stay.
 */
export function takeBackup(dir: string, atWall: number): Backup {
  const parent = backupsDir(dir);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const path = join(parent, `gatehouse-${stamp(atWall)}.db`);
  const aside = `${path}.new`;
  rmSync(aside, { force: true });
  copyInto(aside, databasePath(dir));
  fsyncPath(aside);
  const sha256 = sha256OfFile(aside);
  writeDurably(`${path}.sha256`, Buffer.from(sha256, 'utf8'));
  renameDurably(aside, path);
  for (const old of backupsNewestFirst(dir).slice(BACKUPS_KEPT)) {
    rmSync(old, { force: true });
    rmSync(`${old}.sha256`, { force: true });
  }
  return { path, sha256 };
}

/** Before a schema step: the whole database, not only the newest part. */
export function backUpWhole(db: Db, dir: string, fromVersion: number, atWall: number): void {
  mkdirSync(backupsDir(dir), { recursive: true, mode: 0o700 });
  const path = join(backupsDir(dir), `before-schema-${fromVersion}-${stamp(atWall)}.db`);
  db.prepare('VACUUM INTO ?').run(path);
  fsyncPath(path);
  writeDurably(`${path}.sha256`, Buffer.from(sha256OfFile(path), 'utf8'));
}

/** The newest backup whose checksum and structure are sound; null when there is none. */
export function lastGoodBackup(dir: string): string | null {
  return backupsNewestFirst(dir).find(isSound) ?? null;
}

export function hasBackups(dir: string): boolean {
  return backupsNewestFirst(dir).length > 0;
}

/** `20260930T120000123Z`: sorts by time and is safe in names. */
export function stamp(atWall: number): string {
  return new Date(atWall).toISOString().replaceAll(/[-:.]/g, '');
}

function backupsNewestFirst(dir: string): string[] {
  const parent = backupsDir(dir);
  if (!existsSync(parent)) return [];
  const names = readdirSync(parent).filter((name) => /^gatehouse-.*\.db$/.test(name));
  return names
    .sort()
    .reverse()
    .map((name) => join(parent, name));
}

function isSound(path: string): boolean {
  try {
    if (readFileSync(`${path}.sha256`, 'utf8').trim() !== sha256OfFile(path)) return false;
    const db = openForReading(path);
    try {
      return findDamage(db, 'full') === null;
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

function copyInto(target: string, source: string): void {
  const db = openForWriting(target);
  try {
    db.prepare('ATTACH ? AS source').run(source);
    const version = Number(db.pragma('source.user_version', { simple: true }));
    migrate(
      db,
      () => {},
      schemaSteps.filter((step) => step.version <= version),
    );
    if (schemaVersion(db) !== version) throw new StoreError('schemaUnknown', `cannot back up schema ${version}`);
    db.transaction(() => {
      for (const table of wholeTables) db.exec(`INSERT INTO main.${table} SELECT * FROM source.${table}`);
      copyJournal(db);
    })();
    db.exec('DETACH source');
    const damage = findDamage(db, 'quick');
    if (damage !== null) throw new StoreError('backupDamaged', damage);
    // One self-contained file: a checksum over a file with a WAL beside it would prove nothing.
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
}

function copyJournal(db: Db): void {
  const newest = db.prepare('SELECT max(seq) AS seq FROM source.journal').get() as { seq: number | null };
  const from = (newest.seq ?? 0) - JOURNAL_ROWS;
  const before = db.prepare('SELECT seq, hash FROM source.journal WHERE seq = ?').get(from) as
    | { seq: number; hash: Buffer }
    | undefined;
  if (before === undefined) db.exec('INSERT INTO main.chain_start SELECT * FROM source.chain_start');
  else db.prepare('INSERT INTO main.chain_start (one, seq, hash) VALUES (1, ?, ?)').run(before.seq, before.hash);
  db.prepare('INSERT INTO main.journal SELECT * FROM source.journal WHERE seq > ? ORDER BY seq').run(from);
  db.prepare('INSERT INTO main.personal SELECT * FROM source.personal WHERE seq > ?').run(from);
}
