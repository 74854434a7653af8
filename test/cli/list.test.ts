import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { killStarted } from '../house/running.ts';
import { at, fingerprint, gatehouse, makeSite, type Site } from './site.ts';

const site = makeSite();
const list = (args: readonly string[], where: Site = site) => gatehouse(['list', ...args, ...at(where)]);
const read = async (args: readonly string[]) => JSON.parse((await list([...args, '--json'])).out);
const find = async (text: string) => JSON.parse((await list(['find', text, '--personal', '--json'])).out);

const residents = `车牌,卡号,颜色,姓名,房号,车道,有效期止
京A12345,,蓝,张三,1-101,east-in,
京B67890,,,李四,1-102,,2027-01-31
,"213,02000",,王五,2-201,,
沪C11111,,,赵六,2-202,,
`;

// Each call is a process of its own; a busy machine takes its time over twenty of them.
vi.setConfig({ testTimeout: 90_000 });

beforeAll(async () => {
  const done = await list(['import', site.write('residents.csv', residents), '--yes']);
  expect(done).toMatchObject({ code: 0 });
  expect(done.out).toContain('no gateway runs; it is used from its next start');
});

afterAll(() => {
  killStarted();
  site.remove();
});

describe('gatehouse list import', () => {
  it('takes a first list before the gateway has ever run', async () => {
    const { versions } = await read(['versions']);
    expect(versions).toMatchObject([{ rows: 4, source: 'residents.csv', inForce: true }]);
  });

  it('shows by a dry run what would be added, removed and changed, and changes nothing', async () => {
    const next = residents.replace('沪C11111', '沪C22222').replace('1-102', '1-103');
    const file = site.write('next.csv', next);
    const { code, out } = await list(['import', file, '--dry-run']);
    expect(code).toBe(0);
    expect(out).toContain('1 added, 1 removed, 1 changed, 2 the same');
    expect(out).toContain('+ plate:沪C22222');
    expect(out).toContain('- plate:沪C11111');
    expect(out).toContain('~ plate:京B67890');
    const names = readdirSync(join(site.state, 'lists')).sort();
    expect(names.filter((name) => name.startsWith('building'))).toEqual([]);
    expect((await read(['versions'])).versions).toHaveLength(1);
  });

  it('writes nothing at all by a dry run where there is no database', async () => {
    const empty = makeSite();
    try {
      const file = empty.write('first.csv', residents);
      const before = fingerprint(empty.folder);
      const { code, out } = await list(['import', file, '--dry-run'], empty);
      expect(code).toBe(0);
      expect(out).toContain('4 added');
      expect(fingerprint(empty.folder)).toBe(before);
    } finally {
      empty.remove();
    }
  });

  it.each([
    ['en', 'line 3, column 车牌', 'Excel may have made it a number', 'not adopted'],
    ['zh', '第 3 行，车牌 列', 'Excel 可能改成了数字', '未采用'],
  ])(
    'names every bad cell with line, column and hint in %s, and adopts nothing',
    async (lang, where, hint, verdict) => {
      const bad = '车牌,车道,有效期止\n京A12345,east-in,\n1.23E+11,,\n京A11111,west-9,\n京A22222,,昨天\n';
      const { code, out } = await list(['import', site.write('bad.csv', bad), '--yes', '--lang', lang]);
      expect(code).toBe(1);
      expect(out).toContain(where);
      expect(out).toContain(hint);
      expect(out).toContain('west-9');
      expect(out).toContain('昨天');
      expect(out).toContain(verdict);
      expect((await read(['versions'])).versions).toMatchObject([{ source: 'residents.csv', inForce: true }]);
    },
  );

  it('blames Excel for numbers only: a slip of the pen is told as one', async () => {
    const { code, out } = await list(['import', site.write('slip.csv', '车牌\n东B12345\n12345678\n京A1\n'), '--yes']);
    expect(code).toBe(1);
    const lines = out.split('\n');
    expect(lines.find((line) => line.includes('东B12345'))).toMatch(/look at the province/);
    expect(lines.find((line) => line.includes('京A1'))).toMatch(/look at the province, the letter and the length/);
    expect(lines.find((line) => line.includes('Excel'))).toBeUndefined();
  });

  it('keeps the old list when the new one has shrunk, says why, and takes it by --force', async () => {
    const short = site.write('short.csv', '车牌\n京A12345\n');
    const refused = await list(['import', short, '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('less than half');
    expect(refused.err).toContain('--force');
    expect((await read(['find', '沪C11111'])).rows).toHaveLength(1);
    expect(readdirSync(join(site.state, 'lists')).filter((name) => name.startsWith('building'))).toEqual([]);

    expect((await list(['import', short, '--yes', '--force'])).code).toBe(0);
    expect((await list(['find', '沪C11111'])).code).toBe(1);
    const { versions } = await read(['versions']);
    const old = versions.find((version: { source: string }) => version.source === 'residents.csv');
    expect((await list(['rollback', old.version.slice(0, 8)])).code).toBe(0);
    expect((await read(['find', '沪C11111'])).rows).toHaveLength(1);
  });

  it('adopts nothing without a yes', async () => {
    const more = site.write('more.csv', `${residents}粤B00001,,,,,,\n`);
    const { code, out } = await list(['import', more]);
    expect(code).toBe(1);
    expect(out).toContain('1 added');
    expect(out).toContain('nothing was changed');
    expect((await list(['find', '粤B00001'])).code).toBe(1);
  });

  it('leaves every file to the owner of the state folder, also when root imports', async () => {
    const owned = makeSite();
    try {
      mkdirSync(owned.state);
      if (process.geteuid?.() === 0) chownSync(owned.state, 65_534, 65_534);
      expect((await list(['import', owned.write('l.csv', residents), '--yes'], owned)).code).toBe(0);
      const { uid } = statSync(owned.state);
      const owners = readdirSync(owned.state, { recursive: true }).map((name) => [
        name,
        statSync(join(owned.state, String(name))).uid,
      ]);
      expect(owners.length).toBeGreaterThan(2);
      expect(owners.filter(([, owner]) => owner !== uid)).toEqual([]);
    } finally {
      owned.remove();
    }
  });

  it('shows no progress noise among the answer, whatever the size', async () => {
    const rows = Array.from({ length: 60_000 }, (_, at) => `沪Z${String(at).padStart(5, '0')}\n`);
    const big = site.write('big.csv', `车牌\n${rows.join('')}`);
    const done = await list(['import', big, '--dry-run', '--json']);
    const report = JSON.parse(done.out);
    expect(report).toMatchObject({ result: 'dryRun', lines: 60_000 });
    expect(report.difference.added).toBe(60_000);
    expect(report.difference.removed).toBe(4);
  });

  it('reads GBK as old spreadsheets write it', async () => {
    const exported = join(site.folder, 'gbk.csv');
    expect((await list(['export', exported, '--gbk'])).code).toBe(0);
    // 车牌 in GBK.
    expect(readFileSync(exported).subarray(0, 4)).toEqual(Buffer.from([0xb3, 0xb5, 0xc5, 0xc6]));
    const report = await read(['import', exported, '--dry-run']);
    expect(report).toMatchObject({
      result: 'dryRun',
      encoding: 'gb18030',
      rows: 4,
      difference: { same: 4, changed: 0 },
    });
  });

  it('refuses to roll back to what is not kept', async () => {
    const { code, err } = await list(['rollback', 'ffffffff']);
    expect(code).toBe(1);
    expect(err).toContain('list versions');
  });
});

describe('gatehouse list export', () => {
  it('writes what imports to the same list, to a file that only its owner reads', async () => {
    const file = join(site.folder, 'export.csv');
    writeFileSync(file, 'old');
    expect((await list(['export', file])).code).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(text.startsWith('\ufeff车牌,卡号')).toBe(true);
    expect(text).toContain('京A12345');
    const report = await read(['import', file, '--dry-run']);
    expect(report.difference).toMatchObject({ added: 0, removed: 0, changed: 0, same: 4 });
    const printed = await list(['export']);
    expect(`${printed.out}\n`).toBe(text.replaceAll('\r\n', '\r\n'));
  });

  it('says which lines GBK cannot hold', async () => {
    const rare = makeSite();
    try {
      const file = rare.write('rare.csv', '车牌,姓名\n京A12345,𠮷野\n京A12346,王五\n');
      expect((await list(['import', file, '--yes'], rare)).code).toBe(0);
      const { code, err } = await list(['export', join(rare.folder, 'out.csv'), '--gbk'], rare);
      expect(code).toBe(0);
      expect(err).toContain('1 lines hold characters that GBK lacks');
    } finally {
      rare.remove();
    }
  });
});

describe('gatehouse list find', () => {
  it.each([
    ['a piece of a plate', 'B678', 'plate:京B67890'],
    ['a plate as a camera writes it', '京·b67890', 'plate:京B67890'],
    ['a card as 3+5', '213,02000', 'card:24:d507d0'],
    ['the same card as ten digits', '0013961168', 'card:24:d507d0'],
    ['the same card in hexadecimal', 'D507D0', 'card:24:d507d0'],
    ['a name', '王五', 'card:24:d507d0'],
    ['a room', '1-101', 'plate:京A12345'],
  ])('finds a right by %s', async (_, text, key) => {
    const { rows } = await find(text);
    expect(rows.map((row: { key: string }) => row.key)).toEqual([key]);
  });

  it('gives programs nobody’s plate, card, name or room unless they are asked for', async () => {
    const { out } = await list(['find', '京B67890', '--json']);
    expect(out).not.toMatch(/B67890|李四|1-102/);
    expect(JSON.parse(out).rows).toMatchObject([
      { key: null, raw: null, holder: null, room: null, category: 'resident', line: 3 },
    ]);
    expect((await find('京B67890')).rows).toMatchObject([{ key: 'plate:京B67890', holder: '李四', room: '1-102' }]);
    expect((await list(['find', '--help'])).out).toContain('plate, card, name and room too');
  });

  it('shows the row as a table in the language asked for', async () => {
    const { code, out } = await list(['find', '京B67890', '--lang', 'zh']);
    expect(code).toBe(0);
    expect(out).toMatch(/凭证 .*姓名 .*有效期/);
    expect(out).toMatch(/plate:京B67890 .*李四 .*2027-02-01 00:00/);
  });

  it('ends with 1 when nobody is found', async () => {
    expect((await list(['find', '琼Z99999'])).code).toBe(1);
  });
});
