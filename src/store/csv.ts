/** CSV text in and out: RFC 4180 with the liberties that Excel takes, streamed; UTF-8 or GBK found out by itself. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StoreError } from './sqlite.ts';

export type CsvEncoding = 'utf-8' | 'gb18030';

export interface CsvRecord {
  /** Line of the file where the record begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

const PIECE = 1 << 20;
const MAX_BYTES = 512 * 1024 * 1024;
const MAX_FIELD = 4096;
const MAX_FIELDS = 64;

/** UTF-8 if every byte says so, else GBK. Throws `csvEncoding` when it is neither, `csvTooLarge` past 512 MiB. */
export function detectEncoding(path: string): CsvEncoding {
  for (const encoding of ['utf-8', 'gb18030'] as const) {
    try {
      for (const _text of decodeFile(path, encoding));
      return encoding;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  throw new StoreError('csvEncoding', `${path} is neither UTF-8 nor GBK; save it as "CSV UTF-8"`);
}

/** Text of a file in pieces, without the byte order mark. Throws `TypeError` at the first byte that does not fit. */
export function* decodeFile(
  path: string,
  encoding: CsvEncoding,
  onBytes: (done: number, of: number) => void = () => {},
) {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const fd = openSync(path, 'r');
  try {
    const size = fstatSync(fd).size;
    if (size > MAX_BYTES) throw new StoreError('csvTooLarge', `${size} bytes, at most ${MAX_BYTES} are read`);
    const piece = Buffer.allocUnsafe(PIECE);
    let done = 0;
    for (;;) {
      const read = readSync(fd, piece, 0, PIECE, null);
      if (read === 0) break;
      yield decoder.decode(piece.subarray(0, read), { stream: true });
      done += read;
      onBytes(done, size);
    }
    yield decoder.decode();
  } finally {
    closeSync(fd);
  }
}

/**
 * Splits text into records; blank lines are skipped. Comma, semicolon or tab, whichever the first line holds most of.
 * Throws `csvSyntax` with the line on an unclosed quote, a field over 4096 characters or over 64 fields.
 */
export function* parseCsv(pieces: Iterable<string>): Generator<CsvRecord> {
  const parser = new CsvParser();
  for (const piece of pieces) yield* parser.feed(piece);
  yield* parser.end();
}

const QUOTE = 0x22;
const CR = 0x0d;
const LF = 0x0a;

class CsvParser {
  #state: 'start' | 'plain' | 'quoted' | 'quoteInQuoted' = 'start';
  #delimiter = 0;
  #line = 1;
  #recordLine = 1;
  #field = '';
  #fields: string[] = [];
  #firstLine = '';
  #afterCr = false;

  *feed(piece: string): Generator<CsvRecord> {
    if (this.#delimiter === 0) {
      // The first line decides on the delimiter, so it is gathered whole.
      this.#firstLine += piece;
      if (!/[\r\n]/.test(this.#firstLine) && this.#firstLine.length < MAX_FIELD * MAX_FIELDS) return;
      yield* this.#begin();
      return;
    }
    yield* this.#split(piece);
  }

  *end(): Generator<CsvRecord> {
    if (this.#delimiter === 0) yield* this.#begin();
    if (this.#state === 'quoted') this.#fail('a quoted field that began here is never closed');
    if (this.#state !== 'start' || this.#fields.length > 0) yield* this.#endRecord();
  }

  *#begin(): Generator<CsvRecord> {
    const text = this.#firstLine;
    const head = /^[^\r\n]*/.exec(text)?.[0] ?? '';
    const counts = [',', ';', '\t'].map((candidate) => ({ candidate, count: head.split(candidate).length }));
    counts.sort((a, b) => b.count - a.count);
    this.#delimiter = (counts[0]?.candidate ?? ',').charCodeAt(0);
    this.#firstLine = '';
    yield* this.#split(text);
  }

  *#split(text: string): Generator<CsvRecord> {
    let from = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (this.#state === 'quoted') {
        if (code === QUOTE) {
          this.#take(text, from, at);
          this.#state = 'quoteInQuoted';
        } else if (code === LF) this.#line += 1;
        continue;
      }
      if (code === QUOTE && this.#state !== 'plain') {
        // In `start` it opens the field, after a quote inside it is a doubled one.
        if (this.#state === 'quoteInQuoted') this.#field += '"';
        this.#state = 'quoted';
        this.#afterCr = false;
        from = at + 1;
        continue;
      }
      if (code !== this.#delimiter && code !== CR && code !== LF) {
        if (this.#state !== 'plain') from = at;
        this.#state = 'plain';
        this.#afterCr = false;
        continue;
      }
      if (this.#state === 'plain') this.#take(text, from, at);
      if (code === this.#delimiter) {
        this.#endField();
        this.#state = 'start';
        this.#afterCr = false;
      } else if (code === LF && this.#afterCr) {
        this.#afterCr = false;
        from = at + 1;
      } else {
        if (this.#state !== 'start' || this.#fields.length > 0) yield* this.#endRecord();
        this.#afterCr = code === CR;
        this.#line += 1;
        this.#recordLine = this.#line;
      }
      from = at + 1;
    }
    if (this.#state === 'plain' || this.#state === 'quoted') this.#take(text, from, text.length);
  }

  #take(text: string, from: number, to: number): void {
    if (this.#field.length + to - from > MAX_FIELD) this.#fail(`a field is longer than ${MAX_FIELD} characters`);
    this.#field += text.slice(from, to);
  }

  #endField(): void {
    if (this.#fields.length >= MAX_FIELDS) this.#fail(`more than ${MAX_FIELDS} columns`);
    this.#fields.push(this.#field);
    this.#field = '';
  }

  *#endRecord(): Generator<CsvRecord> {
    this.#endField();
    const fields = this.#fields;
    this.#fields = [];
    this.#state = 'start';
    if (fields.some((field) => field.trim() !== '')) yield { line: this.#recordLine, fields };
  }

  #fail(why: string): never {
    throw new StoreError('csvSyntax', `line ${this.#recordLine}: ${why}`);
  }
}

/** One line, quoted where needed, ended by CR LF. Text that Excel would run as a formula gets a leading apostrophe. */
export function csvLine(fields: readonly string[]): string {
  const cells = fields.map((field) => {
    const safe = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
    return /[",;\t\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${cells.join(',')}\r\n`;
}
