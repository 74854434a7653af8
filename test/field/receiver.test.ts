import { afterEach, describe, expect, it } from 'vitest';
import type { HttpDelivery } from '../../src/contract/driver.ts';
import { type PushRoute, Receiver, receiverLimits } from '../../src/field/receiver.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { DigestClient } from '../../src/wire/digest.ts';
import { RawClient, until } from './camera-sockets.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Seen {
  readonly deliveries: HttpDelivery[];
  readonly problems: string[];
  readonly port: number;
  readonly receiver: Receiver;
}

async function listening(
  routes: readonly Partial<PushRoute>[],
  limits: Partial<typeof receiverLimits> = {},
): Promise<Seen> {
  const deliveries: HttpDelivery[] = [];
  const problems: string[] = [];
  const report = (code: string, subject: string, raised: boolean, detail: string): void => {
    problems.push(`${code} ${subject} ${raised} ${detail}`.trim());
  };
  const receiver = new Receiver(systemClock(), report, { ...receiverLimits, ...limits });
  cleanups.push(() => receiver.close());
  receiver.setRoutes(routes.map((route) => ({ ...plainRoute(deliveries), ...route })));
  await receiver.listen('127.0.0.1', 0);
  return { deliveries, problems, port: receiver.address?.port ?? 0, receiver };
}

function plainRoute(deliveries: HttpDelivery[]): PushRoute {
  return {
    device: 'cam',
    secret: 's3cret',
    addresses: ['127.0.0.1'],
    digest: null,
    take: async (delivery) => {
      deliveries.push(delivery);
      return { status: 200, contentType: 'application/json', body: '{"ok":1}' };
    },
  };
}

async function client(port: number, from?: string): Promise<RawClient> {
  const opened = await RawClient.open(port, from);
  cleanups.push(() => opened.socket.destroy());
  return opened;
}

const post = (path: string, body = 'hello', headers = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: gate\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

describe('the receiver', () => {
  it('hands a push of a known camera over and keeps its connection for the next one', async () => {
    const { port, deliveries } = await listening([{}]);
    const camera = await client(port);
    const first = await camera.send(post('/c/s3cret/extra?x=1', 'one', 'Authorization: secret\r\n'));
    expect([first.status, first.body]).toEqual([200, '{"ok":1}']);
    expect((await camera.send(post('/c/s3cret', 'two'))).status).toBe(200);
    expect(camera.closed).toBe(false);
    expect(first.head).toMatch(/keep-alive: timeout=600/i);
    expect(deliveries.map((each) => [each.path, Buffer.from(each.body).toString()])).toEqual([
      ['/extra?x=1', 'one'],
      ['', 'two'],
    ]);
    expect(deliveries[0]).toMatchObject({ method: 'POST', remoteAddress: '127.0.0.1' });
    expect(deliveries[0]?.headers).not.toHaveProperty('authorization');
  });

  it('tells a wrong path nothing and reads nothing more of it', async () => {
    const { port, deliveries } = await listening([{}]);
    for (const path of ['/c/other', '/', '/c/', '/c/s3cre', '/c/s3crets', '/c/__proto__']) {
      const reply = await (await client(port)).send(post(path));
      expect([reply.status, reply.body]).toEqual([404, '']);
    }
    expect(deliveries).toEqual([]);
  });

  it('refuses the right path from a wrong address, and names that address once', async () => {
    const { port, deliveries, problems } = await listening([{}]);
    for (let n = 0; n < 5; n += 1)
      expect((await (await client(port, '127.0.0.9')).send(post('/c/s3cret'))).status).toBe(403);
    expect(deliveries).toEqual([]);
    expect(problems).toEqual(['pushFromStranger cam true 127.0.0.9']);
  });

  it('asks for Digest where it is configured and takes no wrong or replayed proof', async () => {
    const { port, deliveries, problems } = await listening([{ digest: { user: 'cam', password: 'pw' } }]);
    const camera = await client(port);
    const asked = await camera.send(post('/c/s3cret'));
    expect(asked.status).toBe(401);
    const challenge = /www-authenticate: (.*)/i.exec(asked.head)?.[1] ?? '';
    const digest = new DigestClient({ user: 'cam', password: 'pw' });
    digest.take(challenge);
    const proof = `Authorization: ${digest.authorize('POST', '/c/s3cret')}\r\n`;
    expect((await camera.send(post('/c/s3cret', 'x', proof))).status).toBe(200);
    expect((await camera.send(post('/c/s3cret', 'x', proof))).status).toBe(401);
    const wrong = new DigestClient({ user: 'cam', password: 'guess' });
    wrong.take(challenge);
    expect(
      (await camera.send(post('/c/s3cret', 'x', `Authorization: ${wrong.authorize('POST', '/c/s3cret')}\r\n`))).status,
    ).toBe(401);
    expect(deliveries).toHaveLength(1);
    expect(problems).toEqual(['pushUnauthorised cam true']);
  });

  it('answers 503 while as many deliveries are unanswered as it may hold, and 200 again afterwards', async () => {
    const waiting: (() => void)[] = [];
    const take = () => new Promise<{ status: number }>((resolve) => waiting.push(() => resolve({ status: 200 })));
    const { port, problems } = await listening([{ take }], { maxInFlight: 3 });
    const cameras = await Promise.all([1, 2, 3].map(() => client(port)));
    for (const camera of cameras) camera.socket.write(post('/c/s3cret'));
    await until(() => waiting.length === 3, 'three deliveries held');
    const fourth = await client(port);
    expect((await fourth.send(post('/c/s3cret'))).status).toBe(503);
    expect(problems).toEqual(['receiverCrowded cam true']);
    for (const release of waiting.splice(0)) release();
    expect((await cameras[0]?.reply())?.status).toBe(200);
    fourth.socket.write(post('/c/s3cret'));
    await until(() => waiting.length === 1, 'room again');
    waiting[0]?.();
    expect((await fourth.reply()).status).toBe(200);
  });

  it('answers 500 when the driver fails, and goes on', async () => {
    let fails = true;
    const take = async () => {
      if (fails) throw new Error('defect');
      return { status: 200 };
    };
    const { port } = await listening([{ take }]);
    const camera = await client(port);
    expect((await camera.send(post('/c/s3cret'))).status).toBe(500);
    fails = false;
    expect((await camera.send(post('/c/s3cret'))).status).toBe(200);
  });

  it('answers 503 when nobody answers the delivery in time', async () => {
    const { port } = await listening([{ take: () => new Promise(() => undefined) }], { answerWithinMs: 50 });
    expect((await (await client(port)).send(post('/c/s3cret'))).status).toBe(503);
  });

  it('refuses a 600 MB body by its stated length and cuts a lying chunked one at the cap, without keeping it', async () => {
    const { port, deliveries } = await listening([{}], { maxBodyBytes: 1 << 20 });
    const stated = await client(port);
    expect(
      (await stated.send('POST /c/s3cret HTTP/1.1\r\nHost: g\r\nContent-Length: 629145600\r\n\r\nxxxx')).status,
    ).toBe(413);
    const before = process.memoryUsage().arrayBuffers;
    const chunked = await client(port);
    chunked.socket.write('POST /c/s3cret HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536), Buffer.from('\r\n')]);
    let sent = 0;
    const pump = (): void => {
      while (!chunked.closed && sent < 600 << 20) {
        sent += chunk.length;
        if (!chunked.socket.write(chunk)) return void chunked.socket.once('drain', pump);
      }
    };
    pump();
    await until(() => chunked.closed, 'the connection of an endless body to be cut');
    expect(sent).toBeLessThan(200 << 20);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
    expect(deliveries).toEqual([]);
    expect((await (await client(port)).send(post('/c/s3cret'))).status).toBe(200);
  });

  it('gives a dripped body up after its total deadline', async () => {
    const { port, problems } = await listening([{}], { bodyWithinMs: 200 });
    const slow = await client(port);
    slow.socket.write('POST /c/s3cret HTTP/1.1\r\nHost: g\r\nContent-Length: 1000\r\n\r\n');
    const drip = setInterval(() => slow.socket.write('x'), 20);
    cleanups.push(() => clearInterval(drip));
    expect((await slow.reply()).status).toBe(408);
    await until(() => slow.closed, 'the dripping connection to be closed');
    expect(problems).toEqual(['pushUnreadable cam true overdue']);
  });

  it('closes a connection whose headers drip', async () => {
    const { port } = await listening([{}], { headersWithinMs: 300 });
    const slow = await client(port);
    slow.socket.write('POST /c/s3cret HTTP/1.1\r\n');
    const drip = setInterval(() => slow.socket.write('X: y\r\n'), 50);
    cleanups.push(() => clearInterval(drip));
    await until(() => slow.closed, 'the dripping connection to be closed');
  });

  it('shares a bounded room between all bodies that are being read', async () => {
    const { port, problems } = await listening([{}], { maxBufferedBytes: 100_000 });
    const big = await client(port);
    const reply = await big.send(post('/c/s3cret', 'x'.repeat(200_000)));
    expect(reply.status).toBe(503);
    expect(problems).toEqual(['receiverCrowded cam true']);
    // The room is given back, by refused and by answered bodies alike.
    for (let n = 0; n < 5; n += 1) {
      expect((await (await client(port)).send(post('/c/s3cret', 'x'.repeat(60_000)))).status).toBe(200);
    }
  });

  it('lets a camera that reconnects for ever push out its own oldest connection only', async () => {
    const { port } = await listening([{}, { device: 'b', secret: 'b', addresses: ['127.0.0.2'] }], {
      maxConnectionsPerAddress: 3,
    });
    const other = await client(port, '127.0.0.2');
    expect((await other.send(post('/c/b'))).status).toBe(200);
    const flapping: RawClient[] = [];
    for (let n = 0; n < 6; n += 1) {
      const opened = await client(port);
      expect((await opened.send(post('/c/s3cret'))).status).toBe(200);
      flapping.push(opened);
    }
    await until(() => flapping.slice(0, 3).every((each) => each.closed), 'the oldest to be closed');
    expect(flapping.slice(3).every((each) => !each.closed)).toBe(true);
    expect((await other.send(post('/c/b'))).status).toBe(200);
  });

  it('survives garbage on the socket', async () => {
    const { port } = await listening([{}]);
    for (const bytes of [
      '\x00\x01\x02\r\n\r\n',
      'GET\r\n\r\n',
      `POST /c/s3cret HTTP/1.1\r\nX: ${'y'.repeat(50_000)}\r\n\r\n`,
    ]) {
      const hostile = await client(port);
      hostile.socket.write(bytes);
      await until(() => hostile.closed, 'the garbage connection to be closed');
    }
    expect((await (await client(port)).send(post('/c/s3cret'))).status).toBe(200);
  });

  it('changes its routes under open connections', async () => {
    const { port, receiver, deliveries } = await listening([{}]);
    const camera = await client(port);
    expect((await camera.send(post('/c/s3cret'))).status).toBe(200);
    receiver.setRoutes([{ ...plainRoute(deliveries), secret: 'new' }]);
    expect((await camera.send(post('/c/new'))).status).toBe(200);
    expect((await camera.send(post('/c/s3cret'))).status).toBe(404);
  });
});
