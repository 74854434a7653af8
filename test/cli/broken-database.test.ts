import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { killStarted } from '../house/running.ts';
import { at, gatehouse, makeSite, type Site } from './site.ts';

const sites: Site[] = [];
afterAll(() => {
  killStarted();
  for (const site of sites) site.remove();
});

function newSite(): Site {
  const site = makeSite();
  sites.push(site);
  return site;
}

async function listed(): Promise<Site> {
  const site = newSite();
  const csv = site.write('l.csv', '车牌,姓名\n京A12345,张三\n沪C11111,李四\n京B67890,王五\n');
  expect((await gatehouse(['list', 'import', csv, '--yes', ...at(site)])).code).toBe(0);
  return site;
}

/** Noise over pages of the database, its header whole or not. */
function spoil(site: Site, keepHeader: boolean): void {
  const path = join(site.state, 'gatehouse.db');
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  const noise = Buffer.alloc(60_000, 0xa7);
  writeFileSync(path, keepHeader ? Buffer.concat([Buffer.from('SQLite format 3\0'), noise]) : noise);
}

const commands = [
  ['list', 'find', '京A'],
  ['list', 'export'],
  ['list', 'versions'],
  ['journal', 'verify'],
  ['journal', 'tail'],
];

async function answers(site: Site, command: readonly string[], words: { zh: string; en: string }): Promise<void> {
  for (const lang of ['zh', 'en'] as const) {
    const { code, out, err } = await gatehouse([...command, ...at(site), '--lang', lang]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(words[lang]);
    expect(err).not.toMatch(/SQLITE|Error:|^\s+at /m);
  }
  const { code, out } = await gatehouse([...command, ...at(site), '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(out).error).toMatchObject({ code: 'error', en: expect.stringContaining(words.en) });
}

describe('a database that is', () => {
  it.each(commands)('overwritten by noise: "%s %s" says what to do, in both languages, with 1', async (...command) => {
    const site = await listed();
    spoil(site, false);
    await answers(site, command, { zh: '数据库文件损坏', en: 'the database file is damaged' });
  });

  it('torn within: neither is its text shown raw', async () => {
    const site = await listed();
    spoil(site, true);
    await answers(site, ['journal', 'verify'], { zh: '数据库', en: 'database' });
  });

  it('not there: verify and tail say so, find that there is no list, and nothing is made', async () => {
    const site = newSite();
    mkdirSync(site.state);
    for (const command of [commands[3], commands[4]])
      await answers(site, command ?? [], { zh: '中没有流水', en: 'there is no journal in' });
    for (const command of [
      ['list', 'find', '京A'],
      ['list', 'versions'],
    ])
      await answers(site, command, { zh: '没有数据库', en: 'holds no database' });
    expect(readdirSync(site.state)).toEqual([]);
  });
});

it('a list whose file is gone or damaged is said to be that, not the database', async () => {
  const site = await listed();
  const folder = join(site.state, 'lists');
  const file = join(folder, readdirSync(folder).find((name) => /^list-.*\.db$/.test(name)) ?? 'none');
  expect(existsSync(file)).toBe(true);
  writeFileSync(file, Buffer.alloc(40_000, 0xa7));
  const words = { zh: '缺失或损坏', en: 'is missing or damaged' };
  for (const command of commands.slice(0, 2)) await answers(site, command, words);
  rmSync(file);
  await answers(site, ['list', 'find', '京A'], words);
});

describe('a dry run', () => {
  it('says that the adoption would be refused, with 1, and that --force would take it, with 0', async () => {
    const site = await listed();
    const short = site.write('short.csv', '车牌\n京A12345\n');
    const refused = await gatehouse(['list', 'import', short, '--dry-run', ...at(site), '--lang', 'en']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.out).toContain('less than half');
    const json = await gatehouse(['list', 'import', short, '--dry-run', '--json', ...at(site)]);
    expect(JSON.parse(json.out)).toMatchObject({ result: 'dryRun', refusal: 'listShrunk' });
    const forced = await gatehouse(['list', 'import', short, '--dry-run', '--force', '--json', ...at(site)]);
    expect(forced.code).toBe(0);
    expect(JSON.parse(forced.out)).toMatchObject({ result: 'dryRun', refusal: null });
  });
});

it.each([['list'], ['journal'], ['simulate']])('the help of "%s" lists the exit codes', async (group) => {
  const { code, out } = await gatehouse([group, '--help']);
  expect(code).toBe(0);
  expect(out).toMatch(/Exit codes[\s\S]*64 +called wrongly/);
});
