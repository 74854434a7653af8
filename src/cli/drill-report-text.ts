/** The drills of a period on a terminal. */
import { words } from '../core/words/words.ts';
import type { DrilledLane, DrillReport, Proof } from './drill-report.ts';
import { drillCaseWord, drillResultWord, drillWhyWord, reachText, secondsText } from './drill-words.ts';
import { wallText } from './local-time.ts';
import type { Say, Settings } from './settings.ts';
import { plain, table } from './text-layout.ts';

export const marks: Readonly<Record<string, string>> = { passed: '✓', presumed: '?', failed: '✕', interrupted: '–' };

export function reportText(report: DrillReport, settings: Settings): string {
  const { say } = settings;
  const { drills, timedByPeople, missed, site, timezone } = report;
  const day = (wall: number) => wallText(wall, timezone).slice(0, 10);
  const period = say(`${day(report.from)} 至 ${day(report.to)}`, `${day(report.from)} to ${day(report.to)}`);
  const head = say(`应急演练记录 ${site.name} ${period}`, `Emergency drills, ${site.name}, ${period}`);
  const parts = [
    plain(head),
    drills.length === 0 ? say('没有演练', 'no drills') : drillTable(report, settings),
    ...(timedByPeople.length === 0 ? [] : [peopleTable(report, settings)]),
    ...(missed.length === 0 ? [] : [missedText(report, settings)]),
    chainText(report, settings),
  ];
  return parts.join('\n\n');
}

function drillTable({ drills, timezone }: DrillReport, settings: Settings): string {
  const { say } = settings;
  const head = [
    ...[say('时间', 'when'), say('范围', 'reach'), say('在场', 'by'), say('车道', 'lane'), say('用时', 'took')],
    ...[say('依据', 'known by'), say('结果', 'result'), say('流水', 'journal')],
  ];
  const rows = drills.flatMap((drill) => {
    const at = `${wallText(drill.at, timezone).slice(0, 16)}${drill.clockTrusted ? '' : '~'}`;
    const word = drill.result === null ? say('未结束', 'not ended') : drillResultWord(drill.result, say);
    const why = drill.why === null ? '' : ` (${drillWhyWord(drill.why, say)})`;
    const about = [at, reachText(drill.reach, say), drill.by ?? '–'];
    const result = `${marks[drill.result ?? ''] ?? '…'} ${word}${why}`;
    const journal = `#${drill.seq} ${proofWord(drill.proof, say)}`;
    return drill.lanes.map((lane, at) => [
      ...(at === 0 ? about : ['', '', '']),
      ...[lane.lane, tookText(lane, say), lane.basis === null ? '–' : words[settings.language].basis[lane.basis]],
      ...(at === 0 ? [result, journal] : ['', '']),
    ]);
  });
  return table(head, rows);
}

/** `2.1 s`, with what speaks against it. */
export function tookText({ ms, inTime, stoodOpen, failed }: DrilledLane, say: Say): string {
  const took = ms === null ? '–' : `${secondsText(ms)} ${say('秒', 's')}`;
  const late = inTime === false ? say('，超过 30 秒', ', later than 30 s') : '';
  const stood = stoodOpen ? say('，演练前已开启', ', stood open before') : '';
  const not =
    failed === null || inTime === false ? '' : say(`，${drillWhyWord(failed, say)}`, `, ${drillWhyWord(failed, say)}`);
  return `${failed === null ? '' : '✕ '}${took}${late}${stood}${not}`;
}

function peopleTable({ timedByPeople, timezone }: DrillReport, { say }: Settings): string {
  return table(
    [
      say('时间', 'when'),
      say('项目', 'case'),
      say('车道', 'lane'),
      say('计时人', 'by'),
      say('用时', 'took'),
      say('结果', 'result'),
      say('流水', 'journal'),
    ],
    timedByPeople.map((row) => [
      wallText(row.at, timezone).slice(0, 16),
      drillCaseWord(row.case, say),
      row.lane,
      row.by ?? '–',
      `${secondsText(row.ms)} ${say('秒', 's')}${row.inTime ? '' : say('，超过 30 秒', ', later than 30 s')}`,
      `${marks[row.result]} ${drillResultWord(row.result, say)}`,
      `#${row.seq} ${proofWord(row.proof, say)}`,
    ]),
  );
}

function missedText({ missed, timezone }: DrillReport, { say }: Settings): string {
  return missed
    .map(({ subject, dueAt }) => {
      const due = wallText(dueAt, timezone).slice(0, 16);
      return plain(say(`✕ 逾期未做：${subject}，应于 ${due}`, `✕ missed: ${subject}, due ${due}`));
    })
    .join('\n');
}

export function proofWord(proof: Proof, say: Say): string {
  if (proof === 'anchored') return say('已验证', 'verified');
  return proof === 'notAnchored'
    ? say('已验证，待锚定', 'verified, not anchored yet')
    : say('未能验证', 'not verified');
}

function chainText({ chain, timezone }: DrillReport, { say }: Settings): string {
  const anchor = chain.lastAnchor;
  const at = anchor === null ? '' : wallText(anchor.at, timezone).slice(0, 19);
  const last =
    anchor === null
      ? say('还没有锚点', 'no anchor yet')
      : say(`最近锚点 #${anchor.seq} ${at} ${anchor.hash}`, `last anchor #${anchor.seq} ${at} ${anchor.hash}`);
  return chain.state === 'verified'
    ? say(`✓ 流水已验证：${chain.records} 条；${last}`, `✓ the journal verifies: ${chain.records} records; ${last}`)
    : say(
        `✕ 流水验证不通过：${chain.findings} 处；${last}`,
        `✕ the journal does not verify: ${chain.findings} findings; ${last}`,
      );
}
