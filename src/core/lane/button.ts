/** How long a button has been held, as it was read (gate.md "The guard's button"). */
import type { InputModel } from '../site-model.ts';
import { type LaneTurn, lane } from '../turn.ts';
import { levelOf, readingOf } from './inputs.ts';

/** A button active for longer is stuck, or something leans on it: what it has latched can be released all the same. */
export const BUTTON_STUCK_MS = 60_000;

/** Milliseconds from its first active reading to its newest, without a break; null where it is not held, or not known to be. */
export function heldFor(t: LaneTurn, input: InputModel): number | null {
  const reading = readingOf(lane(t), input);
  if (reading === undefined || levelOf(lane(t), t.model, input, t.now.mono) !== 'active') return null;
  return reading.at - reading.since;
}
