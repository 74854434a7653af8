import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openForReading } from '../../src/store/sqlite.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { Broker, deliveryComplaints, makeCertificates, Subscriber } from '../upstream/broker.ts';
import { committedRecords } from './journal-check.ts';
import { faultOf, gatehouse } from './daemon.ts';
import { Stage, until } from './harness.ts';
import { carCalls, furtherPolls, oneGate, type OneGate, resident } from './one-gate.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

function configure(gate: OneGate, text: string): void {
  writeFileSync(join(gate.site.config, 'upstream.yaml'), `upstream: { host: 127.0.0.1, ${text} }\n`);
}

const drained = ({ upstream }: { upstream: { state: string; waiting: number } | null }): boolean =>
  upstream?.state === 'connected' && upstream.waiting === 0;

describe('a gateway whose platform comes and goes', () => {
  it('lets cars through meanwhile, says so, and delivers every record afterwards, by TLS', async () => {
    const certificates = makeCertificates(stage.folder());
    const broker = await Broker.make(stage, { certificates });
    const subscriber = await Subscriber.make(stage, broker.watchPort);
    const gate = await oneGate(stage);
    const { ca, clientCert, clientKey } = certificates;
    configure(gate, `port: ${broker.port}, caFile: ${ca}, certFile: ${clientCert}, keyFile: ${clientKey}`);
    const daemon = gate.launch();
    await daemon.ready();
    await daemon.when('it is connected and drained', drained);
    await broker.stop();
    await daemon.when('the loss is seen', ({ upstream }) => upstream !== null && upstream.state !== 'connected');
    await carCalls(gate, daemon, resident);
    await until('the boom opens without the platform', () => gate.closings('open').length === 1);
    const down = await daemon.when(
      'the fault stands',
      (status) => faultOf(status, 'upstreamDown') !== undefined && (status.upstream?.waiting ?? 0) > 0,
      30_000,
    );
    expect(down.upstream?.why?.code).toBe('ECONNREFUSED');
    const place = ['--config', gate.site.config, '--state', gate.site.state];
    const shown = await gatehouse(stage, ['lanes', ...place, '--lang', 'zh']);
    expect(shown.out).toMatch(/上行.*待传 \d+ 条/);
    await daemon.stop();
    // The subscriber is back before the gateway is, so that it misses nothing.
    const before = subscriber.subscriptions();
    await broker.start();
    await until('the subscriber is back', () => subscriber.subscriptions() > before);
    const next = gate.launch();
    await next.ready();
    await next.when('the outbox is empty', drained, 60_000);
    await next.stop();
    await until('it says good-bye', () => subscriber.heard().some(({ payload }) => payload.includes('"stopped"')));
    const events = subscriber.events();
    const known = committedRecords(gate.site.state).filter(({ seq }) => seq <= (events.at(-1)?.seq ?? 0));
    expect(known.length).toBeGreaterThan(20);
    expect(deliveryComplaints(known, events)).toEqual([]);
    expect(events.some(({ personal }) => personal?.plate === resident)).toBe(true);
    const retained = subscriber.heard().filter((message) => !message.topic.includes('/event/'));
    for (const { payload } of retained) expect(payload).not.toContain(resident);
    const decision = events.find(({ kind }) => kind === 'decision');
    const explained = await gatehouse(stage, ['explain', String(decision?.seq), ...place, '--lang', 'en']);
    expect(explained.out).toMatch(/platform.*acknowledged/);
  });
});

describe('whatever the platform sends', () => {
  it('opens nothing: it is recorded without its content', async () => {
    const broker = await Broker.make(stage);
    const gate = await oneGate(stage);
    configure(gate, `port: ${broker.port}, tls: false`);
    await broker.publish('gatehouse/e2e/command/east/open', '{"command":"open","lane":"east"}', ['-r']);
    const daemon = gate.launch();
    await daemon.ready();
    await daemon.when('it is connected', drained);
    const hostile = ['', '{', 'x'.repeat(100_000), '{"kind":"requested","request":{"kind":"guardOpen"}}'];
    for (const payload of hostile) await broker.publish('gatehouse/e2e/command/east', payload === '' ? '-' : payload);
    await broker.publish('gatehouse/e2e/command/east', resident, ['-r']);
    await furtherPolls(gate.peer, 1, 10);
    await daemon.stop();
    expect(gate.closings('open')).toEqual([]);
    const db = openForReading(databasePath(gate.site.state));
    const rows = db.prepare("SELECT body FROM journal WHERE kind = 'upstreamIgnored'").all() as { body: string }[];
    db.close();
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.length).toBeLessThan(9);
    expect(JSON.parse(rows[0]?.body ?? '')).toMatchObject({ topic: 'gatehouse/e2e/command/east/open', retained: true });
    expect(rows.map(({ body }) => body).join()).not.toMatch(/guardOpen|"command":"open"|京A71B26/);
  });
});
