/** The picture of `watch` as lines of text: what matters first, coarse enough that a quiet site stays still. Pure. */
import { codeText, explainDecision, words } from '../core/words/words.ts';
import type { LineStatus } from '../field/line-status.ts';
import type { LaneView, StatusView } from '../runtime/views.ts';
import { wallText } from './local-time.ts';
import { marks } from './record-line.ts';
import { purposeWord } from './record-words.ts';
import type { Settings } from './settings.ts';
import { faultWords } from './status.ts';
import { ageText, padTo, plain, table } from './text-layout.ts';
import { cutTo } from './watch-redraw.ts';
import type { Picture, SeenDecision } from './watch-source.ts';
import { upstreamLine } from './watch-upstream.ts';

export type ScreenSettings = Pick<Settings, 'language' | 'say' | 'timezone' | 'drivers'>;

export interface ScreenSize {
  readonly columns: number;
  /** Infinity where the output is no screen: nothing is left out then. */
  readonly rows: number;
}

interface Section {
  readonly head: readonly string[];
  readonly lines: readonly string[];
  /** Lines that it keeps when there is not room for all. */
  readonly atLeast: number;
}

/** Every line fits in `columns - 1`, since a full line wraps on some terminals; exactly `rows` of them on a screen. */
export function screenOf(
  picture: Picture,
  nowWall: number,
  size: ScreenSize,
  settings: ScreenSettings,
): readonly string[] {
  const { status } = picture;
  const clock = wallText(nowWall, settings.timezone).slice(11, 19);
  const head =
    status === null
      ? [`${clock}  ${settings.say('门岗', 'Gatehouse')}`, '', ...silence(picture, settings)]
      : [`${clock}  ${headline(status, settings)}`, upstreamLine(status, settings), ''];
  const sections = status === null ? [] : sectionsOf(status, picture.decisions, size, settings);
  const lines = [...head, ...arrange(sections, size.rows - head.length, settings)];
  const cut = lines.map((line) => cutTo(plain(line), size.columns - 1));
  if (!Number.isFinite(size.rows)) return cut;
  return [...cut, ...Array<string>(Math.max(0, size.rows - cut.length)).fill('')].slice(0, size.rows);
}

function silence({ heardAt }: Picture, { say, timezone }: ScreenSettings): readonly string[] {
  const since = wallText(heardAt, timezone).slice(0, 19);
  return [
    say(`! 网关没有应答，自 ${since} 起没有数据`, `! the gateway does not answer: nothing is known since ${since}`),
    say(
      '  闸杆与按钮以现场为准；网关一恢复即继续显示。',
      '  Trust your eyes at the booms; this goes on as soon as it answers.',
    ),
  ];
}

function headline(status: StatusView, { say }: ScreenSettings): string {
  const { journal, list } = status;
  const written =
    journal.broken === null
      ? say(`流水 ${journal.lastSeq ?? 0}`, `journal ${journal.lastSeq ?? 0}`)
      : say(`! 流水不可写，待写 ${journal.waiting}`, `! journal broken, ${journal.waiting} wait`);
  return [
    status.site,
    say(`运行 ${roughAge(status.uptimeMs, say)}`, `up ${roughAge(status.uptimeMs, say)}`),
    written,
    list === null ? say('! 没有名单', '! no list') : say(`名单 ${list.rows} 行`, `list ${list.rows} rows`),
    ...(status.wallTrusted ? [] : [say('! 时钟未校准', '! clock not confirmed')]),
  ].join(' · ');
}

/** Ages in steps of a minute and more: a screen that nothing happens on sends nothing but its clock. */
function roughAge(ms: number, say: ScreenSettings['say']): string {
  return ms < 60_000 ? say('不到 1 分钟', 'under 1 min') : ageText(ms, say);
}

function sectionsOf(
  status: StatusView,
  decisions: readonly SeenDecision[],
  size: ScreenSize,
  settings: ScreenSettings,
): readonly Section[] {
  const { say } = settings;
  const [laneHead = '', ...lanes] = laneTable(status, settings).split('\n');
  const off = status.lanesNotAsWritten.map(({ id, state, where }) => {
    const what = state === 'off' ? say('不运行', 'is off') : say('沿用上次有效配置', 'runs on its last known good');
    return `! ${id} ${what}${where === null ? '' : `  ${where}`}`;
  });
  const faults = status.faults.map((fault) => faultLine(fault, settings));
  const [lineHead = '', ...lines] = lineTable(status, settings).split('\n');
  const latest = decisions.slice(0, Number.isFinite(size.rows) ? size.rows : 20);
  const none = say('  （还没有）', '  (none yet)');
  return [
    { head: [laneHead], lines: [...lanes, ...off], atLeast: 4 },
    faults.length === 0
      ? { head: [], lines: [say('✓ 没有故障', '✓ no faults')], atLeast: 1 }
      : { head: [say(`故障 ${faults.length}`, `faults ${faults.length}`)], lines: faults, atLeast: 2 },
    { head: [lineHead], lines, atLeast: 2 },
    {
      head: [say('最近的判定', 'last decisions')],
      lines: latest.length === 0 ? [none] : latest.map((one) => decisionLine(one, settings)),
      atLeast: 3,
    },
  ];
}

/** First what each keeps at least, then the rest of the room from the first section to the last. */
function arrange(sections: readonly Section[], room: number, settings: ScreenSettings): readonly string[] {
  const given = sections.map((section) => Math.min(section.lines.length, section.atLeast));
  let left = room - sections.reduce((sum, section, at) => sum + section.head.length + (given[at] ?? 0), 0);
  for (const [at, section] of sections.entries()) {
    const more = Math.max(0, Math.min(left, section.lines.length - (given[at] ?? 0)));
    given[at] = (given[at] ?? 0) + more;
    left -= more;
  }
  return sections.flatMap((section, at) => [...section.head, ...shown(section.lines, given[at] ?? 0, at, settings)]);
}

/** Older decisions fall off the end unsaid; of everything else it is said how many are not shown. */
function shown(lines: readonly string[], count: number, section: number, { say }: ScreenSettings): readonly string[] {
  if (lines.length <= count || section === 3) return lines.slice(0, count);
  const hidden = lines.length - count + 1;
  return [...lines.slice(0, count - 1), say(`  … 另有 ${hidden} 项`, `  … ${hidden} more`)];
}

function laneTable(status: StatusView, settings: ScreenSettings): string {
  const { say } = settings;
  const head = [
    say('车道', 'lane'),
    say('模式', 'mode'),
    say('闸位（依据）', 'boom (known by)'),
    say('备注', 'remarks'),
  ];
  return table(
    head,
    status.lanes.map((lane) => laneCells(lane, settings)),
  );
}

function laneCells(lane: LaneView, settings: ScreenSettings): readonly string[] {
  const { say, language } = settings;
  const terms = words[language];
  const named = (names: Readonly<Record<string, string>>, word: string) => names[word] ?? word;
  const doors = {
    locked: say('已锁', 'locked'),
    released: say('已释放', 'released'),
    none: say('无闸杆', 'no portal'),
  };
  const basis = lane.position === 'unknown' || lane.position === 'none' ? '' : ` (${named(terms.basis, lane.basis)})`;
  const remarks = [
    ...lane.waitingReferrals.map(
      (one) =>
        `? ${say('待人工：', 'waits for the guard: ')}${codeText(one.code, language)} (${roughAge(one.sinceMs, say)})`,
    ),
    ...(lane.commissioned ? [] : [say('未验收：仅人工', 'not signed off: manual only')]),
    ...lane.claims.map((claim) => `${purposeWord(claim.purpose, say)} ${claim.key}`),
    ...(lane.grants === 0 ? [] : [say(`待通行 ${lane.grants}`, `${lane.grants} to pass`)]),
    ...lane.faults.map((fault) => `! ${fault.code}`),
  ];
  const name = lane.id === lane.name ? lane.id : `${lane.id} ${lane.name}`;
  return [
    name,
    named(terms.modes, lane.mode),
    `${named({ ...terms.positions, ...doors }, lane.position)}${basis}`,
    remarks.join('; '),
  ];
}

function faultLine(fault: StatusView['faults'][number], settings: ScreenSettings): string {
  const { say } = settings;
  const what = faultWords(fault, settings) ?? '';
  return `! ${fault.subject} ${fault.code} ${roughAge(fault.sinceMs, say)}  ${what}`;
}

function lineTable(status: StatusView, { say }: ScreenSettings): string {
  const lines = status.lines as readonly LineStatus[];
  const head = [
    say('总线', 'line'),
    say('状态', 'state'),
    say('占用', 'used'),
    say('请求', 'asked'),
    say('错误', 'errors'),
  ];
  return table(
    head,
    lines.map((line) => [
      line.id,
      line.up ? say('✓ 已连接', '✓ up') : say('! 断开', '! down'),
      percent(line.usage),
      percent(line.asked),
      `${lineErrors(line)}${line.up || line.problem === '' ? '' : `  ${line.problem}`}`,
    ]),
  );
}

/** Answers that never came, came late or came wrong, over the life of the process. */
function lineErrors({ units, foreign }: LineStatus): number {
  const bad = units.map((unit) => unit.timeouts + unit.late + unit.exceptions + unit.echoMismatches);
  return foreign + bad.reduce((sum, one) => sum + one, 0);
}

/** In steps of five: the use of a polled line is never quite the same twice. */
function percent(share: number): string {
  return `${Math.round(share * 20) * 5}%`;
}

function decisionLine({ wall, lane, outcome, code, who, decision }: SeenDecision, settings: ScreenSettings): string {
  const { language, timezone } = settings;
  const told = decision === null ? codeText(code, language) : explainDecision(decision, language);
  const time = wallText(wall, timezone).slice(11, 19);
  return `${time} ${padTo(lane, 9)} ${marks[outcome] ?? '·'} ${who === '' ? '–' : who}  ${told}`;
}
