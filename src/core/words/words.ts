/** Everything that a guard reads, in both languages; a missing key is a compile error. */
import { alarmsOf } from '../decide/decide.ts';
import type { ReasonCode, RecordedDecision, RecordedReason } from '../decide/decision.ts';
import type { Text } from '../values.ts';
import { type DeviceRole, faultsByRole } from './device-faults.ts';
import { factReader } from './facts-text.ts';
import { faultsEn } from './faults-en.ts';
import { faultsZh } from './faults-zh.ts';
import { reasonsEn } from './reasons-en.ts';
import { reasonsZh } from './reasons-zh.ts';
import { type Language, terms } from './terms.ts';

export type { Language } from './terms.ts';
export type FaultCode = keyof typeof faultsZh;

export const words = {
  zh: { ...terms.zh, reasons: reasonsZh, faults: faultsZh },
  en: { ...terms.en, reasons: reasonsEn, faults: faultsEn },
} as const;

/** One sentence for a reason, its facts filled in. A rule that found nothing is said to have passed, by its name. */
export function explainReason(reason: RecordedReason, language: Language): string {
  const { reasons, verdicts } = words[language];
  const facts = reason.facts ?? {};
  const alarming = facts.alarm === true;
  if ((reason.verdict === 'passes' && !alarming) || reason.verdict === 'notApplicable') {
    return `${ruleName(reason.rule, language)}${colon(language)}${verdicts[reason.verdict]}`;
  }
  return reasons[reason.code](factReader(facts, language));
}

/** What a code means, where its facts are not at hand; a code of another version as it is. */
export function codeText(code: string, language: Language): string {
  const { reasons } = words[language];
  return isReasonCode(code) ? reasons[code](factReader({}, language)) : code;
}

function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(reasonsZh, code);
}

/**
 * `拒绝：凭证已过期` / `denied: The credential has expired`, of the reason that decided. What a person must know although it did not
 * decide, such as a half that was not asked for, stands before it, or a grant by half a credential would look like any other.
 */
export function explainDecision(decision: RecordedDecision, language: Language): string {
  const outcome = words[language].outcomes[decision.outcome];
  const verdict = verdictOf[decision.outcome];
  const deciding = decision.reasons.find((reason) => reason.code === decision.code && reason.verdict === verdict);
  const alarms = alarmsOf(decision).filter((reason) => reason !== deciding);
  const sentences = [...alarms, ...(deciding === undefined ? [] : [deciding])].map((one) =>
    explainReason(one, language),
  );
  const mark = alarms.length === 0 ? '' : ' !';
  const told = [...new Set(sentences)].join(language === 'zh' ? '；' : '; ');
  return `${outcome}${mark}${told === '' ? '' : `${colon(language)}${told}`}`;
}

export function ruleName(rule: string, language: Language): string {
  const names: Readonly<Record<string, string>> = words[language].rules;
  return Object.hasOwn(names, rule) ? (names[rule] ?? rule) : rule;
}

/**
 * Text of one of the core's own fault codes; null for a driver's, which brings its own. `role`: what the subject is to its lane,
 * where it is a device of one.
 */
export function faultText(code: string, role?: DeviceRole): Text | null {
  const byRole = role === undefined || !Object.hasOwn(faultsByRole, code) ? undefined : faultsByRole[code];
  if (byRole !== undefined && role !== undefined) return byRole[role];
  return isFaultCode(code) ? { zh: faultsZh[code], en: faultsEn[code] } : null;
}

export function isFaultCode(code: string): code is FaultCode {
  return Object.hasOwn(faultsZh, code);
}

const verdictOf = { granted: 'grants', denied: 'denies', referred: 'refers' } as const;

function colon(language: Language): string {
  return language === 'zh' ? '：' : ': ';
}
