/** `gatehouse simulate`: what a plate or a card would do at a lane. A dry run by the same pure step, unless --actuate is said. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { words } from '../core/words/words.ts';
import { ask, NotRunning } from '../runtime/control-client.ts';
import type { NoCommand, Rehearsal, SimulatedCredential, SimulationRequest } from '../runtime/rehearsal.ts';
import { actuate } from './actuate.ts';
import { reasonLines, verdictLine } from './decision-text.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { impersonalRehearsal } from './impersonal.ts';
import { count } from './list-find.ts';
import { wallOf } from './local-time.ts';
import { rehearseOffline } from './offline-site.ts';
import {
  exitsText,
  openSettings,
  print,
  printJson,
  remark,
  type Settings,
  share,
  type SharedOptions,
} from './settings.ts';
import { judgedText, type SimulatedCard, simulatedCard } from './simulated-card.ts';
import { qrNotation } from './written-card.ts';

interface SimulateOptions extends SharedOptions {
  readonly lane: string;
  readonly direction?: 'in' | 'out';
  readonly at?: string;
  readonly actuate?: boolean;
  readonly yes?: boolean;
  readonly personal?: boolean;
}

interface PlateOptions extends SimulateOptions {
  readonly color?: string;
  readonly confidence: number;
  readonly card?: string;
  readonly bits?: number;
}

interface CardOptions extends SimulateOptions {
  readonly bits?: number;
}

const bitsHelp =
  'significant bits of the card without parity, e.g. 24; as the reader of the lane gives them unless said / 卡的有效位数，默认按车道读卡器';
const colors = ['blue', 'yellow', 'white', 'black', 'green', 'yellowGreen', 'other', 'unknown'];

export function addSimulate(program: Command): void {
  const simulate = program
    .command('simulate')
    .description('what a credential would do at a lane; nothing moves without --actuate / 模拟凭证，默认不动作')
    .addHelpText('after', `\n${exitsText(['fine', 'error', 'notRunning'])}`);
  common(
    simulate
      .command('plate')
      .description('a plate read by the camera of a lane / 模拟车牌识别')
      .argument('<plate>', 'as a camera sends it / 车牌')
      .addOption(new Option('--color <color>', 'colour of the plate / 车牌颜色').choices(colors))
      .option('--confidence <0..1>', 'how sure the camera is / 置信度', share01, 0.99)
      .option('--card <number>', 'held to the reader beside it, for permits of plate + card / 同时刷的卡（车牌加卡）')
      .option('--bits <n>', bitsHelp, count)
      .addHelpText('after', `\n${qrNotation}`),
  ).action(async (plate: string, options: PlateOptions) => {
    const color = options.color ?? null;
    await run(options, { kind: 'plate', plate, color, confidence: options.confidence }, options.card ?? null);
  });
  common(
    simulate
      .command('card')
      .description('a card held to the reader of a lane / 模拟刷卡')
      .argument('<number>', 'in any usual notation / 任意常用写法的卡号')
      .option('--bits <n>', bitsHelp, count)
      .addHelpText('after', `\n${qrNotation}`),
  ).action(async (number: string, options: CardOptions) => {
    await run(options, null, number);
  });
}

function common(command: Command): Command {
  return share(
    command
      .requiredOption('--lane <lane>', 'lane id / 车道')
      .addOption(new Option('--direction <direction>', 'of a two-way lane / 双向车道的方向').choices(['in', 'out']))
      .option('--at <time>', 'decide as of this local time, 2026-10-01T12:00 / 按此时刻判定')
      .option('--actuate', 'take it as a live read: a boom may move / 当作真实识别，闸杆可能动作')
      .option('--yes', 'needed with --actuate / 与 --actuate 合用，确认动作')
      .option('--personal', 'with --json: personal fields too / 与 --json 合用：包含个人信息'),
    ['fine', 'error', 'notRunning'],
  );
}

function share01(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('0 … 1');
  return value;
}

type PlateShown = Extract<SimulatedCredential, { kind: 'plate' }>;
/** What is shown, and by how many bits its card is judged. */
interface Shown {
  readonly request: SimulationRequest;
  readonly card: SimulatedCard | null;
}

function shownBy(options: CardOptions, plate: PlateShown | null, number: string | null, settings: Settings): Shown {
  const asked = { lane: options.lane, direction: options.direction ?? null };
  if (number === null && plate !== null) return { request: { ...asked, credential: plate }, card: null };
  // Which direction a lane takes a credential in hangs on what kind it is, not on its number.
  const probe = { ...asked, credential: plate ?? { kind: 'card' as const, bits: 1, value: '0' } };
  const card = simulatedCard(number ?? '', options.bits ?? null, probe, settings);
  const credential = plate === null ? { kind: 'card' as const, ...card.card } : { ...plate, card: card.card };
  return { request: { ...asked, credential }, card };
}

/** @param number of a card, as it was written */
async function run(options: CardOptions, plate: PlateShown | null, number: string | null): Promise<void> {
  const settings = await openSettings(options);
  const at = options.at === undefined ? null : wallOf(options.at, settings.timezone);
  if (options.at !== undefined && at === null)
    throw said(exitCodes.usage, '--at 应写成 2026-10-01T12:00', '--at is written 2026-10-01T12:00');
  const personal = options.personal === true;
  const { request, card } = shownBy(options, plate, number, settings);
  if (options.actuate === true) {
    if (options.yes !== true)
      throw said(
        exitCodes.usage,
        `--actuate 会真实放行，可能抬起 ${options.lane} 的闸杆；确认现场安全后加 --yes`,
        `--actuate is a live read and may raise the boom of ${options.lane}; make sure that it is safe, then add --yes`,
      );
    if (plate !== null && number !== null)
      throw said(exitCodes.usage, '--card 只能用于试运行', '--card is for a dry run only');
    if (at !== null) throw said(exitCodes.usage, '--at 只能用于试运行', '--at is for a dry run only');
    const live = { method: 'simulate', ...request, at: null, actuate: true } as const;
    process.exitCode = await actuate(settings, live, personal);
    return;
  }
  const { rehearsal, gateway } = await rehearsed(settings, request, at);
  const shown = personal ? rehearsal : impersonalRehearsal(rehearsal);
  if (settings.json) printJson({ actuated: false, gateway, card: card?.judged ?? null, ...shown });
  else print(rehearsalText(settings, rehearsal, gateway, card));
}

type Gateway = 'running' | 'offline';

async function rehearsed(
  settings: Settings,
  request: SimulationRequest,
  at: number | null,
): Promise<{ readonly rehearsal: Rehearsal; readonly gateway: Gateway }> {
  try {
    const asked = { method: 'simulate', ...request, at, actuate: false } as const;
    return { rehearsal: (await ask(settings.stateDir, asked)) as Rehearsal, gateway: 'running' };
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
    if (!settings.json)
      remark(
        settings.say(
          '网关未运行：按配置与名单离线推演，假定时钟正确',
          'no gateway runs: worked out from the configuration and the list, the clock taken for right',
        ),
      );
    return { rehearsal: rehearseOffline(settings, request, at), gateway: 'offline' };
  }
}

/** Says first that nothing happened: a technician must not wait for a boom that was never asked. */
function rehearsalText(settings: Settings, rehearsal: Rehearsal, gateway: Gateway, card: SimulatedCard | null): string {
  const { say } = settings;
  const decision = rehearsal.decision?.decision;
  const moved =
    gateway === 'running'
      ? say('试运行（车辆视为在场），没有动作', 'dry run, a vehicle taken to be present; nothing moves')
      : say('离线试运行，没有动作', 'offline dry run; nothing moves');
  const head = card === null ? moved : `${moved}\n${judgedText(card, settings)}`;
  if (decision === undefined) {
    const why = rehearsal.records.map((record) => String(record.body.recordedOnly ?? record.kind)).join(', ');
    return `${head}\n${say(`· 不产生判定：${why}`, `· no decision would be made: ${why}`)}`;
  }
  const direction = words[settings.language].directions[rehearsal.direction];
  const assumed = rehearsal.directionAssumed
    ? [
        say(
          `方向：${direction}（假定；可用 --direction 指明）`,
          `direction: ${direction} (assumed; name it with --direction)`,
        ),
      ]
    : [];
  const commands = rehearsal.commands.map((command) => `  → ${command.device} ${command.action} (${command.priority})`);
  return [
    head,
    ...assumed,
    verdictLine(decision, settings),
    ...reasonLines(decision, settings),
    rehearsal.noCommand === null
      ? say('将发出：', 'would be commanded:')
      : say(
          `不会发出命令：${say(...noCommands[rehearsal.noCommand])}`,
          `nothing would be commanded: ${say(...noCommands[rehearsal.noCommand])}`,
        ),
    ...commands,
  ].join('\n');
}

const noCommands: Readonly<Record<NoCommand, readonly [zh: string, en: string]>> = {
  noDecision: ['没有判定', 'nothing is decided'],
  notGranted: ['未放行', 'it is not granted'],
  noPortal: ['本车道没有闸杆或门，只作记录', 'the lane has no portal and only records'],
  alreadyOpen: ['闸杆已开或正在开', 'the boom is up already, or on its way'],
  interlock: [
    '互锁的另一侧没有关上，要等它关上',
    'the other portal of its interlock is not closed, it would wait for that',
  ],
  oppositeCar: ['要等对向车辆通过', 'it waits for a car of the other direction'],
  passageBefore: ['要等前车通过', 'it waits for the car before'],
  boomBefore: ['要等前一次开闸完成', 'it waits for the opening before'],
  closing: ['要等落杆停止', 'it waits for a close to be overtaken'],
};
