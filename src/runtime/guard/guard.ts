/** The main thread's side of the guard: start it first, beat from the loop, and mark useful work (design.md, reliability.md rule 14). */
import { Worker } from 'node:worker_threads';
import type { FromGuard, GuardThreadData, ToGuard } from './guard-thread.ts';
import { GUARD_LIMITS, type GuardLimits } from './judgement.ts';
import {
  beginWork,
  countBeat,
  freeSlot,
  makeCounters,
  markStopping,
  progressWork,
  SLOTS_MAX,
  takeSlot,
} from './shared-counters.ts';
import type { NotifyState } from './systemd-notify.ts';

/** One piece of useful work: a journal that commits, a line that is serviced. Idle work never stalls. */
export interface WatchedWork {
  /** Work is owed; the deadline runs from here unless it was owed already. */
  begin(): void;
  /** Progress, and more is owed: the deadline runs anew. */
  turned(): void;
  /** Progress, and nothing is owed. */
  idle(): void;
  /** Watched no more; its place is free for another. */
  retire(): void;
}

export interface Guard {
  /** From the loop, every 500 ms or oftener; 2 s without one and the process is killed by SIGKILL. */
  beat(): void;
  /** Throws RangeError when `SLOTS_MAX` works are watched already. */
  watch(name: string, deadlineMs: number): WatchedWork;
  /** Lines and buttons are polled: systemd may start what waits for us. */
  ready(): void;
  /** Short text for `systemctl status`; without personal data (I14). */
  status(text: string): void;
  /** Orderly stop begins: told to systemd, and the process is killed if it still lives after `stopMs`. */
  stopping(): void;
  /** Ends the thread; for tests and for a process that goes on without a loop. */
  end(): Promise<void>;
}

export interface GuardOptions {
  readonly limits?: Partial<GuardLimits>;
  /** Called on the main thread whenever the set of stalled works changes; empty when all goes on. */
  readonly onStalled?: (names: readonly string[]) => void;
  /** Called when the guard thread itself died and is being replaced. */
  readonly onLost?: (reason: string) => void;
}

/** Set by the supervisor in its child: somebody restarts us, so stalled work may end in a kill. */
export const SUPERVISED = 'GATEHOUSE_SUPERVISED';
/** As long as the service unit's WatchdogSec. */
const STALL_KILL_MS = 15_000;
const REPLACE_AFTER_MS = 1_000;

export function startGuard(options: GuardOptions = {}): Guard {
  const counters = makeCounters();
  const notify = (process.env.NOTIFY_SOCKET ?? '') !== '';
  const stallKillMs = !notify && process.env[SUPERVISED] === '1' ? STALL_KILL_MS : null;
  const data: GuardThreadData = { counters, notify, limits: { ...GUARD_LIMITS, stallKillMs, ...options.limits } };
  const names = new Map<number, string>();
  let ended = false;
  let worker = spawnThread();

  function spawnThread(): Worker {
    const thread = new Worker(new URL('./guard-thread.ts', import.meta.url), {
      name: 'gatehouse-guard',
      workerData: data,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 32 },
    });
    thread.unref();
    let reason = 'ended';
    thread.on('message', (message: FromGuard) => options.onStalled?.(message.names));
    thread.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    thread.on('exit', () => {
      if (ended) return;
      options.onLost?.(reason);
      setTimeout(replace, REPLACE_AFTER_MS).unref();
    });
    return thread;
  }

  function replace(): void {
    if (ended) return;
    worker = spawnThread();
    for (const [slot, name] of names) post({ type: 'name', slot, name });
  }

  function post(message: ToGuard): void {
    worker.postMessage(message);
  }

  function tell(state: NotifyState): void {
    if (notify) post({ type: 'tell', state });
  }

  return {
    beat: () => countBeat(counters),
    watch(name, deadlineMs) {
      const slot = takeSlot(counters, deadlineMs);
      if (slot === null) throw new RangeError(`the guard watches ${SLOTS_MAX} works already; "${name}" is too many`);
      names.set(slot, name);
      post({ type: 'name', slot, name });
      return {
        begin: () => beginWork(counters, slot),
        turned: () => progressWork(counters, slot, true),
        idle: () => progressWork(counters, slot, false),
        retire() {
          if (!names.delete(slot)) return;
          freeSlot(counters, slot);
        },
      };
    },
    ready: () => tell({ ready: true }),
    status: (text) => tell({ status: text }),
    stopping() {
      markStopping(counters);
      tell({ stopping: true });
    },
    async end() {
      ended = true;
      await worker.terminate();
    },
  };
}
