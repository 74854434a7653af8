import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { deliveryComplaints, makeCertificates } from '../upstream/broker.ts';
import { faultOf, gatehouse } from './daemon.ts';
import { monoMs, Stage, until } from './harness.ts';
import { committedRecords } from './journal-check.ts';
import { resident } from './one-gate.ts';
import { drained, hasCome, platform } from './platform.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const stage = new Stage();
afterAll(() => stage.end());

describe.concurrent('a platform that refuses the gateway from the start', () => {
  it('for its password is tried again and again, after pauses; once the file is mended a reload connects at once', async () => {
    const { gate, broker, subscriber, pass } = await platform(
      stage,
      { users: { lanxiu: 'right' } },
      'tls: false, protocol: 3.1.1, user: lanxiu, passwordFile: upstream.secret',
    );
    const secret = join(gate.site.config, 'upstream.secret');
    writeFileSync(secret, 'wrong\n', { mode: 0o600 });
    const refusals = (): number => broker.log().filter((line) => line.includes('not authorised')).length;
    const daemon = gate.launch();
    await until('it is refused', () => refusals() === 1);
    const first = monoMs();
    const { boot } = await daemon.ready();
    const status = await daemon.when('the refusal is a fault', (now) => faultOf(now, 'upstreamRefused') !== undefined);
    expect(faultOf(status, 'upstreamRefused')?.detail).toMatchObject({
      reason: 'mqtt5',
      why: { zh: expect.stringContaining('未获授权'), en: expect.stringContaining('not authorised') },
    });
    expect(status.upstream).toMatchObject({ state: 'waiting', why: { code: 'mqtt5' }, acknowledgedSeq: 0 });
    await pass(daemon, resident);
    await until('it is tried again', () => refusals() >= 2, 30_000);
    // Between half and the whole of 15 s: accounts lock after a few wrong tries.
    expect(monoMs() - first).toBeGreaterThan(7000);
    expect(refusals()).toBe(2);
    writeFileSync(secret, 'right\n');
    const place = ['--config', gate.site.config, '--state', gate.site.state];
    expect((await gatehouse(stage, ['reload', ...place])).code).toBe(0);
    // The next try by itself would come after 15 s or more.
    const end = await daemon.when('all has been taken', drained, 7000);
    expect(end.boot).toBe(boot);
    expect(faultOf(end, 'upstreamRefused')).toBeUndefined();
    const all = committedRecords(gate.site.state);
    await hasCome(subscriber, all);
    expect(deliveryComplaints(all, subscriber.events())).toEqual([]);
  });

  it('for its certificate is connected by itself once the files are mended', async () => {
    const certificates = makeCertificates(stage.folder());
    const stranger = makeCertificates(stage.folder(), 'stranger');
    const { gate, subscriber, pass } = await platform(
      stage,
      { certificates },
      `caFile: ${certificates.ca}, certFile: gateway.crt, keyFile: gateway.key`,
    );
    const [cert, key] = [join(gate.site.config, 'gateway.crt'), join(gate.site.config, 'gateway.key')];
    copyFileSync(stranger.clientCert, cert);
    copyFileSync(stranger.clientKey, key);
    const daemon = gate.launch();
    const { boot } = await daemon.ready();
    const status = await daemon.when('the refusal is a fault', (now) => faultOf(now, 'upstreamRefused') !== undefined);
    expect(faultOf(status, 'upstreamRefused')?.detail).toMatchObject({
      why: { zh: expect.stringContaining('certFile'), en: expect.stringContaining('certFile') },
    });
    await pass(daemon, resident);
    copyFileSync(certificates.clientCert, cert);
    copyFileSync(certificates.clientKey, key);
    const end = await daemon.when('all has been taken', drained, 30_000);
    expect(end.boot).toBe(boot);
    expect(faultOf(end, 'upstreamRefused')).toBeUndefined();
    const all = committedRecords(gate.site.state);
    await hasCome(subscriber, all);
    expect(deliveryComplaints(all, subscriber.events())).toEqual([]);
  });
});
