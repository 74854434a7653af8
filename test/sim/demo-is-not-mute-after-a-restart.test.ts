/** The demo's gateway is killed in mid-day: the demo says so, and goes on telling what the new one does. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ask } from '../../src/runtime/control-client.ts';
import type { StatusView } from '../../src/runtime/views.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;

it('tells of the restart and of the records after it', { timeout: 120_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'demo-restart-'));
  const args = ['demo', '--minutes', '5', '--cars', '200', '--seed', '109', '--lang', 'en', '--dir', dir];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    errors += piece.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  try {
    await expect.poll(() => out, { timeout: 60_000 }).toMatch(/#\d+ /);
    const { pid } = (await ask(join(dir, 'state'), { method: 'status' })) as StatusView;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => out, { timeout: 40_000 }).toMatch(/#\d+ the gateway runs again\n(.*\n)*.* #\d+ /);
    expect(errors).toContain("the gateway's process ended (SIGKILL); it is started again");
    expect(errors).not.toContain('the gateway has ended');
  } finally {
    child.kill('SIGTERM');
    const code = await ended;
    rmSync(dir, { recursive: true, force: true });
    expect(code, errors).toBe(0);
  }
});
