/** Whoever kills the demo outright, or closes its terminal, finds no gateway running afterwards. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ask } from '../../src/runtime/control-client.ts';
import { isAlive, until } from '../house/running.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;

it('the demo’s gateway ends when the demo itself is killed', { timeout: 120_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'demo-killed-'));
  const demo = spawn(process.execPath, [MAIN, 'demo', '--cars', '1', '--dir', dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let gateway: number | null = null;
  try {
    let out = '';
    demo.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
    });
    await until('the introduction', () => out.includes('journal verify'), 60_000);
    const { pid } = (await ask(join(dir, 'state'), { method: 'status' })) as { readonly pid: number };
    gateway = pid;
    expect(pid).not.toBe(demo.pid);
    demo.kill('SIGKILL');
    await until('the end of the gateway', () => !isAlive(pid), 30_000);
    gateway = null;
  } finally {
    demo.kill('SIGKILL');
    if (gateway !== null) process.kill(gateway, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
});
