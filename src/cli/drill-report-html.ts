/** The drills of a period as a page to print on A4 and sign: Chinese first, English beside it; nothing is loaded from elsewhere. */
import { words } from '../core/words/words.ts';
import type { DrilledLane, DrillReport, DrillRow, PeopleRow, Proof } from './drill-report.ts';
import { drillCaseWord, drillResultWord, drillWhyWord, reachText, secondsText } from './drill-words.ts';
import { reportStyle } from './drill-report-style.ts';
import { wallText } from './local-time.ts';
import type { Say } from './settings.ts';

const zh: Say = (text) => text;
const en: Say = (_, text) => text;

function safe(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Chinese, and the English below it in small. */
const both = (chinese: string, english: string): string =>
  `<span lang="zh">${safe(chinese)}</span><span class="en" lang="en">${safe(english)}</span>`;
const worded = (word: (name: string, say: Say) => string, name: string): string => both(word(name, zh), word(name, en));

export function reportHtml(report: DrillReport): string {
  const { site, timezone, drills, timedByPeople, missed } = report;
  const day = (wall: number) => wallText(wall, timezone).slice(0, 10);
  return `<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<title>应急演练记录 ${safe(site.name)} ${day(report.from)} – ${day(report.to)}</title>
<style>${reportStyle}</style>
</head>
<body>
<header>
<h1>应急演练记录<small lang="en">Record of emergency drills</small></h1>
<dl>
<div><dt>${both('小区', 'Site')}</dt><dd>${safe(site.name)} <code>${safe(site.id)}</code></dd></div>
<div><dt>${both('期间', 'Period')}</dt><dd>${day(report.from)} – ${day(report.to)}</dd></div>
<div><dt>${both('出具', 'Made at')}</dt><dd>${wallText(report.madeAt, timezone).slice(0, 16)} (${safe(timezone)})</dd></div>
<div><dt>${both('要求', 'Required')}</dt><dd>${both('每条车道 30 秒内开启', 'each lane open within 30 s')}</dd></div>
</dl>
</header>
${summary(report)}
${section('计时演练', 'Drills timed by the gateway', drills.length === 0 ? nothing : drillTable(drills, timezone))}
${timedByPeople.length === 0 ? '' : section('断电手动抬杆', 'Mains off, lifted by hand', peopleTable(timedByPeople, timezone))}
${missed.length === 0 ? '' : section('逾期未做', 'Missed drills', missedList(report))}
${section('记录的可信性', 'Can the records be trusted', chainBox(report))}
${signatures}
</body>
</html>
`;
}

const nothing = `<p>${both('本期间没有演练。', 'No drill was held in this period.')}</p>`;

function section(chinese: string, english: string, content: string): string {
  return `<section>\n<h2>${safe(chinese)}<small lang="en">${safe(english)}</small></h2>\n${content}\n</section>`;
}

function summary({ drills, missed }: DrillReport): string {
  const count = (result: DrillRow['result']) => drills.filter((drill) => drill.result === result).length;
  const tile = (name: string, chinese: string, english: string, number: number) =>
    `<li class="${name}${number === 0 ? ' none' : ''}"><b>${number}</b>${both(chinese, english)}</li>`;
  return `<ul class="summary">
${tile('passed', '通过', 'passed', count('passed'))}
${tile('failed', '未通过', 'failed', count('failed'))}
${tile('presumed', '推定，不作证明', 'presumed, no proof', count('presumed'))}
${tile('interrupted', '中断', 'interrupted', count('interrupted') + count(null))}
${tile('missed', '逾期未做', 'missed', missed.length)}
</ul>`;
}

/** Names of the columns, and the width of each on the page in mm; together 184. */
function heads(names: readonly (readonly [string, string, number])[]): string {
  const widths = names.map(([, , mm]) => `<col style="width:${mm}mm">`).join('');
  return `<colgroup>${widths}</colgroup><thead><tr>${names.map(([chinese, english]) => `<th scope="col">${both(chinese, english)}</th>`).join('')}</tr></thead>`;
}

function drillTable(drills: readonly DrillRow[], timezone: string): string {
  const head = heads([
    ['日期时间', 'Date, time', 22],
    ['范围', 'Reach', 23],
    ['在场人员', 'Present', 20],
    ['车道', 'Lane', 22],
    ['用时（秒）', 'Seconds', 20],
    ['依据', 'Known by', 25],
    ['结果', 'Result', 24],
    ['流水', 'Journal', 28],
  ]);
  return `<table>${head}\n${drills.map((drill) => drillBody(drill, timezone)).join('\n')}\n</table>`;
}

/** One drill is one body of the table, so that no page break cuts it. */
function drillBody(drill: DrillRow, timezone: string): string {
  const { lanes, reach, by, result, why, note, leftOut } = drill;
  const rows = Math.max(1, lanes.length);
  const span = (content: string, name = '') =>
    `<td rowspan="${rows}"${name === '' ? '' : ` class="${name}"`}>${content}</td>`;
  const at = wallText(drill.at, timezone).slice(0, 16);
  const doubt = drill.clockTrusted ? '' : `<i>${both('时钟未校准', 'clock not confirmed')}</i>`;
  const left =
    leftOut.length === 0 ? '' : `<i>${both(`未参加：${leftOut.join('、')}`, `left out: ${leftOut.join(', ')}`)}</i>`;
  const before = `${span(`${at.replace(' ', '<br>')}${doubt}`, 'time')}${span(
    `${both(reachText(reach, zh), reachText(reach, en))}${left}`,
  )}${span(`${safe(by ?? '–')}${note === '' ? '' : `<i>${safe(note)}</i>`}`)}`;
  const because = why === null ? '' : `<i>${worded(drillWhyWord, why)}</i>`;
  const word = result === null ? both('未结束', 'not ended') : worded(drillResultWord, result);
  const after = `${span(`<strong>${signOf(result)} ${word}</strong>${because}`, result ?? 'interrupted')}${journalCell(drill, rows)}`;
  const cells = lanes.length === 0 ? ['<td>–</td><td>–</td><td>–</td>'] : lanes.map(laneCells);
  return `<tbody>${cells.map((cell, at) => `<tr>${at === 0 ? before : ''}${cell}${at === 0 ? after : ''}</tr>`).join('')}</tbody>`;
}

function signOf(result: DrillRow['result']): string {
  return result === 'passed' ? '✓' : result === 'failed' ? '✕' : result === 'presumed' ? '?' : '–';
}

function laneCells(lane: DrilledLane): string {
  const late = lane.inTime === false ? `<i>${both('超过 30 秒', 'later than 30 s')}</i>` : '';
  const failed = lane.failed === null || late !== '' ? '' : `<i>${worded(drillWhyWord, lane.failed)}</i>`;
  const stood = lane.stoodOpen ? `<i>${both('演练前已开启', 'stood open before')}</i>` : '';
  const basis = lane.basis === null ? '–' : both(words.zh.basis[lane.basis], words.en.basis[lane.basis]);
  const bad = lane.failed !== null || lane.inTime === false ? ' failed' : '';
  return `<td>${safe(lane.lane)}</td><td class="number${bad}">${secondsText(lane.ms)}${late}${failed}${stood}</td><td class="basis">${basis}</td>`;
}

function journalCell({ seq, hash, proof }: { seq: number; hash: string; proof: Proof }, rows: number): string {
  return `<td rowspan="${rows}" class="journal ${proof}">#${seq} <code>${safe(hash.slice(0, 8))}</code><br>${proofWords(proof)}</td>`;
}

function proofWords(proof: Proof): string {
  if (proof === 'anchored') return both('✓ 已验证', 'verified');
  return proof === 'notAnchored'
    ? both('✓ 已验证，待锚定', 'verified, not anchored yet')
    : both('✕ 未能验证', 'not verified');
}

function peopleTable(rows: readonly PeopleRow[], timezone: string): string {
  const head = heads([
    ['日期时间', 'Date, time', 22],
    ['项目', 'Case', 42],
    ['计时人', 'Timed by', 24],
    ['车道', 'Lane', 22],
    ['用时（秒）', 'Seconds', 22],
    ['结果', 'Result', 24],
    ['流水', 'Journal', 28],
  ]);
  const body = rows.map((row) => {
    const late = row.inTime ? '' : `<i>${both('超过 30 秒', 'later than 30 s')}</i>`;
    const note = row.note === '' ? '' : `<i>${safe(row.note)}</i>`;
    const at = wallText(row.at, timezone).slice(0, 16).replace(' ', '<br>');
    return `<tr><td class="time">${at}</td><td>${worded(drillCaseWord, row.case)}</td><td>${safe(row.by ?? '–')}${note}</td><td>${safe(
      row.lane,
    )}</td><td class="number${row.inTime ? '' : ' failed'}">${secondsText(row.ms)}${late}</td><td class="${row.result}"><strong>${signOf(
      row.result,
    )} ${worded(drillResultWord, row.result)}</strong></td>${journalCell(row, 1)}</tr>`;
  });
  const cards = new Map(rows.flatMap((row) => (row.manualLift === null ? [] : [[row.lane, row.manualLift] as const])));
  const texts = [...cards].map(([lane, card]) => `<li><b>${safe(lane)}</b> ${both(card.zh, card.en)}</li>`);
  const lift =
    texts.length === 0
      ? ''
      : `<div class="cards">${both('手动抬杆说明', 'Manual lift')}<ul>${texts.join('')}</ul></div>`;
  return `<table>${head}<tbody>${body.join('\n')}</tbody></table>${lift}`;
}

function missedList({ missed, timezone }: DrillReport): string {
  const items = missed.map(({ subject, dueAt }) => {
    const due = wallText(dueAt, timezone).slice(0, 16);
    const [chinese, english] =
      subject === 'site' ? ['全部车道', 'all lanes'] : [`应急通道 ${subject}`, `route ${subject}`];
    return `<li>✕ ${both(`${chinese}，应于 ${due}`, `${english}, due ${due}`)}</li>`;
  });
  return `<ul class="missed">${items.join('')}</ul>`;
}

function chainBox({ chain, timezone }: DrillReport): string {
  const { lastAnchor, state, records, findings, anchors } = chain;
  const verdict =
    state === 'verified'
      ? both(
          `✓ 流水哈希链已验证：${records} 条记录、${anchors} 个锚点，无改动、无缺失。`,
          `The hash chain of the journal verifies: ${records} records, ${anchors} anchors, nothing edited or missing.`,
        )
      : both(
          `✕ 流水哈希链验证不通过（${findings} 处），以上记录不作证明。`,
          `The hash chain of the journal does not verify (${findings} findings): the records above are no proof.`,
        );
  const anchor =
    lastAnchor === null
      ? both('还没有锚点。', 'There is no anchor yet.')
      : `${both('最近锚点', 'Last anchor')} #${lastAnchor.seq} · ${wallText(lastAnchor.at, timezone).slice(0, 19)}<br><code>${safe(lastAnchor.hash)}</code>`;
  return `<div class="chain ${state}"><p>${verdict}</p><p>${anchor}</p></div>`;
}

const line = (chinese: string, english: string): string =>
  `<div><span>${both(chinese, english)}</span><span class="line"></span><span>${both('日期', 'Date')}</span><span class="line short"></span></div>`;
const signatures = `<footer>
${line('演练负责人签字', 'In charge of drills')}
${line('物业负责人签字', 'For the property company')}
${line('检查人签字', 'Inspector')}
</footer>`;
