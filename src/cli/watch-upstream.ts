/** The way to the property company in one line: connected or not, how much waits for it and how old that is, and why. */
import type { StatusView } from '../runtime/views.ts';
import type { Settings } from './settings.ts';
import { ageText } from './text-layout.ts';

export function upstreamLine(
  { upstream }: Pick<StatusView, 'upstream'>,
  { say, language }: Pick<Settings, 'say' | 'language'>,
): string {
  if (upstream === null || upstream === undefined) return say('上行：未配置', 'upstream: none configured');
  const states: Readonly<Record<typeof upstream.state, string>> = {
    starting: say('… 启动中', '… starting'),
    off: say('… 启动中', '… starting'),
    connected: say('✓ 已连接', '✓ connected'),
    connecting: say('… 正在连接', '… connecting'),
    waiting: say('! 未连接，将重试', '! down, will try again'),
  };
  const { waiting, oldestAgeMs } = upstream;
  const age = rough(oldestAgeMs ?? 0, say);
  const depth =
    waiting === 0
      ? say('待传 0', 'nothing waits')
      : say(`待传 ${waiting} 条，最早 ${age}前`, `${waiting} wait, oldest ${age}`);
  const why = upstream.why === null ? [] : [upstream.why.text[language]];
  return [`${say('上行：', 'upstream: ')}${states[upstream.state]}`, depth, upstream.broker, ...why].join(' · ');
}

/** Below a minute it is not old, and a number that counts seconds would be sent every second. */
function rough(ms: number, say: Settings['say']): string {
  return ms < 60_000 ? say('不到 1 分钟', 'under 1 min') : ageText(ms, say);
}
