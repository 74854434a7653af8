/** `gatehouse drill start`: says what will move, asks whoever is present, and shows each lane's seconds until the drill is over. */
import { createInterface } from 'node:readline';
import type { DrillPreview } from '../core/emergency/drill-preview.ts';
import type { JournalRecord, OrderedReach } from '../core/io.ts';
import { ask, followRecords, NotRunning } from '../runtime/control-client.ts';
import { drillLine, drillRefusal, drillResultWord, drillWhyWord } from './drill-words.ts';
import { type ReachOptions, reachOf, wrongName } from './emergency.ts';
import { exitCodes } from './exit-codes.ts';
import { type Failure, said } from './failure.ts';
import { openSettings, print, printJson, remark, type Settings, type SharedOptions } from './settings.ts';
import { plain, table } from './text-layout.ts';

export interface StartOptions extends SharedOptions, ReachOptions {
  readonly by: string;
  readonly note: string;
  readonly yes?: boolean;
}

/** The gateway ends every drill sooner. */
const GIVE_UP_MS = 75_000;
const REDRAW_MS = 200;

export async function holdDrill(options: StartOptions): Promise<void> {
  const reach = reachOf(options);
  const settings = await openSettings(options, exitCodes.notRunning);
  const preview = await previewed(settings, reach);
  if (options.yes !== true) await confirm(preview, settings);
  const { key, records, ended } = await follow(settings, reach, options);
  const { result, why } = ended.body;
  if (settings.json) {
    const lanes = records.flatMap(({ kind, lane, body }) => (lane === null ? [] : [{ lane, kind, ...body }]));
    printJson({ key, result, why, lanes });
  } else print(endText(ended, settings));
  process.exitCode =
    result === 'passed' ? exitCodes.fine : result === 'presumed' ? exitCodes.warnings : exitCodes.error;
}

async function previewed(settings: Settings, reach: OrderedReach): Promise<readonly DrillPreview[]> {
  try {
    return (await ask(settings.stateDir, { method: 'previewDrill', reach })) as readonly DrillPreview[];
  } catch (error) {
    throw (await wrongName(error, reach, settings)) ?? error;
  }
}

function previewText(preview: readonly DrillPreview[], { say }: Settings): string {
  const opens: Readonly<Record<DrillPreview['opens'], string>> = {
    opens: say('开启并保持', 'opens and is held'),
    standsOpen: say('已开启，不能计时', 'stands open already: no time can be taken'),
    staysShut: say('不动：检修或封闭', 'stays shut: out of service or locked down'),
    step: say('不参加：单键（step）输入', 'left out: a step input'),
  };
  const closes: Readonly<Record<DrillPreview['closes'], string>> = {
    gateway: say('预告后自动落杆', 'closes by itself, announced'),
    board: say('道闸自行落杆', 'its own board closes it'),
    person: say('保持开启，由人员落杆', 'stays open until a person closes it'),
    lock: say('重新上锁', 'locks again'),
  };
  const moves = (one: DrillPreview) => one.opens === 'opens' || one.opens === 'standsOpen';
  return table(
    [say('车道', 'lane'), say('演练时', 'in the drill'), say('结束后', 'afterwards')],
    preview.map((one) => [one.lane, opens[one.opens], moves(one) ? closes[one.closes] : '–']),
  );
}

/** @throws Failure where nobody confirms. */
async function confirm(preview: readonly DrillPreview[], settings: Settings): Promise<void> {
  const { say } = settings;
  remark(previewText(preview, settings));
  remark(
    say(
      '闸杆下不能有人。放行、岗亭按钮和真实应急照常有效；最多 60 秒后自行结束。',
      'Nobody may stand under a boom. Grants, the button and a real emergency work as ever; it ends by itself within 60 s.',
    ),
  );
  if (!process.stdin.isTTY)
    throw said(
      exitCodes.usage,
      '没有人确认，演练未开始；脚本须加 --yes',
      'nobody confirmed it, no drill was begun; a script says --yes',
    );
  const answer = await question(
    say('你在现场并看得到这些闸杆吗？输入 yes 开始：', 'Are you present, and see these booms? Type yes to begin: '),
  );
  if (!['yes', 'y', '是'].includes(answer.trim().toLowerCase()))
    throw said(exitCodes.usage, '演练未开始，什么都没有动', 'no drill was begun, nothing was moved');
}

/** An end of input is no yes. */
function question(text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.once('close', () => resolve(''));
  lines.question(text, (answer) => {
    resolve(answer);
    lines.close();
  });
  return promise;
}

interface Held {
  readonly key: string;
  readonly records: readonly JournalRecord[];
  readonly ended: JournalRecord;
}

/** Hears the records first and orders then, so that none is missed. */
async function follow(settings: Settings, reach: OrderedReach, { by, note }: StartOptions): Promise<Held> {
  const { say } = settings;
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const over = Promise.withResolvers<JournalRecord>();
  over.promise.catch(() => undefined);
  const heard: JournalRecord[] = [];
  let key: string | null = null;
  const board = new LaneBoard(settings);
  const take = (record: JournalRecord): void => {
    heard.push(record);
    if (key === null || record.body.key !== key) return;
    board.take(record);
    if (record.kind === 'drillEnded') over.resolve(record);
  };
  const lost = () => new NotRunning('the gateway has ended');
  followRecords(
    settings.stateDir,
    (record) => record.kind.startsWith('drill') && take(record),
    stop.signal,
    () => ready.resolve(),
  ).then(
    () => {
      ready.reject(lost());
      over.reject(lost());
    },
    (error: unknown) => {
      ready.reject(error);
      over.reject(error);
    },
  );
  const giveUp = setTimeout(
    () => over.reject(said(exitCodes.error, '网关没有结束演练', 'the gateway did not end the drill')),
    GIVE_UP_MS,
  );
  try {
    await ready.promise;
    key = await begun(settings, reach, by, note);
    if (!settings.json) remark(say('演练已开始', 'the drill has begun'));
    for (const record of heard.splice(0)) take(record);
    const ended = await over.promise;
    return { key, ended, records: heard.filter(({ body }) => body.key === key) };
  } finally {
    clearTimeout(giveUp);
    board.end();
    stop.abort();
  }
}

async function begun(settings: Settings, reach: OrderedReach, by: string, note: string): Promise<string> {
  try {
    const { key } = (await ask(settings.stateDir, { method: 'drill', reach, by, note })) as { key: string | null };
    if (key !== null) return key;
    throw refusal('drillRunning');
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
    const refused = typeof code === 'string' ? refusal(code) : null;
    throw refused ?? error;
  }
}

function refusal(code: string): Failure | null {
  const words = drillRefusal(code);
  if (words === null) return null;
  return said(exitCodes.error, `演练未开始：${words[0]}`, `no drill was begun: ${words[1]}`);
}

/** A line for each lane; on a terminal its seconds run, elsewhere it comes once the lane is open or has failed. */
class LaneBoard {
  readonly #settings: Settings;
  readonly #live: boolean;
  readonly #lanes = new Map<string, string | null>();
  readonly #startedAt = performance.now();
  #drawn = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#live = process.stdout.isTTY === true && !settings.json;
  }

  take(record: JournalRecord): void {
    const { kind, lane, body } = record;
    if (kind === 'drillStarted' && Array.isArray(body.lanes)) {
      for (const id of body.lanes) this.#lanes.set(String(id), null);
      if (this.#live) this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    }
    if (lane === null || this.#settings.json) return;
    const text = drillLine({ kind, body }, this.#settings);
    const line = kind === 'drillLaneOpened' ? `✓ ${text}` : text;
    const before = this.#lanes.get(lane) ?? null;
    this.#lanes.set(lane, before === null ? line : `${before} · ${line}`);
    if (this.#live) this.#draw();
    else print(plain(`${lane}  ${line}`));
  }

  end(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#draw();
  }

  #draw(): void {
    const { say } = this.#settings;
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    const lines = [...this.#lanes].map(([lane, line]) => plain(`${lane}  ${line ?? `… ${seconds} ${say('秒', 's')}`}`));
    const up = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A`;
    process.stdout.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }
}

function endText({ body }: JournalRecord, { say }: Settings): string {
  const result = drillResultWord(String(body.result), say);
  const why = typeof body.why === 'string' ? ` (${drillWhyWord(body.why, say)})` : '';
  const mark = body.result === 'passed' ? '✓' : body.result === 'presumed' ? '?' : '✕';
  return `${mark} ${say(`演练结束：${result}${why}`, `the drill is over: ${result}${why}`)}\n${say(
    '记录：gatehouse drill report',
    'on record: gatehouse drill report',
  )}`;
}
