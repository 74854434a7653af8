/** One record as one line: number, time, lane, and what happened, in the reader's language. */
import { positionText } from '../core/words/position-text.ts';
import { codeText, explainDecision, words } from '../core/words/words.ts';
import type { Decision, RecordedDecision } from '../core/decide/decision.ts';
import type { StoredRecord } from '../store/journal-read.ts';
import { refusalText } from './close-words.ts';
import { fieldsText } from './detail-fields.ts';
import { detailWords } from './detail-words.ts';
import { drillLine } from './drill-words.ts';
import { wallText } from './local-time.ts';
import {
  actionWord,
  causeWord,
  noteWord,
  onlyRecordedWord,
  passageWhyWord,
  pressWord,
  purposeWord,
  resultWord,
  viaWord,
} from './record-words.ts';
import type { Say, Settings } from './settings.ts';
import { padTo, plain } from './text-layout.ts';

export function recordLine(record: StoredRecord, settings: Settings): string {
  const time = wallText(record.atWall, settings.timezone);
  const doubt = record.wallTrusted ? '' : '~';
  const late = record.late ? settings.say(' [迟写]', ' [written late]') : '';
  return `${padTo(`#${record.seq}`, 8)} ${time}${doubt} ${padTo(plain(record.lane ?? '–'), 12)} ${whatHappened(record, settings)}${late}`;
}

/** A stored decision lies inside the body; null in records of other kinds. */
export function decisionOfRecord(record: StoredRecord): Decision | null {
  const decision: unknown = record.body.decision;
  const whole =
    decision !== null && typeof decision === 'object' && 'reasons' in decision && Array.isArray(decision.reasons);
  return whole ? (decision as Decision) : null;
}

export function whatHappened(record: StoredRecord, settings: Settings): string {
  const { say, language } = settings;
  const { body, personal } = record;
  const b = (name: string) => text(body[name]);
  const terms = words[language];
  const named = (names: Readonly<Record<string, string>>, word: string) => names[word] ?? word;
  switch (record.kind) {
    case 'plateRead':
      return say('读到车牌 ', 'plate read ') + readWords(record, say);
    case 'cardRead':
      return say('刷卡 ', 'card read ') + readWords(record, say);
    case 'decision': {
      const decision = decisionOfRecord(record);
      const who = credentialOf(record, say);
      return `${marks[b('outcome')] ?? '·'} ${who} ${decision === null ? b('code') : explainDecision(decision, language)}`;
    }
    case 'commanded': {
      const [what, why] = [actionWord(b('action'), say), causeWord(b('why'), say)];
      return say(`命令 ${what}，缘由：${why} (${b('device')})`, `commanded: ${what}, for ${why} (${b('device')})`);
    }
    case 'outcome': {
      const [what, result] = [actionWord(b('action'), say), resultWord(b('result'), say)];
      return (
        say(`命令结果 ${what}：${result}`, `outcome of ${what}: ${result}`) + tail(detailWords(b('detail'), language))
      );
    }
    case 'position':
      return positionText({ from: b('from'), to: b('to'), basis: b('basis') }, language);
    case 'passage':
      return `${say('通行：', 'passage: ')}${named(terms.passages, b('outcome'))} (${named(terms.basis, b('basis'))})${b('why') === '–' ? '' : ` ${passageWhyWord(b('why'), say)}`}`;
    case 'faultRaised':
      return `! ${say('故障', 'fault')} ${b('code')} @ ${b('subject')}`;
    case 'faultCleared':
      return `${say('故障消除', 'fault cleared')} ${b('code')} @ ${b('subject')}`;
    case 'pressed': {
      const [what, via] = [pressWord(b('what'), say), body.via === undefined ? '' : ` (${viaWord(b('via'), say)})`];
      const code = typeof body.refused === 'string' ? body.refused : null;
      const why = code === null ? null : (refusalText(code, language) ?? detailWords(code, language));
      const not = why === null ? '' : say(`，未执行：${why}`, `, refused: ${why}`);
      return say(`按下 ${what}${via}${not}`, `pressed: ${what}${via}${not}`);
    }
    case 'claim':
      return `${say('占用', 'claim')} ${purposeWord(b('purpose'), say)} ${b('key')}`;
    case 'emergencyOpened': {
      const took = `${(Number(body.ms) / 1000).toFixed(1)} ${say('秒', 's')} (${named(terms.basis, b('basis'))})`;
      const late = body.inTime === false ? say('，超过 30 秒', ', later than 30 s') : '';
      return say(`应急已开启 ${b('key')}：${took}${late}`, `open for the emergency ${b('key')}: ${took}${late}`);
    }
    case 'drillStarted':
    case 'drillRefused':
    case 'drillLaneOpened':
    case 'drillLaneNotOpen':
    case 'drillEnded':
    case 'drillRecorded':
      return plain(drillLine(record, settings));
    case 'claimEnded':
      return say(`占用结束 ${b('key')}`, `claim ended: ${b('key')}`);
    case 'unmatched':
      return body.tooOldMs === undefined
        ? say('读到后没有车到位', 'no vehicle came for this read')
        : say('卡在车到之前太久刷的，不算数', 'the card was shown too long before the vehicle came: it does not count');
    case 'presentationEnded':
      return say(
        `未放行离开（${codeText(b('code'), language)}）`,
        `left without being let through (${codeText(b('code'), language)})`,
      );
    case 'unreadPresence':
      return say('有车停留，没有识别', 'a vehicle stands there unread');
    case 'travelLearned': {
      const way = b('toward') === 'open' ? say('抬杆', 'opening') : say('落杆', 'closing');
      // The record is made every ten travels; the time counts as known only after twenty.
      if (typeof body.p95Ms !== 'number') {
        const travels = Array.isArray(body.samples) ? body.samples.length : 0;
        return say(
          `${way}时间尚未学完，已量 ${travels} 次`,
          `${way} is still being learned, ${travels} travels measured`,
        );
      }
      const seconds = (name: string) => (Number(body[name]) / 1000).toFixed(1);
      return say(
        `学到${way}时间 ${seconds('p95Ms')} 秒，超过 ${seconds('limitMs')} 秒报故障`,
        `${way} takes ${seconds('p95Ms')} s, as learned; more than ${seconds('limitMs')} s is a fault`,
      );
    }
    case 'committed':
      return say('判定已落盘，时刻已记入', 'decisions are durable; when, is noted');
    case 'alreadyOpen':
      return say('闸杆已开，未再发送', 'the boom stands open already, nothing was sent');
    default: {
      const by = typeof personal?.by === 'string' ? { by: personal.by } : {};
      return plain(`${noteWord(record.kind, say)} ${fieldsText({ ...body, ...by }, settings)}`.trimEnd().slice(0, 300));
    }
  }
}

export const marks: Readonly<Record<string, string>> = { granted: '✓', denied: '✕', referred: '?' };

/** Plate or card of a decision, what played no part in a grant marked as such; deleted personal data reads as a dash. */
export function credentialOf(record: StoredRecord, say: Say): string {
  const counted = countedHalf(decisionOfRecord(record));
  const halves = (['plate', 'card'] as const).flatMap((half) => {
    const shown = text(record.personal?.[half]);
    return shown === '–' || shown === '' ? [] : [{ shown, counts: counted === null || counted === half }];
  });
  const who = halves.filter(({ counts }) => counts).map(({ shown }) => shown);
  const beside = halves.filter(({ counts }) => !counts).map(({ shown }) => shown);
  const rest = beside.length === 0 ? '' : say(`（${beside.join()} 未起作用）`, ` (${beside.join()} played no part)`);
  return plain(`${who.join(' + ') || '–'}${rest}`);
}

/** The half on which a permit was granted alone, as a plate on the list beside a card that is on none; null where both or neither count. */
export function countedHalf(decision: RecordedDecision | null): 'plate' | 'card' | null {
  if (decision === null || decision.outcome !== 'granted' || decision.code !== 'permitted') return null;
  const both = decision.reasons.some(
    ({ rule, verdict, code }) => rule === 'rowSecondFactor' && verdict === 'passes' && code === 'awaitingSecondFactor',
  );
  const granting = decision.reasons.find(({ code, verdict }) => code === 'permitted' && verdict === 'grants');
  const half = granting?.facts?.credential;
  return !both && (half === 'plate' || half === 'card') ? half : null;
}

function readWords(record: StoredRecord, say: Say): string {
  const { body, personal } = record;
  const what = record.kind === 'plateRead' ? text(personal?.plate) : `${text(body.bits)}:${text(personal?.card)}`;
  const shown = what === '' ? say('无车牌', 'no plate') : plain(what);
  const sure = typeof body.confidence === 'number' ? ` ${Math.round(body.confidence * 100)}%` : '';
  const only =
    body.recordedOnly === null || body.recordedOnly === undefined
      ? ''
      : ` ${say('只记录', 'recorded only')} (${onlyRecordedWord(text(body.recordedOnly), say)})`;
  return `${shown}${sure} (${text(body.device)})${only}`;
}

function tail(detail: string): string {
  return detail === '–' || detail === '' ? '' : ` (${plain(detail)})`;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
