/** `gatehouse bypass`: takes a safety sensor out of what a close looks at, for a while and by a named person; or ends that. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../contract/duration.ts';
import { ask } from '../runtime/control-client.ts';
import type { BypassAnswer } from '../runtime/closing-requests.ts';
import { detailWords } from './detail-words.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { refusalText } from './close-words.ts';
import { openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';
import { readStatus } from './status.ts';
import { ageText } from './text-layout.ts';

interface BypassOptions extends SharedOptions {
  readonly by: string;
  readonly reason?: string;
  readonly for?: number;
  readonly end?: boolean;
}

export function addBypass(program: Command): void {
  share(
    program
      .command('bypass')
      .description(
        'let a boom close without one safety sensor, only while a person who watches holds the close; needs boardProtection / 旁路一个防砸传感器，此后只能看着闸杆按住关闸，须已证实道闸自身防砸',
      )
      .argument('<lane>', 'lane id / 车道')
      .argument('<input>', 'obstruction input, see "gatehouse lanes" / 防砸输入的名称')
      .requiredOption('--by <name>', 'technician; recorded / 技术人员姓名，记入流水')
      .option('--reason <text>', 'why; recorded / 原因，记入流水')
      .addOption(
        new Option('--for <duration>', 'how long, up to 12h; a restart ends it sooner / 时长，最长 12h，重启即结束')
          .argParser(duration)
          .conflicts('end'),
      )
      .option('--end', 'end the bypass now / 立即结束旁路'),
    ['fine', 'error', 'notRunning'],
  ).action(async (lane: string, input: string, options: BypassOptions) => {
    if (options.end !== true && (options.for === undefined || options.reason === undefined))
      throw said(
        exitCodes.usage,
        '旁路需要 --reason 和 --for，例如 --for 2h',
        'a bypass needs --reason and --for, e.g. --for 2h',
      );
    const settings = await openSettings(options, exitCodes.notRunning);
    await refuseUnknown(settings, lane, input);
    const { by, reason = '', for: forMs = 0 } = options;
    const answer = (await ask(
      settings.stateDir,
      options.end === true
        ? { method: 'endBypass', lane, input, by }
        : { method: 'bypass', lane, input, by, reason, forMs },
    )) as BypassAnswer;
    if (settings.json) printJson(answer);
    else print(report(lane, input, options, answer, settings));
    process.exitCode = answer.refused === null ? exitCodes.fine : exitCodes.error;
  });
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0) throw new InvalidArgumentError('30m, 2h … 12h');
  return ms;
}

async function refuseUnknown(settings: Settings, lane: string, input: string): Promise<void> {
  const view = (await readStatus(settings)).lanes.find(({ id }) => id === lane);
  if (view === undefined) throw said(exitCodes.error, `没有车道 ${lane}`, `there is no lane ${lane}`);
  const inputs = Object.keys(view.inputs);
  if (inputs.includes(input)) return;
  throw said(
    exitCodes.error,
    `车道 ${lane} 没有输入 ${input}；现有：${inputs.join(' ') || '无'}`,
    `lane ${lane} has no input ${input}; it has: ${inputs.join(' ') || 'none'}`,
  );
}

function report(
  lane: string,
  input: string,
  options: BypassOptions,
  { refused }: BypassAnswer,
  { say, language }: Settings,
): string {
  if (refused !== null) {
    const why = refusalText(refused, language) ?? detailWords(refused, language);
    return say(`✕ 未执行：${why}`, `✕ refused: ${why}`);
  }
  if (options.end === true) return say(`✓ ${input} 恢复生效`, `✓ ${input} counts again`);
  const left = ageText(options.for ?? 0, say);
  return say(
    `✓ 已旁路 ${input}，${left} 后自动恢复。落杆：gatehouse close ${lane} --attended --by 姓名，看着闸杆并按住空格键`,
    `✓ ${input} is bypassed for ${left}. To close: gatehouse close ${lane} --attended --by NAME, watch the boom and hold the space bar`,
  );
}
