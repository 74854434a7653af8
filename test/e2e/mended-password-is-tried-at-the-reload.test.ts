import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { IsapiTwin } from '../../drivers/camera-isapi/twin.ts';
import { serveTwin } from '../field/camera-sockets.ts';
import { serve } from '../field/onvif-sockets.ts';
import { password, user } from '../field/onvif-memory.ts';
import { type Daemon, faultOf } from './daemon.ts';
import { monoMs, Stage, until } from './harness.ts';
import { type OneGate, oneGate } from './one-gate.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

/** A stream camera and an ONVIF camera beside the gate, each with its password in a file of its own. */
async function twoCameras(passwords: { readonly stream: string; readonly onvif: string }) {
  const streaming = new IsapiTwin({ user: 'admin', password, now: monoMs });
  const served = await serveTwin(streaming);
  stage.onEnd(() => served.close());
  const pulled = await serve();
  stage.onEnd(() => pulled.close());
  const write = (config: string, name: string, text: string) =>
    writeFileSync(join(config, `${name}.secret`), `${text}\n`, { mode: 0o600 });
  const gate = await oneGate(stage, {
    list: false,
    more: (config) => {
      write(config, 'stream', passwords.stream);
      write(config, 'onvif', passwords.onvif);
      return {
        devices: [
          `stream: { driver: camera-isapi, address: 127.0.0.1, port: ${served.port}, mode: stream, user: admin, passwordFile: stream.secret }`,
          `onvif: { driver: camera-onvif, address: 127.0.0.1, port: ${pulled.port}, profile: hikvision, user: ${user}, passwordFile: onvif.secret, pullTimeout: 2s }`,
        ],
      };
    },
  });
  return { gate, streaming, onvif: pulled.twin, write };
}

/** A reload by the signal that systemd sends, to its last word in the log. */
async function reload({ gate, daemon }: { readonly gate: OneGate; readonly daemon: Daemon }): Promise<void> {
  const reloads = daemon.logged('configuration read').length;
  daemon.signal('SIGHUP');
  await until('the reload', () => daemon.logged('configuration read').length > reloads);
  // The line was not touched: the board is polled on.
  const polls = gate.peer.reads(1).length;
  await until('the board is polled on', () => gate.peer.reads(1).length >= polls + 5);
}

it('a password mended in its file is tried at the reload, and the camera whose password stayed wrong is left alone', async () => {
  const { gate, streaming, onvif, write } = await twoCameras({ stream: 'wrong', onvif: 'wrong' });
  const daemon = gate.launch();
  await daemon.ready();
  const refused = (device: string) => (status: Parameters<typeof faultOf>[0]) =>
    faultOf(status, 'wrongPassword', device);
  await daemon.when('both are refused', (now) => Boolean(refused('stream')(now) && refused('onvif')(now)));
  const [hash, connections] = [(await daemon.status()).configHash, gate.peer.connections];
  const tries = { stream: streaming.wrongPasswords, onvif: onvif.refusals.refused };

  await reload({ gate, daemon });
  expect(daemon.logged('configuration read').at(-1)).toMatchObject({ changed: false });
  expect({ stream: streaming.wrongPasswords, onvif: onvif.refusals.refused }).toEqual(tries);

  write(gate.site.config, 'stream', password);
  await reload({ gate, daemon });
  expect(daemon.logged('configuration read').at(-1)).toMatchObject({ changed: false, newSecrets: ['stream'] });
  await until('the stream is open', () => streaming.streams > 0);
  await daemon.when('its fault is over', (now) => refused('stream')(now) === undefined);
  expect(onvif.refusals.refused).toBe(tries.onvif);
  expect(refused('onvif')(await daemon.status())).toBeDefined();

  write(gate.site.config, 'onvif', password);
  await reload({ gate, daemon });
  await until('the camera is pulled', () => onvif.count('PullMessages') > 0);
  await daemon.when('its fault is over', (now) => refused('onvif')(now) === undefined);
  expect(streaming.wrongPasswords).toBe(tries.stream);
  expect((await daemon.status()).configHash).toBe(hash);
  expect(gate.peer.connections).toBe(connections);
});

it('a password file that is gone at a reload takes no camera that runs, and says so until it is back', async () => {
  const { gate, streaming, write } = await twoCameras({ stream: password, onvif: password });
  const daemon = gate.launch();
  await daemon.ready();
  await until('the stream is open', () => streaming.streams === 1);
  rmSync(join(gate.site.config, 'stream.secret'));
  await reload({ gate, daemon });
  const missing = await daemon.when('it is named', (now) => faultOf(now, 'secretMissing', 'stream') !== undefined);
  expect(faultOf(missing, 'secretMissing', 'stream')?.detail).toMatchObject({
    why: expect.stringContaining('stream.secret'),
  });
  expect(faultOf(missing, 'cameraNotRunning', 'stream')).toBeUndefined();
  expect(streaming.streams).toBe(1);
  write(gate.site.config, 'stream', password);
  await reload({ gate, daemon });
  await daemon.when('the fault is over', (now) => faultOf(now, 'secretMissing') === undefined);
  expect(streaming.streams).toBe(1);
});
