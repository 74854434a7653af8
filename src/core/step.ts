/**
 * The core: `step(site, input) → { site, effects }`. Pure and synchronous; the runtime performs the effects in the order
 * given. Life safety stands first among them, then records, then what waits for a record (design.md "Order of effects").
 */
import { widenCauses } from './emergency/begin.ts';
import { doubtLatch, doubtNewLanes, recallCauses } from './emergency/latch.ts';
import { cutOffDrill, drillDue, endDrill, loseDrilledLanes, startDrill } from './emergency/drill.ts';
import { orderEmergency } from './emergency/order.ts';
import { watchInterlocks } from './interlock/watch.ts';
import type { Effect, Input, Request } from './io.ts';
import { recall, takeRead } from './lane/approach.ts';
import { dropBypass, keepBypass } from './lane/bypass.ts';
import { cancelClose, mayBeFalling } from './lane/close-intent.ts';
import { decideStanding } from './lane/deciding.ts';
import { keepFeedback } from './lane/feedback.ts';
import { keepHold } from './lane/holding.ts';
import { inputKey, inputsOf, SILENT_PASSAGES } from './lane/inputs.ts';
import { claimNewLanes, recallClaims } from './lane/kept-claims.ts';
import {
  settle,
  takeElapsed,
  takeInputs,
  takeOutcome,
  takeRequest,
  takeReturn,
  takeSilence,
  watchUnowned,
} from './lane/lane-step.ts';
import { endUnlisted } from './lane/overtaken.ts';
import { endGrant } from './lane/passages.ts';
import { barrierModel } from './lane/portal.ts';
import { open } from './lane/raise-boom.ts';
import type { LaneState } from './lane/state.ts';
import { recallTravel } from './lane/travel.ts';
import type { CardRead, Observation, PlateRead } from './presentation.ts';
import type { LaneModel, SiteModel } from './site-model.ts';
import { beginLane, type SiteState } from './site-state.ts';
import { beginTurn, clear, lane, laneTurn, raise, record, setLane, type Turn } from './turn.ts';
import type { DeviceId, Json, LaneId, Now } from './values.ts';
import { giveReason, OWED_TIMER, recallReasons, watchOwed } from './owed-reasons.ts';
import { awaitsHalf, laneOfRead } from './wanted-keys.ts';

export { wantedKeys } from './wanted-keys.ts';

export interface Step {
  readonly site: SiteState;
  readonly effects: readonly Effect[];
}

export function step(site: SiteState, input: Input): Step {
  const facts = 'facts' in input ? input.facts : null;
  const turn = beginTurn(site, input.now, facts);
  take(turn, input);
  // What is real takes over from what is only practised.
  if (turn.site.emergencies.length > 0) endDrill(turn, 'emergency');
  if (turn.site.emergencies !== site.emergencies) emergenciesChanged(turn, site);
  else if (turn.site.drill?.key !== site.drill?.key)
    for (const model of turn.site.model.lanes) settle(laneTurn(turn, model));
  watchInterlocks(turn, site);
  keepFeedback(turn);
  return { site: turn.site, effects: lifeSafetyFirst(turn.effects) };
}

/** Lanes that another one's cause has claimed or let go come to rest; whoever waits to leave is let out, wherever he stands (I16). */
function emergenciesChanged(turn: Turn, before: SiteState): void {
  const begun = before.emergencies.length === 0;
  for (const model of turn.site.model.lanes) {
    const t = laneTurn(turn, model);
    if (begun && model.directions.includes('out')) decideStanding(t, 'out');
    settle(t);
  }
}

/** A command that waits for no record is life safety; it and what it withdraws go before everything else, in their own order. */
function lifeSafetyFirst(effects: readonly Effect[]): readonly Effect[] {
  const isUrgent = (effect: Effect) =>
    effect.kind === 'withdraw' || (effect.kind === 'command' && effect.command.after === null);
  const urgent = effects.filter(isUrgent);
  return urgent.length === 0 ? effects : [...urgent, ...effects.filter((effect) => !isUrgent(effect))];
}

function take(turn: Turn, input: Input): void {
  switch (input.kind) {
    case 'observed':
      takeObservation(turn, input.observation);
      return;
    case 'requested':
      takeSiteRequest(turn, input.request);
      return;
    case 'elapsed': {
      if (drillDue(turn, input.timer)) return;
      if (input.timer === OWED_TIMER) {
        watchOwed(turn);
        return;
      }
      const dot = input.timer.indexOf('.');
      const model = modelOf(turn, input.timer.slice(0, dot));
      if (model !== undefined) takeElapsed(laneTurn(turn, model), input.timer.slice(dot + 1));
      return;
    }
    case 'outcome': {
      const model = turn.site.model.lanes.find((candidate) =>
        turn.site.lanes[candidate.id]?.pending.some(({ command }) => command.id === input.outcome.command),
      );
      if (model !== undefined) takeOutcome(laneTurn(turn, model), input.outcome);
      return;
    }
    case 'journalAcked':
      turn.site = { ...turn.site, reservations: turn.site.reservations.filter((entry) => entry.ref > input.ref) };
      return;
    case 'journalRefused':
      turn.site = { ...turn.site, journal: 'broken' };
      raise(turn, 'journalBroken', 'site', { why: input.why, fromRef: input.ref });
      return;
    case 'journalMended':
      turn.site = { ...turn.site, journal: 'ok' };
      clear(turn, 'journalBroken', 'site');
      redecide(turn);
      return;
    case 'listsChanged':
      for (const model of turn.site.model.lanes) endUnlisted(laneTurn(turn, model));
      redecide(turn);
      return;
    case 'clockStepped':
      record(turn, 'clockStepped', { body: { byMs: input.byMs } });
      for (const model of turn.site.model.lanes) {
        const t = laneTurn(turn, model);
        cancelClose(t);
        settle(t);
      }
      return;
    case 'siteReplaced':
      replaceModel(turn, input.model);
      return;
  }
}

function modelOf(turn: Turn, lane: string): LaneModel | undefined {
  return turn.site.model.lanes.find((candidate) => candidate.id === lane);
}

function redecide(turn: Turn): void {
  for (const model of turn.site.model.lanes) {
    const t = laneTurn(turn, model);
    for (const direction of model.directions) decideStanding(t, direction);
    settle(t);
  }
}

function takeObservation(turn: Turn, seen: Observation): void {
  switch (seen.kind) {
    case 'plateRead':
    case 'cardRead': {
      const found = laneOfRead(turn.site.model, seen);
      if (found === null) {
        recordStray(turn, seen);
        return;
      }
      const t = laneTurn(turn, found.model);
      takeRead(t, found.direction, seen);
      settle(t);
      return;
    }
    case 'inputsRead':
      for (const t of lanesOf(turn, seen.device)) takeInputs(t, seen);
      return;
    case 'deviceSilent':
      raise(turn, 'deviceSilent', seen.device, { why: seen.why });
      for (const t of lanesOf(turn, seen.device)) takeSilence(t, seen.device);
      sourceChanged(turn, seen.device);
      return;
    case 'deviceReturned':
      clear(turn, 'deviceSilent', seen.device);
      for (const t of lanesOf(turn, seen.device)) takeReturn(t, seen.device);
      sourceChanged(turn, seen.device);
      return;
    case 'deviceFault':
      if (seen.raised) raise(turn, seen.fault, seen.device, { detail: seen.detail });
      else clear(turn, seen.fault, seen.device);
      sourceChanged(turn, seen.device);
      return;
  }
}

/** A reader that no lane uses still shows its cards: `learn` at a desk. */
function recordStray(turn: Turn, seen: PlateRead | CardRead): void {
  const { device } = seen;
  const body =
    seen.kind === 'plateRead'
      ? { device, recordedOnly: 'noLane', channel: seen.channel ?? null }
      : { device, recordedOnly: 'noLane', bits: seen.bits, format: seen.format };
  const personal = seen.kind === 'cardRead' ? { personal: { card: seen.value } } : {};
  record(turn, seen.kind, { body, ...personal });
}

/** Whoever waits for the other half of his permit is decided again when what could read it goes down or returns. */
function sourceChanged(turn: Turn, device: DeviceId): void {
  for (const model of turn.site.model.lanes) {
    const bound = [...model.cameras, ...model.readers].filter((one) => one.device === device);
    if (bound.length === 0) continue;
    const t = laneTurn(turn, model);
    for (const { direction } of bound) if (awaitsHalf(lane(t), direction)) decideStanding(t, direction);
    settle(t);
  }
}

function lanesOf(turn: Turn, device: DeviceId) {
  return turn.site.model.lanes
    .filter(
      (model) =>
        (model.portal.kind !== 'none' && model.portal.device === device) ||
        model.inputs.some((input) => input.device === device),
    )
    .map((model) => laneTurn(turn, model));
}

function takeSiteRequest(turn: Turn, request: Request): void {
  if (request.kind === 'systemFault') {
    if (request.raised) {
      raise(turn, request.code, request.subject, request.detail);
      if (request.code === 'obstructionSilent') disbelieve(turn, request.subject, request.detail.inputs);
    } else clear(turn, request.code, request.subject);
    sourceChanged(turn, request.subject);
    return;
  }
  if (request.kind === 'recall') {
    for (const model of turn.site.model.lanes)
      recall(
        laneTurn(turn, model),
        request.heard.filter((one) => one.lane === model.id),
      );
    return;
  }
  if (request.kind === 'recallTravel') {
    for (const { lane: id, body } of request.learned) {
      const model = modelOf(turn, id);
      const t = model === undefined ? null : laneTurn(turn, model);
      const portal = t === null ? null : barrierModel(t);
      if (t !== null && portal !== null) recallTravel(t, portal, body);
    }
    return;
  }
  if (request.kind === 'recallReasons') {
    recallReasons(turn, request.owed);
    return;
  }
  if (request.kind === 'giveReason') {
    giveReason(turn, request);
    return;
  }
  if (request.kind === 'emergency') {
    orderEmergency(turn, request);
    return;
  }
  if (request.kind === 'drill') {
    startDrill(turn, request);
    return;
  }
  if (request.kind === 'recallDrill') {
    cutOffDrill(turn, request.started);
    return;
  }
  if (request.kind === 'recallLatch') {
    recallCauses(turn, request.causes);
    if (request.doubt !== null) doubtLatch(turn, request.doubt.why, request.doubt.lanes);
    return;
  }
  if (request.kind === 'recallClaims') {
    recallClaims(turn, request.claims);
    return;
  }
  if (request.kind === 'note') {
    record(turn, request.record, { body: request.body, personal: request.personal });
    return;
  }
  const model = modelOf(turn, request.lane);
  if (model === undefined)
    record(turn, 'requestRefused', {
      body: { why: 'noSuchLane', lane: request.lane, kind: request.kind, via: request.by.via },
    });
  else takeRequest(laneTurn(turn, model), request);
}

/** A sensor that was found blind before a restart is not believed after it: it must be seen occupied first. */
function disbelieve(turn: Turn, id: string, inputs: Json | undefined): void {
  const model = modelOf(turn, id);
  if (model === undefined || !Array.isArray(inputs)) return;
  const t = laneTurn(turn, model);
  const blind = inputsOf(model, 'obstruction').filter((input) => inputs.includes(input.id));
  const counts = blind.map((input) => [inputKey(input), SILENT_PASSAGES] as const);
  setLane(t, { silentPassages: { ...lane(t).silentPassages, ...Object.fromEntries(counts) } });
}

/**
 * A new configuration moves no boom (I17): lanes keep what they know, no close survives it, faults of what went are cleared.
 * Only a boom that falls on our word while its lane goes, or another device takes its place, is sent up: nobody guards it any more (I2).
 */
function replaceModel(turn: Turn, model: SiteModel): void {
  const before = turn.site.model;
  const applied = record(turn, 'configApplied', { body: { configHash: model.configHash, lanes: model.lanes.length } });
  for (const was of before.lanes) {
    const next = model.lanes.find((candidate) => candidate.id === was.id);
    const t = laneTurn(turn, was);
    cancelClose(t);
    if (next === undefined || !samePortal(was, next)) {
      dropBypass(t);
      if (mayBeFalling(t)) open(t, 'reopen', applied, 'laneReplaced', { evenIfJournalBroken: true });
      for (const grant of lane(t).grants)
        endGrant(t, grant, 'unknown', 'presumed', { detail: { why: 'laneReplaced' } });
    }
  }
  const lanes = Object.fromEntries(model.lanes.map((next) => [next.id, carryOver(turn.site, before, next, turn.now)]));
  turn.site = { ...turn.site, model, lanes };
  clearFaultsOfGone(turn, before, model);
  doubtNewLanes(turn, before);
  claimNewLanes(turn, before, applied);
  if (turn.site.emergencies.length > 0) widenCauses(turn, applied);
  loseDrilledLanes(turn);
  for (const next of model.lanes) {
    const t = laneTurn(turn, next);
    setLane(t, { unownedSince: null });
    keepBypass(t);
    keepHold(t);
    watchUnowned(t);
  }
}

function carryOver(site: SiteState, before: SiteModel, next: LaneModel, now: Now): LaneState {
  const was = before.lanes.find((candidate) => candidate.id === next.id);
  const state = site.lanes[next.id];
  if (was === undefined || state === undefined) return beginLane(next, now.mono);
  if (samePortal(was, next)) return withLock(sameInputs(was, next) ? state : forgetInputs(state), next);
  // Another device moves it now: what was claimed still holds, all else is found anew.
  const { claims, nextPassage, honour, heard, failedTries } = state;
  return { ...beginLane(next, now.mono), claims, nextPassage, honour, heard, failedTries };
}

function withLock(state: LaneState, { portal }: LaneModel): LaneState {
  if (state.door === null || portal.kind !== 'door') return state;
  return { ...state, door: { ...state.door, staysReleased: !portal.pulsed } };
}

function clearFaultsOfGone(turn: Turn, before: SiteModel, model: SiteModel): void {
  const kept = namesOf(model);
  const gone = namesOf(before).filter((name) => !kept.includes(name));
  for (const fault of Object.values(turn.site.faults))
    if (gone.includes(fault.subject)) clear(turn, fault.code, fault.subject);
}

/** Everything that a fault of ours may be about: lanes and their devices. */
function namesOf(model: SiteModel): readonly string[] {
  return model.lanes.flatMap((one) => [
    one.id,
    ...(one.portal.kind === 'none' ? [] : [one.portal.device]),
    ...[...one.cameras, ...one.readers, ...one.inputs].map((bound) => bound.device),
  ]);
}

/** Another wiring or device behind a name: what was read before says nothing now, and a press held over it is no new one. */
function forgetInputs(state: LaneState): LaneState {
  const unknown = Object.entries(state.inputs).map(([key, reading]) => [key, { ...reading, reads: 0 }]);
  return { ...state, inputs: Object.fromEntries(unknown), silentPassages: {} };
}

/** How far an input reaches is no matter of its wiring. */
function sameInputs(a: LaneModel, b: LaneModel): boolean {
  const wiring = ({ inputs }: LaneModel) => JSON.stringify(inputs.map(({ reach: _, ...wired }) => wired));
  return wiring(a) === wiring(b);
}

function samePortal(a: LaneModel, b: LaneModel): boolean {
  if (a.portal.kind === 'none' || b.portal.kind === 'none') return a.portal.kind === b.portal.kind;
  return a.portal.kind === b.portal.kind && a.portal.device === b.portal.device;
}

/** Lanes whose boom may be falling on our word: a reload that touches them should wait for it (I2, I17). */
export function lanesClosing(site: SiteState): readonly LaneId[] {
  const turn = beginTurn(site, { mono: 0, wall: 0, wallTrusted: false }, null);
  return site.model.lanes.filter((model) => mayBeFalling(laneTurn(turn, model))).map(({ id }) => id);
}
