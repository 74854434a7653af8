/** Folders, processes and waiting for end-to-end tests: everything a test starts is ended by its own id, pass or fail. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const node = join(root, 'node_modules', 'node', 'bin', 'node');
export const peersFolder = join(import.meta.dirname, 'peers');

/** CLOCK_MONOTONIC in milliseconds: the same clock that the daemon's records and the peers' logs are in. */
export function monoMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Undoes in reverse order what a test has set up; one failing step does not keep the others from running. */
export class Stage {
  readonly #undo: (() => Promise<void> | void)[] = [];

  onEnd(step: () => Promise<void> | void): void {
    this.#undo.push(step);
  }

  folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'gatehouse-e2e-'));
    this.onEnd(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
    return path;
  }

  async end(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#undo.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Polls a condition of the real world. The deadline only bounds a failing test; passing never depends on it. */
export async function until<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  withinMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export interface Process {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Lines of stdout and stderr so far. */
  readonly out: string[];
  readonly err: string[];
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** SIGKILL unless it has ended, and waits for the end. */
  kill(): Promise<void>;
}

/** Newest lines kept of one process; a test that needs older ones has read them by then. */
const LINES_MAX = 200_000;

export function start(
  stage: Stage,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Process {
  const child = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const out: string[] = [];
  const err: string[] = [];
  collect(child.stdout, out);
  collect(child.stderr, err);
  child.stdin.on('error', () => undefined);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  ended.catch(() => undefined);
  const kill = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended.catch(() => undefined);
  };
  stage.onEnd(kill);
  return { child, pid: child.pid ?? -1, out, err, ended, kill };
}

function collect(stream: NodeJS.ReadableStream, lines: string[]): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    if (lines.length > LINES_MAX) lines.splice(0, lines.length - LINES_MAX);
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
