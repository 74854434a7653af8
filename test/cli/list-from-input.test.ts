/** A list that the shell opens: the service's user need not be able to read where it lies. */
import { spawn } from 'node:child_process';
import { afterAll, expect, it } from 'vitest';
import { node, root } from '../house/running.ts';
import { at, gatehouse, makeSite } from './site.ts';

const site = makeSite();
afterAll(() => site.remove());

it('adopts with --yes what comes through the standard input, and nothing without it', async () => {
  const csv = '车牌\n京A12345\n京B67890\n';
  expect((await importing(['--lang', 'en'], csv)).code).toBe(1);
  expect((await importing(['--yes', '--lang', 'en'], csv)).out).toContain('is adopted (2 rows)');
  const { out } = await gatehouse(['list', 'versions', '--json', ...at(site)]);
  expect(JSON.parse(out).versions).toMatchObject([{ rows: 2, source: 'stdin', inForce: true }]);
}, 60_000);

function importing(options: readonly string[], text: string): Promise<{ code: number | null; out: string }> {
  const args = [`${root}/src/cli/main.ts`, 'list', 'import', '-', ...options, ...at(site)];
  const child = spawn(node, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  child.stdin.end(text);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out }));
  });
}
