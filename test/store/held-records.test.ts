import { describe, expect, test } from 'vitest';
import { prepareStore } from '../../src/store/prepare-store.ts';
import { encodeRecord } from '../../src/store/encode-record.ts';
import { defaultHoldLimits, HeldRecords } from '../../src/store/held-records.ts';
import { type InProcessJournalOptions, openJournalInProcess } from '../../src/store/journal-in-process.ts';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { HandClock, record, tempDir } from './support.ts';

function open(more: Partial<InProcessJournalOptions> = {}, dir = tempDir(), boot = 'b1') {
  const random = (count: number) => Buffer.alloc(count, 7);
  prepareStore({ dir, gateway: 'gw', atWall: 1, random });
  const clock = new HandClock();
  const heard: string[] = [];
  const journal = openJournalInProcess(
    { dir, gateway: 'gw', boot, clock, random, ...more },
    {
      acked: (ref, seq) => heard.push(`acked ${ref} ${seq}`),
      refused: (ref, why) => heard.push(`refused ${ref} ${why.split(':')[0]}`),
      mended: () => heard.push('mended'),
    },
  );
  const rows = () => {
    const reader = openJournalReader(dir);
    const all = reader.readFrom(0, 10_000);
    reader.close();
    return all;
  };
  return { dir, clock, heard, journal, rows };
}

describe('a disk that is slow or refuses', () => {
  test('is refused at 300 ms, not before, then mends with everything in order and marked late', () => {
    let commit = 2000;
    const { clock, heard, journal, rows } = open({ delaysMs: () => ({ commit, answer: 0 }) });
    journal.append([record(1)]);
    clock.turn(299);
    expect(heard).toEqual([]);
    journal.append([record(2), record(3)]);
    clock.turn(1);
    expect(heard).toEqual(['refused 1 journalSlow']);
    commit = 5;
    clock.turn(10_000);
    expect(heard).toEqual(['refused 1 journalSlow', 'acked 1 1', 'acked 3 3', 'mended', 'acked 3 4']);
    expect(
      rows()
        .slice(0, 4)
        .map((row) => [row.ref, row.kind, row.late]),
    ).toEqual([
      [1, 'position', false],
      [2, 'position', true],
      [3, 'position', true],
      [null, 'journalMended', false],
    ]);
    expect(rows()[3]?.body).toMatchObject({ fromRef: 1, toRef: 3, lastedMs: 1705 });
  });

  test('is mended under steady traffic too, once nothing waits for 300 ms any more', () => {
    let commit = 1000;
    const { clock, heard, journal } = open({ delaysMs: () => ({ commit, answer: 0 }) });
    let ref = 0;
    const traffic = (ms: number): void => {
      for (let passed = 0; passed < ms; passed += 50) {
        ref += 1;
        journal.append([record(ref)]);
        clock.turn(50);
      }
    };
    traffic(3000);
    expect(heard.filter((what) => what === 'mended')).toEqual([]);
    // Slower than the traffic, so the queue is never empty; fast enough that nobody waits for long.
    commit = 80;
    traffic(3000);
    expect(heard.filter((what) => what === 'mended')).toEqual(['mended']);
    expect(journal.status()).toMatchObject({ broken: null });
  });

  test('holds what cannot be written and writes it once the disk is back', () => {
    let broken = true;
    const { clock, heard, journal, rows } = open({ refuses: () => (broken ? 'SQLITE_FULL' : null) });
    journal.append([record(1)]);
    clock.turn(5);
    expect(heard).toEqual(['refused 1 SQLITE_FULL']);
    for (let ref = 2; ref <= 50; ref += 1) journal.append([record(ref)]);
    clock.turn(20_000);
    expect(rows()).toEqual([]);
    broken = false;
    clock.turn(10_000);
    expect(heard.slice(1)).toEqual(['acked 50 50', 'mended', 'acked 50 51']);
    expect(rows().map((row) => row.ref)).toEqual([...Array.from({ length: 50 }, (_, at) => at + 1), null]);
    expect(
      rows()
        .slice(0, 50)
        .every((row) => row.late),
    ).toBe(true);
  });

  test('counts the oldest detail past the limit, keeps decisions, and says how many were lost (I6, I15)', () => {
    let broken = true;
    const limits = { ...defaultHoldLimits, records: 100, recordsHard: 150 };
    const { dir, clock, journal, rows } = open({ limits, refuses: () => (broken ? 'SQLITE_IOERR' : null) });
    for (let ref = 1; ref <= 300; ref += 1) {
      journal.append([record(ref, { kind: ref % 10 === 0 ? 'decision' : 'position' })]);
      expect(journal.status().waiting).toBeLessThanOrEqual(101);
    }
    clock.turn(10);
    broken = false;
    clock.turn(10_000);
    const written = rows();
    const lost = written.filter((row) => row.kind === 'recordsLost').map((row) => Number(row.body.count));
    const kept = written.filter((row) => row.ref !== null);
    expect(kept.length + lost.reduce((a, b) => a + b, 0)).toBe(300);
    expect(kept.filter((row) => row.kind === 'decision')).toHaveLength(30);
    expect(kept.at(-1)?.ref).toBe(300);
    expect(kept.map((row) => row.ref)).toEqual(kept.map((row) => row.ref).sort((a, b) => Number(a) - Number(b)));
    expect(verifyJournal(dir).sound).toBe(true);
  });

  test('folds even decisions past the hard limit, so that memory is bounded whatever comes', () => {
    const limits = { ...defaultHoldLimits, records: 50, recordsHard: 60 };
    const { journal } = open({ limits, refuses: () => 'SQLITE_IOERR' });
    for (let ref = 1; ref <= 500; ref += 1) journal.append([record(ref, { kind: 'decision' })]);
    expect(journal.status().waiting).toBeLessThanOrEqual(61);
  });
});

describe('a power cut', () => {
  test('before the commit loses the record and acknowledges nothing', () => {
    const { clock, heard, journal, rows } = open({ crashes: (point) => point === 'beforeCommit' });
    journal.append([record(1)]);
    clock.turn(10_000);
    expect(heard).toEqual([]);
    expect(rows()).toEqual([]);
  });

  test('after the commit keeps the record although nobody heard of it', () => {
    const { dir, clock, heard, journal, rows } = open({ crashes: (point) => point === 'afterCommit' });
    journal.append([record(1)]);
    clock.turn(10_000);
    expect(heard).toEqual([]);
    expect(rows().map((row) => row.ref)).toEqual([1]);
    const next = open({}, dir, 'b2');
    next.journal.append([record(1)]);
    next.clock.turn(100);
    expect(next.rows().map((row) => [row.seq, row.boot])).toEqual([
      [1, 'b1'],
      [2, 'b2'],
    ]);
    expect(verifyJournal(dir).sound).toBe(true);
  });
});

test('one seed gives one chain', () => {
  const hashes = [0, 1].map(() => {
    const { clock, journal, rows } = open();
    for (let ref = 1; ref <= 20; ref += 1) journal.append([record(ref, { personal: { plate: `京A${ref}` } })]);
    clock.turn(1000);
    return rows().at(-1)?.hash;
  });
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
});

test('in a long outage the guard’s press and its release are kept before detail is', () => {
  const held = new HeldRecords({ ...defaultHoldLimits, records: 20, recordsHard: 60 });
  let ref = 0;
  for (let round = 0; round < 7; round += 1)
    for (const kind of ['pressed', 'commanded', 'claimEnded', 'plateRead']) {
      ref += 1;
      held.push(encodeRecord({ ...record(ref), kind }), ref);
    }
  const kinds = held.take(100, 0, 1e9, false).map(({ record: kept }) => kept.kind);
  const count = (kind: string): number => kinds.filter((one) => one === kind).length;
  expect([count('pressed'), count('commanded'), count('claimEnded')]).toEqual([7, 7, 7]);
  expect(count('plateRead')).toBeLessThan(7);
});
