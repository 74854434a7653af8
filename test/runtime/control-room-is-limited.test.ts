import { connect, type Socket } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { ask } from '../../src/runtime/control-client.ts';
import { controlPath } from '../../src/runtime/control-protocol.ts';
import { serveControl } from '../../src/runtime/control-server.ts';
import { Gateway } from '../../src/runtime/gateway.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('one client too many is told so, not that no gateway runs, and there is room again when one leaves', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-control-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'config'));
  const warned: string[] = [];
  const gateway = new Gateway({
    ...{ configDir: join(folder, 'config'), stateDir: folder, env: {}, drivers: [], clock: systemClock() },
    log: { info: () => undefined, warn: (message) => void warned.push(message), error: () => undefined },
    clockMark: null,
  });
  cleanups.push(() => gateway.stop('test'));
  const control = await serveControl(gateway, 0);
  cleanups.push(() => control.close());

  const clients = Array.from({ length: 16 }, () => connect(controlPath(folder)));
  cleanups.push(() => clients.map((client) => client.destroy()));
  await Promise.all(clients.map((client) => new Promise((resolve) => client.once('connect', resolve))));
  await expect(ask(folder, { method: 'status' })).rejects.toThrow('16 clients are served already');
  expect(warned).toContain('a control client found no room');

  await gone(clients[0]);
  await expect(ask(folder, { method: 'status' })).resolves.toMatchObject({ boot: gateway.boot });
});

/** The server has seen it leave when it ends its own side. */
function gone(client: Socket | undefined): Promise<void> {
  return new Promise((resolve) => {
    client?.resume().once('close', () => resolve());
    client?.end();
  });
}
