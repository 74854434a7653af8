/**
 * I5: the guard's button and the fire contact of a running gateway, judged by the frames that an independent board has seen, with
 * everything gone that they do not need. The fire contact of one lane opens both lanes of its route.
 */
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../house/free-port.ts';
import { asRoot } from '../store/support.ts';
import { Broker } from '../upstream/broker.ts';
import { type Daemon, faultOf, laneOf } from './daemon.ts';
import { type FireRoute, fireRoute, type Lane } from './fire-route.ts';
import { type GatePeer, ptyPair, rtuPeer, tcpPeer } from './gate-peer.ts';
import { monoMs, Stage, until } from './harness.ts';
import { contacts } from './one-gate.ts';
import { barrier, lane, type SiteText } from './site.ts';
import { type WallClock, wallClock } from './wall-clock.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** From the contact at the board to the frame there. Far above what it takes, so that only a wait for something else reaches it. */
const PRESS_WITHIN_MS = 2000;
const FIRE_WITHIN_MS = 3000;

const fireKey = 'fire:west-boom.fire';
const both: readonly Lane[] = ['east', 'west'];

/** Off the route, so that its open boom keeps no hold of the others from being let go. */
const aside = 3;
const units = [1, 2, aside];

/** The lane with the pressed button; `more` of a site. */
function besides(profile: string, more: Partial<SiteText> = {}): Partial<SiteText> {
  const inputs = 'openLimit: 1, closedLimit: 2, obstruction: { at: 3, detects: both }, button: 5';
  return {
    devices: [barrier({ id: 'south-boom', line: 'bus', unit: aside, profile, inputs }), ...(more.devices ?? [])],
    lanes: [lane({ id: 'south', barrier: 'south-boom' }), ...(more.lanes ?? [])],
  };
}

/** A press on the south lane, then a fire at the west one; both frames seen in time by the boards. */
async function opens(gate: FireRoute, daemon: Daemon): Promise<void> {
  const inputs = async (id: string) => laneOf(await daemon.status(), id).inputs;
  const openings = () =>
    gate.peer
      .writes(aside)
      .filter(({ fc, address, values }) => fc === 5 && (address === 0x0200 || (address === 0 && values[0] === 1)));
  await until('the button is known to be released', async () => (await inputs('south')).button === 'inactive');
  const before = openings().length;
  const pressedAt = monoMs();
  gate.peer.input(aside, contacts.button, true);
  const opening = await until('the press opens the boom', () => openings()[before]);
  expect(opening.at - pressedAt).toBeLessThan(PRESS_WITHIN_MS);
  gate.peer.input(aside, contacts.button, false);

  const held = new Map(both.map((id) => [id, gate.holds(id, true).length]));
  const burnsFrom = monoMs();
  gate.contact('west', 'fire', false);
  for (const id of both) {
    const hold = await until(`the fire opens ${id}`, () => gate.holds(id, true)[held.get(id) ?? 0]);
    expect(hold.at - burnsFrom).toBeLessThan(FIRE_WITHIN_MS);
  }
  gate.contact('west', 'fire', true);
  await until('the fire contact is normal', async () => (await inputs('west')).fire === 'inactive');
}

/** A named person releases the fire, so that the next one is a new cause. */
async function isReleased(gate: FireRoute, daemon: Daemon): Promise<void> {
  const released = both.map((id) => gate.holds(id, false).length);
  await daemon.ask({ method: 'release', lane: 'west', key: fireKey, by: '李卫' });
  for (const [at, id] of both.entries())
    await until(`${id} is let go`, () => gate.holds(id, false).length > (released[at] ?? 0));
  await daemon.when('the fire is over', ({ emergencies }) => emergencies.length === 0);
}

describe('I5: the guard’s button and the fire contact open', () => {
  const stage = new Stage();
  let gate: FireRoute;
  let broker: Broker;
  let clock: WallClock;
  let daemon: Daemon;
  let good: string;
  afterAll(() => stage.end());

  it('I5: with every camera dead and the platform refusing the gateway', async () => {
    broker = await Broker.make(stage, { users: { lanxiu: 'right' } });
    clock = await wallClock(stage);
    const nobody = await freePort();
    gate = await fireRoute(stage, {
      peer: await calmPeer(await tcpPeer(stage, units, 'raw')),
      also: (config) => {
        const secret = (name: string) => writeFileSync(join(config, name), 'not-this-one\n', { mode: 0o600 });
        secret('dead.secret');
        secret('upstream.secret');
        const upstream = `host: 127.0.0.1, port: ${broker.port}, tls: false, user: lanxiu, passwordFile: upstream.secret`;
        writeFileSync(join(config, 'upstream.yaml'), `upstream: { ${upstream} }\n`);
        const camera = `driver: camera-isapi, address: 127.0.0.1, port: ${nobody}, mode: stream, user: admin, passwordFile: dead.secret`;
        return besides('waveshare-8', {
          devices: [`dead-camera: { ${camera}, streamSilence: 5s, silentAfter: 5s }`],
          lanes: ['seen: { name: seen, direction: in, cameras: [dead-camera], commissioned: true }'],
        });
      },
    });
    daemon = gate.launch(clock.env);
    await daemon.ready();
    await daemon.when(
      'camera and platform are known to be gone',
      (status) =>
        faultOf(status, 'deviceSilent', 'dead-camera') !== undefined &&
        faultOf(status, 'upstreamRefused') !== undefined,
    );
    await opens(gate, daemon);
    // What nobody has said a reason for is asked for; it has waited for none.
    expect((await daemon.status()).todos).toEqual([expect.objectContaining({ lane: 'south', via: 'button' })]);
    await isReleased(gate, daemon);
  });

  it('I5: with the broker down', async () => {
    await broker.stop();
    await daemon.when('the outage is known', (status) => faultOf(status, 'upstreamDown') !== undefined, 30_000);
    await opens(gate, daemon);
    await isReleased(gate, daemon);
  });

  it.each([
    ['ten years ahead', 10 * 365.25 * 86_400_000],
    ['back in 1970', 60_000 - Date.now()],
  ])('I5: with the wall clock wrong, %s', async (_, offsetMs) => {
    clock.set(Math.round(offsetMs));
    await daemon.when('the step is known', (status) => faultOf(status, 'clockUntrusted') !== undefined);
    await opens(gate, daemon);
    await isReleased(gate, daemon);
    clock.set(0);
    await daemon.when('the clock is right again', (status) => faultOf(status, 'clockUntrusted') === undefined);
  });

  it('I5: with the configuration broken under a running gateway', async () => {
    good = readFileSync(join(gate.site.config, 'gate.yaml'), 'utf8');
    writeFileSync(join(gate.site.config, 'gate.yaml'), 'lines:\n  bus: { type: modbus-tcp, host: [\n');
    await daemon.ask({ method: 'reload' });
    await daemon.when('the fault is told', (status) => faultOf(status, 'configRejected') !== undefined);
    await opens(gate, daemon);
    await isReleased(gate, daemon);
  });

  it('I5: with the database gone', async () => {
    for (const name of readdirSync(gate.site.state))
      if (name !== 'control.sock') rmSync(join(gate.site.state, name), { recursive: true });
    await opens(gate, daemon);
    // A new one is in use in the same process: button and fire contact were never without it.
    await daemon.when('a database again', (status) => {
      const said = new Set(status.faults.map(({ code }) => code));
      return said.has('databaseReplaced') && !said.has('databaseDamaged') && status.journal.lastSeq !== null;
    });
    await isReleased(gate, daemon);
  });

  it('I5: from a start with a broken configuration, on the last one known to be good, and no database at all', async () => {
    // The files of the last known good went with the folder: a sound start writes them anew.
    await daemon.kill();
    writeFileSync(join(gate.site.config, 'gate.yaml'), good);
    const sound = gate.launch();
    await sound.ready();
    await sound.stop();
    writeFileSync(join(gate.site.config, 'gate.yaml'), 'lines:\n  bus: { type: modbus-tcp, host: [\n');
    for (const name of readdirSync(gate.site.state))
      if (name.startsWith('gatehouse.db')) rmSync(join(gate.site.state, name), { recursive: true });
    mkdirSync(join(gate.site.state, 'gatehouse.db'));
    writeFileSync(join(gate.site.state, 'gatehouse.db', 'in-the-way'), '');
    daemon = gate.launch();
    await daemon.when('the faults are told', (status) => {
      const said = status.faults.map(({ code }) => code);
      return said.includes('configRejected') && said.some((code) => /^(database|journal)/.test(code));
    });
    await opens(gate, daemon);
  });
});

describe('I5: the guard’s button and the fire contact open, each time from a start', () => {
  let stage = new Stage();
  afterEach(async () => {
    await stage.end();
    stage = new Stage();
  });

  it('I5: with the disk full', async () => {
    const calm = await calmPeer(await tcpPeer(stage, units, 'raw'));
    const gate = await fireRoute(stage, { peer: calm, also: () => besides('waveshare-8') });
    const { state } = gate.site;
    asRoot('mount', '-t', 'tmpfs', '-o', 'size=40m,mode=0700', 'tmpfs', state);
    stage.onEnd(() => asRoot('umount', '-l', state));
    const daemon = gate.launch();
    await daemon.ready();
    const record = () => daemon.ask({ method: 'giveReason', opening: 'none', by: '李卫', reason: '满盘' });
    await until('the disk refuses', async () => {
      fill(join(state, 'full'));
      for (let made = 0; made < 50; made += 1) await record();
      const status = await daemon.status();
      return status.journal.broken !== null && faultOf(status, 'journalBroken') !== undefined;
    });
    await opens(gate, daemon);
    expect((await daemon.status()).journal.broken).not.toBeNull();
    asRoot('mount', '-o', 'remount,size=90m', state);
    await daemon.when(
      'the disk takes records again',
      ({ journal }) => journal.broken === null && journal.waiting === 0,
    );
    await isReleased(gate, daemon);
  });

  it('I5: on a line crowded by a dead unit and by one that babbles', async () => {
    const pty = await ptyPair(stage);
    const peer = await calmPeer(await rtuPeer(stage, pty.theirs, units));
    const gate = await fireRoute(stage, {
      peer,
      line: `bus: { type: modbus-rtu, port: ${pty.ours}, baud: 9600 }`,
      profile: 'generic-coils',
      also: () =>
        besides('generic-coils', {
          devices: [
            'gone: { driver: barrier-modbus, line: bus, unit: 7, profile: generic-coils, inputs: { obstruction: 1 } }',
          ],
          lanes: ['dead: { name: dead, direction: in, barrier: gone, autoClose: board, commissioned: true }'],
        }),
    });
    const daemon = gate.launch();
    await daemon.when(
      'a unit is dead and the others are read',
      (status) =>
        faultOf(status, 'deviceSilent', 'gone') !== undefined &&
        ['east', 'west', 'south'].every((id) => laneOf(status, id).position === 'closed') &&
        status.journal.lastSeq !== null,
    );
    const babble = babbler(pty.theirs);
    stage.onEnd(babble.stop);
    await until('the line is disturbed', async () => {
      const [line] = (await daemon.status()).lines as readonly { readonly foreign: number }[];
      return babble.bursts() > 20 && (line?.foreign ?? 0) > 0;
    });
    for (let times = 0; times < 3; times += 1) {
      await opens(gate, daemon);
      await isReleased(gate, daemon);
    }
  });
});

/** Nothing under the boom of the south lane; its boom moves. */
async function calmPeer(peer: GatePeer): Promise<GatePeer> {
  peer.tell('boom', aside, 250, -1);
  peer.input(aside, contacts.obstruction, true);
  await peer.settled();
  return peer;
}

function fill(path: string): void {
  const piece = Buffer.alloc(4096, 1);
  try {
    for (;;) writeFileSync(path, piece, { flag: 'a' });
  } catch {
    // No room: what was wanted.
  }
}

/** Speaks unasked, some ten times a second: noise, and whole frames of a unit that nobody has asked. */
function babbler(tty: string): { stop(): void; bursts(): number } {
  const fd = openSync(tty, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  // Unit 9, FC02, one byte 0x55, with its CRC.
  const frame = Buffer.from('0902015563d7', 'hex');
  let bursts = 0;
  const timer = setInterval(() => {
    bursts += 1;
    writeSync(fd, bursts % 3 === 0 ? frame : Buffer.from([0xff, 0x00, 0x81, bursts & 0xff]));
  }, 97);
  return {
    stop() {
      clearInterval(timer);
      closeSync(fd);
    },
    bursts: () => bursts,
  };
}
