import { existsSync, rmSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { databasePath } from '../../src/store/durable-writer.ts';
import { openJournal } from '../../src/store/journal.ts';
import { openJournalReader } from '../../src/store/journal-read.ts';
import type { Journal } from '../../src/store/journal-queue.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { preparedDir, realClock, record, until } from './support.ts';

/** Every thread that was started, so that one can be made to die as a crash of SQLite would make it. */
const threads = vi.hoisted((): Worker[] => []);
vi.mock('node:worker_threads', async (original) => {
  const real = await original<typeof import('node:worker_threads')>();
  class Seen extends real.Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      threads.push(this);
    }
  }
  return { ...real, Worker: Seen };
});

const open: Journal[] = [];
afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close();
  threads.length = 0;
});

async function running(dir: string) {
  const heard = { acked: 0, refused: [] as string[], mended: 0, damaged: [] as string[], lost: [] as string[] };
  const journal = openJournal(
    { dir, gateway: 'gw-test', boot: 'b1', ballastBytes: 0, clock: realClock },
    {
      acked: (ref) => {
        heard.acked = ref;
      },
      refused: (_ref, why) => heard.refused.push(why),
      mended: () => {
        heard.mended += 1;
      },
      damaged: (why) => heard.damaged.push(why),
      writerLost: (why) => heard.lost.push(why),
    },
  );
  open.push(journal);
  await journal.ready;
  journal.append([record(1), record(2)]);
  expect(await journal.flush(10_000)).toBe(true);
  return { journal, heard };
}

const lastThread = (): Worker => {
  const thread = threads.at(-1);
  if (thread === undefined) throw new Error('no thread was started');
  return thread;
};

test('with records in flight: the same database, nothing lost, nothing twice', async () => {
  const dir = preparedDir();
  const { journal, heard } = await running(dir);
  journal.append([record(3)]);
  const dying = lastThread().terminate();
  journal.append([record(4), record(5)]);
  await dying;
  expect(await journal.flush(10_000)).toBe(true);
  expect(heard.acked).toBe(5);
  expect(heard.lost).toEqual(['exit 1']);
  expect(heard.damaged).toEqual([]);
  expect(threads).toHaveLength(2);
  const reader = openJournalReader(dir);
  expect(reader.readFrom(0, 100).flatMap(({ ref }) => ref ?? [])).toEqual([1, 2, 3, 4, 5]);
  reader.close();
  expect(verifyJournal(dir).sound).toBe(true);
});

test('with nothing to do: another thread watches over the files within seconds', async () => {
  const dir = preparedDir();
  const { heard } = await running(dir);
  await lastThread().terminate();
  await until('another thread', () => threads.length === 2);
  rmSync(databasePath(dir));
  await until('the removal to be seen', () => heard.damaged.length > 0);
});

test('and the database removed meanwhile: it is called damaged, and no empty one takes its place', async () => {
  const dir = preparedDir();
  const { journal, heard } = await running(dir);
  await lastThread().terminate();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${databasePath(dir)}${suffix}`, { force: true });
  journal.append([record(3)]);
  await until('damage', () => heard.damaged.length > 0);
  expect(heard.damaged).toHaveLength(1);
  expect(existsSync(databasePath(dir))).toBe(false);
  expect(heard.acked).toBe(2);
  // What was held goes on: the store that is opened next takes it over.
  expect(journal.unwritten().map(({ ref }) => ref)).toEqual([3]);
});
