/**
 * Records that a process could not write before it ended: a file of their own, wherever one can be written, and into the
 * journal at the next start, marked late (I6). It holds what the database would hold, plates among it, and is as private.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { freeBallast } from './ballast.ts';
import { fsyncPath, writeDurably } from './durable-file.ts';
import { databasePath } from './durable-writer.ts';
import { type EncodedRecord, ownRecord } from './encode-record.ts';
import type { RandomBytes } from './epoch.ts';
import { JournalWriter } from './journal-writer.ts';
import { type Db, errorCode, errorText, isFull, openForWriting, StoreError } from './sqlite.ts';

export interface Unwritten {
  readonly gateway: string;
  /** Of the process that made the records: (boot, ref) names each, so that none is written twice. */
  readonly boot: string;
  readonly atWall: number;
  readonly records: readonly EncodedRecord[];
}

export interface Imported {
  readonly count: number;
  /** Files taken in, and now gone. */
  readonly files: readonly string[];
  /** Files that could not be believed or written yet, left in place, with the reason. */
  readonly failed: readonly { readonly file: string; readonly why: string }[];
}

const PREFIX = 'unwritten-';
const SUFFIX = '.records';
/** A process that starts and ends for ever on a dead disk must not fill another one. */
const FILES_MAX = 20;
const IMPORTED = 'unwrittenImported';

/** Returns the file's path. Throws the system's error, or `tooManyUnwritten`. */
export function writeUnwritten(dir: string, unwritten: Unwritten): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (filesIn(dir).length >= FILES_MAX)
    throw new StoreError('tooManyUnwritten', `${FILES_MAX} such files wait in ${dir} already`);
  const path = join(dir, `${PREFIX}${unwritten.boot}${SUFFIX}`);
  const { records, ...head } = unwritten;
  const payload = `${[{ ...head, count: records.length }, ...records].map((line) => JSON.stringify(line)).join('\n')}\n`;
  const bytes = Buffer.from(`${digest(payload)}\n${payload}`, 'utf8');
  try {
    writeDurably(path, bytes);
  } catch (error) {
    rmSync(`${path}.new`, { force: true });
    if (!isFull(errorCode(error)) || !freeBallast(dir)) throw error;
    writeDurably(path, bytes);
  }
  return path;
}

export const holdsUnwritten = (dir: string): boolean => filesIn(dir).length > 0;

/** Into the database of `dir`, which is prepared and which nobody writes yet. Never throws. Run it off the main loop. */
export function importUnwritten(dir: string, from: readonly string[], random: RandomBytes, atWall: number): Imported {
  // A boot's name begins with its time, so this is the order in which they were made.
  const files = [...new Set(from)].flatMap(filesIn).sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
  const done: string[] = [];
  const failed: { file: string; why: string }[] = [];
  let count = 0;
  if (files.length === 0) return { count, files: done, failed };
  let db: Db | null = null;
  try {
    db = openForWriting(databasePath(dir));
    forgetMarks(db, new Set(files.map(bootOf)));
    for (const file of files) {
      try {
        count += take(db, file, random, atWall);
        done.push(file);
      } catch (error) {
        failed.push({ file, why: errorText(error) });
      }
    }
  } catch (error) {
    for (const file of files) failed.push({ file, why: errorText(error) });
  } finally {
    db?.close();
  }
  return { count, files: done, failed };
}

/** One commit with a mark of its own: a crash between it and the file's removal brings nothing in twice. */
function take(db: Db, file: string, random: RandomBytes, atWall: number): number {
  const unwritten = read(file);
  const { boot, records } = unwritten;
  const last = db.prepare('SELECT value FROM kv WHERE key = ?').pluck().get(`${IMPORTED} ${boot}`);
  if (last === undefined) {
    const word = ownRecord('unwrittenImported', { mono: 0, wall: atWall }, { count: records.length, boot });
    new JournalWriter(db, { boot, random }).commit({
      id: 0,
      records: [...records, word].map((record) => ({ record, late: true })),
      operations: [{ kind: 'setValue', key: `${IMPORTED} ${boot}`, value: records.length, atWall }],
      again: true,
    });
  }
  rmSync(file);
  fsyncPath(join(file, '..'));
  return last === undefined ? records.length : 0;
}

/** A mark is needed while its file may still be there. */
function forgetMarks(db: Db, boots: ReadonlySet<string>): void {
  const keys = db.prepare('SELECT key FROM kv WHERE key LIKE ?').pluck().all(`${IMPORTED} %`) as string[];
  const forget = db.prepare('DELETE FROM kv WHERE key = ?');
  for (const key of keys) if (!boots.has(key.slice(IMPORTED.length + 1))) forget.run(key);
}

const bootOf = (file: string): string => basename(file).slice(PREFIX.length, -SUFFIX.length);

function read(file: string): Unwritten {
  const text = readFileSync(file, 'utf8');
  const cut = text.indexOf('\n');
  const payload = text.slice(cut + 1);
  if (cut !== 64 || digest(payload) !== text.slice(0, cut)) {
    renameSync(file, `${file}.damaged`);
    throw new StoreError('unwrittenDamaged', `the checksum does not match; kept as ${file}.damaged`);
  }
  // What the checksum covers is what `writeUnwritten` wrote.
  const [head, ...records] = payload
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  return { ...(head as Omit<Unwritten, 'records'>), records: records as EncodedRecord[] };
}

function filesIn(dir: string): readonly string[] {
  try {
    const names = readdirSync(dir).filter((name) => name.startsWith(PREFIX) && name.endsWith(SUFFIX));
    return names.map((name) => join(dir, name));
  } catch {
    return [];
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
