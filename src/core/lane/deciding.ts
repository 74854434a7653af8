/** From a presentation to a decision, its record, and the grant that follows (gate.md "Opening", "Exits"; I8, I11). */
import { decide, decisionOf } from '../decide/decide.ts';
import type { Decision } from '../decide/decision.ts';
import type { Facts } from '../decide/facts.ts';
import { credentialKeys } from '../decide/lookup.ts';
import type { AccessQuestion, SecondFactor } from '../decide/question.ts';
import type { Actor } from '../io.ts';
import { classifyPlate, normalisePlate } from '../plate/plate.ts';
import { arm, disarm, type LaneTurn, lane, laneRecord, setLane } from '../turn.ts';
import type { Direction, JsonObject, RecordRef } from '../values.ts';
import { modeOf } from './claims.ts';
import { inputsOf } from './inputs.ts';
import { addGrant, grantQueueFull } from './opening.ts';
import type { Presentation } from './state.ts';

/** Decides the car that stands there, again if need be. A grant is never decided again; an unchanged answer is not recorded again. */
export function decideStanding(t: LaneTurn, direction: Direction): void {
  const current = lane(t).approaches[direction].current;
  if (current === null || current.decision?.outcome === 'granted') return;
  const facts = factsFor(t, current);
  const asked = decide(question(t, direction, current, facts));
  const crowded = asked.outcome === 'granted' && asked.code !== 'emergencyVehicle' && grantQueueFull(t);
  const decision = crowded ? full(asked) : asked;
  if (current.decision !== null && same(current.decision, decision)) return;
  const ref = recordDecision(t, direction, current, decision, facts, null);
  const awaiting = decision.code === 'awaitingSecondFactor';
  const until = awaiting
    ? (current.secondFactorUntil ?? t.now.mono + t.model.timing.secondFactorWindowMs)
    : current.secondFactorUntil;
  setCurrent(t, direction, { ...current, decision, decisionRef: ref, secondFactorUntil: until });
  if (awaiting && until !== null) arm(t, `${direction}.secondFactor`, until);
  if (decision.outcome === 'granted') grant(t, direction, current, decision, ref);
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

export function keysOf(current: Pick<Presentation, 'plate' | 'card'>) {
  return credentialKeys({ plate: current.plate, card: current.card });
}

function question(t: LaneTurn, direction: Direction, current: Presentation, facts: Facts | null): AccessQuestion {
  const { turn, model } = t;
  const approach = lane(t).approaches[direction];
  const hasSensor = inputsOf(model, 'arming', direction).length > 0;
  const mode = modeOf(lane(t).claims);
  return {
    credentials: { plate: plateOf(current), card: current.card },
    lane: model,
    direction,
    mode,
    opposing: false,
    facts,
    now: t.now,
    site: turn.site.model,
    present: !hasSensor
      ? 'unknown'
      : approach.presence === 'present'
        ? 'yes'
        : approach.presence === 'absent'
          ? 'no'
          : 'unknown',
    framesAgree: current.plate?.framesAgree ?? 0,
    secondFactor: secondFactorOf(t, current),
    spentRows: turn.site.reservations.map((entry) => entry.rowId),
    honouredRows: lane(t)
      .honour.filter((entry) => entry.until > t.now.mono)
      .map((entry) => entry.rowId),
    journalBroken: turn.site.journal === 'broken',
  };
}

function plateOf(current: Presentation): AccessQuestion['credentials']['plate'] {
  const plate = current.plate;
  if (plate === null) return null;
  return {
    text: plate.text,
    color: plate.color,
    confidence: plate.confidence,
    kind: classifyPlate(normalisePlate(plate.text).kind, plate.color),
  };
}

function secondFactorOf(t: LaneTurn, current: Presentation): SecondFactor | null {
  const permit = current.decision?.permit ?? null;
  if (current.secondFactorUntil === null || permit === null) return null;
  const seen =
    current.plate === null || (current.card !== null && current.card.at < current.plate.at) ? 'card' : 'plate';
  return { permit, seen, ended: t.now.mono >= current.secondFactorUntil };
}

function recordDecision(
  t: LaneTurn,
  direction: Direction,
  current: Presentation,
  decision: Decision,
  facts: Facts | null,
  by: Actor | null,
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
    listAgeMs: facts?.listAgeMs ?? null,
    lookupUs: facts?.lookupUs ?? null,
    firstReadAt: current.startedAt,
    suggestedRowId: decision.suggestion?.rowId ?? null,
    via: by?.via ?? null,
  };
  const personal: JsonObject = {
    plate: current.plate?.text ?? null,
    card: current.card?.value ?? null,
    holder: row?.holder ?? null,
    room: row?.room ?? null,
    suggestion: decision.suggestion?.key ?? null,
    ...(by?.name === undefined || by?.name === null ? {} : { by: by.name }),
  };
  return laneRecord(t, 'decision', { cause: current.ref, body, personal, extra: { direction, decision } });
}

function grant(t: LaneTurn, direction: Direction, current: Presentation, decision: Decision, ref: RecordRef): void {
  disarm(t, `${direction}.secondFactor`);
  if (decision.spends && decision.rowId !== null) reserve(t, decision.rowId, ref);
  const source =
    decision.code === 'emergencyVehicle'
      ? 'emergencyVehicle'
      : decision.code === 'guardGranted'
        ? 'guard'
        : 'credential';
  addGrant(t, {
    direction,
    cause: ref,
    source,
    plate: current.plate?.text ?? null,
    rowId: decision.rowId,
    spends: decision.spends,
  });
}

/** Until its record is durable and the look-up shows it, the row counts as spent here; honouring it once more uses that up. */
function reserve(t: LaneTurn, rowId: string, ref: RecordRef): void {
  const site = t.turn.site;
  t.turn.site = { ...site, reservations: [...site.reservations, { rowId, ref }] };
  setLane(t, { honour: lane(t).honour.filter((entry) => entry.rowId !== rowId) });
}

/** A person's answer to a referred car: the guard's word opens at once, like the button (I16). */
export function answerReferral(t: LaneTurn, by: Actor, granted: boolean, reason: string): boolean {
  for (const direction of t.model.directions) {
    const current = lane(t).approaches[direction].current;
    if (current?.decision?.outcome !== 'referred') continue;
    const decision = decisionOf(granted ? 'granted' : 'denied', 'guard', granted ? 'guardGranted' : 'Other', {
      reason,
    });
    const facts = factsFor(t, current);
    const ref = recordDecision(t, direction, current, decision, facts, by);
    setCurrent(t, direction, { ...current, decision, decisionRef: ref });
    if (granted) grant(t, direction, current, decision, ref);
    return true;
  }
  return false;
}
