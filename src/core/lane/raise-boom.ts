/** The one place from which a boom is sent up (gate.md "Opening", "Who moves the boom"; I4, I10). */
import type { Command, CommandPriority } from '../io.ts';
import { type CommandOptions, type LaneTurn, lane, order, setLane } from '../turn.ts';
import type { Mono, RecordRef } from '../values.ts';
import { isAboutToRise } from './barrier.ts';
import { modeOf } from './claims.ts';
import { overtakeClose } from './close-intent.ts';
import { releaseHeldStop } from './contacts.ts';
import { barrierModel, noteOrder } from './portal.ts';

export interface OpenOptions {
  readonly passage?: number;
  readonly evenIfJournalBroken?: boolean;
  readonly deadline?: Mono;
  /** What the grant had to wait for first, and how long; measured, for the record. */
  readonly waited?: CommandOptions['waited'];
  /** Assert a maintained OPEN although an opening here is a pulse. */
  readonly held?: boolean;
}

/** A self-releasing pulse, or the maintained OPEN where that is the opening or where the boom is to be held or is. */
export function open(
  t: LaneTurn,
  priority: CommandPriority,
  cause: RecordRef | null,
  why: string,
  { held = false, ...options }: OpenOptions = {},
): Command {
  const model = barrierModel(t);
  if (model === null) throw new TypeError(`lane ${t.model.id} has no boom`);
  overtakeClose(t, priority === 'command' ? 'opening' : 'reopening');
  releaseHeldStop(t, priority, cause);
  // The end of a pulse on the contact that an emergency holds would let it go: whoever opens then says the hold again (I3).
  const isSameContact = model.hold === 'maintained' && modeOf(lane(t).claims) === 'emergency';
  const maintained = held || model.open === 'maintained' || isSameContact;
  const command = order(t, model.device, maintained ? 'holdOn' : 'pulseOpen', { priority, cause, why, ...options });
  if (maintained) setHold(t, 'on');
  noteOrder(t, 'open', command.id, command.cause, null);
  return command;
}

export function setHold(t: LaneTurn, hold: 'on' | 'off'): void {
  const state = lane(t).barrier;
  if (state !== null) setLane(t, { barrier: { ...state, hold } });
}

/** On a step input a further pulse would turn a rising or risen boom round: a close without I2. */
export function wouldTurnRound(t: LaneTurn): boolean {
  const { barrier } = lane(t);
  if (barrier === null || barrierModel(t)?.openInput !== 'step') return false;
  return barrier.position === 'open' || barrier.position === 'opening' || isAboutToRise(barrier, t.now.mono);
}

/** On a step input with limits that say nothing now: the boom may stand open, and a pulse of nobody's would bring it down. */
export function isLostFromSight(t: LaneTurn): boolean {
  const model = barrierModel(t);
  const measures = model !== null && (model.hasClosedLimit || model.hasOpenLimit);
  return measures && model.openInput === 'step' && lane(t).barrier?.position === 'unknown';
}

/**
 * What a credential may do with a step input: its pulse opens only a boom that is measured closed. `wait`: the boom is seen on
 * its way down and is closed in a moment. `refer`: nobody knows what the pulse would do, so a person opens.
 */
export function stepVerdict(t: LaneTurn): 'pulse' | 'wait' | 'refer' {
  const { barrier } = lane(t);
  const model = barrierModel(t);
  if (barrier === null || model === null || model.openInput !== 'step') return 'pulse';
  if (barrier.position === 'closed' && barrier.basis === 'measured') return 'pulse';
  return barrier.position === 'closing' && barrier.basis === 'measured' ? 'wait' : 'refer';
}
