import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { databasePath } from '../../src/store/durable-writer.ts';
import { recordJson } from '../../src/store/encode-record.ts';
import { openJournal } from '../../src/store/journal.ts';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { assertDurable, openForWriting } from '../../src/store/sqlite.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { decision, preparedDir, realClock, record, tempDir, until } from './support.ts';

async function open(dir: string, boot = 'b1') {
  const acks: { ref: number; seq: number; at: number }[] = [];
  const refusals: string[] = [];
  const journal = openJournal(
    { dir, gateway: 'gw-test', boot, clock: realClock, ballastBytes: 0 },
    {
      acked: (ref, seq, at) => acks.push({ ref, seq, at }),
      refused: (ref, why) => refusals.push(`${ref} ${why}`),
      mended: () => refusals.push('mended'),
    },
  );
  await journal.ready;
  return { journal, acks, refusals };
}

describe('the journal', () => {
  test('acknowledges in order, and what is acknowledged can be read by another connection', async () => {
    const dir = preparedDir();
    const { journal, acks } = await open(dir);
    journal.append([record(1), record(2, { cause: 1, command: 'b1.1', passage: 7 })]);
    await until('ref 2 acknowledged', () => acks.at(-1)?.ref === 2);
    const reader = openJournalReader(dir);
    const rows = reader.readFrom(0, 10);
    expect(rows.map((row) => [row.seq, row.ref, row.causeSeq, row.command, row.passage, row.late])).toEqual([
      [1, 1, null, null, null, false],
      [2, 2, 1, 'b1.1', 7, false],
    ]);
    expect(acks.at(-1)?.seq).toBe(2);
    expect(acks.at(-1)?.at).toBeLessThanOrEqual(realClock.mono());
    reader.close();
    await journal.close();
  });

  test('numbers a second boot on from the first and keeps its refs apart (I6)', async () => {
    const dir = preparedDir();
    for (const boot of ['b1', 'b2']) {
      const { journal } = await open(dir, boot);
      journal.append([record(1), record(2, { cause: 1 })]);
      expect(await journal.flush(10_000)).toBe(true);
      await journal.close();
    }
    const reader = openJournalReader(dir);
    expect(reader.readFrom(0, 10).map((row) => [row.seq, row.boot, row.ref, row.causeSeq])).toEqual([
      [1, 'b1', 1, null],
      [2, 'b1', 2, 1],
      [3, 'b2', 1, null],
      [4, 'b2', 2, 3],
    ]);
    reader.close();
    const report = verifyJournal(dir);
    expect(report).toMatchObject({ sound: true, records: 4, anchorsChecked: 2, unanchored: 0 });
  });

  test('knows which record was passed over on the way to the platform, by its number and epoch', async () => {
    const dir = preparedDir();
    const { journal } = await open(dir);
    journal.append([record(1), record(2)]);
    await journal.flush(10_000);
    const reader = openJournalReader(dir);
    const [first, second] = reader.readFrom(0, 2);
    if (first === undefined || second === undefined) throw new Error('no records');
    journal.append([record(3, { kind: 'upstreamSkipped', body: { epoch: first.epoch, seq: 1, reason: 'closed' } })]);
    await journal.flush(10_000);
    expect([first, second].map((each) => reader.wasPassedOver(each))).toEqual([true, false]);
    expect(reader.wasPassedOver({ seq: 1, epoch: 'other' })).toBe(false);
    reader.close();
    await journal.close();
  });

  test('stores the decision with all reasons, and no plate of a suggestion outside the personal part (I11, I14)', async () => {
    const dir = preparedDir();
    const { journal } = await open(dir);
    const asked = decision({ outcome: 'referred', suggestion: { key: 'plate:京A12345', rowId: 'r9', changed: 6 } });
    journal.append([record(1, { kind: 'decision', decision: asked, personal: { plate: '京A1234S' } })]);
    await journal.flush(10_000);
    const reader = openJournalReader(dir);
    const row = reader.bySeq(1);
    expect(row?.body.decision).toMatchObject({ outcome: 'referred', suggestion: { rowId: 'r9', changed: 6 } });
    expect(JSON.stringify(row?.body)).not.toContain('12345');
    expect(row?.personal).toEqual({ plate: '京A1234S', suggestion: 'plate:京A12345' });
    reader.close();
    await journal.close();
  });

  test('refuses UPDATE and DELETE on records, and unrecorded deletion of personal data', async () => {
    const dir = preparedDir();
    const { journal } = await open(dir);
    journal.append([record(1, { personal: { plate: '京A12345' } })]);
    await journal.flush(10_000);
    const db = new Database(databasePath(dir));
    expect(() => db.exec('UPDATE journal SET lane = NULL')).toThrow(/append-only/);
    expect(() => db.exec('DELETE FROM journal')).toThrow(/append-only/);
    expect(() => db.exec('DELETE FROM personal')).toThrow(/recorded first/);
    expect(() => db.exec("UPDATE personal SET json = '{}'")).toThrow(/never changed/);
    db.close();
    await journal.close();
  });

  test('deletes personal data on record, and the chain still verifies', async () => {
    const dir = preparedDir();
    const { journal } = await open(dir);
    journal.append([1, 2, 3].map((ref) => record(ref, { personal: { plate: `京A0000${ref}` } })));
    await journal.flush(10_000);
    await journal.run({
      kind: 'deletePersonal',
      fromSeq: 1,
      toSeq: 2,
      reason: 'retention',
      atMono: 1,
      atWall: realClock.wall(),
    });
    const reader = openJournalReader(dir);
    expect(reader.readFrom(0, 10).map((row) => row.personal)).toEqual([null, null, { plate: '京A00003' }, null]);
    expect(reader.bySeq(4)).toMatchObject({
      kind: 'personalDeleted',
      body: { fromSeq: 1, toSeq: 2, reason: 'retention' },
    });
    reader.close();
    await journal.close();
    expect(verifyJournal(dir)).toMatchObject({ sound: true, records: 4, personalDeleted: 2 });
  });

  test('keeps faults, values and cursors, and never moves a cursor back', async () => {
    const dir = preparedDir();
    const { journal } = await open(dir);
    const since = { mono: 5, wall: 6, wallTrusted: false };
    await journal.run({ kind: 'raiseFault', code: 'listTooOld', subject: 'site', detail: { days: 3 }, since });
    await journal.run({ kind: 'raiseFault', code: 'boomStuck', subject: 'east-in', detail: {}, since });
    await journal.run({ kind: 'clearFault', code: 'boomStuck', subject: 'east-in' });
    await journal.run({ kind: 'setValue', key: 'k', value: { a: [1, 'x'] }, atWall: 1 });
    for (const seq of [5, 3])
      await journal.run({ kind: 'advanceCursor', consumer: 'mqtt', epoch: 'e', seq, atWall: 1 });
    const reader = openJournalReader(dir);
    expect(reader.faults()).toEqual([{ code: 'listTooOld', subject: 'site', detail: { days: 3 }, since, boot: 'b1' }]);
    expect(reader.value('k')).toEqual({ a: [1, 'x'] });
    expect(reader.cursor('mqtt')).toEqual({ epoch: 'e', seq: 5 });
    reader.close();
    await journal.close();
  });

  test('a ref used twice is said in the journal and stops nothing', async () => {
    const dir = preparedDir();
    const { journal } = await open(dir);
    journal.append([record(1), record(1), record(2)]);
    expect(await journal.flush(10_000)).toBe(true);
    const reader = openJournalReader(dir);
    expect(reader.readFrom(0, 10).map((row) => row.kind)).toEqual(['position', 'recordDuplicated', 'position']);
    reader.close();
    await journal.close();
  });

  test('a directory that cannot be written shows as a refusal, and mends when it can', async () => {
    const dir = `${tempDir()}/not-there-yet`;
    const { journal, acks, refusals } = await open(dir);
    journal.append([record(1)]);
    await until('refused', () => refusals.length === 1);
    expect(refusals[0]).toMatch(/^1 /);
    const { mkdirSync } = await import('node:fs');
    mkdirSync(dir);
    await until('mended', () => refusals.includes('mended'));
    await journal.flush(10_000);
    expect(acks[0]?.ref).toBe(1);
    const reader = openJournalReader(dir);
    expect(reader.readFrom(0, 10).map((row) => [row.kind, row.late])).toEqual([
      ['position', true],
      ['journalMended', false],
    ]);
    reader.close();
    await journal.close();
  });
});

test('a connection that would commit without fsync is refused', () => {
  const dir = tempDir();
  const db = openForWriting(`${dir}/a.db`);
  expect(db.pragma('synchronous', { simple: true })).toBe(2);
  db.pragma('synchronous = NORMAL');
  expect(() => assertDurable(db)).toThrow(/synchronous is 1/);
  db.close();
});

test('a record is written as JSON in its own order, and survives what is no JSON', () => {
  expect(recordJson({ b: 1, a: { d: undefined, c: Number.NaN } })).toBe('{"b":1,"a":{"c":null}}');
  const round: Record<string, unknown> = {};
  round.self = round;
  expect(recordJson(round)).toContain('tooDeep');
  expect(recordJson({ text: 'x'.repeat(300_000) })).toMatch(/^\{"tooLong":\d+\}$/);
});
