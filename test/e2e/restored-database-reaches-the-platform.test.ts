import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { takeBackup } from '../../src/store/backup.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { deliveryComplaints } from '../upstream/broker.ts';
import { faultOf } from './daemon.ts';
import { Stage } from './harness.ts';
import { committedRecords } from './journal-check.ts';
import { neighbour, resident } from './one-gate.ts';
import { drained, hasCome, inOrder, platform, spoilIndex } from './platform.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const stage = new Stage();
afterAll(() => stage.end());

describe.concurrent('a database that is lost while the gateway runs and records wait for the platform', () => {
  it('keeps none of them from it: those first, then what the restored one records, each lane in order', async () => {
    const { gate, subscriber, pass, leave, comeBack } = await platform(stage);
    const daemon = gate.launch();
    const { boot } = await daemon.ready();
    await pass(daemon, resident);
    await daemon.when('all has been taken', drained);
    takeBackup(gate.site.state, Date.now());
    await pass(daemon, neighbour);
    await daemon.when('what came after the backup has been taken too', drained);
    leave();
    await pass(daemon, resident);
    await daemon.when('its records wait', (status) => (status.upstream?.waiting ?? 0) > 5);
    const lost = committedRecords(gate.site.state);
    rmSync(databasePath(gate.site.state));
    const opened = gate.closings('open').length;
    await daemon.when(
      'another database is in its place',
      (status) => faultOf(status, 'databaseRestored') !== undefined && status.journal.broken === null,
    );
    expect(gate.closings('open')).toHaveLength(opened);
    await pass(daemon, neighbour);
    comeBack();
    const end = await daemon.when('all has been taken again', drained, 30_000);
    expect(end.boot).toBe(boot);
    const all = inOrder(lost, committedRecords(gate.site.state));
    expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(2);
    await hasCome(subscriber, all);
    expect(deliveryComplaints(all, subscriber.events())).toEqual([]);
    expect(faultOf(end, 'upstreamGap')).toBeUndefined();
  });

  it('and whose log alone is lost goes on under the same numbers, and keeps none of them from it either', async () => {
    const { gate, subscriber, pass, leave, comeBack } = await platform(stage);
    const { state } = gate.site;
    const daemon = gate.launch();
    await daemon.ready();
    await pass(daemon, resident);
    await daemon.when('all has been taken', drained);
    leave();
    await pass(daemon, neighbour);
    const before = committedRecords(state);
    rmSync(`${databasePath(state)}-wal`);
    await daemon.when('the loss is seen', (status) => faultOf(status, 'databaseDamaged') !== undefined);
    await daemon.when(
      'the database is open again',
      (status) => faultOf(status, 'databaseDamaged') === undefined && status.journal.broken === null,
    );
    await pass(daemon, resident);
    comeBack();
    const end = await daemon.when('all has been taken again', drained, 30_000);
    const all = inOrder(before, committedRecords(state));
    expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(1);
    expect(all.slice(0, before.length)).toEqual(before);
    await hasCome(subscriber, all);
    expect(deliveryComplaints(all, subscriber.events())).toEqual([]);
    expect(faultOf(end, 'upstreamGap')).toBeUndefined();
    expect(verifyJournal(state).findings).toEqual([]);
  });
});

describe.concurrent('a database that is found damaged at a start while records wait for the platform', () => {
  it('keeps none of them from it that can still be read, not even when the next process is killed meanwhile', async () => {
    const { gate, subscriber, pass, leave, comeBack } = await platform(stage);
    const first = gate.launch();
    await first.ready();
    await pass(first, resident);
    await first.when('all has been taken', drained);
    takeBackup(gate.site.state, Date.now());
    leave();
    await pass(first, neighbour);
    await first.stop();
    const lost = committedRecords(gate.site.state);
    spoilIndex(gate.site.state);
    const second = gate.launch();
    const status = await second.ready();
    expect(faultOf(status, 'databaseRestored')).toBeDefined();
    await pass(second, resident);
    await second.kill();
    const third = gate.launch();
    await third.ready();
    await pass(third, neighbour);
    comeBack();
    const end = await third.when('all has been taken', drained, 30_000);
    const all = inOrder(lost, committedRecords(gate.site.state));
    expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(2);
    await hasCome(subscriber, all);
    expect(deliveryComplaints(all, subscriber.events())).toEqual([]);
    expect(faultOf(end, 'upstreamGap')).toBeUndefined();
  });
});
