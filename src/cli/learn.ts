/** `gatehouse learn`: every reading of the cards shown to a reader, which of them the list knows, and a line to paste into it. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { cardLookupKeys } from '../core/credential/card.ts';
import { everyReading, type EveryReading } from '../core/credential/card-readings.ts';
import type { JournalRecord } from '../core/io.ts';
import { followRecords } from '../runtime/control-client.ts';
import type { StatusView } from '../runtime/views.ts';
import { exitCodes } from './exit-codes.ts';
import { Failure, said } from './failure.ts';
import { withListInForce } from './list-store.ts';
import { openSettings, print, remark, type Settings, share, type SharedOptions } from './settings.ts';
import { faultWords, readStatus } from './status.ts';
import { plain, table } from './text-layout.ts';

interface LearnOptions extends SharedOptions {
  readonly seconds: number;
}

const SECONDS_MAX = 3600;
/** Cards of one run that are remembered, so that the same one shown again is told in a line. */
const CARDS_MAX = 256;

export function addLearn(program: Command): void {
  share(
    program
      .command('learn')
      .description(
        'show cards to a reader and see every way to write them; the lane decides as usual meanwhile / 刷卡登记：列出一张卡的所有读法',
      )
      .argument('<reader>', 'id of the reader in the configuration / 读卡器名称')
      .option('--seconds <n>', 'how long to listen / 监听秒数', seconds, 60),
    ['fine', 'error', 'notRunning'],
  ).action(async (reader: string, options: LearnOptions) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const before = await readStatus(settings);
    refuseUnknown(reader, before, settings);
    const cards = await learn(reader, options.seconds, settings);
    if (cards === 0) remark(await whyNone(reader, before, settings));
    process.exitCode = cards === 0 ? exitCodes.error : exitCodes.fine;
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > SECONDS_MAX)
    throw new InvalidArgumentError(`1 … ${SECONDS_MAX}`);
  return value;
}

/** @throws Failure that names the readers there are. */
function refuseUnknown(reader: string, status: StatusView, { drivers }: Settings): void {
  const devices = status.devices as readonly { readonly id?: string; readonly driver?: string }[];
  const isReader = (name: string | undefined) =>
    drivers.some(({ driver }) => driver.name === name && driver.capabilities?.includes('reader') === true);
  const readers = devices.filter((device) => isReader(device.driver)).flatMap((device) => device.id ?? []);
  if (readers.includes(reader)) return;
  const [zh, en] = [readers.join(' ') || '无', readers.join(' ') || 'none'];
  throw said(
    exitCodes.error,
    `没有在运行的读卡器 ${plain(reader)}；现有：${zh}`,
    `no reader ${plain(reader)} is running; there are: ${en}`,
  );
}

/** Bytes without a card are a reader that is set otherwise; no bytes at all are a cable or an address. */
async function whyNone(reader: string, before: StatusView, settings: Settings): Promise<string> {
  const { say } = settings;
  const line = settings.configuration.running.field.devices.find((device) => device.id === reader)?.line ?? null;
  const heard = receivedOn(line, await readStatus(settings).catch(() => before)) - receivedOn(line, before);
  if (heard > 0)
    return say(
      `没有读到卡，但线路 ${line} 收到 ${heard} 字节：核对读卡器的 profile、format、frameBits 与波特率`,
      `no card was heard, but line ${line} has received ${heard} bytes: check profile, format, frameBits and baud of the reader`,
    );
  return say(
    '没有读到卡，也没有收到数据：核对接线与线路，见 gatehouse devices',
    'no card was heard and nothing was received: check the cable and the line, see "gatehouse devices"',
  );
}

function receivedOn(line: string | null, status: StatusView): number {
  const lines = status.lines as readonly { readonly id?: string; readonly received?: number }[];
  return lines.find((one) => one.id === line)?.received ?? 0;
}

/** Gives how many different cards were shown. @throws NotRunning */
async function learn(reader: string, forSeconds: number, settings: Settings): Promise<number> {
  const { say } = settings;
  const cards = new Set<string>();
  const stop = new AbortController();
  const end = (): void => stop.abort();
  const timer = setTimeout(end, forSeconds * 1000);
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  try {
    await followRecords(
      settings.stateDir,
      (record) => {
        if (record.kind === 'cardRead' && record.body.device === reader) showCard(record, cards, settings);
        else if (record.kind === 'faultRaised' && record.body.subject === reader) showFault(record, settings);
      },
      stop.signal,
      () =>
        remark(
          say(
            `${reader}：请刷卡，监听 ${forSeconds} 秒，Ctrl-C 结束。车道照常判定：有效的卡会开闸。`,
            `${reader}: show a card. Listening for ${forSeconds} s, Ctrl-C ends it. The lane decides as usual: a valid card opens.`,
          ),
        ),
    );
    if (!stop.signal.aborted) remark(say('! 网关已结束', '! the gateway has ended'));
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
  return cards.size;
}

/** Shape of a line of `--json`. */
interface LearntCard {
  readonly reader: string;
  readonly bits: number;
  readonly value: string;
  readonly format: string;
  readonly again: boolean;
  readonly readings: readonly ListedReading[];
  readonly csv: { readonly header: string; readonly line: string };
}

interface ListedReading extends EveryReading {
  /** Rows of the list in force under this reading; null where no list can be read. */
  readonly listed: readonly { readonly line: number; readonly category: string; readonly usable: boolean }[] | null;
}

function showCard(record: JournalRecord, cards: Set<string>, settings: Settings): void {
  const { bits, format, device } = record.body;
  const value = record.personal?.card;
  if (typeof bits !== 'number' || typeof value !== 'string') return;
  const name = `${bits}:${value}`;
  const again = cards.has(name);
  if (cards.size < CARDS_MAX) cards.add(name);
  const csv = csvOf(bits, value);
  if (again && !settings.json) {
    print(settings.say(`同一张卡：${csv.card}`, `the same card again: ${csv.card}`));
    return;
  }
  const card: LearntCard = {
    ...{ reader: String(device), bits, value, format: String(format), again },
    readings: withList(everyReading(bits, value), settings),
    csv: { header: CSV_HEADER, line: csv.line },
  };
  if (settings.json) process.stdout.write(`${JSON.stringify(card)}\n`);
  else print(cardText(card, settings));
}

const CSV_HEADER = '卡号,姓名,房号,类别';

/** `0x` keeps every zero, is read one way only, and no spreadsheet takes it for a number. */
function csvOf(bits: number, value: string): { readonly card: string; readonly line: string } {
  const card = `0x${value.toUpperCase().padStart(Math.ceil(bits / 4), '0')}`;
  return { card, line: `${card},,,resident` };
}

function withList(readings: readonly EveryReading[], settings: Settings): readonly ListedReading[] {
  try {
    return withListInForce(settings, (_, file) =>
      readings.map((reading) => ({
        ...reading,
        listed: cardLookupKeys(reading.bits, reading.value).flatMap((key) =>
          file
            .byKey(key)
            .map(({ line, category, enabled, blocked }) => ({ line, category, usable: enabled && !blocked })),
        ),
      })),
    );
  } catch (error) {
    // No list yet is no reason not to learn the cards for it.
    if (error instanceof Failure) return readings.map((reading) => ({ ...reading, listed: null }));
    throw error;
  }
}

function cardText(card: LearntCard, settings: Settings): string {
  const { say } = settings;
  const head = [
    say('读作', 'taken as'),
    say('位', 'bits'),
    say('字节序', 'byte order'),
    say('校验', 'parity'),
    say('十六进制', 'hex'),
    say('十进制', 'decimal'),
    '3+5',
    say('区号/卡号', 'facility/card'),
    say('名单', 'list'),
  ];
  const rows = card.readings.map((reading) => readingCells(reading, settings));
  const title = say(
    `卡：${card.bits} 位，读卡器按 ${card.format} 读出`,
    `card: ${card.bits} bits, heard by the reader as ${card.format}`,
  );
  const advice = adviceOf(card, settings);
  return [
    `\n${title}`,
    table(head, rows),
    ...(advice === null ? [] : [advice]),
    say('可粘贴到名单 CSV：', 'to paste into the CSV of the list:'),
    card.csv.header,
    card.csv.line,
  ].join('\n');
}

function readingCells(reading: ListedReading, { say }: Settings): readonly string[] {
  const taken: Readonly<Record<string, string>> = {
    whole: say('原样', 'as it is'),
    low32: say('低 32 位', 'low 32 bits'),
    low24: say('低 24 位', 'low 24 bits'),
  };
  const parity = { good: say('✓ 正确', '✓ good'), bad: say('✕ 不符', '✕ bad'), none: '–' };
  const listed =
    reading.listed === null
      ? '–'
      : reading.listed
          .map(({ line, category, usable }) => `${usable ? '✓' : '⛔'} ${category} (${say('行', 'line')} ${line})`)
          .join(', ') || say('无', 'no');
  return [
    taken[reading.taken] ?? reading.taken,
    String(reading.bits),
    reading.byteOrder === 'asSent' ? say('原序', 'as sent') : say('反序', 'reversed'),
    parity[reading.parity],
    reading.hex,
    reading.decimal,
    reading.threeFive ?? '–',
    reading.facilityCard ?? '–',
    listed,
  ];
}

/** The list knows this card by another number than the one that the lane looks up, whatever its width. */
function adviceOf({ value, readings }: LearntCard, { say }: Settings): string | null {
  const isLive = (one: ListedReading) => one.value === value;
  const known = readings.filter((one) => (one.listed?.length ?? 0) > 0);
  if (known.length === 0 || known.some(isLive)) return null;
  const how = known.map((one) => `${one.taken}/${one.byteOrder}`).join(', ');
  return say(
    `! 名单里有这张卡，但是另一种读法（${how}）：车道不认。请按它设置读卡器的格式与 byteOrder，或用下面的写法重新登记。`,
    `! the list has this card by another reading (${how}), so the lane does not know it: set the reader’s format and byteOrder to that, or list it anew as below.`,
  );
}

function showFault({ body }: JournalRecord, settings: Settings): void {
  const code = String(body.code);
  const words = faultWords({ code, subject: String(body.subject), sinceMs: 0, detail: null }, settings);
  remark(`! ${plain(code)}${words === null ? '' : `: ${words}`}`);
}
