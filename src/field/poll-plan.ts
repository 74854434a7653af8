/** When each poll is due: as often as the wire's budget admits, slowed in proportion, safety first (design.md "Lines"). Pure. */
import type { LinePriority, ModbusReply, ModbusRequest } from '../contract/line.ts';
import { pollShare as budget, pollShareMin as floorShare } from '../contract/line-timing.ts';
import type { Mono } from '../core/values.ts';
import { rank } from './line-queue.ts';

/** What one device asks of a poll. The block is read once for all who ask for it. */
export interface PollShare {
  readonly poll: Poll;
  readonly onReply: (reply: ModbusReply) => void;
  periodMs: number;
  priority: LinePriority;
}

export interface Poll {
  readonly name: string;
  readonly request: ModbusRequest;
  shares: readonly PollShare[];
  /** The shortest that any of its shares asks for. */
  periodMs: number;
  /** The strongest of its shares. */
  priority: LinePriority;
  /** Begun last; −∞ before the first. */
  lastAt: Mono;
  /** Wire and answer time of one exchange, learnt. */
  costMs: number;
  /** Period that the budget admits. */
  admittedMs: number;
  done: number;
}

/** After a change of its shares; without any it stays as it is. */
export function weighShares(poll: Poll): void {
  const [first, ...others] = poll.shares;
  if (first === undefined) return;
  poll.periodMs = Math.min(first.periodMs, ...others.map((share) => share.periodMs));
  poll.priority = others.reduce((a, { priority: b }) => (rank(b) < rank(a) ? b : a), first.priority);
}

type Tier = 0 | 1 | 2;

function tier(priority: LinePriority): Tier {
  const at = rank(priority);
  return at <= rank('closingInputs') ? 0 : at <= rank('safetyInputs') ? 1 : 2;
}

const demand = (polls: readonly Poll[]): number => polls.reduce((sum, poll) => sum + poll.costMs / poll.periodMs, 0);

/** Sets every poll's admitted period. Returns the share of the wire that was asked for, before slowing. */
export function admit(polls: readonly Poll[]): number {
  const tiers: Poll[][] = [[], [], []];
  for (const poll of polls) tiers[tier(poll.priority)]?.push(poll);
  const asked = tiers.map(demand);
  let left = budget;
  tiers.forEach((members, index) => {
    const wanted = asked[index] ?? 0;
    if (wanted === 0) return;
    const weaker = asked.slice(index + 1).reduce((sum, each) => sum + Math.min(each, budget * floorShare), 0);
    const share = Math.min(wanted, Math.max(left - weaker, budget * floorShare));
    for (const poll of members) poll.admittedMs = poll.periodMs * (wanted / share);
    left = Math.max(0, left - share);
  });
  return asked.reduce((sum, each) => sum + each, 0);
}

/** An exchange of it went well and kept the wire for so long. */
export function noteDone(poll: Poll, tookMs: number): void {
  poll.done += 1;
  poll.costMs += (tookMs - poll.costMs) / 8;
}

export function dueAt(poll: Poll): Mono {
  return poll.lastAt + poll.admittedMs;
}

/**
 * Of the polls that are due and eligible: the closing lanes' first, then the one whose next due time comes first. Of those that
 * were never asked, all at once when a line comes up, a button or fire contact does not wait for what is merely good to know.
 * One whose unit has missed its last answer lets the others go before it, so that no input waits for two answers that do not come.
 */
export function nextPoll(
  polls: readonly Poll[],
  now: Mono,
  eligible: (poll: Poll) => boolean,
  doubtful: (poll: Poll) => boolean,
): Poll | null {
  let best: Poll | null = null;
  for (const poll of polls) {
    if (dueAt(poll) > now || !eligible(poll)) continue;
    if (best === null || goesBefore(poll, best, doubtful)) best = poll;
  }
  return best;
}

function goesBefore(a: Poll, b: Poll, doubtful: (poll: Poll) => boolean): boolean {
  const aCloses = tier(a.priority) === 0;
  if (aCloses !== (tier(b.priority) === 0)) return aCloses;
  const aDoubtful = doubtful(a);
  if (aDoubtful !== doubtful(b)) return !aDoubtful;
  if (a.lastAt === b.lastAt && tier(a.priority) !== tier(b.priority)) return tier(a.priority) < tier(b.priority);
  return dueAt(a) + a.admittedMs < dueAt(b) + b.admittedMs;
}
