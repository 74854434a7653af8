/** What the store's tests share: clocks, temporary directories, records, child processes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import type { Decision } from '../../src/core/decide/decision.ts';
import type { JournalRecord } from '../../src/core/io.ts';
import type { Normalise } from '../../src/store/csv-columns.ts';
import { prepareStore } from '../../src/store/prepare-store.ts';
import type { StoreClock } from '../../src/store/store-clock.ts';

const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

export function tempDir(parent = tmpdir()): string {
  const dir = mkdtempSync(join(parent, 'gatehouse-store-'));
  made.push(dir);
  return dir;
}

/** A directory with a fresh, migrated database. */
export function preparedDir(gateway = 'gw-test'): string {
  const dir = tempDir();
  const prepared = prepareStore({ dir, gateway, atWall: 1_790_000_000_000 });
  if (prepared.kind !== 'created') throw new Error(`expected a fresh store, got ${JSON.stringify(prepared)}`);
  return dir;
}

/** Turned by hand. */
export class HandClock implements StoreClock {
  #now = 1000;
  #timers: { at: number; action: () => void }[] = [];
  mono(): number {
    return this.#now;
  }
  wall(): number {
    return 1_790_000_000_000 + this.#now;
  }
  after(_name: string, ms: number, action: () => void): () => void {
    const timer = { at: this.#now + ms, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
  turn(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers[0];
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    this.#now = end;
  }
}

/** For tests on real threads, processes and disks. */
export const realClock: StoreClock = {
  mono: () => Number(process.hrtime.bigint()) / 1e6,
  wall: () => Date.now(),
  after: (_name, ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

export function record(ref: number, more: Partial<JournalRecord> = {}): JournalRecord {
  const at = { mono: 1000 + ref, wall: 1_790_000_000_000 + ref, wallTrusted: true };
  return { ref, kind: 'position', lane: 'east-in', at, cause: null, body: { n: ref }, ...more };
}

export function decision(more: Partial<Decision> = {}): Decision {
  return {
    outcome: 'granted',
    code: 'permitted',
    reasons: [],
    permit: null,
    rowId: null,
    spends: false,
    suggestion: null,
    ...more,
  };
}

/** Waits for a condition, in the way that tests on real disks must. */
export async function until(what: string, condition: () => boolean, deadlineMs = 15_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Child {
  readonly process: ChildProcess;
  readonly lines: string[];
  readonly errors: string[];
  readonly exited: Promise<number | null>;
}

/** Runs a script of this directory under the pinned Node, behind `prefix` (strace and its options). */
export function startChild(script: string, args: readonly string[], prefix: readonly string[] = []): Child {
  const path = new URL(script, import.meta.url).pathname;
  const [command = process.execPath, ...rest] = [...prefix, process.execPath, path, ...args];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const errors: string[] = [];
  let partial = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (partial + text).split('\n');
    partial = parts.pop() ?? '';
    lines.push(...parts);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const exited = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return { process: child, lines, errors, exited };
}

/** Enough of core's rules for lists: the store takes them as parameters. */
export const normalise: Normalise = {
  plate: (raw) => {
    const text = raw.replaceAll(/[\s·]/g, '').toUpperCase();
    return /^[\u4e00-\u9fff]?[A-Z0-9]{5,8}[\u4e00-\u9fff]?$/.test(text) ? `plate:${text}` : null;
  },
  card: (raw) => (/^\d{8,10}$/.test(raw) ? [`card:32:${Number(raw).toString(16)}`] : null),
};

/** Small file systems of our own are mounted for disks that fill. */
export function asRoot(...command: string[]): void {
  const [program = '', ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  expect(spawnSync(program, args).status, command.join(' ')).toBe(0);
}
