/** How much a line carries, computed from its bytes alone (protocols.md §3.3, design.md "Lines"); pure arithmetic. */
import {
  answerMs,
  answerWaitMs,
  graceMs,
  pollShare,
  pollShareMin,
  quietAfterTimeoutMs,
} from '../contract/line-timing.ts';

/** How a line's time is spent. `tcp`: no character times, only the answering device and the network. */
export type Wire =
  | { readonly kind: 'serial'; readonly baud: number; readonly charBits: number }
  | { readonly kind: 'tcp' };

export interface Poll {
  readonly device: string;
  /** Modbus unit; a device without one is a unit of its own. */
  readonly unit?: number | null | undefined;
  /** What is read of it: one read serves every device that polls the same block of the same unit. */
  readonly block?: string | undefined;
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
  /**
   * Worst time from a contact's edge to its reading, by device, in milliseconds: also while another unit of the line falls silent, is
   * dead already or never answered (gate.md "The guard's button"). Orders, which go before every poll, come on top of it.
   */
  readonly worstScanMs: Readonly<Record<string, number>>;
}

/** A network's round trip on a site's own LAN. */
const networkMs = 1;
/** A closing lane's inputs are read at ≥ 5 Hz. */
const closingPeriodMs = 200;
/** Of the wire while closing, the rest is left to commands. */
const closingShare = 0.8;
/** Where a long list of polls exceeds the wire slightly, jitter alone would; warn from here. */
const full = 1;

/** Silence between frames: 3.5 characters of 11 bits or longer, fixed above 19200 baud (Modbus over Serial Line V1.02 §2.5.1.1). */
export function silenceMs(baud: number, charBits = 11): number {
  return baud > 19_200 ? 1.75 : (3500 * Math.max(11, charBits)) / baud;
}

/** One transaction from the first byte of the request to when the next may begin, milliseconds. */
export function transactionMs(wire: Wire, requestBytes: number, replyBytes: number, delayMs = answerMs): number {
  if (wire.kind === 'tcp') return delayMs + networkMs;
  const characterMs = (wire.charBits * 1000) / wire.baud;
  return (requestBytes + replyBytes) * characterMs + 2 * silenceMs(wire.baud, wire.charBits) + delayMs;
}

/** One read that is not answered, from the first byte of the request to when the next may begin: as `src/field` waits. */
export function unansweredMs(wire: Wire, requestBytes: number, replyBytes: number): number {
  const waitMs = answerWaitMs(answerMs) + graceMs;
  if (wire.kind === 'tcp') return waitMs + networkMs;
  const silence = silenceMs(wire.baud, wire.charBits);
  const characterMs = (wire.charBits * 1000) / wire.baud;
  return (requestBytes + replyBytes) * characterMs + waitMs + quietAfterTimeoutMs(silence);
}

/** From when a board reads its contacts to when that reading is here. */
function replyMs(wire: Wire, replyBytes: number): number {
  return answerMs + (wire.kind === 'tcp' ? networkMs : (replyBytes * wire.charBits * 1000) / wire.baud);
}

/** One read on the wire, for all devices that it serves. */
interface Read extends Poll {
  readonly devices: readonly string[];
  readonly from: string;
}

/** Polls as the line makes them: the same block of a unit once, as often as any of its devices wants it. */
function readsOf(polls: readonly Poll[]): readonly Read[] {
  const reads = new Map<string, Read>();
  for (const [nth, poll] of polls.entries()) {
    const { device, block, periodMs, safety } = poll;
    const from = poll.unit === undefined || poll.unit === null ? `device ${device}` : `unit ${poll.unit}`;
    const key = block === undefined ? String(nth) : `${from}: ${block}`;
    const known = reads.get(key);
    const devices = [...(known?.devices ?? []), device];
    reads.set(key, {
      ...{ ...poll, from, devices },
      periodMs: Math.min(periodMs, known?.periodMs ?? periodMs),
      safety: safety || known?.safety === true,
    });
  }
  return [...reads.values()];
}

/** What one dead unit costs the others of its line per cycle; alone it costs nobody anything. */
function deadUnitMs(wire: Wire, polls: readonly Read[]): number {
  if (new Set(polls.map((poll) => poll.from)).size < 2) return 0;
  return Math.max(...polls.map((poll) => unansweredMs(wire, poll.requestBytes, poll.replyBytes)));
}

/**
 * How many of these devices can be read at ≥ 5 Hz together, with one unit of the line dead (gate.md "Closing").
 * One read watches all devices of its unit, but which devices close together nobody knows before: each counts as a unit of its own.
 * @param watched devices of this line that are read attentively during a close; none of them read gives 0.
 * @returns a whole number; `Infinity` where the line does not bound it.
 */
export function watchesAtOnce(wire: Wire, polls: readonly Poll[], watched: readonly string[]): number {
  const reads = readsOf(polls);
  const times = reads
    .filter((read) => read.safety && read.devices.some((device) => watched.includes(device)))
    .map((read) => transactionMs(wire, read.requestBytes, read.replyBytes));
  if (watched.length === 0) return Number.POSITIVE_INFINITY;
  if (times.length === 0) return 0;
  const dead = deadUnitMs(wire, reads);
  const room = (closingPeriodMs - dead) * (dead > 0 ? 1 : closingShare);
  const count = Math.floor(room / Math.max(...times));
  return count >= times.length ? Number.POSITIVE_INFINITY : count;
}

interface Timed extends Read {
  readonly ms: number;
}

/** By how much the line stretches the periods of safety polls, so that all polls together fit its share of the wire. */
function safetyStretch(timed: readonly Timed[]): number {
  const share = (safety: boolean) =>
    timed.filter((poll) => poll.safety === safety).reduce((sum, poll) => sum + poll.ms / poll.periodMs, 0);
  const wanted = share(true);
  const weaker = Math.min(share(false), pollShare * pollShareMin);
  return Math.max(1, wanted / (pollShare - weaker));
}

/**
 * The longest that `poll` can be kept from its reading. It was read just before the edge, waits for its period, for a background
 * read that has just begun, for every other unit's turn, and for one answer that never comes: no unit that has missed an answer
 * goes before it again. A background read that is not answered is that one answer, and takes the unit's turn with it.
 */
function worstMs(wire: Wire, poll: Timed, timed: readonly Timed[], stretch: number): number {
  const turnsMs = new Map<string, number>();
  let backgroundMs = 0;
  let allTurnsMs = 0;
  for (const other of timed) {
    if (!other.safety) backgroundMs = Math.max(backgroundMs, other.ms);
    if (!other.safety || other === poll) continue;
    const ms = other.ms * Math.max(1, Math.ceil(poll.periodMs / other.periodMs) - 1);
    turnsMs.set(other.from, (turnsMs.get(other.from) ?? 0) + ms);
    allTurnsMs += ms;
  }
  let blockedMs = backgroundMs;
  for (const other of timed) {
    if (other.from === poll.from) continue;
    const waitMs = unansweredMs(wire, other.requestBytes, other.replyBytes) - (turnsMs.get(other.from) ?? 0);
    blockedMs = Math.max(blockedMs, waitMs + (other.safety ? backgroundMs : 0));
  }
  return poll.periodMs * stretch + blockedMs + allTurnsMs + replyMs(wire, poll.replyBytes);
}

/**
 * @param polls everything that the line's devices ask to read.
 * @param booms devices of this line that a close may be ordered of.
 */
export function lineBudget(wire: Wire, polls: readonly Poll[], booms: readonly string[]): LineBudget {
  const timed = readsOf(polls).map((read) => ({
    ...read,
    ms: transactionMs(wire, read.requestBytes, read.replyBytes),
  }));
  const utilisation = timed.reduce((sum, poll) => sum + poll.ms / poll.periodMs, 0);
  const stretch = Math.max(full, utilisation);
  const safety = timed.filter((poll) => poll.safety);
  const slowestMs = safety.reduce((most, poll) => Math.max(most, poll.periodMs * stretch), 0);
  const ownStretch = safetyStretch(timed);
  const worstScanMs: Record<string, number> = {};
  for (const poll of safety) {
    const worst = Math.ceil(worstMs(wire, poll, timed, ownStretch));
    for (const device of poll.devices) worstScanMs[device] = Math.max(worstScanMs[device] ?? 0, worst);
  }
  const closingsAtOnce = Math.min(booms.length, watchesAtOnce(wire, polls, booms));
  return { utilisation, stretch, safetyHz: slowestMs === 0 ? 0 : 1000 / slowestMs, closingsAtOnce, worstScanMs };
}
