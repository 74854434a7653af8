import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type AnyDriver, defineDriver, z } from '../../src/contract/driver.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Gateway } from '../../src/runtime/gateway.ts';
import { drivers, site } from '../config/fakes.ts';

const root = mkdtempSync(join(tmpdir(), 'gatehouse-secret-'));
let gateway: Gateway | null = null;
afterEach(async () => {
  await gateway?.stop('test');
  rmSync(root, { recursive: true, force: true });
});

it('a device of the main process is created anew with the secret that its file holds now, and only then', async () => {
  const created: string[] = [];
  const keyed = defineDriver<'none', { keyFile: string }>({
    ...{ name: 'keyed', contract: 1, line: 'none', host: 'main', specs: ['none'], faults: {} },
    config: z.strictObject({ keyFile: z.string().meta({ secret: true }) }),
    traits: () => ({ inputs: [], portal: null, outputs: [], unit: null, polls: [] }),
    create(ctx, { keyFile }) {
      created.push(`${ctx.device} ${ctx.secret(keyFile)}`);
      return { provides: ['reader'], start() {}, stop() {} };
    },
  }) as AnyDriver;
  const [configDir, stateDir] = [join(root, 'config'), join(root, 'state')];
  mkdirSync(configDir);
  mkdirSync(stateDir, { mode: 0o700 });
  const write = (name: string, text: string) => writeFileSync(join(configDir, name), text, { mode: 0o600 });
  write(
    'site.yaml',
    `${site}devices:\n  r: { driver: keyed, keyFile: r.key }\n  q: { driver: keyed, keyFile: q.key }\n`,
  );
  write('r.key', 'old\n');
  write('q.key', 'same\n');
  const quiet = () => undefined;
  gateway = new Gateway({
    ...{ configDir, stateDir, env: {}, clock: systemClock(), clockMark: null },
    drivers: [...drivers, keyed].map((driver) => ({ driver, module: 'file:///nowhere/index.ts' })),
    log: { info: quiet, warn: quiet, error: quiet },
  });
  await gateway.start();
  expect(created.sort()).toEqual(['q same', 'r old']);
  await gateway.reload();
  expect(created).toHaveLength(2);
  write('r.key', 'new\n');
  await gateway.reload();
  expect(created.slice(2)).toEqual(['r new']);
});
