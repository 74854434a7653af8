/** Entry of the thread that does one long piece of work and ends: checks, backups, imports, verification. Never on the main loop. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { workOf } from './chore-work.ts';
import type { Chore, ChoreAnswer } from './chores.ts';
import { errorCode, errorText } from './sqlite.ts';

const port = parentPort;
if (port !== null) {
  const say = (answer: ChoreAnswer) => port.postMessage(answer);
  try {
    const result = await workOf(workerData as Chore, randomBytes, (fraction, rows) =>
      say({ kind: 'progress', fraction, rows }),
    );
    say({ kind: 'done', result });
  } catch (error) {
    say({ kind: 'failed', code: errorCode(error), why: errorText(error) });
  }
}
