/** Whether a device's inputs are read. An answer of any other kind, a refusal above all, says nothing of them. Pure but for the time it is told. */
import type { LinePriority, ModbusReply } from '../contract/line.ts';
import type { Mono } from '../core/values.ts';
import { rank } from './line-queue.ts';

/** No poll is judged sooner: one lost answer is no loss. */
const leastUnreadMs = 1000;
const periodsMissed = 3;
/** A poll that is not even asked any more is unread after so many times its limit. */
const timesUnasked = 5;

interface Watched {
  periodMs: number;
  /** Read last; until then, since when it could have been. */
  since: Mono | null;
  /** Failed since. */
  failures: number;
  why: string;
}

export class InputsLife {
  readonly #polls = new Map<string, Watched>();

  /** Polls of a weaker priority are merely good to know. */
  asked(name: string, periodMs: number, priority: LinePriority): void {
    const known = this.#polls.get(name);
    if (known !== undefined) known.periodMs = periodMs;
    else if (rank(priority) <= rank('safetyInputs')) {
      this.#polls.set(name, { periodMs, since: null, failures: 0, why: 'not asked' });
    }
  }

  ended(name: string): void {
    this.#polls.delete(name);
  }

  replied(name: string, reply: ModbusReply, now: Mono): void {
    const poll = this.#polls.get(name);
    if (poll === undefined) return;
    poll.since ??= now;
    if (reply.ok) {
      poll.since = now;
      poll.failures = 0;
    } else if (reply.why !== 'abandoned') {
      poll.failures += 1;
      poll.why = reply.why === 'exception' ? `refused: ${reply.detail}` : reply.detail;
    }
  }

  get areWatched(): boolean {
    return this.#polls.size > 0;
  }

  /** The newest answer of each was good. */
  get areRead(): boolean {
    return this.areWatched && [...this.#polls.values()].every((poll) => poll.since !== null && poll.failures === 0);
  }

  /** Why the inputs are unknown; `null` while they are read. A slow line may stretch a period, so that misses count, not time alone. */
  unread(now: Mono): string | null {
    for (const { periodMs, since, failures, why } of this.#polls.values()) {
      const limitMs = Math.max(leastUnreadMs, periodsMissed * periodMs);
      const silentMs = since === null ? 0 : now - since;
      if (silentMs <= limitMs || (failures < periodsMissed && silentMs <= timesUnasked * limitMs)) continue;
      return `inputs not read for ${Math.round(silentMs)} ms, ${why}`;
    }
    return null;
  }
}
