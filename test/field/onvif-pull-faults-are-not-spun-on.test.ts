import { expect, it } from 'vitest';
import { MemoryBench } from './onvif-memory.ts';

const hourMs = 3_600_000;

it.each(['fault', 'cut', 'garbage', 'huge', 'doctype', 'deep', 'endless', 'silence', 'drip'] as const)(
  'an hour of %s at each pull costs some requests a minute, never one after the other; then plates come',
  async (kind) => {
    const bench = new MemoryBench();
    await bench.start();
    await bench.pass(5000);
    bench.twin.trouble = { kind, on: 'PullMessages' };
    await bench.pass(hourMs);
    expect(bench.requests).toBeGreaterThan(20);
    expect(bench.requests).toBeLessThan(500);
    expect(bench.live()).toEqual([]);
    bench.twin.trouble = null;
    await bench.pass(120_000);
    bench.twin.passVehicle({ plate: '京A10001' });
    await bench.pass(1000);
    expect(bench.live()).toEqual(['京A10001']);
    await bench.stop();
  },
);

it('a camera that answers empty pulls at once is asked four times a second at most', async () => {
  const bench = new MemoryBench();
  bench.twin.trouble = { kind: 'instant', on: 'PullMessages' };
  await bench.start();
  await bench.pass(60_000);
  expect(bench.twin.count('PullMessages')).toBeGreaterThan(200);
  expect(bench.twin.count('PullMessages')).toBeLessThan(250);
  await bench.stop();
});
