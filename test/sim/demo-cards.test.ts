/** Cards in the demo, whole: a reader on a real socket, the real daemon, and the alarm at the fifth unknown card. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openJournalReader } from '../../src/store/journal-read.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;

it('asks a resident for his card and opens for both halves; five unknown cards raise the alarm and open nothing', {
  timeout: 180_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'demo-cards-'));
  try {
    const args = ['demo', '--minutes', '0.75', '--cars', '1', '--seed', '5', '--lang', 'en', '--dir', dir];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code, out).toBe(0);
    expect(out).toMatch(/arrives: resident whose permit asks for plate and card/);
    expect(out).toMatch(/\? \S+ referred to the guard: Plate recognised, please present the card/);
    expect(out).toMatch(/card read 32:[0-9a-f]+ \(east-in-reader\)/);
    expect(out).toMatch(/✓ 京\S+ \+ [0-9a-f]+ granted/);
    expect(out).toMatch(/! fault failedTries @ east-in\n/);
    expect(out).toMatch(/! fault failedTries @ east-in-reader\n/);

    const reader = openJournalReader(join(dir, 'state'));
    const decisions = reader.tail(1000, { kind: 'decision', lane: 'east-in' });
    reader.close();
    const denied = decisions.filter((record) => record.body.outcome === 'denied');
    expect(denied.filter((record) => record.body.code === 'unknownCredential').length).toBeGreaterThanOrEqual(5);
    expect(decisions.some((record) => record.body.code === 'awaitingSecondFactor')).toBe(true);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
