import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import isapi from '../../drivers/camera-isapi/index.ts';
import { alertXml, pushRequest } from '../../drivers/camera-isapi/twin.ts';
import type { Receipt } from '../../src/contract/driver.ts';
import type { Observation } from '../../src/core/presentation.ts';
import { CameraHost } from '../../src/field/camera-host.ts';
import type { CameraOrder, CameraSite } from '../../src/field/camera-messages.ts';
import { beginCameraProcess } from '../../src/field/camera-process.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { RawClient, until } from './camera-sockets.ts';

const isapiModule = new URL('../../drivers/camera-isapi/index.ts', import.meta.url).href;
const entry = new URL('../../src/runtime/camera-child.ts', import.meta.url).pathname;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Bench {
  readonly host: CameraHost;
  readonly seen: Observation[];
  readonly problems: string[];
  readonly logs: string[];
  port(): number;
  answerWith(receipt: Receipt): void;
}

function camera(device: string, secret: string, more: Record<string, unknown> = {}): CameraOrder {
  const config = isapi.config.parse({ address: '127.0.0.1', mode: 'push', pushPathFile: 'path', ...more });
  return { device, module: isapiModule, config, secrets: { path: secret } };
}

const site = (...devices: CameraOrder[]): CameraSite => ({ receiver: { bind: '127.0.0.1', port: 0 }, devices });

function hosting(
  first: CameraSite,
  limits: { maxHeapMb?: number; maxResidentMb?: number; prepared?: ChildProcess } = {},
): Bench {
  const seen: Observation[] = [];
  const problems: string[] = [];
  const logs: string[] = [];
  let port = 0;
  let receipt: Receipt = 'recorded';
  const host = new CameraHost({
    clock: systemClock(),
    entry,
    maxHeapMb: 96,
    maxResidentMb: 400,
    ...limits,
    random: () => 0.5,
    events: {
      observed: async (observation) => {
        seen.push(observation);
        return receipt;
      },
      problem: (code, subject, raised, detail) => problems.push(`${code} ${subject} ${raised} ${detail}`.trim()),
      log: (level, device, message, facts) => logs.push(`${level} ${device} ${message} ${JSON.stringify(facts)}`),
      listening: (_address, at) => {
        port = at;
      },
    },
  });
  cleanups.push(() => host.stop());
  host.start(first);
  const answerWith = (next: Receipt): void => {
    receipt = next;
  };
  return { host, seen, problems, logs, port: () => port, answerWith };
}

async function listening(bench: Bench): Promise<void> {
  await until(() => bench.port() > 0, 'the receiver to listen', 20_000);
}

async function push(port: number, secret: string, plate: string): Promise<number> {
  const client = await RawClient.open(port);
  cleanups.push(() => client.socket.destroy());
  return (await client.send(pushRequest(`/c/${secret}`, 'gate', alertXml({ plate })))).status;
}

const kinds = (bench: Bench): string[] => bench.seen.map((each) => `${each.kind} ${each.device}`);

/** A driver module written for one test: it does its harm when a push tells it to, or as soon as it is started. */
async function hostileModule(harm: string, when: 'at a push' | 'at its start' = 'at a push'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-camera-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'driver.mjs');
  writeFileSync(
    file,
    `export default { name: 'hostile', contract: 1, line: 'http', host: 'camera', specs: [], faults: {},
      pushAccess: () => ({ pathSecret: 'path', addresses: ['127.0.0.1'], digest: null }),
      create: (ctx) => ({ provides: ['camera'], start() { ${when === 'at its start' ? harm : ''} }, stop() {}, ...(ctx.line.onDelivery(async () => { ${harm} }), {}) }) };`,
  );
  return new URL(`file://${file}`).href;
}

describe('the camera host', () => {
  it('hands a push over, answers 200 once it is recorded or held, and 503 when it is refused', async () => {
    const bench = hosting(site(camera('east', 'sec-path-1')));
    await listening(bench);
    const before = performance.now();
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT32')).toBe(200);
    bench.answerWith('held');
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT33')).toBe(200);
    bench.answerWith('refused');
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT34')).toBe(503);
    const read = bench.seen[0];
    expect(read).toMatchObject({ kind: 'plateRead', device: 'east', raw: '苏A6QT32', late: false });
    // The child's monotonic clock is ours: ages are taken across the two processes.
    const age = read?.kind === 'plateRead' ? systemClock().mono() - read.receivedAt : Number.NaN;
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(performance.now() - before + 1000);
  });

  it('is back and receiving after kill -9, its devices silent in between, and nothing else (I12)', async () => {
    const bench = hosting(site(camera('east', 'sec-path-1'), camera('west', 'sec-path-2')));
    await listening(bench);
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT32')).toBe(200);
    const old = bench.host.pid;
    process.kill(old ?? 0, 'SIGKILL');
    await until(
      () => kinds(bench).filter((each) => each.startsWith('deviceReturned')).length === 2,
      'both devices back',
      20_000,
    );
    expect(bench.host.pid).not.toBe(old);
    expect(kinds(bench)).toEqual([
      'plateRead east',
      'deviceSilent east',
      'deviceSilent west',
      'deviceReturned east',
      'deviceReturned west',
    ]);
    expect(bench.problems).toContain('cameraHostDown cameraHost true SIGKILL');
    expect(bench.problems.at(-1)).toBe('cameraHostDown cameraHost false');
    expect(await push(bench.port(), 'sec-path-2', '苏A6QT33')).toBe(200);
  });

  it('is killed by its heap cap when a camera makes it swell, and comes back', async () => {
    const module = await hostileModule(
      'const kept = []; for (;;) kept.push(Array.from({ length: 1e5 }, Math.random));',
    );
    const bench = hosting(site(camera('east', 'sec-path-1'), { ...camera('bad', 'sec-path-2'), module }), {
      maxHeapMb: 48,
    });
    await listening(bench);
    await expect(push(bench.port(), 'sec-path-2', 'x')).rejects.toThrow();
    await until(() => kinds(bench).includes('deviceReturned east'), 'the host to be back', 40_000);
    expect(bench.problems.some((each) => each.startsWith('cameraHostDown cameraHost true'))).toBe(true);
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT33')).toBe(200);
  }, 60_000);

  it('is killed when buffers outside its heap grow over the resident cap', async () => {
    const module = await hostileModule(
      'globalThis.kept = []; setInterval(() => kept.push(Buffer.alloc(16 << 20, 1)), 50); return { status: 200 };',
    );
    const bench = hosting(site({ ...camera('bad', 'sec-path-2'), module }), { maxResidentMb: 300 });
    await listening(bench);
    expect(await push(bench.port(), 'sec-path-2', 'x')).toBe(200);
    await until(() => kinds(bench).includes('deviceReturned bad'), 'the host to be back', 40_000);
    expect(bench.logs.some((each) => each.includes('"swollen":true'))).toBe(true);
  }, 60_000);

  it('is killed when it hangs for more than 5 s, and comes back', async () => {
    const module = await hostileModule('for (;;);');
    const bench = hosting(site(camera('east', 'sec-path-1'), { ...camera('bad', 'sec-path-2'), module }));
    await listening(bench);
    await expect(push(bench.port(), 'sec-path-2', 'x')).rejects.toThrow();
    await until(() => kinds(bench).includes('deviceReturned east'), 'the host to be back', 40_000);
    expect(bench.logs.some((each) => each.includes('"hangs":true'))).toBe(true);
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT33')).toBe(200);
  }, 60_000);

  it('keeps its socket and its unchanged devices over a reload', async () => {
    const bench = hosting(site(camera('east', 'sec-path-1'), camera('west', 'sec-path-2')));
    await listening(bench);
    const port = bench.port();
    const open = await RawClient.open(port);
    cleanups.push(() => open.socket.destroy());
    const send = (secret: string) => open.send(pushRequest(`/c/${secret}`, 'gate', alertXml({ plate: '苏A6QT32' })));
    expect((await send('sec-path-1')).status).toBe(200);
    bench.host.configure(site(camera('east', 'sec-path-1'), camera('north', 'sec-path-3')));
    let status = 0;
    await until(() => bench.problems.includes('cameraNotRunning north false'), 'the new device');
    for (let n = 0; n < 100 && status !== 200; n += 1) status = (await send('sec-path-3')).status;
    expect(status).toBe(200);
    expect((await send('sec-path-1')).status).toBe(200);
    expect(open.closed).toBe(false);
    expect(bench.port()).toBe(port);
    expect((await send('sec-path-2').catch(() => ({ status: 0 }))).status).toBe(404);
  });

  it('runs the others when one driver cannot be loaded or lacks its secret', async () => {
    const bench = hosting(
      site(
        { ...camera('lost', 'sec-path-8'), module: 'file:///nowhere/driver.ts' },
        { ...camera('open', 'sec-path-9'), secrets: {} },
        camera('east', 'sec-path-1'),
      ),
    );
    await listening(bench);
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT32')).toBe(200);
    expect(bench.problems.some((each) => each.startsWith('cameraNotRunning lost true'))).toBe(true);
    expect(bench.problems).toContain('cameraNotRunning open true secret path is missing or empty');
  });

  it.each([
    ['a timer', "setTimeout(() => { throw new RangeError('defect'); }, 0);"],
    ['a rejected promise that nobody takes', "void (async () => { await null; throw new RangeError('defect'); })();"],
    ['a socket without an error listener', "const { connect } = await import('node:net'); connect(1, '127.0.0.1');"],
  ])('a driver that throws out of %s is started again, and the other cameras never notice', async (_what, harm) => {
    const module = await hostileModule(`${harm} return { status: 200 };`);
    const bench = hosting(site({ ...camera('bad', 'sec-path-2'), module }, camera('east', 'sec-path-1')));
    await listening(bench);
    const { pid } = bench.host;
    for (let round = 1; round <= 2; round += 1) {
      const returns = () => kinds(bench).filter((each) => each === 'deviceReturned bad').length;
      expect(await push(bench.port(), 'sec-path-2', 'x')).toBe(200);
      await until(() => bench.seen.filter((each) => each.kind === 'deviceSilent').length === round, 'the failure');
      expect(await push(bench.port(), 'sec-path-1', '苏A6QT32')).toBe(200);
      await until(() => returns() === round, 'the driver to be back', 20_000);
    }
    expect(bench.host.pid).toBe(pid);
    expect(bench.problems.some((each) => each.startsWith('cameraHostDown cameraHost true'))).toBe(false);
    const told = bench.seen.flatMap((each) =>
      each.kind === 'deviceFault' ? [`${each.device} ${each.fault} ${each.raised}`] : [],
    );
    expect(told).toEqual(Array.from({ length: 2 }, () => ['bad driverFailed true', 'bad driverFailed false']).flat());
    expect(kinds(bench).filter((each) => each.endsWith('east'))).toEqual(['plateRead east', 'plateRead east']);
    expect(bench.logs.filter((each) => each.startsWith('warn bad driver failed'))).toHaveLength(2);
    expect(bench.logs.join()).toMatch(/defect|ECONNREFUSED/);
  });

  it('a driver that fails at each start is started less and less often', async () => {
    const module = await hostileModule("setTimeout(() => { throw new RangeError('defect'); }, 0);", 'at its start');
    const bench = hosting(site({ ...camera('bad', 'sec-path-2'), module }));
    const failedAt: number[] = [];
    await until(
      () => {
        const count = bench.logs.filter((each) => each.includes('driver failed')).length;
        if (count > failedAt.length) failedAt.push(performance.now());
        return failedAt.length === 4;
      },
      'the fourth failure',
      30_000,
    );
    const waits = failedAt.slice(1).map((at, index) => at - (failedAt[index] ?? 0));
    // 1, 2 and 4 s.
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThan(900 * 2 ** index);
  }, 40_000);

  it('does not run two cameras on one secret path, nor one on a guessable path', async () => {
    const bench = hosting(site(camera('east', 'sec-path-1'), camera('west', 'sec-path-1'), camera('short', 'abc')));
    await listening(bench);
    expect(bench.problems).toContain('cameraNotRunning west true its secret path is that of east');
    expect(bench.problems.some((each) => each.startsWith('cameraNotRunning short true secret path must be'))).toBe(
      true,
    );
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT32')).toBe(200);
    expect(kinds(bench).filter((each) => each.startsWith('plateRead'))).toEqual(['plateRead east']);
  });

  it('keeps the secrets of the environment from the process that parses hostile bytes', async () => {
    process.env.GATEHOUSE_TEST_SECRET = 'shown';
    cleanups.push(() => delete process.env.GATEHOUSE_TEST_SECRET);
    const module = await hostileModule("return { status: 200, body: process.env.GATEHOUSE_TEST_SECRET ?? 'none' };");
    const bench = hosting(site({ ...camera('bad', 'sec-path-2'), module }));
    await listening(bench);
    const client = await RawClient.open(bench.port());
    cleanups.push(() => client.socket.destroy());
    expect((await client.send(pushRequest('/c/sec-path-2', 'gate', 'x'))).body).toBe('none');
  });

  it('listens as soon as its port is free, and says so until then', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const bench = hosting({ receiver: { bind: '127.0.0.1', port }, devices: [camera('east', 'sec-path-1')] });
    await until(
      () => bench.problems.some((each) => each.startsWith('receiverNotListening receiver true')),
      'the fault',
      20_000,
    );
    await new Promise((resolve) => taken.close(resolve));
    await until(() => bench.port() === port, 'the receiver', 20_000);
    expect(bench.problems.at(-1)).toBe('receiverNotListening receiver false');
    expect(await push(port, 'sec-path-1', '苏A6QT32')).toBe(200);
  });

  it('leaves no fault standing that its successor would not know of', async () => {
    const bench = hosting(site(camera('east', 'sec-path-1')));
    await listening(bench);
    const raised = () =>
      bench.seen.flatMap((each) => (each.kind === 'deviceFault' ? [`${each.fault} ${each.raised}`] : []));
    const garbage = async (): Promise<void> => {
      const client = await RawClient.open(bench.port());
      cleanups.push(() => client.socket.destroy());
      await client.send('POST /c/sec-path-1 HTTP/1.1\r\nHost: g\r\nContent-Length: 1\r\n\r\nx');
    };
    await garbage();
    const stranger = await RawClient.open(bench.port(), '127.0.0.9');
    await stranger.send('POST /c/sec-path-1 HTTP/1.1\r\nHost: g\r\nContent-Length: 1\r\n\r\nx');
    await until(() => raised().length === 1, 'the fault');
    process.kill(bench.host.pid ?? 0, 'SIGKILL');
    await until(() => kinds(bench).includes('deviceReturned east'), 'the host to be back', 20_000);
    expect(raised()).toEqual(['unreadablePush true', 'unreadablePush false']);
    expect(bench.problems).toContain('pushFromStranger east false');
    await garbage();
    bench.host.configure(site(camera('east', 'sec-path-1', { forwardMeans: 'leaving' })));
    await until(() => raised().length === 4, 'the fault to be cleared by the reload');
    expect(raised().slice(2)).toEqual(['unreadablePush true', 'unreadablePush false']);
  });

  it('calls a camera silent whose driver cannot run, and knows it again when it can', async () => {
    const broken = { ...camera('east', 'sec-path-1'), secrets: {} };
    const bench = hosting(site(broken));
    await until(() => kinds(bench).includes('deviceSilent east'), 'silence', 20_000);
    bench.host.configure(site(camera('east', 'sec-path-1')));
    await until(() => kinds(bench).includes('deviceReturned east'), 'return', 20_000);
    expect(bench.problems).toContain('cameraNotRunning east false');
  });

  it('takes over a process that was begun ahead, and ends it where no camera needs one', async () => {
    const prepared = beginCameraProcess(entry, 96);
    const bench = hosting(site(camera('east', 'sec-path-1')), { prepared });
    await listening(bench);
    expect(bench.host.pid).toBe(prepared.pid);
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT32')).toBe(200);
    const needless = beginCameraProcess(entry, 96);
    const without = hosting({ receiver: null, devices: [] }, { prepared: needless });
    await until(() => needless.signalCode !== null, 'the needless process to end', 20_000);
    expect(without.host.pid).toBeNull();
    expect(without.problems).toEqual([]);
  });

  it('begins its own where the one begun ahead has ended meanwhile', async () => {
    const prepared = beginCameraProcess(entry, 96);
    prepared.kill('SIGKILL');
    await until(() => prepared.signalCode !== null, 'the process to end', 20_000);
    const bench = hosting(site(camera('east', 'sec-path-1')), { prepared });
    await listening(bench);
    expect(bench.host.pid).not.toBe(prepared.pid);
    expect(bench.problems.filter((each) => each.includes('true'))).toEqual([]);
  });

  it('has no process before the first camera is configured', async () => {
    const bench = hosting({ receiver: null, devices: [] });
    expect(bench.host.pid).toBeNull();
    bench.host.configure(site(camera('east', 'sec-path-1')));
    await listening(bench);
    expect(await push(bench.port(), 'sec-path-1', '苏A6QT32')).toBe(200);
  });

  it('leaves no process behind when it stops', async () => {
    const bench = hosting(site(camera('east', 'sec-path-1')));
    await listening(bench);
    const pid = bench.host.pid ?? 0;
    await bench.host.stop();
    expect(() => process.kill(pid, 0)).toThrow();
    expect(kinds(bench)).toEqual([]);
  });
});
