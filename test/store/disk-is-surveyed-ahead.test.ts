import { appendFileSync, closeSync, copyFileSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { databasePath } from '../../src/store/durable-writer.ts';
import { adoptList, buildPath, findDamagedLists, listPath } from '../../src/store/list-adopt.ts';
import { buildList, type NewListRow } from '../../src/store/list-file.ts';
import { newestSchema } from '../../src/store/schema.ts';
import { type StoreHost, threadHost } from '../../src/store/store-host.ts';
import { openStore } from '../../src/store/store.ts';
import { survey } from '../../src/store/survey.ts';
import { preparedDir, realClock, tempDir } from './support.ts';

const row: NewListRow = {
  ...{ id: 'r1', key: 'plate:京A12345', color: null, blocked: false, enabled: true, category: 'resident' },
  ...{ lanes: [], directions: [], validFrom: null, validTo: null, windows: [], permit: 'v1', requires: 'any' },
  ...{ uses: null, holder: null, room: null, line: 1, raw: '京A12345' },
};

let built = 0;
function adopt(dir: string) {
  const list = buildList([{ ...row, line: ++built }], buildPath(dir, `t${built}`));
  return adoptList(dir, list, { source: 'test', atWall: 1_790_000_000_000 + built });
}

function opened(dir: string, ahead: Promise<ReturnType<typeof survey>> | undefined) {
  const chores: string[] = [];
  const failed: string[] = [];
  const host: StoreHost = {
    ...threadHost,
    runChore: (chore) => {
      chores.push(chore.kind);
      return threadHost.runChore(chore);
    },
  };
  const quiet = {
    acked: () => {},
    refused: () => {},
    mended: () => {},
    listFailed: (code: string) => failed.push(code),
  };
  const options = { dir, gateway: 'gw-test', boot: 'b1', clock: realClock, survey: ahead };
  return openStore(options, quiet, host).then(async (store) => {
    const listed = store.lists.lookup({ exact: ['plate:京A12345'], near: [] });
    await store.close();
    return { kind: store.prepared.kind, chores, failed, listed };
  });
}

/** Its header, schema and epoch can still be read. */
function overwriteLastPage(path: string): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(4096, 0xff), 0, 4096, statSync(path).size - 4096);
  closeSync(fd);
}

describe('a disk that was looked at ahead', () => {
  test('and found sound is not looked at again, and its list is in force', async () => {
    const dir = preparedDir();
    adopt(dir);
    const ahead = threadHost.runChore({ kind: 'survey', dir });
    expect(await ahead).toEqual({ isPrepared: true, damagedLists: [] });
    const { kind, chores, listed } = await opened(dir, ahead);
    expect([kind, chores]).toEqual(['ready', []]);
    expect(listed.rows.map(({ id }) => id)).toEqual(['r1']);
  });

  test.each([
    ['empty', (_path: string) => {}],
    ['gone', (path: string) => rmSync(path)],
    ['cut short', (path: string) => truncateSync(path, 5000)],
    ['rubbish in its last page', overwriteLastPage],
    [
      'of a newer program',
      (path: string) => {
        const db = new Database(path);
        db.pragma(`user_version = ${newestSchema + 1}`);
        db.close();
      },
    ],
  ])('and whose database is %s is prepared as ever', async (what, harm) => {
    const dir = what === 'empty' ? tempDir() : preparedDir();
    for (const suffix of ['-wal', '-shm']) rmSync(`${databasePath(dir)}${suffix}`, { force: true });
    harm(databasePath(dir));
    expect(survey(dir)).toEqual({ isPrepared: false, damagedLists: [] });
    const { chores } = await opened(dir, Promise.resolve(survey(dir)));
    expect(chores).toEqual(['prepare', 'checkLists']);
  });

  test('by a thread that was lost is looked at again', async () => {
    const dir = preparedDir();
    const { kind, chores } = await opened(dir, Promise.reject(new Error('lost')));
    expect([kind, chores]).toEqual(['ready', ['prepare', 'checkLists']]);
  });

  test('takes a list that is not as it was adopted for none, and an older one that is whole serves', async () => {
    const dir = preparedDir();
    const older = adopt(dir);
    const newer = adopt(dir);
    appendFileSync(listPath(dir, newer.file), 'x');
    const { failed, listed } = await opened(dir, Promise.resolve(survey(dir)));
    expect(failed).toEqual(['listDamaged']);
    expect(listed.listVersion).toBe(older.version);
  });
});

test.each([
  ['without an epoch', 'DELETE FROM epochs'],
  ['whose lists cannot be told', 'ALTER TABLE lists RENAME TO not_lists'],
])('a sound database %s is left to be prepared', (_what, change) => {
  const dir = preparedDir();
  const db = new Database(databasePath(dir));
  db.exec(change);
  db.close();
  expect(survey(dir)).toEqual({ isPrepared: false, damagedLists: [] });
});

test('only lists that may come into force are read at a start: back to the first whole one', () => {
  const dir = preparedDir();
  const [oldest, older, newer] = [adopt(dir), adopt(dir), adopt(dir)];
  rmSync(listPath(dir, oldest.file));
  expect(findDamagedLists(dir)).toEqual([]);
  copyFileSync(listPath(dir, older.file), listPath(dir, newer.file));
  expect(findDamagedLists(dir)).toEqual([newer.version]);
  rmSync(listPath(dir, older.file));
  expect(findDamagedLists(dir)).toEqual([newer.version, older.version, oldest.version]);
});
