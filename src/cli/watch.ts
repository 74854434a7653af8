/** `gatehouse watch`: the running gateway live on a terminal, made for a bad ssh link. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../contract/duration.ts';
import { exitCodes } from './exit-codes.ts';
import { impersonalPicture } from './impersonal.ts';
import { type LiveOutput, liveOutput } from './live-output.ts';
import { openSettings, type Settings, share, type SharedOptions } from './settings.ts';
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
/** What a terminal has not taken of the end by then, nobody is reading. */
const LAST_WORDS_MS = 500;
/** Raw mode gives Ctrl-C and Ctrl-D as they are. */
const ENDS = ['q', 'Q', '\u0003', '\u0004'];
/** "Are you there?" and its answer (VT100, device status report): it comes once all before the question is on the screen. */
const ASKS = '\u001b[5n';
const ANSWERS = '\u001b[0n';
/** An answer that has not come by then is not waited for: a screen that stands still would be taken for live. */
const ANSWER_LOST_MS = 10_000;

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
    const textOf = showing(settings, options.personal === true);
    if (options.once === true) await lookOnce(source, textOf);
    else await watch(source, settings, textOf, options.every ?? null);
  });
}

function interval(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < 200 || ms > 3_600_000) throw new InvalidArgumentError('200ms … 1h');
  return ms;
}

type TextOf = (picture: Picture) => string;

async function lookOnce(source: WatchSource, textOf: TextOf): Promise<void> {
  source.recall();
  const { picture, error } = await source.look();
  if (picture.status === null) throw error;
  process.stdout.write(textOf(picture));
}

async function watch(source: WatchSource, settings: Settings, textOf: TextOf, everyMs: number | null): Promise<void> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  const isScreen = !settings.json && process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  const following = source.follow(over.signal);
  try {
    const output = liveOutput(stop);
    if (isScreen) await onScreen(source, settings, output, everyMs ?? SCREEN_MS, over);
    else await inBlocks(source, settings, output, textOf, everyMs ?? BLOCK_MS, over.signal);
  } finally {
    over.abort();
    await following;
    for (const signal of signals) process.off(signal, stop);
  }
}

async function inBlocks(
  source: WatchSource,
  settings: Settings,
  output: LiveOutput,
  textOf: TextOf,
  everyMs: number,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const { picture } = await source.look(over);
    if (!over.aborted) output.offer(`${textOf(picture)}${settings.json ? '' : '\n'}`);
    await wait(everyMs, over);
  }
  await output.end('', LAST_WORDS_MS);
}

/**
 * Shape of a line of `--json`: `Picture` of watch-source.ts, with `atWall`; `who` null, and no other car's plate, unless personal
 * fields were asked for.
 */
function showing(settings: Settings, personal: boolean): TextOf {
  return (picture) => {
    if (settings.json) {
      const shown = personal ? picture : impersonalPicture(picture);
      return `${JSON.stringify({ atWall: Date.now(), ...shown })}\n`;
    }
    // A pipe has no width: whoever reads it, or greps it, gets each line whole.
    const columns = process.stdout.columns || Number.POSITIVE_INFINITY;
    const lines = screenOf(picture, Date.now(), { columns, rows: Number.POSITIVE_INFINITY }, settings);
    return `${lines.join('\n')}\n`;
  };
}

async function onScreen(
  source: WatchSource,
  settings: Settings,
  output: LiveOutput,
  everyMs: number,
  over: AbortController,
): Promise<void> {
  const { stdin, stdout } = process;
  let drawn: readonly string[] | null = null;
  const link = answering();
  const forget = (): void => {
    drawn = null;
  };
  const key = (bytes: Buffer): void => {
    const text = bytes.toString('latin1');
    if (text.includes(ANSWERS)) link.answered();
    if (ENDS.some((one) => text.includes(one))) over.abort();
    // A disturbed screen is drawn anew, as everywhere on a terminal.
    else if (text.includes('\u000c')) forget();
  };
  stdout.on('resize', forget);
  // A terminal that is gone can neither be read nor set; that is an end like any other.
  const hungUp = (): void => over.abort();
  stdin.on('error', hungUp).on('end', hungUp);
  if (stdin.isTTY) stdin.setRawMode(true).resume().on('data', key);
  output.offer('\u001b[?25l\u001b[2J');
  try {
    while (!over.signal.aborted) {
      const { picture } = await source.look(over.signal);
      const lines = screenOf(picture, Date.now(), sizeOf(stdout), settings);
      const bytes = drawn === null ? drawAll(lines) : drawChanges(drawn, lines);
      // On a link that has not shown the last screen yet a further one would only lag behind.
      const ready = bytes !== '' && !over.signal.aborted && link.ready();
      if (ready && output.offer(bytes + link.question())) drawn = lines;
      await wait(everyMs, over.signal);
    }
  } finally {
    stdout.off('resize', forget);
    if (stdin.isTTY) {
      stdin.off('data', key).off('end', hungUp);
      cook(stdin);
      stdin.pause();
    }
    await output.end(`\u001b[${sizeOf(stdout).rows};1H\r\n\u001b[?25h`, LAST_WORDS_MS);
  }
}

interface Answering {
  /** May the next screen go out? Who has never answered is not waited for. */
  ready(): boolean;
  /** To be sent behind a screen; empty where nobody answers. */
  question(): string;
  answered(): void;
}

/** What has been written may wait anywhere between here and the terminal: only its own answer says that it has been shown. */
function answering(): Answering {
  let answers = false;
  let asked = false;
  let waitingSince: number | null = null;
  return {
    ready() {
      const isLost = waitingSince !== null && performance.now() - waitingSince > ANSWER_LOST_MS;
      if (answers && isLost) [answers, asked] = [false, false];
      return !answers || waitingSince === null;
    },
    question() {
      if (asked && !answers) return '';
      asked = true;
      waitingSince = performance.now();
      return ASKS;
    },
    answered() {
      answers = true;
      waitingSince = null;
    },
  };
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
