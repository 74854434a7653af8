/** `gatehouse lanes`, `devices` and `faults`: the running gateway as it is at this moment. */
import type { Command } from 'commander';
import { codeText, type Language, words } from '../core/words/words.ts';
import type { DeviceStatus } from '../field/device-host.ts';
import type { LineStatus } from '../field/line-status.ts';
import { monoNow } from '../runtime/clock.ts';
import type {
  CameraView,
  ClaimView,
  FaultView,
  LaneNotAsWritten,
  LaneView,
  StatusView,
  WaitingReferral,
} from '../runtime/views.ts';
import { underWay } from './drill-words.ts';
import { causeLine } from './emergency.ts';
import { exitCodes } from './exit-codes.ts';
import { detailWords } from './detail-words.ts';
import { wallText } from './local-time.ts';
import { purposeWord } from './record-words.ts';
import { openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';
import { faultInShort, faultLines, readStatus } from './status.ts';
import { ageText, plain, table } from './text-layout.ts';
import { owedRemark } from './todo.ts';
import { upstreamLine } from './watch-upstream.ts';

type Shown = 'lanes' | 'devices' | 'faults';

export function addLanes(program: Command): void {
  const descriptions: Readonly<Record<Shown, string>> = {
    lanes: 'every lane now: position and how it is known, mode, inputs, faults / 各车道现状',
    devices: 'every device and line now: answering or not, since when, faults / 各设备与总线现状',
    faults: 'every standing fault and what it does / 现存故障及其影响',
  };
  for (const shown of ['lanes', 'devices', 'faults'] as const)
    share(program.command(shown).description(descriptions[shown]), ['fine', 'notRunning']).action(
      async (options: SharedOptions) => {
        const settings = await openSettings(options, exitCodes.notRunning);
        const status = await readStatus(settings);
        if (settings.json) printJson(asJson(shown, status));
        else print(statusText(shown, status, settings));
      },
    );
}

/** Shapes: `StatusView` and its parts in runtime/views.ts; `lastGoodAt` counts on CLOCK_MONOTONIC of this boot. */
function asJson(shown: Shown, status: StatusView): unknown {
  const { site, boot, pid, uptimeMs, configHash, wallTrusted, list, journal, upstream, faults } = status;
  const about = { site, boot, pid, uptimeMs, configHash, wallTrusted };
  if (shown === 'lanes') {
    const { emergencies, drill, todos, lanes, lanesNotAsWritten } = status;
    return { ...about, list, journal, upstream, emergencies, drill, todos, lanes, lanesNotAsWritten, faults };
  }
  if (shown === 'devices')
    return { ...about, devices: status.devices, lines: status.lines, receiver: status.receiver, faults };
  return { ...about, faults };
}

export function statusText(shown: Shown, status: StatusView, settings: Settings): string {
  const { say } = settings;
  const faults =
    status.faults.length === 0
      ? say('✓ 没有故障', '✓ no faults')
      : status.faults.flatMap((fault) => faultLines(fault, settings)).join('\n');
  const head = headLine(status, settings);
  if (shown === 'faults') return `${head}\n\n${faults}`;
  if (shown === 'lanes') {
    const other = status.lanesNotAsWritten.map((lane) => notAsWritten(lane, settings));
    const platform = status.upstream === null ? '' : `\n${plain(upstreamLine(status, settings))}`;
    return `${head}${platform}${emergencyText(status, settings)}\n\n${[lanesTable(status, settings), ...other].join('\n')}\n\n${faults}`;
  }
  const own = ownFaults(status, status.faults);
  const rest =
    own.length === 0
      ? say('✓ 设备没有故障', '✓ no device faults')
      : own.flatMap((fault) => faultLines(fault, settings)).join('\n');
  return `${head}\n\n${devicesTable(status, settings)}\n\n${linesTable(status, settings)}\n\n${rest}`;
}

/** First of all that is shown: each cause, and how far its lanes are; or the drill that is under way. */
function emergencyText({ emergencies, drill }: StatusView, settings: Settings): string {
  const lines = [
    ...emergencies.map((cause) => causeLine(cause, settings)),
    ...(drill === null ? [] : [underWay(drill, settings)]),
  ];
  return lines.map((line) => `\n${plain(line)}`).join('');
}

function notAsWritten({ id, state, since, where }: LaneNotAsWritten, { say, timezone }: Settings): string {
  const from = since === null ? '' : ` (${wallText(since, timezone).slice(0, 16)})`;
  const what =
    state === 'off'
      ? say(`车道 ${id} 不运行，直到改正配置`, `lane ${id} is off until the configuration is mended`)
      : say(`车道 ${id} 沿用上次有效配置${from}`, `lane ${id} runs on its last known good${from}`);
  return plain(`! ${what}${where === null ? '' : `  ${where}`}`);
}

function headLine(status: StatusView, { say }: Settings): string {
  const list =
    status.list === null
      ? say('! 没有名单', '! no list')
      : say(
          `名单 ${status.list.rows} 行 (${status.list.version})`,
          `list ${status.list.rows} rows (${status.list.version})`,
        );
  const journal =
    status.journal.broken === null
      ? say(`流水 #${status.journal.lastSeq ?? 0}`, `journal #${status.journal.lastSeq ?? 0}`)
      : say(
          `! 流水不可写，${status.journal.waiting} 条待写`,
          `! journal broken, ${status.journal.waiting} records wait`,
        );
  const clock = status.wallTrusted ? say('时钟可信', 'clock trusted') : say('! 时钟未校准', '! clock not confirmed');
  const up = say(`运行 ${ageText(status.uptimeMs, say)}`, `up ${ageText(status.uptimeMs, say)}`);
  return [
    status.site,
    up,
    say(`配置 ${status.configHash.slice(0, 12)}`, `config ${status.configHash.slice(0, 12)}`),
    list,
    journal,
    clock,
  ].join(' · ');
}

function lanesTable({ lanes, todos }: StatusView, settings: Settings): string {
  const { say } = settings;
  if (lanes.length === 0) return say('没有车道在运行', 'no lane is running');
  const head = [
    say('车道', 'lane'),
    say('名称', 'name'),
    say('方向', 'direction'),
    say('模式', 'mode'),
    say('位置', 'position'),
    say('依据', 'known by'),
    say('持续', 'for'),
    say('输入', 'inputs'),
    say('输入数据', 'read'),
    say('待通行', 'grants'),
    say('备注', 'remarks'),
  ];
  return table(
    head,
    lanes.map((lane) => laneRow(lane, todos, settings)),
  );
}

function laneRow(lane: LaneView, todos: StatusView['todos'], settings: Settings): readonly string[] {
  const { language, say } = settings;
  const terms = words[language];
  const named = (names: Readonly<Record<string, string>>, word: string) => names[word] ?? word;
  const doors: Readonly<Record<string, string>> = {
    locked: say('已锁', 'locked'),
    released: say('已释放', 'released'),
    none: say('无闸杆', 'no portal'),
  };
  const inputs = Object.entries(lane.inputs).map(([id, level]) => {
    const shown = { active: '●', inactive: '○', unknown: say('?失效', '?stale') }[level];
    return `${id}${shown}`;
  });
  const remarks = [
    ...(lane.commissioned ? [] : [say('未验收：仅人工', 'not signed off: manual only')]),
    ...(lane.bypass === null
      ? []
      : [
          say(
            `! 已旁路 ${lane.bypass.input}，剩 ${ageText(lane.bypass.leftMs, say)}`,
            `! ${lane.bypass.input} bypassed, ${ageText(lane.bypass.leftMs, say)} left`,
          ),
        ]),
    ...lane.claims.map((claim) => claimRemark(claim, settings)),
    ...lane.waitingReferrals.map((waiting) => referralRemark(waiting, lane.directions.length > 1, settings)),
    ...[owedRemark(todos, lane.id, settings)].filter((remark) => remark !== null),
    ...lane.faults.map((fault) => `! ${faultInShort(fault, settings)}`),
  ];
  return [
    lane.id,
    lane.name,
    lane.directions.map((direction) => named(terms.directions, direction)).join('/'),
    named(terms.modes, lane.mode),
    named({ ...terms.positions, ...doors }, lane.position),
    named(terms.basis, lane.basis),
    ageText(lane.sinceMs, say),
    inputs.join(' ') || '–',
    // Every level above is already unknown when its reading is too old; this is the age of the newest.
    lane.inputAgeMs === null
      ? say('从未读到', 'never read')
      : say(`${ageText(lane.inputAgeMs, say)}前`, `${ageText(lane.inputAgeMs, say)} ago`),
    String(lane.grants),
    remarks.join('; ') || '–',
  ];
}

/** `hold (hold, 3 min, ends in 27 min, 4 vehicles left)` */
function claimRemark({ key, purpose, sinceMs, endsInMs, passagesLeft }: ClaimView, { say }: Settings): string {
  const about = [
    purposeWord(purpose, say),
    ageText(sinceMs, say),
    ...(endsInMs === null ? [] : [say(`${ageText(endsInMs, say)}后结束`, `ends in ${ageText(endsInMs, say)}`)]),
    ...(passagesLeft === null ? [] : [say(`还剩 ${passagesLeft} 辆`, `${passagesLeft} vehicles left`)]),
  ];
  return `${key} (${about.join(', ')})`;
}

function referralRemark(
  { code, direction, sinceMs }: WaitingReferral,
  twoWay: boolean,
  { say, language }: Settings,
): string {
  const [what, age] = [codeText(code, language), ageText(sinceMs, say)];
  const side = twoWay ? ` ${words[language].directions[direction === 'out' ? 'out' : 'in']}` : '';
  return say(`? 待人工${side}：${what}，已 ${age}`, `? waits for the guard${side}: ${what}, for ${age}`);
}

function devicesTable(status: StatusView, { say, language }: Settings): string {
  const states: Readonly<Record<string, string>> = {
    starting: say('… 启动中', '… starting'),
    answering: say('✓ 应答', '✓ answering'),
    heard: say('· 无已知故障', '· no fault known'),
    notHeard: say('? 尚无消息', '? nothing heard yet'),
    silent: say('! 无应答', '! silent'),
    faulted: say('! 驱动故障', '! driver failed'),
    faulty: say('! 有故障', '! faulty'),
    answeringFaulty: say('! 应答，有故障', '! answers, faulty'),
    stopped: say('已停', 'stopped'),
  };
  const devices = status.devices as readonly ShownDevice[];
  if (devices.length === 0) return say('没有设备在运行', 'no device is running');
  const now = monoNow();
  const rows = devices.map((device) => [
    device.id ?? '–',
    device.driver ?? '–',
    states[shownState(device)] ?? device.state ?? '–',
    device.lastGoodAt === null || device.lastGoodAt === undefined
      ? say('从未', 'never')
      : say(
          `${ageText(Math.max(0, now - device.lastGoodAt), say)}前`,
          `${ageText(Math.max(0, now - device.lastGoodAt), say)} ago`,
        ),
    whyOf(device, language),
  ]);
  return table(
    [
      say('设备', 'device'),
      say('驱动', 'driver'),
      say('状态', 'state'),
      say('最后数据', 'last heard'),
      say('原因', 'why'),
    ],
    rows,
  );
}

interface ShownDevice extends Partial<Omit<DeviceStatus, 'state'>> {
  readonly state?: DeviceStatus['state'] | CameraView['state'];
}

/** It answers, and says that something is wrong: its row must not read as if nothing were. */
function shownState({ state, faults = [] }: ShownDevice): string {
  return state === 'answering' && faults.length > 0 ? 'answeringFaulty' : (state ?? '–');
}

function whyOf({ state, why = '', faults = [] }: ShownDevice, language: Language): string {
  const reason = why === '' || state === 'answering' ? [] : [detailWords(why, language)];
  return [...reason, ...faults].join(', ') || '–';
}

function linesTable(status: StatusView, { say, language }: Settings): string {
  const lines = status.lines as readonly LineStatus[];
  const receiver =
    status.receiver === null
      ? say('摄像机推送：未监听', 'camera pushes: not listening')
      : say(
          `摄像机推送：${status.receiver.address}:${status.receiver.port}`,
          `camera pushes: ${status.receiver.address}:${status.receiver.port}`,
        );
  if (lines.length === 0) return receiver;
  const percent = (share: number) => `${Math.round(share * 100)}%`;
  const rows = lines.map((line) => [
    line.id,
    line.up ? say('✓ 已连接', '✓ up') : say('! 断开', '! down'),
    percent(line.usage),
    percent(line.asked),
    line.units.map((unit) => unitText(line, unit)).join(', ') || '–',
    line.problem === '' ? '–' : detailWords(line.problem, language),
  ]);
  const head = [
    say('总线', 'line'),
    say('状态', 'state'),
    say('占用', 'used'),
    say('请求', 'asked'),
    say('单元', 'units'),
    say('最近断开原因', 'last lost for'),
  ];
  return `${table(head, rows)}\n${receiver}`;
}

/** What a unit was like before its line was lost, or before it fell silent, says nothing of now. */
function unitText({ up }: LineStatus, { unit, answering, typicalMs }: LineStatus['units'][number]): string {
  if (!up) return `${unit}?`;
  return answering ? `${unit}✓ ${Math.round(typicalMs)} ms` : `${unit}!`;
}

/** Of devices and lines; a lane's own faults are for `lanes`. */
function ownFaults(status: StatusView, faults: readonly FaultView[]): readonly FaultView[] {
  const lanes = new Set(status.lanes.map((lane) => lane.id));
  return faults.filter((fault) => !lanes.has(fault.subject) && fault.subject !== 'site');
}
