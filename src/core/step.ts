/**
 * The core: `step(site, input) → { site, effects }`. Pure and synchronous; the runtime performs the effects in the order
 * given. Life safety stands first among them, then records, then what waits for a record (design.md "Order of effects").
 */
import type { LookupKeys } from './decide/facts.ts';
import { lookupKeys } from './decide/lookup.ts';
import type { Effect, Input, Request } from './io.ts';
import { takeRead } from './lane/approach.ts';
import { cancelClose, isClosing } from './lane/close-intent.ts';
import { decideStanding, keysOf } from './lane/deciding.ts';
import {
  settle,
  takeElapsed,
  takeInputs,
  takeOutcome,
  takeRequest,
  takeReturn,
  takeSilence,
} from './lane/lane-step.ts';
import type { CardRead, Observation, PlateRead } from './presentation.ts';
import type { LaneModel, SiteModel } from './site-model.ts';
import { beginLane, type SiteState } from './site-state.ts';
import { beginTurn, clear, lane, laneTurn, raise, record, setLane, type Turn } from './turn.ts';
import type { DeviceId, Direction } from './values.ts';

export interface Step {
  readonly site: SiteState;
  readonly effects: readonly Effect[];
}

export function step(site: SiteState, input: Input): Step {
  const facts = 'facts' in input ? input.facts : null;
  const turn = beginTurn(site, input.now, facts);
  take(turn, input);
  return { site: turn.site, effects: lifeSafetyFirst(turn.effects) };
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
      redecide(turn);
      return;
    case 'clockStepped':
      record(turn, 'clockStepped', { body: { byMs: input.byMs } });
      for (const model of turn.site.model.lanes) {
        const t = laneTurn(turn, model);
        if (!isClosing(t)) cancelClose(t);
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
        record(turn, seen.kind, {
          body: {
            device: seen.device,
            recordedOnly: 'noLane',
            channel: seen.kind === 'plateRead' ? (seen.channel ?? null) : null,
          },
        });
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
      return;
    case 'deviceReturned':
      clear(turn, 'deviceSilent', seen.device);
      for (const t of lanesOf(turn, seen.device)) takeReturn(t);
      return;
    case 'deviceFault':
      if (seen.raised) raise(turn, seen.fault, seen.device, { detail: seen.detail });
      else clear(turn, seen.fault, seen.device);
      return;
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

/** A camera that serves several lanes says by its channel which one it means. */
function laneOfRead(
  model: SiteModel,
  read: PlateRead | CardRead,
): { readonly model: LaneModel; readonly direction: Direction } | null {
  for (const candidate of model.lanes) {
    const binding =
      read.kind === 'plateRead'
        ? candidate.cameras.find(
            (camera) =>
              camera.device === read.device && (camera.channel === undefined || camera.channel === read.channel),
          )
        : candidate.readers.find((reader) => reader.device === read.device);
    if (binding !== undefined) return { model: candidate, direction: binding.direction };
  }
  return null;
}

function takeSiteRequest(turn: Turn, request: Request): void {
  if (request.kind === 'systemFault') {
    if (request.raised) raise(turn, request.code, request.subject, request.detail);
    else clear(turn, request.code, request.subject);
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

/** A new configuration moves no boom (I17): lanes keep what they know, closes not yet under way are dropped, faults of lanes that went are cleared. */
function replaceModel(turn: Turn, model: SiteModel): void {
  const before = turn.site;
  const lanes = Object.fromEntries(
    model.lanes.map((next) => {
      const was = before.model.lanes.find((candidate) => candidate.id === next.id);
      const state = before.lanes[next.id];
      const kept = was !== undefined && state !== undefined && samePortal(was, next);
      return [next.id, kept ? state : beginLane(next, turn.now.mono)];
    }),
  );
  turn.site = { ...before, model, lanes };
  record(turn, 'configApplied', { body: { configHash: model.configHash, lanes: model.lanes.length } });
  for (const gone of before.model.lanes.filter((was) => !model.lanes.some((next) => next.id === was.id))) {
    for (const fault of Object.values(turn.site.faults))
      if (fault.subject === gone.id) clear(turn, fault.code, gone.id);
  }
  for (const next of model.lanes) {
    const t = laneTurn(turn, next);
    if (!isClosing(t)) cancelClose(t);
    setLane(t, { unownedSince: null });
    if (lane(t).barrier !== null || lane(t).door !== null) settle(t);
  }
}

function samePortal(a: LaneModel, b: LaneModel): boolean {
  if (a.portal.kind === 'none' || b.portal.kind === 'none') return a.portal.kind === b.portal.kind;
  return a.portal.kind === b.portal.kind && a.portal.device === b.portal.device;
}

/** The rows that `step` will want for this input; the runtime looks them up first and hands them over as its facts. */
export function wantedKeys(site: SiteState, input: Input): LookupKeys | null {
  switch (input.kind) {
    case 'observed':
      return keysOfObservation(site, input.observation);
    case 'elapsed': {
      const id = input.timer.slice(0, input.timer.indexOf('.'));
      return /\.(in|out)\.(armWindow|secondFactor)$/.test(input.timer)
        ? standingKeys(site, (model) => model.id === id)
        : null;
    }
    case 'requested':
      return input.request.kind === 'answerReferral' ? standingKeysOfLane(site, input.request.lane) : null;
    case 'listsChanged':
    case 'journalMended':
      return standingKeys(site, () => true);
    default:
      return null;
  }
}

function keysOfObservation(site: SiteState, seen: Observation): LookupKeys | null {
  if (seen.kind === 'inputsRead') {
    // Only a rising presence edge adopts waiting reads; asking whenever some wait is cheap and never misses one.
    return standingKeys(
      site,
      (model) => model.inputs.some((input) => input.role === 'arming' && input.device === seen.device),
      true,
    );
  }
  if (seen.kind !== 'plateRead' && seen.kind !== 'cardRead') return null;
  const own = lookupKeys(seen);
  const found = laneOfRead(site.model, seen);
  const standing = found === null ? null : standingKeys(site, (model) => model.id === found.model.id);
  return merge([own, standing]);
}

function standingKeysOfLane(site: SiteState, id: string): LookupKeys | null {
  return standingKeys(site, (model) => model.id === id);
}

function standingKeys(site: SiteState, which: (model: LaneModel) => boolean, onlyIfWaiting = false): LookupKeys | null {
  const found: (LookupKeys | null)[] = [];
  for (const model of site.model.lanes) {
    if (!which(model)) continue;
    const approaches = site.lanes[model.id]?.approaches;
    if (approaches === undefined) continue;
    for (const approach of [approaches.in, approaches.out]) {
      if (onlyIfWaiting && approach.waiting.length === 0) continue;
      for (const entry of approach.waiting) found.push(lookupKeys(entry.read));
      if (approach.current !== null && approach.current.decision?.outcome !== 'granted')
        found.push(keysOf(approach.current));
    }
  }
  return merge(found);
}

function merge(parts: readonly (LookupKeys | null)[]): LookupKeys | null {
  const some = parts.filter((part) => part !== null);
  if (some.length === 0) return null;
  return {
    exact: [...new Set(some.flatMap((part) => part.exact))],
    near: [...new Set(some.flatMap((part) => part.near))],
  };
}
