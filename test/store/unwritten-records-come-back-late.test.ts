import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { databasePath } from '../../src/store/durable-writer.ts';
import { encodeRecord } from '../../src/store/encode-record.ts';
import { JournalQueue } from '../../src/store/journal-queue.ts';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { importUnwritten, writeUnwritten } from '../../src/store/unwritten.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { decision, HandClock, preparedDir, realClock, record, tempDir } from './support.ts';

const records = [1, 2, 3].map((ref) => encodeRecord(record(ref, { personal: { plate: `京A0000${ref}` } })));
const unwritten = { gateway: 'gw-test', boot: 'b0', atWall: 1_790_000_000_000, records };
const rowsOf = (dir: string) => {
  const reader = openJournalReader(dir);
  try {
    return reader.readFrom(0, 100);
  } finally {
    reader.close();
  }
};
const storeOn = (dir: string, ...spare: string[]): Promise<Store> =>
  openStore(
    { dir, gateway: 'gw-test', boot: 'b1', clock: realClock, ballastBytes: 0, unwrittenDirs: spare },
    { acked: () => {}, refused: () => {}, mended: () => {} },
  );

test('at the next start, from whichever folder: marked late, of their own boot, personal parts too, and the chain verifies', async () => {
  const dir = preparedDir();
  const spare = join(tempDir(), 'run');
  const file = writeUnwritten(spare, unwritten);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const store = await storeOn(dir, spare);
  expect(store.imported).toEqual({ count: 3, files: [file], failed: [] });
  store.journal.append([record(1)]);
  await store.close();
  expect(readdirSync(spare)).toEqual([]);
  expect(rowsOf(dir).map(({ boot, ref, kind, late }) => [boot, ref, kind, late])).toEqual([
    ['b0', 1, 'position', true],
    ['b0', 2, 'position', true],
    ['b0', 3, 'position', true],
    ['b0', null, 'unwrittenImported', true],
    ['b1', 1, 'position', false],
  ]);
  expect(rowsOf(dir)[2]?.personal).toEqual({ plate: '京A00003' });
  expect(verifyJournal(dir).sound).toBe(true);
});

test('never twice: neither those whose commit had succeeded unheard, nor a file that a crash left behind', () => {
  const dir = preparedDir();
  const spare = tempDir();
  const once = writeUnwritten(spare, { ...unwritten, records: records.slice(0, 2) });
  expect(importUnwritten(dir, [spare], randomBytes, 1).count).toBe(2);
  // The file is back, as if the process had died before its removal.
  writeUnwritten(spare, { ...unwritten, records: records.slice(0, 2) });
  expect(importUnwritten(dir, [spare], randomBytes, 1)).toEqual({ count: 0, files: [once], failed: [] });
  expect(rowsOf(dir).map(({ ref }) => ref)).toEqual([1, 2, null]);
});

test('a file that was cut or changed is kept aside, said, and stops neither the others nor the start', async () => {
  const dir = preparedDir();
  const good = writeUnwritten(dir, unwritten);
  const bad = join(dir, 'unwritten-b9.records');
  copyFileSync(good, bad);
  writeFileSync(bad, 'x', { flag: 'a' });
  const store = await storeOn(dir);
  await store.close();
  expect(store.imported).toMatchObject({ count: 3, files: [good], failed: [{ file: bad }] });
  expect(existsSync(`${bad}.damaged`)).toBe(true);
});

test('a one-time use that was granted and not written is spent once they are back (I8)', () => {
  const dir = preparedDir();
  const granted = decision({ rowId: 'r1', spends: true });
  writeUnwritten(dir, { ...unwritten, records: [encodeRecord(record(1, { kind: 'decision', decision: granted }))] });
  expect(importUnwritten(dir, [dir], randomBytes, 1).count).toBe(1);
  const db = new Database(databasePath(dir), { readonly: true });
  expect(db.prepare('SELECT seq, row_id FROM spends').all()).toEqual([{ seq: 1, row_id: 'r1' }]);
  db.close();
});

test('a process that ends again and again on a dead disk fills no folder without limit', () => {
  const spare = tempDir();
  for (let boot = 0; boot < 20; boot += 1) writeUnwritten(spare, { ...unwritten, boot: `b${boot}` });
  expect(() => writeUnwritten(spare, { ...unwritten, boot: 'b20' })).toThrow(/wait in/);
});

test('a folder that is a file is refused by the system’s error, for the next one to be tried', () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'sub'));
  writeFileSync(join(dir, 'sub', 'file'), '');
  expect(() => writeUnwritten(join(dir, 'sub', 'file'), unwritten)).toThrow(/EEXIST|ENOTDIR/);
});

test('a journal that takes over from another writes what it inherits first, marked late', () => {
  const clock = new HandClock();
  const sent: { ref: number | null; late: boolean }[] = [];
  const queue = new JournalQueue(
    { clock },
    { acked: () => {}, refused: () => {}, mended: () => {} },
    { send: (batch) => sent.push(...batch.records.map(({ record: { ref }, late }) => ({ ref, late }))) },
  );
  queue.inherit(records);
  expect(sent).toEqual([1, 2, 3].map((ref) => ({ ref, late: true })));
  queue.append([record(4)]);
  expect(queue.unwritten().map(({ ref }) => ref)).toEqual([1, 2, 3, 4]);
  queue.stop();
});
