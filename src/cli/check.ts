/** `gatehouse check`: everything that is wrong with the configuration, and what would run of it. Reads, never writes. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatProblems, problemsJson } from '../config/format.ts';
import { exitCode } from '../config/load.ts';
import type { Running, SectionState } from '../config/last-known-good.ts';
import { sectionKey } from '../config/problem.ts';
import { firstStart } from '../runtime/configuration.ts';
import { outcomeJson, outcomeText } from './check-outcome.ts';
import { exitCodes } from './exit-codes.ts';
import { halfMissingText, halvesMissingInForce } from './half-missing.ts';
import { accessCode, refuseUnreadable, said } from './failure.ts';
import { wallText } from './local-time.ts';
import { openSettings, print, type Settings, share, type SharedOptions } from './settings.ts';
import { plain } from './text-layout.ts';

const PARTS_SHOWN = 12;

export function addCheck(program: Command): void {
  share(
    program
      .command('check')
      .description('check the configuration and change nothing / 检查配置，不做任何改动')
      .argument('[dir]', 'folder of the YAML files, or one file / 配置目录或单个文件'),
    ['fine', 'error', 'warnings'],
  ).action(async (dir: string | undefined, options: SharedOptions) => {
    const settings = await openSettings(dir === undefined ? options : { ...options, config: resolve(dir) });
    needFolder(settings.configDir);
    const { load, running } = settings.configuration;
    const first = firstStart(load, settings.drivers);
    const halves = await halvesMissingInForce(settings.stateDir, running.site);
    if (settings.json) {
      const outcome = { now: outcomeJson(running), firstStart: outcomeJson(first) };
      print(problemsJson(load.problems, load.omitted, { outcome, halvesMissing: halves }));
    } else {
      if (load.problems.length > 0) print(`${formatProblems(load.problems, settings.language, load.omitted)}\n`);
      const outcome = outcomeText(settings, running, first);
      const lacks = halves.map((one) => halfMissingText(one)[settings.language]);
      print([summary(settings), ...lacks, ...fallbacks(settings, running), ...outcome].join('\n'));
    }
    const code = exitCode(load.problems);
    process.exitCode = code === exitCodes.fine && halves.length > 0 ? exitCodes.warnings : code;
  });
}

/** A missing folder has no line to point at, and is not a site that lacks its sections. */
function needFolder(path: string): void {
  refuseUnreadable(path);
  if (accessCode(path) !== null)
    throw said(
      exitCodes.error,
      `没有配置目录 ${path}；用 --config 指定`,
      `there is no configuration folder ${path}; name another with --config`,
    );
}

/** `1 lane`, `2 lanes`. */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function summary({ configuration: { load }, configDir, say }: Settings): string {
  const count = (severity: string) => load.problems.filter((problem) => problem.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const kinds = (kind: string) => [...load.sections.values()].filter((section) => section.ref.kind === kind).length;
  const size = say(
    `${load.files.length} 个文件，${kinds('lane')} 条车道，${kinds('device')} 台设备，${kinds('line')} 条总线`,
    `${counted(load.files.length, 'file')}, ${counted(kinds('lane'), 'lane')}, ${counted(kinds('device'), 'device')}, ${counted(kinds('line'), 'line')}`,
  );
  const verdict =
    errors + warnings === 0
      ? say('✓ 配置无误', '✓ the configuration is fine')
      : say(`${errors} 个错误，${warnings} 个警告`, `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`);
  return `${verdict}  ${configDir}  (${size})  ${load.hash.slice(0, 12)}`;
}

/** What a reload now would leave on its last known good, or off: the technician reads it before doing so. */
function fallbacks(settings: Settings, running: Running): readonly string[] {
  return running.sections.flatMap((section) => {
    const line = fallback(settings, section);
    return line === null ? [] : [line];
  });
}

function fallback({ say, timezone }: Settings, section: SectionState): string | null {
  const name = sectionKey(section.ref);
  switch (section.state) {
    case 'current':
      return null;
    case 'partial': {
      const parts = section.left.map(({ path }) => path.join('.'));
      const shown = plain(parts.slice(0, PARTS_SHOWN).join(', ')) + (parts.length > PARTS_SHOWN ? ' …' : '');
      return parts.length === 0 ? null : say(`! ${name} 将运行，除了 ${shown}`, `! ${name} would run, except ${shown}`);
    }
    case 'off':
      return say(`! ${name} 将不运行，直到改正`, `! ${name} would stay off until mended`);
    case 'lastKnownGood': {
      const since = wallText(section.since, timezone).slice(0, 16);
      return say(`! ${name} 将沿用上次有效配置 (${since})`, `! ${name} would run on its last known good (${since})`);
    }
  }
}
