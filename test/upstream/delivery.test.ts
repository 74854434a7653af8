import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UplinkSettings } from '../../src/upstream/settings.ts';
import { Stage, until } from '../e2e/harness.ts';
import { freePort } from '../house/free-port.ts';
import { Broker, deliveryComplaints, makeCertificates, natsBroker, SlowProxy, Subscriber } from './broker.ts';
import { Journal, settingsFor, snapshotOf } from './fixtures.ts';
import { uplinkOver as rigOver } from './uplink-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

const uplinkOver = (journal: Journal, settings: UplinkSettings) => rigOver(stage, journal, settings);

describe('the outbox at a real broker', () => {
  it('is delivered whole, in order, by TLS with a client certificate, after a birth', async () => {
    const certificates = makeCertificates(stage.folder());
    const broker = await Broker.make(stage, { certificates });
    const subscriber = await Subscriber.make(stage, broker.watchPort);
    const journal = new Journal(500);
    const tls = {
      tls: true,
      caFile: certificates.ca,
      certFile: certificates.clientCert,
      keyFile: certificates.clientKey,
    };
    const { stop, drained, told } = uplinkOver(journal, settingsFor(broker.port, tls));
    await drained();
    await stop();
    await until('all has come', () => subscriber.heard().some(({ payload }) => payload.includes('"stopped"')));
    expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([]);
    const [first] = subscriber.heard();
    expect(first?.topic).toBe('gatehouse/test/status');
    expect(JSON.parse(first?.payload ?? '')).toMatchObject({ state: 'online', lanes: ['east-in'] });
    expect(told.acknowledged).toBe(500);
  });

  it('waits out a stop and a kill -9 of the broker: whatever that had not acknowledged comes, in order', async () => {
    const broker = await Broker.make(stage);
    const proxy = await SlowProxy.make(stage, broker.port);
    const subscriber = await Subscriber.make(stage, broker.watchPort);
    const journal = new Journal(100);
    const { uplink, drained } = uplinkOver(journal, settingsFor(proxy.port));
    await drained();
    const lost = () => until('the loss is seen', () => uplink.status().state !== 'connected');
    const back = async (): Promise<void> => {
      const before = subscriber.subscriptions();
      proxy.drip = null;
      await broker.start();
      await until('the subscriber is back', () => subscriber.subscriptions() > before);
      proxy.drip = { bytes: 65_536, pauseMs: 0 };
    };
    await broker.stop();
    await lost();
    journal.last = 8000;
    uplink.committed(8000);
    await back();
    const cutAt = 200 + Math.floor(Math.random() * 3000);
    await until('some of it has come', () => subscriber.events().length > cutAt);
    proxy.drip = null;
    proxy.cut();
    await lost();
    const { acknowledged } = uplink.status();
    expect(acknowledged).toBeLessThan(8000);
    // A broker that is killed takes with it what it has acknowledged and not yet passed on: no client can mend that, so it is
    // given the time to.
    await until('what it acknowledged has been passed on', () =>
      subscriber.events().some(({ seq }) => seq >= acknowledged),
    );
    await broker.kill();
    await back();
    await drained();
    await until('the last has come', () => subscriber.events().some(({ seq }) => seq === 8000));
    expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([]);
  });

  it('keeps its connection over a reload that changed nothing of it, and leaves it for other settings', async () => {
    const broker = await Broker.make(stage);
    const proxy = await SlowProxy.make(stage, broker.port);
    const journal = new Journal(5);
    const { uplink, drained } = uplinkOver(journal, settingsFor(proxy.port));
    await drained();
    uplink.configure(settingsFor(proxy.port));
    expect(uplink.status().state).toBe('connected');
    uplink.configure(settingsFor(proxy.port, { prefix: 'other' }));
    expect(uplink.status().state).toBe('connecting');
    await until('it is connected again', () => uplink.status().state === 'connected');
    expect(proxy.connections).toBe(2);
  });

  it('goes on by itself once a wrong password is mended', async () => {
    const broker = await Broker.make(stage, { users: { lanxiu: 'right' } });
    const passwordFile = join(stage.folder(), 'password');
    writeFileSync(passwordFile, 'wrong\n');
    const journal = new Journal(10);
    const { uplink, drained } = uplinkOver(journal, settingsFor(broker.port, { user: 'lanxiu', passwordFile }));
    await until('it is refused', () => uplink.status().cause?.class === 'refused');
    expect(uplink.status().cause).toMatchObject({
      code: 'mqtt135',
      text: { en: expect.stringContaining('not authorised') },
    });
    writeFileSync(passwordFile, 'right\n');
    await drained();
  });

  it('is kept from a broker whose certificate another authority signed, and from one that wants ours', async () => {
    const certificates = makeCertificates(stage.folder());
    const stranger = makeCertificates(stage.folder(), 'stranger');
    const broker = await Broker.make(stage, { certificates });
    const subscriber = await Subscriber.make(stage, broker.watchPort);
    const trusting = { tls: true, certFile: certificates.clientCert, keyFile: certificates.clientKey };
    const wrongCa = uplinkOver(new Journal(3), settingsFor(broker.port, { ...trusting, caFile: stranger.ca }));
    await until('it is not trusted', () => wrongCa.uplink.status().cause?.class === 'refused');
    expect(wrongCa.uplink.status().cause?.text.en).toContain('caFile');
    await wrongCa.stop();
    const noCert = uplinkOver(new Journal(3), settingsFor(broker.port, { tls: true, caFile: certificates.ca }));
    await until('we are not taken', () => noCert.uplink.status().cause?.class === 'refused');
    expect(noCert.uplink.status().cause?.text.en).toContain('certFile');
    const missing = settingsFor(broker.port, { ...trusting, caFile: '/nowhere/ca.pem' });
    noCert.uplink.configure(missing);
    await until('the file is missed', () => noCert.uplink.status().cause?.code === 'credentialUnreadable');
    expect(subscriber.events()).toEqual([]);
  });

  it.each([
    { drip: { bytes: 3, pauseMs: 1 }, what: 'a broker that drips' },
    { drip: null, what: 'a broker that says nothing any more' },
  ])('survives $what, and resumes when it mends', async ({ drip }) => {
    const broker = await Broker.make(stage);
    const proxy = await SlowProxy.make(stage, broker.port);
    const subscriber = await Subscriber.make(stage, broker.watchPort);
    const journal = new Journal(50);
    const { uplink, drained } = uplinkOver(journal, settingsFor(proxy.port, { keepaliveMs: 1000 }));
    await drained();
    proxy.drip = drip;
    journal.last = 120;
    uplink.committed(120);
    if (drip === null) await until('the silence is noticed', () => proxy.connections > 1, 30_000);
    else await until('it takes some', () => uplink.status().acknowledged > 60, 60_000);
    proxy.drip = { bytes: 65_536, pauseMs: 0 };
    proxy.cut();
    await drained();
    await until('the last has come', () => subscriber.events().some(({ seq }) => seq === 120));
    expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([]);
  });

  it('is drained by a 3.1.1 client too', async () => {
    const broker = await Broker.make(stage);
    const subscriber = await Subscriber.make(stage, broker.watchPort, '#', ['-V', '311']);
    const journal = new Journal(200);
    const { drained } = uplinkOver(journal, settingsFor(broker.port, { protocol: 4 }));
    await drained();
    await until('the last has come', () => subscriber.events().some(({ seq }) => seq === 200));
    expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([]);
  });

  it('is drained into a broker of another make, that knows 3.1.1 alone', async () => {
    const port = await natsBroker(stage);
    const subscriber = await Subscriber.make(stage, port);
    const journal = new Journal(200);
    const { drained } = uplinkOver(journal, settingsFor(port, { protocol: 4 }));
    await drained();
    await until('the last has come', () => subscriber.events().some(({ seq }) => seq === 200));
    expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([]);
    const wrong = uplinkOver(new Journal(1), settingsFor(port, { clientId: 'other' }));
    await until('the version is refused', () => wrong.uplink.status().cause !== null);
    expect(wrong.uplink.status().acknowledged).toBe(0);
  });
});

describe('what is retained', () => {
  it('is the newest state of each lane and nothing personal, and the will says when it is old', async () => {
    const broker = await Broker.make(stage);
    const journal = new Journal(30);
    const { uplink, drained } = uplinkOver(journal, settingsFor(broker.port));
    await drained();
    for (const position of ['opening', 'open', 'closing']) uplink.show(snapshotOf(position));
    const proxied = await SlowProxy.make(stage, broker.port);
    uplink.configure(settingsFor(proxied.port));
    await until('it is connected again', () => uplink.status().state === 'connected');
    uplink.show(snapshotOf('closed', 2000));
    const late = await Subscriber.make(stage, broker.watchPort);
    const state = () => late.heard().findLast(({ topic }) => topic === 'gatehouse/test/lane/east-in/state');
    await until('the state is there', () => JSON.parse(state()?.payload ?? '{}').position === 'closed');
    const retained = late.heard().filter((message) => message.retained);
    expect(retained.length).toBeGreaterThan(1);
    for (const { payload } of retained) expect(payload).not.toMatch(/京A12345|personal/);
    // Cut off without a word: the broker speaks for it.
    proxied.drip = null;
    proxied.cut();
    const saysLost = ({ payload }: { payload: string }): boolean => payload.includes('"reason":"lost"');
    await until('the will', () => late.heard().some(saysLost));
    const later = await Subscriber.make(stage, broker.watchPort, 'gatehouse/test/status', ['-V', '311', '-i', 'later']);
    await until('the will for those who come later', () =>
      later.heard().some((message) => message.retained && saysLost(message)),
    );
  });
});

describe('what arrives on command topics', () => {
  it('is counted and hashed, a few a minute, and answered with nothing', async () => {
    const broker = await Broker.make(stage);
    const open = JSON.stringify({ command: 'open', lane: 'east-in' });
    await broker.publish('gatehouse/test/command/east-in/open', open, ['-r']);
    const journal = new Journal(5);
    const { told, drained, uplink } = uplinkOver(journal, settingsFor(broker.port));
    await drained();
    await until('the retained one is told', () => told.ignored.length === 1);
    expect(told.ignored[0]?.message).toMatchObject({
      topic: 'gatehouse/test/command/east-in/open',
      bytes: open.length,
      retained: true,
    });
    expect(JSON.stringify(told.ignored)).not.toContain('"command":"open"');
    for (let at = 0; at < 20; at += 1) await broker.publish(`gatehouse/test/command/x/${at}`, 'x'.repeat(at * 100));
    await until('a few are named', () => told.ignored.length >= 6);
    expect(told.ignored.length).toBe(6);
    expect(uplink.status().state).toBe('connected');
  });

  it.each([
    ['a release of nothing, and then no packet at all', '62020002 0c08ac0000fe00dceea3', 'closed'],
    ['a message at QoS 2, which nobody asked for', '3406 000161 0016 78', 'qosNotAsked'],
  ])('%s: costs a connection, not the thread', async (_what, hex, code) => {
    const uncaught: unknown[] = [];
    const catching = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtException', catching);
    stage.onEnd(() => void process.off('uncaughtException', catching));
    const answer = Buffer.from(`20020000 ${hex}`.replaceAll(' ', ''), 'hex');
    const port = await freePort();
    let connections = 0;
    const broker = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(answer));
    });
    broker.listen(port, '127.0.0.1');
    stage.onEnd(() => void broker.close());
    const { told, uplink } = uplinkOver(new Journal(5), settingsFor(port, { protocol: 4 }));
    await until('the reason', () => uplink.status().cause?.code === code);
    await until('it is tried again and again', () => connections > 3);
    expect(uncaught).toEqual([]);
    expect(told.ignored).toEqual([]);
  });

  it('ends the connection where it is larger than anything we take, and the outbox goes on', async () => {
    const broker = await Broker.make(stage);
    const journal = new Journal(5);
    // Version 3.1.1 has no word to forbid it.
    const { drained, uplink } = uplinkOver(journal, settingsFor(broker.port, { protocol: 4 }));
    await drained();
    const file = join(stage.folder(), 'large');
    writeFileSync(file, randomBytes(2_000_000));
    const causes: (string | undefined)[] = [];
    await Promise.all([
      until('it is seen', () => causes.push(uplink.status().cause?.code) > 0 && causes.includes('tooLarge')),
      broker.publishFrom('gatehouse/test/command/large', ['-f', file]).catch(() => undefined),
    ]);
    journal.last = 9;
    uplink.committed(9);
    await drained();
    expect(uplink.status()).toMatchObject({ acknowledged: 9 });
  });
});
