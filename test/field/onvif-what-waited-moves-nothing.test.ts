import { describe, expect, it } from 'vitest';
import { MemoryBench } from './onvif-memory.ts';

const hourMs = 3_600_000;

/** Six cars pass in half a minute while the way is cut; afterwards one passes before our eyes. */
async function sixCarsInAGap(
  perPull: number,
  more: Readonly<Record<string, unknown>>,
  aheadMs: number,
): Promise<MemoryBench> {
  const bench = new MemoryBench(more, { perPull });
  await bench.start();
  await bench.pass(60_000);
  bench.way = 'unplugged';
  bench.drop();
  const pass = (plate: string): void => bench.twin.passVehicle({ plate, utcTime: bench.twin.wall() + aheadMs });
  for (let car = 0; car < 6; car += 1) {
    pass(`京A1000${car}`);
    await bench.pass(5000);
  }
  bench.way = 'whole';
  await bench.pass(60_000);
  pass('京B20000');
  await bench.pass(1000);
  await bench.stop();
  return bench;
}

describe.each([1, 3, 10])('a camera that hands out %i a pull', (perPull) => {
  it.each([
    ['whose event times are ignored', { eventTimes: 'ignored' }, 0],
    ['whose event times lie in the future', {}, 8 * hourMs],
  ])('%s: what waited in a gap moves nothing, what comes then does', async (_which, more, aheadMs) => {
    const bench = await sixCarsInAGap(perPull, more, aheadMs);
    expect(bench.reads).toHaveLength(7);
    expect(bench.live()).toEqual(['京B20000']);
  });

  it('tells cars one behind the other live, and cars after a busy hour too', async () => {
    const bench = new MemoryBench({ eventTimes: 'ignored' }, { perPull });
    await bench.start();
    await bench.pass(60_000);
    const passed: string[] = [];
    for (let car = 0; car < 400; car += 1) {
      const plates = [`京A${10_000 + car}`, `京B${10_000 + car}`];
      for (const plate of plates) bench.twin.passVehicle({ plate });
      passed.push(...plates);
      await bench.pass(9000);
    }
    expect(bench.live()).toEqual(passed);
    await bench.stop();
  });
});

it('the first car after a connection moves nothing where times prove nothing', async () => {
  const bench = new MemoryBench({ eventTimes: 'ignored' });
  await bench.start();
  bench.twin.passVehicle({ plate: '京A10000' });
  await bench.pass(5000);
  bench.twin.passVehicle({ plate: '京A10001' });
  await bench.pass(1000);
  expect(bench.reads.map(({ raw, late }) => [raw, late])).toEqual([
    ['京A10000', 'historical'],
    ['京A10001', false],
  ]);
  await bench.stop();
});

it('a subscription that is kept over a lost pull still holds what came meanwhile: it moves nothing', async () => {
  const bench = new MemoryBench({ eventTimes: 'ignored' });
  await bench.start();
  await bench.pass(60_000);
  const subscriptions = bench.twin.count('CreatePullPointSubscription');
  bench.drop();
  bench.twin.passVehicle({ plate: '京A10000' });
  await bench.pass(30_000);
  expect(bench.twin.count('CreatePullPointSubscription')).toBe(subscriptions);
  expect(bench.reads.map(({ raw, late }) => [raw, late])).toEqual([['京A10000', 'historical']]);
  await bench.stop();
});

it('a process that stood still takes for live nothing that came meanwhile, however little the camera held before', async () => {
  const bench = new MemoryBench({ eventTimes: 'ignored' });
  await bench.start();
  await bench.pass(60_000);
  // Answered at once, it is asked again only after a moment: between two pulls the process is stopped.
  bench.twin.trouble = { kind: 'instant', on: 'PullMessages' };
  await bench.pass(60_000);
  bench.twin.trouble = null;
  bench.twin.passVehicle({ plate: '京A10000' });
  bench.clock.stall(15_000);
  await bench.pass(5000);
  bench.twin.passVehicle({ plate: '京A10001' });
  await bench.pass(1000);
  expect(bench.reads.map(({ raw, late }) => [raw, late])).toEqual([
    ['京A10000', 'historical'],
    ['京A10001', false],
  ]);
  await bench.stop();
});

it('a camera whose CurrentTime is wrong does not make an old event young: its measured clock counts', async () => {
  const bench = new MemoryBench({}, { currentTimeOffMs: -25_000 });
  await bench.start();
  await bench.pass(60_000);
  bench.way = 'unplugged';
  bench.drop();
  bench.twin.passVehicle({ plate: '京A10000' });
  await bench.pass(20_000);
  bench.way = 'whole';
  await bench.pass(60_000);
  expect(bench.reads.map(({ raw, late }) => [raw, late])).toEqual([['京A10000', 'historical']]);
  await bench.stop();
});

it('a clock that is set under way is measured anew, even where its tokens never go out of date', async () => {
  const bench = new MemoryBench({}, { windowMs: 1e12 });
  await bench.start();
  await bench.pass(90_000);
  bench.twin.clockAheadMs = -3_600_000;
  await bench.pass(120_000);
  bench.twin.passVehicle({ plate: '京A10000' });
  await bench.pass(1000);
  expect(bench.live()).toEqual(['京A10000']);
  expect(bench.faults.get('eventTimeOff') ?? false).toBe(false);
  await bench.stop();
});
