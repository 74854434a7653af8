import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { IsapiTwin } from '../../drivers/camera-isapi/twin.ts';
import { serveTwin } from '../field/camera-sockets.ts';
import { axisPush, hikvisionPush, PushingCamera, vzenithPush } from './cameras.ts';
import { Daemon } from './daemon.ts';
import { type GatePeer, tcpPeer } from './gate-peer.ts';
import { monoMs, Stage, until } from './harness.ts';
import { barrier, importList, lane, makeSite, pushCamera, type Site, tcpLine } from './site.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const stage = new Stage();
const units = [1, 2, 3, 4];
const secret = (unit: number): string => `e2ecamerasecret${unit}`;
const twin = new IsapiTwin({ user: 'admin', password: 'w0rd-e2e', now: monoMs });
let site: Site;
let peer: GatePeer;
let daemon: Daemon;

const vzenith = `fields: {
    plate: AlarmInfoPlate.result.PlateResult.license,
    confidence: { at: AlarmInfoPlate.result.PlateResult.confidence, scale: 100 },
    channel: AlarmInfoPlate.channel,
    eventId: AlarmInfoPlate.result.PlateResult.plateid },
    noPlate: [_无_],
    reply: { body: '{"Response_AlarmInfoPlate":{"info":"no","plateid":"{{AlarmInfoPlate.result.PlateResult.plateid}}"}}' }`;
const axis = `fields: { plate: plateUTF8, confidence: { at: plateConfidence, scale: 1 }, eventId: carID },
    only: { at: carState, oneOf: [new, update] }`;

beforeAll(async () => {
  peer = await tcpPeer(stage, units, 'raw');
  for (const unit of units) peer.tell('boom', unit, 200, 300);
  await peer.settled();
  const served = await serveTwin(twin);
  stage.onEnd(() => served.close());
  site = await makeSite(stage, (config) => {
    writeFileSync(join(config, 'stream.secret'), 'w0rd-e2e\n', { mode: 0o600 });
    const mapped = (id: string, unit: number, rest: string): string => {
      writeFileSync(join(config, `${id}.secret`), `${secret(unit)}\n`, { mode: 0o600 });
      return `${id}: { driver: camera-http, address: 127.0.0.1, pushPathFile: ${id}.secret, ${rest} }`;
    };
    return {
      lines: [tcpLine('bus', peer.port)],
      devices: [
        ...units.map((unit) =>
          barrier({
            id: `boom${unit}`,
            line: 'bus',
            unit,
            profile: 'waveshare-8',
            inputs: 'openLimit: 1, closedLimit: 2',
          }),
        ),
        pushCamera({ config }, 'camera1', secret(1)),
        mapped('camera2', 2, vzenith),
        mapped('camera3', 3, axis),
        `camera4: { driver: camera-isapi, address: 127.0.0.1, port: ${served.port}, mode: stream, user: admin, passwordFile: stream.secret }`,
      ],
      lanes: units.map((unit) =>
        lane({ id: `lane${unit}`, barrier: `boom${unit}`, cameras: `[camera${unit}]`, autoClose: 'board' }),
      ),
    };
  });
  await importList(stage, site, [
    { plate: '京A71B26' },
    { plate: '沪BK3391' },
    { plate: '粤B5T90Z' },
    { plate: '浙C20XX8' },
  ]);
  daemon = new Daemon(stage, site);
  await daemon.ready();
});
afterAll(() => stage.end());

const opened = (unit: number) =>
  until(`unit ${unit} is opened`, () => peer.writes(unit).length > 0 && peer.writes(unit));
const cameraOf = (unit: number) => new PushingCamera(stage, site.receiverPort, secret(unit));

describe('a listed car is let in, whatever its camera speaks', () => {
  it('Hikvision’s HTTP host push: XML and pictures as multipart, its clock years off', async () => {
    expect((await cameraOf(1).push(hikvisionPush('京A71B26', { pictureBytes: 150_000 }))).status).toBe(200);
    expect(await opened(1)).toHaveLength(1);
  });

  it('Vzenith’s JSON, answered with the event’s own id', async () => {
    const reply = await cameraOf(2).push(vzenithPush('沪BK3391'));
    expect(reply.status).toBe(200);
    expect(reply.body).toMatch(/"plateid":"\d+"/);
    expect(await opened(2)).toHaveLength(1);
  });

  it('Axis’ JSON, where the message that a car has left opens nothing', async () => {
    const camera = cameraOf(3);
    expect((await camera.push(axisPush('粤B5T90Z', 'lost'))).status).toBe(200);
    const polls = peer.reads(3).length;
    await until('five more polls of the board', () => peer.reads(3).length >= polls + 5);
    expect(peer.writes(3)).toEqual([]);
    expect((await camera.push(axisPush('粤B5T90Z', 'new'))).status).toBe(200);
    expect(await opened(3)).toHaveLength(1);
  });

  it('Hikvision’s alertStream behind Digest, and again after the camera has restarted', async () => {
    await until('the stream is open', () => twin.streams > 0);
    twin.heartbeat();
    twin.passVehicle({ plate: '浙C20XX8', uuid: 'stream-1' });
    expect(await opened(4)).toHaveLength(1);
    await daemon.when('the boom is down again', (status) => status.lanes[3]?.position === 'closed');
    twin.cutStreams();
    await until('the stream is open again', () => twin.streams > 0);
    twin.passVehicle({ plate: '蓝京A71B26', uuid: 'stream-2' });
    await until('the second car is let in', () => peer.writes(4).length === 2);
    expect(twin.wrongPasswords).toBe(0);
  });

  it('a push to a path that is no camera’s opens nothing', async () => {
    const before = peer.writes().length;
    const reply = await new PushingCamera(stage, site.receiverPort, 'e2ecamerasecret9').push(hikvisionPush('京A71B26'));
    expect(reply.status).toBeGreaterThanOrEqual(400);
    const polls = peer.reads(1).length;
    await until('five more polls of the board', () => peer.reads(1).length >= polls + 5);
    expect(peer.writes()).toHaveLength(before);
  });
});
