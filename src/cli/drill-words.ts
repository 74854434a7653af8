/** Words of drills: results, reasons, and one line for each of their records. */
import { words } from '../core/words/words.ts';
import type { StoredRecord } from '../store/journal-read.ts';
import type { DrillView } from '../runtime/drill-view.ts';
import type { Say, Settings } from './settings.ts';
import { ageText } from './text-layout.ts';

type Pair = readonly [zh: string, en: string];

export const drillResults: Readonly<Record<string, Pair>> = {
  passed: ['通过', 'passed'],
  failed: ['未通过', 'failed'],
  presumed: ['推定开启，不作证明', 'presumed, no proof'],
  interrupted: ['中断', 'interrupted'],
};

const whys: Readonly<Record<string, Pair>> = {
  notOpen: ['30 秒内未开启', 'not open within 30 s'],
  notHeld: ['没有保持住', 'not held open'],
  emergency: ['发生真实应急，由其接管', 'a real emergency took over'],
  released: ['由人员提前结束', 'ended early by a person'],
  guardClosed: ['保安关闸，演练结束', 'the guard closed a boom of it'],
  restarted: ['网关重新启动', 'the gateway was restarted'],
  laneGone: ['演练中车道被取消', 'a lane was taken away meanwhile'],
};

const refusals: Readonly<Record<string, Pair>> = {
  needsNamedPerson: ['须写明在场人员的姓名', 'it needs the name of a person who is present'],
  needsPersonOnTheSpot: ['只能由现场人员开始', 'only a person on the spot may begin it'],
  emergencyStands: ['正在应急，先由现场人员解除', 'an emergency stands; a person on the spot releases it first'],
  latchInDoubt: [
    '应急存档待人确认（见 gatehouse faults）',
    'it is not known which emergencies stand (see "gatehouse faults")',
  ],
  drillRunning: ['已有演练在进行', 'a drill is under way already'],
  journalBroken: ['流水不可写，演练得不到记录', 'the journal cannot be written, so nothing would be proved'],
  laterThanPassed: ['超过 30 秒不算通过', 'later than 30 s is not passed'],
  noSuchLane: ['没有这条车道', 'there is no such lane'],
  noSuchRoute: ['没有这条应急通道', 'there is no such route'],
  nothingToOpen: ['范围内没有可以演练的闸或门', 'there is no barrier or door in it that can be drilled'],
};

const cases: Readonly<Record<string, Pair>> = { mainsOff: ['断电手动抬杆', 'mains off, lifted by hand'] };

const word =
  (names: Readonly<Record<string, Pair>>) =>
  (name: string, say: Say): string => {
    const pair = Object.hasOwn(names, name) ? names[name] : undefined;
    return pair === undefined ? name : say(pair[0], pair[1]);
  };

export const drillResultWord = word(drillResults);
export const drillWhyWord = word(whys);
export const drillCaseWord = word(cases);
/** Null where it is none of these. */
export const drillRefusal = (code: string): Pair | null => refusals[code] ?? null;

/** `路线 north`, `车道 east-in`, `全部车道`. */
export function reachText(reach: unknown, say: Say): string {
  if (typeof reach !== 'object' || reach === null || !('kind' in reach)) return '–';
  if ('route' in reach) return say(`应急通道 ${String(reach.route)}`, `route ${String(reach.route)}`);
  if ('lane' in reach) return say(`车道 ${String(reach.lane)}`, `lane ${String(reach.lane)}`);
  return say('全部车道', 'all lanes');
}

/** `2.1`: seconds of a record's `ms`. */
export function secondsText(ms: unknown): string {
  return typeof ms === 'number' ? (ms / 1000).toFixed(1) : '–';
}

/** `演练 应急通道 north (12 s): east-in ✓ 2.1 s · …` */
export function underWay({ reach, sinceMs, lanes }: DrillView, { say }: Pick<Settings, 'say'>, age = ageText): string {
  const each = lanes.map(({ lane, opened, failed }) => {
    const took = opened === null ? '…' : `${secondsText(opened.ms)} ${say('秒', 's')}`;
    return `${lane} ${failed ? '✕' : opened === null ? '' : '✓'} ${took}`.replace('  ', ' ');
  });
  return `${say('演练', 'DRILL')} ${reachText(reach, say)} (${age(sinceMs, say)})  ${each.join(' · ')}`;
}

/** What a record of a drill says, without time and lane. */
export function drillLine(
  { kind, body }: Pick<StoredRecord, 'kind' | 'body'>,
  { say, language }: Pick<Settings, 'say' | 'language'>,
): string {
  const seconds = `${secondsText(body.ms)} ${say('秒', 's')}`;
  const late = body.inTime === false ? say('，超过 30 秒', ', later than 30 s') : '';
  switch (kind) {
    case 'drillStarted':
      return say(`演练开始：${reachText(body.reach, say)}`, `drill begun: ${reachText(body.reach, say)}`);
    case 'drillRefused': {
      const why = drillRefusal(String(body.why)) ?? [String(body.why), String(body.why)];
      return say(`演练未开始：${why[0]}`, `drill not begun: ${why[1]}`);
    }
    case 'drillLaneOpened': {
      const basis = words[language].basis[body.basis === 'measured' ? 'measured' : 'presumed'];
      const stood = body.stoodOpen === true ? say('，演练前已开启', ', it stood open before') : '';
      return say(
        `演练：已开启 ${seconds} (${basis})${late}${stood}`,
        `drill: open, ${seconds} (${basis})${late}${stood}`,
      );
    }
    case 'drillLaneNotOpen': {
      const why = drillWhyWord(String(body.why), say);
      return say(`! 演练：${why}`, `! drill: ${why}`);
    }
    case 'drillRecorded': {
      const what = `${drillCaseWord(String(body.case), say)} ${seconds}${late}`;
      const result = drillResultWord(String(body.result), say);
      return say(`人工计时演练：${what}，${result}`, `drill timed by people: ${what}, ${result}`);
    }
    default: {
      const why = typeof body.why === 'string' ? ` (${drillWhyWord(body.why, say)})` : '';
      const result = drillResultWord(String(body.result), say);
      return say(`演练结束：${result}${why}`, `drill ended: ${result}${why}`);
    }
  }
}
