import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { ReaderCodec } from '../../drivers/reader-serial/codec.ts';
import { profileOf } from '../../drivers/reader-serial/config.ts';
import { csvLine } from '../../src/store/csv.ts';
import { exportCsv, importCsv } from '../../src/store/list-csv.ts';
import { ListFile } from '../../src/store/list-file.ts';
import { normalise } from '../../src/store/list-keys.ts';
import { configOf } from '../field/reader-rig.ts';
import { tempDir } from './support.ts';

function imported(text: string | Uint8Array) {
  const dir = tempDir();
  const csv = join(dir, 'in.csv');
  writeFileSync(csv, text);
  return importCsv({ normalise, utcOffsetMinutes: 480, secret: 'test', csv, out: join(dir, 'out.db') });
}

function keysOf(file: string): readonly string[] {
  const list = new ListFile(file);
  const keys = [...list.inOrder()].map(({ key }) => key);
  list.close();
  return keys;
}

function built(text: string | Uint8Array) {
  const result = imported(text);
  if (result.kind !== 'built') throw new Error(JSON.stringify(result.problems));
  const list = new ListFile(result.list.file);
  const rows = [...list.inOrder()];
  const exported = [...exportCsv(list, 480)].join('');
  list.close();
  return { rows, exported, warnings: result.warnings, bytes: readFileSync(result.list.file) };
}

/** What a scanner's reader gives of these bytes, as a key of the list. */
function scanned(bytes: Uint8Array): string | null {
  const codec = new ReaderCodec(profileOf(configOf('qr-line', { format: 'text' })));
  const [card] = codec.push(Uint8Array.of(...bytes, 0x0d, 0x0a), 0).filter((one) => one.kind === 'card');
  return card === undefined ? null : `card:${card.bits}:${card.value}`;
}
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const cardCell = (text: string): string => csvLine(['卡号', '姓名']) + csvLine([`qr:${text}`, '张三']);

describe('a QR text in the card column', () => {
  const text = '访客 7栋, "301" https://pass.example/?a=1;b';

  it('is the card that a scanner reads, in UTF-8 and in GBK, quoted as CSV quotes', () => {
    const { rows, warnings } = built(cardCell(text));
    expect(warnings).toEqual([]);
    expect(rows).toMatchObject([{ key: scanned(utf8(text)), holder: '张三' }]);
    expect(rows[0]?.key).toBe(scanned(iconv.encode(text, 'gbk')));
    expect(built(iconv.encode(cardCell(text), 'gbk')).rows[0]?.key).toBe(rows[0]?.key);
  });

  it('is what any scanner reads of it, whatever the text', () => {
    const any = fc.oneof(
      ...(['grapheme', 'binary', 'binary-ascii'] as const).map((unit) =>
        fc.string({ unit, minLength: 1, maxLength: 40 }),
      ),
      fc.constant('\ufeffwith a mark'),
    );
    fc.assert(
      fc.property(any, (anything) => {
        // A line end inside ends the reading of a line; what else a reader refuses the list refuses too.
        fc.pre(!/[\r\n]/u.test(anything));
        const result = imported(cardCell(anything));
        const key = scanned(utf8(anything));
        expect(result.kind === 'built' ? keysOf(result.list.file) : null).toEqual(key === null ? null : [key]);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('stands nowhere in the list', () => {
    const secret = 'PASS-0f3c-secret';
    const { bytes, exported } = built(cardCell(secret));
    expect(bytes.includes(secret)).toBe(false);
    expect(exported).not.toContain(secret);
  });

  it('is exported as its fingerprint, which imports to the same right, from any of both writings', () => {
    const head = '卡号,车牌,次数,双重\n';
    const first = built(`${head}"qr:${text.replaceAll('"', '""')}",京A12345,2,是\nqr:b,,,\n`);
    expect(first.exported).toMatch(/,0x[0-9A-F]{32},/);
    const again = built(first.exported);
    const rights = ({ rows }: typeof first) => rows.map(({ line: _line, ...row }) => row);
    expect(rights(again)).toEqual(rights(first));
    expect(again.exported).toBe(first.exported);
    // Also without the column of permits: uses that are spent stay spent.
    const raw = first.rows.find(({ key, line }) => key.startsWith('card:') && line === 3)?.raw;
    expect(built(`卡号\n${raw}\n`).rows[0]?.id).toBe(built('卡号\nqr:b\n').rows[0]?.id);
  });

  it('keeps its blanks, which are warned of, with line and column', () => {
    const { rows, warnings } = built('卡号,姓名\nqr: a,x\n"qr:a ",y\nqr:a,z\n qr:b,\nqr:a\tb,\nqr:12345678,\n');
    expect(rows.map(({ key }) => key)).toEqual(
      [' a', 'a ', 'a', 'b', 'a\tb', '12345678'].map((one) => scanned(utf8(one))),
    );
    expect(warnings.map(({ line, column, code }) => `${line} ${column} ${code}`)).toEqual([
      '2 卡号 qrBlanks',
      '3 卡号 qrBlanks',
      '6 卡号 qrUnseen',
      '7 卡号 qrDigits',
    ]);
  });

  it('that no reader gives is refused with the rest of the file, and told once', () => {
    const long = 'a'.repeat(3073);
    const result = imported(`卡号\nqr:ok\nqr:\n"qr: \u0007"\nqr:${long}\nqr:ok\n`);
    expect(result.kind).toBe('rejected');
    if (result.kind !== 'rejected') return;
    expect(result.problems.map(({ line, column, code }) => `${line} ${column} ${code}`)).toEqual([
      '3 卡号 badQrText',
      '4 卡号 badQrText',
      '5 卡号 badQrText',
      '6 null duplicate',
    ]);
    expect(result.problems.map(({ hint }) => hint.en.split(' ').slice(0, 3).join(' '))).toEqual([
      'no text stands',
      'it holds control',
      'it is longer',
      'repeats line 2',
    ]);
    expect(Math.max(...result.problems.map(({ value }) => value.length))).toBeLessThanOrEqual(100);
  });
});
