import { afterEach, describe, expect, it } from 'vitest';
import isapi from '../../drivers/camera-isapi/index.ts';
import { IsapiTwin } from '../../drivers/camera-isapi/twin.ts';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { Receipt } from '../../src/contract/driver.ts';
import type { Observation, PlateRead } from '../../src/core/presentation.ts';
import { CameraAccounts } from '../../src/field/camera-accounts.ts';
import { CameraDevice } from '../../src/field/camera-device.ts';
import { streamLimits } from '../../src/wire/multipart.ts';
import { type ServedTwin, serveTwin, until } from './camera-sockets.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Bench {
  readonly clock: ManualClock;
  readonly twin: IsapiTwin;
  readonly served: ServedTwin;
  readonly seen: Observation[];
  readonly device: CameraDevice;
  plates(): string[];
  faults(): string[];
}

/** Real sockets, but every wait of ours on a clock turned by hand. */
async function streaming(more: Record<string, unknown> = {}, password = 'right'): Promise<Bench> {
  const clock = new ManualClock();
  const twin = new IsapiTwin({ user: 'admin', password: 'right', now: () => clock.mono() });
  const served = await serveTwin(twin);
  cleanups.push(() => served.close());
  const seen: Observation[] = [];
  const emit = async (observation: Observation): Promise<Receipt> => {
    seen.push(observation);
    return 'recorded';
  };
  const written = { address: '127.0.0.1', port: served.port, user: 'admin', passwordFile: 'pw', ...more };
  const order = {
    device: 'cam',
    module: '',
    config: isapi.config.parse(written),
    secrets: { pw: password, path: 'path-secret' },
  };
  const device = CameraDevice.create(order, isapi, {
    clock,
    accounts: new CameraAccounts(),
    emit,
    heard: () => undefined,
    log: () => undefined,
    within: (_owner, action) => action(),
  });
  cleanups.push(() => device.stop());
  await device.start();
  return {
    clock,
    twin,
    served,
    seen,
    device,
    plates: () => seen.filter((each): each is PlateRead => each.kind === 'plateRead').map((each) => each.raw),
    faults: () => seen.flatMap((each) => (each.kind === 'deviceFault' ? [`${each.fault} ${each.raised}`] : [])),
  };
}

/** Lets virtual time pass in steps while real sockets do their work, until the condition holds. */
async function pass(bench: Bench, condition: () => boolean, what: string, stepMs = 500): Promise<void> {
  let n = 0;
  await until(() => {
    n += 1;
    if (n % 4 === 0) void bench.clock.pass(stepMs);
    return condition();
  }, what);
}

describe('the alertStream of a camera', () => {
  it('is opened with Digest and hands each vehicle over as soon as its part is whole', async () => {
    const bench = await streaming();
    await until(() => bench.twin.streams === 1, 'the stream');
    bench.twin.heartbeat();
    bench.twin.passVehicle({ plate: '苏A6QT32', uuid: 'u1', confidence: '92.5', channel: 2 });
    await until(() => bench.plates().length === 1, 'the plate');
    expect(bench.seen).toContainEqual(
      expect.objectContaining({
        kind: 'plateRead',
        device: 'cam',
        raw: '苏A6QT32',
        confidence: 0.925,
        channel: 2,
        eventId: expect.stringMatching(/^u1 2/),
      }),
    );
    expect(bench.twin.wrongPasswords).toBe(0);
    expect(bench.twin.requests).toBe(2);
  });

  it('is opened again after a cut, and the vehicles behind it arrive', async () => {
    const bench = await streaming();
    await until(() => bench.twin.streams === 1, 'the stream');
    bench.twin.heartbeat();
    bench.twin.cutStreams();
    await until(() => bench.faults().includes('streamDown true'), 'the fault');
    await pass(bench, () => bench.twin.streams === 1, 'the stream again');
    bench.twin.passVehicle({ plate: '苏A6QT32' });
    await until(() => bench.plates().length === 1, 'the plate');
    expect(bench.faults()).toEqual(['streamDown true', 'streamDown false']);
  });

  it('is given up when it is silent, reported silent, and known again when it speaks', async () => {
    const bench = await streaming();
    await until(() => bench.twin.streams === 1, 'the stream');
    const before = bench.twin.requests;
    await until(() => bench.clock.timers().some((each) => each.name.endsWith('.silence')), 'the watch on silence');
    await bench.clock.pass(30_001);
    await until(() => bench.twin.streams === 0, 'the silent stream to be dropped');
    expect(bench.seen.some((each) => each.kind === 'deviceSilent')).toBe(false);
    await bench.clock.pass(15_000);
    await until(() => bench.seen.some((each) => each.kind === 'deviceSilent'), 'deviceSilent');
    await pass(bench, () => bench.twin.streams === 1, 'a new stream');
    expect(bench.twin.requests).toBeGreaterThan(before);
    bench.twin.heartbeat();
    await until(() => bench.seen.some((each) => each.kind === 'deviceReturned'), 'deviceReturned');
  });

  it('with a wrong password tries three times in the first minutes and then no more for ten', async () => {
    const bench = await streaming({}, 'wrong');
    await pass(bench, () => bench.twin.wrongPasswords === 3, 'three tries', 5000);
    expect(bench.faults()).toContain('wrongPassword true');
    const third = bench.clock.mono();
    expect(third).toBeGreaterThan(100_000);
    const requests = bench.twin.requests;
    // Steps small enough for a real request to be made, if there were one.
    for (let n = 0; n < 100; n += 1) {
      await bench.clock.pass(5800);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([bench.twin.wrongPasswords, bench.twin.requests]).toEqual([3, requests]);
    await pass(bench, () => bench.twin.wrongPasswords === 4, 'the fourth try', 5000);
    expect(bench.clock.mono() - third).toBeGreaterThanOrEqual(600_000);
  });

  it('goes on behind garbage, an unreadable alert and a lying length', async () => {
    const bench = await streaming();
    await until(() => bench.twin.streams === 1, 'the stream');
    bench.twin.sendRaw(
      Buffer.from('garbage\r\n--boundary\r\nContent-Type: application/xml\r\nContent-Length: 9\r\n\r\n<Event><x'),
    );
    bench.twin.sendRaw(Buffer.from('\r\n--boundary\r\nContent-Length: 90000\r\n\r\n<a/>\r\n'));
    bench.twin.passVehicle({ plate: '苏A6QT32' });
    await until(() => bench.plates().length === 1, 'the plate behind it');
    expect(bench.faults()).toEqual(['unreadablePush true', 'unreadablePush false']);
  });

  it('tells of a part over the limit, since a plate may have stood in it, until the next is read', async () => {
    const bench = await streaming();
    await until(() => bench.twin.streams === 1, 'the stream');
    bench.twin.sendPart('application/xml', Buffer.alloc(streamLimits.maxPartBytes + 1, 0x20));
    await until(() => bench.faults().includes('unreadablePush true'), 'the fault');
    bench.twin.passVehicle({ plate: '苏A6QT32' });
    await until(() => bench.plates().length === 1, 'the plate behind it');
    expect(bench.faults()).toEqual(['unreadablePush true', 'unreadablePush false']);
  });

  it('leaves no timer and no connection behind when the device stops', async () => {
    const bench = await streaming();
    await until(() => bench.twin.streams === 1, 'the stream');
    await bench.device.stop();
    await until(() => bench.twin.streams === 0, 'the connection to be gone');
    expect(bench.clock.timers()).toEqual([]);
    bench.twin.passVehicle({ plate: '苏A6QT32' });
    expect(bench.plates()).toEqual([]);
  });
});

describe('a camera that pushes and streams', () => {
  it('has the same event once, and both ways answered', async () => {
    const { pushBody, alertXml } = await import('../../drivers/camera-isapi/twin.ts');
    const bench = await streaming({ mode: 'both', pushPathFile: 'path' });
    await until(() => bench.twin.streams === 1, 'the stream');
    const vehicle = { plate: '苏A6QT32', uuid: 'u9' };
    const { contentType, body } = pushBody(alertXml(vehicle));
    const push = () =>
      bench.device.route?.take({
        method: 'POST',
        path: '',
        headers: { 'content-type': contentType },
        remoteAddress: '127.0.0.1',
        receivedAt: bench.clock.mono(),
        body,
      });
    expect((await push())?.status).toBe(200);
    bench.twin.passVehicle(vehicle);
    bench.twin.passVehicle({ plate: '苏A6QT33', uuid: 'u10' });
    await until(() => bench.plates().length >= 2, 'the second car');
    expect((await push())?.status).toBe(200);
    expect(bench.plates()).toEqual(['苏A6QT32', '苏A6QT33']);
    const read = bench.seen.find((each) => each.kind === 'plateRead');
    expect(read).toMatchObject({ vendor: { pictures: [{ name: 'licensePlatePicture.jpg', whole: true }] } });
  });
});
