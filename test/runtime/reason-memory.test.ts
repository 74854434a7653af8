/** What the guard owes a reason for outlives the process (gate.md "The guard's button"). */
import { describe, expect, it } from 'vitest';
import { beginSite } from '../../src/core/site-state.ts';
import { step } from '../../src/core/step.ts';
import { reasonsRecalled, reasonsToKeep } from '../../src/runtime/reason-memory.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { openJournalReader } from '../../src/store/journal-read.ts';
import { runOperation } from '../../src/store/operations.ts';
import { openForWriting } from '../../src/store/sqlite.ts';
import { eastLane } from '../core/lane-fixtures.ts';
import { siteModel } from '../core/lane-site.ts';
import { preparedDir } from '../store/support.ts';

const now = { mono: 5, wall: 1_790_000_000_000, wallTrusted: true };
const owed = (id: string) => ({ ...{ id, lane: 'east', via: 'button', presses: 1 }, since: now.wall - 60_000 });

describe('reasons that are owed', () => {
  it('are kept in the database, the newest word in place of the older, and asked for by the next process', () => {
    const dir = preparedDir();
    const db = openForWriting(databasePath(dir));
    for (const ids of [['b.1'], ['b.1', 'b.2'], ['b.2']])
      runOperation(
        db,
        reasonsToKeep(
          ids.map((id) => ({ ...owed(id), sinceMono: 0 })),
          now.wall,
        ),
        'b',
      );
    db.close();
    const reader = openJournalReader(dir);
    const request = reasonsRecalled((key) => reader.value(key));
    reader.close();
    if (request === null) throw new Error('nothing was found');
    const model = siteModel({ lanes: [eastLane()] });
    const { site } = step(beginSite(model, 'next', 0), { kind: 'requested', now, request, facts: null });
    expect(site.owedReasons).toEqual([{ ...owed('b.2'), sinceMono: now.mono - 60_000 }]);
  });

  it('are none where nothing was kept, or what is kept cannot be read', () => {
    expect(reasonsRecalled(() => undefined)).toBeNull();
    expect(reasonsRecalled(() => ({}))).toBeNull();
    expect(reasonsRecalled(() => [1, null, { id: 'b.1' }])).toBeNull();
    const broken = () => {
      throw new SyntaxError('no JSON');
    };
    expect(reasonsRecalled(broken)).toBeNull();
  });
});
