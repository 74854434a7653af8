/** Growing, jittered waits between attempts. Pure: entropy comes in. */

/**
 * Milliseconds before attempt `n` (0 = first retry): `firstMs` doubling to `mostMs`, spread over its upper half by `entropy` in
 * 0..1. Modbus lines carry booms and are back soonest; a reader's converter that lets in one at a time is not hammered.
 */
export function reconnectDelay(attempt: number, entropy: number, firstMs = 250, mostMs = 5000): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 10));
  return full * (0.5 + entropy / 2);
}
