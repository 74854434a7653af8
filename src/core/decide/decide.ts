/** Access decision: pure, total, and explained by every rule that was tried (I11). */
import { prepare } from './case.ts';
import type { Decision, DecisionOutcome, Reason, ReasonCode, RecordedDecision, RecordedReason } from './decision.ts';
import type { Finding } from './finding.ts';
import type { AccessQuestion } from './question.ts';
import { rules } from './rules.ts';
import type { JsonObject } from '../values.ts';

/**
 * Tries every rule and takes the outcome of the first that decides. `granted` only by a rule's word: where none speaks, an
 * entry is denied and an exit referred (gate.md "Opening", I16). Never throws for untrusted credentials.
 */
export function decide(q: AccessQuestion): Decision {
  const c = prepare(q);
  const findings = rules.map((rule) => rule.judge(c));
  const reasons = findings.flatMap((finding) => finding.reasons);
  const settled = findings.find((finding) => finding.deciding !== null);
  const deciding = settled?.deciding ?? null;
  if (settled === undefined || deciding === null) {
    return { ...decisionOf(c.entering ? 'denied' : 'referred', 'noRule', 'Other'), reasons };
  }
  const outcome = outcomeOf(deciding);
  return {
    outcome,
    code: deciding.code,
    reasons,
    permit: permitOf(settled, outcome),
    rowId: settled.row?.id ?? null,
    spends: outcome === 'granted' && settled.spends === true,
    suggestion: outcome === 'referred' ? suggestionOf(findings) : null,
  };
}

/** A decision that needs no list: a full grant queue, a replayed read, and the like. */
export function decisionOf(outcome: DecisionOutcome, rule: string, code: ReasonCode, facts: JsonObject = {}): Decision {
  const verdict = outcome === 'granted' ? 'grants' : outcome === 'denied' ? 'denies' : 'refers';
  const only: Reason = { rule, code, verdict, facts, ageMs: null };
  return { outcome, code, reasons: [only], permit: null, rowId: null, spends: false, suggestion: null };
}

/** For the journal (I11): every rule that was tried, without what is empty. */
export function recordedOf({ reasons, ...decision }: Decision): RecordedDecision {
  const kept = reasons.map(({ facts, ageMs, ...reason }) => ({
    ...reason,
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(ageMs === null ? {} : { ageMs }),
  }));
  return { ...decision, reasons: kept };
}

/** Reasons that a person must see although they did not decide, or decided for opening: a blocked car on its way out, say. */
export function alarmsOf(decision: RecordedDecision): readonly RecordedReason[] {
  return decision.reasons.filter((reason) => reason.facts?.alarm === true);
}

function outcomeOf(deciding: Reason): DecisionOutcome {
  if (deciding.verdict === 'grants') return 'granted';
  return deciding.verdict === 'denies' ? 'denied' : 'referred';
}

/** Said when the window has ended too: whose other half did not come. */
function permitOf(settled: Finding, outcome: DecisionOutcome): string | null {
  const code = settled.deciding?.code;
  const factor = code === 'awaitingSecondFactor' || code === 'secondFactorMissing';
  return outcome === 'granted' || factor ? (settled.row?.permit ?? null) : null;
}

function suggestionOf(findings: readonly Finding[]): Decision['suggestion'] {
  return findings.find((finding) => finding.suggestion !== undefined)?.suggestion ?? null;
}
