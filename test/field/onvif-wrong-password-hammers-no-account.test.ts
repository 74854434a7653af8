import { expect, it } from 'vitest';
import { MemoryBench } from './onvif-memory.ts';

const hourMs = 3_600_000;

it('a wrong password is tried at 0, 1 and 2 minutes and then once in ten, however often the device is reloaded', async () => {
  const bench = new MemoryBench({}, {}, { password: 'wrong' });
  await bench.start();
  await bench.pass(hourMs);
  const { refused } = bench.twin.refusals;
  expect(refused).toBeGreaterThan(4);
  // GetServices is refused before anything else is asked: one proof for each attempt.
  expect(refused).toBeLessThanOrEqual(9);
  expect(bench.faults.get('wrongPassword')).toBe(true);
  for (let reload = 0; reload < 20; reload += 1) {
    await bench.stop();
    await bench.start();
    await bench.pass(1000);
  }
  expect(bench.twin.refusals.refused).toBeLessThanOrEqual(refused + 1);
  await bench.stop();
});

it('a refusal at the pull, after an open door to the subscription, counts all the same', async () => {
  const bench = new MemoryBench();
  bench.twin.trouble = { kind: 'unauthorised', on: 'PullMessages' };
  await bench.start();
  await bench.pass(hourMs);
  expect(bench.twin.count('PullMessages')).toBeLessThanOrEqual(9);
  bench.twin.trouble = null;
  await bench.pass(900_000);
  bench.twin.passVehicle({ plate: '京A10001' });
  await bench.pass(1000);
  expect(bench.live()).toEqual(['京A10001']);
  expect(bench.faults.get('wrongPassword')).toBe(false);
  await bench.stop();
});

it('a picture that is refused is asked for once', async () => {
  const bench = new MemoryBench({ snapshot: 'afterRead' }, { auth: 'wsse' });
  // The picture's web account is another than the events' here: Digest fails where the token is right.
  bench.twin.pictureAccount = { user: 'admin', password: 'other' };
  await bench.start();
  for (let car = 0; car < 10; car += 1) {
    bench.twin.passVehicle({ plate: `京A1000${car}` });
    await bench.pass(10_000);
  }
  expect(bench.live()).toHaveLength(10);
  expect(bench.twin.refusals.refused).toBe(1);
  expect(bench.faults.get('snapshotFailed')).toBe(true);
  await bench.stop();
});

it.each([
  ['GetSnapshotUri', 'unauthorised', 1],
  ['GetProfiles', 'unauthorised', 1],
  // Words that nobody knows may be a refusal: after rests of 1, 1 and 10 minutes.
  ['GetProfiles', 'fault', 3],
] as const)('a call for a picture, %s, that ends %s is not repeated with each car', async (call, kind, most) => {
  const bench = new MemoryBench({ snapshot: 'afterRead' });
  bench.twin.trouble = { kind, on: call };
  await bench.start();
  for (let car = 0; car < 20; car += 1) {
    bench.twin.passVehicle({ plate: `京A1${1000 + car}` });
    await bench.pass(10_000);
  }
  expect(bench.live()).toHaveLength(20);
  expect(bench.twin.count(call)).toBe(most);
  expect(bench.details.get('snapshotFailed')).toContain(call);
  await bench.stop();
});

it.each([
  ['of half a mebibyte is taken', 512 * 1024, undefined],
  ['beyond is refused while it arrives, and the plate is read all the same', 512 * 1024 + 1, 'tooLarge'],
])('a picture %s', async (_, bytes, refused) => {
  const bench = new MemoryBench({ snapshot: 'afterRead' });
  const picture = Buffer.alloc(bytes);
  picture.set([0xff, 0xd8, 0xff], 0);
  picture.set([0xff, 0xd9], bytes - 2);
  bench.twin.picture = picture;
  await bench.start();
  bench.twin.passVehicle({ plate: '京A10001' });
  await bench.pass(5000);
  expect(bench.live()).toEqual(['京A10001']);
  expect(bench.details.get('snapshotFailed')).toBe(refused);
  expect(bench.logs.some((line) => line.includes(`"bytes":${bytes}`))).toBe(refused === undefined);
  await bench.stop();
});
