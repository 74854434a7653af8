import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { usageText } from '../../src/cli/usage-words.ts';
import { killStarted } from '../house/running.ts';
import { gatehouse } from './site.ts';

afterAll(() => killStarted());

/** What commander itself throws, so that a release that says it otherwise is noticed. */
function thrown(args: readonly string[]): CommanderError {
  const program = new Command('gatehouse').exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  const quiet = () => undefined;
  program
    .command('check')
    .argument('[dir]')
    .addOption(new Option('--lang <l>').choices(['zh', 'en']))
    .action(quiet);
  program.command('find').argument('<text>').requiredOption('--lane <lane>').action(quiet);
  program
    .command('tail')
    .argument('[n]', '', () => {
      throw new InvalidArgumentError('1 … 10');
    })
    .addOption(new Option('--one').conflicts('two'))
    .option('--two')
    .action(quiet);
  program.command('list').command('export').action(quiet);
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error;
    throw error;
  }
  throw new Error(`${args.join(' ')} was taken`);
}

describe('what was wrong with a call', () => {
  it.each([
    [['chek'], '没有命令 "chek"；是否想写 check？', 'there is no command "chek". Did you mean check?'],
    [['check', '--lng'], '没有选项 --lng；是否想写 --lang？', 'there is no option --lng. Did you mean --lang?'],
    [['check', '--zzzz'], '没有选项 --zzzz', 'there is no option --zzzz'],
    [['find', '--lane', 'a'], '缺少参数 <text>', 'the argument <text> is missing'],
    [['find', 'x', '--lane'], '选项 --lane <lane> 缺少值', 'the option --lane <lane> lacks its value'],
    [['find', 'x'], '必须写选项 --lane <lane>', 'the option --lane <lane> must be given'],
    [['tail', '--one', '--two'], '--one 和 --two 不能同时使用', '--one and --two cannot be used together'],
    [['check', 'a', 'b'], '参数太多：需要 1 个，写了 2 个', 'too many arguments: 1 wanted, 2 given'],
    [
      ['check', '--lang', 'fr'],
      '--lang <l> 的值 "fr" 不可用；可写：zh, en',
      '"fr" cannot be the value of --lang <l>; it may be: zh, en',
    ],
    [['tail', '0'], '<n> 的值 "0" 不可用；可写：1 … 10', '"0" cannot be the value of <n>; it may be: 1 … 10'],
    [['list'], '缺少命令；用法见 --help', 'a command is missing; see --help'],
  ])('%j is said in both languages', (args, zh, en) => {
    const { code, message } = thrown(args);
    expect(usageText(code, message)).toEqual({ zh, en });
  });

  it('is said as it is where nothing better is known', () => {
    expect(usageText('commander.somethingNew', 'error: odd')).toEqual({ zh: '用法错误：odd', en: 'odd' });
  });

  it('is said in the language asked for, once, with 64', async () => {
    for (const asked of [['--lang', 'zh'], ['--lang=zh']]) {
      const { code, out, err } = await gatehouse(['check', '--nonsense', ...asked]);
      expect([code, out, err]).toEqual([64, '', 'gatehouse: 没有选项 --nonsense']);
    }
    expect((await gatehouse(['check', '--nonsense'], { LANG: 'zh_CN.UTF-8', LC_ALL: '' })).err).toContain('没有选项');
  });

  it('is JSON on stdout where that was asked for, as the help promises', async () => {
    for (const args of [
      ['check', '--nonsense', '--json'],
      ['list', '--json'],
      ['list', 'rollback', '--json'],
    ]) {
      const { code, out } = await gatehouse(args);
      expect(code).toBe(64);
      expect(JSON.parse(out)).toEqual({
        error: { code: 'usage', zh: expect.stringMatching(/\p{Script=Han}/u), en: expect.stringMatching(/[a-z]{3}/) },
      });
    }
  });
});
