/** Puts a built list in force by one small commit, or refuses and leaves the old one (I7). Runs in any thread or process. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fsyncPath, sha256OfFile, writeDurably } from './durable-file.ts';
import { databasePath } from './durable-writer.ts';
import { type BuiltList, ListFile } from './list-file.ts';
import { type Db, findDamage, openForReading, openForWriting, StoreError } from './sqlite.ts';

export interface ListVersion {
  readonly version: string;
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
  readonly source: string;
  readonly builtWall: number;
  readonly adoptedWall: number;
  readonly inForce: boolean;
}

export interface AdoptOptions {
  /** Who or what brought it: a file's name, `upstream`. */
  readonly source: string;
  readonly atWall: number;
  /** A person's word that an empty or much smaller list is meant. */
  readonly force?: boolean | undefined;
}

export const LISTS_KEPT = 7;
/** Fewer rows than this share of the list in force is taken for an accident or an attack. */
const SHRINK_LIMIT = 0.5;

const listsDir = (dir: string): string => join(dir, 'lists');
export const listPath = (dir: string, file: string): string => join(listsDir(dir), file);

/** Where a new list is to be built, on the same file system as the lists in force. */
export function buildPath(dir: string, name: string): string {
  mkdirSync(listsDir(dir), { recursive: true, mode: 0o700 });
  return join(listsDir(dir), `building-${name}.db`);
}

/** The site's own secret for the ids of rows, made on first use. */
export function listSecret(dir: string): string {
  mkdirSync(listsDir(dir), { recursive: true, mode: 0o700 });
  const path = join(listsDir(dir), 'secret');
  if (!existsSync(path)) writeDurably(path, Buffer.from(randomBytes(32).toString('hex')));
  return readFileSync(path, 'utf8');
}

/**
 * Checks, moves and adopts. Throws `StoreError` with `listDamaged`, `listEmpty`, `listShrunk`, or SQLite's error; the list
 * in force is then as before.
 */
export function adoptList(dir: string, built: BuiltList, options: AdoptOptions): ListVersion {
  const version = built.sha256.slice(0, 16);
  const file = `list-${version}.db`;
  // A try before this one may have moved the file and then met a busy database.
  const moved = !existsSync(built.file) && existsSync(listPath(dir, file));
  checkWhole(moved ? { ...built, file: listPath(dir, file) } : built);
  const db = openForWriting(databasePath(dir));
  try {
    const before = versions(db).find((version) => version.inForce) ?? null;
    const refusal = options.force === true ? null : refusalOf(built.rows, before?.rows ?? null);
    if (refusal !== null)
      throw new StoreError(refusal, `the new list has ${built.rows} rows, the one in force ${before?.rows ?? 0}`);
    if (!moved) {
      fsyncPath(built.file);
      renameSync(built.file, listPath(dir, file));
      fsyncPath(listsDir(dir));
    }
    db.transaction(() => {
      db.prepare(
        `INSERT INTO lists (version, file, rows, sha256, source, built_wall, adopted_wall, forced) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (version) DO UPDATE SET adopted_wall = excluded.adopted_wall, source = excluded.source, forced = excluded.forced`,
      ).run(
        version,
        file,
        built.rows,
        built.sha256,
        options.source,
        options.atWall,
        options.atWall,
        options.force ? 1 : 0,
      );
      point(db, version, options.atWall);
    }).immediate();
    dropOld(db, dir);
    return inForceOf(db);
  } finally {
    db.close();
  }
}

/** Puts an earlier version in force again, by a person's word. Throws `listUnknownVersion` or `listDamaged`. */
export function rollBackList(dir: string, version: string, atWall: number): ListVersion {
  const db = openForWriting(databasePath(dir));
  try {
    const target = versions(db).find((candidate) => candidate.version === version);
    if (target === undefined) throw new StoreError('listUnknownVersion', `no list ${version} is kept`);
    checkWhole({ file: listPath(dir, target.file), rows: target.rows, sha256: target.sha256 });
    db.transaction(() => {
      db.prepare('UPDATE lists SET adopted_wall = ? WHERE version = ?').run(atWall, version);
      point(db, version, atWall);
    }).immediate();
    return inForceOf(db);
  } finally {
    db.close();
  }
}

/** Newest adoption first. */
export function listVersions(dir: string): ListVersion[] {
  const db = openForReading(databasePath(dir));
  try {
    return versions(db);
  } finally {
    db.close();
  }
}

/**
 * From the version in force back to the first whole one: those whose files are missing or no longer as adopted. Older ones are
 * not looked at, so that a start reads one large file, not eight.
 */
export function findDamagedLists(dir: string): string[] {
  const damaged: string[] = [];
  for (const { version, file, sha256 } of listVersions(dir)) {
    const path = listPath(dir, file);
    if (existsSync(path) && sha256OfFile(path) === sha256) break;
    damaged.push(version);
  }
  return damaged;
}

export function versions(db: Db): ListVersion[] {
  const rows = db
    .prepare(
      `SELECT l.version, l.file, l.rows, l.sha256, l.source, l.built_wall, coalesce(f.adopted_wall, l.adopted_wall) AS adopted_wall,
        f.version IS NOT NULL AS in_force FROM lists l LEFT JOIN list_in_force f ON f.version = l.version
        ORDER BY in_force DESC, l.adopted_wall DESC, l.n DESC LIMIT 100`,
    )
    .all() as Record<string, string | number>[];
  return rows.map((row) => ({
    version: String(row.version),
    file: String(row.file),
    rows: Number(row.rows),
    sha256: String(row.sha256),
    source: String(row.source),
    builtWall: Number(row.built_wall),
    adoptedWall: Number(row.adopted_wall),
    inForce: row.in_force === 1,
  }));
}

function point(db: Db, version: string, atWall: number): void {
  db.prepare(
    `INSERT INTO list_in_force (one, version, adopted_wall) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET
      version = excluded.version, adopted_wall = excluded.adopted_wall`,
  ).run(version, atWall);
}

function inForceOf(db: Db): ListVersion {
  const current = versions(db).find((version) => version.inForce);
  if (current === undefined) throw new StoreError('listUnknownVersion', 'no list is in force after adoption');
  return current;
}

function checkWhole(built: BuiltList): void {
  if (!existsSync(built.file)) throw new StoreError('listDamaged', `${built.file} is missing`);
  if (sha256OfFile(built.file) !== built.sha256)
    throw new StoreError('listDamaged', `${built.file} is not as it was built`);
  let rows: number;
  try {
    const list = new ListFile(built.file);
    rows = list.rows;
    list.close();
    const db = openForReading(built.file);
    const damage = findDamage(db, 'quick');
    const counted = Number(db.prepare('SELECT count(*) FROM rows').pluck().get());
    db.close();
    if (damage !== null) throw new StoreError('listDamaged', damage);
    if (counted !== rows) throw new StoreError('listDamaged', `${counted} rows of ${rows}`);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('listDamaged', `${built.file}: ${String(error)}`);
  }
  if (rows !== built.rows) throw new StoreError('listDamaged', `${rows} rows, ${built.rows} were built`);
}

/** Why a list of so many rows is not adopted without a person's word; null = nothing against it (I7). */
export function refusalOf(rows: number, rowsInForce: number | null): 'listEmpty' | 'listShrunk' | null {
  if (rows === 0) return 'listEmpty';
  return rowsInForce !== null && rows < rowsInForce * SHRINK_LIMIT ? 'listShrunk' : null;
}

/** After the commit: a crash before leaves files too many, never too few. */
function dropOld(db: Db, dir: string): void {
  for (const old of versions(db).slice(LISTS_KEPT + 1))
    db.prepare('DELETE FROM lists WHERE version = ?').run(old.version);
  const known = new Set(versions(db).map((version) => version.file));
  for (const name of readdirSync(listsDir(dir)))
    if (/^list-[0-9a-f]+\.db$/.test(name) && !known.has(name)) rmSync(listPath(dir, name), { force: true });
}
