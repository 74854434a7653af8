/** `gatehouse hold`, `lockdown` and `out-of-service`: a named person's word over a lane or the site, until it ends. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { suggestion } from '../config/suggest.ts';
import { formatDuration, parseDuration } from '../contract/duration.ts';
import type { OrderedPurpose } from '../core/io.ts';
import { words } from '../core/words/words.ts';
import { ask } from '../runtime/control-client.ts';
import type { OrderedLane } from '../runtime/ordered-claims.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { purposeWord } from './record-words.ts';
import { openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';
import { readStatus } from './status.ts';

interface ClaimOptions extends SharedOptions {
  readonly lane?: string;
  readonly site?: boolean;
  readonly by: string;
  readonly reason?: string;
  readonly for?: number;
  readonly count?: number;
  readonly end?: boolean;
}

const MOST_MS = 30 * 86_400_000;
const MOST_PASSAGES = 999;

const commands: readonly { readonly name: string; readonly purpose: OrderedPurpose; readonly about: string }[] = [
  {
    name: 'hold',
    purpose: 'hold',
    about: 'hold a boom open for a convoy, until a time or a number of vehicles / 车队常开，到时间或车数为止',
  },
  {
    name: 'lockdown',
    purpose: 'lockdown',
    about: 'refuse entries but emergency vehicles; exits stay open to leave by / 封闭：除应急车辆外不得进入，出口照常',
  },
  {
    name: 'out-of-service',
    purpose: 'outOfService',
    about:
      'refuse every credential, let software close nothing; fire and button still open / 检修：不认凭证、软件不落杆，火警与按钮照常',
  },
];

export function addClaims(program: Command): void {
  for (const { name, purpose, about } of commands) addClaim(program.command(name).description(about), purpose);
}

function addClaim(command: Command, purpose: OrderedPurpose): void {
  command
    .addOption(new Option('--lane <lane>', 'one lane / 一条车道').conflicts('site'))
    .addOption(new Option('--site', 'every lane / 全部车道').conflicts('lane'))
    .requiredOption('--by <name>', 'who orders or ends it; recorded / 下令或解除人姓名，记入流水')
    .option('--reason <text>', 'why; recorded, needed to begin / 原因，记入流水，下令时必须写')
    .addOption(
      new Option('--for <time>', 'ends by itself after 30s, 20m, 2h … / 到时间自行结束').argParser(readDuration),
    )
    .option('--end', 'end it / 解除');
  if (purpose === 'hold')
    command.addOption(
      new Option('--count <vehicles>', 'ends behind so many vehicles / 过完几辆车结束').argParser(readCount),
    );
  share(command, ['fine', 'error', 'notRunning']).action((options: ClaimOptions) => order(purpose, options));
}

function readDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < 1000 || ms > MOST_MS) throw new InvalidArgumentError('1s … 720h');
  return Math.round(ms);
}

function readCount(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError(`1 … ${MOST_PASSAGES}`);
  return count;
}

async function order(purpose: OrderedPurpose, options: ClaimOptions): Promise<void> {
  const { lane, by, reason, end = false } = options;
  if (lane === undefined && options.site !== true)
    throw said(exitCodes.usage, '须写明哪里：--lane 车道 或 --site', 'say where: --lane LANE or --site');
  if (!end && reason === undefined)
    throw said(exitCodes.usage, '必须写选项 --reason', 'the option --reason must be given');
  const { for: forMs = null, count = null } = options;
  if (!end && purpose === 'hold' && forMs === null && count === null)
    throw said(
      exitCodes.usage,
      '常开须有终点：--for 时间 或 --count 车数',
      'a hold has an end: --for TIME or --count VEHICLES',
    );
  const settings = await openSettings(options, exitCodes.notRunning);
  const reach = lane === undefined ? { kind: 'site' as const } : { kind: 'lane' as const, lane };
  const asked = end
    ? { method: 'endClaim' as const, purpose, reach, by }
    : { method: 'claim' as const, purpose, reach, by, reason: reason ?? '', forMs, passages: count };
  const lanes = await send(settings, lane, asked);
  const done = lanes.filter(({ stands, why }) => stands !== end && why === null);
  if (settings.json) printJson({ purpose, ended: end, lanes });
  else for (const one of lanes) print(laneLine(one, purpose, { end, forMs, count }, settings));
  // Of the whole site, a lane on which nothing stood to be ended is no failure.
  const fine = end ? done.length > 0 : done.length === lanes.length && lanes.length > 0;
  process.exitCode = fine ? exitCodes.fine : exitCodes.error;
}

async function send(
  settings: Settings,
  lane: string | undefined,
  asked: Parameters<typeof ask>[1],
): Promise<readonly OrderedLane[]> {
  try {
    return (await ask(settings.stateDir, asked)) as readonly OrderedLane[];
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'noSuchLane')) throw error;
    const { lanes } = await readStatus(settings);
    const { suggestZh, suggestEn } = suggestion(
      lane ?? '',
      lanes.map(({ id }) => id),
    );
    throw said(
      exitCodes.error,
      `没有车道 "${lane}"，什么都没有改变：${suggestZh}`,
      `there is no lane "${lane}", nothing was changed: ${suggestEn}`,
    );
  }
}

const refusals: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  noSuchClaim: ['没有这项占用', 'there was none'],
  noPortal: ['车道没有闸杆或门', 'the lane has no portal'],
  noHoldOutput: ['道闸没有保持开启的输出', 'the barrier has no output that holds it open'],
  keyHeldByEmergency: ['正在应急', 'an emergency stands'],
  tooManyClaims: ['占用过多', 'too many claims stand'],
  interlock: ['互锁的另一侧没有测到关闭', 'the other portal of its interlock is not measured closed'],
};

interface Told {
  readonly end: boolean;
  readonly forMs: number | null;
  readonly count: number | null;
}

function laneLine(
  { lane, stands, why, mode }: OrderedLane,
  purpose: OrderedPurpose,
  told: Told,
  settings: Settings,
): string {
  const { say, language } = settings;
  const what = purposeWord(purpose, say);
  const modes: Readonly<Record<string, string>> = words[language].modes;
  const now = say(`现在：${modes[mode] ?? mode}`, `now: ${modes[mode] ?? mode}`);
  if (why !== null) {
    const [zh, en] = refusals[why] ?? [why, why];
    const mark = told.end ? '·' : '✕';
    return `${mark} ${lane} ${what}: ${say(zh, en)}; ${now}`;
  }
  if (told.end) return `✓ ${lane} ${say(`${what}已解除`, `${what} has ended`)}; ${now}`;
  if (!stands) return `✕ ${lane} ${what}; ${now}`;
  const ends = [
    ...(told.forMs === null
      ? []
      : [say(`${formatDuration(told.forMs)} 后结束`, `ends in ${formatDuration(told.forMs)}`)]),
    ...(told.count === null ? [] : [say(`${told.count} 辆车后结束`, `ends behind ${told.count} vehicles`)]),
  ];
  return [`✓ ${lane} ${what}`, ...ends, now].join('; ');
}
