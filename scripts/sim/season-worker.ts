/** One thread of `npm run sim:wide`: plays the seeds that it is handed, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { coreIn } from './cores.ts';
import { play } from './level-one.ts';

export interface SeasonOrder {
  readonly seed: number;
  readonly hours: number;
}

if (parentPort !== null) {
  const port = parentPort;
  const core = await coreIn((workerData as { readonly core: string }).core);
  port.on('message', ({ seed, hours }: SeasonOrder) => {
    try {
      port.postMessage({ played: play({ core, seed, hours }) });
    } catch (error) {
      port.postMessage({
        failed: { seed, why: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      });
    }
  });
  port.postMessage({ ready: true });
}
