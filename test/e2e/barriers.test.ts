import { afterEach, describe, expect, it, vi } from 'vitest';
import { hikvisionPush, PushingCamera } from './cameras.ts';
import { Daemon, laneOf } from './daemon.ts';
import { type GatePeer, libmodbusPeer, ptyPair, rtuPeer, tcpPeer } from './gate-peer.ts';
import { Stage, until } from './harness.ts';
import {
  allSensors,
  type BarrierText,
  barrier,
  importList,
  lane,
  makeSite,
  pushCamera,
  type Site,
  tcpLine,
} from './site.ts';

vi.setConfig({ testTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

const plate = '京A71B26';

interface OneLane {
  readonly site: Site;
  readonly daemon: Daemon;
  readonly camera: PushingCamera;
}

async function oneLane(
  lineText: string,
  board: Omit<BarrierText, 'id' | 'line' | 'unit'>,
  autoClose: 'board' | 'gateway',
): Promise<OneLane> {
  const text = (config: string) => ({
    lines: [lineText],
    devices: [
      barrier({ id: 'boom', line: 'bus', unit: 1, ...board }),
      pushCamera({ config }, 'camera', 'e2esecretpath0001'),
    ],
    lanes: [lane({ id: 'east', barrier: 'boom', cameras: '[camera]', autoClose })],
  });
  const site = await makeSite(stage, (config) => text(config));
  await importList(stage, site, [{ plate }]);
  const daemon = new Daemon(stage, site);
  await daemon.ready();
  return { site, daemon, camera: new PushingCamera(stage, site.receiverPort, 'e2esecretpath0001') };
}

/** Energised = all well, boom down, nobody there. */
async function calm(peer: GatePeer): Promise<void> {
  peer.tell('boom', 1, 300, -1);
  peer.input(1, 3, true);
  peer.input(1, 6, true);
  await peer.settled();
}

const lastWrite = (peer: GatePeer, what: string, address: number, values: readonly number[]) =>
  until(what, () => peer.writes(1).find((write) => write.address === address && `${write.values}` === `${values}`));

describe('a listed car at a real gate', () => {
  it('opens by coil on and off and closes behind the car, over RTU on a tty against pymodbus', async () => {
    const pty = await ptyPair(stage);
    const peer = await rtuPeer(stage, pty.theirs, [1]);
    await calm(peer);
    const line = `bus: { type: modbus-rtu, port: ${pty.ours}, baud: 115200 }`;
    const { daemon, camera } = await oneLane(line, { profile: 'generic-coils', inputs: allSensors }, 'gateway');
    peer.input(1, 4, true);
    expect((await camera.push(hikvisionPush(plate))).status).toBe(200);
    const on = await lastWrite(peer, 'coil 0 on', 0, [1]);
    const off = await lastWrite(peer, 'coil 0 off again', 0, [0]);
    expect(off.at - on.at).toBeGreaterThan(400);
    await daemon.when('the boom is measured open', (status) => laneOf(status, 'east').position === 'open');
    // The car drives under the boom and away.
    peer.input(1, 3, false);
    peer.input(1, 4, false);
    await daemon.when(
      'the car is seen under the boom',
      (status) => laneOf(status, 'east').inputs.obstruction === 'active',
    );
    peer.input(1, 3, true);
    const close = await lastWrite(peer, 'coil 1 on', 1, [1]);
    expect(close.at).toBeGreaterThan(off.at);
    await daemon.when('the boom is measured closed', (status) => laneOf(status, 'east').position === 'closed');
    await lastWrite(peer, 'coil 1 off again', 1, [0]);
    expect(peer.writes(1).map(({ address, values }) => [address, values[0]])).toEqual([
      [0, 1],
      [0, 0],
      [1, 1],
      [1, 0],
    ]);
    expect(await daemon.stop()).toBe(0);
  });

  it('opens by one FC16 that flashes the relay, over Modbus TCP against libmodbus (JY-DAM)', async () => {
    const peer = await libmodbusPeer(stage);
    peer.input(1, 2, true);
    peer.input(1, 3, true);
    peer.input(1, 6, true);
    const { daemon, camera } = await oneLane(
      tcpLine('bus', peer.port),
      { profile: 'jydam', inputs: allSensors, more: 'pulse: 500ms' },
      'gateway',
    );
    peer.input(1, 4, true);
    await camera.push(hikvisionPush(plate));
    await lastWrite(peer, 'flash of relay 1', 3, [4, 5]);
    peer.input(1, 2, false);
    await daemon.when('the boom has left its closed limit', (status) => laneOf(status, 'east').position === 'opening');
    peer.input(1, 1, true);
    await daemon.when('the boom is measured open', (status) => laneOf(status, 'east').position === 'open');
    expect(peer.writes(1)).toHaveLength(1);
    expect(await daemon.stop()).toBe(0);
    expect(peer.writes(1)).toHaveLength(1);
  });

  it('opens by one FC06 on a board that has no inputs, over Modbus TCP against pymodbus (Eletechsup)', async () => {
    const peer = await tcpPeer(stage, [1]);
    const { daemon, camera } = await oneLane(tcpLine('bus', peer.port), { profile: 'eletechsup-r421a08' }, 'board');
    await camera.push(hikvisionPush(plate));
    const write = await lastWrite(peer, 'momentary pulse of relay 1', 1, [0x0500]);
    expect(write.fc).toBe(6);
    const opened = await daemon.when(
      'the boom is taken to be open',
      (status) => laneOf(status, 'east').position === 'open',
    );
    expect(laneOf(opened, 'east').basis).toBe('presumed');
    expect(peer.writes(1)).toHaveLength(1);
  });

  it('opens and closes by one FC05 each whose value is the time, against a board of raw bytes (Waveshare)', async () => {
    const peer = await tcpPeer(stage, [1], 'raw');
    await calm(peer);
    const { daemon, camera } = await oneLane(
      tcpLine('bus', peer.port),
      { profile: 'waveshare-8', inputs: allSensors, more: 'pulse: 300ms' },
      'gateway',
    );
    peer.input(1, 4, true);
    await camera.push(hikvisionPush(plate));
    await lastWrite(peer, 'relay 1 flashes 3 x 100 ms', 0x0200, [3]);
    await daemon.when('the boom is measured open', (status) => laneOf(status, 'east').position === 'open');
    peer.input(1, 3, false);
    await daemon.when('the car is seen', (status) => laneOf(status, 'east').inputs.obstruction === 'active');
    peer.input(1, 4, false);
    peer.input(1, 3, true);
    await lastWrite(peer, 'relay 2 flashes 3 x 100 ms', 0x0201, [3]);
    await daemon.when('the boom is measured closed', (status) => laneOf(status, 'east').position === 'closed');
    expect(peer.writes(1)).toHaveLength(2);
  });
});
