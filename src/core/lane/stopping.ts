/** STOP, where it is wired: a boom that stands is better than one that goes on down (gate.md "Closing"; I4). */
import type { Command } from '../io.ts';
import { type LaneTurn, lane, order, setLane } from '../turn.ts';
import type { RecordRef } from '../values.ts';
import { stopOrder } from './barrier.ts';
import { cancelClose, isClosing } from './close-intent.ts';
import { sendUp } from './close-guard.ts';
import { barrierModel } from './portal.ts';
import { dropLeg } from './travel.ts';

/** Takes the close back and stops the boom. False where STOP is not wired: then only the close that waits is taken back. */
export function stopBoom(t: LaneTurn, cause: RecordRef, why: string): boolean {
  const model = barrierModel(t);
  const wired = model?.stop === 'wired';
  cancelClose(t);
  dropLeg(t);
  const { barrier } = lane(t);
  if (model === null || !wired) return false;
  if (barrier !== null) setLane(t, { barrier: stopOrder(barrier) });
  order(t, model.device, 'stop', { priority: 'reopen', cause, why, evenIfJournalBroken: true });
  return true;
}

/** A boom that goes down on our word and could not be stopped is sent up. */
export function stopFailed(t: LaneTurn, command: Command): void {
  const { close } = lane(t);
  if (command.action !== 'stop' || !isClosing(t) || (close?.overtaken !== 'no' && close?.overtaken !== 'withdrawn'))
    return;
  sendUp(t, 'stopFailed', command.cause);
}
