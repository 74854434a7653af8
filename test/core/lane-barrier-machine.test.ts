import { describe, expect, it } from 'vitest';
import { type Measured, measure, observeLimits, ordered, travelOver } from '../../src/core/lane/barrier.ts';
import type { Level } from '../../src/core/lane/inputs.ts';
import type { BarrierState, Position } from '../../src/core/lane/state.ts';
import { barrier } from './lane-fixtures.ts';

const positions: readonly Position[] = ['closed', 'opening', 'open', 'closing', 'stopped', 'unknown'];
const levels: readonly (Level | null)[] = ['active', 'inactive', 'unknown', null];
const orders = [null, 'open', 'close', 'overtaking'] as const;
const wirings = [
  [true, true],
  [true, false],
  [false, true],
  [false, false],
] as const;

function state(position: Position, order: (typeof orders)[number], sent: boolean): BarrierState {
  const base: BarrierState = {
    position,
    basis: position === 'unknown' ? 'none' : 'measured',
    since: 0,
    mover: null,
    order: null,
    hold: 'off',
    seen: true,
  };
  if (order === null) return base;
  const first = ordered(base, order === 'open' ? 'open' : 'close', 'c1', 7, sent ? 10 : null, 10);
  return order === 'overtaking' ? ordered(first, 'open', 'c2', 8, sent ? 20 : null, 20) : first;
}

const worlds = positions.flatMap((position) =>
  orders.flatMap((order) =>
    [true, false].flatMap((sent) =>
      wirings.flatMap(([hasClosedLimit, hasOpenLimit]) =>
        (['board', 'gateway'] as const).map((autoClose) => ({
          position,
          order,
          sent,
          model: { ...barrier, hasClosedLimit, hasOpenLimit, autoClose },
        })),
      ),
    ),
  ),
);

function measuredBy(model: typeof barrier): readonly Measured[] {
  const closed = levels.filter((level) => (level === null) !== model.hasClosedLimit);
  const open = levels.filter((level) => (level === null) !== model.hasOpenLimit);
  return closed.flatMap((a) => open.map((b) => measure(a, b)));
}

/** Where a boom of these limits may be said to be after such a reading. */
function allowed(measured: Measured): readonly Position[] {
  switch (measured) {
    case 'closed':
      return ['closed'];
    case 'open':
      return ['open'];
    case 'contradicting':
    case 'unknown':
      return ['unknown'];
    case 'between':
      return ['opening', 'closing', 'stopped'];
    case 'notClosed':
      return ['opening', 'open', 'closing', 'stopped'];
    case 'notOpen':
      return ['closed', 'opening', 'closing', 'stopped'];
    case 'unmeasured':
      return positions;
  }
}

describe('the limits', () => {
  it('say closed or open only where nothing speaks against it', () => {
    for (const closed of levels)
      for (const open of levels) {
        const measured = measure(closed, open);
        if (measured === 'closed') expect([closed, open]).toEqual(['active', open === null ? null : 'inactive']);
        if (measured === 'open') expect([closed, open]).toEqual([closed === null ? null : 'inactive', 'active']);
        if (closed === 'unknown' || open === 'unknown') expect(measured).toBe('unknown');
        if (closed === 'active' && open === 'active') expect(measured).toBe('contradicting');
      }
  });
});

describe('the barrier machine, every state by every reading and order', () => {
  it('is never where the limits say that it is not', () => {
    for (const one of worlds)
      for (const measured of measuredBy(one.model)) {
        const { state: next } = observeLimits(state(one.position, one.order, one.sent), one.model, measured, 100);
        expect(allowed(measured), JSON.stringify({ ...one, measured })).toContain(next.position);
        expect(next.seen).toBe(true);
        if (measured === 'closed' || measured === 'open') expect(next.basis).toBe('measured');
      }
  });

  it('reports a move exactly when position or basis has changed, and the same reading twice changes nothing more', () => {
    for (const one of worlds)
      for (const measured of measuredBy(one.model)) {
        const before = state(one.position, one.order, one.sent);
        const first = observeLimits(before, one.model, measured, 100);
        const changed = first.state.position !== before.position || first.state.basis !== before.basis;
        expect(first.move !== null).toBe(changed);
        const second = observeLimits(first.state, one.model, measured, 200);
        expect(second.move, JSON.stringify({ ...one, measured, first })).toBeNull();
        expect(second.state).toEqual(first.state);
      }
  });

  it('blames nobody for what we ordered, and us for nothing that we did not', () => {
    for (const one of worlds)
      for (const measured of measuredBy(one.model)) {
        const before = state(one.position, one.order, one.sent);
        const { move } = observeLimits(before, one.model, measured, 100);
        if (move === null || move.mover === null) continue;
        const facts = JSON.stringify({ ...one, measured, move });
        const down = move.to === 'closing' || (move.to === 'closed' && before.position === 'open');
        const up = move.to === 'opening' || (move.to === 'open' && before.position === 'closed');
        const ordersDown = one.order === 'close' || one.order === 'overtaking';
        const ordersUp = one.order === 'open' || one.order === 'overtaking';
        if (move.mover === 'us' && down) expect(ordersDown, facts).toBe(true);
        if (move.mover === 'us' && up) expect(ordersUp, facts).toBe(true);
        if (move.mover === 'unordered' && up) expect(ordersUp, facts).toBe(false);
        if (move.mover === 'unordered' && move.to === 'closing') expect(ordersDown, facts).toBe(false);
        if (move.mover === 'board') expect(one.model.autoClose, facts).toBe('board');
      }
  });

  it('drops an order that is fulfilled and keeps one that may still move the arm', () => {
    for (const one of worlds)
      for (const measured of ['closed', 'open'] as const) {
        const before = state(one.position, one.order, one.sent);
        const { state: next } = observeLimits(before, one.model, measured, 100);
        const wanted = measured === 'closed' ? 'close' : 'open';
        if (before.order?.action === wanted && next !== before && one.position !== measured)
          expect(next.order).toBeNull();
        if (before.order !== null && before.order.action !== wanted && one.position === measured)
          expect(next.order).toEqual(before.order);
      }
  });

  it('takes an opening that found the boom up for fulfilled, unless a close of ours may still bring it down', () => {
    const meets = (order: (typeof orders)[number], sent: boolean, measured: Measured, autoClose: 'board' | 'gateway') =>
      observeLimits(state('open', order, sent), { ...barrier, autoClose }, measured, 100).state.order?.action ?? null;
    expect(meets('open', true, 'open', 'gateway')).toBeNull();
    expect(meets('open', false, 'open', 'gateway')).toBe('open');
    expect(meets('overtaking', true, 'open', 'gateway')).toBe('open');
    expect(meets('open', true, 'between', 'board')).toBeNull();
    expect(meets('overtaking', true, 'between', 'board')).toBe('open');
    expect(meets('open', true, 'between', 'gateway')).toBe('open');
  });

  it('ends every travel at rest, with no order left', () => {
    for (const one of worlds) {
      const { state: next } = travelOver(state(one.position, one.order, one.sent), one.model, 100);
      expect(['opening', 'closing']).not.toContain(next.position);
      expect(next.order).toBeNull();
    }
  });
});
