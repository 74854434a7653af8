/** Guarantees that a relay switched on for a pulse is switched off again, on boards without a timer (protocols.md §3.1). */
import type { Clock } from '../../src/contract/clock.ts';
import type { ModbusLine, ModbusRequest, TransactOptions } from '../../src/contract/line.ts';

export interface PulseEnd {
  /** Switches off `ms` from now, and repeats it until the board confirms. A newer call for the relay replaces an older one. */
  after(ms: number): void;
  /** Is an OFF still owed? */
  readonly owed: boolean;
  /** Another order governs the relay now. */
  forget(): void;
  /** Resolves when nothing is owed, or was given up. */
  settled(): Promise<void>;
}

export interface PulseEndSettings {
  readonly name: string;
  readonly clock: Clock;
  readonly line: ModbusLine;
  readonly off: ModbusRequest;
  /**
   * An OPEN contact is let go only shortly after its pulse: later its release is a close, which needs a record (gate.md "Portals").
   * Contacts whose release moves nothing are repeated without end.
   */
  readonly giveUpMs: number | null;
  /** What a late end has to wait for; null where nothing can stand in its way. */
  readonly whenLate: LateTerms | null;
  readonly onStuck: (detail: string) => void;
  readonly onReleased: () => void;
}

/** The line's guard under which a late end may go out, or what stands in its way. */
export type LateTerms = (
  signal: AbortSignal,
) => Promise<NonNullable<TransactOptions['onlyIf']> | 'occupied' | 'unread'>;

/**
 * An OPEN contact that stays closed for longer than its pulse is a hold to many boards, and to let go of it lets the boom fall: so late,
 * the end of a pulse is sent on the terms of a close (I2).
 */
const promptMs = 300;
const firstRetryMs = 100;
const longestRetryMs = 2000;
const attemptsBeforeFault = 3;

export function pulseEnd(settings: PulseEndSettings): PulseEnd {
  const { clock, line } = settings;
  let round = 0;
  let owed = false;
  let cancel = (): void => {};
  let queued = new AbortController();
  let waiting: (() => void)[] = [];
  const done = (): void => {
    owed = false;
    cancel();
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  /** Null once the board has confirmed it, else why not. */
  const send = async (dueAt: number, signal: AbortSignal): Promise<string | null> => {
    const { off, name, whenLate } = settings;
    const promptUntil = dueAt + promptMs;
    const isLate = whenLate !== null && clock.mono() >= promptUntil;
    const onlyIf = isLate ? await whenLate(signal) : undefined;
    if (typeof onlyIf === 'string') return onlyIf;
    const deadline = whenLate === null || isLate ? clock.mono() + 1000 : promptUntil;
    // Openings of other units go before it: a contact held some milliseconds longer hurts nobody. No poll does.
    const reply = await line.transact(off, { priority: 'safetyInputs', signal, deadline, onlyIf, tag: name });
    return reply.ok ? null : reply.why;
  };
  const attempt = async (mine: number, tries: number, dueAt: number): Promise<void> => {
    const why = await send(dueAt, queued.signal);
    if (mine !== round) return;
    if (why === null) {
      done();
      settings.onReleased();
      return;
    }
    if (tries + 1 === attemptsBeforeFault) settings.onStuck(`OFF not confirmed: ${why}`);
    if (settings.giveUpMs !== null && clock.mono() - dueAt > settings.giveUpMs) {
      settings.onStuck(`OFF given up: ${why}`);
      done();
      return;
    }
    const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(tries, 10));
    cancel = clock.after(settings.name, wait, () => void attempt(mine, tries + 1, dueAt));
  };
  return {
    after(ms) {
      round += 1;
      const mine = round;
      cancel();
      // An OFF that waits behind the new ON would cut the new pulse.
      queued.abort();
      queued = new AbortController();
      owed = true;
      const dueAt = clock.mono() + ms;
      cancel = clock.at(settings.name, dueAt, () => void attempt(mine, 0, dueAt));
    },
    get owed() {
      return owed;
    },
    forget() {
      round += 1;
      // One that waits would go out behind the order which now governs the relay, and let go what it holds.
      queued.abort();
      queued = new AbortController();
      done();
    },
    settled: () => (owed ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
  };
}
