/** `gatehouse list import`: shows the difference first, adopts the whole file or nothing of it (I7). */
import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { ask } from '../runtime/control-client.ts';
import { runChore } from '../store/chores.ts';
import type { CsvProblem } from '../store/csv-columns.ts';
import { databasePath } from '../store/durable-writer.ts';
import { listKeysModule } from '../store/list-keys.ts';
import { buildPath, type ListVersion, listPath, listSecret, refusalOf } from '../store/list-adopt.ts';
import { discardBuilt, type ImportResult, type ListDifference } from '../store/list-csv.ts';
import { type BuiltList, ListFile } from '../store/list-file.ts';
import { errorCode } from '../store/sqlite.ts';
import { exitCodes } from './exit-codes.ts';
import { accessCode, refusalWords, refuseUnreadable, said } from './failure.ts';
import { halfMissingText, type HalfMissing, halvesMissing } from './half-missing.ts';
import { announce, announced, dropAbandonedBuilds, versionInForce } from './list-store.ts';
import { offsetMinutes } from './local-time.ts';
import { handToOwner } from './owner.ts';
import { type PointlessBoth, pointlessBoth } from './pointless-both.ts';
import { showProgress } from './progress.ts';
import { openSettings, print, printJson, remark, type Settings, share, type SharedOptions } from './settings.ts';
import { plain } from './text-layout.ts';

interface ImportOptions extends SharedOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** Shape of `--json`. */
interface ImportReport {
  readonly result: 'rejected' | 'dryRun' | 'declined' | 'adopted';
  readonly encoding: string | null;
  readonly lines: number | null;
  readonly rows: number | null;
  readonly difference: ListDifference | null;
  /** Lanes that cannot judge what the new list asks of them. */
  readonly halvesMissing: readonly HalfMissing[];
  readonly problems: readonly CsvProblem[];
  readonly problemCount: number;
  /** What is taken as it stands, though it looks like a slip. */
  readonly warnings: readonly CsvProblem[];
  readonly warningCount: number;
  readonly version: string | null;
  /** Of a dry run: why it would not be adopted as called (listEmpty, listShrunk); exit 1 then. */
  readonly refusal: string | null;
}

const nothing = {
  halvesMissing: [],
  ...{ lines: null, rows: null, difference: null, problems: [], problemCount: 0, version: null, refusal: null },
  ...{ warnings: [], warningCount: 0 },
} as const;

const cardHelp = `A card is written as it is printed (0013961168, 213,02000, W26:123/4567, 0xD507D0), or, for a QR code, as qr:<text>: the text
as it stands behind the colon, in quotes where it holds a comma. The list keeps its fingerprint only, which an export writes as 0x…
卡号照印刷写；二维码写 qr:<文字>，冒号后原样采用，含逗号时加引号。名单只保存其摘要，导出时写成 0x…`;

export function addListImport(list: Command): void {
  share(
    list
      .command('import')
      .description('replace the list by a CSV file, whole or not at all / 用 CSV 整体替换名单，不合格则全部不采用')
      .argument(
        '<file>',
        'CSV in UTF-8 or GBK, with a header line; - reads standard input / 带表头的 CSV，UTF-8 或 GBK；- 表示标准输入',
      )
      .option(
        '--dry-run',
        'show the difference, and whether it would be refused (then exit 1); change nothing / 只显示差异及是否会被拒绝（会则退出码 1），不做改动',
      )
      .option('--yes', 'adopt without asking / 不再询问直接采用')
      .option('--force', 'adopt although the list is empty or less than half as long / 名单为空或不足一半时也采用')
      .addHelpText('after', `\n${cardHelp}`),
    ['fine', 'error'],
  ).action(async (file: string, options: ImportOptions) => {
    const settings = await openSettings(options);
    if (file === '-') process.exitCode = await importInput(settings, options);
    else process.exitCode = await importList(settings, resolve(file), options);
  });
}

const INPUT_BYTES_MAX = 256 * 2 ** 20;

/** So that a list may lie where the service's user cannot read: the shell opens it. */
async function importInput(settings: Settings, options: ImportOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-input-'));
  try {
    const csv = join(folder, 'stdin');
    await pipeline(process.stdin, atMost(INPUT_BYTES_MAX), createWriteStream(csv, { mode: 0o600 }));
    return await importList(settings, csv, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function atMost(bytesMax: number) {
  return async function* (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > bytesMax)
        throw said(exitCodes.error, '标准输入太长，不是名单', 'the standard input is too long to be a list');
      yield piece;
    }
  };
}

async function importList(settings: Settings, csv: string, options: ImportOptions): Promise<number> {
  const { stateDir } = settings;
  if (accessCode(csv) === 'EACCES')
    throw said(
      exitCodes.error,
      `没有权限读取 ${csv}；由 shell 打开它：gatehouse list import - --yes < 文件`,
      `no permission to read ${csv}; let the shell open it: gatehouse list import - --yes < FILE`,
    );
  const found = statSync(csv, { throwIfNoEntry: false });
  if (found === undefined) throw said(exitCodes.error, `没有文件 ${csv}`, `there is no file ${csv}`);
  if (found.isDirectory())
    throw said(exitCodes.error, `${csv} 是目录；请写其中的 CSV 文件`, `${csv} is a folder; name the CSV file in it`);
  const dryRun = options.dryRun === true;
  if (!dryRun) await makeStore(settings);
  const fresh = !existsSync(databasePath(stateDir));
  const scratch = fresh ? mkdtempSync(join(tmpdir(), 'gatehouse-import-')) : null;
  const out = scratch === null ? buildPath(stateDir, `import-${process.pid}`) : join(scratch, 'list.db');
  const interrupted = (): void => {
    for (const suffix of ['', '-journal']) rmSync(`${out}${suffix}`, { force: true });
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    dropAbandonedBuilds(stateDir);
    // A site that has no secret yet has no list to compare ids with either.
    const secret = fresh ? randomBytes(32).toString('hex') : listSecret(stateDir);
    const built = await build(settings, csv, out, secret);
    if (built.kind === 'rejected') return reject(settings, built);
    const current = versionInForce(settings);
    const difference = await runChore({
      kind: 'compare',
      current: current === null ? null : listPath(stateDir, current.file),
      next: built.list.file,
    });
    const { halves, pointless } = bothAsked(settings, built.list.file);
    const warnings = [...built.warnings, ...pointless.warnings];
    const warningCount = built.warningCount + pointless.count;
    if (!settings.json) {
      print(differenceText(settings, difference, built, current));
      for (const one of halves) print(halfMissingText(one)[settings.language]);
      for (const one of warnings) print(`! ${cellText(one, settings)}`);
      notListed(warningCount - warnings.length, settings);
    }
    const report = {
      ...nothing,
      encoding: built.encoding,
      lines: built.lines,
      rows: built.list.rows,
      difference,
      halvesMissing: halves,
      ...{ warnings, warningCount },
      refusal: options.force === true ? null : refusalOf(built.list.rows, current?.rows ?? null),
    };
    return await decide(settings, built.list, csv, options, report);
  } finally {
    process.off('SIGINT', interrupted);
    rmSync(scratch ?? out, { recursive: true, force: true });
  }
}

async function build(settings: Settings, csv: string, out: string, secret: string): Promise<ImportResult> {
  const { say, configuration, timezone } = settings;
  const site = configuration.running.site;
  if (site === null)
    remark(say('配置不可用：车道与时段名称未核对', 'no configuration: names of lanes and windows are not checked'));
  const progress = showProgress(say('读取', 'reading'), say);
  const result = await runChore(
    {
      kind: 'importCsv',
      options: {
        csv,
        out,
        secret,
        utcOffsetMinutes: offsetMinutes(Date.now(), timezone),
        lanes: site === null ? null : new Set(site.lanes.flatMap((lane) => [lane.id, ...lane.groups])),
        windows: site === null ? null : new Set(Object.keys(site.calendar.windows)),
      },
      normaliseModule: listKeysModule,
    },
    progress,
  );
  progress.done();
  return result;
}

/** What the new list asks of plate and card together, and cannot have. */
function bothAsked(
  { configuration }: Settings,
  built: string,
): { readonly halves: readonly HalfMissing[]; readonly pointless: PointlessBoth } {
  const { site } = configuration.running;
  const file = new ListFile(built);
  try {
    return { halves: site === null ? [] : halvesMissing(site, file), pointless: pointlessBoth(file, site) };
  } finally {
    file.close();
  }
}

function reject(settings: Settings, rejected: Extract<ImportResult, { kind: 'rejected' }>): number {
  const { problems, problemCount, encoding } = rejected;
  if (settings.json)
    printJson({ ...nothing, result: 'rejected', encoding, problems, problemCount } satisfies ImportReport);
  else {
    const { say } = settings;
    for (const problem of problems) print(cellText(problem, settings));
    notListed(problemCount - problems.length, settings);
    print(
      say(
        `✕ 未采用：${problemCount} 处错误；旧名单继续有效`,
        `✕ not adopted: ${problemCount} problems; the list in force stays`,
      ),
    );
  }
  return exitCodes.error;
}

/** Where, what stands there, and what is to be said of it. */
function cellText({ line, column, value, hint, code }: CsvProblem, { say, language }: Settings): string {
  const where =
    say(`第 ${line} 行`, `line ${line}`) + (column === null ? '' : say(`，${column} 列`, `, column ${column}`));
  const got = value === '' ? '' : ` "${plain(value)}"`;
  return `${where}:${got} ${hint[language]} [${code}]`;
}

function notListed(count: number, { say }: Settings): void {
  if (count > 0) print(say(`另有 ${count} 处未列出`, `${count} more not listed`));
}

function differenceText(
  { say }: Settings,
  difference: ListDifference,
  built: Extract<ImportResult, { kind: 'built' }>,
  current: ListVersion | null,
): string {
  const { added, removed, changed, same, samples } = difference;
  const lines = [
    say(
      `${built.lines} 行 (${built.encoding})，${built.list.rows} 个凭证；现有 ${current?.rows ?? 0} 个`,
      `${built.lines} lines (${built.encoding}), ${built.list.rows} credentials; ${current?.rows ?? 0} in force`,
    ),
    say(
      `新增 ${added}，删除 ${removed}，变更 ${changed}，不变 ${same}`,
      `${added} added, ${removed} removed, ${changed} changed, ${same} the same`,
    ),
  ];
  const parts = [
    ['+', samples.added, added],
    ['-', samples.removed, removed],
    ['~', samples.changed, changed],
  ] as const;
  for (const [mark, keys, count] of parts) {
    for (const key of keys) lines.push(`  ${mark} ${plain(key)}`);
    if (count > keys.length && keys.length > 0) lines.push(`  ${mark} … ${count - keys.length}`);
  }
  return lines.join('\n');
}

async function decide(
  settings: Settings,
  list: BuiltList,
  csv: string,
  options: ImportOptions,
  report: Omit<ImportReport, 'result'>,
): Promise<number> {
  const { say, json, stateDir } = settings;
  const end = (result: ImportReport['result'], version: string | null, text: string, exit: number): number => {
    if (json) printJson({ ...report, result, version } satisfies ImportReport);
    else print(text);
    return exit;
  };
  if (options.dryRun === true) {
    discardBuilt(list);
    const words = report.refusal === null ? null : refusalWords(report.refusal);
    const dry = say('试运行，没有改动', 'dry run, nothing was changed');
    if (words === null) return end('dryRun', null, dry, exitCodes.fine);
    return end(
      'dryRun',
      null,
      `${dry}\n✕ ${say('采用的结果将是——', 'adopting it would end with: ')}${say(words.zh, words.en)}`,
      exitCodes.error,
    );
  }
  if (options.yes !== true && !(await confirmed(say('采用这份名单？[y/N] ', 'adopt this list? [y/N] ')))) {
    discardBuilt(list);
    const text = say('没有改动；要采用请加 --yes', 'nothing was changed; add --yes to adopt it');
    return end('declined', null, text, exitCodes.error);
  }
  // Before the adoption, after which the daemon may open the file at any moment.
  handToOwner(stateDir);
  const version = await adopt(stateDir, list, basename(csv), options.force === true);
  const heard = announced(await announce(settings), settings);
  const text = say(
    `✓ 已采用名单 ${version.version} (${version.rows} 行)；${heard}`,
    `✓ list ${version.version} is adopted (${version.rows} rows); ${heard}`,
  );
  return end('adopted', version.version, text, exitCodes.fine);
}

const ADOPT_TRIES = 10;

/** A daemon with a slow disk may hold the database for longer than SQLite waits. */
async function adopt(dir: string, list: BuiltList, source: string, force: boolean): Promise<ListVersion> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await runChore({
        kind: 'adopt',
        dir,
        list,
        options: { source, atWall: Date.now(), force },
      });
    } catch (error) {
      if (errorCode(error) !== 'SQLITE_BUSY' || tries === ADOPT_TRIES) throw error;
    }
  }
}

/** Without a terminal nobody can be asked, which is a no. */
function confirmed(question: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) return Promise.resolve(false);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((answer) => {
    terminal.on('close', () => answer(false));
    terminal.question(question, (text) => {
      answer(/^\s*(y|yes|是)\s*$/iu.test(text));
      terminal.close();
    });
  });
}

/** A list may be imported before the first start. While a daemon runs, the database is its own to make. */
async function makeStore(settings: Settings): Promise<void> {
  const { stateDir, configuration } = settings;
  refuseUnreadable(stateDir);
  if (existsSync(databasePath(stateDir))) return;
  const running = await ask(stateDir, { method: 'status' }).then(
    () => true,
    () => false,
  );
  if (running)
    throw said(
      exitCodes.error,
      '网关的数据库尚未就绪，请稍后再试',
      'the gateway has no database yet; try again in a moment',
    );
  const gateway = configuration.running.site?.id;
  if (gateway === undefined)
    throw said(
      exitCodes.error,
      `${settings.configDir} 中没有可用的配置，无法建立数据库；用 --config 指定配置目录`,
      `no usable configuration in ${settings.configDir}, so no database can be made; name its folder with --config`,
    );
  await runChore({ kind: 'prepare', options: { dir: stateDir, gateway, atWall: Date.now() } });
}
