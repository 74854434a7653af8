import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { HttpRequest } from '../../src/contract/driver.ts';
import { CameraAccounts } from '../../src/field/camera-accounts.ts';
import { CameraHttpClient } from '../../src/field/camera-http-client.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { hashOf } from '../../src/wire/secret.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const stop = () => new AbortController();
const client = (signal = stop().signal): CameraHttpClient =>
  new CameraHttpClient('cam', systemClock(), new CameraAccounts(), signal);

/** A camera that answers every connection by `script`, once a whole request head is there. */
async function server(script: (socket: Socket, head: string) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const made = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      script(socket, text);
      text = '';
    });
  });
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    made.close();
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const limits = { method: 'GET', headersWithinMs: 3000, silenceMs: 3000, totalMs: 3000, maxBytes: 10_000 } as const;
const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ ...limits, url, ...more });
const read = async (url: string, more: Partial<HttpRequest> = {}): Promise<string> => {
  const reply = await client().fetch(get(url, more));
  if (!reply.ok) return reply.why;
  let size = 0;
  const end = await reply.read((bytes) => {
    size += bytes.length;
  });
  return `${reply.status} ${end} ${size}`;
};

describe('a request to a camera', () => {
  it('gives the whole body', async () => {
    const url = await server((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'));
    expect(await read(url)).toBe('200 whole 5');
  });

  it('tells a cut body from a whole one', async () => {
    const url = await server((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello'));
    expect(await read(url)).toBe('200 cut 5');
  });

  it('gives up when no answer, half an answer, or endless headers come', async () => {
    expect(await read(await server(() => undefined), { headersWithinMs: 100 })).toBe('overdue');
    expect(await read(await server((socket) => socket.write('HTTP/1.1 200 OK\r\nX: ')), { headersWithinMs: 100 })).toBe(
      'overdue',
    );
    const endless = await server((socket) => {
      const pump = (): void => {
        while (!socket.destroyed && socket.write(`X-${'y'.repeat(1000)}: z\r\n`));
        socket.once('drain', pump);
      };
      socket.write('HTTP/1.1 200 OK\r\n');
      pump();
    });
    expect(await read(endless)).toBe('unreachable');
  });

  it('gives up a silent body, a dripping body, and an endless body', async () => {
    const head = 'HTTP/1.1 200 OK\r\n\r\n';
    expect(await read(await server((socket) => socket.write(`${head}abc`)), { silenceMs: 100 })).toBe('200 silent 3');
    const drip = await server((socket) => {
      socket.write(head);
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await read(drip, { totalMs: 300 })).toMatch(/^200 overdue \d+$/);
    const endless = await server((socket) => {
      const pump = (): void => {
        while (!socket.destroyed && socket.write('z'.repeat(5000)));
        socket.once('drain', pump);
      };
      socket.write(head);
      pump();
    });
    expect(await read(endless)).toMatch(/^200 tooLarge/);
  });

  it('follows no redirect and shows no password to another place', async () => {
    let asked = 0;
    const url = await server((socket) => {
      asked += 1;
      socket.write('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n');
    });
    expect(await read(url, { credentials: { user: 'a', password: 'b' } })).toBe('302 whole 0');
    expect(asked).toBe(1);
  });

  it('never answers a camera that wants Basic', async () => {
    const heads: string[] = [];
    const url = await server((socket, head) => {
      heads.push(head);
      socket.write('HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n');
    });
    expect(await read(url, { credentials: { user: 'a', password: 'b' } })).toBe('unauthorised');
    expect(heads).toHaveLength(1);
    expect(heads.join()).not.toMatch(/authorization/i);
  });

  it('proves an unproven password on one connection at a time', async () => {
    let proofs = 0;
    const url = await server((socket, head) => {
      if (/^authorization:/im.test(head)) proofs += 1;
      socket.write(
        'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="x", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n',
      );
    });
    const one = client();
    const request = get(url, { credentials: { user: 'a', password: 'b' } });
    const replies = await Promise.all([1, 2, 3, 4].map(() => one.fetch(request)));
    expect(replies.map((each) => !each.ok && each.why)).toEqual([
      'unauthorised',
      'lockedOut',
      'lockedOut',
      'lockedOut',
    ]);
    expect(proofs).toBe(1);
  });

  it('is refused when four are under way, and ends with the device', async () => {
    const ending = stop();
    const url = await server((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nx'));
    const one = client(ending.signal);
    const open = await Promise.all([1, 2, 3, 4].map(() => one.fetch(get(url))));
    expect(open.every((each) => each.ok)).toBe(true);
    expect(await one.fetch(get(url))).toMatchObject({ ok: false, why: 'unreachable' });
    const reading = open.map((each) => (each.ok ? each.read(() => undefined) : null));
    ending.abort();
    expect(await Promise.all(reading)).toEqual(['stopped', 'stopped', 'stopped', 'stopped']);
    expect(await one.fetch(get(url))).toMatchObject({ ok: false, why: 'stopped' });
  });
});

/** A camera with Digest by MD5; `nonces` says what becomes of one that was used, and whether it says so. */
async function digestCamera(
  nonces: { readonly once: boolean; readonly says: string },
  account = { user: 'u', password: 'p' },
): Promise<{ readonly url: string; readonly wrong: () => number; restart(): void; setPassword(next: string): void }> {
  const issued = new Set<string>();
  let { password } = account;
  let wrong = 0;
  let count = 0;
  const md5 = (text: string): string => createHash('md5').update(text, 'latin1').digest('hex');
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const url = await server((socket, head) => {
    const field = (name: string): string => new RegExp(`${name}="?([^",\\r]+)`).exec(head)?.[1] ?? '';
    const [nonce, a2] = [field('nonce'), md5('GET:/')];
    const secret = md5(`${bytes(account.user)}:${field('realm')}:${bytes(password)}`);
    const proof = md5(`${secret}:${nonce}:${field('nc')}:${field('cnonce')}:auth:${a2}`);
    const known = nonces.once ? issued.delete(nonce) : issued.has(nonce);
    const right = field('response') === proof && field('username') === bytes(account.user);
    if (/^authorization:/im.test(head) && !right) wrong += 1;
    if (known && right) return socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
    count += 1;
    issued.add(`n${count}`);
    return socket.write(
      `HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="${bytes('门岗')}", qop="auth", nonce="n${count}"${nonces.says}\r\nContent-Length: 0\r\n\r\n`,
    );
  });
  const setPassword = (next: string): void => {
    password = next;
  };
  return { url: `${url}/`, wrong: () => wrong, restart: () => issued.clear(), setPassword };
}

describe('a password proved by Digest', () => {
  const asked = async (one: CameraHttpClient, url: string, credentials = { user: 'u', password: 'p' }) => {
    const reply = await one.fetch(get(url, { credentials }));
    if (!reply.ok) return reply.why;
    await reply.read(() => undefined);
    return reply.status;
  };

  it.each(['', ', stale=true', ', stale="false"'])(
    'is right where the camera takes each nonce once and says "%s" of it',
    async (says) => {
      const camera = await digestCamera({ once: true, says });
      const one = client();
      for (let request = 0; request < 4; request += 1) expect(await asked(one, camera.url)).toBe(200);
      const together = await Promise.all([1, 2, 3, 4].map(() => asked(one, camera.url)));
      expect(together).toEqual([200, 200, 200, 200]);
      expect(camera.wrong()).toBe(0);
    },
  );

  it('is right where the camera forgot its nonces in a restart', async () => {
    const camera = await digestCamera({ once: false, says: '' });
    const one = client();
    expect(await asked(one, camera.url)).toBe(200);
    camera.restart();
    expect(await asked(one, camera.url)).toBe(200);
  });

  it.each([true, false])(
    'is wrong after one refusal of a fresh nonce, and then rests (each nonce once: %s)',
    async (once) => {
      const camera = await digestCamera({ once, says: '' });
      const one = client();
      const credentials = { user: 'u', password: 'wrong' };
      expect(await asked(one, camera.url, credentials)).toBe('unauthorised');
      expect(await asked(one, camera.url, credentials)).toBe('lockedOut');
      expect(camera.wrong()).toBe(1);
    },
  );

  it('that was changed costs two wrong proofs, one by the old nonce and one by the new, and then one at each try', async () => {
    const camera = await digestCamera({ once: false, says: '' });
    const clock = new ManualClock();
    const one = new CameraHttpClient('cam', clock, new CameraAccounts(), stop().signal);
    expect(await asked(one, camera.url)).toBe(200);
    camera.setPassword('changed');
    expect(await asked(one, camera.url)).toBe('unauthorised');
    expect(camera.wrong()).toBe(2);
    await clock.pass(60_001);
    expect(await asked(one, camera.url)).toBe('unauthorised');
    expect(camera.wrong()).toBe(3);
  });

  it('goes with a user, a password and a realm in Chinese', async () => {
    const account = { user: '管理员', password: '门岗密码' };
    const camera = await digestCamera({ once: false, says: '' }, account);
    expect(await asked(client(), camera.url, account)).toBe(200);
  });
});

describe('a request by https', () => {
  it('goes to the pinned certificate only, and sends nothing before it is seen', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
    const file = (name: string): string => join(dir, name);
    const subject = ['-subj', '/CN=camera', '-days', '2', '-keyout', file('key.pem'), '-out', file('cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' });
    execFileSync('openssl', ['x509', '-in', file('cert.pem'), '-outform', 'DER', '-out', file('cert.der')]);
    let requests = 0;
    const made = createHttps(
      { key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) },
      (_request, response) => {
        requests += 1;
        response.end('hello');
      },
    );
    cleanups.push(() => made.close());
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(made.address() as AddressInfo).port}`;
    expect(await read(url)).toBe('unreachable');
    expect(await read(url, { certificateSha256: 'ab'.repeat(32) })).toBe('unreachable');
    expect(requests).toBe(0);
    expect(await read(url, { certificateSha256: hashOf(readFileSync(file('cert.der'))).toUpperCase() })).toBe(
      '200 whole 5',
    );
  });
});
