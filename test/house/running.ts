/** Starts a real process, collects its lines, and waits for what a test expects with a deadline. */
import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const node = join(root, 'node_modules', 'node', 'bin', 'node');
export const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly out: string[];
  readonly err: string[];
  /** How it ended; settles once its output is read to the end. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

const started: ChildProcess[] = [];

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** `stuck`: a pipe that nobody ever reads. */
  readonly stderr?: 'read' | 'stuck';
}

export function run(program: string, args: readonly string[], options: RunOptions = {}): Running {
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`;
  const env = { ...process.env, PATH: path, ...options.env };
  // A group of its own, so that what a supervisor started ends with it even when the test fails.
  const child = spawn(program, [...args], {
    env,
    cwd: options.cwd ?? root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started.push(child);
  const out: string[] = [];
  const err: string[] = [];
  collect(child.stdout, out);
  if (options.stderr !== 'stuck') collect(child.stderr, err);
  const event = options.stderr === 'stuck' ? 'exit' : 'close';
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on(event, (code: number | null, signal: string | null) => resolve({ code, signal }));
  });
  return { child, pid: child.pid ?? -1, out, err, ended };
}

function collect(stream: ChildProcess['stdout'], lines: string[]): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
}

/** Waits until `look` gives something; fails with `what` after the deadline, which only bounds a failing test. */
export async function until<T>(
  what: string,
  look: () => T | undefined | null | false,
  deadlineMs = 15_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const got = look();
    if (got !== undefined && got !== null && got !== false) return got;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** For `afterEach`: kills the groups that this test started, and nothing else. */
export function killStarted(): void {
  for (const { pid } of started.splice(0)) {
    if (pid === undefined) continue;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
