/** How the uplink is started beside the main thread. */
import { Worker } from 'node:worker_threads';
import type { FromUplinkThread, ToUplinkThread, UplinkThreadData } from './upstream-protocol.ts';

/** As its keeper has it. */
export interface UplinkThread {
  post(message: ToUplinkThread): void;
  /** Ends it from outside, at once; `exit` follows. */
  terminate(): Promise<unknown>;
}

export interface UplinkThreadEvents {
  message(message: FromUplinkThread): void;
  error(error: unknown): void;
  exit(code: number): void;
}

/** Must call no event before it returns. */
export type SpawnUplink = (data: UplinkThreadData, events: UplinkThreadEvents) => UplinkThread;

/** Of a thread that does nothing but read, write JSON and encrypt. */
const HEAP_MB = 96;

export const spawnUplinkThread: SpawnUplink = (workerData, events) => {
  const worker = new Worker(new URL('./upstream-thread.ts', import.meta.url), {
    name: 'upstream',
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  worker.on('message', (message: FromUplinkThread) => events.message(message));
  worker.on('error', (error) => events.error(error));
  worker.on('exit', (code) => events.exit(code));
  return { post: (message) => worker.postMessage(message), terminate: () => worker.terminate() };
};
