/** How much a line carries, computed from its bytes alone (protocols.md §3.3, design.md "Lines"); pure arithmetic. */

/** How a line's time is spent. `tcp`: no character times, only the answering device and the network. */
export type Wire =
  | { readonly kind: 'serial'; readonly baud: number; readonly charBits: number }
  | { readonly kind: 'tcp' };

export interface Poll {
  readonly device: string;
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly periodMs: number;
  readonly safety: boolean;
}

export interface LineBudget {
  /** Share of the wire that the polls ask for; 1 = all of it. */
  readonly utilisation: number;
  /** Every period is stretched by this; 1 where the wire suffices. */
  readonly stretch: number;
  /** Rate of the slowest safety poll once stretched, Hz; 0 without one. */
  readonly safetyHz: number;
  /** Booms that can be watched at ≥ 5 Hz while closing, with one unit of the line dead (gate.md "Closing"). */
  readonly closingsAtOnce: number;
  /** Worst time from a contact's edge to its reading, with one unit dead, by device (gate.md "The guard's button"). */
  readonly worstScanMs: Readonly<Record<string, number>>;
}

/** Assumed answering time of a device: protocols.md §3.3 gives 2–20 ms. */
export const deviceDelayMs = 10;
/** A silent unit's probe waits at most this long (design.md "Lines"). */
export const probeMs = 60;
/** A network's round trip on a site's own LAN. */
const networkMs = 1;
/** A closing lane's inputs are read at ≥ 5 Hz. */
const closingPeriodMs = 200;
/** Of the wire while closing, the rest is left to commands. */
const closingShare = 0.8;
/** Where a long list of polls exceeds the wire slightly, jitter alone would; warn from here. */
const full = 1;

/** Silence between frames: 3.5 characters of 11 bits, fixed above 19200 baud (Modbus over Serial Line V1.02 §2.5.1.1). */
export function silenceMs(baud: number): number {
  return baud > 19_200 ? 1.75 : 38_500 / baud;
}

/** One transaction from the first byte of the request to when the next may begin, milliseconds. */
export function transactionMs(wire: Wire, requestBytes: number, replyBytes: number, delayMs = deviceDelayMs): number {
  if (wire.kind === 'tcp') return delayMs + networkMs;
  const characterMs = (wire.charBits * 1000) / wire.baud;
  return (requestBytes + replyBytes) * characterMs + 2 * silenceMs(wire.baud) + delayMs;
}

/**
 * @param polls everything that the line's devices ask to read.
 * @param booms devices of this line that a close may be ordered of.
 */
export function lineBudget(wire: Wire, polls: readonly Poll[], booms: readonly string[]): LineBudget {
  const timed = polls.map((poll) => ({ ...poll, ms: transactionMs(wire, poll.requestBytes, poll.replyBytes) }));
  const utilisation = timed.reduce((sum, poll) => sum + poll.ms / poll.periodMs, 0);
  const stretch = Math.max(full, utilisation);
  const safety = timed.filter((poll) => poll.safety);
  const devices = new Set(timed.map((poll) => poll.device));
  const dead = devices.size > 1 ? probeMs : 0;

  const slowestMs = safety.reduce((most, poll) => Math.max(most, poll.periodMs * stretch), 0);
  const cycleMs = safety.reduce((sum, poll) => sum + poll.ms, 0);
  const backgroundMs = timed.filter((poll) => !poll.safety).reduce((most, poll) => Math.max(most, poll.ms), 0);
  const worstScanMs: Record<string, number> = {};
  for (const poll of safety) {
    const worst = Math.max(poll.periodMs, cycleMs + backgroundMs) + dead;
    worstScanMs[poll.device] = Math.max(worstScanMs[poll.device] ?? 0, Math.round(worst));
  }

  const watched = timed.filter((poll) => poll.safety && booms.includes(poll.device));
  const watchMs = watched.reduce((most, poll) => Math.max(most, poll.ms), 0);
  const room = (closingPeriodMs - dead) * (dead > 0 ? 1 : closingShare);
  const closingsAtOnce = watchMs === 0 ? 0 : Math.min(booms.length, Math.floor(room / watchMs));
  return { utilisation, stretch, safetyHz: slowestMs === 0 ? 0 : 1000 / slowestMs, closingsAtOnce, worstScanMs };
}
