/** Restarts the daemon where no systemd does: for ever, with a short growing pause (reliability.md rule 17). */
import { type ChildProcess, spawn } from 'node:child_process';
import { SUPERVISED } from './guard.ts';

export interface SupervisorOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** First pause; it doubles with every child that did not live `steadyMs`. */
  readonly pauseMs?: number;
  readonly pauseMsMax?: number;
  readonly steadyMs?: number;
  /** From the stop's signal to SIGKILL; longer than the guard's own. */
  readonly stopMs?: number;
  /** `pipe`: nothing is written to it, and it closes when this process is gone. */
  readonly stdin?: 'inherit' | 'pipe';
  /** One line for each start and end of the child. */
  readonly say?: (line: string) => void;
}

export interface Supervisor {
  /** Process id of the running child, or null between two. */
  readonly pid: () => number | null;
  /** Ends the child with this signal and starts no other; the second call kills. */
  stop(signal?: NodeJS.Signals): void;
  /** Passed on to the child, when there is one. */
  forward(signal: NodeJS.Signals): void;
  /** Settles once stopped, with the last child's exit code (128 + n for a signal is not used: 1). */
  readonly done: Promise<number>;
}

const DEFAULTS = { pauseMs: 200, pauseMsMax: 5_000, steadyMs: 30_000, stopMs: 12_000 };

/** The pause before the next start: as at first after a child that lived long enough, otherwise doubled up to the most. */
export function nextPause(
  before: number,
  livedMs: number,
  limits: Pick<typeof DEFAULTS, 'pauseMs' | 'pauseMsMax' | 'steadyMs'>,
): number {
  if (livedMs >= limits.steadyMs) return limits.pauseMs;
  return Math.min(limits.pauseMsMax, before * 2);
}

export function supervise(options: SupervisorOptions): Supervisor {
  const limits = { ...DEFAULTS, ...definedOf(options) };
  const say = options.say ?? (() => {});
  const { promise: done, resolve: finish } = Promise.withResolvers<number>();
  let child: ChildProcess | null = null;
  let pauseMs = limits.pauseMs;
  let waiting: NodeJS.Timeout | null = null;
  let stopping = false;

  const start = (): void => {
    waiting = null;
    const startedAt = performance.now();
    const env = { ...(options.env ?? process.env), [SUPERVISED]: '1' };
    const started = spawn(options.program, [...options.args], {
      stdio: [options.stdin ?? 'inherit', 'inherit', 'inherit'],
      env,
    });
    child = started;
    let over = false;
    const end = (how: string, code: number): void => {
      if (over) return;
      over = true;
      child = null;
      if (stopping) {
        finish(code);
        return;
      }
      say(`the daemon ended (${how}); starting it again in ${pauseMs} ms`);
      waiting = setTimeout(start, pauseMs);
      pauseMs = nextPause(pauseMs, performance.now() - startedAt, limits);
    };
    // A child that ends takes its end of the pipe along.
    started.stdin?.on('error', () => undefined);
    started.on('error', (error) => end(error.message, 1));
    started.on('exit', (code, signal) => end(signal ?? `exit ${code}`, code ?? 1));
  };

  const stop = (signal: NodeJS.Signals = 'SIGTERM'): void => {
    const again = stopping;
    stopping = true;
    if (waiting !== null) clearTimeout(waiting);
    if (child === null) {
      finish(0);
      return;
    }
    child.kill(again ? 'SIGKILL' : signal);
    setTimeout(() => child?.kill('SIGKILL'), limits.stopMs).unref();
  };

  start();
  return { pid: () => child?.pid ?? null, stop, forward: (signal) => void child?.kill(signal), done };
}

function definedOf(options: SupervisorOptions): Partial<typeof DEFAULTS> {
  const names = ['pauseMs', 'pauseMsMax', 'steadyMs', 'stopMs'] as const;
  return Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

/** Supervises for the life of this process: signals reach the child, and its last exit code is returned. */
export async function superviseUntilSignal(options: SupervisorOptions): Promise<number> {
  const supervisor = supervise(options);
  const stops = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of stops) process.on(signal, () => supervisor.stop(signal));
  process.on('SIGHUP', () => supervisor.forward('SIGHUP'));
  return supervisor.done;
}
