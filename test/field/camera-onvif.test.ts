import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type TwinTrouble, twinPicture } from '../../drivers/camera-onvif/twin.ts';
import { hashOf } from '../../src/wire/secret.ts';
import { freePort } from '../house/free-port.ts';
import { until } from './camera-sockets.ts';
import { type HostBench, hosting, order, residentMb, type Served, serve } from './onvif-sockets.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function served(...given: Parameters<typeof serve>): Promise<Served> {
  const camera = await serve(...given);
  cleanups.push(() => camera.close());
  return camera;
}

function run(...orders: Parameters<typeof hosting>[0][number][]): HostBench {
  const bench = hosting(orders);
  cleanups.push(() => bench.host.stop());
  return bench;
}

const subscribed = ({ twin }: Served): boolean => twin.count('PullMessages') > 0;

/** Cars until one comes through live: a plate that fell into a gap is the camera's to keep, not ours to wait for. */
async function platesCome(bench: HostBench, name: string, { twin }: Served, prefix: string): Promise<void> {
  let cars = 0;
  let nextAt = 0;
  const ours = (): boolean => bench.live(name).some((raw) => raw.startsWith(prefix));
  await until(
    () => {
      if (!ours() && performance.now() >= nextAt) {
        cars += 1;
        nextAt = performance.now() + 1000;
        twin.passVehicle({ plate: `${prefix}${String(cars).padStart(4, '0')}` });
      }
      return ours();
    },
    `a plate ${prefix} of ${name}`,
    90_000,
  );
}

describe('an ONVIF camera on real sockets, in the camera host', () => {
  it.each(['wsse', 'digest'] as const)(
    'is heard with %s: user and password of any characters, the token within 5 s, no secret twice',
    async (auth) => {
      const camera = await served({ auth, windowMs: 5000 });
      camera.twin.clockAheadMs = 8 * 365 * 86_400_000;
      const bench = run(order('east', camera.port, { auth, snapshot: 'afterRead' }));
      await until(() => subscribed(camera), 'a pull', 30_000);
      for (const plate of ['12345', '1E234', '京A·12345']) {
        camera.twin.passVehicle({ plate, picture: 'http://203.0.113.9/doc/plate.jpg' });
        await until(() => bench.live('east').includes(plate), plate);
      }
      await until(() => bench.logs.some((line) => line.includes('picture fetched')), 'a picture');
      expect(bench.logs.find((line) => line.includes('picture fetched'))).toContain(hashOf(twinPicture));
      expect(camera.twin.refusals).toEqual({ refused: 0, outdated: 0, replayed: 0 });
      expect(camera.twin.parallelPulls).toBe(0);
    },
    60_000,
  );

  it('hears plates again after each trouble, its process small all the while', async () => {
    const kinds: readonly TwinTrouble[] = [
      ...(['fault', 'cut', 'silence', 'drip', 'endless', 'huge', 'doctype', 'deep', 'garbage'] as const),
    ];
    const cameras = new Map<TwinTrouble, Served>();
    for (const kind of kinds) cameras.set(kind, await served());
    const bench = run(...[...cameras].map(([kind, { port }]) => order(kind, port, { pullTimeout: '1s' })));
    await until(() => [...cameras.values()].every(subscribed), 'all to pull', 60_000);
    const { pid } = bench.host;
    const before = residentMb(pid);
    for (const [kind, { twin }] of cameras) twin.trouble = { kind, on: 'PullMessages' };
    let most = 0;
    await until(
      () => {
        most = Math.max(most, residentMb(pid));
        return kinds.every((kind) => bench.stood(kind, 'eventsDown'));
      },
      'every trouble to be noticed',
      60_000,
    );
    for (const { twin } of cameras.values()) twin.trouble = null;
    for (const [kind, camera] of cameras) await platesCome(bench, kind, camera, '京B');
    most = Math.max(most, residentMb(pid));
    // Nine cameras at their worst; a single endless reply took the package to 2.6 GB (pitfalls.md "onvif").
    expect(most - before).toBeLessThan(150);
    expect(bench.host.pid).toBe(pid);
    expect(bench.problems).not.toContain('cameraHostDown cameraHost true');
    for (const kind of ['huge', 'doctype', 'deep', 'garbage', 'endless']) {
      expect(bench.stood(kind, 'unreadableReply'), kind).toBe(true);
      expect(bench.live(kind), kind).not.toContain('京A00000');
    }
    for (const { twin } of cameras.values()) expect(twin.refusals.refused).toBe(0);
  }, 240_000);

  it('hears plates again after the camera restarts, and keeps to the configured host', async () => {
    const camera = await served({ origin: 'http://203.0.113.9:81' });
    const bench = run(order('east', camera.port));
    await until(() => subscribed(camera), 'a pull', 30_000);
    for (const round of ['京C', '京D', '京E']) {
      camera.twin.restart();
      await platesCome(bench, 'east', camera, round);
    }
    expect(camera.twin.count('CreatePullPointSubscription')).toBeGreaterThanOrEqual(4);
    expect(bench.seen.some((each) => each.kind === 'plateRead' && each.late === 'replayed')).toBe(true);
  }, 120_000);

  it('beside one whose answers are dated beyond all time is heard: the host never dies of it', async () => {
    const port = await freePort();
    const bad = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () =>
        socket.end(
          'HTTP/1.1 500 X\r\nDate: Sat, 13 Sep 275760 00:00:00 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
        ),
      );
    });
    cleanups.push(() => bad.close());
    await new Promise<void>((done) => bad.listen(port, '127.0.0.1', done));
    const good = await served();
    const bench = run(order('bad', port), order('good', good.port));
    await until(() => bench.stood('bad', 'clockUnusable') && bench.stood('bad', 'eventsDown'), 'the faults', 30_000);
    const { pid } = bench.host;
    await platesCome(bench, 'good', good, '京F');
    expect(bench.host.pid).toBe(pid);
    expect(bench.stood('bad', 'driverFailed')).toBe(false);
    expect(bench.problems).not.toContain('cameraHostDown cameraHost true');
  }, 60_000);

  it('by Digest forgets its nonces in a restart without a word: no password is called wrong', async () => {
    const camera = await served({ auth: 'digest', saysStale: false, user: '管理员' });
    const bench = run(order('east', camera.port, { auth: 'digest', user: '管理员' }));
    await until(() => subscribed(camera), 'a pull', 30_000);
    for (const round of ['京G', '京H']) {
      camera.twin.restart();
      await platesCome(bench, 'east', camera, round);
    }
    expect(bench.stood('east', 'wrongPassword')).toBe(false);
  }, 120_000);

  it('tries a wrong password once and then leaves the account alone, also over reloads of the configuration', async () => {
    const camera = await served();
    const orders = (name: string) => [
      { ...order('east', camera.port, { snapshot: name === 'a' ? 'off' : 'afterRead' }), secrets: { pw: 'wrong' } },
    ];
    const bench = hosting(orders('a'));
    cleanups.push(() => bench.host.stop());
    await until(() => bench.stood('east', 'wrongPassword'), 'the fault', 30_000);
    for (const name of ['b', 'a', 'b', 'a']) {
      bench.host.configure({ receiver: null, devices: orders(name) });
      const started = bench.seen.length;
      await until(() => bench.seen.length > started, 'the reload');
    }
    expect(camera.twin.refusals.refused).toBe(1);
  }, 60_000);
});

it('the daemon, which loads every driver, never loads the package', () => {
  const index = new URL('../../drivers/camera-onvif/index.ts', import.meta.url).href;
  const script = `await import(${JSON.stringify(index)});
    const { Module } = await import('node:module');
    const loaded = () => Object.keys(Module._cache).filter((path) => /node_modules.(onvif|xml2js|sax)[/]/.test(path)).length;
    const before = loaded();
    await (await import(${JSON.stringify(index.replace('index.ts', 'package-calls.ts'))})).loadPackage();
    console.log(before, loaded() > 0);`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(out.trim()).toBe('0 true');
});
