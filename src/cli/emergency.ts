/** `gatehouse emergency`: opens and holds a lane, a route or the whole site on a person's word, and says how far each boom is. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { suggestion } from '../config/suggest.ts';
import type { OrderedReach } from '../core/io.ts';
import { words } from '../core/words/words.ts';
import { ask } from '../runtime/control-client.ts';
import type { EmergencyLaneView, EmergencyView } from '../runtime/emergency-view.ts';
import { exitCodes } from './exit-codes.ts';
import { type Failure, said } from './failure.ts';
import { openSettings, print, printJson, remark, type Settings, share, type SharedOptions } from './settings.ts';
import { readStatus } from './status.ts';
import { purposeWord, viaWord } from './record-words.ts';
import { ageText, table } from './text-layout.ts';

interface EmergencyOptions extends SharedOptions, ReachOptions {
  readonly by: string;
  readonly reason: string;
}

/** A boom that is not up by then is said to be not open; it goes on being told to open all the same. */
const OPEN_WITHIN_MS = 10_000;
const LOOK_MS = 100;

export function addEmergency(program: Command): void {
  share(
    program
      .command('emergency')
      .description(
        'open and hold a lane, a route or the whole site until a person releases it / 应急开闸并保持，直到由人员解除',
      )
      .addOption(new Option('--lane <lane>', 'one lane / 一条车道').conflicts(['route', 'site']))
      .addOption(new Option('--route <route>', 'all lanes of a route / 一条应急通道').conflicts(['lane', 'site']))
      .addOption(new Option('--site', 'every lane / 全部车道').conflicts(['lane', 'route']))
      .requiredOption('--by <name>', 'who orders it; recorded / 下令人姓名，记入流水')
      .requiredOption('--reason <text>', 'why; recorded / 原因，记入流水'),
    ['fine', 'error', 'notRunning'],
  ).action(async (options: EmergencyOptions) => {
    const reach = reachOf(options);
    const settings = await openSettings(options, exitCodes.notRunning);
    const key = await order(settings, reach, options);
    const cause = await opened(settings, key);
    const lanes = cause?.lanes ?? [];
    const open = lanes.length > 0 && lanes.every(isOpen);
    if (settings.json) printJson({ key, open, lanes });
    else print(report(key, cause, settings));
    process.exitCode = open ? exitCodes.fine : exitCodes.error;
  });
}

export interface ReachOptions {
  readonly lane?: string;
  readonly route?: string;
  readonly site?: boolean;
}

/** @throws Failure where none is named. */
export function reachOf({ lane, route, site }: ReachOptions): OrderedReach {
  if (lane !== undefined) return { kind: 'lane', lane };
  if (route !== undefined) return { kind: 'route', route };
  if (site === true) return { kind: 'site' };
  throw said(
    exitCodes.usage,
    '须写明开哪里：--lane 车道、--route 通道 或 --site',
    'say what to open: --lane LANE, --route ROUTE or --site',
  );
}

/** The order goes first; what was meant by a wrong name is looked up only then. */
async function order(settings: Settings, reach: OrderedReach, { by, reason }: EmergencyOptions): Promise<string> {
  try {
    const { key } = (await ask(settings.stateDir, { method: 'emergency', reach, by, reason })) as { key: string };
    return key;
  } catch (error) {
    throw (await wrongName(error, reach, settings)) ?? error;
  }
}

/** What was meant by a lane or route that the gateway does not know; null for any other error. */
export async function wrongName(error: unknown, reach: OrderedReach, settings: Settings): Promise<Failure | null> {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
  if (code !== 'noSuchLane' && code !== 'noSuchRoute') return null;
  const { lanes, routes } = await readStatus(settings);
  const name = reach.kind === 'lane' ? reach.lane : reach.kind === 'route' ? reach.route : '';
  const known = (reach.kind === 'lane' ? lanes : routes).map(({ id }) => id);
  const { suggestZh, suggestEn } = suggestion(name, known);
  const [zh, en] = reach.kind === 'lane' ? ['车道', 'lane'] : ['应急通道', 'route'];
  return said(
    exitCodes.error,
    `没有${zh} "${name}"，什么都没有打开：${suggestZh}`,
    `there is no ${en} "${name}", nothing was opened: ${suggestEn}`,
  );
}

/** The cause once all its lanes are open, or as it is when the time is over; null where it has been released meanwhile. */
async function opened(settings: Settings, key: string): Promise<EmergencyView | null> {
  if (!settings.json) remark(settings.say('已下令，等待闸杆…', 'ordered; waiting for the booms …'));
  const until = performance.now() + OPEN_WITHIN_MS;
  for (;;) {
    const { emergencies } = await readStatus(settings);
    const cause = emergencies.find((one) => one.key === key) ?? null;
    if (cause === null || cause.lanes.every(isOpen) || performance.now() > until) return cause;
    await pause(LOOK_MS);
  }
}

export function isOpen({ position }: EmergencyLaneView): boolean {
  return position === 'open' || position === 'released' || position === 'none';
}

/** `! 应急 fire:b1.fire (火警, 触点, 12 s): east-in ✓ …` */
export function causeLine(cause: EmergencyView, settings: Pick<Settings, 'say' | 'language'>, age = ageText): string {
  const { say } = settings;
  const { key, purpose, via, sinceMs, lanes } = cause;
  const about = [purposeWord(purpose, say), viaWord(via, say), age(sinceMs, say)].join(', ');
  const each = lanes.map((lane) => `${lane.lane} ${laneText(lane, settings)}`).join(' · ');
  return `! ${say('应急', 'EMERGENCY')} ${key} (${about})${each === '' ? '' : `  ${each}`}`;
}

function report(key: string, cause: EmergencyView | null, settings: Settings): string {
  const { say } = settings;
  if (cause === null) return say(`! ${key} 已被解除`, `! ${key} has been released again`);
  if (cause.lanes.length === 0) return say(`! ${key} 没有可开的车道`, `! ${key} has no lane to open`);
  const [first] = cause.lanes;
  return [
    table(
      [say('车道', 'lane'), say('闸位（依据）', 'boom (known by)')],
      cause.lanes.map((lane) => [lane.lane, laneText(lane, settings)]),
    ),
    say(
      `解除：gatehouse release ${first?.lane ?? ''} ${key} --by 姓名`,
      `to release it: gatehouse release ${first?.lane ?? ''} ${key} --by NAME`,
    ),
  ].join('\n');
}

export function laneText(lane: EmergencyLaneView, { say, language }: Pick<Settings, 'say' | 'language'>): string {
  const terms = words[language];
  const named = (names: Readonly<Record<string, string>>, word: string) => names[word] ?? word;
  const doors = {
    released: say('已释放', 'released'),
    locked: say('已锁', 'locked'),
    none: say('无闸杆', 'no portal'),
  };
  const where = named({ ...terms.positions, ...doors }, lane.position);
  const text = lane.position === 'none' ? where : `${where} (${named(terms.basis, lane.basis)})`;
  if (isOpen(lane)) {
    const took = lane.opened === null ? '' : ` ${(lane.opened.ms / 1000).toFixed(1)} ${say('秒', 's')}`;
    return `✓ ${text}${took}`;
  }
  const other = lane.alternative;
  const way =
    other === null
      ? say('，没有其他开启的车道', '; no other lane is open')
      : lane.alternativeBasis === 'presumed'
        ? say(`，可走 ${other}（推定开启，没有限位）`, `; ${other} is presumed open, no limit shows it`)
        : say(`，可走 ${other}`, `; ${other} is open`);
  return `! ${say('未开启：', 'not open: ')}${text}${way}`;
}
