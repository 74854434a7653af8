/** A boom's travel is learned over weeks; a restart takes it up where it was (gate.md "Portals"). */
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/core/io.ts';
import { beginSite } from '../../src/core/site-state.ts';
import { step } from '../../src/core/step.ts';
import { travelRecalled, travelToKeep } from '../../src/runtime/travel-memory.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { runOperation } from '../../src/store/operations.ts';
import { openForWriting } from '../../src/store/sqlite.ts';
import { eastLane } from '../core/lane-fixtures.ts';
import { siteModel } from '../core/lane-site.ts';
import { preparedDir } from '../store/support.ts';

const now = { mono: 5, wall: 1_790_000_000_000, wallTrusted: true };
const body = { device: 'board', toward: 'open', configuredMs: 2000, p95Ms: 1600, firstMs: 1600, limitMs: 3200 };
const learned = (samples: readonly number[], lane: string | null = 'east'): JournalRecord => ({
  ...{ ref: 1, kind: 'travelLearned', lane, at: now, cause: null },
  body: { ...body, samples },
});
const model = siteModel({ lanes: [eastLane(), { ...eastLane(), id: 'west' }] });

describe('what was learned of a boom', () => {
  it('is kept in the database, the newest in place of the older, and handed to the core of the next start', () => {
    const dir = preparedDir();
    const db = openForWriting(databasePath(dir));
    for (const samples of [[1500], new Array<number>(20).fill(1600)]) {
      const operation = travelToKeep(learned(samples));
      if (operation === null) throw new Error('not kept');
      runOperation(db, operation, 'boot');
    }
    db.close();
    const reader = openJournalReader(dir);
    const request = travelRecalled(model, (key) => reader.value(key));
    reader.close();
    if (request === null) throw new Error('nothing was found');
    const { site } = step(beginSite(model, 'next', 0), { kind: 'requested', now, request, facts: null });
    expect(site.lanes.east?.travel.open.samples).toEqual(new Array(20).fill(1600));
    expect(site.lanes.west?.travel.open.samples).toEqual([]);
  });

  it('is nothing where nothing was kept, or what is kept cannot be read', () => {
    expect(travelRecalled(model, () => undefined)).toBeNull();
    expect(travelRecalled(model, () => [1, 2])).toBeNull();
    const broken = () => {
      throw new SyntaxError('no JSON');
    };
    expect(travelRecalled(model, broken)).toBeNull();
  });

  it('is no other record', () => {
    expect(travelToKeep({ ...learned([]), kind: 'position' })).toBeNull();
    expect(travelToKeep(learned([], null))).toBeNull();
  });
});
