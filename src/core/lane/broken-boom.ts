/**
 * An arm that is broken off, or hangs half way: told by a contact of its own, else presumed where an ordered travel has shown
 * neither end for three times its time (gate.md "In the first week"). Nothing is ordered or refused for it.
 */
import type { BarrierModel } from '../site-model.ts';
import { arm, clearLane, disarm, type LaneTurn, lane, raiseLane } from '../turn.ts';
import { inputsOf, roleLevel } from './inputs.ts';
import type { BarrierState } from './state.ts';
import { travelLimit } from './travel.ts';

const TRAVELS = 3;
/** Beyond the time after which it is missed: the fault of that stands first. */
const MARGIN_MS = 1000;

/** After each poll. A contact that says nothing leaves what stands. */
export function readBroken(t: LaneTurn): void {
  const level = roleLevel(lane(t), t.model, 'boomBroken', t.now.mono);
  if (level === 'active') raiseLane(t, 'boomBroken', { basis: 'measured' });
  else if (level === 'inactive') clearLane(t, 'boomBroken');
}

/** Its travel's time is over, and it has shown neither end. */
export function suspectBroken(t: LaneTurn, model: BarrierModel, { order, position }: BarrierState): void {
  if (!model.hasOpenLimit || !model.hasClosedLimit || order === null || order.stopped) return;
  if (position === 'open' || position === 'closed' || position === 'unknown') return;
  const limitMs = travelLimit(t, model, order.action === 'open' ? 'open' : 'closed');
  const afterMs = Math.max(TRAVELS * model.travelMs, limitMs + MARGIN_MS);
  arm(t, 'broken', Math.max(t.now.mono, (order.firstSentAt ?? t.now.mono) + afterMs));
}

export function brokenDue(t: LaneTurn): void {
  // Still where no limit is made, and nobody has ordered it anew.
  const { barrier } = lane(t);
  if (barrier?.position !== 'stopped' || barrier.order !== null || hasContact(t)) return;
  raiseLane(t, 'boomBroken', { basis: 'presumed' });
}

/** It was seen at one of its ends. */
export function arrivedWhole(t: LaneTurn): void {
  disarm(t, 'broken');
  if (!hasContact(t)) clearLane(t, 'boomBroken');
}

function hasContact({ model }: LaneTurn): boolean {
  return inputsOf(model, 'boomBroken').length > 0;
}
