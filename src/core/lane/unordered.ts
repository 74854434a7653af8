/**
 * A boom that moves without our order: what is plausible, for the record and the fault (gate.md "Closing", "In the first week"). It
 * is a guess for whoever looks; nothing is decided by it.
 */
import type { BarrierModel } from '../site-model.ts';
import { type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { RecordRef } from '../values.ts';
import type { BarrierMove } from './barrier.ts';
import type { BarrierState } from './state.ts';

/** Boards that home when their power returns have done so within this. */
const BOOT_MOTION_MS = 10_000;

/** whileAway: it moved while the board did not answer · boardOrHand: its own timer, somebody's remote control or hands. */
export type Plausible = 'bootMotion' | 'whileAway' | 'boardOrHand';

/** The portal's board has fallen silent: where the boom stood is compared with where it is found. */
export function noteAbsence(t: LaneTurn, device: string): void {
  const { barrier, absence } = lane(t);
  if (barrier === null || !isPortal(t, device)) return;
  const { position, basis } = barrier;
  const known = basis === 'measured' && (position === 'open' || position === 'closed') ? position : absence.position;
  setLane(t, { absence: { position: known, returnedAt: null } });
}

export function noteReturn(t: LaneTurn, device: string): void {
  if (isPortal(t, device)) setLane(t, { absence: { ...lane(t).absence, returnedAt: t.now.mono } });
}

function isPortal({ model }: LaneTurn, device: string): boolean {
  return model.portal.kind !== 'none' && model.portal.device === device;
}

function justReturned(t: LaneTurn): boolean {
  const { returnedAt } = lane(t).absence;
  return returnedAt !== null && t.now.mono - returnedAt <= BOOT_MOTION_MS;
}

/** After each move. What is plausible of one that nobody ordered, put on record once a travel; null for any other. */
export function noteUnordered(t: LaneTurn, before: BarrierState, move: BarrierMove, ref: RecordRef): Plausible | null {
  if (move.mover !== 'unordered') return null;
  const plausible = justReturned(t) ? 'bootMotion' : 'boardOrHand';
  // As it leaves an end, or arrives at the other one where it went the whole way between two polls.
  if (before.position === 'open' || before.position === 'closed') {
    const toward = move.to === 'opening' || move.to === 'open' ? 'open' : 'closed';
    laneRecord(t, 'movedUnordered', { cause: ref, body: { from: move.from, toward, plausible } });
  }
  return plausible;
}

/** The boom is seen at one of its ends: is that where it stood before its board fell silent? */
export function compareAbsence(t: LaneTurn, model: BarrierModel, move: BarrierMove, ref: RecordRef): void {
  const { position } = lane(t).absence;
  if (position === null || move.basis !== 'measured' || (move.to !== 'open' && move.to !== 'closed')) return;
  setLane(t, { absence: { ...lane(t).absence, position: null } });
  if (position === move.to || move.mover !== null) return;
  const plausible = move.from === 'unknown' ? 'whileAway' : justReturned(t) ? 'bootMotion' : 'boardOrHand';
  const found = laneRecord(t, 'movedUnordered', { cause: ref, body: { from: position, toward: move.to, plausible } });
  if (move.to === 'closed' && model.autoClose === 'gateway')
    raiseLane(t, 'boomMovedUnordered', { autoClose: model.autoClose, plausible }, found);
}
