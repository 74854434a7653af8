import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { takeBackup } from '../../src/store/backup.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { deliveryComplaints } from '../upstream/broker.ts';
import { faultOf, gatehouse } from './daemon.ts';
import { Stage } from './harness.ts';
import { committedRecords } from './journal-check.ts';
import { resident } from './one-gate.ts';
import { drained, fillJournal, hasCome, platform } from './platform.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

/** More than a backup takes of the journal, so that what is oldest is only in the database. */
const recorded = 20_300;
const inBackup = 20_000;

it('records that no database holds any more are named to everybody, and the platform gets all others', async () => {
  const { gate, subscriber, pass } = await platform(stage);
  const { state } = gate.site;
  fillJournal(state, recorded);
  takeBackup(state, Date.now());
  writeFileSync(databasePath(state), Buffer.alloc(8192, 0x5a));
  rmSync(`${databasePath(state)}-wal`, { force: true });
  const daemon = gate.launch();
  await daemon.ready();
  const status = await daemon.when('the gap is named', (now) => faultOf(now, 'upstreamGap') !== undefined);
  const missing = recorded - inBackup;
  expect(faultOf(status, 'upstreamGap')).toMatchObject({
    subject: 'upstream',
    detail: { fromSeq: 1, toSeq: missing, missing },
  });
  await pass(daemon, resident);
  const end = await daemon.when('all others have been taken', drained, 60_000);
  expect(faultOf(end, 'upstreamGap')).toBeDefined();
  const place = ['--config', gate.site.config, '--state', state];
  const [zh, en] = await Promise.all([
    gatehouse(stage, ['faults', ...place, '--lang', 'zh']),
    gatehouse(stage, ['watch', '--once', ...place, '--lang', 'en']),
  ]);
  expect(zh.out).toMatch(/upstreamGap.*\n.*平台可能缺这一段.*\n.*自编号=1\D+至编号=300\D+缺少条数=300\b/);
  expect(en.out).toMatch(/upstream upstreamGap .*Records are gone from the database/);
  const records = committedRecords(state);
  expect(records[0]?.seq).toBe(missing + 1);
  await hasCome(subscriber, records);
  expect(deliveryComplaints(records, subscriber.events())).toEqual([]);
  const told = subscriber.events().find(({ kind }) => kind === 'upstreamGap');
  expect(told?.body).toEqual({ fromSeq: 1, toSeq: missing });
  const retained = subscriber.heard().findLast(({ topic }) => topic.endsWith('/faults'));
  expect(JSON.parse(retained?.payload ?? '{}')).toMatchObject({
    faults: expect.arrayContaining([expect.objectContaining({ code: 'upstreamGap' })]),
  });
});
