import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { playGateway } from '../../scripts/sim/level-two.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** One lane; the power is cut, lists change, the platform vanishes. */
const SEED = 19;
/** A record in it names the folder of the state, whose name is another one in each run. */
const NAMES_THE_FOLDER = 107;

describe('a simulated season of the whole gateway', () => {
  it('is the same whenever its seed is played, also in another process', async () => {
    const once = await playGateway({ seed: SEED, hours: 1 });
    expect(once.records).toBeGreaterThan(50);
    expect(await playGateway({ seed: SEED, hours: 1 })).toEqual(once);
    const args = ['scripts/sim.ts', '--level', '2', '--seed', String(SEED), '--hours', '1', '--json'];
    const run = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toMatchObject({ hash: once.hash, records: once.records });
  });

  it('is the same also where a record names a file of this run', async () => {
    const [one, other] = [
      await playGateway({ seed: NAMES_THE_FOLDER, hours: 1 }),
      await playGateway({ seed: NAMES_THE_FOLDER, hours: 1 }),
    ];
    expect(one.marks['fault clockUntrusted raised']).toBeGreaterThan(0);
    expect(one.hash).toBe(other.hash);
  });
});
