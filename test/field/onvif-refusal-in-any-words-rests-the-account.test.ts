import { describe, expect, it } from 'vitest';
import { soapFault } from '../../drivers/camera-onvif/twin-soap.ts';
import { MemoryBench } from './onvif-memory.ts';

const minuteMs = 60_000;
const fault = (reason: string): string => soapFault('env:Sender', 'ter:InvalidArgVal', reason);

const refusals = [
  ['用户名或密码错误', { status: 400, body: fault('用户名或密码错误') }, 'wrongPassword'],
  ['Invalid username or password', { status: 500, body: fault('Invalid username or password') }, 'wrongPassword'],
  ['Account is locked', { status: 400, body: fault('Account is locked') }, 'wrongPassword'],
  ['a bare Unauthorized', { status: 400, body: 'Unauthorized' }, 'wrongPassword'],
  ['status 403', { status: 403, body: '' }, 'wrongPassword'],
  ['words that nobody knows', { status: 200, body: fault('Zugriff verweigert') }, 'maybeWrongPassword'],
  ['a page about an error', { status: 500, body: '<html><h1>Oops</h1></html>' }, 'maybeWrongPassword'],
  ['an empty 404', { status: 404, body: '' }, 'maybeWrongPassword'],
] as const;

describe.each(refusals)('a camera that refuses with %s', (_words, refusal, expected) => {
  it('is shown one proof at each attempt, three in two minutes and eight in an hour, and a fault says so', async () => {
    const bench = new MemoryBench({}, { refusal }, { password: 'wrong' });
    const marks: number[] = [];
    await bench.start();
    for (const ms of [1000, minuteMs, 2 * minuteMs, 57 * minuteMs]) {
      await bench.pass(ms);
      marks.push(bench.twin.refusals.refused);
    }
    expect(marks[0]).toBe(1);
    expect(marks[2]).toBe(3);
    expect(marks[3]).toBeGreaterThan(5);
    expect(marks[3]).toBeLessThanOrEqual(8);
    expect(bench.faults.get(expected)).toBe(true);
    const other = expected === 'wrongPassword' ? 'maybeWrongPassword' : 'wrongPassword';
    expect(bench.faults.get(other) ?? false).toBe(false);
    await bench.stop();
  });

  it('rests over reloads too', async () => {
    const bench = new MemoryBench({}, { refusal }, { password: 'wrong' });
    for (let reload = 0; reload < 20; reload += 1) {
      await bench.start();
      await bench.pass(500);
      await bench.stop();
    }
    expect(bench.twin.refusals.refused).toBe(1);
    expect(bench.faults.get(expected)).toBe(true);
  });
});

it('a fault that may be a refusal says what the camera answered, in characters fit for a terminal', async () => {
  const body = fault('Zugriff \u001b[31mverweigert &lt;b&gt;').replace('\u001b', '&#x9b;');
  const bench = new MemoryBench({}, { refusal: { status: 500, body } }, { password: 'wrong' });
  await bench.start();
  await bench.pass(1000);
  expect(bench.details.get('maybeWrongPassword')).toBe('Sender/InvalidArgVal: Zugriff 31mverweigert b');
  await bench.stop();
});

it('a password that is changed in the camera is tried rarely too, once some tries have failed', async () => {
  const bench = new MemoryBench({}, { refusal: { status: 500, body: '<html>Oops</html>' } });
  await bench.start();
  await bench.pass(10 * minuteMs);
  expect(bench.twin.refusals.refused).toBe(0);
  bench.twin.changePassword('another');
  bench.drop();
  await bench.pass(60 * minuteMs);
  expect(bench.twin.refusals.refused).toBeGreaterThan(5);
  expect(bench.twin.refusals.refused).toBeLessThanOrEqual(14);
  expect(bench.faults.get('maybeWrongPassword')).toBe(true);
  await bench.stop();
});

it('a camera that lacks a call, and says so with a fault that tells nothing, is connected at the next attempt', async () => {
  const bench = new MemoryBench({}, { lacksServices: true });
  await bench.start();
  await bench.pass(3 * minuteMs);
  bench.twin.passVehicle({ plate: '京A10000' });
  await bench.pass(1000);
  expect(bench.live()).toEqual(['京A10000']);
  expect(bench.twin.count('GetServices')).toBe(1);
  expect(bench.faults.get('maybeWrongPassword')).toBe(false);
  await bench.stop();
});

it('a camera that answered before and fails while it starts is back at once', async () => {
  const bench = new MemoryBench();
  await bench.start();
  await bench.pass(minuteMs);
  bench.twin.trouble = { kind: 'fault', on: 'all' };
  bench.twin.restart();
  bench.drop();
  await bench.pass(3000);
  bench.twin.trouble = null;
  await bench.pass(10_000);
  bench.twin.passVehicle({ plate: '京A10000' });
  await bench.pass(1000);
  expect(bench.live()).toEqual(['京A10000']);
  expect(bench.faults.get('maybeWrongPassword') ?? false).toBe(false);
  await bench.stop();
});

it('a clock that is set all the time pardons a refused token once, not at each try', async () => {
  const bench = new MemoryBench({}, { clockJumps: true }, { password: 'wrong' });
  await bench.start();
  await bench.pass(60 * minuteMs);
  const { refused, outdated } = bench.twin.refusals;
  expect(refused + outdated).toBeGreaterThan(5);
  expect(refused + outdated).toBeLessThanOrEqual(9);
  await bench.stop();
});

it.each(['forbidden', 'failing'] as const)('a pull answered %s tells no plate', async (kind) => {
  const bench = new MemoryBench();
  await bench.start();
  await bench.pass(minuteMs);
  bench.twin.trouble = { kind, on: 'PullMessages' };
  bench.drop();
  await bench.pass(10 * minuteMs);
  expect(bench.reads).toEqual([]);
  expect(bench.faults.get('wrongPassword') ?? false).toBe(kind === 'forbidden');
  expect(bench.faults.get('eventsDown')).toBe(true);
  await bench.stop();
});
