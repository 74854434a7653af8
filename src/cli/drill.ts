/** `gatehouse drill start`, `drill record` and `drill report`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isTooLate } from '../core/emergency/drill.ts';
import { ask } from '../runtime/control-client.ts';
import { collectDrills } from './drill-report.ts';
import { reportCsv } from './drill-report-csv.ts';
import { reportHtml } from './drill-report-html.ts';
import { reportText } from './drill-report-text.ts';
import { saveReport } from './drill-save.ts';
import { holdDrill, type StartOptions } from './drill-start.ts';
import { drillResultWord } from './drill-words.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
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

const by = '--by <name>';
const note = new Option('--note <text>', 'recorded with it / 备注，记入流水').default('');

export function addDrill(program: Command): void {
  const drill = program
    .command('drill')
    .description('hold, record and prove emergency drills / 应急演练：进行、登记、出具记录')
    .addHelpText('after', `\n${exitsText(['fine', 'error', 'warnings', 'notRunning'])}`);
  addStart(drill);
  addRecord(drill);
  addReport(drill);
}

function addStart(drill: Command): void {
  share(
    drill
      .command('start')
      .description(
        'open and time the lanes now; they close by themselves afterwards / 现在演练：开启、计时，之后自行结束',
      )
      .addOption(new Option('--lane <lane>', 'one lane / 一条车道').conflicts(['route', 'site']))
      .addOption(new Option('--route <route>', 'all lanes of a route / 一条应急通道').conflicts(['lane', 'site']))
      .addOption(new Option('--site', 'every lane / 全部车道').conflicts(['lane', 'route']))
      .requiredOption(by, 'who is present and sees the booms; recorded / 在场并能看到闸杆的人员姓名，记入流水')
      .addOption(note)
      .option('--yes', 'for scripts: do not ask / 供脚本使用，不再询问'),
    ['fine', 'error', 'warnings', 'notRunning'],
  )
    .addHelpText(
      'after',
      '0 passed, 2 presumed (no proof), 1 failed, interrupted or refused / 0 通过，2 推定开启（不作证明），1 未通过、中断或被拒绝',
    )
    .action((options: StartOptions) => holdDrill(options));
}

interface RecordOptions extends SharedOptions {
  readonly case: 'mainsOff';
  readonly lane: string;
  readonly by: string;
  readonly seconds: number;
  readonly result: 'passed' | 'failed';
  readonly note: string;
}

function addRecord(drill: Command): void {
  share(
    drill
      .command('record')
      .description(
        'record a drill that people have timed: mains off, boom lifted by hand / 登记人工计时的演练：断电手动抬杆',
      )
      .addOption(new Option('--case <case>', 'mainsOff 断电').choices(['mainsOff']).makeOptionMandatory())
      .requiredOption('--lane <lane>', 'lane id / 车道')
      .requiredOption(by, 'who timed it; recorded / 计时人姓名，记入流水')
      .requiredOption('--seconds <s>', 'from the loss of power to the open boom / 从断电到闸杆开启的秒数', seconds)
      .addOption(new Option('--result <result>', 'passed | failed').choices(['passed', 'failed']).makeOptionMandatory())
      .addOption(note),
    ['fine', 'error', 'notRunning'],
  ).action(async (options: RecordOptions) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const { lane, result } = options;
    const ms = Math.round(options.seconds * 1000);
    if (isTooLate({ result, ms })) throw said(exitCodes.usage, ...tooLate);
    const request = { case: options.case, lane, by: options.by, ms, result, note: options.note };
    await ask(settings.stateDir, { method: 'recordDrill', ...request });
    const card = manualLift(lane, settings);
    if (settings.json) printJson({ recorded: true, case: options.case, lane, ms, result, manualLift: card });
    else print(recordedText(options, card?.[settings.language] ?? null, settings));
    process.exitCode = result === 'passed' ? exitCodes.fine : exitCodes.error;
  });
}

const tooLate = [
  '超过 30 秒不算通过：请写 --result failed，处理后重做；没有登记',
  'later than 30 s is not passed: write --result failed, and hold it again once it is mended; nothing was recorded',
] as const;

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 3600)) throw new InvalidArgumentError('0.1 … 3600');
  return value;
}

function manualLift(lane: string, settings: Settings): { readonly zh: string; readonly en: string } | null {
  const portal = settings.configuration.running.site?.lanes.find(({ id }) => id === lane)?.portal;
  return portal === undefined || portal.kind === 'none' || portal.kind === 'door' ? null : (portal.manualLift ?? null);
}

function recordedText({ lane, seconds: took, result }: RecordOptions, card: string | null, settings: Settings): string {
  const { say } = settings;
  const word = drillResultWord(result, say);
  const line = say(
    `✓ 已登记：${lane} 断电手动抬杆 ${took} 秒，${word}`,
    `✓ recorded: ${lane}, mains off, lifted by hand in ${took} s, ${word}`,
  );
  const late = took > 30 ? `\n${say('! 超过 30 秒', '! later than 30 s')}` : '';
  return `${line}${late}\n${
    card === null
      ? say(
          '  此闸没有手动抬杆说明：按闸机说明书写入设备的 manualLift',
          '  there is no manual-lift card of this barrier: write it from its manual, manualLift of the device',
        )
      : say(`  手动抬杆：${card}`, `  manual lift: ${card}`)
  }`;
}

interface ReportOptions extends SharedOptions {
  readonly from?: string;
  readonly to?: string;
  readonly format: 'text' | 'csv' | 'html';
  readonly output?: string;
}

function addReport(drill: Command): void {
  share(
    drill
      .command('report')
      .description('the proof for an inspector: dates, by whom, lanes, seconds, failures / 供检查的演练记录')
      .option('--from <date>', 'local time of the site, e.g. 2026-01-01; default a year ago / 起始日期')
      .option('--to <date>', 'including that day; default now / 截止日期（含当日）')
      .addOption(
        new Option('--format <format>', 'text | csv | html, html to be printed on A4 / html 可打印成 A4')
          .choices(['text', 'csv', 'html'])
          .default('text'),
      )
      .option('-o, --output <file>', 'a file, whole or not at all / 写入文件'),
    ['fine', 'error'],
  )
    .addHelpText(
      'after',
      '1 where the journal does not verify: the drills in it are then no proof / 流水验证不通过时为 1，其中的演练不作证明',
    )
    .action(async (options: ReportOptions) => {
      const settings = await openSettings(options);
      const report = await collectDrills(settings, options);
      const { output, format } = options;
      const text = settings.json
        ? `${JSON.stringify(report, null, 2)}\n`
        : format === 'csv'
          ? reportCsv(report)
          : format === 'html'
            ? reportHtml(report)
            : `${reportText(report, settings)}\n`;
      if (output === undefined) process.stdout.write(text);
      else {
        const path = saveReport(output, text);
        remark(settings.say(`✓ 已写入 ${path}`, `✓ written to ${path}`));
      }
      if (report.chain.state === 'broken') {
        const { findings } = report.chain;
        throw said(
          exitCodes.error,
          `流水验证不通过（${findings} 处）：记录不作证明，见 gatehouse journal verify`,
          `the journal does not verify (${findings} findings): no proof, see "gatehouse journal verify"`,
        );
      }
    });
}
