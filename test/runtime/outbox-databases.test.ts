import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { OutboxDatabases } from '../../src/runtime/outbox-databases.ts';
import type { Gap } from '../../src/runtime/upstream-protocol.ts';
import { writeAnchor } from '../../src/store/anchors.ts';
import { takeBackup } from '../../src/store/backup.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { encodeRecord } from '../../src/store/encode-record.ts';
import { currentEpoch } from '../../src/store/epoch.ts';
import { JournalWriter } from '../../src/store/journal-writer.ts';
import { runOperation } from '../../src/store/operations.ts';
import { prepareStore } from '../../src/store/prepare-store.ts';
import { openForWriting } from '../../src/store/sqlite.ts';
import type { OutboxSource } from '../../src/upstream/outbox.ts';
import type { JournalRow } from '../../src/upstream/messages.ts';
import { spoilIndex } from '../e2e/platform.ts';
import { record, tempDir } from '../store/support.ts';

let dir: string;
let wall = 1_790_000_000_000;
beforeEach(() => {
  dir = tempDir();
});

/** Prepares, appends so many records, and says in which epoch. */
function grow(count: number): { readonly epoch: string; readonly setAside: string | null } {
  wall += 1000;
  const prepared = prepareStore({ dir, gateway: 'gw-test', atWall: wall });
  const db = openForWriting(databasePath(dir));
  const boot = `b${wall}`;
  const records = Array.from({ length: count }, (_, at) => ({ late: false, record: encodeRecord(record(at + 1)) }));
  new JournalWriter(db, { boot, random: randomBytes }).commit({ id: 0, records, operations: [], again: false });
  const epoch = currentEpoch(db)?.epoch ?? '';
  db.close();
  return { epoch, setAside: 'setAside' in prepared ? prepared.setAside : null };
}

function remove(): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${databasePath(dir)}${suffix}`, { force: true });
}

/** Of this process; a removed one keeps its old name there. */
function databaseFilesOpen(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(databasePath(dir));
    } catch {
      return false;
    }
  }).length;
}

/** An outbox whose progress is in our hands. */
function databases() {
  const clock = new ManualClock();
  const missing: Gap[] = [];
  const drained: number[] = [];
  const outbox = { source: null as OutboxSource<JournalRow> | null, acknowledged: 0, last: 0 };
  const it = new OutboxDatabases({
    clock,
    outbox: {
      attach(source, acknowledged, last) {
        Object.assign(outbox, { source, acknowledged: acknowledged?.seq ?? 0, last });
      },
      detach() {
        outbox.source = null;
      },
      status: () => ({ ...outbox, waiting: outbox.last - outbox.acknowledged }) as never,
    },
    missing: (gap) => void missing.push(gap),
    drains: (database) => void drained.push(database),
    log: () => undefined,
  });
  const acknowledge = (seq: number): void => {
    outbox.acknowledged = seq;
    it.look();
  };
  /** What the outbox would send next, as `epoch/seq`. */
  const next = (): string[] =>
    (outbox.source?.readFrom(outbox.acknowledged, 100, 1e6) ?? []).map((row) => `${row.epoch}/${row.seq}`);
  return { it, clock, missing, drained, outbox, acknowledge, next };
}

const names = (epoch: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `${epoch}/${from + at}`);

describe('a database that was damaged where it lies', () => {
  it('is let go, and drained from where it was set aside; then the one in its place from where it goes on', () => {
    const { epoch: a } = grow(5);
    takeBackup(dir, wall);
    grow(5);
    const { it: all, missing, acknowledge, next, outbox, drained } = databases();
    all.attach({ dir, database: 1, replaced: null });
    acknowledge(7);
    all.detach();
    expect(outbox.source).toBeNull();
    spoilIndex(dir);
    const { epoch: b, setAside } = grow(3);
    expect(setAside).not.toBeNull();
    all.attach({ dir, database: 2, replaced: { path: setAside } });
    expect(next()).toEqual(names(a, 8, 10));
    acknowledge(10);
    expect(next()).toEqual(names(b, 6, 8));
    expect(drained).toEqual([1, 0, 2]);
    expect(missing).toEqual([]);
  });

  it('and cannot be read is told as missing from where the platform had got to', () => {
    const { epoch: a } = grow(5);
    takeBackup(dir, wall);
    grow(5);
    const { it: all, missing, acknowledge, next } = databases();
    all.attach({ dir, database: 1, replaced: null });
    acknowledge(7);
    all.detach();
    writeFileSync(databasePath(dir), Buffer.alloc(8192, 0x5a));
    const { epoch: b, setAside } = grow(1);
    all.attach({ dir, database: 2, replaced: { path: setAside } });
    expect(missing).toEqual([{ epoch: a, fromSeq: 8, toSeq: 10 }]);
    expect(next()).toEqual(names(b, 6, 6));
  });

  it('and is sound after all goes on where it was', () => {
    const { epoch: a } = grow(5);
    const { it: all, missing, acknowledge, next } = databases();
    all.attach({ dir, database: 1, replaced: null });
    acknowledge(3);
    all.detach();
    grow(1);
    all.attach({ dir, database: 2, replaced: null });
    expect(next()).toEqual(names(a, 4, 6));
    expect(missing).toEqual([]);
  });
});

describe('a database whose file is gone', () => {
  it('is drained from what is still open, before the one in its place', () => {
    const { epoch: a } = grow(5);
    const { it: all, missing, acknowledge, next } = databases();
    all.attach({ dir, database: 1, replaced: null });
    acknowledge(2);
    remove();
    all.detach();
    writeAnchor(dir, { gateway: 'gw-test', epoch: a, seq: 5, hash: '', atWall: wall });
    const { epoch: b } = grow(2);
    all.attach({ dir, database: 2, replaced: { path: null } });
    expect(next()).toEqual(names(a, 3, 5));
    acknowledge(5);
    expect(next()).toEqual(names(b, 1, 2));
    expect(missing).toEqual([]);
  });

  it('and can be read no more is given up after three seconds, and told', async () => {
    const { epoch: a } = grow(5);
    const { it: all, clock, missing, acknowledge, next } = databases();
    all.attach({ dir, database: 1, replaced: null });
    acknowledge(2);
    remove();
    all.detach();
    writeAnchor(dir, { gateway: 'gw-test', epoch: a, seq: 5, hash: '', atWall: wall });
    const { epoch: b } = grow(2);
    all.attach({ dir, database: 2, replaced: { path: null } });
    for (let second = 0; second < 2; second += 1) all.unreadable(new Error('disk I/O error'));
    await clock.pass(10);
    expect(missing).toEqual([]);
    all.unreadable(new Error('disk I/O error'));
    await clock.pass(10);
    expect(missing).toEqual([{ epoch: a, fromSeq: 3, toSeq: 5 }]);
    expect(next()).toEqual(names(b, 1, 2));
  });

  it('before this process began is told by the anchors', () => {
    const { epoch: a } = grow(5);
    takeBackup(dir, wall);
    grow(5);
    writeAnchor(dir, { gateway: 'gw-test', epoch: a, seq: 9, hash: '', atWall: wall });
    remove();
    const { epoch: b } = grow(2);
    const { it: all, missing, next } = databases();
    all.attach({ dir, database: 1, replaced: { path: null } });
    expect(missing).toEqual([{ epoch: a, fromSeq: 6, toSeq: 9 }]);
    expect(next()).toEqual([...names(a, 1, 5), ...names(b, 6, 7)]);
  });

  it('again and again holds no more than eight others open, and those given up are told', () => {
    grow(2);
    const { it: all, missing, drained } = databases();
    all.attach({ dir, database: 1, replaced: null });
    const epochs: string[] = [];
    for (let database = 2; database <= 12; database += 1) {
      const before = databaseFilesOpen();
      remove();
      all.detach();
      writeAnchor(dir, { gateway: 'gw-test', epoch: 'x', seq: 1, hash: '', atWall: wall });
      epochs.push(grow(2).epoch);
      all.attach({ dir, database, replaced: { path: null } });
      if (database > 10) expect(databaseFilesOpen()).toBe(before);
    }
    expect(missing).toEqual(epochs.slice(0, 3).map((epoch) => ({ epoch, fromSeq: 1, toSeq: 2 })));
    expect(drained).toEqual([1]);
    all.close();
  });
});

it('a database that cannot be opened yet is tried again each second', async () => {
  const { it: all, clock, drained, next } = databases();
  all.attach({ dir, database: 1, replaced: null });
  await clock.pass(3000);
  expect(drained).toEqual([]);
  const { epoch } = grow(2);
  await clock.pass(1000);
  expect(drained).toEqual([1]);
  expect(next()).toEqual(names(epoch, 1, 2));
});

it('a restored database goes on from its own cursor where that is further than what is remembered', () => {
  const { epoch: a } = grow(5);
  const db = openForWriting(databasePath(dir));
  runOperation(db, { kind: 'advanceCursor', consumer: 'upstream', epoch: a, seq: 4, atWall: wall }, 'b');
  db.close();
  const { it: all, next } = databases();
  all.attach({ dir, database: 1, replaced: null });
  expect(next()).toEqual(names(a, 5, 5));
});
