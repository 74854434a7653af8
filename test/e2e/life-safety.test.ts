import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Daemon, gatehouse, laneOf, slowDown } from './daemon.ts';
import { freePort } from '../house/free-port.ts';
import { monoMs, Stage, until } from './harness.ts';
import { furtherPolls, type OneGate, oneGate, press } from './one-gate.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe('the guard’s button opens the boom of a running gateway', () => {
  const stage = new Stage();
  let gate: OneGate;
  let daemon: Daemon;
  beforeAll(async () => {
    const dead = await freePort();
    gate = await oneGate(stage, {
      list: false,
      more: (config) => {
        writeFileSync(join(config, 'dead.secret'), 'nobody-listens\n', { mode: 0o600 });
        return {
          devices: [
            `dead-camera: { driver: camera-isapi, address: 127.0.0.1, port: ${dead}, mode: stream, user: admin, passwordFile: dead.secret, streamSilence: 5s, silentAfter: 5s }`,
          ],
          lanes: [`west: { name: west, direction: in, cameras: [dead-camera], commissioned: true }`],
        };
      },
    });
    daemon = gate.launch();
    await daemon.ready();
  });
  afterAll(() => stage.end());
  const closed = () => daemon.when('the boom is down', (status) => laneOf(status, 'east').position === 'closed');

  it('without a list', async () => {
    expect((await closed()).list).toBeNull();
    await press(gate, daemon, 'without a list');
  });

  it('while the camera host is dead', async () => {
    await closed();
    const host = cameraHostOf(daemon.pid);
    process.kill(host, 'SIGSTOP');
    await press(gate, daemon, 'beside a camera host that hangs');
    await closed();
    process.kill(host, 'SIGKILL');
    await press(gate, daemon, 'beside a camera host that was killed');
  });

  it('at once, while each sync of the disk takes 2 s', async () => {
    await closed();
    const disk = await slowDown(stage, daemon.pid, 2000);
    try {
      // Each press is recorded, so that the second one meets a disk that is busy with the first.
      await press(gate, daemon, 'with a slow disk');
      await closed();
      const before = gate.closings('open').length;
      const pressedAt = monoMs();
      gate.contact('button', true);
      const write = await until('the second press', () => gate.closings('open')[before]);
      expect(write.at - pressedAt).toBeLessThan(1000);
      gate.contact('button', false);
    } finally {
      await disk.release();
    }
  });
});

/** The camera host is the daemon's child process. */
function cameraHostOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const host = children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('camera-child'));
  if (host === undefined) throw new Error('the daemon has no camera host');
  return host;
}

describe('a fire contact', () => {
  const stage = new Stage();
  afterAll(() => stage.end());

  it('opens and holds the boom, also after it has returned, until a named person releases it', async () => {
    const gate = await oneGate(stage, { list: false, autoClose: 'gateway' });
    const daemon = gate.launch();
    await daemon.ready();
    gate.contact('fire', false);
    await until('the hold contact is closed', () => gate.closings('hold').length > 0);
    const held = await daemon.when(
      'the boom is measured open, in emergency',
      (status) => laneOf(status, 'east').position === 'open' && laneOf(status, 'east').mode === 'emergency',
    );
    const key = laneOf(held, 'east').claims.find((claim) => claim.purpose === 'fire')?.key ?? '';
    const common = ['--config', gate.site.config, '--state', gate.site.state, '--by', '李卫'];
    expect((await gatehouse(stage, ['release', 'east', key, ...common])).code).toBe(1);
    gate.contact('fire', true);
    await daemon.when('the contact is normal again', (status) => laneOf(status, 'east').inputs.fire === 'inactive');
    await furtherPolls(gate.peer, 1, 30);
    const after = await daemon.status();
    expect(laneOf(after, 'east')).toMatchObject({ mode: 'emergency', position: 'open' });
    expect(gate.peer.writes(1).filter((write) => write.address === 3 && write.values[0] === 0)).toEqual([]);
    expect((await gatehouse(stage, ['release', 'east', key, ...common])).code).toBe(0);
    const released = await until('the hold contact is opened', () =>
      gate.peer.writes(1).find((write) => write.address === 3 && write.values[0] === 0),
    );
    expect(released.at).toBeGreaterThan(gate.closings('hold')[0]?.at ?? Number.POSITIVE_INFINITY);
    await daemon.when('the boom is down again', (status) => laneOf(status, 'east').position === 'closed');
    expect(laneOf(await daemon.status(), 'east').mode).toBe('normal');
  });
});
