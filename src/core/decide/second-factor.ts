/** Plate + card: both halves of one permit, in either order, within one presence (gate.md "Opening"). */
import { type Case, isPermit, type Match, reason, refuses } from './case.ts';
import type { Reason, ReasonCode } from './decision.ts';
import { isGood, rowFacts, rowRules } from './row-rules.ts';

const name = 'rowSecondFactor';

/** Asked of every matching row; `notApplicable` where its permit needs one half only. */
export function judgeSecondFactor(match: Match, c: Case): Reason {
  const { code, verdict } = standingOf(match, c);
  const facts = { ...rowFacts(match), requires: match.row.requires, awaits: match.half === 'plate' ? 'card' : 'plate' };
  return reason(name, code, verdict, facts, c.listAgeMs);
}

function standingOf(match: Match, c: Case): { code: ReasonCode; verdict: Reason['verdict'] } {
  if (match.row.requires === 'any') return { code: 'awaitingSecondFactor', verdict: 'notApplicable' };
  if (otherHalfSeen(match, c)) return { code: 'awaitingSecondFactor', verdict: 'passes' };
  if (foreignHalfSeen(match, c)) return { code: 'secondFactorMismatch', verdict: refuses(c) };
  if (c.q.secondFactor?.permit === match.row.permit && c.q.secondFactor.ended) {
    return { code: 'secondFactorMissing', verdict: refuses(c) };
  }
  return { code: 'awaitingSecondFactor', verdict: 'refers' };
}

/** The other half counts only if nothing speaks against its own row: a lost card that was disabled is no second factor. */
function otherHalfSeen(match: Match, c: Case): boolean {
  const { permit } = match.row;
  const before = c.q.secondFactor;
  if (before?.permit === permit && before.ended) return false;
  const now = c.matches.filter((other) => other.half !== match.half && other.row.permit === permit);
  if (now.length > 0) return now.some((other) => isPermit(other, c) && isGood(other, c, rowRules));
  return before !== null && before.permit === permit && before.seen !== match.half;
}

/** The other half is here and belongs to someone else's permit. */
function foreignHalfSeen(match: Match, c: Case): boolean {
  const { permit } = match.row;
  const before = c.q.secondFactor;
  if (before !== null && before.seen !== match.half && before.permit !== permit) return true;
  const others = c.matches.filter((other) => other.half !== match.half);
  return others.length > 0 && others.every((other) => other.row.permit !== permit);
}
