/** `gatehouse journal tail` and `journal verify`. */
import type { Command } from 'commander';
import { followJournal } from './journal-follow.ts';
import { reportText } from './journal-report.ts';
import { exitCodes } from './exit-codes.ts';
import { runChore } from '../store/chores.ts';
import type { StoredRecord } from '../store/journal-read.ts';
import { count } from './list-find.ts';
import { needJournal, neverMatches, openJournal } from './open-journal.ts';
import { recordLine } from './record-line.ts';
import { exitsText, openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';

interface TailOptions extends SharedOptions {
  readonly lines: number;
  readonly follow?: boolean;
  readonly lane?: string;
  readonly kind?: string;
  readonly personal?: boolean;
}

export function addJournal(program: Command): void {
  const journal = program
    .command('journal')
    .description('the record of everything that happened / 事件流水')
    .addHelpText('after', `\n${exitsText(['fine', 'error', 'notRunning'])}`);
  share(
    journal
      .command('tail')
      .description('the newest records, readable / 最近的流水')
      .option('-n, --lines <n>', 'how many / 条数', count, 20)
      .option('-f, --follow', 'go on as records are made durable / 持续显示')
      .option('--lane <lane>', 'of one lane only / 只看一条车道')
      .option('--kind <kind>', 'of one kind only: decision, commanded, position … / 只看一类')
      .option('--personal', 'with --json: personal fields too / 与 --json 合用：包含个人信息'),
    ['fine', 'error', 'notRunning'],
  ).action(tail);
  share(journal.command('verify').description('prove that nothing was edited, removed or cut off / 验证流水完整'), [
    'fine',
    'error',
  ])
    .addHelpText(
      'after',
      '0 only where all of it was read and proved; a journal that cannot be read ends with 1 / 只有全部读完并证明完整才是 0，读不出来也是 1',
    )
    .action(async (options: SharedOptions) => {
      const settings = await openSettings(options);
      needJournal(settings);
      const report = await runChore({ kind: 'verify', dir: settings.stateDir });
      if (settings.json) printJson(report);
      else print(reportText(report, settings));
      process.exitCode = report.sound ? exitCodes.fine : exitCodes.error;
    });
}

async function tail(options: TailOptions): Promise<void> {
  const settings = await openSettings(options);
  const reader = openJournal(settings);
  const filter = {
    ...(options.lane === undefined ? {} : { lane: options.lane }),
    ...(options.kind === undefined ? {} : { kind: options.kind }),
  };
  const show = (record: StoredRecord): void => {
    if (options.lane !== undefined && record.lane !== options.lane) return;
    if (options.kind !== undefined && record.kind !== options.kind) return;
    print(lineOf(record, options.personal === true, settings));
  };
  try {
    // Taken before the tail is read: a record made in between comes with the following, and none comes twice.
    const upTo = reader.lastSeq();
    const newest = reader.tail(options.lines, filter);
    const never = newest.length > 0 ? null : neverMatches(options, reader, settings);
    if (never !== null) throw never;
    for (const record of newest) if (record.seq <= upTo) show(record);
    if (options.follow === true) await followJournal(settings, reader, upTo, show);
  } finally {
    reader.close();
  }
}

/** With `--json` one `StoredRecord` a line (store/journal-read.ts), `personal` null unless it was asked for. */
function lineOf(record: StoredRecord, personal: boolean, settings: Settings): string {
  if (!settings.json) return recordLine(record, settings);
  return JSON.stringify(personal ? record : { ...record, personal: null });
}
