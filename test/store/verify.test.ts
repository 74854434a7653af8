import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, test } from 'vitest';
import { anchorsPath } from '../../src/store/anchors.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { type InProcessJournal, openJournalInProcess } from '../../src/store/journal-in-process.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { HandClock, preparedDir, record } from './support.ts';

let dir = '';

function journalOf(boot: string): { journal: InProcessJournal; clock: HandClock } {
  const clock = new HandClock();
  const random = (count: number) => Buffer.alloc(count, 3);
  const journal = openJournalInProcess(
    { dir, gateway: 'gw-test', boot, clock, random },
    { acked: () => {}, refused: () => {}, mended: () => {} },
  );
  return { journal, clock };
}

/** 100 records, anchored at 90. */
beforeEach(() => {
  dir = preparedDir();
  const { journal, clock } = journalOf('b1');
  for (let ref = 1; ref <= 90; ref += 1) journal.append([record(ref, { personal: { plate: `京A${10_000 + ref}` } })]);
  clock.turn(1000);
  journal.anchor();
  for (let ref = 91; ref <= 100; ref += 1) journal.append([record(ref)]);
  clock.turn(1000);
  journal.cutPower();
});

/** What somebody with the file and SQLite can do: triggers are no obstacle to them. */
function tamper(sql: string): void {
  const db = new Database(databasePath(dir));
  const triggers = db.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck().all() as string[];
  for (const name of triggers) db.exec(`DROP TRIGGER ${name}`);
  db.exec(sql);
  db.close();
}

const findings = () => verifyJournal(dir).findings.map((finding) => `${finding.kind} ${finding.seq}`);

describe('verify', () => {
  test('finds nothing in a journal left alone, and says what no anchor covers', () => {
    expect(verifyJournal(dir)).toMatchObject({
      sound: true,
      records: 100,
      firstSeq: 1,
      lastSeq: 100,
      anchorsChecked: 1,
      unanchored: 10,
    });
  });

  test.each([
    ['the body of a record', `UPDATE journal SET body = '{"n":0}' WHERE seq = 40`],
    ['a time', 'UPDATE journal SET at_wall = at_wall + 1 WHERE seq = 40'],
    ['a lane', "UPDATE journal SET lane = 'west' WHERE seq = 40"],
    ['the mark of being late', 'UPDATE journal SET late = 1 WHERE seq = 40'],
    ['a commitment', 'UPDATE journal SET commitment = zeroblob(32) WHERE seq = 40'],
    ['a commitment taken away', 'UPDATE journal SET commitment = NULL WHERE seq = 40'],
  ])('finds an edit of %s', (_what, sql) => {
    tamper(sql);
    expect(findings()).toContain('edited 40');
  });

  test('finds a removed record', () => {
    tamper('DELETE FROM journal WHERE seq = 40; DELETE FROM personal WHERE seq = 40');
    expect(findings()).toEqual(['gap 41', 'edited 41']);
  });

  test('finds a removed record even when the rest is numbered anew', () => {
    tamper('DELETE FROM personal; DELETE FROM journal WHERE seq = 40; UPDATE journal SET seq = seq - 1 WHERE seq > 40');
    expect(findings()).toContain('edited 40');
  });

  test('finds a journal cut off before its last anchor', () => {
    tamper('DELETE FROM journal WHERE seq > 80; DELETE FROM personal WHERE seq > 80');
    expect(findings()).toEqual(['truncated 90']);
  });

  test('cannot see a cut after the last anchor, and says so in `unanchored`', () => {
    tamper('DELETE FROM journal WHERE seq > 95');
    expect(verifyJournal(dir)).toMatchObject({ sound: true, unanchored: 5 });
  });

  test('finds a history rewritten whole, with every hash made anew', () => {
    tamper('DELETE FROM journal WHERE seq > 39; DELETE FROM personal WHERE seq > 39');
    const { journal, clock } = journalOf('b2');
    for (let ref = 1; ref <= 61; ref += 1) journal.append([record(ref)]);
    clock.turn(1000);
    journal.cutPower();
    expect(findings()).toEqual(['anchorMismatch 90']);
  });

  test('finds personal data changed, gone without a record of it, or added', () => {
    tamper(`UPDATE personal SET json = '{"plate":"京A00000"}' WHERE seq = 10; DELETE FROM personal WHERE seq = 11;
      INSERT INTO personal_deletions VALUES (11, 1, 'not on the chain');
      INSERT INTO personal VALUES (95, zeroblob(16), '{}'); INSERT INTO personal VALUES (9999, zeroblob(16), '{}')`);
    expect(findings().sort()).toEqual([
      'personalAdded 95',
      'personalAdded 9999',
      'personalEdited 10',
      'personalMissing 11',
    ]);
  });

  test('finds damaged anchors, and a torn last line swallows no later anchor', () => {
    appendFileSync(anchorsPath(dir), '{"gateway":"gw-te');
    const { journal } = journalOf('b2');
    journal.anchor();
    journal.cutPower();
    expect(verifyJournal(dir)).toMatchObject({ anchorsChecked: 2, unanchored: 0 });
    expect(findings()).toEqual(['anchorUnreadable null']);
  });

  test('changes no file', () => {
    const before = [readFileSync(databasePath(dir)), readFileSync(anchorsPath(dir))];
    verifyJournal(dir);
    expect([readFileSync(databasePath(dir)), readFileSync(anchorsPath(dir))]).toEqual(before);
  });

  test('an anchor edited to hide a cut no longer matches', () => {
    const anchor = JSON.parse(readFileSync(anchorsPath(dir), 'utf8')) as Record<string, unknown>;
    writeFileSync(anchorsPath(dir), `${JSON.stringify({ ...anchor, seq: 80 })}\n`);
    expect(findings()).toEqual(['anchorMismatch 80']);
  });

  test('finds a journal made anew in the place of another, which no restore explains', () => {
    const anchors = readFileSync(anchorsPath(dir));
    dir = preparedDir();
    writeFileSync(anchorsPath(dir), anchors);
    for (const records of [3, 100]) {
      const { journal, clock } = journalOf(`b-${records}`);
      for (let ref = 1; ref <= records; ref += 1) journal.append([record(ref)]);
      clock.turn(1000);
      journal.cutPower();
      expect(verifyJournal(dir)).toMatchObject({ sound: false, findingCount: 1, lostInRestores: [] });
      expect(findings()).toEqual(['epochUnknown 90']);
    }
  });
});
