import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { OWN_CORE } from '../../scripts/sim/cores.ts';
import type { Played } from '../../scripts/sim/level-one.ts';
import { playGateway } from '../../scripts/sim/level-two.ts';
import type { SeasonOrder } from '../../scripts/sim/season-worker.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** One lane; the power is cut, lists change, the platform vanishes. */
const SEED = 19;
/** A record in it names the folder of the state, whose name is another one in each run. */
const NAMES_THE_FOLDER = 107;

/** As `npm run sim:wide` has it played: in a thread, from a message's handler. */
async function playedInThread(order: SeasonOrder): Promise<Played> {
  const worker = new Worker(join(ROOT, 'scripts', 'sim', 'season-worker.ts'), { workerData: { core: OWN_CORE } });
  try {
    return await new Promise<Played>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('message', (said: { readonly ready?: true; readonly played?: Played }) => {
        if (said.ready) worker.postMessage(order);
        else if (said.played === undefined) reject(new Error(JSON.stringify(said)));
        else resolve(said.played);
      });
    });
  } finally {
    await worker.terminate();
  }
}

describe('a simulated season of the whole gateway', () => {
  it('is the same whenever its seed is played, also in another process or in a thread of the wide run', async () => {
    const once = await playGateway({ seed: SEED, hours: 1 });
    expect(once.records).toBeGreaterThan(50);
    expect(await playGateway({ seed: SEED, hours: 1 })).toEqual(once);
    const args = ['scripts/sim.ts', '--level', '2', '--seed', String(SEED), '--hours', '1', '--json'];
    const run = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toMatchObject({ hash: once.hash, records: once.records });
    expect(await playedInThread({ seed: SEED, hours: 1, level: 2 })).toEqual(once);
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
