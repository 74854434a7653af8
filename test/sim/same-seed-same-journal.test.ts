import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coreIn, OWN_CORE } from '../../scripts/sim/cores.ts';
import { play } from '../../scripts/sim/level-one.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Three lanes; the power is cut, lists change, faults of all kinds. */
const SEED = 11;

describe('a simulated season', async () => {
  const core = await coreIn(OWN_CORE);
  const once = play({ core, seed: SEED, hours: 2 });

  it('is the same whenever its seed is played, also in another process', () => {
    const again = play({ core, seed: SEED, hours: 2 });
    expect(again).toEqual(once);
    expect(once.records).toBeGreaterThan(100);
    const args = ['scripts/sim.ts', '--seed', String(SEED), '--hours', '2', '--json'];
    const run = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toMatchObject({ hash: once.hash, records: once.records });
  });

  it('is another one with another seed', () => {
    expect(play({ core, seed: SEED + 1, hours: 2 }).hash).not.toBe(once.hash);
  });

  it.each([8, 11, 20, 24])('passes over no poll that would have changed anything: seed %i', (seed) => {
    const quick = play({ core, seed, hours: 1 });
    const whole = play({ core, seed, hours: 1, everyPoll: true });
    expect(whole.hash).toBe(quick.hash);
    expect(whole.marks).toEqual(quick.marks);
    expect(whole.inputs).toBeGreaterThan(10 * quick.inputs);
  });
});
