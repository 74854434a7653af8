/**
 * Loaded into the daemon by `node --import`, into its main thread and each other: does to the thread named in an order what no
 * signal can do to one thread of a process. An order is a file `<thread> <what>` beside a SIGUSR2; the program knows nothing of it.
 */
import { readFileSync } from 'node:fs';
import { BroadcastChannel, isMainThread, threadName } from 'node:worker_threads';

const orders = new URL(import.meta.url).searchParams.get('orders');
const channel = new BroadcastChannel('thread-harm');

const harms = {
  /** An exception that nobody catches. */
  throw() {
    setImmediate(() => {
      throw new Error('harmed');
    });
  },
  /** More memory than the thread may have. */
  exhaust() {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill(Math.random()));
  },
  /** A loop without an end, in JavaScript. */
  spin() {
    for (;;);
  },
};

if (isMainThread) {
  process.on('SIGUSR2', () => channel.postMessage(readFileSync(orders, 'utf8')));
  channel.unref();
} else {
  channel.onmessage = ({ data }) => {
    const [thread, what] = data.trim().split(' ');
    if (thread === threadName) harms[what]();
  };
  channel.unref();
}
