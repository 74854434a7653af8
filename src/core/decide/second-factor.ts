/** Plate + card: both halves of one permit, in either order, within one presence (gate.md "Opening"). */
import { type Case, isPermit, type Match, reason, refuses } from './case.ts';
import type { Reason, ReasonCode } from './decision.ts';
import type { FactorSource } from './question.ts';
import { isGood, rowRules } from './row-rules.ts';
import type { JsonObject } from '../values.ts';

const name = 'rowSecondFactor';

/** Asked of every matching row; `notApplicable` where its permit needs one half only. */
export function judgeSecondFactor(match: Match, c: Case): Reason {
  const [code, verdict, more = {}] = standingOf(match, c);
  const { id, requires } = match.row;
  const facts = { row: id, requires, ...(requires === 'any' ? {} : { awaits: otherHalf(match) }), ...more };
  return reason(name, code, verdict, facts, c.listAgeMs);
}

function standingOf(match: Match, c: Case): readonly [ReasonCode, Reason['verdict'], JsonObject?] {
  if (match.row.requires === 'any') return ['awaitingSecondFactor', 'notApplicable'];
  if (otherHalfSeen(match, c)) return ['awaitingSecondFactor', 'passes'];
  if (foreignHalfSeen(match, c)) return ['secondFactorMismatch', refuses(c)];
  const source = c.q.factorSources?.[otherHalf(match)];
  if (source !== undefined && source.state !== 'works') return withoutDevice(source, c);
  if (c.q.secondFactor?.lapsed.includes(match.half) === true) return ['secondFactorMissing', refuses(c)];
  return ['awaitingSecondFactor', 'refers'];
}

/**
 * Nothing can read the other half, so nobody is denied for not showing it. Only a device that a standing fault calls down
 * lifts the demand, and only where the lane says so; one that was never built in does not.
 */
function withoutDevice(
  source: Exclude<FactorSource, { readonly state: 'works' }>,
  c: Case,
): readonly [ReasonCode, Reason['verdict'], JsonObject] {
  const fallback = c.q.lane.secondFactorFallback;
  if (source.state === 'none') return ['secondFactorUnavailable', 'refers', { fallback, fault: 'notBuiltIn' }];
  const facts = { fallback, device: source.device, fault: source.fault, faultForMs: source.forMs };
  if (fallback === 'refer') return ['secondFactorUnavailable', 'refers', facts];
  return ['secondFactorWaived', 'passes', { ...facts, alarm: true }];
}

function otherHalf(match: Match): Match['half'] {
  return match.half === 'plate' ? 'card' : 'plate';
}

/**
 * Only a credential of the other kind that stands beside this one is its other half, and only if nothing speaks against its
 * own row: a lost card that was disabled is no second factor.
 */
function otherHalfSeen(match: Match, c: Case): boolean {
  if (c.q.secondFactor?.paired === false) return false;
  const others = c.matches.filter((other) => other.half !== match.half && other.row.permit === match.row.permit);
  return others.some((other) => isPermit(other, c) && isGood(other, c, rowRules));
}

/** The other half is here and belongs to someone else's permit. */
function foreignHalfSeen(match: Match, c: Case): boolean {
  const others = c.matches.filter((other) => other.half !== match.half);
  return others.length > 0 && others.every((other) => other.row.permit !== match.row.permit);
}
