import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/values.ts';
import { readConfiguration } from '../../src/runtime/configuration.ts';
import { ConfigurationFaults } from '../../src/runtime/configuration-faults.ts';
import { bus, drivers, sensed, site } from '../config/fakes.ts';
import { type Certificates, makeCertificates } from '../upstream/broker.ts';

let root = '';
let ours: Certificates;
const options = () => ({
  configDir: join(root, 'config'),
  env: {},
  drivers: drivers.map((driver) => ({ driver, module: 'file:///nowhere/index.ts' })),
});
const put = (from: string, name: string) => copyFileSync(from, join(root, 'config', name));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-pair-'));
  for (const folder of ['config', 'state']) mkdirSync(join(root, folder));
  ours = makeCertificates(root);
  const gate = `devices:\n  b: { driver: board, line: bus, unit: 1, ${sensed} }\nlanes:\n  in: { name: N, direction: in, barrier: b }\n`;
  writeFileSync(join(root, 'config', 'site.yaml'), site + bus + gate);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function tell() {
  const told: JsonObject[] = [];
  const quiet = () => undefined;
  const faults = new ConfigurationFaults(
    (code, _subject, raised, detail) => {
      if (code === 'configRejected' && raised) told.push(detail);
    },
    { info: quiet, warn: quiet, error: quiet },
  );
  return { faults, told };
}

it.each([
  ['the two written the wrong way round', 'gateway.key', 'gateway.crt', 'E-PEM-SWAPPED', 31],
  ['the key of another certificate', 'gateway.crt', 'other.key', 'E-PEM-PAIR', 53],
])('%s is a fault that names file, line, column and the certificate', (_, cert, key, code, col) => {
  put(ours.clientCert, 'gateway.crt');
  put(ours.clientKey, 'gateway.key');
  put(ours.serverKey, 'other.key');
  writeFileSync(
    join(root, 'config', 'up.yaml'),
    `upstream:\n  { host: 10.0.0.9, certFile: ${cert}, keyFile: ${key} }\n`,
  );
  const { faults, told } = tell();
  const found = readConfiguration(join(root, 'state'), options());
  faults.tell(found);
  const { running } = found;
  expect(told).toMatchObject([{ where: `up.yaml:2:${col}`, code }]);
  expect(JSON.stringify(told[0]?.message)).toContain('gateway.crt');
  expect(running.upstream).toBeNull();
  expect(running.site?.lanes).toHaveLength(1);
});

it('files that are changed under a running configuration are named at the reload, and what ran runs on', () => {
  put(ours.clientCert, 'gateway.crt');
  put(ours.clientKey, 'gateway.key');
  writeFileSync(
    join(root, 'config', 'up.yaml'),
    'upstream: { host: 10.0.0.9, certFile: gateway.crt, keyFile: gateway.key }\n',
  );
  const { faults, told } = tell();
  const before = readConfiguration(join(root, 'state'), options());
  faults.tell(before);
  expect(told).toEqual([]);
  put(ours.serverKey, 'gateway.key');
  const after = readConfiguration(join(root, 'state'), options(), before);
  faults.tell(after);
  expect(told).toMatchObject([{ code: 'E-PEM-PAIR', where: expect.stringMatching(/^up\.yaml:1:\d+$/) }]);
  expect(JSON.stringify(told[0]?.message)).toMatch(/gateway\.key.*gateway\.crt/);
  expect(after.running.upstream).toEqual(before.running.upstream);
});
