import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/config/format.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Certificates, makeCertificates } from '../upstream/broker.ts';
import { bus, drivers, sensed, site } from './fakes.ts';

const dayMs = 86_400_000;
let folder = '';
let ours: Certificates;
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-pem-'));
  ours = makeCertificates(folder);
  for (const [file, from] of Object.entries({ 'ca.crt': ours.ca, 'gw.crt': ours.clientCert, 'gw.key': ours.clientKey }))
    copyFileSync(from, join(folder, file));
  copyFileSync(ours.serverKey, join(folder, 'other.key'));
  writeFileSync(join(folder, 'mqtt.secret'), 'hunter2\n', { mode: 0o600 });
  openssl('pkey', '-in', 'gw.key', '-aes256', '-passout', 'pass:hunter2', '-out', 'locked.key');
  openssl('ec', '-in', 'gw.key', '-aes256', '-passout', 'pass:hunter2', '-out', 'old-locked.key');
  openssl('x509', '-in', 'gw.crt', '-outform', 'der', '-out', 'gw.der');
  openssl('pkey', '-in', 'gw.key', '-pubout', '-out', 'gw.pub');
  openssl('req', '-new', '-key', 'gw.key', '-subj', '/CN=gw', '-out', 'gw.csr');
  const text = readFileSync(join(folder, 'gw.crt'), 'latin1');
  writeFileSync(join(folder, 'torn.crt'), text.slice(0, text.length / 2));
  writeFileSync(join(folder, 'chain.crt'), `notes before it\r\n${text}${readFileSync(ours.ca, 'latin1')}`);
  writeFileSync(join(folder, 'wrong-way.crt'), `${readFileSync(ours.ca, 'latin1')}${text}`);
  writeFileSync(join(folder, 'both.pem'), `${readFileSync(join(folder, 'gw.key'), 'latin1')}${text}`, { mode: 0o600 });
  for (const key of ['gw.key', 'other.key', 'locked.key', 'old-locked.key']) chmodSync(join(folder, key), 0o600);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the check says of an upstream with these keys: code, column of the place, and everything that it prints. */
function check(keys: string, nowWall = Date.now()) {
  const gate = `devices:\n  b: { driver: board, line: bus, unit: 1, ${sensed} }\nlanes:\n  in: { name: N, direction: in, barrier: b, commissioned: true }\n`;
  const line = `upstream: { host: mqtt.example.cn, ${keys} }`;
  writeFileSync(join(folder, 'site.yaml'), site + bus + gate);
  writeFileSync(join(folder, 'up.yaml'), `${line}\n`);
  const { problems } = loadConfig(folder, { drivers, nowWall, env: { MQTT: 'hunter2' } });
  const told = problems.filter(({ file }) => file === 'up.yaml');
  const text = told.flatMap((one) => [formatProblem(one, 'zh'), formatProblem(one, 'en')]).join('\n');
  const places = told.map(({ code, col, endCol }) => `${code} ${line.slice(col - 1, endCol - 1)}`);
  return { places, text };
}

describe('the check of certificates looks into the files', () => {
  it.each([
    ['certFile: gw.crt, keyFile: gw.key, caFile: ca.crt', []],
    ['certFile: chain.crt, keyFile: gw.key', []],
    ['certFile: both.pem, keyFile: both.pem', []],
    ['certFile: gw.key, keyFile: gw.crt', ['E-PEM-SWAPPED gw.key']],
    ['certFile: gw.crt, keyFile: other.key', ['E-PEM-PAIR other.key']],
    ['certFile: wrong-way.crt, keyFile: gw.key', ['E-PEM-PAIR gw.key']],
    ['caFile: gw.key', ['E-PEM-KIND gw.key']],
    ['caFile: mqtt.secret', ['E-PEM-KIND mqtt.secret']],
    ['caFile: gw.der', ['E-PEM-KIND gw.der']],
    ['certFile: gw.csr, keyFile: gw.key', ['E-PEM-KIND gw.csr']],
    ['certFile: gw.crt, keyFile: gw.pub', ['E-PEM-KIND gw.pub']],
    ['caFile: torn.crt', ['E-PEM-BROKEN torn.crt']],
    ['certFile: gw.crt, keyFile: locked.key', ['E-PEM-LOCKED locked.key']],
    ['certFile: gw.crt, keyFile: old-locked.key', ['E-PEM-LOCKED old-locked.key']],
  ])('%s: %j', (keys, expected) => {
    const { places } = check(keys);
    expect(places).toEqual(expected);
  });

  it('says in both languages what the file is instead, and how to mend it', () => {
    expect(check('caFile: gw.key').text).toMatch(
      /gw\.key 里没有证书，里面是私钥[\s\S]*holds no certificate: it holds a private key/,
    );
    expect(check('caFile: gw.der').text).toContain('openssl x509 -inform der -in gw.der -out');
    expect(check('certFile: gw.crt, keyFile: locked.key').text).toContain('openssl pkey -in locked.key -out');
    expect(check('certFile: gw.key, keyFile: gw.crt').text).toContain('certFile: gw.crt 和 keyFile: gw.key');
  });

  it('shows nothing of a key or of a password', () => {
    const secrets = [readFileSync(join(folder, 'gw.key'), 'latin1').split('\n')[1] ?? '-', 'hunter2'];
    const texts = ['caFile: gw.key', 'caFile: mqtt.secret', 'certFile: gw.crt, keyFile: other.key'].map(
      (keys) => check(keys).text,
    );
    for (const secret of secrets) expect(texts.join('\n')).not.toContain(secret);
  });

  it('warns of a private key that others may read, wherever it stands, and of no certificate', () => {
    chmodSync(join(folder, 'both.pem'), 0o644);
    expect(check('certFile: both.pem, keyFile: gw.key').places).toEqual(['W-SECRET-OPEN both.pem']);
    expect(check('certFile: gw.crt, keyFile: gw.key').places).toEqual([]);
    expect(check('certFile: gw.key, keyFile: gw.crt').places).toEqual(['E-PEM-SWAPPED gw.key']);
  });

  it('warns of a certificate that is over or not yet valid today, of authorities only where all are', () => {
    const pair = 'certFile: gw.crt, keyFile: gw.key';
    const later = check(pair, Date.now() + 60 * dayMs);
    expect(later.places).toEqual(['W-PEM-EXPIRED gw.crt']);
    expect(later.text).toMatch(/已于 20\d\d-\d\d-\d\d 过期[\s\S]*expired on 20\d\d-/);
    expect(check(pair, Date.now() - 60 * dayMs).places).toEqual(['W-PEM-EARLY gw.crt']);
    expect(check('caFile: ca.crt', Date.now() + 60 * dayMs).places).toEqual(['W-PEM-EXPIRED ca.crt']);
  });
});

describe('the password of the way to the platform', () => {
  it('needs a user, since the protocol carries none without', () => {
    expect(check('passwordFile: mqtt.secret').places).toEqual(['E-UPSTREAM-USER passwordFile']);
    expect(check('passwordEnv: MQTT').places).toEqual(['E-UPSTREAM-USER passwordEnv']);
    expect(check('user: gate, passwordFile: mqtt.secret').places).toEqual([]);
  });

  it('is written in one place', () => {
    expect(check('user: gate, passwordFile: mqtt.secret, passwordEnv: MQTT').places).toEqual([
      'E-SECRET-TWICE passwordEnv',
    ]);
  });
});
