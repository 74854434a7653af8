import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/core/io.ts';
import { LateStore } from '../../src/runtime/late-store.ts';

const record = (ref: number): JournalRecord => ({
  ...{ ref, kind: 'pressed', lane: 'east', cause: null, body: {} },
  at: { mono: ref, wall: ref, wallTrusted: false },
});

const real = () => {
  const appended: number[] = [];
  const journal = {
    append: (records: readonly JournalRecord[]) => {
      appended.push(...records.map(({ ref }) => ref));
    },
    hasRoom: () => true,
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(),
  };
  const facts = { listVersion: 'v1', listAgeMs: 1, rows: [], near: [], lookupUs: 1, available: true };
  return { appended, journal, lists: { lookup: () => facts } };
};

describe('before the database is open', () => {
  it('records wait in their order and come first, and nothing is said to be known', () => {
    const late = new LateStore(() => undefined);
    late.append([record(1)]);
    late.append([record(2), record(3)]);
    expect(late.lookup({ exact: ['plate:京A10001'], near: [] })).toMatchObject({ available: false, rows: [] });
    const { appended, journal, lists } = real();
    expect(late.attach(journal, lists)).toEqual({ waited: 3, lost: 0 });
    late.append([record(4)]);
    expect(appended).toEqual([1, 2, 3, 4]);
    expect(late.lookup({ exact: [], near: [] }).available).toBe(true);
  });

  it('and again when it is lost in mid-run: records wait for the next one, and the list goes on serving', () => {
    const late = new LateStore(() => undefined);
    const first = real();
    late.attach(first.journal, first.lists);
    late.append([record(1)]);
    late.detach();
    late.append([record(2)]);
    expect(late.lookup({ exact: [], near: [] }).available).toBe(true);
    const second = real();
    expect(late.attach(second.journal, second.lists)).toEqual({ waited: 1, lost: 0 });
    expect([first.appended, second.appended]).toEqual([[1], [2]]);
  });

  it('a start that never ends keeps the newest, counts what it lost, and tells that the limit is reached', () => {
    const told: number[] = [];
    const late = new LateStore((most) => told.push(most));
    for (let ref = 1; ref <= 20_000; ref += 1) late.append([record(ref)]);
    expect(told).toEqual([]);
    for (let ref = 20_001; ref <= 20_005; ref += 1) late.append([record(ref)]);
    expect(told).toEqual([20_000, 20_000, 20_000, 20_000, 20_000]);
    const { appended, journal, lists } = real();
    expect(late.attach(journal, lists)).toEqual({ waited: 20_000, lost: 5 });
    expect([appended[0], appended.at(-1)]).toEqual([6, 20_005]);
  });
});
