/** Entry of the writer thread: the only place of the daemon that waits for fsync. */
import { randomBytes } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Anchor } from './anchors.ts';
import { DurableWriter, type WriterNotice } from './durable-writer.ts';
import type { DatabaseFiles } from './file-identity.ts';
import type { WriterReply } from './journal-queue.ts';
import type { Batch } from './journal-writer.ts';
import { errorCode, errorText } from './sqlite.ts';

export interface WriterThreadData {
  readonly dir: string;
  readonly gateway: string;
  readonly boot: string;
  readonly ballastBytes: number | undefined;
  /** The database of a thread that died; null for the first one. */
  readonly goOnWith: DatabaseFiles | null;
}

export type ToWriterThread =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'anchor' }
  /** Is the open database still the file of its name? Answered by `checked`, after `damaged` if it is not. */
  | { readonly kind: 'check' }
  | { readonly kind: 'close' };

export type FromWriterThread =
  | WriterReply
  | WriterNotice
  | { readonly kind: 'anchored'; readonly anchor: Anchor }
  | { readonly kind: 'anchorFailed'; readonly code: string; readonly why: string }
  /** The database was tried; from now on a record waits for nothing but its fsync. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'checked' }
  | { readonly kind: 'closed' };

const port = parentPort;
if (port !== null) {
  const data = workerData as WriterThreadData;
  const say = (message: FromWriterThread) => port.postMessage(message);
  const options = {
    ...data,
    random: randomBytes,
    mono: () => Number(process.hrtime.bigint()) / 1e6,
    wall: () => Date.now(),
  };
  const writer = new DurableWriter(options, say);
  writer.prepare();
  say({ kind: 'ready' });
  // A thread that is killed with its process never writes what it has compiled, and would compile it at every start.
  flushCompileCache();
  port.on('message', (message: ToWriterThread) => {
    switch (message.kind) {
      case 'batch':
        say(writer.commit(message.batch));
        writer.tidy();
        return;
      case 'anchor':
        try {
          say({ kind: 'anchored', anchor: writer.anchor() });
        } catch (error) {
          say({ kind: 'anchorFailed', code: errorCode(error), why: errorText(error) });
        }
        return;
      case 'check':
        writer.checkFiles();
        say({ kind: 'checked' });
        return;
      case 'close':
        writer.close();
        say({ kind: 'closed' });
        port.close();
    }
  });
}
