/** The drills of a period for a spreadsheet: one line a lane, names of columns in both languages. */
import { csvLine } from '../store/csv.ts';
import type { DrillReport } from './drill-report.ts';
import { reachText, secondsText } from './drill-words.ts';
import { wallText } from './local-time.ts';

const columns = [
  ...['种类 kind', '时间 at', '时钟可信 clock trusted', '范围 reach', '人员 by', '备注 note', '车道 lane'],
  ...['秒 seconds', '30秒内 within 30 s', '依据 basis', '演练前已开启 stood open', '车道未通过 lane failed'],
  ...['结果 result', '原因 why', '流水号 seq', '哈希 hash', '验证 proof', '锚点号 anchor seq', '锚点哈希 anchor hash'],
];

const yes = (value: boolean | null): string => (value === null ? '' : value ? '是 yes' : '否 no');

/** UTF-8 with a byte order mark, as Excel wants it. */
export function reportCsv({ drills, timedByPeople, missed, timezone }: DrillReport): string {
  const time = (wall: number) => wallText(wall, timezone).slice(0, 19);
  const english = (_zh: string, en: string) => en;
  const drilled = drills.flatMap((drill) =>
    drill.lanes.map((lane) => [
      ...[
        'drill',
        time(drill.at),
        yes(drill.clockTrusted),
        reachText(drill.reach, english),
        drill.by ?? '',
        drill.note,
      ],
      ...[lane.lane, lane.ms === null ? '' : secondsText(lane.ms), yes(lane.inTime), lane.basis ?? ''],
      ...[yes(lane.stoodOpen), lane.failed ?? '', drill.result ?? '', drill.why ?? ''],
      ...[String(drill.seq), drill.hash, drill.proof, String(drill.anchor?.seq ?? ''), drill.anchor?.hash ?? ''],
    ]),
  );
  const people = timedByPeople.map((row) => [
    ...[row.case, time(row.at), yes(row.clockTrusted), '', row.by ?? '', row.note, row.lane, secondsText(row.ms)],
    ...[yes(row.inTime), 'timed by people', '', '', row.result, ''],
    ...[String(row.seq), row.hash, row.proof, String(row.anchor?.seq ?? ''), row.anchor?.hash ?? ''],
  ]);
  const late = missed.map(({ subject, dueAt }) => [
    ...['missed', time(dueAt), '', subject, '', '', '', '', '', '', '', '', 'missed', '', '', '', '', '', ''],
  ]);
  return `\ufeff${[columns, ...drilled, ...people, ...late].map((line) => csvLine(line)).join('')}`;
}
