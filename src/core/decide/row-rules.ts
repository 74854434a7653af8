/** What each matching row says, point by point. All points are given, not the first (I11). Row ids and categories only (I14). */
import { isTimeBound, isVisitor, periodOf, rowWindows, servesLane, usesAfter } from '../credential/permit.ts';
import type { Json, JsonObject } from '../values.ts';
import { type Case, colorOf, type Match, reason, refuses } from './case.ts';
import type { Reason } from './decision.ts';

export interface RowRule {
  readonly name: string;
  readonly judge: (match: Match, c: Case) => Reason;
}

type RowJudge = (match: Match, c: Case) => readonly [Reason['code'], Reason['verdict'], JsonObject?];

/** What makes a permit good at all; also asked of a near row and of the other half of a plate + card permit. */
const standing: readonly (readonly [string, RowJudge])[] = [
  ['rowEnabled', rowEnabled],
  ['rowPeriod', rowPeriod],
  ['rowWindows', rowInWindows],
  ['rowClock', rowClock],
  ['rowLane', rowLane],
  ['rowUses', rowUses],
  ['rowJournal', rowJournal],
  ['rowFee', rowFee],
];

const reading: readonly (readonly [string, RowJudge])[] = [
  ['rowColor', rowColor],
  ['rowConfidence', rowConfidence],
];

export const standingRules: readonly RowRule[] = standing.map(asRule);
/** In the order in which a screen would name them. The second factor comes last: it is asked only of a good first half. */
export const rowRules: readonly RowRule[] = [...standing, ...reading].map(asRule);

function asRule([name, judge]: readonly [string, RowJudge]): RowRule {
  return {
    name,
    judge: (match, c) => {
      const [code, verdict, facts = {}] = judge(match, c);
      // What was not asked has no age.
      const ageMs = verdict === 'notApplicable' ? null : oldest(c.listAgeMs, ageOfRead(name, c));
      return reason(name, code, verdict, { row: match.row.id, ...facts }, ageMs);
    },
  };
}

/** The two rules that look at the reading as well as at the row. */
function ageOfRead(name: string, c: Case): number | null {
  return name === 'rowColor' || name === 'rowConfidence' ? c.ages.plate : null;
}

function oldest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** Who the row is, said once in a decision by the rule that is about the whole row; the others name it by `row`. */
export function rowFacts({ row, half }: Match): Readonly<Record<string, Json>> {
  return { row: row.id, permit: row.permit, category: row.category, credential: half };
}

/** Nothing against the row in these rules. */
export function isGood(match: Match, c: Case, rules: readonly RowRule[]): boolean {
  return rules.every((rule) => {
    const { verdict } = rule.judge(match, c);
    return verdict !== 'denies' && verdict !== 'refers';
  });
}

function rowEnabled({ row }: Match, c: Case): ReturnType<RowJudge> {
  return ['CredentialNotEnabled', row.enabled ? 'passes' : refuses(c)];
}

/**
 * A clock that nobody vouches for is usually behind (a dead battery), so "not yet" says nothing of a standing permit and
 * "ended" asks a person instead of denying. Visitors' rows are left to `rowClock`, which is strict.
 */
function rowPeriod({ row }: Match, c: Case): ReturnType<RowJudge> {
  const period = periodOf(row, c.q.now.wall);
  const trusted = c.q.now.wallTrusted;
  const facts = { period, validFrom: row.validFrom, validTo: row.validTo, clockTrusted: trusted };
  if (period === 'unbounded') return ['CredentialExpired', 'notApplicable', { period }];
  const code = period === 'notYet' ? 'CredentialNotActive' : 'CredentialExpired';
  if (period === 'within') return [code, 'passes', facts];
  if (trusted) return [code, refuses(c), facts];
  if (isVisitor(row) || period === 'notYet') return [code, 'notApplicable', facts];
  return ['clockUntrusted', 'refers', facts];
}

function rowInWindows({ row }: Match, c: Case): ReturnType<RowJudge> {
  const answer = rowWindows(row, c.q.site.calendar, c.civil);
  if (answer === null) return ['NotPermittedAtThisTime', 'notApplicable'];
  const facts = {
    windows: row.windows,
    window: answer.window,
    undefinedWindows: answer.undefinedWindows,
    calendarCovers: answer.calendarCovers,
    weekday: c.civil?.weekday ?? null,
    minute: c.civil?.minute ?? null,
    clockTrusted: c.q.now.wallTrusted,
  };
  if (answer.open) return ['NotPermittedAtThisTime', 'passes', facts];
  if (c.q.now.wallTrusted) return ['NotPermittedAtThisTime', refuses(c), facts];
  return isVisitor(row) ? ['NotPermittedAtThisTime', 'notApplicable', facts] : ['clockUntrusted', 'refers', facts];
}

function rowClock({ row }: Match, c: Case): ReturnType<RowJudge> {
  const facts = { clockTrusted: c.q.now.wallTrusted };
  if (!isVisitor(row) || !isTimeBound(row)) return ['clockUntrusted', 'notApplicable'];
  return ['clockUntrusted', c.q.now.wallTrusted ? 'passes' : 'refers', facts];
}

function rowLane({ row }: Match, c: Case): ReturnType<RowJudge> {
  const served = servesLane(row, c.q.lane, c.q.direction);
  const facts = { lanes: row.lanes, directions: row.directions, direction: c.q.direction };
  return ['Unauthorized', served ? 'passes' : refuses(c), facts];
}

/** Uses are spent on the way in; the way out costs none. */
function rowUses({ row }: Match, c: Case): ReturnType<RowJudge> {
  const left = usesAfter(row, c.q.spentRows);
  if (left === null || !c.entering) return ['usesSpent', 'notApplicable', left === null ? {} : { usesLeft: left }];
  const honoured = left <= 0 && (c.q.honouredRows?.includes(row.id) ?? false);
  return ['usesSpent', left > 0 || honoured ? 'passes' : 'denies', { usesLeft: left, honoured }];
}

/** A use that cannot be recorded durably could be used twice (I8). */
function rowJournal({ row }: Match, c: Case): ReturnType<RowJudge> {
  if (row.usesLeft === null || !c.entering) return ['journalBroken', 'notApplicable'];
  return ['journalBroken', c.q.journalBroken ? 'denies' : 'passes', { journalBroken: c.q.journalBroken }];
}

/** No fee is known here, so a paying visitor's way out is a person's to open. */
function rowFee({ row }: Match, c: Case): ReturnType<RowJudge> {
  if (c.entering || c.q.lane.exitPolicy !== 'paid') return ['Other', 'notApplicable'];
  return ['Other', isVisitor(row) ? 'refers' : 'passes', { fee: isVisitor(row) ? 'unknown' : 'none' }];
}

/**
 * A row is bound to a colour because the same number exists in another one. So a colour that the camera did not see leaves
 * two cars possible: a person looks, as with any reading that is not sure.
 */
function rowColor({ row, half }: Match, c: Case): ReturnType<RowJudge> {
  if (half === 'card' || c.plate === null) return ['colorMismatch', 'notApplicable'];
  const fit = colorOf(row, c.plate);
  const facts = { bound: row.color, read: c.plate.color };
  if (fit === 'different') return ['colorMismatch', refuses(c), facts];
  if (fit === 'unknown') return ['plateUncertain', 'refers', facts];
  return fit === 'unbound' ? ['colorMismatch', 'notApplicable'] : ['colorMismatch', 'passes', facts];
}

function rowConfidence({ half }: Match, c: Case): ReturnType<RowJudge> {
  if (half === 'card' || c.plate === null) return ['plateUncertain', 'notApplicable'];
  const facts = { confidence: c.plate.confidence, minConfidence: c.q.lane.minConfidence };
  return ['plateUncertain', c.uncertain ? 'refers' : 'passes', facts];
}
