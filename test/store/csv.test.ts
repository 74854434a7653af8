import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { runChore } from '../../src/store/chores.ts';
import { csvLine, parseCsv } from '../../src/store/csv.ts';
import { adoptList, buildPath, listPath } from '../../src/store/list-adopt.ts';
import { compareLists, exportCsv, importCsv, MAX_PROBLEMS } from '../../src/store/list-csv.ts';
import { ListFile } from '../../src/store/list-file.ts';
import { normalise as coreRules } from '../../src/store/list-keys.ts';
import { normalise, preparedDir, tempDir } from './support.ts';

const rules = { normalise, utcOffsetMinutes: 480, secret: 'test' };

function importText(text: string | Buffer, more: { lanes?: ReadonlySet<string> } = {}) {
  const dir = tempDir();
  const csv = join(dir, 'in.csv');
  writeFileSync(csv, text);
  const result = importCsv({ ...rules, ...more, csv, out: join(dir, 'out.db') });
  return { dir, result };
}

function rowsOf(text: string | Buffer) {
  const { result } = importText(text);
  if (result.kind !== 'built') throw new Error(JSON.stringify(result.problems));
  const list = new ListFile(result.list.file);
  const rows = [...list.inOrder()];
  list.close();
  return { rows, file: result.list.file, encoding: result.encoding };
}

function problemsOf(text: string | Buffer, more: { lanes?: ReadonlySet<string> } = {}) {
  const { result } = importText(text, more);
  if (result.kind !== 'rejected') throw new Error('expected problems');
  return result.problems.map((problem) => `${problem.line} ${problem.column} ${problem.code}`);
}

describe('reading CSV', () => {
  test('takes quotes, doubled quotes, commas and line breaks inside them, CR LF, LF or CR, and blank lines', () => {
    const text = 'a,b\r\n"x ""y"", z","two\nlines"\n\n1,2\r3,\r\n';
    expect([...parseCsv([text])]).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['x "y", z', 'two\nlines'] },
      { line: 5, fields: ['1', '2'] },
      { line: 6, fields: ['3', ''] },
    ]);
  });

  test('gives back whatever was written, however the text is cut into pieces', () => {
    const cell = fc.string({ maxLength: 12 }).filter((text) => !/^['=+\-@\t\r]/.test(text));
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 7 }), (rows, size) => {
        // The first line sets the delimiter, so it is one that holds commas.
        const text = ['h,h,h\r\n', ...rows.map(csvLine)].join('');
        const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
          text.slice(at * size, (at + 1) * size),
        );
        const back = [...parseCsv(pieces)].slice(1).map((record) => record.fields);
        expect(back).toEqual(rows.filter((fields) => fields.some((field) => field.trim() !== '')));
      }),
    );
  });

  test('tells where a quote is never closed, and a field that has no end', () => {
    expect(problemsOf('车牌\n京A12345\n"京A1234')).toEqual(['3 null csvSyntax']);
    expect(problemsOf(`plate\n${'A'.repeat(5000)}`)).toEqual(['2 null csvSyntax']);
  });
});

describe('importing a list', () => {
  const zh = '车牌,卡号,颜色,类别,姓名,房号,车道,方向,有效期起,有效期止,时段,黑名单,许可,双重,次数\n';

  test('reads every column by its Chinese name', () => {
    const { rows } = rowsOf(
      `\ufeff${zh}京A12345,12345678,蓝牌,resident,王小明,3-101,east-in;west-in,进,2026-05-01,2026-05-31,workdays,否,户301,是,3\n`,
    );
    const shared = {
      category: 'resident',
      holder: '王小明',
      room: '3-101',
      lanes: ['east-in', 'west-in'],
      directions: ['in'],
      validFrom: Date.parse('2026-05-01T00:00:00+08:00'),
      validTo: Date.parse('2026-06-01T00:00:00+08:00'),
      windows: ['workdays'],
      blocked: false,
      enabled: true,
      permit: '户301',
      requires: 'plateAndCard',
      uses: 3,
      line: 2,
    };
    expect(rows).toMatchObject([
      { ...shared, key: 'card:32:bc614e', color: null },
      { ...shared, key: 'plate:京A12345', color: 'blue' },
    ]);
  });

  test('reads GBK as Excel saves it, and English names, semicolons and tabs', () => {
    const gbk = rowsOf(iconv.encode('车牌,姓名\r\n粤B99999,张三\r\n', 'gbk'));
    expect(gbk).toMatchObject({ encoding: 'gb18030', rows: [{ key: 'plate:粤B99999', holder: '张三' }] });
    expect(rowsOf('plate;holder\n粤B99999;x, y\n').rows[0]?.holder).toBe('x, y');
    expect(rowsOf('holder\tPLATE\nx\t粤B99999\n').rows[0]?.key).toBe('plate:粤B99999');
  });

  test('names every bad cell with line and column, and builds nothing', () => {
    const text =
      'plate,card,color,validFrom,validTo,blocked,uses,lanes\n' +
      '京A12345,,blue,,,,,east-in\n' +
      '1.23E+05,,,,,,,\n' +
      ',1E10,,,,,,\n' +
      ',,,,,,,\n' +
      '京A12346,,pink,2026-02-31,,maybe,0,north\n' +
      '京A12347,,,2026-05-02,2026-05-01,,,\n' +
      '京A12345,,blue,,,,,\n' +
      '京A12348,,,,,,,,x\n';
    const { result } = importText(text, { lanes: new Set(['east-in']) });
    expect(problemsOf(text, { lanes: new Set(['east-in']) })).toEqual([
      '3 plate badPlate',
      '4 card badCard',
      '6 validFrom badTime',
      '6 blocked notYesNo',
      '6 uses badUses',
      '6 color badColor',
      '6 lanes unknownName',
      '7 validTo endsBeforeStart',
      '8 null duplicate',
      '9 null tooManyFields',
    ]);
    expect(result.kind).toBe('rejected');
    if (result.kind === 'rejected')
      for (const problem of result.problems) expect(problem.hint.zh.length * problem.hint.en.length).toBeGreaterThan(0);
  });

  test('refuses unknown and doubled columns, a file without plates or cards, an empty one, and one in neither encoding', () => {
    expect(problemsOf('plate,plaet,车牌\n')).toEqual(['1 plaet unknownColumn', '1 车牌 columnTwice']);
    expect(problemsOf('holder\nx\n')).toContain('1 null noCredentialColumn');
    expect(problemsOf('')).toEqual(['1 null noHeader']);
    expect(problemsOf(Buffer.from([0x70, 0xff, 0xff, 0x80, 0x0a]))).toEqual(['1 null csvEncoding']);
  });

  test('counts all problems and keeps the first two hundred', () => {
    const { result } = importText(`plate\n${'?\n'.repeat(1000)}`);
    expect(result).toMatchObject({ kind: 'rejected', problemCount: 1000 });
    if (result.kind === 'rejected') expect(result.problems).toHaveLength(MAX_PROBLEMS);
  });

  test('the same right keeps its id over imports, and another secret gives another id', () => {
    const once = rowsOf('plate,uses\n京A12345,1\n').rows[0]?.id;
    expect(rowsOf('plate,uses,holder\n京A99999,1,a\n京A12345,1,b\n').rows.map((row) => row.id)).toContain(once);
    const dir = tempDir();
    writeFileSync(join(dir, 'in.csv'), 'plate,uses\n京A12345,1\n');
    const other = importCsv({ ...rules, secret: 'other', csv: join(dir, 'in.csv'), out: join(dir, 'o.db') });
    if (other.kind !== 'built') throw new Error('not built');
    const list = new ListFile(other.list.file);
    expect([...list.inOrder()][0]?.id).not.toBe(once);
    list.close();
  });
});

test('an export imports to the same list, in UTF-8 and in GBK, even where Excel would see a formula', () => {
  const text =
    '车牌,卡号,颜色,姓名,车道,有效期起,有效期止,时段,黑名单,启用,许可,双重,次数\n' +
    '京A12345,,蓝,"王, ""小""明",a;b,2026-05-01 08:30:05,2026-05-31,w,,,,,\n' +
    '京A12346,12345678,,=1+1,,,,,,否,户2,是,2\n' +
    ',87654321,,,,,,,是,,,,\n';
  const first = rowsOf(text);
  const list = new ListFile(first.file);
  const exported = [...exportCsv(list, 480)].join('');
  list.close();
  expect(exported).toContain("'=1+1");
  const withoutLine = (rows: typeof first.rows) => rows.map(({ line: _line, ...row }) => row);
  expect(withoutLine(rowsOf(exported).rows)).toEqual(withoutLine(first.rows));
  expect(withoutLine(rowsOf(iconv.encode(exported.slice(1), 'gbk')).rows)).toEqual(withoutLine(first.rows));
});

test('a dry run counts and samples what would be added, removed and changed', () => {
  const a = rowsOf('plate,room\n京A00001,1\n京A00002,2\n京A00003,3\n京A00004,4\n').file;
  const b = rowsOf('plate,room,validTo\n京A00002,2,\n京A00003,33,\n京A00004,4,2030-01-01\n京A00005,5,\n').file;
  expect(compareLists(a, b)).toEqual({
    added: 1,
    removed: 1,
    changed: 2,
    same: 1,
    samples: { added: ['plate:京A00005'], removed: ['plate:京A00001'], changed: ['plate:京A00003', 'plate:京A00004'] },
  });
  expect(compareLists(null, b)).toMatchObject({ added: 4, removed: 0, changed: 0 });
});

test('300,000 rows are imported in a thread within bounded memory, compared, adopted and found', async () => {
  const dir = preparedDir();
  const csv = join(dir, 'big.csv');
  const provinces = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼';
  const lines = ['车牌,姓名,房号,次数\r\n'];
  for (let n = 0; n < 300_000; n += 1)
    lines.push(
      `${provinces[n % 31]}A${String(n).padStart(6, '0')},住户${n},${n % 40}-${n % 99},${n % 100 === 0 ? 1 : ''}\r\n`,
    );
  writeFileSync(csv, lines.join(''));
  lines.length = 0;
  const seen: number[] = [];
  // The thread's heap is capped at 256 MB by `runChore`; 300,000 rows held as objects would not fit beside their text.
  const result = await runChore(
    {
      kind: 'importCsv',
      options: { csv, out: buildPath(dir, 'big'), utcOffsetMinutes: 480, secret: 's' },
      normaliseModule: pathToFileURL(new URL('normalise.ts', import.meta.url).pathname).href,
    },
    (fraction) => seen.push(fraction),
  );
  if (result.kind !== 'built') throw new Error(JSON.stringify(result.problems.slice(0, 3)));
  expect(result.list.rows).toBe(300_000);
  expect(seen.length).toBeGreaterThan(10);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);
  const list = new ListFile(result.list.file);
  expect(list.byKey('plate:京A000031')).toMatchObject([{ holder: '住户31' }]);
  expect(list.find('A29999', [], 20)).toHaveLength(10);
  list.close();
  const version = adoptList(dir, result.list, { source: 'big.csv', atWall: 1 });
  expect(compareLists(listPath(dir, version.file), listPath(dir, version.file))).toMatchObject({
    same: 300_000,
    changed: 0,
  });
  expect(readFileSync(csv).length).toBeGreaterThan(5_000_000);
}, 120_000);

test("core's rules: plates in any writing are one key, slips are named, a card is its usual reading only", () => {
  expect(coreRules.plate('京A·12345')).toBe(coreRules.plate('京a 12345'));
  expect(coreRules.plate('京A12345')).toBe('plate:京A12345');
  for (const slip of ['京A1234', '无牌车', '', '-']) expect(coreRules.plate(slip)).toBeNull();
  expect(coreRules.card('213,02000')).toEqual(['card:24:d507d0']);
  expect(coreRules.card('not a card')).toBeNull();
});
