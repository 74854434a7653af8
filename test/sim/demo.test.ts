/** The demo as a stranger starts it, only faster: the real daemon, real sockets, a seeded day. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { verifyJournal } from '../../src/store/verify.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;

function run(args: readonly string[]): Promise<{ code: number | null; lines: readonly string[]; errors: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    errors += piece.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve({ code, lines: out.split('\n'), errors }));
  });
}

it('lets residents in, turns a blocked car away, refers what it cannot tell, and ends whole', {
  timeout: 120_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'demo-test-'));
  try {
    const args = ['demo', '--minutes', '0.6', '--cars', '24', '--seed', '109', '--lang', 'en', '--dir', dir];
    const { code, lines, errors } = await run(args);
    expect(code, errors).toBe(0);
    const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
    expect(count(/arrives: /)).toBeGreaterThan(8);
    expect(count(/arrives: blocked car/)).toBeGreaterThan(0);
    expect(count(/✕ .* denied/)).toBeGreaterThan(0);
    expect(count(/✓ .* granted/)).toBeGreaterThan(5);
    expect(count(/passage: taken \(measured\)/)).toBeGreaterThan(3);
    expect(count(/motor fails/)).toBe(1);
    expect(count(/A BOOM CAME DOWN/)).toBe(0);
    expect(lines.some((line) => line.includes('To look further'))).toBe(true);

    const state = join(dir, 'state');
    expect(verifyJournal(state)).toMatchObject({ sound: true });
    const reader = openJournalReader(state);
    const decided = new Set(reader.tail(5000, { kind: 'decision' }).map((record) => record.body.outcome));
    // What was still being committed at the end is noted behind it.
    const last = reader.tail(3).findLast((record) => record.kind !== 'committed')?.kind;
    reader.close();
    expect([...decided].toSorted()).toEqual(['denied', 'granted', 'referred']);
    expect(last).toBe('stopping');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
