import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failureOf } from '../../src/cli/failure.ts';
import { openForReading } from '../../src/store/sqlite.ts';
import { killStarted, node, root, run } from '../house/running.ts';
import { at, gatehouse, makeSite } from './site.ts';

const site = makeSite();
const missing = ['--config', site.config, '--state', join(site.folder, 'typo')];

// Each call is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  const list = site.write('list.csv', '车牌,姓名,房号\n京A12345,张三,1-101\n');
  expect((await gatehouse(['list', 'import', list, '--yes', ...at(site)])).code).toBe(0);
});

afterAll(() => {
  killStarted();
  site.remove();
});

describe('a state folder that is not there', () => {
  it.each([
    [['journal', 'tail'], '没有流水', 'there is no journal in'],
    [['journal', 'verify'], '没有流水', 'there is no journal in'],
    [['explain', '1'], '没有流水', 'there is no journal in'],
    [['list', 'versions'], '还没有名单', 'holds no database'],
    [['list', 'find', 'x'], '还没有名单', 'holds no database'],
  ])('is named by %j, with 1', async (command, zh, en) => {
    const chinese = await gatehouse([...command, ...missing, '--lang', 'zh']);
    expect([chinese.code, chinese.out]).toEqual([1, '']);
    expect(chinese.err).toContain(zh);
    expect(chinese.err).toContain(join(site.folder, 'typo'));
    const english = await gatehouse([...command, ...missing, '--json']);
    expect(english.code).toBe(1);
    expect(JSON.parse(english.out).error).toMatchObject({ code: 'error', en: expect.stringContaining(en) });
  });

  it('is a database that does not open, wherever it is opened, and no defect of ours', () => {
    let caught: unknown = null;
    try {
      openForReading(join(site.folder, 'typo', 'gatehouse.db'));
    } catch (error) {
      caught = error;
    }
    expect(failureOf(caught)).toMatchObject({ exit: 1, text: { en: expect.stringContaining('does not open') } });
  });
});

describe('a name that means nothing', () => {
  it.each([
    [['--kind', 'bogus'], '"bogus"', 'known: plateRead'],
    [['--kind', 'desision'], '"desision"', 'did you mean "decision"?'],
    [['--lane', 'esat-in'], '"esat-in"', 'did you mean "east-in"?'],
  ])('is told by journal tail %j, with 64', async (filter, named, en) => {
    const { code, out, err } = await gatehouse(['journal', 'tail', ...filter, ...at(site)]);
    expect([code, out]).toEqual([64, '']);
    expect(err).toContain(named);
    expect(err).toContain(en);
    expect((await gatehouse(['journal', 'tail', ...filter, ...at(site), '--lang', 'zh'])).err).toContain('没有');
  });

  it('is not what a kind or lane is of which nothing is on record yet', async () => {
    for (const filter of [
      ['--kind', 'decision'],
      ['--lane', 'east-in'],
    ]) {
      const { code, err } = await gatehouse(['journal', 'tail', ...filter, ...at(site)]);
      expect([code, err]).toEqual([0, '']);
    }
  });

  it('is a folder given for a CSV file', async () => {
    const folder = join(site.folder, 'csv');
    mkdirSync(folder);
    const { code, err } = await gatehouse(['list', 'import', folder, ...at(site), '--lang', 'zh']);
    expect(code).toBe(1);
    expect(err).toContain(`${folder} 是目录`);
  });
});

it('list export - writes to standard output, not to a file of that name', async () => {
  const env = { LC_ALL: 'C', GATEHOUSE_CONFIG: '', GATEHOUSE_STATE: '', STATE_DIRECTORY: '' };
  const args = [join(root, 'src/cli/main.ts'), 'list', 'export', '-', ...at(site)];
  const started = run(node, args, { cwd: site.folder, env });
  expect(await started.ended).toMatchObject({ code: 0 });
  expect(started.out.join('\n')).toContain('京A12345');
  expect(existsSync(join(site.folder, '-'))).toBe(false);
});

describe('simulate --json', () => {
  const call = ['simulate', 'plate', '京A12345', '--lane', 'east-in', '--json', ...at(site)];

  it('shows nothing personal', async () => {
    const { code, out } = await gatehouse(call);
    expect(code).toBe(0);
    const { decision, records } = JSON.parse(out);
    expect(decision.decision).toMatchObject({ outcome: 'granted', code: 'permitted' });
    expect(records.length).toBeGreaterThan(1);
    for (const record of records) expect(record.personal).toBeNull();
    for (const personal of ['京A12345', '张三', '1-101']) expect(out).not.toContain(personal);
  });

  it('names no other person by a near plate', async () => {
    const near = call.map((word) => (word === '京A12345' ? '京A1234S' : word));
    const { out } = await gatehouse(near);
    expect(JSON.parse(out).decision.decision.suggestion).toEqual({ rowId: expect.any(String), changed: 6 });
    expect(out).not.toContain('京A12345');
  });

  it('shows it where that is asked for', async () => {
    const { decision } = JSON.parse((await gatehouse([...call, '--personal'])).out);
    expect(decision.personal).toMatchObject({ plate: '京A12345', holder: '张三', room: '1-101' });
  });
});
