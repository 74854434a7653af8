/** The picture of `watch` as lines of text: what matters first, coarse enough that a quiet site stays still. Pure. */
import { codeText, explainDecision, words } from '../core/words/words.ts';
import type { DeviceStatus } from '../field/device-host.ts';
import type { LineStatus } from '../field/line-status.ts';
import type { LaneView, StatusView } from '../runtime/views.ts';
import { wallText } from './local-time.ts';
import { causeLine } from './emergency.ts';
import { marks } from './record-line.ts';
import { purposeWord } from './record-words.ts';
import type { Settings } from './settings.ts';
import { owedRemark } from './todo.ts';
import { detailWords } from './detail-words.ts';
import { faultWords } from './status.ts';
import { ageText, padTo, plain, table, wrapTo } from './text-layout.ts';
import { cutTo } from './watch-redraw.ts';
import type { Picture, SeenDecision } from './watch-source.ts';
import { drillLines } from './watch-drill.ts';
import { upstreamLine } from './watch-upstream.ts';

export type ScreenSettings = Pick<Settings, 'language' | 'say' | 'timezone' | 'drivers'>;

export interface ScreenSize {
  /** Infinity in a pipe: no line is cut or wrapped there. */
  readonly columns: number;
  /** Infinity where the output is no screen: nothing is left out or cut then. */
  readonly rows: number;
}

/** A site has a cause or two; what lies beyond stands in `gatehouse lanes`. */
const CAUSES_SHOWN = 4;

interface Section {
  readonly head: readonly string[];
  /** Each of one line or more, shown whole or not at all. */
  readonly items: readonly (readonly string[])[];
  /** Items that it keeps when there is not room for all. */
  readonly atLeast: number;
  /** Says how many are not shown; older decisions fall off the end unsaid. */
  readonly tellsHidden: boolean;
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
      ? [`${clock}  ${settings.say('门岗', 'Gatehouse')}`, '', ...silence(picture, size, settings)]
      : [
          `${clock}  ${headline(status, settings)}`,
          upstreamLine(status, settings),
          ...status.emergencies.slice(0, CAUSES_SHOWN).map((cause) => causeLine(cause, settings, roughAge)),
          ...drillLines(status, settings, roughAge),
          '',
        ];
  const sections = status === null ? [] : sectionsOf(status, picture.decisions, size, settings);
  const lines = [...head, ...arrange(sections, size.rows - head.length, settings)];
  if (!Number.isFinite(size.rows)) return lines.map(plain);
  const cut = lines.map((line) => cutTo(plain(line), size.columns - 1));
  return [...cut, ...Array<string>(Math.max(0, size.rows - cut.length)).fill('')].slice(0, size.rows);
}

function silence({ heardAt, trouble }: Picture, size: ScreenSize, settings: ScreenSettings): readonly string[] {
  const { say, timezone, language } = settings;
  const since = wallText(heardAt, timezone).slice(0, 19);
  return [
    say(`! 网关没有应答，自 ${since} 起没有数据`, `! the gateway does not answer: nothing is known since ${since}`),
    ...(trouble === undefined ? [] : wrapTo(`  ${trouble[language]}`, size.columns - 1, 2)),
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
  const faults = status.faults.map((fault) => wrapTo(plain(faultLine(fault, settings)), size.columns - 1, 4));
  const [lineHead = '', ...lines] = lineTable(status, settings).split('\n');
  const latest = decisions.slice(0, Number.isFinite(size.rows) ? size.rows : 20);
  const none = say('  （还没有）', '  (none yet)');
  return [
    { head: [laneHead], items: [...lanes, ...off].map(alone), atLeast: 3, tellsHidden: true },
    faults.length === 0
      ? { head: [], items: [[say('✓ 没有故障', '✓ no faults')]], atLeast: 1, tellsHidden: true }
      : {
          head: [say(`故障 ${faults.length}`, `faults ${faults.length}`)],
          items: faults,
          atLeast: 1,
          tellsHidden: true,
        },
    { head: [lineHead], items: lines.map(alone), atLeast: 1, tellsHidden: true },
    {
      head: [say('最近的判定', 'last decisions')],
      items: latest.length === 0 ? [[none]] : latest.map((one) => alone(decisionLine(one, settings))),
      atLeast: 3,
      tellsHidden: false,
    },
  ];
}

function alone(line: string): readonly string[] {
  return [line];
}

/** First what each keeps at least, then the rest of the room from the first section to the last. */
function arrange(sections: readonly Section[], room: number, settings: ScreenSettings): readonly string[] {
  const given = sections.map((section) => Math.min(section.items.length, section.atLeast));
  const taken = () => sections.reduce((sum, section, at) => sum + height(section, given[at] ?? 0), 0);
  for (const [at, section] of sections.entries()) {
    for (let count = (given[at] ?? 0) + 1; count <= section.items.length; count += 1) {
      given[at] = count;
      if (taken() <= room) continue;
      given[at] = count - 1;
      break;
    }
  }
  return sections.flatMap((section, at) => shown(section, given[at] ?? 0, settings));
}

/** Rows of a section that shows so many of its items. */
function height(section: Section, count: number): number {
  const rows = section.items.slice(0, count).reduce((sum, item) => sum + item.length, section.head.length);
  return rows + (count < section.items.length && section.tellsHidden ? 1 : 0);
}

function shown({ head, items, tellsHidden }: Section, count: number, { say }: ScreenSettings): readonly string[] {
  const hidden = items.length - count;
  const rest = hidden === 0 || !tellsHidden ? [] : [say(`  … 另有 ${hidden} 项`, `  … ${hidden} more`)];
  return [...head, ...items.slice(0, count).flat(), ...rest];
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
    status.lanes.map((lane) => laneCells(lane, status, settings)),
  );
}

function laneCells(lane: LaneView, { todos }: StatusView, settings: ScreenSettings): readonly string[] {
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
    ...[owedRemark(todos, lane.id, settings)].filter((remark) => remark !== null),
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

function lineTable(status: StatusView, { say, language }: ScreenSettings): string {
  const lines = status.lines as readonly LineStatus[];
  const devices = status.devices as readonly Partial<DeviceStatus>[];
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
      [
        lineErrors(line),
        ...faultsOn(line.id, devices),
        ...(line.up || line.problem === '' ? [] : [detailWords(line.problem, language)]),
      ].join('  '),
    ]),
  );
}

/**
 * Requests that got no usable answer, each once, and frames of nobody that was asked, over the life of the process: an answer that
 * came late is a request that ran out of time, and counts there. On a byte line nothing is asked, so that there is nothing to count.
 */
function lineErrors({ units, foreign, received }: LineStatus): string {
  if (received !== undefined) return '–';
  const sum = (of: (unit: LineStatus['units'][number]) => number) => units.reduce((all, unit) => all + of(unit), 0);
  const failed = sum((unit) => unit.timeouts + unit.exceptions + unit.echoMismatches + unit.misled);
  return String(failed + Math.max(0, foreign - sum((unit) => unit.late)));
}

function faultsOn(line: string, devices: readonly Partial<DeviceStatus>[]): readonly string[] {
  return devices
    .filter((device) => device.line === line)
    .flatMap(({ faults = [] }) => faults.map((code) => `! ${code}`));
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
