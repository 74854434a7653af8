/** Lists from and to CSV: whole or nothing, with every bad cell named and a difference to look at first (I7). */
import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { CsvEncoding } from './csv.ts';
import { csvLine, decodeFile, detectEncoding, parseCsv } from './csv.ts';
import {
  allColumns,
  type Cells,
  type Column,
  type CsvProblem,
  cellsOf,
  columnNames,
  columnOf,
  type LineRules,
  rowsOfLine,
} from './csv-columns.ts';
import { type BuiltList, ListBuilder, type ListFile } from './list-file.ts';
import { errorText, StoreError } from './sqlite.ts';

export interface ImportOptions extends LineRules {
  readonly csv: string;
  /** Where the list is built; see `buildPath`. */
  readonly out: string;
  /** Lane ids and groups, and window names, of the site: others are problems. Null = not checked. */
  readonly lanes?: ReadonlySet<string> | null | undefined;
  readonly windows?: ReadonlySet<string> | null | undefined;
  readonly progress?: ((fraction: number, rows: number) => void) | undefined;
}

export type ImportResult =
  | {
      readonly kind: 'built';
      readonly list: BuiltList;
      readonly lines: number;
      readonly encoding: CsvEncoding;
      /** Cells that are taken but look like slips, the first 200; `warningCount` counts all. */
      readonly warnings: readonly CsvProblem[];
      readonly warningCount: number;
    }
  | {
      readonly kind: 'rejected';
      /** The first 200; `problemCount` counts all. */
      readonly problems: readonly CsvProblem[];
      readonly problemCount: number;
      readonly encoding: CsvEncoding | null;
    };

export const MAX_PROBLEMS = 200;
const MAX_LINES = 2_000_000;

/** Builds a list file from a CSV file, or says what is wrong and leaves nothing. Synchronous: not for the main loop. Throws for unreadable files. */
export function importCsv(options: ImportOptions): ImportResult {
  const builder = new ListBuilder(options.out);
  const run = new ImportRun(options, builder);
  try {
    const result = run.all();
    if (result.kind === 'rejected') builder.abandon();
    return result;
  } catch (error) {
    builder.abandon();
    throw error;
  }
}

class ImportRun {
  readonly #options: ImportOptions;
  readonly #builder: ListBuilder;
  readonly #problems: CsvProblem[] = [];
  #problemCount = 0;
  readonly #warnings: CsvProblem[] = [];
  #warningCount = 0;
  #lines = 0;
  #fraction = 0;
  #names: readonly string[] = [];
  #columns: readonly (Column | null)[] = [];

  constructor(options: ImportOptions, builder: ListBuilder) {
    this.#options = options;
    this.#builder = builder;
  }

  all(): ImportResult {
    let encoding: CsvEncoding | null = null;
    try {
      encoding = detectEncoding(this.#options.csv);
      const pieces = decodeFile(this.#options.csv, encoding, (done, of) => {
        this.#fraction = of === 0 ? 1 : done / of;
      });
      for (const { line, fields } of parseCsv(pieces)) {
        if (this.#columns.length === 0) this.#header(line, fields);
        else this.#line(line, fields);
        if (this.#lines > MAX_LINES) throw new StoreError('csvTooLong', `more than ${MAX_LINES} lines`);
      }
      if (this.#columns.length === 0) this.#problem(1, null, 'noHeader', '', '文件为空', 'the file is empty');
    } catch (error) {
      // What the parser finds ends the reading; as a problem it reaches the person in the same shape as the rest.
      if (!(error instanceof StoreError)) throw error;
      const line = Number(/line (\d+)/.exec(error.message)?.[1] ?? 1);
      this.#problem(line, null, error.code, '', `文件无法继续读取：${errorText(error)}`, errorText(error));
    }
    if (this.#problemCount > 0 || encoding === null)
      return { kind: 'rejected', problems: this.#problems, problemCount: this.#problemCount, encoding };
    this.#options.progress?.(1, this.#lines);
    const list = this.#builder.finish();
    const [warnings, warningCount] = [this.#warnings, this.#warningCount];
    return { kind: 'built', list, lines: this.#lines, encoding, warnings, warningCount };
  }

  #header(line: number, fields: readonly string[]): void {
    this.#names = fields.map((field) => field.trim());
    this.#columns = this.#names.map(columnOf);
    for (const [at, name] of this.#names.entries()) {
      const column = this.#columns[at] ?? null;
      if (column === null && name !== '')
        this.#problem(
          line,
          name,
          'unknownColumn',
          name,
          `不认识的列；可用：${known('zh')}`,
          `unknown column; known are ${known('en')}`,
        );
      else if (column !== null && this.#columns.indexOf(column) !== at)
        this.#problem(line, name, 'columnTwice', name, '同一列出现两次', 'the column is there twice');
    }
    if (!this.#columns.includes('plate') && !this.#columns.includes('card'))
      this.#problem(
        line,
        null,
        'noCredentialColumn',
        '',
        '第一行必须有 车牌 或 卡号 列',
        'the first line must name a plate or card column',
      );
  }

  #line(line: number, fields: readonly string[]): void {
    this.#lines += 1;
    if (this.#lines % 10_000 === 0) this.#options.progress?.(this.#fraction, this.#lines);
    if (fields.length > this.#columns.length)
      this.#problem(
        line,
        null,
        'tooManyFields',
        '',
        '列数多于表头，值中有逗号时请加引号',
        'more fields than the header; quote values with commas',
      );
    const cells: Partial<Record<Column, string>> = {};
    for (const [at, column] of this.#columns.entries()) if (column !== null) cells[column] = fields[at] ?? '';
    const before = this.#problemCount;
    const rows = rowsOfLine(
      cells,
      line,
      this.#options,
      (column, code, value, zh, en) => this.#problem(line, this.#nameOf(column), code, value, zh, en),
      (column, code, value, zh, en) => this.#warning(line, this.#nameOf(column), code, value, zh, en),
    );
    for (const row of rows.slice(0, 1)) {
      this.#checkNames(line, 'lanes', row.lanes, this.#options.lanes ?? null);
      this.#checkNames(line, 'windows', row.windows, this.#options.windows ?? null);
    }
    if (this.#problemCount !== before) return;
    for (const row of rows) {
      const twin = this.#builder.add(row);
      if (twin !== null) this.#problem(line, null, 'duplicate', row.raw, `与第 ${twin} 行重复`, `repeats line ${twin}`);
    }
  }

  #checkNames(line: number, column: Column, names: readonly string[], allowed: ReadonlySet<string> | null): void {
    if (allowed === null) return;
    for (const name of names)
      if (!allowed.has(name))
        this.#problem(
          line,
          this.#nameOf(column),
          'unknownName',
          name,
          '配置中没有这个名称',
          'the configuration has no such name',
        );
  }

  #nameOf(column: Column | null): string | null {
    return column === null ? null : (this.#names[this.#columns.indexOf(column)] ?? column);
  }

  #problem(line: number, column: string | null, code: string, value: string, zh: string, en: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < MAX_PROBLEMS)
      this.#problems.push({ line, column, code, value: value.slice(0, 100), hint: { zh, en } });
  }

  #warning(line: number, column: string | null, code: string, value: string, zh: string, en: string): void {
    this.#warningCount += 1;
    if (this.#warnings.length < MAX_PROBLEMS)
      this.#warnings.push({ line, column, code, value: value.slice(0, 100), hint: { zh, en } });
  }
}

const known = (language: 'zh' | 'en'): string =>
  allColumns.map((column) => (language === 'zh' ? columnNames[column][0] : column)).join(' ');

export interface ListDifference {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly same: number;
  /** At most 20 keys of each. */
  readonly samples: { readonly added: string[]; readonly removed: string[]; readonly changed: string[] };
}

const SAMPLES = 20;

/** What adopting `next` would change; `current` null = nothing is in force. Rows are the same right by key and permit. Reads only. */
export function compareLists(current: string | null, next: string): ListDifference {
  const db = new Database(':memory:');
  try {
    db.prepare('ATTACH ? AS b').run(next);
    if (current === null) db.exec("ATTACH ':memory:' AS a; CREATE TABLE a.rows AS SELECT * FROM b.rows WHERE 0");
    else db.prepare('ATTACH ? AS a').run(current);
    const content = `json_array(color, blocked, enabled, category, lanes, directions, valid_from, valid_to, windows, requires, uses, holder, room)`;
    for (const name of ['a', 'b'])
      db.exec(`CREATE TEMP TABLE ${name}_rights AS SELECT key, permit, group_concat(${content}, '|' ORDER BY id) AS content
        FROM ${name}.rows GROUP BY key, permit; CREATE UNIQUE INDEX temp.${name}_index ON ${name}_rights (key, permit)`);
    const missing = (from: string, than: string) =>
      `FROM ${from}_rights x WHERE NOT EXISTS (SELECT 1 FROM ${than}_rights y WHERE y.key = x.key AND y.permit = x.permit)`;
    const both = 'FROM b_rights x JOIN a_rights y ON y.key = x.key AND y.permit = x.permit WHERE x.content IS';
    const count = (sql: string): number => Number(db.prepare(`SELECT count(*) ${sql}`).pluck().get());
    const sample = (sql: string): string[] =>
      db.prepare(`SELECT x.key ${sql} LIMIT ${SAMPLES}`).pluck().all() as string[];
    const added = missing('b', 'a');
    const removed = missing('a', 'b');
    const changed = `${both} NOT y.content`;
    return {
      added: count(added),
      removed: count(removed),
      changed: count(changed),
      same: count(`${both} y.content`),
      samples: { added: sample(added), removed: sample(removed), changed: sample(changed) },
    };
  } finally {
    db.close();
  }
}

/** Lines of a CSV that imports to the same list. Encode as UTF-8 with the byte order mark that is the first piece, or drop it for GBK. */
export function* exportCsv(list: ListFile, utcOffsetMinutes: number): Generator<string> {
  yield '\ufeff';
  yield csvLine(allColumns.map((column) => columnNames[column][0] ?? column));
  let pending: { line: number; cells: Cells } | null = null;
  for (const row of list.inOrder()) {
    const cells = cellsOf(row, utcOffsetMinutes);
    if (pending !== null && pending.line === row.line) {
      // A plate and a card of one line, or several keys of one written card, become one line again.
      pending.cells = {
        ...pending.cells,
        plate: pending.cells.plate || cells.plate,
        card: pending.cells.card || cells.card,
        color: pending.cells.color || cells.color,
      };
      continue;
    }
    if (pending !== null) yield lineOf(pending.cells);
    pending = { line: row.line, cells };
  }
  if (pending !== null) yield lineOf(pending.cells);
}

const lineOf = (cells: Cells): string => csvLine(allColumns.map((column) => cells[column] ?? ''));

/** Removes what a dry run built. */
export function discardBuilt(list: BuiltList): void {
  rmSync(list.file, { force: true });
}
