/** One question prepared for the rules: which rows match, and what is known of the plate. Computed once, read by every rule. */
import { civilTime, type CivilTime } from '../calendar/civil.ts';
import { plateKey } from '../credential/keys.ts';
import { emergencyClass } from '../plate/emergency.ts';
import { nearTexts } from '../plate/near.ts';
import { classifyPlate, isKnownColor, sameColor } from '../plate/plate.ts';
import type { JsonObject } from '../values.ts';
import type { Reason, ReasonCode } from './decision.ts';
import type { ListRow } from './facts.ts';
import { cardKeys } from './lookup.ts';
import type { AccessQuestion, FactAges, PlateCredential, UnreadPresence } from './question.ts';

export interface Match {
  readonly row: ListRow;
  readonly half: 'plate' | 'card';
}

export interface Case {
  readonly q: AccessQuestion;
  readonly entering: boolean;
  /** The plate, unless the camera saw none. */
  readonly plate: PlateCredential | null;
  /** Something that a list could know. */
  readonly presented: boolean;
  /** The camera itself was not sure enough of its reading. */
  readonly uncertain: boolean;
  readonly matches: readonly Match[];
  /** Blocked rows that bind what this presence has shown before. */
  readonly blockedBefore: readonly Match[];
  readonly near: readonly ListRow[];
  readonly emergency: EmergencyStanding | null;
  readonly civil: CivilTime | null;
  readonly listAgeMs: number | null;
  readonly ages: FactAges;
  /** Null as soon as anything was presented. */
  readonly unread: UnreadPresence | null;
}

const noAges: FactAges = { presence: null, plate: null, mode: null };

/** An emergency vehicle's claim to pass (gate.md "Emergency and fire"); null in `Case` where the plate makes none. */
export interface EmergencyStanding {
  readonly class: 'rescue' | 'police' | 'armedPolice' | 'siteList';
  readonly colorMatches: boolean | 'unknown';
  readonly steady: boolean;
  readonly confirmed: boolean;
}

/** "Top confidence": one frame is then as good as two that agree. */
export const topConfidence = 0.95;
export const framesToAgree = 2;

export function prepare(q: AccessQuestion): Case {
  const entering = q.direction === 'in';
  const plate = q.credentials.plate === null || q.credentials.plate.kind === 'none' ? null : q.credentials.plate;
  const confidence = plate?.confidence ?? null;
  const cards = new Set(cardKeys(q.credentials.card));
  const exact = plate === null ? null : plateKey(plate.text);
  const nearKeys = new Set(plate === null ? [] : nearTexts(plate.text).map(plateKey));
  const presented = plate !== null || q.credentials.card !== null;
  return {
    q,
    entering,
    plate,
    presented,
    ages: q.ages ?? noAges,
    unread: presented ? null : (q.unread ?? null),
    uncertain: confidence !== null && confidence < q.lane.minConfidence,
    matches: (q.facts?.available === true ? q.facts.rows : []).flatMap((row): readonly Match[] => {
      if (row.key === exact) return [{ row, half: 'plate' }];
      return cards.has(row.key) ? [{ row, half: 'card' }] : [];
    }),
    blockedBefore: blockedBefore(q),
    near: q.facts?.available === true ? q.facts.near.filter((row) => nearKeys.has(row.key)) : [],
    emergency: plate === null ? null : emergencyStanding(q, plate),
    civil: civilTime(q.now.wall, q.site.timezone),
    listAgeMs: q.facts === null ? null : Math.round(q.facts.listAgeMs),
  };
}

function emergencyStanding(q: AccessQuestion, plate: PlateCredential): EmergencyStanding | null {
  const byClass = emergencyClass(plate.kind, plate.color);
  const listed = q.site.emergencyPlates.includes(plate.text);
  if (byClass.class === null && !listed) return null;
  const steady = q.framesAgree >= framesToAgree || (plate.confidence !== null && plate.confidence >= topConfidence);
  // A plate of the site's own list is known by its number; ambulances have ordinary colours (protocols.md §7).
  const looksRight = listed || byClass.colorMatches === true;
  return {
    class: listed ? 'siteList' : (byClass.class ?? 'siteList'),
    colorMatches: byClass.colorMatches,
    steady,
    confirmed: looksRight && steady && q.present !== 'no',
  };
}

/** Does the row's colour binding fit the plate's? `unknown` where the camera does not say and the kind does not imply it. */
export function colorOf(
  row: ListRow,
  plate: Pick<PlateCredential, 'kind' | 'color'>,
): 'unbound' | 'same' | 'different' | 'unknown' {
  if (row.color === null) return 'unbound';
  const known = isKnownColor(plate.color) ? plate.color : impliedColor(plate);
  if (known === null) return 'unknown';
  return sameColor(row.color, known) ? 'same' : 'different';
}

/** New-energy and white classes come in one colour only, so a camera's silence at night loses nothing there. */
function impliedColor(plate: Pick<PlateCredential, 'kind' | 'color'>): string | null {
  switch (classifyPlate(plate.kind, plate.color)) {
    case 'newEnergySmall':
    case 'newEnergyLarge':
      return 'green';
    case 'trailer':
    case 'learner':
      return 'yellow';
    case 'police':
    case 'emergencyRescue':
    case 'armedPolice':
      return 'white';
    case 'hongKongMacau':
    case 'embassy':
    case 'consulate':
      return 'black';
    default:
      return null;
  }
}

/** A reading that a surer one replaced, or a half outside its window, is no credential any more; a block on it stands. */
function blockedBefore(q: AccessQuestion): readonly Match[] {
  const { shown = [], facts } = q;
  if (shown.length === 0 || facts?.available !== true) return [];
  return facts.rows.flatMap((row): readonly Match[] => {
    if (!row.blocked) return [];
    const by = shown.find((one) =>
      'text' in one
        ? row.key === plateKey(one.text) && colorOf(row, one) !== 'different'
        : cardKeys(one).includes(row.key),
    );
    return by === undefined ? [] : [{ row, half: 'text' in by ? 'plate' : 'card' }];
  });
}

/** A different known colour is a different car; a block binds in every other case, being absolute. */
export function blockBinds(match: Match, c: Case): boolean {
  if (!match.row.blocked) return false;
  return match.half === 'card' || c.plate === null || colorOf(match.row, c.plate) !== 'different';
}

/** A blocked row is no permit for an entry; blocks do not bind exits (gate.md ladder). */
export function isPermit(match: Match, c: Case): boolean {
  return !(match.row.blocked && c.entering);
}

/** No list, fee or fault of ours keeps anyone inside: what denies an entry asks a person at an exit (I16). */
export function refuses(c: Case): 'denies' | 'refers' {
  return c.entering ? 'denies' : 'refers';
}

export function reason(
  rule: string,
  code: ReasonCode,
  verdict: Reason['verdict'],
  facts: JsonObject = {},
  ageMs: number | null = null,
): Reason {
  return { rule, code, verdict, facts, ageMs: ageMs === null ? null : Math.round(ageMs) };
}
