import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { killStarted, root } from '../house/running.ts';
import { at, gatehouse, makeSite } from './site.ts';

const site = makeSite();

afterAll(() => {
  killStarted();
  site.remove();
});

const commands = [
  'run',
  'check',
  'schema',
  'lanes',
  'devices',
  'faults',
  'list import',
  'list export',
  'list find',
  'list versions',
  'list rollback',
  'journal tail',
  'journal verify',
  'explain',
  'simulate plate',
  'simulate card',
  'emergency',
  'drill start',
  'drill record',
  'drill report',
  'open',
  'todo list',
  'todo answer',
  'hold',
  'lockdown',
  'out-of-service',
  'acknowledge',
  'release',
  'reload',
];

describe('calling gatehouse', () => {
  it.each(commands)('explains "%s" in Chinese and English', async (command) => {
    const { code, out } = await gatehouse([...command.split(' '), '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: gatehouse ${command}`);
    expect(out).toMatch(/\p{Script=Han}/u);
  });

  it('lists the exit codes in the help of a command', async () => {
    const { out } = await gatehouse(['lanes', '--help']);
    expect(out).toMatch(/69 +no gateway runs/);
  });

  it('answers a mistyped command with what was meant, and 64', async () => {
    const { code, err } = await gatehouse(['chek']);
    expect(code).toBe(64);
    expect(err).toContain('Did you mean check?');
  });

  it.each([
    [['lanes', '--nonsense']],
    [['list', 'rollback']],
    [['simulate', 'plate', '京A12345']],
    [['simulate', 'plate', '京A12345', '--lane', 'east-in', '--confidence', '7']],
    [['list']],
  ])('ends %j with 64', async (args) => {
    const { code, err } = await gatehouse(args);
    expect(code).toBe(64);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await gatehouse(['--version'])).toMatchObject({ code: 0, out: version });
  });

  it.each([
    ['en', 'no gateway runs on this state folder'],
    ['zh', '没有正在运行的网关'],
  ])('says in %s that no daemon runs, with 69 and nothing that could be taken for a state', async (lang, words) => {
    for (const command of ['lanes', 'devices', 'faults', 'reload']) {
      const { code, out, err } = await gatehouse([command, ...at(site), '--lang', lang]);
      expect(code).toBe(69);
      expect(err).toContain(words);
      expect(out).toBe('');
    }
  });

  it('takes the language from the locale when none is asked for', async () => {
    const chinese = await gatehouse(['lanes', ...at(site)], { LC_ALL: '', LC_MESSAGES: '', LANG: 'zh_CN.UTF-8' });
    expect(chinese.err).toContain('没有正在运行的网关');
    // POSIX: LC_ALL goes before LANG, whatever it says.
    const english = await gatehouse(['lanes', ...at(site)], { LC_ALL: 'en_US.UTF-8', LANG: 'zh_CN.UTF-8' });
    expect(english.err).toContain('no gateway runs');
  });
});
