import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { coreIn, OWN_CORE } from '../../scripts/sim/cores.ts';
import { laws } from '../../src/sim/law/laws.ts';
import { everyOrder, playSmall, SMALL_INPUTS } from '../../src/sim/level-one/small-world.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** All orders of so many inputs; deeper ones by `npm run sim -- --small DEPTH`. */
const DEPTH = 4;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-small-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('whatever four things happen to a lane in whatever order, every law holds', async () => {
  const core = await coreIn(OWN_CORE);
  let played = 0;
  for (const inputs of everyOrder(DEPTH)) {
    expect(playSmall(core, inputs, laws)?.message ?? null, inputs.join(' ')).toBeNull();
    played++;
  }
  expect(played).toBe(SMALL_INPUTS.length ** DEPTH);
});

it.each([
  ['moves before the record', 'turn.ts', 'after: urgent ? null : ref,', 'after: urgent ? null : ref - 1,', 'I1'],
  [
    "lets the guard's press wait for its record",
    'lane/opening.ts',
    "return grant.source === 'guard' ? 'guard' :",
    "return grant.source === 'guard' ? 'command' :",
    'I4',
  ],
])('a core that %s is found out by some order of three, and named with it', (name, file, from, to, invariant) => {
  const copy = join(folder, name.replaceAll(/[^a-z]/g, '-'));
  cpSync(OWN_CORE, copy, { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  const text = readFileSync(join(copy, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(copy, file), text.replace(from, to));
  const run = spawnSync(process.execPath, ['scripts/sim.ts', '--small', '3', '--core', copy], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(run.status).toBe(1);
  expect(run.stdout).toMatch(new RegExp(`BROKEN [a-z ]+: ${invariant}`));
});
