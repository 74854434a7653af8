/** From a presentation to a decision, its record, and the grant that follows (gate.md "Opening", "Exits"; I8, I11). */
import { decide, decisionOf, recordedOf } from '../decide/decide.ts';
import type { Decision } from '../decide/decision.ts';
import type { Facts, LookupKeys } from '../decide/facts.ts';
import { credentialKeys } from '../decide/lookup.ts';
import { runsAgainst } from '../emergency/begin.ts';
import { hindranceFor } from '../interlock/portals.ts';
import type { AccessQuestion, FactAges, PlateCredential, UnreadPresence } from '../decide/question.ts';
import type { Actor } from '../io.ts';
import { classifyPlate, normalisePlate } from '../plate/plate.ts';
import { disarm, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Direction, JsonObject, Mono, RecordRef } from '../values.ts';
import { claimOfMode, modeOf } from './claims.ts';
import { forgive, noteTries } from './failed-tries.ts';
import { inputsOf, readingOf } from './inputs.ts';
import { addGrant, grantQueueFull } from './opening.ts';
import { armSecondHalf, factorSources, renewed, secondFactorOf } from './second-half.ts';
import { type Approach, type Presentation, READS_WITHOUT_PRESENCE_MAX } from './state.ts';

/** Decides the car that stands there, again if need be. A grant is never decided again; an unchanged answer is not recorded again. */
export function decideStanding(t: LaneTurn, direction: Direction, presentedAt: Mono = t.now.mono): void {
  const current = lane(t).approaches[direction].current;
  if (current === null || current.decision?.outcome === 'granted' || current.answered) return;
  const facts = factsFor(t, current);
  const asked = decide(question(t, direction, current, facts));
  const crowded = asked.outcome === 'granted' && !isBesideQueue(asked) && grantQueueFull(t);
  const decision = crowded ? full(asked) : interlocked(t, direction, asked);
  const decidedCard = current.card === null ? null : `${current.card.bits}:${current.card.value}`;
  if (current.decision !== null && same(current.decision, decision) && current.decidedCard === decidedCard) {
    armSecondHalf(t, direction, current);
    return;
  }
  if (crowded) raiseLane(t, 'grantQueueFull', { grants: lane(t).grants.length });
  const ref = recordDecision(t, direction, current, decision, facts, null);
  const excused = current.decision?.code === 'secondFactorUnavailable' && decision.code === 'awaitingSecondFactor';
  const halves = excused ? renewed(t, current.halves) : current.halves;
  const wentBlind = current.wentBlind || decision.code === 'blindExit';
  const failed = noteTries(t, current, decision, facts, ref);
  const decided = { ...current, decision, decisionRef: ref, decidedCard, halves, wentBlind, failed };
  setCurrent(t, direction, decided);
  armSecondHalf(t, direction, decided);
  if (decision.outcome === 'granted') grant(t, direction, current, decision, ref, presentedAt);
}

/**
 * Would the car that stands there, whose grant still waits for its turn, be granted by the list of now? Also true where nobody
 * can ask. The use that its own grant has spent is not held against it.
 */
export function isStillGranted(t: LaneTurn, direction: Direction, spentByIt: string | null): boolean {
  const current = lane(t).approaches[direction].current;
  if (current === null || (current.plate === null && current.card === null)) return true;
  const facts = factsFor(t, current);
  if (facts?.available !== true) return true;
  const asked = question(t, direction, current, facts);
  const honouredRows = [...(asked.honouredRows ?? []), ...(spentByIt === null ? [] : [spentByIt])];
  return decide({ ...asked, honouredRows, journalBroken: false }).outcome === 'granted';
}

/**
 * What a credential would open waits until every other portal of the interlock is measured closed, and is then decided again. The
 * guard, emergency vehicles and an emergency's way out stand above it (gate.md ladder).
 */
function interlocked(t: LaneTurn, direction: Direction, asked: Decision): Decision {
  if (asked.outcome !== 'granted' || isBesideQueue(asked)) return asked;
  const hindrance = hindranceFor(t, direction);
  if (hindrance === null) return asked;
  const code = hindrance.standing === 'open' ? 'interlockOpen' : 'interlockUnknown';
  const referred = decisionOf('referred', 'interlock', code, { others: hindrance.lanes });
  return { ...referred, reasons: [...referred.reasons, ...asked.reasons] };
}

/** What needs no room among the grants. */
function isBesideQueue({ code }: Decision): boolean {
  return code === 'emergencyVehicle' || code === 'heldOpen';
}

function full(asked: Decision): Decision {
  const refused = decisionOf('referred', 'grantQueue', 'grantQueueFull');
  return { ...refused, reasons: [...refused.reasons, ...asked.reasons] };
}

function same(a: Decision, b: Decision): boolean {
  return (
    a.outcome === b.outcome && a.code === b.code && a.rowId === b.rowId && a.suggestion?.rowId === b.suggestion?.rowId
  );
}

function setCurrent(t: LaneTurn, direction: Direction, current: Presentation): void {
  const approaches = lane(t).approaches;
  setLane(t, { approaches: { ...approaches, [direction]: { ...approaches[direction], current } } });
}

/** Of the rows that were looked up for the whole input, those of this car. */
function factsFor(t: LaneTurn, current: Presentation): Facts | null {
  const facts = t.turn.facts;
  if (facts === null) return null;
  const keys = keysOf(current);
  const exact = new Set(keys.exact);
  const near = new Set(keys.near);
  return {
    ...facts,
    rows: facts.rows.filter((row) => exact.has(row.key)),
    near: facts.near.filter((row) => near.has(row.key)),
  };
}

/** Of what it shows now, and of what it has shown: for the block list. */
export function keysOf(current: Pick<Presentation, 'plate' | 'card' | 'shown'>): LookupKeys {
  const { exact, near } = credentialKeys({ plate: current.plate, card: current.card });
  const shown = current.shown.flatMap(
    (one) => credentialKeys('text' in one ? { plate: one, card: null } : { plate: null, card: one }).exact,
  );
  return { exact: [...new Set([...exact, ...shown])], near };
}

/** Answers that were the lane's mode's, and not the car's own. */
const BY_MODE: readonly string[] = ['heldOpen', 'lockedDown', 'outOfService'];

/** Another claim makes the mode now: whoever stands there on the word of the last one is asked after anew (gate.md "Opening"). */
export function decideAfterClaims(t: LaneTurn): void {
  for (const direction of t.model.directions) {
    const { current } = lane(t).approaches[direction];
    const code = current?.decision?.code;
    if (current === null || code === undefined || !BY_MODE.includes(code)) continue;
    if (code === 'heldOpen' && standsHeld(t)) continue;
    if (code === 'heldOpen') setCurrent(t, direction, { ...current, decision: null, decisionRef: null });
    decideStanding(t, direction);
  }
}

/** Does an owned hold keep this portal open, and is it seen to be open? */
function standsHeld(t: LaneTurn): boolean {
  const { barrier, door, claims } = lane(t);
  return claimOfMode(claims)?.purpose === 'hold' && (barrier?.position === 'open' || door?.lock === 'released');
}

function question(t: LaneTurn, direction: Direction, current: Presentation, facts: Facts | null): AccessQuestion {
  const { turn, model } = t;
  const approach = lane(t).approaches[direction];
  const mode = modeOf(lane(t).claims);
  return {
    credentials: halvesWithinWindow(t, current),
    shown: current.shown.map((one) => ('text' in one ? plateOf(one) : one)),
    heading: current.plate?.heading,
    lane: model,
    direction,
    mode,
    standsHeld: standsHeld(t),
    emergency: turn.site.emergencies.length > 0,
    opposing: runsAgainst(turn.site, model.id, direction),
    facts,
    now: t.now,
    site: turn.site.model,
    present: presentOf(t, approach),
    unread: unreadOf(t, approach, current),
    ages: agesOf(t, approach, current),
    framesAgree: current.plate?.framesAgree ?? 0,
    secondFactor: secondFactorOf(t, current),
    factorSources: factorSources(t, direction),
    spentRows: turn.site.reservations.map((entry) => entry.rowId),
    honouredRows: lane(t)
      .honour.filter((entry) => entry.until > t.now.mono)
      .map((entry) => entry.rowId),
    journalBroken: turn.site.journal === 'broken',
  };
}

/** A sensor that is not believed says nothing; where the camera's own trigger stands for one, its read is a presence. */
function presentOf(t: LaneTurn, approach: Approach): AccessQuestion['present'] {
  const { direction, presence } = approach;
  const sensors = inputsOf(t.model, 'arming', direction);
  if (sensors.length === 0) return t.model.presenceFromCamera ? 'yes' : 'unknown';
  if (presence === 'unknown' || approach.readsWithoutPresence >= READS_WITHOUT_PRESENCE_MAX) return 'unknown';
  return presence === 'present' ? 'yes' : 'no';
}

function unreadOf(t: LaneTurn, approach: Approach, current: Presentation): UnreadPresence | null {
  if (!current.unread || current.plate !== null || current.card !== null) return null;
  const since = approach.unreadSince ?? t.now.mono;
  return { presentMs: Math.round(t.now.mono - since), risen: approach.risen, again: current.wentBlind };
}

function agesOf(t: LaneTurn, approach: Approach, current: Presentation): FactAges {
  const now = t.now.mono;
  const sensors = inputsOf(t.model, 'arming', approach.direction);
  const readAt = sensors.flatMap((input) => readingOf(lane(t), input)?.at ?? []);
  const trigger = t.model.presenceFromCamera ? current.plate?.at : undefined;
  const seenAt = sensors.length === 0 ? trigger : readAt.length === 0 ? undefined : Math.min(...readAt);
  const mode = claimOfMode(lane(t).claims);
  const age = (at: number | undefined) => (at === undefined ? null : Math.max(0, Math.round(now - at)));
  return { presence: age(seenAt), plate: age(current.plate?.at), mode: age(mode?.since) };
}

/** Plate and card further apart than the window are no two halves of one presentation: the later one stands alone. */
function halvesWithinWindow(t: LaneTurn, current: Presentation): AccessQuestion['credentials'] {
  const plate = current.plate === null ? null : plateOf(current.plate);
  const { card, halves } = current;
  if (plate === null || current.plate === null || card === null) return { plate, card };
  const since = halves.excusedUntil ?? -Infinity;
  const apart = Math.max(card.at, since) - Math.max(current.plate.at, since);
  if (Math.abs(apart) <= t.model.timing.secondFactorWindowMs) return { plate, card };
  return apart > 0 ? { plate: null, card } : { plate, card: null };
}

function plateOf({ text, color, confidence = null }: ReadPlate): PlateCredential {
  return { text, color, confidence, kind: classifyPlate(normalisePlate(text).kind, color) };
}

type ReadPlate = Pick<PlateCredential, 'text' | 'color'> & Partial<Pick<PlateCredential, 'confidence'>>;

function recordDecision(
  t: LaneTurn,
  direction: Direction,
  current: Presentation,
  decision: Decision,
  facts: Facts | null,
  answer: { readonly by: Actor; readonly reason: string } | null,
): RecordRef {
  const row = facts?.rows.find((candidate) => candidate.id === decision.rowId);
  const body: JsonObject = {
    outcome: decision.outcome,
    code: decision.code,
    permit: decision.permit,
    rowId: decision.rowId,
    spends: decision.spends,
    category: row?.category ?? null,
    mode: modeOf(lane(t).claims),
    configHash: t.turn.site.model.configHash,
    listVersion: facts?.listVersion ?? null,
    listAgeMs: facts === null ? null : Math.round(facts.listAgeMs),
    lookupUs: facts?.lookupUs ?? null,
    firstReadAt: current.startedAt,
    // Presence alone says that a vehicle leaves; nothing has read which.
    basis: current.plate === null && current.card === null ? 'inferred' : 'measured',
    suggestedRowId: decision.suggestion?.rowId ?? null,
    via: answer?.by.via ?? null,
  };
  const personal: JsonObject = {
    plate: current.plate?.text ?? null,
    card: current.card?.value ?? null,
    holder: row?.holder ?? null,
    room: row?.room ?? null,
    suggestion: decision.suggestion?.key ?? null,
    ...(answer === null ? {} : { by: answer.by.name, reason: answer.reason }),
  };
  return laneRecord(t, 'decision', {
    cause: current.ref,
    body,
    personal,
    extra: { direction, decision: recordedOf(decision) },
  });
}

function grant(
  t: LaneTurn,
  direction: Direction,
  current: Presentation,
  decision: Decision,
  ref: RecordRef,
  presentedAt: Mono,
): void {
  disarm(t, `${direction}.secondFactor`);
  if (decision.rowId !== null) {
    if (decision.spends) reserve(t, decision.rowId, ref);
    forgetHonour(t, decision.rowId);
  }
  // A lane without a portal records; there is nothing to open and no passage to wait for.
  if (t.model.portal.kind === 'none') return;
  // The hold lets everybody pass: nothing is to be opened, and nobody's place in the queue is taken.
  if (decision.code === 'heldOpen') return;
  const source =
    decision.code === 'emergencyVehicle'
      ? 'emergencyVehicle'
      : decision.code === 'guardGranted'
        ? 'guard'
        : 'credential';
  const plate = current.plate?.text ?? null;
  addGrant(
    t,
    { direction, cause: ref, source, plate, rowId: decision.rowId, spends: decision.spends },
    source === 'guard' ? t.now.mono : presentedAt,
  );
}

/** Until its record is durable and the look-up shows it, the row counts as spent here. */
function reserve(t: LaneTurn, rowId: string, ref: RecordRef): void {
  const site = t.turn.site;
  t.turn.site = { ...site, reservations: [...site.reservations, { rowId, ref }] };
}

/** A row is honoured once more, not for as long as its minute lasts (gate.md "Exits"). */
function forgetHonour(t: LaneTurn, rowId: string): void {
  setLane(t, { honour: lane(t).honour.filter((entry) => entry.rowId !== rowId) });
}

/** A person's answer to a referred car: the guard's word opens at once, like the button (I16). */
export function answerReferral(t: LaneTurn, by: Actor, granted: boolean, reason: string): boolean {
  for (const direction of t.model.directions) {
    const current = lane(t).approaches[direction].current;
    if (current?.decision?.outcome !== 'referred') continue;
    const decision = decisionOf(granted ? 'granted' : 'denied', 'guard', granted ? 'guardGranted' : 'Other');
    const facts = factsFor(t, current);
    const ref = recordDecision(t, direction, current, decision, facts, { by, reason });
    setCurrent(t, direction, { ...current, decision, decisionRef: ref, answered: true });
    if (granted) {
      forgive(t, current.card?.device ?? null);
      grant(t, direction, current, decision, ref, t.now.mono);
    }
    return true;
  }
  return false;
}
