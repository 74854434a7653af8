/** `gatehouse explain`: why, with every rule, who or what moved the boom, and the milliseconds of each stage (I11). */
import type { Command } from 'commander';
import { normalisePlate } from '../core/plate/plate.ts';
import type { JournalReader, StoredRecord } from '../store/journal-read.ts';
import { type UpstreamStage, upstreamStageOf } from '../runtime/upstream-view.ts';
import { exitCodes } from './exit-codes.ts';
import { explainText } from './explain-text.ts';
import { said } from './failure.ts';
import { impersonalStory } from './impersonal.ts';
import { wallOf } from './local-time.ts';
import { openJournal } from './open-journal.ts';
import { openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';
import { type Stage, stagesOf } from './stages.ts';
import { type Story, storyOf } from './story.ts';
import { upstreamStageText } from './upstream-stage-text.ts';

interface ExplainOptions extends SharedOptions {
  readonly plate?: string;
  readonly at?: string;
  readonly personal?: boolean;
}

/** Shape of `--json`; records are `StoredRecord` (store/journal-read.ts), their `personal` null unless it was asked for. */
export interface ExplainReport extends Story {
  readonly stages: readonly Stage[];
  /** Of the decision, or of the event where there is none. */
  readonly upstream: UpstreamStage;
}

export function addExplain(program: Command): void {
  share(
    program
      .command('explain')
      .description('why something happened: rules, facts, commands, milliseconds / 解释一次事件')
      .argument(
        '[event]',
        'sequence number, command id (boot.n), or record of a boot (boot#ref) / 流水号、命令号或启动号#记录号',
      )
      .option('--plate <plate>', 'the latest decision about this plate / 该车牌的最近一次判定')
      .option('--at <time>', 'with --plate: at or before this local time, 2026-10-01T12:00 / 此时刻或之前')
      .option('--personal', 'with --json: personal fields too / 与 --json 合用：包含个人信息'),
    ['fine', 'error'],
  ).action(async (event: string | undefined, options: ExplainOptions) => {
    const settings = await openSettings(options);
    const reader = openJournal(settings);
    try {
      const record = find(reader, event, options, settings);
      const story = storyOf(reader, record);
      const upstream = upstreamStageOf(reader, story.decision ?? story.event);
      if (settings.json) printJson(reportOf(story, upstream, options.personal === true));
      else print(`${explainText(story, stagesOf(story), settings)}\n\n${upstreamStageText(upstream, settings)}`);
    } finally {
      reader.close();
    }
  });
}

function find(
  reader: JournalReader,
  event: string | undefined,
  options: ExplainOptions,
  settings: Settings,
): StoredRecord {
  const found = event === undefined ? byPlate(reader, options, settings) : byName(reader, event);
  if (found === null)
    throw said(
      exitCodes.error,
      '流水中没有这个事件；最近的见 gatehouse journal tail --kind decision',
      'the journal has no such event; see "gatehouse journal tail --kind decision" for the newest',
    );
  return found;
}

function byName(reader: JournalReader, event: string): StoredRecord | null {
  const name = event.replace(/^#/, '');
  if (/^\d{1,15}$/.test(name)) return reader.bySeq(Number(name));
  const parts = /^([0-9a-z]+)([.#])(\d{1,15})$/.exec(name);
  if (parts === null)
    throw said(
      exitCodes.usage,
      `无法识别 "${event}"：应为流水号、启动号.n（命令）或启动号#n（记录）`,
      `"${event}" is no event: give a sequence number, boot.n for a command, or boot#n for a record`,
    );
  const [, boot = '', mark = '', number = ''] = parts;
  // Commands and records are both numbered within a boot; a dot means the command where there is one.
  const command = mark === '.' ? reader.byCommand(name).find((record) => record.kind === 'commanded') : undefined;
  return command ?? reader.byRef(boot, Number(number));
}

function byPlate(reader: JournalReader, options: ExplainOptions, { timezone }: Settings): StoredRecord | null {
  if (options.plate === undefined)
    throw said(exitCodes.usage, '请给出事件，或用 --plate 指定车牌', 'name an event, or a plate with --plate');
  const at = options.at === undefined ? Number.MAX_SAFE_INTEGER : wallOf(options.at, timezone);
  if (at === null) throw said(exitCodes.usage, '--at 应写成 2026-10-01T12:00', '--at is written 2026-10-01T12:00');
  return reader.latestDecision(normalisePlate(options.plate).text, at);
}

function reportOf(story: Story, upstream: UpstreamStage, personal: boolean): ExplainReport {
  return { ...(personal ? story : impersonalStory(story)), upstream, stages: stagesOf(story) };
}
