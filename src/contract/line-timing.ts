/**
 * How long a Modbus line waits for what does not come (design.md "Lines"). The line keeps these times and the check computes its
 * bounds from the same, so that the number which `gatehouse check` prints is the one that holds. Pure.
 */

/** An answer of a live board begins within this, as far as the check's bounds go: protocols.md §3.3 gives 2–20 ms. */
export const answerMs = 10;
/** No answer is waited for shorter, however fast the unit: a loaded machine delivers late. */
const answerWaitMsMin = 30;
const answerWaitMsMax = 300;
/** A silent unit's probe waits no longer. */
const probeWaitMsMax = 60;
/** A write to a unit whose times are not known yet: no scan waits for it, and taking it for lost would cost an opening. */
export const firstWriteWaitMs = 150;
/** A reply that already waits in the kernel while the loop was busy is not a timeout. */
export const graceMs = 2;
/** Share of the wire that polls may take; the rest is for commands. */
export const pollShare = 0.9;
/** However busy stronger polls are, weaker ones keep this share of it. */
export const pollShareMin = 0.1;

/** Until an answer must have begun, of a unit whose slowest lately was `slowestMs`; 0 while none was heard. */
export function answerWaitMs(slowestMs: number): number {
  return Math.min(answerWaitMsMax, Math.max(answerWaitMsMin, 2 * slowestMs + 10));
}

/** The same for the probe of a silent unit. */
export function probeWaitMs(slowestMs: number): number {
  return Math.min(probeWaitMsMax, answerWaitMs(slowestMs));
}

/** Nothing but life safety goes out on a serial wire for so long after a timeout: a late answer would collide with it. */
export function quietAfterTimeoutMs(silenceMs: number): number {
  return Math.max(10, 3 * silenceMs);
}
