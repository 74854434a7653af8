/** Real ptys and independent devices for tests; each is ended by its own process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Peer {
  readonly lines: readonly string[];
  waitFor(what: (line: string) => boolean, ms?: number): Promise<string>;
  stop(): Promise<void>;
}

const peersFolder = new URL('../peers/', import.meta.url).pathname;

export function startPeer(program: string, args: readonly string[]): Peer {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return {
    lines,
    waitFor: (what, ms = 30_000) => until(() => lines.find(what) ?? null, ms, `a line of ${program}`),
    stop: () => ended(child),
  };
}

export function pythonPeer(script: string, ...args: string[]): Peer {
  return startPeer('/usr/bin/python3', [join(peersFolder, script), ...args]);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Polls a condition of the real world. Fails at the deadline, never by being slow. */
export async function until<T>(look: () => T | null, ms: number, what: string): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = look();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface PtyPair {
  readonly ours: string;
  readonly theirs: string;
  /** Ends both sides, as pulling the adapter does. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
  remove(): Promise<void>;
}

export async function ptyPair(): Promise<PtyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-pty-'));
  const ours = join(folder, 'ours');
  const theirs = join(folder, 'theirs');
  let socat: Peer | null = null;
  const plug = async (): Promise<void> => {
    socat = startPeer('socat', [`pty,raw,echo=0,link=${ours}`, `pty,raw,echo=0,link=${theirs}`]);
    await until(() => (existsSync(ours) && existsSync(theirs) ? true : null), 30_000, 'the pty pair');
  };
  const unplug = async (): Promise<void> => {
    // First the names: their numbers may be another pair's as soon as this one is gone.
    rmSync(ours, { force: true });
    rmSync(theirs, { force: true });
    await socat?.stop();
  };
  await plug();
  const remove = async (): Promise<void> => {
    await unplug();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ours, theirs, plug, unplug, remove };
}
