/** `gatehouse open`: the guard's opening from the command line; it waits for nothing, and without a reason it asks for one afterwards. */
import type { Command } from 'commander';
import { suggestion } from '../config/suggest.ts';
import { ask } from '../runtime/control-client.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';
import { readStatus } from './status.ts';

interface OpenOptions extends SharedOptions {
  readonly by: string;
  readonly reason?: string;
}

export interface Opened {
  /** What `gatehouse todo answer` takes; null where nothing is owed. */
  readonly todo: string | null;
}

export function addOpen(program: Command): void {
  share(
    program
      .command('open')
      .description('open a lane on a person’s word, as the guard’s button does / 人工开闸，与岗亭按钮相同')
      .argument('<lane>', 'lane id / 车道')
      .requiredOption('--by <name>', 'who opens; recorded / 开闸人姓名，记入流水')
      .option('--reason <text>', 'why; without it a to-do asks for it / 原因；不写则留作待办补记'),
    ['fine', 'error', 'notRunning'],
  ).action(async (lane: string, options: OpenOptions) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const { say } = settings;
    const { todo } = await order(settings, lane, options);
    if (settings.json) printJson({ lane, todo });
    else
      print(
        [
          say(
            `已下令开 ${lane}，闸位见 gatehouse lanes`,
            `${lane} is told to open; for the boom see "gatehouse lanes"`,
          ),
          ...(todo === null
            ? []
            : [
                say(
                  `请补记原因：gatehouse todo answer ${todo} --by 姓名 --reason 原因`,
                  `its reason is asked for: gatehouse todo answer ${todo} --by NAME --reason TEXT`,
                ),
              ]),
        ].join('\n'),
      );
  });
}

async function order(settings: Settings, lane: string, { by, reason }: OpenOptions): Promise<Opened> {
  try {
    const why = reason === undefined || reason.trim() === '' ? null : reason;
    return (await ask(settings.stateDir, { method: 'open', lane, by, reason: why })) as Opened;
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 'noSuchLane') throw error;
    const known = (await readStatus(settings)).lanes.map(({ id }) => id);
    const { suggestZh, suggestEn } = suggestion(lane, known);
    throw said(
      exitCodes.error,
      `没有车道 "${lane}"，什么都没有打开：${suggestZh}`,
      `there is no lane "${lane}", nothing was opened: ${suggestEn}`,
    );
  }
}
