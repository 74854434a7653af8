/** `gatehouse learn`: every reading of the cards shown to a reader, which of them the list knows, and a line to paste into it. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { AnyDriver } from '../contract/driver.ts';
import type { JournalRecord } from '../core/io.ts';
import type { Text } from '../core/values.ts';
import { followRecords } from '../runtime/control-client.ts';
import type { StatusView } from '../runtime/views.ts';
import { exitCodes } from './exit-codes.ts';
import { Failure, said } from './failure.ts';
import { showCard } from './learn-card.ts';
import { RefusalsShown } from './learn-refusals.ts';
import { openSettings, remark, type Settings, share, type SharedOptions } from './settings.ts';
import { faultWords, readStatus } from './status.ts';
import { plain } from './text-layout.ts';

interface LearnOptions extends SharedOptions {
  readonly seconds: number;
}

const SECONDS_MAX = 3600;

export function addLearn(program: Command): void {
  share(
    program
      .command('learn')
      .description(
        'show cards to a reader and see every way to write them, and what it sends that is refused; the lane decides as usual meanwhile / 刷卡登记：列出一张卡的所有读法，以及未被认作卡的数据',
      )
      .argument('<reader>', 'id of the reader in the configuration / 读卡器名称')
      .option('--seconds <n>', 'how long to listen / 监听秒数', seconds, 60),
    ['fine', 'error', 'notRunning'],
  ).action(async (reader: string, options: LearnOptions) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const before = await readStatus(settings);
    const refusals = new RefusalsShown(reader, driverOf(reader, before, settings), settings);
    const cards = await learn(reader, options.seconds, refusals, settings);
    if (cards === 0) throw new Failure(exitCodes.error, await whyNone(reader, before, refusals, settings));
    process.exitCode = exitCodes.fine;
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > SECONDS_MAX)
    throw new InvalidArgumentError(`1 … ${SECONDS_MAX}`);
  return value;
}

/** @throws Failure that names the readers there are. */
function driverOf(reader: string, status: StatusView, { drivers }: Settings): AnyDriver | undefined {
  const devices = status.devices as readonly { readonly id?: string; readonly driver?: string }[];
  const isReader = (name: string | undefined) =>
    drivers.some(({ driver }) => driver.name === name && driver.capabilities?.includes('reader') === true);
  const readers = devices.filter((device) => isReader(device.driver)).flatMap((device) => device.id ?? []);
  const name = devices.find((device) => device.id === reader)?.driver;
  if (readers.includes(reader)) return drivers.find(({ driver }) => driver.name === name)?.driver;
  const [zh, en] = [readers.join(' ') || '无', readers.join(' ') || 'none'];
  throw said(
    exitCodes.error,
    `没有在运行的读卡器 ${plain(reader)}；现有：${zh}`,
    `no reader ${plain(reader)} is running; there are: ${en}`,
  );
}

/** Bytes without a card are a reader that is set otherwise; no bytes at all are a cable or an address. */
async function whyNone(reader: string, before: StatusView, refusals: RefusalsShown, settings: Settings): Promise<Text> {
  if (refusals.count > 0)
    return {
      zh: `没有读到卡；读卡器送来而未认作卡的数据有 ${refusals.count} 次，见上`,
      en: `no card was read; readings refused, as told above: ${refusals.count}`,
    };
  const line = settings.configuration.running.field.devices.find((device) => device.id === reader)?.line ?? null;
  const heard = receivedOn(line, await readStatus(settings).catch(() => before)) - receivedOn(line, before);
  if (heard > 0)
    return {
      zh: `没有读到卡，但总线 ${line} 收到 ${heard} 字节：核对读卡器的 profile、format、frameBits 与波特率`,
      en: `no card was heard, but line ${line} has received ${heard} bytes: check profile, format, frameBits and baud of the reader`,
    };
  return {
    zh: '没有读到卡，也没有收到数据：核对接线与总线，见 gatehouse devices',
    en: 'no card was heard and nothing was received: check the cable and the line, see "gatehouse devices"',
  };
}

function receivedOn(line: string | null, status: StatusView): number {
  const lines = status.lines as readonly { readonly id?: string; readonly received?: number }[];
  return lines.find((one) => one.id === line)?.received ?? 0;
}

/** Gives how many different cards were shown. @throws NotRunning */
async function learn(reader: string, forSeconds: number, refusals: RefusalsShown, settings: Settings): Promise<number> {
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
      { device: reader, take: (overheard) => refusals.show(overheard) },
    );
    if (!stop.signal.aborted) remark(say('! 网关已结束', '! the gateway has ended'));
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
  return cards.size;
}

function showFault({ body }: JournalRecord, settings: Settings): void {
  const code = String(body.code);
  const words = faultWords({ code, subject: String(body.subject), sinceMs: 0, detail: null }, settings);
  remark(`! ${plain(code)}${words === null ? '' : `: ${words}`}`);
}
