/** The options that every command shares, and what follows from them: language, folders, the site's own time. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Language } from '../core/words/words.ts';
import { type Configuration, peekConfiguration, stateDirOf } from '../runtime/configuration.ts';
import { type FoundDriver, findDrivers } from '../runtime/registry.ts';
import { exitCodes } from './exit-codes.ts';
import { refuseUnreadable } from './failure.ts';

export interface SharedOptions {
  readonly config: string;
  readonly state?: string;
  readonly lang?: Language;
  readonly json?: boolean;
}

export type Say = (zh: string, en: string) => string;

export interface Settings {
  readonly language: Language;
  readonly json: boolean;
  readonly say: Say;
  readonly configDir: string;
  readonly stateDir: string;
  readonly drivers: readonly FoundDriver[];
  /** The configuration as it would run now; reads, never writes. */
  readonly configuration: Configuration;
  /** The site's, or this machine's while no site is known. */
  readonly timezone: string;
}

/** Adds --config, --state, --lang and --json, and the exit codes to the help. */
export function share(command: Command, exits: readonly (keyof typeof exitCodes)[]): Command {
  return command
    .addOption(
      new Option('--config <dir>', 'folder of the YAML files / 配置目录')
        .env('GATEHOUSE_CONFIG')
        .default('/etc/gatehouse'),
    )
    .addOption(
      new Option(
        '--state <dir>',
        'folder of the database / 数据目录 (default: $STATE_DIRECTORY, then store.dir of the configuration)',
      ).env('GATEHOUSE_STATE'),
    )
    .addOption(
      new Option('--lang <language>', 'zh | en (default: from $LC_ALL, $LC_MESSAGES, $LANG)').choices(['zh', 'en']),
    )
    .option('--json', 'for programs, errors as {"error":{code,zh,en}} on stdout / 供程序读取，错误也以 JSON 输出')
    .addHelpText('after', `\n${exitsText(exits)}`);
}

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  fine: 'fine / 成功',
  error: 'errors, not found, refused, broken / 有错误、未找到、被拒绝、已损坏',
  warnings: 'warnings only / 仅有警告',
  usage: 'called wrongly / 用法错误',
  notRunning: 'no gateway runs / 网关未运行',
  defect: 'a defect of ours / 程序缺陷',
};

export function exitsText(exits: readonly (keyof typeof exitCodes)[]): string {
  const all = [...exits, 'usage', 'defect'] as const;
  return `Exit codes / 退出码:\n${all.map((name) => `  ${String(exitCodes[name]).padEnd(4)}${meanings[name]}`).join('\n')}`;
}

/** POSIX's order: the first that is set decides, whatever it says. */
export function languageOf(asked: string | undefined, env: Readonly<Record<string, string | undefined>>): Language {
  if (asked === 'zh' || asked === 'en') return asked;
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== '');
  return locale?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** @throws Failure, with this exit code, where the state's place stands in a configuration that this user may not read. */
export async function openSettings(options: SharedOptions, exit: number = exitCodes.error): Promise<Settings> {
  const language = languageOf(options.lang, process.env);
  const drivers = await findDrivers((folder) => process.stderr.write(`drivers/${folder}: does not load\n`));
  // An empty variable is an unset one, never the folder one happens to stand in.
  const configDir = resolve(options.config === '' ? '/etc/gatehouse' : options.config);
  if (!options.state && !process.env.STATE_DIRECTORY) refuseUnreadable(configDir, exit);
  const base = { configDir, env: process.env, drivers };
  const stateDir = stateDirOf(options.state === undefined || options.state === '' ? null : options.state, base);
  let known: Configuration | null = null;
  const configuration = (): Configuration => {
    known ??= peekConfiguration(stateDir, base);
    return known;
  };
  return {
    language,
    json: options.json === true,
    say: (zh, en) => (language === 'zh' ? zh : en),
    configDir,
    stateDir,
    drivers,
    get configuration() {
      return configuration();
    },
    get timezone() {
      return configuration().running.site?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    },
  };
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What is not the answer itself: progress, remarks. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}
