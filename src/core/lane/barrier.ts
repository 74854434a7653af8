/**
 * The barrier machine: what the limits show, what was ordered, and what follows. Pure; judging an event is the portal's
 * duty (`portal.ts`). Position is measured where a limit shows it, else presumed from our own orders and the travel time.
 */
import type { BarrierModel } from '../site-model.ts';
import type { CommandId, Mono, RecordRef } from '../values.ts';
import type { BarrierState, Position } from './state.ts';
import type { Level } from './inputs.ts';

/** `between`: both limits are present and neither is made. `notClosed` / `notOpen`: the only limit there is, is not made. */
export type Measured =
  | 'closed'
  | 'open'
  | 'between'
  | 'notClosed'
  | 'notOpen'
  | 'contradicting'
  | 'unknown'
  | 'unmeasured';

export function measure(closedLimit: Level | null, openLimit: Level | null): Measured {
  if (closedLimit === null && openLimit === null) return 'unmeasured';
  if (closedLimit === 'active' && openLimit === 'active') return 'contradicting';
  if (closedLimit === 'active') return openLimit === 'unknown' ? 'unknown' : 'closed';
  if (openLimit === 'active') return closedLimit === 'unknown' ? 'unknown' : 'open';
  if (closedLimit === 'unknown' || openLimit === 'unknown') return 'unknown';
  if (openLimit === null) return 'notClosed';
  if (closedLimit === null) return 'notOpen';
  return 'between';
}

export interface BarrierMove {
  readonly from: Position;
  readonly to: Position;
  readonly mover: BarrierState['mover'];
  readonly basis: BarrierState['basis'];
  readonly cause: RecordRef | null;
}

export interface BarrierStep {
  readonly state: BarrierState;
  readonly move: BarrierMove | null;
}

/** One reading of the limits. */
export function observeLimits(before: BarrierState, model: BarrierModel, measured: Measured, now: Mono): BarrierStep {
  switch (measured) {
    case 'unmeasured':
      return { state: before.seen ? before : { ...before, seen: true }, move: null };
    case 'unknown':
    case 'contradicting':
      return goTo(before, 'unknown', 'none', null, now);
    case 'closed':
      return arrive(before, 'closed', model, now);
    case 'open':
      return arrive(before, 'open', model, now);
    case 'between':
      return between(before, model, now);
    case 'notClosed':
      return before.position === 'closed' || before.position === 'unknown'
        ? leave(before, 'opening', model, now)
        : same(before);
    case 'notOpen':
      return before.position === 'open' || before.position === 'unknown'
        ? leave(before, 'closing', model, now)
        : same(before);
  }
}

function same(before: BarrierState): BarrierStep {
  return { state: before.seen ? before : { ...before, seen: true }, move: null };
}

function arrive(before: BarrierState, at: 'closed' | 'open', model: BarrierModel, now: Mono): BarrierStep {
  if (before.position === at && before.basis === 'measured') return same(settledOrder(before, at));
  const wanted = at === 'closed' ? 'close' : 'open';
  const ours = before.order?.action === wanted;
  // An order to leave this limit stays in force (the arm has not begun to move), unless the arm has come back up from it.
  const fulfilled = ours || (at === 'open' && before.position === 'closing');
  const order = fulfilled ? null : before.order;
  const mover = before.mover ?? (ours ? 'us' : strangerOf(before, at, model));
  const cause = ours ? (before.order?.cause ?? null) : null;
  const step = goTo({ ...before, order }, at, 'measured', mover, now, cause);
  return { ...step, state: { ...step.state, mover: null } };
}

/** An opening that found the boom up is fulfilled, unless a close of ours may still bring it down. */
function settledOrder(before: BarrierState, at: 'closed' | 'open'): BarrierState {
  const { order } = before;
  const fulfilled = at === 'open' && order?.action === 'open' && order.sentAt !== null && !order.overtook;
  return fulfilled ? { ...before, order: null } : before;
}

/** Who moved an arm that nobody was seen to send from one end to the other: it went between two polls. */
function strangerOf(before: BarrierState, at: 'closed' | 'open', model: BarrierModel): BarrierState['mover'] {
  if (!before.seen || before.position !== (at === 'closed' ? 'open' : 'closed')) return null;
  return at === 'closed' && model.autoClose === 'board' ? 'board' : 'unordered';
}

function between(before: BarrierState, model: BarrierModel, now: Mono): BarrierStep {
  switch (before.position) {
    case 'closed':
      return leave(before, 'opening', model, now);
    case 'open':
      return leave(before, 'closing', model, now);
    case 'opening':
      return turned(before, 'close') ? leave(before, 'closing', model, now) : same(before);
    case 'closing':
      return turned(before, 'open') ? leave(before, 'opening', model, now) : same(before);
    case 'stopped':
    case 'unknown':
      if (before.order !== null && before.order.sentAt !== null) {
        return leave(before, before.order.action === 'open' ? 'opening' : 'closing', model, now);
      }
      return before.position === 'unknown' ? goTo(before, 'stopped', 'measured', before.mover, now) : same(before);
  }
}

/** Only an order younger than this movement can have turned it round. */
function turned(before: BarrierState, action: 'open' | 'close'): boolean {
  const { order } = before;
  return order?.action === action && order.sentAt !== null && order.sentAt >= before.since;
}

function leave(before: BarrierState, to: 'opening' | 'closing', model: BarrierModel, now: Mono): BarrierStep {
  const action = to === 'opening' ? 'open' : 'close';
  const ours = before.order?.action === action || (to === 'closing' && before.order?.overtook === true);
  const mover = ours ? 'us' : to === 'closing' && model.autoClose === 'board' ? 'board' : 'unordered';
  // With one limit only, a boom first seen off it may be anywhere: travel time settles it as presumed.
  const basis = model.hasClosedLimit && model.hasOpenLimit ? 'measured' : 'presumed';
  // First seen, or seen again after silence, in mid-travel: nobody can say who sent it there.
  const known = before.seen && (ours || before.position !== 'unknown');
  const cause = ours ? (before.order?.cause ?? null) : null;
  // A pulse that met the open boom has done what it could: that the board then closes is no failure to open.
  const from = mover === 'board' && before.position === 'open' ? settledOrder(before, 'open') : before;
  return goTo(from, to, basis, known ? mover : null, now, cause);
}

function goTo(
  before: BarrierState,
  to: Position,
  basis: BarrierState['basis'],
  mover: BarrierState['mover'],
  now: Mono,
  cause: RecordRef | null = null,
): BarrierStep {
  if (before.position === to && before.basis === basis) return same(before);
  const state: BarrierState = { ...before, position: to, basis, mover, since: now, seen: true };
  return { state, move: { from: before.position, to, mover, basis, cause } };
}

/** Our frame has been echoed (or, for life safety, handed to the line): the arm is expected to move. */
export function ordered(
  before: BarrierState,
  action: 'open' | 'close',
  command: CommandId,
  cause: RecordRef,
  sentAt: Mono | null,
  now: Mono,
): BarrierState {
  const standing = before.order;
  const overtook = action === 'open' && (standing?.action === 'close' || standing?.overtook === true);
  const firstSentAt = standing?.action === action ? (standing.firstSentAt ?? sentAt) : sentAt;
  const stopped = standing?.command === command && standing.stopped;
  return { ...before, order: { action, command, cause, sentAt, at: now, firstSentAt, overtook, stopped } };
}

/** A person has stopped the boom: the order stands for what still moves, and is no longer expected to arrive. */
export function stopOrder(before: BarrierState): BarrierState {
  return before.order === null ? before : { ...before, order: { ...before.order, stopped: true } };
}

/** Where nothing measures the boom, a sent order moves it for as long as the travel takes. */
export function presumeMoving(before: BarrierState, now: Mono): BarrierStep {
  if (before.order === null) return { state: before, move: null };
  const to = before.order.action === 'open' ? 'opening' : 'closing';
  if (before.position === (to === 'opening' ? 'open' : 'closed')) return { state: before, move: null };
  return goTo(before, to, 'presumed', 'us', now, before.order.cause);
}

/** The travel time is over: a boom without the limit that would show its end has presumably arrived; one with it is stuck. */
export function travelOver(before: BarrierState, model: BarrierModel, now: Mono): BarrierStep {
  if (before.position === 'opening')
    return model.hasOpenLimit ? stuck(before, now) : presumeArrived(before, 'open', now);
  if (before.position === 'closing')
    return model.hasClosedLimit ? stuck(before, now) : presumeArrived(before, 'closed', now);
  return { state: { ...before, order: null }, move: null };
}

function stuck(before: BarrierState, now: Mono): BarrierStep {
  return goTo({ ...before, order: null }, 'stopped', before.basis, null, now, before.order?.cause ?? null);
}

function presumeArrived(before: BarrierState, at: 'open' | 'closed', now: Mono): BarrierStep {
  const step = goTo({ ...before, order: null }, at, 'presumed', before.mover, now, before.order?.cause ?? null);
  return { ...step, state: { ...step.state, mover: null } };
}

/** A stuck or failed boom is looked for after this long (protocols.md §3.2: travel × 1.5 + 1 s). */
export function travelLimitMs(model: BarrierModel): number {
  return model.travelMs * 1.5 + 1000;
}

/** The closed limit must be lost this soon after an opening was echoed (gate.md "Opening"). */
export const EFFECT_MS = 1500;

/**
 * Must a sent order move the presumed position at once? Not where a limit that is made will show the arm leaving, nor where
 * both limits show all of its travel.
 */
export function movesUnseen(state: BarrierState, model: BarrierModel): boolean {
  if (model.hasClosedLimit && model.hasOpenLimit) return false;
  if (state.position === 'closed') return !model.hasClosedLimit;
  if (state.position === 'open') return !model.hasOpenLimit;
  return true;
}

/** Ordered up and not yet seen to leave its limit: a further pulse would meet a rising boom, and stop it where the input is `step`. */
export function isAboutToRise({ position, order }: BarrierState, now: Mono): boolean {
  if (position !== 'closed' || order === null || order.action !== 'open' || order.stopped) return false;
  const since = order.firstSentAt ?? order.sentAt;
  return since !== null && now - since < EFFECT_MS;
}

export function isMeasuredUp(state: BarrierState): boolean {
  return state.basis === 'measured' && (state.position === 'open' || state.position === 'opening');
}
