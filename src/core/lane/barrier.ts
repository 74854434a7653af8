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
      return arrive(before, 'closed', now);
    case 'open':
      return arrive(before, 'open', now);
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

function arrive(before: BarrierState, at: 'closed' | 'open', now: Mono): BarrierStep {
  if (before.position === at && before.basis === 'measured') return same(before);
  const wanted = at === 'closed' ? 'close' : 'open';
  // An order to leave this limit stays in force: the arm has not begun to move yet.
  const order = before.order?.action === wanted ? null : before.order;
  const mover = before.mover ?? (before.order?.action === wanted ? 'us' : null);
  const step = goTo({ ...before, order }, at, 'measured', mover, now, before.order?.cause ?? null);
  return { ...step, state: { ...step.state, mover: null } };
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

function turned(before: BarrierState, action: 'open' | 'close'): boolean {
  return before.order?.action === action && before.order.sentAt !== null;
}

function leave(before: BarrierState, to: 'opening' | 'closing', model: BarrierModel, now: Mono): BarrierStep {
  const action = to === 'opening' ? 'open' : 'close';
  const ours = before.order?.action === action;
  const mover = ours ? 'us' : to === 'closing' && model.autoClose === 'board' ? 'board' : 'unordered';
  // With one limit only, a boom first seen off it may be anywhere: travel time settles it as presumed.
  const basis = model.hasClosedLimit && model.hasOpenLimit ? 'measured' : 'presumed';
  return goTo(before, to, basis, before.seen ? mover : null, now, ours ? (before.order?.cause ?? null) : null);
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
  return { ...before, order: { action, command, cause, sentAt, at: now } };
}

/** Where nothing measures the boom, a sent order moves it for as long as the travel takes. */
export function presumeMoving(before: BarrierState, now: Mono): BarrierStep {
  if (before.order === null) return { state: before, move: null };
  const to = before.order.action === 'open' ? 'opening' : 'closing';
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
  return goTo({ ...before, order: null }, 'stopped', 'measured', before.mover, now, before.order?.cause ?? null);
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

export function isMeasuredUp(state: BarrierState): boolean {
  return state.basis === 'measured' && (state.position === 'open' || state.position === 'opening');
}
