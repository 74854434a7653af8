import { describe, expect, it } from 'vitest';
import { MemoryBench, profile } from './onvif-memory.ts';

async function started(...given: ConstructorParameters<typeof MemoryBench>): Promise<MemoryBench> {
  const bench = new MemoryBench(...given);
  await bench.start();
  return bench;
}

const minutes = (count: number): number => count * 60_000;

describe('what the camera tells', () => {
  it('is a live read, as the text that was sent: digits, exponents and words are never numbers', async () => {
    const bench = await started();
    const plates = ['12345', '1E234', '00123', 'true', '粤B12345', '3.14', '2026-01-02T03:04:05Z', 'A<&>"\''];
    for (const plate of plates) {
      bench.twin.passVehicle({ plate });
      await bench.pass(1000);
    }
    expect(bench.live()).toEqual(plates);
    expect(bench.reads[0]).toMatchObject({ channel: 1, confidence: 0.97, heading: 'approaching', color: 'unknown' });
    await bench.stop();
  });

  it('never acts as Initialized or Deleted: the one is late, the other no read', async () => {
    const bench = await started();
    bench.twin.passVehicle({ plate: '京A10001' });
    await bench.pass(1000);
    bench.twin.restart();
    bench.drop();
    await bench.pass(minutes(1));
    bench.twin.passVehicle({ plate: '京A10002', operation: 'Initialized' });
    bench.twin.passVehicle({ plate: '京A10003', operation: 'Deleted' });
    await bench.pass(1000);
    expect(bench.reads.map(({ raw, late }) => [raw, late])).toEqual([
      ['京A10001', false],
      ['京A10001', 'replayed'],
      ['京A10002', 'replayed'],
    ]);
    bench.twin.passVehicle({ plate: '京A10004', operation: null });
    await bench.pass(1000);
    expect(bench.live()).toEqual(['京A10001', '京A10004']);
    await bench.stop();
  });

  it('is emitted once when it is told twice', async () => {
    const bench = await started();
    const utcTime = bench.twin.wall();
    for (let round = 0; round < 3; round += 1) {
      bench.twin.passVehicle({ plate: '京A10001', utcTime });
      await bench.pass(500);
    }
    bench.twin.passVehicle({ plate: '京A10001', utcTime: utcTime + 1500 });
    await bench.pass(500);
    expect(bench.live()).toEqual(['京A10001', '京A10001']);
    await bench.stop();
  });

  it.each([
    ['their times are ignored', { eventTimes: 'ignored' as const }, '京A10001'],
    ['their times are ignored, without a plate', { eventTimes: 'ignored' as const }, '无车牌'],
    ['their times stand still', { eventTimes: 'checked' as const }, '京A10001'],
  ])('is read again as the same car comes back, though its message is the same: %s', async (_, more, plate) => {
    const bench = await started(more);
    await bench.pass(5000);
    const utcTime = bench.twin.wall();
    for (let passage = 0; passage < 4; passage += 1) {
      bench.twin.passVehicle({ plate, utcTime });
      await bench.pass(40_000);
    }
    // A time that tells two passages apart from nothing would make the second a re-send in the lane.
    const told = bench.reads.map(({ late, cameraWall }) => [late, cameraWall]);
    if (more.eventTimes === 'ignored') expect(told).toEqual(Array.from({ length: 4 }, () => [false, null]));
    else expect(told).toHaveLength(4);
    await bench.stop();
  });

  it('is emitted again where the first telling was refused', async () => {
    const bench = await started();
    const utcTime = bench.twin.wall();
    bench.receipt = 'refused';
    bench.twin.passVehicle({ plate: '京A10001', utcTime });
    await bench.pass(500);
    bench.receipt = 'recorded';
    bench.twin.passVehicle({ plate: '京A10001', utcTime });
    await bench.pass(500);
    bench.twin.passVehicle({ plate: '京A10001', utcTime });
    await bench.pass(500);
    expect(bench.live()).toEqual(['京A10001', '京A10001']);
    await bench.stop();
  });

  it('waited in the camera while we were away: what is old is late, what came just now is not', async () => {
    const bench = await started();
    bench.way = 'unplugged';
    bench.drop();
    bench.twin.passVehicle({ plate: '京A10001' });
    await bench.pass(15_000);
    bench.way = 'whole';
    await bench.pass(minutes(1));
    bench.twin.passVehicle({ plate: '京A10002' });
    await bench.pass(1000);
    expect(bench.reads.map(({ raw, late }) => [raw, late])).toEqual([
      ['京A10001', 'historical'],
      ['京A10002', false],
    ]);
    expect(bench.twin.count('CreatePullPointSubscription')).toBeGreaterThan(0);
    await bench.stop();
  });

  it('may carry wrong times: checked they move nothing and a fault says so, ignored only what waited is late', async () => {
    for (const eventTimes of ['checked', 'ignored'] as const) {
      const bench = await started({ eventTimes });
      await bench.pass(minutes(1));
      bench.twin.passVehicle({ plate: '京A10001', utcTime: bench.twin.wall() - 8 * 3_600_000 });
      await bench.pass(1000);
      expect(bench.reads.map(({ late }) => late)).toEqual([eventTimes === 'checked' ? 'historical' : false]);
      expect(bench.faults.get('eventTimeOff') ?? false).toBe(eventTimes === 'checked');
      await bench.stop();
    }
  });

  it('is read by the profile of its maker', async () => {
    const axis = await started({ profile: profile('axis') }, { maker: 'axis' });
    for (const carState of ['new', 'update', 'lost']) {
      axis.twin.passVehicle({ plate: 'KR9XY12', carState, id: '77', likelihood: '1', direction: 'out' });
      await axis.pass(1000);
    }
    expect(axis.live()).toEqual(['KR9XY12', 'KR9XY12']);
    expect(axis.reads[0]).toMatchObject({ eventId: '77', confidence: 1, heading: 'leaving' });
    await axis.stop();
    const standard = await started({ profile: profile('standard') }, { maker: 'standard' });
    standard.twin.passVehicle({ plate: '粤B12345', direction: 'Exiting', likelihood: '1', id: '12', color: 'Blue' });
    await standard.pass(1000);
    expect(standard.reads[0]).toMatchObject({ raw: '粤B12345', confidence: 1, heading: 'leaving', color: 'blue' });
    await standard.stop();
    // Another maker's topic is a sign of life and no plate.
    const other = await started({ profile: profile('standard') }, { maker: 'hikvision' });
    other.twin.passVehicle({ plate: '粤B12345' });
    await other.pass(minutes(5));
    expect(other.reads).toEqual([]);
    expect(other.seen.map(({ kind }) => kind)).not.toContain('deviceSilent');
    await other.stop();
  });
});

describe('the subscription', () => {
  it('is renewed for as long as the camera lives, with one call in flight', async () => {
    const bench = await started({}, { lifeMs: 30_000 });
    await bench.pass(minutes(60));
    expect(bench.twin.count('CreatePullPointSubscription')).toBe(1);
    expect(bench.twin.count('Renew')).toBeGreaterThan(100);
    expect(bench.mostInFlight).toBe(1);
    expect(bench.twin.parallelPulls).toBe(0);
    await bench.stop();
  });

  it('is renewed long before its life ends', async () => {
    const bench = await started({}, { lifeMs: 30_000 });
    await bench.pass(minutes(10));
    expect(bench.twin.renewedAt.length).toBeGreaterThan(20);
    expect(Math.min(...bench.twin.renewedAt)).toBeGreaterThan(10_000);
    await bench.stop();
  });

  it('is renewed all the same after a renewal that failed', async () => {
    const bench = await started({}, { lifeMs: 60_000 });
    bench.twin.trouble = { kind: 'fault', on: 'Renew' };
    await bench.pass(35_000);
    expect(bench.twin.count('Renew')).toBe(1);
    bench.twin.trouble = null;
    await bench.pass(minutes(10));
    expect(bench.twin.count('CreatePullPointSubscription')).toBe(1);
    expect(bench.faults.get('eventsDown') ?? false).toBe(false);
    await bench.stop();
  });

  it('outlives a camera that refuses every renewal', async () => {
    const bench = await started({}, { lifeMs: 60_000, renewsByPull: true });
    await bench.pass(minutes(30));
    bench.twin.passVehicle({ plate: '京A10001' });
    await bench.pass(1000);
    expect(bench.live()).toEqual(['京A10001']);
    expect(bench.twin.count('CreatePullPointSubscription')).toBe(1);
    await bench.stop();
  });

  it('is made without a filter where the camera refuses one, and stays so', async () => {
    const bench = await started({}, { takesFilter: false });
    await bench.pass(minutes(1));
    bench.twin.passVehicle({ plate: '京A10001' });
    await bench.pass(1000);
    expect(bench.live()).toEqual(['京A10001']);
    expect(bench.twin.count('CreatePullPointSubscription')).toBe(2);
    await bench.stop();
  });

  it('of a camera that admits one subscriber is ended before the next, where that is asked for', async () => {
    const again = async (unsubscribe: boolean): Promise<number> => {
      const bench = await started({ unsubscribe }, { single: true, lifeMs: 600_000 });
      bench.twin.trouble = { kind: 'fault', on: 'PullMessages' };
      bench.drop();
      await bench.pass(30_000);
      bench.twin.trouble = null;
      await bench.pass(minutes(3));
      bench.twin.passVehicle({ plate: '京A10001' });
      await bench.pass(1000);
      const { length } = bench.live();
      await bench.stop();
      return length;
    };
    expect(await again(true)).toBe(1);
    expect(await again(false)).toBe(0);
  });

  it('is looked for at the configured host only, whatever address the camera hands out', async () => {
    const bench = await started({}, { origin: 'http://203.0.113.9:8899' });
    bench.twin.passVehicle({ plate: '京A10001' });
    await bench.pass(1000);
    expect(bench.live()).toEqual(['京A10001']);
    expect([...bench.origins]).toEqual(['http://192.0.2.66']);
    await bench.stop();
  });

  it('is made anew after the camera restarts', async () => {
    const bench = await started();
    for (let round = 1; round <= 5; round += 1) {
      bench.twin.restart();
      bench.drop();
      await bench.pass(minutes(1));
      bench.twin.passVehicle({ plate: `京A1000${round}` });
      await bench.pass(1000);
    }
    expect(bench.live()).toEqual(['京A10001', '京A10002', '京A10003', '京A10004', '京A10005']);
    await bench.stop();
  });
});

describe('the clock of the camera', () => {
  it('is asked for without a proof of the password: it would be one more wrong one at each attempt', async () => {
    const bench = await started({}, { auth: 'wsse' });
    await bench.pass(minutes(5));
    expect(bench.clockCalls.length).toBeGreaterThan(0);
    expect(bench.clockCalls.filter(({ proves }) => proves)).toEqual([]);
    await bench.stop();
  });

  it('may stand in 2034, with a token window of 5 s', async () => {
    const bench = await started({}, { windowMs: 5000 });
    await bench.stop();
    bench.twin.clockAheadMs = 8 * 365 * 86_400_000;
    await bench.start();
    await bench.pass(minutes(10));
    bench.twin.passVehicle({ plate: '京A10001' });
    await bench.pass(1000);
    expect(bench.live()).toEqual(['京A10001']);
    expect(bench.twin.refusals).toEqual({ refused: 0, outdated: 0, replayed: 0 });
    await bench.stop();
  });

  it('that shows an impossible year is not used, and a fault says so until it is set', async () => {
    const bench = await started({}, { windowMs: 1e15 });
    await bench.stop();
    bench.twin.clockAheadMs = 200 * 365 * 86_400_000;
    await bench.start();
    await bench.pass(minutes(1));
    expect(bench.faults.get('clockUnusable')).toBe(true);
    expect(bench.details.get('clockUnusable')).toBe("the camera's clock shows the year 2225");
    bench.twin.clockAheadMs = 0;
    await bench.pass(minutes(3));
    bench.twin.passVehicle({ plate: '京A10001' });
    await bench.pass(1000);
    expect(bench.live()).toEqual(['京A10001']);
    expect(bench.faults.get('clockUnusable')).toBe(false);
    await bench.stop();
  });

  it('is measured anew when it is set under way: a token refused for its time is no wrong password', async () => {
    const bench = await started({}, { windowMs: 5000 });
    for (const [round, ahead] of [3_600_000, -86_400_000, 0].entries()) {
      await bench.pass(minutes(10));
      bench.twin.clockAheadMs = ahead;
      await bench.pass(30_000);
      bench.twin.passVehicle({ plate: `京A1000${round}` });
      await bench.pass(1000);
    }
    expect(bench.live()).toEqual(['京A10000', '京A10001', '京A10002']);
    expect(bench.faults.get('wrongPassword') ?? false).toBe(false);
    expect(bench.twin.refusals.refused).toBe(0);
    await bench.stop();
  });
});
