/** What the guard thread concludes from the counters that it sees; pure, so that every case is tested without waiting. */

export interface GuardLimits {
  /** From the guard's start to the loop's first beat. */
  readonly firstBeatMs: number;
  /** Without a beat for so long the process is killed (design.md: 2 s). */
  readonly beatMs: number;
  /** A loop slower than this is not fit to feed a watchdog (reliability.md rule 14). */
  readonly slowMs: number;
  /** From `stopping` to a kill: a log or disk that blocks must not keep a dead gate (pitfalls.md "pino"). */
  readonly stopMs: number;
  /** Stalled work for so long is a kill, where a supervisor restarts us and no systemd watchdog does; null elsewhere. */
  readonly stallKillMs: number | null;
  /** When the thread itself was not run for so long, nobody was: measuring begins anew (SIGSTOP, a paused machine). */
  readonly gapMs: number;
}

export const GUARD_LIMITS: GuardLimits = {
  firstBeatMs: 30_000,
  beatMs: 2_000,
  slowMs: 1_000,
  stopMs: 8_000,
  stallKillMs: null,
  gapMs: 1_000,
};

/** One look at the shared counters. `slot` is the place in shared memory; a counter that moves is progress. */
export interface Sighting {
  readonly beats: number;
  readonly stopping: boolean;
  readonly works: readonly WorkSighting[];
}

export interface WorkSighting {
  readonly slot: number;
  readonly deadlineMs: number;
  readonly progress: number;
  readonly busy: boolean;
}

interface Seen {
  readonly count: number;
  readonly since: number;
}

export interface GuardState {
  readonly startedAt: number;
  readonly lookedAt: number;
  readonly beat: Seen | null;
  readonly works: ReadonlyMap<number, Seen>;
  readonly stoppingSince: number | null;
  readonly stalledSince: number | null;
}

export interface Verdict {
  /** Why the process must be killed now, or null. */
  readonly kill: string | null;
  /** Slots whose work is owed and late. */
  readonly stalled: readonly number[];
  /** Fit to tell a watchdog that useful work is done. */
  readonly fit: boolean;
}

export function beginGuard(now: number): GuardState {
  return { startedAt: now, lookedAt: now, beat: null, works: new Map(), stoppingSince: null, stalledSince: null };
}

/** `now` is monotonic milliseconds of the guard thread alone; no clock is compared across threads. */
export function judge(
  limits: GuardLimits,
  before: GuardState,
  sight: Sighting,
  now: number,
): { state: GuardState; verdict: Verdict } {
  const known = now - before.lookedAt > limits.gapMs ? forgetTimes(before, now) : before;
  const beat = sight.beats === 0 ? null : seen(known.beat ?? undefined, sight.beats, now);
  const works = new Map<number, Seen>();
  const stalled: number[] = [];
  for (const { slot, progress, busy, deadlineMs } of sight.works) {
    const one = seen(known.works.get(slot), progress, now);
    works.set(slot, one);
    if (busy && now - one.since > deadlineMs) stalled.push(slot);
  }
  const stalledSince = stalled.length === 0 ? null : (known.stalledSince ?? now);
  const stoppingSince = sight.stopping ? (known.stoppingSince ?? now) : null;
  const state: GuardState = { startedAt: known.startedAt, lookedAt: now, beat, works, stoppingSince, stalledSince };
  const fit = beat !== null && now - beat.since < limits.slowMs && stalled.length === 0;
  return { state, verdict: { kill: reasonToKill(limits, state, now), stalled, fit } };
}

function seen(before: Seen | undefined, count: number, now: number): Seen {
  return before?.count === count ? before : { count, since: now };
}

function forgetTimes(state: GuardState, now: number): GuardState {
  const again = (one: Seen): Seen => ({ count: one.count, since: now });
  return {
    startedAt: now,
    lookedAt: now,
    beat: state.beat === null ? null : again(state.beat),
    works: new Map([...state.works].map(([slot, one]) => [slot, again(one)])),
    stoppingSince: state.stoppingSince === null ? null : now,
    stalledSince: null,
  };
}

function reasonToKill(limits: GuardLimits, state: GuardState, now: number): string | null {
  const { beat, stoppingSince, stalledSince, startedAt } = state;
  if (stoppingSince !== null && now - stoppingSince > limits.stopMs) return `not stopped after ${limits.stopMs} ms`;
  if (beat === null) {
    return now - startedAt > limits.firstBeatMs ? `the loop never turned in ${limits.firstBeatMs} ms` : null;
  }
  if (now - beat.since > limits.beatMs) return `the loop has not turned for ${Math.round(now - beat.since)} ms`;
  const { stallKillMs } = limits;
  if (stalledSince !== null && stallKillMs !== null && now - stalledSince > stallKillMs) {
    return `useful work has stalled for ${Math.round(now - stalledSince)} ms`;
  }
  return null;
}
