import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { BACKUPS_KEPT, takeBackup } from '../../src/store/backup.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { openJournalInProcess } from '../../src/store/journal-in-process.ts';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { buildPath, adoptList } from '../../src/store/list-adopt.ts';
import { buildList, type NewListRow } from '../../src/store/list-file.ts';
import { Lists } from '../../src/store/lists.ts';
import { prepareStore } from '../../src/store/prepare-store.ts';
import { migrate, schemaSteps, schemaVersion } from '../../src/store/schema.ts';
import { openForWriting } from '../../src/store/sqlite.ts';
import { readStateFile, writeStateFile } from '../../src/store/state-file.ts';
import { openStore } from '../../src/store/store.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { decision, HandClock, preparedDir, realClock, record, tempDir } from './support.ts';

const quiet = { acked: () => {}, refused: () => {}, mended: () => {} };

function write(dir: string, boot: string, records: Parameters<typeof record>[1][]): void {
  const clock = new HandClock();
  const random = (count: number) => Buffer.alloc(count, 5);
  const journal = openJournalInProcess({ dir, gateway: 'gw-test', boot, clock, random }, quiet);
  journal.append(records.map((more, at) => record(at + 1, more)));
  clock.turn(1000);
  journal.anchor();
  journal.cutPower();
}

/** Overwrites the middle of a file, as a failing disk does. */
function scribble(path: string, from: number, bytes: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(bytes, 0xa5), 0, bytes, from);
  closeSync(fd);
}

const prepare = (dir: string, atWall = 1_790_000_100_000) => prepareStore({ dir, gateway: 'gw-test', atWall });

const visitor: NewListRow = {
  id: 'visitor-1',
  key: 'plate:京A12345',
  color: null,
  blocked: false,
  enabled: true,
  category: 'visitor',
  lanes: [],
  directions: [],
  validFrom: null,
  validTo: null,
  windows: [],
  permit: 'v1',
  requires: 'any',
  uses: 1,
  holder: null,
  room: null,
  line: 1,
  raw: '京A12345',
};

describe('a damaged database', () => {
  test('is set aside with its WAL, the last good backup goes on in a new epoch, and nothing is deleted', () => {
    const dir = preparedDir();
    write(dir, 'b1', Array(20).fill({}));
    takeBackup(dir, 1_790_000_050_000);
    write(dir, 'b2', Array(10).fill({}));
    scribble(databasePath(dir), 0, 4096);
    const bytes = statSync(databasePath(dir)).size;
    const prepared = prepare(dir);
    expect(prepared).toMatchObject({ kind: 'restored' });
    if (prepared.kind !== 'restored') return;
    expect(statSync(String(prepared.setAside)).size).toBe(bytes);
    const reader = openJournalReader(dir);
    expect(reader.lastSeq()).toBe(20);
    expect(reader.epoch()).toMatchObject({ reason: 'restored', firstSeq: 21 });
    reader.close();
    write(dir, 'b3', Array(3).fill({}));
    expect(verifyJournal(dir)).toMatchObject({
      sound: true,
      records: 23,
      lostInRestores: [{ afterSeq: 20, upToSeq: 30 }],
    });
  });

  test('without any backup gives way to a fresh one, and the gate goes on', () => {
    const dir = preparedDir();
    writeFileSync(databasePath(dir), 'this is no database, but it is what the disk gave back');
    expect(prepare(dir)).toMatchObject({ kind: 'replaced', backup: null, usesKnown: false });
    write(dir, 'b1', [{}]);
    expect(verifyJournal(dir)).toMatchObject({ sound: true, records: 1 });
  });

  test('that is gone while anchors tell of it is replaced, not created', () => {
    const dir = preparedDir();
    write(dir, 'b1', Array(4).fill({}));
    rmSync(databasePath(dir));
    expect(prepare(dir)).toMatchObject({ kind: 'replaced', backup: null, setAside: null, usesKnown: false });
    expect(prepare(dir).kind).toBe('ready');
    write(dir, 'b2', Array(9).fill({}));
    expect(verifyJournal(dir)).toMatchObject({
      sound: true,
      records: 9,
      lostInRestores: [{ by: 'replaced', afterSeq: 0, upToSeq: 4 }],
    });
  });

  test('that is gone leaves a log which is set aside, never played into the next database', () => {
    const dir = preparedDir();
    const db = openForWriting(databasePath(dir));
    db.exec("INSERT INTO kv (key, value, at_wall) VALUES ('ghost', '1', 0)");
    const log = readFileSync(`${databasePath(dir)}-wal`);
    db.close();
    rmSync(databasePath(dir));
    writeFileSync(`${databasePath(dir)}-wal`, log);
    const prepared = prepare(dir);
    expect(prepared).toMatchObject({ kind: 'replaced' });
    if (prepared.kind !== 'replaced') return;
    expect(readFileSync(`${prepared.setAside}-wal`).equals(log)).toBe(true);
    const next = openForWriting(databasePath(dir));
    expect(next.prepare("SELECT count(*) FROM kv WHERE key = 'ghost'").pluck().get()).toBe(0);
    next.close();
  });

  test('passes over a backup that is damaged itself', () => {
    const dir = preparedDir();
    write(dir, 'b1', Array(5).fill({}));
    const good = takeBackup(dir, 1_790_000_050_000);
    write(dir, 'b2', Array(5).fill({}));
    const bad = takeBackup(dir, 1_790_000_060_000);
    scribble(bad.path, 8192, 100);
    rmSync(databasePath(dir));
    expect(prepare(dir)).toMatchObject({ kind: 'restored', backup: good.path, setAside: null });
  });

  test('a one-time credential spent after the last backup does not come back (I8)', () => {
    const dir = preparedDir();
    adoptList(dir, buildList([visitor], buildPath(dir, 'a')), { source: 'test', atWall: 1_790_000_000_000 });
    takeBackup(dir, 1_790_000_050_000);
    write(dir, 'b1', [{ kind: 'decision', decision: decision({ rowId: 'visitor-1', spends: true }) }]);
    const db = new Database(databasePath(dir));
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    // The file's header is gone, so not even the count of uses can be read from it.
    scribble(databasePath(dir), 0, 100);
    expect(prepare(dir)).toMatchObject({ kind: 'restored', usesKnown: false });
    const lists = new Lists(dir, new HandClock(), {});
    lists.refresh();
    expect(lists.lookup({ exact: ['plate:京A12345'], near: [] }).rows[0]?.usesLeft).toBe(0);
    lists.close();
  });

  test('spends that can still be read from the damaged file are brought over', () => {
    const dir = preparedDir();
    const two = { ...visitor, uses: 3 };
    adoptList(dir, buildList([two], buildPath(dir, 'a')), { source: 'test', atWall: 1_790_000_000_000 });
    takeBackup(dir, 1_790_000_050_000);
    write(dir, 'b1', [
      { kind: 'decision', decision: decision({ rowId: 'visitor-1', spends: true }) },
      ...Array<Parameters<typeof record>[1]>(400).fill({ body: { text: 'x'.repeat(500) } }),
    ]);
    const db = new Database(databasePath(dir));
    db.pragma('wal_checkpoint(TRUNCATE)');
    const page = Number(db.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").pluck().get());
    db.close();
    scribble(databasePath(dir), (page - 1) * 4096, 4096);
    expect(prepare(dir)).toMatchObject({ kind: 'restored', usesKnown: true });
    const lists = new Lists(dir, new HandClock(), {});
    lists.refresh();
    expect(lists.lookup({ exact: ['plate:京A12345'], near: [] }).rows[0]?.usesLeft).toBe(2);
    lists.close();
  });
});

describe('starting', () => {
  test('backs the database up before a migration, and migrates once', () => {
    const dir = preparedDir();
    write(dir, 'b1', Array(5).fill({}));
    const db = openForWriting(databasePath(dir));
    const steps = [...schemaSteps, { version: 99, sql: 'CREATE TABLE later (x)' }];
    const backups: number[] = [];
    migrate(db, (from) => backups.push(from), steps);
    migrate(db, (from) => backups.push(from), steps);
    expect(backups).toEqual([1]);
    expect(schemaVersion(db)).toBe(99);
    db.close();
    // The program that knows only version 1 must not touch it, nor call it damaged.
    expect(prepare(dir)).toMatchObject({ kind: 'unusable' });
    expect(readdirSync(dir).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  test('keeps seven backups, each with its checksum', () => {
    const dir = preparedDir();
    write(dir, 'b1', [{}]);
    for (let n = 0; n < BACKUPS_KEPT + 3; n += 1) takeBackup(dir, 1_790_000_000_000 + n * 3_600_000);
    const names = readdirSync(join(dir, 'backups')).sort();
    expect(names.filter((name) => name.endsWith('.db'))).toHaveLength(BACKUPS_KEPT);
    expect(names.filter((name) => name.endsWith('.sha256'))).toHaveLength(BACKUPS_KEPT);
    expect(names).toHaveLength(2 * BACKUPS_KEPT);
  });

  test('the whole store opens, journals, backs up beside the writer, and closes with an anchor', async () => {
    const dir = join(tempDir(), 'data');
    const anchors: number[] = [];
    const store = await openStore(
      { dir, gateway: 'gw', boot: 'b1', clock: realClock, ballastBytes: 0 },
      { ...quiet, anchored: (anchor) => anchors.push(anchor.seq) },
    );
    expect(store.prepared.kind).toBe('created');
    expect(store.lists.lookup({ exact: ['plate:京A12345'], near: [] })).toMatchObject({ available: false, rows: [] });
    store.journal.append([record(1), record(2)]);
    expect(await store.journal.flush(10_000)).toBe(true);
    const backup = await store.backUp();
    expect(readFileSync(`${backup.path}.sha256`, 'utf8')).toBe(backup.sha256);
    expect(store.reader()?.lastSeq()).toBe(2);
    await store.close();
    expect(anchors).toEqual([2]);
    expect(verifyJournal(dir)).toMatchObject({ sound: true, unanchored: 0 });
  });

  test('goes on with a refusing journal where nothing can be written at all', async () => {
    const file = join(tempDir(), 'not-a-directory');
    writeFileSync(file, '');
    const heard: string[] = [];
    const store = await openStore(
      { dir: file, gateway: 'gw', boot: 'b1', clock: realClock },
      { ...quiet, refused: (ref) => heard.push(`refused ${ref}`) },
    );
    expect(store.prepared.kind).toBe('unusable');
    store.journal.append([record(1)]);
    expect(await store.journal.flush(1000)).toBe(false);
    expect(heard).toEqual(['refused 1']);
    expect(store.reader()).toBeNull();
    await store.close();
  });
});

describe('a state file', () => {
  test('is read back, absent when never written, and survives one bad copy', () => {
    const path = join(tempDir(), 'latch');
    expect(readStateFile(path)).toEqual({ kind: 'absent' });
    writeStateFile(path, { latched: false });
    writeStateFile(path, { latched: true });
    expect(readStateFile(path)).toEqual({ kind: 'read', value: { latched: true }, generation: 2, soundCopies: 2 });
    writeFileSync(`${path}.a`, readFileSync(`${path}.a`, 'utf8').replace('true', 'null'));
    expect(readStateFile(path)).toEqual({ kind: 'read', value: { latched: true }, generation: 2, soundCopies: 1 });
  });

  test('says unreadable, not absent, when both copies are bad', () => {
    const path = join(tempDir(), 'latch');
    writeStateFile(path, { latched: true });
    for (const copy of ['a', 'b']) writeFileSync(`${path}.${copy}`, '');
    expect(readStateFile(path).kind).toBe('unreadable');
  });

  test('takes the newer copy when power failed between the two', () => {
    const path = join(tempDir(), 'latch');
    writeStateFile(path, { latched: false });
    const old = readFileSync(`${path}.b`);
    writeStateFile(path, { latched: true });
    writeFileSync(`${path}.b`, old);
    expect(readStateFile(path)).toMatchObject({ value: { latched: true }, generation: 2 });
  });
});
