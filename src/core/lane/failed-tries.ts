/**
 * Credentials turned away in a row, on a lane and at a reader: the fifth alarms (GB 50396: at most five). One presentation
 * counts each card once and its plate once, however often it is shown; a grant, ten quiet minutes or a person end it.
 */
import type { Decision, ReasonCode } from '../decide/decision.ts';
import type { Facts } from '../decide/facts.ts';
import { cardKeys } from '../decide/lookup.ts';
import { arm, clear, clearLane, disarm, type LaneTurn, lane, raise, raiseLane, setLane } from '../turn.ts';
import type { DeviceId, RecordRef } from '../values.ts';
import { noTries, type Presentation, type PresentedCard } from './state.ts';

export const TRIES_MAX = 5;
export const TRIES_QUIET_MS = 600_000;
/** Counted credentials that one presentation remembers; a card beyond it that returns counts again. */
const REMEMBERED_MAX = 16;

/** What was wrong lay in the credential; a closed lane or a missing list says nothing about who asked. */
const TRIED: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'blocked',
  'unknownCredential',
  'CredentialNotEnabled',
  'CredentialNotActive',
  'CredentialExpired',
  'NotPermittedAtThisTime',
  'Unauthorized',
  'usesSpent',
  'colorMismatch',
  'secondFactorMissing',
  'secondFactorMismatch',
]);

/** Counts what a decision turned away, and forgets what a grant makes good. Gives what the presentation has to remember. */
export function noteTries(
  t: LaneTurn,
  current: Presentation,
  decision: Decision,
  facts: Facts | null,
  ref: RecordRef,
): readonly string[] {
  if (decision.outcome === 'granted') {
    forgive(t, current.card?.device ?? null);
    return current.failed;
  }
  const tried = triedOf(current, decision, facts);
  if (tried === null || current.failed.includes(tried.name)) return current.failed;
  count(t, tried.card?.device ?? null, ref);
  return [...current.failed, tried.name].slice(-REMEMBERED_MAX);
}

function triedOf(
  current: Presentation,
  decision: Decision,
  facts: Facts | null,
): { readonly name: string; readonly card: PresentedCard | null } | null {
  const { plate, card } = current;
  const byCard = card !== null && (plate === null || card.at >= plate.at || isStrange(card, facts));
  const wrongSecond = card !== null && decision.code === 'awaitingSecondFactor' && isStrange(card, facts);
  if (!wrongSecond && !(decision.outcome === 'denied' && TRIED.has(decision.code))) return null;
  if (byCard) return { name: `card:${card.bits}:${card.value}`, card };
  return plate === null || plate.text === '' ? null : { name: 'plate', card: null };
}

/** The list was asked and does not know it. */
function isStrange(card: PresentedCard, facts: Facts | null): boolean {
  if (facts?.available !== true) return false;
  const keys = cardKeys(card);
  return !facts.rows.some((row) => keys.includes(row.key));
}

function count(t: LaneTurn, reader: DeviceId | null, ref: RecordRef): void {
  const before = lane(t).failedTries;
  const readers = reader === null ? before.readers : { ...before.readers, [reader]: (before.readers[reader] ?? 0) + 1 };
  const failedTries = { lane: before.lane + 1, readers };
  setLane(t, { failedTries });
  arm(t, 'tries', t.now.mono + TRIES_QUIET_MS);
  if (failedTries.lane >= TRIES_MAX) raiseLane(t, 'failedTries', { tries: failedTries.lane }, ref);
  const atReader = reader === null ? 0 : (readers[reader] ?? 0);
  if (reader !== null && atReader >= TRIES_MAX)
    raise(t.turn, 'failedTries', reader, { tries: atReader, lane: t.model.id }, ref, t.model.id);
}

/** The lane has let somebody through; a reader is made good only by a card that it read itself. */
export function forgive(t: LaneTurn, reader: DeviceId | null): void {
  const before = lane(t).failedTries;
  if (before === noTries) return;
  const rest = Object.entries(before.readers).filter(([device]) => device !== reader);
  setLane(t, { failedTries: rest.length === 0 ? noTries : { lane: 0, readers: Object.fromEntries(rest) } });
  clearLane(t, 'failedTries');
  if (reader !== null) clear(t.turn, 'failedTries', reader, t.model.id);
  if (rest.length === 0) disarm(t, 'tries');
}

/** Its timer: ten minutes without a failure. Also when a person has acknowledged the alarm. */
export function forgetTries(t: LaneTurn): void {
  const { readers } = lane(t).failedTries;
  setLane(t, { failedTries: noTries });
  disarm(t, 'tries');
  clearLane(t, 'failedTries');
  for (const reader of Object.keys(readers)) clear(t.turn, 'failedTries', reader, t.model.id);
}
