/** Drills in `watch`: the one that is under way, and what is asked for or was missed, with the command that holds it. */
import type { StatusView } from '../runtime/views.ts';
import { underWay } from './drill-words.ts';
import type { Settings } from './settings.ts';

/** The most urgent kind first. */
const ASKINGS = [
  ['drillMissed', '演练逾期未做', 'drill missed'],
  ['drillFailed', '演练未通过，须重做', 'drill failed, to be held again'],
  ['drillDue', '演练到期', 'drill due'],
] as const;

type Age = (ms: number, say: Settings['say']) => string;

/** None where nothing is under way or asked for. */
export function drillLines(
  { drill, faults }: Pick<StatusView, 'drill' | 'faults'>,
  settings: Pick<Settings, 'say' | 'language'>,
  age: Age,
): readonly string[] {
  const { say, language } = settings;
  const running = drill === null ? [] : [underWay(drill, settings, age)];
  const asked = ASKINGS.flatMap(([code, zh, en]) => {
    const own = faults.filter((fault) => fault.code === code);
    const [first] = own;
    if (first === undefined) return [];
    const more = own.length === 1 ? '' : say(`，另有 ${own.length - 1} 项`, `, ${own.length - 1} more`);
    return [
      `! ${say(zh, en)}${say('：', ': ')}${first.subject}${more}  ${commandOf(first.detail, language)}`.trimEnd(),
    ];
  });
  return [...running, ...asked];
}

function commandOf(detail: unknown, language: Settings['language']): string {
  const start = typeof detail === 'object' && detail !== null && 'start' in detail ? detail.start : null;
  if (typeof start !== 'object' || start === null || !('zh' in start) || !('en' in start)) return '';
  return String(start[language]);
}
