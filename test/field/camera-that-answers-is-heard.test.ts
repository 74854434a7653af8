/** What tells a healthy camera that has seen no car from one that refuses us: its signs of life come through from its process. */
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { hosting, order, serve } from './onvif-sockets.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const until = async (look: () => boolean, what: string): Promise<void> => {
  for (const end = performance.now() + 30_000; !look(); ) {
    if (performance.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

it('a subscribed camera is heard with each answered pull, one that refuses the password never', async () => {
  const camera = await serve();
  cleanups.push(() => camera.close());
  const quick = { pullTimeout: '1s' };
  const refused = { ...order('refused', camera.port, quick), secrets: { pw: 'wrong' } };
  const bench = hosting([order('healthy', camera.port, quick), refused]);
  cleanups.push(() => bench.host.stop());
  await until(() => bench.stood('refused', 'wrongPassword'), 'the refusal');
  await until(() => bench.host.lastHeardAt('healthy') !== null, 'the first answered pull');
  const first = bench.host.lastHeardAt('healthy') ?? 0;
  expect(first).toBeLessThanOrEqual(systemClock().mono());
  await until(() => (bench.host.lastHeardAt('healthy') ?? 0) > first + 500, 'another answered pull');
  expect(bench.live('healthy')).toEqual([]);
  expect(bench.host.lastHeardAt('refused')).toBeNull();
  bench.host.configure({ receiver: null, devices: [refused] });
  expect(bench.host.lastHeardAt('healthy')).toBeNull();
}, 90_000);
