/** Growing, jittered waits between attempts. Pure: entropy comes in. */

/** Milliseconds before attempt `n` (0 = first retry): 0.25 s doubling to 5 s, spread over its upper half by `entropy` in 0..1. */
export function reconnectDelay(attempt: number, entropy: number): number {
  const full = Math.min(5000, 250 * 2 ** Math.min(attempt, 10));
  return full * (0.5 + entropy / 2);
}
