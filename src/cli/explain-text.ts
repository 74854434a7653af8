/** A story as a person reads it, from the car to the boom. */
import { factValue } from '../core/words/fact-words.ts';
import { words } from '../core/words/words.ts';
import type { StoredRecord } from '../store/journal-read.ts';
import { reasonLines, verdictLine } from './decision-text.ts';
import { wallText } from './local-time.ts';
import { credentialOf, decisionOfRecord, recordLine, whatHappened } from './record-line.ts';
import { viaWord } from './record-words.ts';
import type { Settings } from './settings.ts';
import type { Stage, StageName } from './stages.ts';
import type { Story } from './story.ts';
import { ageText, msText, padTo, plain, table } from './text-layout.ts';

export function explainText(story: Story, stages: readonly Stage[], settings: Settings): string {
  const { say } = settings;
  const { decision, event } = story;
  const parts: string[] = [];
  if (decision === null)
    parts.push(
      [...story.causes, ...(story.causes.includes(event) ? [] : [event])]
        .map((record) => recordLine(record, settings))
        .join('\n'),
    );
  else parts.push(decisionText(decision, settings));
  const acted = commandLines(story, settings);
  if (acted.length > 0) parts.push([say('由谁动作：', 'what moved:'), ...acted].join('\n'));
  if (decision !== null || story.commands.length > 0)
    parts.push(`${say('各阶段（自收到起）：', 'stages, from received:')}\n${stagesText(stages, settings)}`);
  const rest = [...(story.passage === null ? [] : [story.passage]), ...story.consequences];
  if (rest.length > 0)
    parts.push(
      [say('后续：', 'what followed:'), ...rest.map((record) => `  ${recordLine(record, settings)}`)].join('\n'),
    );
  if (decision !== null && event.seq !== decision.seq)
    parts.push(`${say('所问事件：', 'the event asked for:')}\n  ${recordLine(event, settings)}`);
  return parts.join('\n\n');
}

function decisionText(record: StoredRecord, settings: Settings): string {
  const { say, language, timezone } = settings;
  const { body } = record;
  const decision = decisionOfRecord(record);
  const direction = words[language].directions[record.direction === 'out' ? 'out' : 'in'];
  const head = `#${record.seq}  ${wallText(record.atWall, timezone)}  ${plain(record.lane ?? '–')}  ${direction}  ${credentialOf(record, say)}`;
  const facts = [
    typeof body.listVersion === 'string'
      ? say(
          `名单 ${body.listVersion}，采用 ${age(body.listAgeMs, settings)}，查询 ${micros(body.lookupUs)}`,
          `list ${body.listVersion}, in force for ${age(body.listAgeMs, settings)}, looked up in ${micros(body.lookupUs)}`,
        )
      : say('未查名单', 'no list was asked'),
    say(`配置 ${String(body.configHash ?? '–')}`, `configuration ${String(body.configHash ?? '–')}`),
    record.wallTrusted ? say('时钟可信', 'clock trusted') : say('时钟未校准', 'clock not confirmed'),
    say(
      `模式 ${factValue('mode', body.mode ?? null, language)}`,
      `mode ${factValue('mode', body.mode ?? null, language)}`,
    ),
    ...(body.basis === 'inferred' ? [say('依据仅为车辆在场（推断）', 'on presence alone (inferred)')] : []),
    ...(body.permit === null || body.permit === undefined
      ? []
      : [say(`许可 ${String(body.permit)}`, `permit ${String(body.permit)}`)]),
    ...(typeof body.via === 'string' ? [`${say('由', 'by')} ${by(record, say)}`] : []),
  ];
  if (decision === null)
    return `${head}\n${whatHappened(record, settings)}\n${facts.map((fact) => `  ${fact}`).join('\n')}`;
  return [
    head,
    verdictLine(decision, settings),
    say('规则（按次序）：', 'rules, in the order tried:'),
    ...reasonLines(decision, settings),
    say('依据：', 'decided on:'),
    ...facts.map((fact) => `  ${fact}`),
  ].join('\n');
}

function by(record: StoredRecord, say: Settings['say']): string {
  const name = record.personal?.by;
  const via = viaWord(String(record.body.via), say);
  return plain(typeof name === 'string' ? `${name} (${via})` : via);
}

function age(ms: unknown, { say }: Settings): string {
  return typeof ms === 'number' ? ageText(ms, say) : '–';
}

function micros(us: unknown): string {
  return typeof us === 'number' ? `${us} µs` : '–';
}

function commandLines(story: Story, settings: Settings): readonly string[] {
  return story.commands.flatMap(({ commanded, outcome, positions }) => [
    `  ${recordLine(commanded, settings)}  ${commanded.command ?? ''}`,
    outcome === null
      ? `  ${settings.say('（没有结果记录）', '(no outcome is recorded)')}`
      : `  ${recordLine(outcome, settings)}`,
    ...positions.map(({ record, linked }) => {
      const doubt = linked === 'byTime' ? settings.say('（按时间推断）', ' (by time only)') : '';
      return `  ${recordLine(record, settings)}${doubt}`;
    }),
  ]);
}

const stageNames: Readonly<Record<StageName, readonly [string, string]>> = {
  camera: ['摄像机', 'camera'],
  received: ['收到', 'received'],
  decided: ['判定', 'decided'],
  waited: ['等候', 'waited'],
  committed: ['落盘', 'committed'],
  sent: ['发出', 'sent'],
  echoed: ['回显', 'echoed'],
  moved: ['闸杆动', 'boom moved'],
  open: ['闸杆到位', 'boom open'],
};

const whys: Readonly<Record<string, readonly [string, string]>> = {
  noRead: ['没有识别记录', 'no read is recorded'],
  noCameraClock: ['摄像机没有给出时间', 'the camera gave no time'],
  noDecision: ['没有判定', 'nothing was decided'],
  notAwaited: ['未等待落盘（保命或流水故障）', 'not waited for: life safety, or a broken journal'],
  notSeen: ['没有看到闸杆动作', 'the boom was not seen to move'],
  alreadyOpen: ['闸杆已开，未再发送', 'the boom stood open, nothing was sent'],
  noOutcome: ['没有结果记录', 'no outcome is recorded'],
  noCommand: ['没有发出命令', 'nothing was commanded'],
  commitNotNoted: [
    '已落盘，时刻在一秒后另行记入；进程若先结束则没有',
    'durable; when is noted a second later, and never if the process ended before',
  ],
  oppositeCar: ['等对向车辆通过', 'for a car of the other direction'],
  passageBefore: ['等前车通过', 'for the car before'],
  boomBefore: ['等前一次开闸完成', 'for the opening before'],
  closing: ['等落杆停止', 'for a close to be overtaken'],
  notGranted: ['未放行，不发命令', 'not granted, nothing was commanded'],
};

/** Life safety goes out before its record is durable: such a step counts backwards. */
function signed(ms: number): string {
  return ms < 0 ? `−${msText(-ms)}` : `+${msText(ms)}`;
}

const CAMERA_OFF_MS = 60_000;

/** Nothing on its way takes a minute: then it is the camera's clock that is wrong. */
function cameraOff({ stage, ms, seq }: Stage, say: Settings['say']): string | null {
  if (stage !== 'camera' || ms === null || seq === null || Math.abs(ms) <= CAMERA_OFF_MS) return null;
  const off = ageText(Math.abs(ms), say);
  return ms > 0
    ? say(`摄像机时钟快 ${off}`, `camera clock off by ${off} (ahead)`)
    : say(`摄像机时钟慢 ${off}`, `camera clock off by ${off} (behind)`);
}

export function stagesText(stages: readonly Stage[], { say }: Settings): string {
  const notes: Readonly<Record<Stage['known'], string>> = {
    recorded: '',
    byTime: say('按时间推断', 'by time only'),
    twoClocks: say('两个时钟之差，仅供参考', 'difference of two clocks'),
    missing: '',
  };
  let before: number | null = null;
  const rows = stages.map((stage) => {
    const name = stageNames[stage.stage];
    const why = stage.why === null ? null : (whys[stage.why] ?? [stage.why, stage.why]);
    const step: string = stage.atMono !== null && before !== null ? signed(stage.atMono - before) : '';
    before = stage.atMono ?? before;
    const clockOff = cameraOff(stage, say);
    if (clockOff !== null) return [`  ${say(name[0], name[1])}`, '–', '', `#${stage.seq}`, clockOff];
    const missing = why === null ? say('缺', 'missing') : `${say('缺：', 'missing: ')}${say(why[0], why[1])}`;
    return [
      `  ${say(name[0], name[1])}`,
      stage.ms === null ? '–' : msText(stage.ms),
      step,
      stage.seq === null ? '' : `#${stage.seq}`,
      stage.known === 'missing' ? missing : why === null ? notes[stage.known] : say(why[0], why[1]),
    ];
  });
  const [first, ...rest] = rows;
  return first === undefined
    ? ''
    : table(
        first.map((cell) => padTo(cell, 9)),
        rest,
      );
}
