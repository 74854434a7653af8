import { randomBytes } from 'node:crypto';
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DurableWriter, databasePath } from '../../src/store/durable-writer.ts';
import { encodeRecord } from '../../src/store/encode-record.ts';
import { type Db, findDamage, openForReading, openForWriting } from '../../src/store/sqlite.ts';
import { pagesOf } from '../../src/store/write-ahead-log.ts';
import { preparedDir, record, tempDir } from './support.ts';

let dir: string;
let writer: DurableWriter;
let watcher: Db;
let ref: number;

beforeEach(() => {
  dir = preparedDir();
  ref = 0;
  const clock = { mono: () => 1000 + ref, wall: () => 1_790_000_000_000 + ref };
  writer = new DurableWriter(
    { dir, gateway: 'gw-test', boot: 'b1', random: randomBytes, ballastBytes: 0, ...clock },
    () => {},
  );
  writer.prepare();
  watcher = openForWriting(databasePath(dir));
});

afterEach(() => {
  watcher.close();
  writer.close();
});

const logBytes = (): number => statSync(`${databasePath(dir)}-wal`).size;
const databaseBytes = (): number => statSync(databasePath(dir)).size;

function commitUntil(pages: number): void {
  for (let rounds = 0; pagesOf(watcher) < pages; rounds += 1) {
    if (rounds > 2000) throw new Error('the log does not grow');
    ref += 1;
    const bulky = encodeRecord(record(ref, { body: { text: 'x'.repeat(20_000) } }));
    const reply = writer.commit({ id: ref, records: [{ record: bulky, late: false }], operations: [], again: false });
    if (reply.kind !== 'committed') throw new Error(JSON.stringify(reply));
  }
}

describe('the write-ahead log', () => {
  test('is made as long as it will get before the first record, so that no fsync of a commit has to grow the file', () => {
    const before = logBytes();
    expect(pagesOf(watcher)).toBeLessThan(50);
    commitUntil(1000);
    expect(logBytes()).toBe(before);
  });

  test('is written back to the database after the answer, not inside a commit', () => {
    const before = databaseBytes();
    commitUntil(1500);
    expect(databaseBytes()).toBe(before);
    writer.tidy();
    expect(pagesOf(watcher)).toBe(0);
    expect(databaseBytes()).toBeGreaterThan(before);
  });

  test('short of its limit is left alone by tidying', () => {
    commitUntil(100);
    const pages = pagesOf(watcher);
    writer.tidy();
    expect(pagesOf(watcher)).toBe(pages);
  });

  test('lengthened beforehand brings nothing of that back after a power cut', () => {
    commitUntil(60);
    const after = join(tempDir(), 'gatehouse.db');
    copyFileSync(databasePath(dir), after);
    copyFileSync(`${databasePath(dir)}-wal`, `${after}-wal`);
    const found = openForWriting(after);
    expect(findDamage(found, 'full')).toBeNull();
    expect(found.prepare("SELECT count(*) FROM kv WHERE key = 'growLog'").pluck().get()).toBe(0);
    expect(found.prepare('SELECT count(*) FROM journal WHERE boot = ?').pluck().get('b1')).toBe(ref);
    found.close();
  });

  test('is long again when the writer opens anew after a failure', () => {
    commitUntil(60);
    watcher.close();
    writer.close();
    watcher = openForReading(databasePath(dir));
    writer.prepare();
    expect(logBytes()).toBeGreaterThan(4_000_000);
  });
});
