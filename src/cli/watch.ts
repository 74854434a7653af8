/** `gatehouse watch`: the running gateway live on a terminal, made for a bad ssh link. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../contract/duration.ts';
import { exitCodes } from './exit-codes.ts';
import { openSettings, print, type Settings, share, type SharedOptions } from './settings.ts';
import { impersonalPicture } from './impersonal.ts';
import { drawAll, drawChanges } from './watch-redraw.ts';
import { type ScreenSize, screenOf } from './watch-screen.ts';
import { type Picture, WatchSource } from './watch-source.ts';

interface WatchOptions extends SharedOptions {
  readonly every?: number;
  readonly once?: boolean;
  readonly personal?: boolean;
}

const SCREEN_MS = 1000;
/** Where every look prints a whole block: a log, a pipe, a dumb terminal. */
const BLOCK_MS = 10_000;
/** Raw mode gives Ctrl-C and Ctrl-D as they are. */
const ENDS = ['q', 'Q', '\u0003', '\u0004'];

export function addWatch(program: Command): void {
  share(
    program
      .command('watch')
      .description(
        'lanes, faults, lines and decisions, live; q or Ctrl-C ends it with 0 / 实时查看车道、故障、总线与判定，q 或 Ctrl-C 结束',
      )
      .option(
        '--every <duration>',
        '200ms … 1h (default: 1s on a terminal, 10s elsewhere) / 刷新间隔，默认终端 1s，否则 10s',
        interval,
      )
      .option('--once', 'one look; 69 where no gateway answers / 只看一次，网关无应答时退出码 69')
      .option(
        '--personal',
        'with --json: plates and cards of the decisions too / 与 --json 合用：包含判定的车牌与卡号',
      ),
    ['fine', 'notRunning'],
  ).action(async (options: WatchOptions) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const source = new WatchSource(settings.stateDir);
    const show = showing(settings, options.personal === true);
    if (options.once === true) await lookOnce(source, show);
    else await watch(source, settings, show, options.every ?? null);
  });
}

function interval(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < 200 || ms > 3_600_000) throw new InvalidArgumentError('200ms … 1h');
  return ms;
}

type Show = (picture: Picture) => void;

async function lookOnce(source: WatchSource, show: Show): Promise<void> {
  source.recall();
  const { picture, error } = await source.look();
  if (picture.status === null) throw error;
  show(picture);
}

async function watch(source: WatchSource, settings: Settings, show: Show, everyMs: number | null): Promise<void> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  const isScreen = !settings.json && process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  const following = source.follow(over.signal);
  try {
    if (isScreen) await onScreen(source, settings, everyMs ?? SCREEN_MS, over);
    else await inBlocks(source, settings, show, everyMs ?? BLOCK_MS, over.signal);
  } finally {
    over.abort();
    await following;
    for (const signal of signals) process.off(signal, stop);
  }
}

async function inBlocks(
  source: WatchSource,
  settings: Settings,
  show: Show,
  everyMs: number,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    show((await source.look()).picture);
    if (!settings.json) print('');
    await wait(everyMs, over);
  }
}

/**
 * Shape of a line of `--json`: `Picture` of watch-source.ts, with `atWall`; `who` null, and no other car's plate, unless personal
 * fields were asked for.
 */
function showing(settings: Settings, personal: boolean): Show {
  return (picture) => {
    if (settings.json) {
      const shown = personal ? picture : impersonalPicture(picture);
      process.stdout.write(`${JSON.stringify({ atWall: Date.now(), ...shown })}\n`);
      return;
    }
    // A pipe has no width: whoever reads it, or greps it, gets each line whole.
    const columns = process.stdout.columns || Number.POSITIVE_INFINITY;
    print(screenOf(picture, Date.now(), { columns, rows: Number.POSITIVE_INFINITY }, settings).join('\n'));
  };
}

async function onScreen(
  source: WatchSource,
  settings: Settings,
  everyMs: number,
  over: AbortController,
): Promise<void> {
  const { stdin, stdout } = process;
  let drawn: readonly string[] | null = null;
  const forget = (): void => {
    drawn = null;
  };
  const key = (bytes: Buffer): void => {
    const text = bytes.toString('latin1');
    if (ENDS.some((one) => text.includes(one))) over.abort();
    // A disturbed screen is drawn anew, as everywhere on a terminal.
    else if (text.includes('\u000c')) forget();
  };
  stdout.on('resize', forget);
  // A terminal that is gone can neither be read nor set; that is an end like any other.
  const hungUp = (): void => over.abort();
  stdin.on('error', hungUp).on('end', hungUp);
  if (stdin.isTTY) stdin.setRawMode(true).resume().on('data', key);
  stdout.write('\u001b[?25l\u001b[2J');
  try {
    while (!over.signal.aborted) {
      const { picture } = await source.look();
      // On a link that has not taken the last screen yet a further one would only lag behind.
      if (stdout.writableLength === 0) {
        const lines = screenOf(picture, Date.now(), sizeOf(stdout), settings);
        const bytes = drawn === null ? drawAll(lines) : drawChanges(drawn, lines);
        if (bytes !== '') stdout.write(bytes);
        drawn = lines;
      }
      await wait(everyMs, over.signal);
    }
  } finally {
    stdout.off('resize', forget);
    if (stdin.isTTY) {
      stdin.off('data', key).off('end', hungUp);
      cook(stdin);
      stdin.pause();
    }
    stdout.write(`\u001b[${sizeOf(stdout).rows};1H\r\n\u001b[?25h`);
  }
}

/** A terminal that has hung up refuses it, and nobody is there for whom it would matter. */
function cook(stdin: NodeJS.ReadStream): void {
  try {
    stdin.setRawMode(false);
  } catch (error) {
    if (!hasHungUp(error)) throw error;
  }
}

function hasHungUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EIO' || error.code === 'ENOTTY');
}

function sizeOf(stdout: NodeJS.WriteStream): ScreenSize {
  return { columns: Math.max(20, stdout.columns || 80), rows: Math.max(5, stdout.rows || 24) };
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return pause(ms, undefined, { signal }).catch(() => undefined);
}
