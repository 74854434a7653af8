/**
 * `gatehouse close --attended`: a person who watches the boom holds a key, and it goes down only while he does. A terminal tells
 * no release of a key, only that no further press comes: the gap of its repeat is the release, and so is a lost link.
 */
import type { Command } from 'commander';
import { openHeldClose } from '../runtime/control-client.ts';
import type { HeldClose } from '../runtime/closing-requests.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { refusalText } from './close-words.ts';
import { detailWords } from './detail-words.ts';
import { openSettings, print, printJson, remark, type Settings, share, type SharedOptions } from './settings.ts';

interface CloseOptions extends SharedOptions {
  readonly attended?: boolean;
  readonly by: string;
}

/** The slowest common key repeat comes every 92 ms. */
const KEY_GAP_MS = 200;
const SAY_MS = 80;
const ENDS = ['q', 'Q', '\u0003', '\u0004'];

export function addClose(program: Command): void {
  share(
    program
      .command('close')
      .description(
        'close a boom while you watch it and hold the space bar; let go, it stops / 看着闸杆按住空格键关闸，松开即停',
      )
      .argument('<lane>', 'lane id / 车道')
      .requiredOption('--attended', 'you see the boom and what stands under it / 确认看得见闸杆和杆下')
      .requiredOption('--by <name>', 'who watches; recorded / 看守人姓名，记入流水'),
    ['fine', 'error', 'notRunning'],
  ).action(async (lane: string, options: CloseOptions) => {
    const { stdin } = process;
    if (stdin.isTTY !== true)
      throw said(
        exitCodes.usage,
        '按住关闸需要键盘，请在终端上执行',
        'a held close needs a keyboard: call it on a terminal',
      );
    const settings = await openSettings(options, exitCodes.notRunning);
    const ended = await hold(lane, options.by, settings);
    if (settings.json) printJson(ended);
    else print(endText(ended, settings));
    process.exitCode = ended.position === 'closed' ? exitCodes.fine : exitCodes.error;
  });
}

/** Begins with the key's repeat, never with a single press; ends with the boom's being down, a refusal or a release. */
async function hold(lane: string, by: string, settings: Settings): Promise<HeldClose> {
  const { stdin } = process;
  const { say } = settings;
  const link = await openHeldClose(settings.stateDir, lane, by);
  let pressedAt = Number.NEGATIVE_INFINITY;
  let holds = false;
  const { promise: over, resolve, reject } = Promise.withResolvers<HeldClose>();
  const take = (answer: HeldClose): void => {
    if (answer.refused !== null || answer.stage === null) resolve(answer);
  };
  const letGo = (): void => void link.letGo().then(resolve, reject);
  const key = (bytes: Buffer): void => {
    if (ENDS.some((end) => bytes.toString('latin1').includes(end))) {
      letGo();
      return;
    }
    const now = performance.now();
    holds ||= now - pressedAt < KEY_GAP_MS;
    pressedAt = now;
  };
  remark(
    say(
      '看着闸杆，按住空格键：预告 3 秒后落杆；松开即停，q 退出',
      'watch the boom and hold the space bar: it is announced for 3 s, then goes down; let go to stop it, q ends',
    ),
  );
  const beat = setInterval(() => {
    if (!holds) return;
    if (performance.now() - pressedAt >= KEY_GAP_MS) letGo();
    else link.say().then(take, reject);
  }, SAY_MS);
  stdin.setRawMode(true).resume().on('data', key);
  try {
    return await Promise.race([over, link.lost]);
  } finally {
    clearInterval(beat);
    stdin.off('data', key).setRawMode(false).pause();
    link.close();
  }
}

function endText({ refused, position }: HeldClose, { say, language }: Settings): string {
  if (position === 'closed') return say('✓ 闸杆已落下', '✓ the boom is down');
  if (refused === 'letGo')
    return say('· 已松开，闸杆停住或重新抬起', '· let go: the boom is stopped, or sent up again');
  if (refused === null)
    return say(
      '! 关闸中止：遇障碍，或有人开闸',
      '! the close was ended: something came under the boom, or it was opened',
    );
  const why = refusalText(refused, language) ?? detailWords(refused, language);
  return say(`✕ 未关闸：${why}`, `✕ not closed: ${why}`);
}
