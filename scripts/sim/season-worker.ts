/** One thread of `npm run sim:wide`: plays the seeds that it is handed, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { coreIn } from './cores.ts';
import { play } from './level-one.ts';
import { playGateway } from './level-two.ts';

export interface SeasonOrder {
  readonly seed: number;
  readonly hours: number;
  readonly level: 1 | 2;
}

if (parentPort !== null) {
  const port = parentPort;
  const core = await coreIn((workerData as { readonly core: string }).core);
  const season = async ({ seed, hours, level }: SeasonOrder): Promise<void> => {
    try {
      const played = level === 1 ? play({ core, seed, hours }) : await playGateway({ seed, hours });
      port.postMessage({ played });
    } catch (error) {
      port.postMessage({
        failed: { seed, why: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      });
    }
  };
  port.on('message', (order: SeasonOrder) => void season(order));
  port.postMessage({ ready: true });
}
