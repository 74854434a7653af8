/** One list in its own SQLite file: built once by another thread or process, then only read (design.md "Order of effects", I7). */
import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { ListRow } from '../core/decide/facts.ts';
import { fsyncPath, sha256OfFile } from './durable-file.ts';
import { type Db, openForReading, StoreError } from './sqlite.ts';

/** A row as built. `uses` is what was granted; how many are left is known to the main database. */
export interface NewListRow extends Omit<ListRow, 'usesLeft'> {
  readonly uses: number | null;
  /** Where it came from: rows of one line belong together (a plate and its card). */
  readonly line: number;
  /** The plate or card as written, for exports. */
  readonly raw: string;
}

export interface DemandOfBoth {
  readonly category: string;
  readonly lanes: readonly string[];
  readonly directions: readonly string[];
  readonly rows: number;
}

export interface BuiltList {
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
}

const columns =
  'key, id, color, blocked, enabled, category, lanes, directions, valid_from, valid_to, windows, permit, requires, uses, holder, room, line, raw';

const schema = `
CREATE TABLE rows (key TEXT NOT NULL, id TEXT NOT NULL, color TEXT, blocked INTEGER NOT NULL, enabled INTEGER NOT NULL,
  category TEXT NOT NULL, lanes TEXT NOT NULL, directions TEXT NOT NULL, valid_from REAL, valid_to REAL, windows TEXT NOT NULL,
  permit TEXT NOT NULL, requires TEXT NOT NULL, uses INTEGER, holder TEXT, room TEXT, line INTEGER NOT NULL, raw TEXT NOT NULL,
  PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE TABLE about (one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL, rows INTEGER NOT NULL);
`;
const indexes = `
CREATE INDEX rows_permit ON rows (permit) WHERE uses IS NOT NULL;
CREATE INDEX rows_line ON rows (line);
`;

/** Writes rows one by one, so that 300,000 of them never stand in memory. */
export class ListBuilder {
  readonly #db: Db;
  readonly #path: string;
  readonly #insert;
  readonly #lineOf;
  #rows = 0;

  /** Replaces `path`. Nothing is durable before `finish`. */
  constructor(path: string) {
    for (const suffix of ['', '-journal']) rmSync(`${path}${suffix}`, { force: true });
    this.#path = path;
    this.#db = new Database(path);
    this.#db.pragma('journal_mode = OFF');
    this.#db.pragma('synchronous = OFF');
    this.#db.exec(schema);
    this.#db.exec('BEGIN');
    this.#insert = this.#db.prepare(
      `INSERT OR IGNORE INTO rows (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#lineOf = this.#db.prepare('SELECT line FROM rows WHERE key = ? AND id = ?').pluck();
  }

  /** Null when added, otherwise the line that holds the same key and id already. */
  add(row: NewListRow): number | null {
    const done = this.#insert.run(
      row.key,
      row.id,
      row.color,
      row.blocked ? 1 : 0,
      row.enabled ? 1 : 0,
      row.category,
      JSON.stringify(row.lanes),
      JSON.stringify(row.directions),
      row.validFrom,
      row.validTo,
      JSON.stringify(row.windows),
      row.permit,
      row.requires,
      row.uses,
      row.holder,
      row.room,
      row.line,
      row.raw,
    );
    if (done.changes === 0) return Number(this.#lineOf.get(row.key, row.id));
    this.#rows += 1;
    return null;
  }

  /** Fsyncs and closes. */
  finish(): BuiltList {
    this.#db.prepare('INSERT INTO about (one, format, rows) VALUES (1, 1, ?)').run(this.#rows);
    this.#db.exec('COMMIT');
    this.#db.exec(indexes);
    this.#db.close();
    fsyncPath(this.#path);
    return { file: this.#path, rows: this.#rows, sha256: sha256OfFile(this.#path) };
  }

  abandon(): void {
    this.#db.close();
    rmSync(this.#path, { force: true });
  }
}

/** For lists that come from elsewhere than CSV. Throws `StoreError` `listDuplicateRow` on two rows of one key and id. */
export function buildList(
  rows: Iterable<NewListRow>,
  path: string,
  progress: (rowsDone: number) => void = () => {},
): BuiltList {
  const builder = new ListBuilder(path);
  try {
    let done = 0;
    for (const row of rows) {
      const before = builder.add(row);
      if (before !== null)
        throw new StoreError('listDuplicateRow', `${row.key} of line ${row.line} repeats line ${before}`);
      done += 1;
      if (done % 10_000 === 0) progress(done);
    }
    progress(done);
    return builder.finish();
  } catch (error) {
    builder.abandon();
    throw error;
  }
}

const found = `wanted IS NOT NULL OR key LIKE ? ESCAPE '\\' OR raw LIKE ? ESCAPE '\\' OR holder LIKE ? ESCAPE '\\'
  OR room LIKE ? ESCAPE '\\'`;

function likeOf(text: string): readonly string[] {
  const like = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return [like, like, like, like];
}

type Raw = Record<string, string | number | null>;

const MMAP_BYTES = 268_435_456;
/** A key with more rights than this has the rest ignored: a look-up stays bounded whatever the list holds (I15). */
const ROWS_PER_KEY = 64;

/** Point look-ups in one list file. */
export class ListFile {
  readonly #db: Db;
  readonly #byKey;
  readonly #siblings;
  readonly rows: number;

  /** Throws when the file is missing, cut short, or no list. */
  constructor(path: string) {
    this.#db = openForReading(path, MMAP_BYTES);
    try {
      this.rows = Number(this.#db.prepare('SELECT rows FROM about WHERE format = 1').pluck().get());
      this.#byKey = this.#db.prepare(`SELECT ${columns} FROM rows WHERE key = ? LIMIT ${ROWS_PER_KEY}`);
      this.#siblings = this.#db
        .prepare(
          `SELECT DISTINCT id FROM rows INDEXED BY rows_permit WHERE permit = ? AND uses IS NOT NULL AND valid_from IS ?
            AND valid_to IS ? LIMIT 256`,
        )
        .pluck();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  byKey(key: string): NewListRow[] {
    return (this.#byKey.all(key) as Raw[]).map(toRow);
  }

  /** Ids of the rows that share one permit and validity: a plate and a card of one visitor share their uses (I8). */
  sharingUses(row: NewListRow): string[] {
    return this.#siblings.all(row.permit, row.validFrom, row.validTo) as string[];
  }

  /**
   * Up to `limit` rows whose key, raw text, holder or room contains `text`, or whose key is in `keys`, which come first and in
   * that order. Scans: not for the main loop.
   */
  find(text: string, keys: readonly string[], limit: number): NewListRow[] {
    const sql = `SELECT ${columns} FROM rows LEFT JOIN (SELECT value AS wanted, MIN(key) AS rank FROM json_each(?) GROUP BY value)
      ON wanted = rows.key WHERE ${found} ORDER BY rank IS NULL, rank, line LIMIT ?`;
    const bound = [JSON.stringify(keys), ...likeOf(text), limit];
    return (this.#db.prepare(sql).all(bound) as Raw[]).map(toRow);
  }

  /** How many rows `find` has without its limit. Scans: not for the main loop. */
  count(text: string, keys: readonly string[]): number {
    const sql = `SELECT COUNT(*) FROM rows LEFT JOIN (SELECT DISTINCT value AS wanted, 0 AS rank FROM json_each(?))
      ON wanted = rows.key WHERE ${found}`;
    return Number(
      this.#db
        .prepare(sql)
        .pluck()
        .get([JSON.stringify(keys), ...likeOf(text)]),
    );
  }

  /** Keys of all cards, each once. Scans: not for the main loop. */
  *cardKeys(): Generator<string> {
    const sql = "SELECT DISTINCT key FROM rows WHERE key >= 'card:' AND key < 'card;'";
    for (const key of this.#db.prepare(sql).pluck().iterate()) yield String(key);
  }

  /**
   * Rows in force of each credential for which one row asks for plate + card and another does not, those of one credential
   * together; a card's number is one credential whatever its width. Scans: not for the main loop.
   */
  *asideOfBoth(): Generator<{ readonly credential: string; readonly row: NewListRow }> {
    const sql = `WITH named AS (SELECT *, CASE WHEN key LIKE 'card:%' THEN 'card' || substr(key, 5 + instr(substr(key, 6), ':'))
        ELSE key END AS credential FROM rows WHERE blocked = 0 AND enabled = 1)
      SELECT ${columns}, credential FROM named
      WHERE credential IN (SELECT credential FROM named WHERE requires = 'plateAndCard')
        AND credential IN (SELECT credential FROM named WHERE requires <> 'plateAndCard') ORDER BY credential, line`;
    for (const raw of this.#db.prepare(sql).iterate() as Iterable<Raw>)
      yield { credential: String(raw.credential), row: toRow(raw) };
  }

  /** Rows in force of each permit of which one row asks for plate + card and another does not. Scans: not for the main loop. */
  *asideInPermit(): Generator<{ readonly permit: string; readonly row: NewListRow }> {
    const sql = `WITH live AS (SELECT * FROM rows WHERE blocked = 0 AND enabled = 1)
      SELECT ${columns} FROM live WHERE permit IN (SELECT permit FROM live WHERE requires = 'plateAndCard')
        AND permit IN (SELECT permit FROM live WHERE requires <> 'plateAndCard') ORDER BY permit, line`;
    for (const raw of this.#db.prepare(sql).iterate() as Iterable<Raw>) {
      const row = toRow(raw);
      yield { permit: row.permit, row };
    }
  }

  /** Rows that ask for plate + card, counted by what decides where they may pass. Scans: not for the main loop. */
  demandsOfBoth(): DemandOfBoth[] {
    const sql = `SELECT category, lanes, directions, COUNT(*) AS rows FROM rows WHERE requires = 'plateAndCard'
      GROUP BY category, lanes, directions LIMIT 10000`;
    return (this.#db.prepare(sql).all() as Raw[]).map((raw) => ({
      category: String(raw.category),
      lanes: words(raw.lanes),
      directions: words(raw.directions),
      rows: Number(raw.rows),
    }));
  }

  /** All rows in the order of their lines, streamed. */
  *inOrder(): Generator<NewListRow> {
    for (const raw of this.#db.prepare(`SELECT ${columns} FROM rows ORDER BY line, key, id`).iterate())
      yield toRow(raw as Raw);
  }

  close(): void {
    this.#db.close();
  }
}

const words = (value: Raw[string] | undefined): string[] => JSON.parse(String(value)) as string[];
const textOrNull = (value: Raw[string] | undefined): string | null => (typeof value === 'string' ? value : null);
const numberOrNull = (value: Raw[string] | undefined): number | null => (typeof value === 'number' ? value : null);

function toRow(raw: Raw): NewListRow {
  return {
    id: String(raw.id),
    key: String(raw.key),
    color: textOrNull(raw.color),
    blocked: raw.blocked === 1,
    enabled: raw.enabled === 1,
    category: String(raw.category),
    lanes: words(raw.lanes),
    directions: words(raw.directions).filter((word) => word === 'in' || word === 'out'),
    validFrom: numberOrNull(raw.valid_from),
    validTo: numberOrNull(raw.valid_to),
    windows: words(raw.windows),
    permit: String(raw.permit),
    requires: raw.requires === 'plateAndCard' ? 'plateAndCard' : 'any',
    uses: numberOrNull(raw.uses),
    holder: textOrNull(raw.holder),
    room: textOrNull(raw.room),
    line: Number(raw.line),
    raw: String(raw.raw),
  };
}
