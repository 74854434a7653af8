/** Reading the journal and the small tables: for upstream's outbox, `explain`, `tail` and the start. Never writes. */
import type { Json, JsonObject } from '../core/values.ts';
import { databasePath } from './durable-writer.ts';
import { type Epoch, currentEpoch } from './epoch.ts';
import { type Db, openForReading } from './sqlite.ts';

/** One record as stored. `hash` in hexadecimal; `personal` null when there was none or it has been deleted. */
export interface StoredRecord {
  readonly seq: number;
  readonly epoch: string;
  readonly boot: string;
  readonly ref: number | null;
  readonly kind: string;
  readonly lane: string | null;
  readonly direction: string | null;
  readonly atMono: number;
  readonly atWall: number;
  readonly wallTrusted: boolean;
  readonly causeRef: number | null;
  readonly causeSeq: number | null;
  readonly command: string | null;
  readonly passage: number | null;
  readonly late: boolean;
  readonly body: JsonObject;
  readonly personal: JsonObject | null;
  readonly hash: string;
}

export interface StoredFault {
  readonly code: string;
  readonly subject: string;
  readonly detail: JsonObject;
  readonly since: { readonly mono: number; readonly wall: number; readonly wallTrusted: boolean };
  /** `since.mono` counts in this boot only. */
  readonly boot: string;
}

export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

type Raw = Record<string, string | number | Buffer | null>;

const select = `SELECT j.seq, j.epoch, j.boot, j.ref, j.kind, j.lane, j.direction, j.at_mono, j.at_wall, j.wall_trusted,
  j.cause_ref, j.cause_seq, j.command, j.passage, j.late, j.body, hex(j.hash) AS hash, p.json AS personal
  FROM journal j LEFT JOIN personal p ON p.seq = j.seq`;
export const MAX_ROWS = 10_000;

/** Synchronous; every read is bounded. Methods throw SQLite's error when the file is damaged under us. */
export class JournalReader {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Records after `seq`, in order, at most 10,000; none is read once they hold `chars` characters together. */
  readFrom(seq: number, limit: number, chars = Number.POSITIVE_INFINITY): StoredRecord[] {
    const rows = this.#db.prepare(`${select} WHERE j.seq > ? ORDER BY j.seq LIMIT ?`).iterate(seq, capped(limit));
    const records: StoredRecord[] = [];
    let left = chars;
    for (const row of rows as IterableIterator<Raw>) {
      records.push(toStored(row));
      left -= lengthOf(row.body) + lengthOf(row.personal);
      if (left <= 0) break;
    }
    return records;
  }

  /** The newest records, oldest of them first. */
  tail(limit: number, filter: { readonly kind?: string; readonly lane?: string } = {}): StoredRecord[] {
    const sql = `${select} WHERE (? IS NULL OR j.kind = ?) AND (? IS NULL OR j.lane = ?) ORDER BY j.seq DESC LIMIT ?`;
    const kind = filter.kind ?? null;
    const lane = filter.lane ?? null;
    return this.#all(sql, kind, kind, lane, lane, capped(limit)).reverse();
  }

  /** Records of these kinds from `fromWall` on, in order, at most 10,000. Reads the whole journal: not for the main loop. */
  ofKinds(kinds: readonly string[], fromWall: number): StoredRecord[] {
    const marks = kinds.map(() => '?').join();
    return this.#all(
      `${select} WHERE j.kind IN (${marks}) AND j.at_wall >= ? ORDER BY j.seq LIMIT ?`,
      ...kinds,
      fromWall,
      MAX_ROWS,
    );
  }

  /** When faults of this code were raised, from `fromWall` on. Reads the whole journal as well. */
  raised(code: string, fromWall: number): StoredRecord[] {
    const sql = `${select} WHERE j.kind = 'faultRaised' AND j.at_wall >= ? AND json_extract(j.body, '$.code') = ? ORDER BY j.seq LIMIT ?`;
    return this.#all(sql, fromWall, code, MAX_ROWS);
  }

  bySeq(seq: number): StoredRecord | null {
    return this.#all(`${select} WHERE j.seq = ?`, seq)[0] ?? null;
  }

  byRef(boot: string, ref: number): StoredRecord | null {
    return this.#all(`${select} WHERE j.boot = ? AND j.ref = ?`, boot, ref)[0] ?? null;
  }

  byCommand(command: string): StoredRecord[] {
    return this.#all(`${select} WHERE j.command = ? ORDER BY j.seq LIMIT 100`, command);
  }

  /** The newest decision about this plate at or before `atWall`. Reads the whole journal in the worst case: not for the main loop. */
  latestDecision(plate: string, atWall: number): StoredRecord | null {
    const sql = `${select} WHERE j.kind = 'decision' AND j.at_wall <= ? AND json_extract(p.json, '$.plate') = ? ORDER BY j.seq DESC LIMIT 1`;
    return this.#all(sql, atWall, plate)[0] ?? null;
  }

  /** The platform did not take this record, and it was passed over; said by a record behind it. Reads all of those in the worst case. */
  wasPassedOver({ seq, epoch }: Pick<StoredRecord, 'seq' | 'epoch'>): boolean {
    const sql = `${select} WHERE j.seq > ? AND j.kind = 'upstreamSkipped' AND json_extract(j.body, '$.seq') = ? AND json_extract(j.body, '$.epoch') = ? LIMIT 1`;
    return this.#all(sql, seq, seq, epoch).length > 0;
  }

  /** What led to this record, itself last; at most 32. */
  causes(seq: number): StoredRecord[] {
    const chain: StoredRecord[] = [];
    let at: number | null = seq;
    while (at !== null && chain.length < 32) {
      const record: StoredRecord | null = this.bySeq(at);
      if (record === null) break;
      chain.unshift(record);
      at = record.causeSeq;
    }
    return chain;
  }

  lastSeq(): number {
    const row = this.#db.prepare('SELECT max(seq) AS seq FROM journal').get() as { seq: number | null };
    return row.seq ?? 0;
  }

  epoch(): Epoch | null {
    return currentEpoch(this.#db);
  }

  cursor(consumer: string): Cursor | null {
    const row = this.#db.prepare('SELECT epoch, seq FROM cursors WHERE consumer = ?').get(consumer);
    return (row as Cursor | undefined) ?? null;
  }

  faults(): StoredFault[] {
    const rows = this.#db.prepare('SELECT * FROM faults ORDER BY since_wall LIMIT 10000').all() as Raw[];
    return rows.map((row) => ({
      code: String(row.code),
      subject: String(row.subject),
      detail: parseObject(row.detail),
      since: { mono: Number(row.since_mono), wall: Number(row.since_wall), wallTrusted: row.since_trusted === 1 },
      boot: String(row.boot),
    }));
  }

  /** Undefined when nothing was ever set. */
  value(key: string): Json | undefined {
    const row = this.#db.prepare('SELECT value FROM kv WHERE key = ?').get(key) as { value: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.value) as Json);
  }

  close(): void {
    this.#db.close();
  }

  #all(sql: string, ...args: (string | number | null)[]): StoredRecord[] {
    return (this.#db.prepare(sql).all(...args) as Raw[]).map(toStored);
  }
}

/** For other processes (`gatehouse journal tail`) and the daemon alike. Throws when there is no database. */
export function openJournalReader(dir: string): JournalReader {
  return openJournalFile(databasePath(dir));
}

/** Also one that was set aside. Throws when it is none, or cannot be read. */
export function openJournalFile(path: string): JournalReader {
  return new JournalReader(openForReading(path));
}

const capped = (limit: number): number => Math.max(0, Math.min(MAX_ROWS, Math.floor(limit)));
const lengthOf = (value: Raw[string] | undefined): number => (typeof value === 'string' ? value.length : 0);
const textOrNull = (value: Raw[string] | undefined): string | null => (typeof value === 'string' ? value : null);
const numberOrNull = (value: Raw[string] | undefined): number | null => (typeof value === 'number' ? value : null);

function parseObject(value: Raw[string] | undefined): JsonObject {
  try {
    const parsed: unknown = JSON.parse(String(value));
    return typeof parsed === 'object' && parsed !== null ? (parsed as JsonObject) : {};
  } catch {
    return {};
  }
}

function toStored(row: Raw): StoredRecord {
  return {
    seq: Number(row.seq),
    epoch: String(row.epoch),
    boot: String(row.boot),
    ref: numberOrNull(row.ref),
    kind: String(row.kind),
    lane: textOrNull(row.lane),
    direction: textOrNull(row.direction),
    atMono: Number(row.at_mono),
    atWall: Number(row.at_wall),
    wallTrusted: row.wall_trusted === 1,
    causeRef: numberOrNull(row.cause_ref),
    causeSeq: numberOrNull(row.cause_seq),
    command: textOrNull(row.command),
    passage: numberOrNull(row.passage),
    late: row.late === 1,
    body: parseObject(row.body),
    personal: row.personal === null ? null : parseObject(row.personal),
    hash: String(row.hash).toLowerCase(),
  };
}
