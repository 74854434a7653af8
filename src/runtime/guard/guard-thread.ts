/** The guard thread's first file: looks every 100 ms, feeds systemd, and kills the process when its loop is gone. */
import { write } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { keepCompiledCode } from '../compiled-code.ts';
import { beginGuard, type GuardLimits, judge } from './judgement.ts';
import { type Counters, sight } from './shared-counters.ts';
import { type NotifyState, systemdNotifier, watchdogEveryMs } from './systemd-notify.ts';

export interface GuardThreadData {
  readonly counters: Counters;
  readonly limits: GuardLimits;
  readonly notify: boolean;
}

/** Main to guard. Names travel by message; all that decides life or death is in the counters. */
export type ToGuard =
  | { readonly type: 'name'; readonly slot: number; readonly name: string }
  | { readonly type: 'tell'; readonly state: NotifyState };

/** Guard to main; `stalled` comes whenever the set of stalled works changes. */
export interface FromGuard {
  readonly type: 'stalled';
  readonly names: readonly string[];
}

const LOOK_EVERY_MS = 100;
const LAST_WORDS_MS_MAX = 250;
const DIAGNOSTIC_CHARS_MAX = 500;

/** Written by the thread pool: a reader of stderr that is stuck must not stop the guard from acting. */
function writeLine(text: string, done: () => void = () => {}): void {
  write(2, `gatehouse guard: ${text.slice(0, DIAGNOSTIC_CHARS_MAX)}\n`, done);
}

function kill(): void {
  process.kill(process.pid, 'SIGKILL');
}

function guard(data: GuardThreadData, port: NonNullable<typeof parentPort>): void {
  const names = new Map<number, string>();
  const notifier = data.notify ? systemdNotifier(writeLine) : null;
  const feedEveryMs = data.notify ? watchdogEveryMs(process.env, process.pid) : null;
  let state = beginGuard(performance.now());
  let fedAt = Number.NEGATIVE_INFINITY;
  let stalledBefore = '';
  let dying = false;

  port.on('message', (message: ToGuard) => {
    if (message.type === 'name') names.set(message.slot, message.name);
    else notifier?.tell(message.state);
  });

  const reportStalled = (slots: readonly number[]): void => {
    const stalled = slots.map((slot) => names.get(slot) ?? `work ${slot}`);
    const key = stalled.join(', ');
    if (key === stalledBefore) return;
    stalledBefore = key;
    writeLine(key === '' ? 'all work goes on again' : `no progress past its deadline: ${key}; the watchdog is not fed`);
    port.postMessage({ type: 'stalled', names: stalled } satisfies FromGuard);
  };

  setInterval(() => {
    if (dying) return;
    const now = performance.now();
    const { state: next, verdict } = judge(data.limits, state, sight(data.counters), now);
    state = next;
    if (verdict.kill !== null) {
      dying = true;
      setTimeout(kill, LAST_WORDS_MS_MAX);
      writeLine(
        `${verdict.kill}; killing process ${process.pid}${stalledBefore === '' ? '' : ` (${stalledBefore})`}`,
        kill,
      );
      return;
    }
    reportStalled(verdict.stalled);
    if (feedEveryMs !== null && verdict.fit && now - fedAt >= feedEveryMs) {
      fedAt = now;
      notifier?.tell({ watchdog: true });
    }
  }, LOOK_EVERY_MS);
}

if (parentPort !== null && (workerData as GuardThreadData | null)?.counters !== undefined) {
  guard(workerData as GuardThreadData, parentPort);
  keepCompiledCode();
}
