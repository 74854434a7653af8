import { expect, test } from 'vitest';
import { databasePath } from '../../src/store/durable-writer.ts';
import { encodeRecord } from '../../src/store/encode-record.ts';
import { JournalWriter } from '../../src/store/journal-writer.ts';
import { openForWriting } from '../../src/store/sqlite.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { decision, preparedDir, record } from './support.ts';

test('a commit that failed in its fsync but is on disk after all is taken as written when it is tried again', () => {
  const dir = preparedDir();
  const spends = decision({ rowId: 'visitor', spends: true });
  const records = [record(1), record(2, { kind: 'decision', cause: 1, decision: spends })].map((item) => ({
    record: encodeRecord(item),
    late: false,
  }));
  const db = openForWriting(databasePath(dir));
  const random = (count: number) => Buffer.alloc(count);
  expect(new JournalWriter(db, { boot: 'b1', random }).commit({ id: 1, records, operations: [], again: false })).toBe(
    2,
  );
  // A new writer, as after the reopening that a failed fsync demands; one more record has joined the batch meanwhile.
  const batch = {
    id: 2,
    records: [...records, { record: encodeRecord(record(3)), late: true }],
    operations: [],
    again: true,
  };
  expect(new JournalWriter(db, { boot: 'b1', random }).commit(batch)).toBe(3);
  expect(db.prepare('SELECT ref, kind, late FROM journal ORDER BY seq').raw().all()).toEqual([
    [1, 'position', 0],
    [2, 'decision', 0],
    [3, 'position', 1],
  ]);
  expect(db.prepare('SELECT count(*) FROM spends').pluck().get()).toBe(1);
  db.close();
  expect(verifyJournal(dir).sound).toBe(true);
});
