/** The permits of the presented credentials: any row that grants, grants; all rows' reasons are kept. */
import { type Case, isPermit, type Match, reason } from './case.ts';
import type { Reason } from './decision.ts';
import type { Finding } from './finding.ts';
import { rowFacts, rowRules } from './row-rules.ts';
import { judgeSecondFactor } from './second-factor.ts';

interface RowVerdict {
  readonly match: Match;
  readonly reasons: readonly Reason[];
  readonly deciding: Reason;
}

/** Several granting rows: a standing one before one that spends a use. */
export function permit(c: Case): Finding {
  const verdicts = c.matches.filter((match) => isPermit(match, c)).map((match) => judgeRow(match, c));
  const reasons = verdicts.flatMap((verdict) => verdict.reasons);
  const best =
    verdicts.find((one) => one.deciding.verdict === 'grants' && one.match.row.usesLeft === null) ??
    verdicts.find((one) => one.deciding.verdict === 'grants') ??
    verdicts.find((one) => one.deciding.verdict === 'refers') ??
    verdicts[0];
  if (best === undefined) return { reasons: [reason('permit', 'permitted', 'notApplicable')], deciding: null };
  return {
    reasons,
    deciding: best.deciding,
    row: best.match.row,
    spends: best.deciding.verdict === 'grants' && spends(best.match, c),
  };
}

function judgeRow(match: Match, c: Case): RowVerdict {
  const tried = [...rowRules.map((rule) => rule.judge(match, c)), judgeSecondFactor(match, c)];
  const against = tried.find((one) => one.verdict === 'denies') ?? tried.find((one) => one.verdict === 'refers');
  if (against !== undefined) {
    const about = reason('permit', 'permitted', 'notApplicable', rowFacts(match), c.listAgeMs);
    return { match, reasons: [...tried, about], deciding: against };
  }
  const granted = reason('permit', 'permitted', 'grants', rowFacts(match), c.listAgeMs);
  return { match, reasons: [...tried, granted], deciding: granted };
}

/** An honoured second opening of a row without uses left spends nothing: its use was spent by the first. */
function spends({ row }: Match, c: Case): boolean {
  if (row.usesLeft === null || !c.entering) return false;
  return !(c.q.honouredRows?.includes(row.id) ?? false);
}
