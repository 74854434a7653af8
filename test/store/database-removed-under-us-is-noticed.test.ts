import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { takeBackup } from '../../src/store/backup.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { openJournal } from '../../src/store/journal.ts';
import { openJournalReader } from '../../src/store/journal-read.ts';
import type { Journal } from '../../src/store/journal-queue.ts';
import { prepareStore } from '../../src/store/prepare-store.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { HandClock, preparedDir, realClock, record, until } from './support.ts';

const open: Journal[] = [];
afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close();
});

/** A journal on its thread with three records on disk; the hand clock turns its checks and anchors alone. */
async function running(dir: string, clock = new HandClock()) {
  const heard = { acked: 0, refused: [] as number[], damaged: [] as string[], anchored: 0 };
  const journal = openJournal(
    {
      ...{ dir, gateway: 'gw-test', boot: 'b1', ballastBytes: 0, anchorEveryMs: 60_000 },
      clock: {
        mono: realClock.mono,
        wall: realClock.wall,
        after: (name, ms, action) =>
          name === 'journal.check' || name === 'journal.anchor'
            ? clock.after(name, ms, action)
            : realClock.after(name, ms, action),
      },
    },
    {
      acked: (upTo) => {
        heard.acked = upTo;
      },
      refused: (ref) => heard.refused.push(ref),
      mended: () => {},
      damaged: (why) => heard.damaged.push(why),
      anchored: () => {
        heard.anchored += 1;
      },
    },
  );
  await journal.ready;
  journal.append([record(1), record(2), record(3)]);
  expect(await journal.flush(10_000)).toBe(true);
  return { journal, heard, clock };
}

describe('the database file of a running daemon', () => {
  test.each<[string, (path: string) => void]>([
    ['removed', (path) => rmSync(path)],
    [
      'replaced by a copy of itself',
      (path) => {
        copyFileSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
    ],
    ['left without its log', (path) => rmSync(`${path}-wal`)],
  ])('%s: is said once though nothing is written', async (_how, harm) => {
    const dir = preparedDir();
    const { journal, heard, clock } = await running(dir);
    open.push(journal);
    harm(databasePath(dir));
    clock.turn(2000);
    await until('damage', () => heard.damaged.length > 0);
    expect(heard.damaged[0]).toMatch(/removed or replaced under us/);
    clock.turn(60_000);
    await until('a later answer of the thread', () => heard.anchored > 0);
    expect(heard.damaged).toHaveLength(1);
  });

  test('acknowledges nothing that went into a file without a name, and makes no new one in its place', async () => {
    const dir = preparedDir();
    const { journal, heard } = await running(dir);
    open.push(journal);
    const before = heard.acked;
    rmSync(databasePath(dir));
    journal.append([record(4)]);
    await until('refusal', () => heard.refused.includes(4));
    expect(heard.damaged).toHaveLength(1);
    expect(heard.acked).toBe(before);
    expect(existsSync(databasePath(dir))).toBe(false);
  });

  test('whose log is gone keeps what that held: nothing acknowledged is lost, no number is given out twice', async () => {
    const dir = preparedDir();
    const { journal, heard } = await running(dir);
    open.push(journal);
    // Another connection keeps the last one's close from saving the log.
    const reader = openJournalReader(dir);
    expect(reader.lastSeq()).toBe(3);
    rmSync(`${databasePath(dir)}-wal`);
    journal.append([record(4)]);
    await until('refusal', () => heard.refused.includes(4));
    await journal.close();
    reader.close();
    const unwritten = journal.unwritten();
    expect(unwritten.map(({ ref }) => ref)).toEqual([4]);
    expect(prepareStore({ dir, gateway: 'gw-test', atWall: 1_790_000_100_000 }).kind).toBe('ready');
    const next = openJournal(
      { dir, gateway: 'gw-test', boot: 'b1', ballastBytes: 0, clock: realClock },
      { acked: () => {}, refused: () => {}, mended: () => {} },
    );
    open.push(next);
    next.inherit(unwritten);
    next.append([record(5)]);
    expect(await next.flush(10_000)).toBe(true);
    const after = openJournalReader(dir);
    // A machine that is busy makes the opening an outage, and that has a record of its own.
    const written = after.readFrom(0, 100).filter(({ kind }) => kind !== 'journalMended');
    expect(written.map(({ ref, kind }) => [ref, kind])).toEqual([1, 2, 3, 4, 5].map((ref) => [ref, 'position']));
    expect(written.slice(0, 3).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    after.close();
    expect(verifyJournal(dir)).toMatchObject({ sound: true, lostInRestores: [] });
  });

  test('left alone is never called removed, however often it is backed up, read, written and checked', async () => {
    const dir = preparedDir();
    const { journal, heard, clock } = await running(dir);
    open.push(journal);
    for (let n = 0; n < 5; n += 1) {
      takeBackup(dir, 1_790_000_000_000 + n);
      openJournalReader(dir).close();
      journal.append(
        Array.from({ length: 300 }, (_, at) => record(10 + n * 300 + at, { body: { x: 'x'.repeat(900) } })),
      );
      expect(await journal.flush(10_000)).toBe(true);
      const anchored = heard.anchored;
      clock.turn(60_000);
      await until('the thread to have checked', () => heard.anchored > anchored);
    }
    expect(heard.damaged).toEqual([]);
  });

  test.each([
    ['restored', true],
    ['replaced', false],
  ])('removed: is %s at the next start, and verify says what was lost', async (kind, hasBackup) => {
    const dir = preparedDir();
    const { journal, heard, clock } = await running(dir);
    if (hasBackup) takeBackup(dir, 1_790_000_050_000);
    journal.append([record(4), record(5)]);
    expect(await journal.flush(10_000)).toBe(true);
    rmSync(databasePath(dir));
    clock.turn(2000);
    await until('damage', () => heard.damaged.length > 0);
    await journal.close();
    const prepared = prepareStore({ dir, gateway: 'gw-test', atWall: 1_790_000_100_000 });
    expect(prepared).toMatchObject({ kind, why: 'the database is missing', usesKnown: false });
    expect(verifyJournal(dir)).toMatchObject({
      sound: true,
      lostInRestores: [{ by: kind, afterSeq: hasBackup ? 3 : 0, upToSeq: 5 }],
    });
  });
});
