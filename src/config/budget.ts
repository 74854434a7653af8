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

/** What one dead unit costs the others of its line per cycle; alone it costs nobody anything. */
function deadMs(polls: readonly Poll[]): number {
  return new Set(polls.map((poll) => poll.device)).size > 1 ? probeMs : 0;
}

/**
 * How many of these devices can be read at ≥ 5 Hz together, with one unit of the line dead (gate.md "Closing").
 * @param watched devices of this line that are read attentively during a close; none of them read gives 0.
 * @returns a whole number; `Infinity` where the line does not bound it.
 */
export function watchesAtOnce(wire: Wire, polls: readonly Poll[], watched: readonly string[]): number {
  const times = polls
    .filter((poll) => poll.safety && watched.includes(poll.device))
    .map((poll) => transactionMs(wire, poll.requestBytes, poll.replyBytes));
  if (watched.length === 0) return Number.POSITIVE_INFINITY;
  if (times.length === 0) return 0;
  const dead = deadMs(polls);
  const room = (closingPeriodMs - dead) * (dead > 0 ? 1 : closingShare);
  const count = Math.floor(room / Math.max(...times));
  return count >= watched.length ? Number.POSITIVE_INFINITY : count;
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
  const dead = deadMs(polls);

  const slowestMs = safety.reduce((most, poll) => Math.max(most, poll.periodMs * stretch), 0);
  const cycleMs = safety.reduce((sum, poll) => sum + poll.ms, 0);
  const backgroundMs = timed.filter((poll) => !poll.safety).reduce((most, poll) => Math.max(most, poll.ms), 0);
  const worstScanMs: Record<string, number> = {};
  for (const poll of safety) {
    const worst = Math.max(poll.periodMs, cycleMs + backgroundMs) + dead;
    worstScanMs[poll.device] = Math.max(worstScanMs[poll.device] ?? 0, Math.round(worst));
  }

  const closingsAtOnce = Math.min(booms.length, watchesAtOnce(wire, polls, booms));
  return { utilisation, stretch, safetyHz: slowestMs === 0 ? 0 : 1000 / slowestMs, closingsAtOnce, worstScanMs };
}
