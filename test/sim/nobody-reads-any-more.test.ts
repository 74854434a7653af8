import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-reader-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['sim', ['--seed', '1', '--hours', '1']],
  ['sim-bugs', ['--only', 'moves before the record', '--hours', '1']],
  ['sim-wide', ['--lane-hours', '0.5', '--hours', '1', '--workers', '1', '--state', join(folder, 'sum.json')]],
])('%s ends without a word when the pipe behind it is closed, as with `| head`', async (command, args) => {
  const run = spawn(process.execPath, [`scripts/${command}.ts`, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  run.stdout.destroy();
  let complaint = '';
  run.stderr.on('data', (part: Buffer) => {
    complaint += part.toString();
  });
  const code = await new Promise((done) => run.once('close', done));
  expect(complaint).toBe('');
  expect(code).toBe(141);
});
