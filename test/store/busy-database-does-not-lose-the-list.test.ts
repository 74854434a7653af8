import { renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { databasePath } from '../../src/store/durable-writer.ts';
import { adoptList, buildPath, listPath } from '../../src/store/list-adopt.ts';
import { buildList, type NewListRow } from '../../src/store/list-file.ts';
import { Lists } from '../../src/store/lists.ts';
import { openForWriting } from '../../src/store/sqlite.ts';
import { HandClock, preparedDir } from './support.ts';

const row = (plate: string): NewListRow => ({
  ...{ id: plate, key: `plate:${plate}`, color: null, blocked: false, enabled: true, category: 'resident' },
  ...{
    lanes: [],
    directions: [],
    validFrom: null,
    validTo: null,
    windows: [],
    permit: plate,
    requires: 'any' as const,
  },
  ...{ uses: null, holder: null, room: null, line: 1, raw: plate },
});

test('a list whose adoption met a busy database is adopted by a plain second try', () => {
  const dir = preparedDir();
  const list = buildList([row('京A10001')], buildPath(dir, 'busy'));
  const other = openForWriting(databasePath(dir));
  other.exec('BEGIN IMMEDIATE');
  expect(() => adoptList(dir, list, { source: 'test', atWall: 1 })).toThrow(
    expect.objectContaining({ code: 'SQLITE_BUSY' }),
  );
  other.exec('ROLLBACK');
  other.close();
  expect(adoptList(dir, list, { source: 'test', atWall: 2 })).toMatchObject({ rows: 1, inForce: true });
});

test('a list that could not be opened at first is told once, looked for again, and serves as soon as it can', () => {
  const dir = preparedDir();
  const adopted = adoptList(dir, buildList([row('京A10001')], buildPath(dir, 'away')), { source: 'test', atWall: 1 });
  const path = listPath(dir, adopted.file);
  renameSync(path, `${path}.away`);
  const heard: string[] = [];
  const lists = new Lists(dir, new HandClock(), {
    listChanged: (version) => heard.push(`changed ${version.version}`),
    listFailed: (code) => heard.push(`failed ${code}`),
  });
  expect([lists.refresh(), lists.refresh()]).toEqual([false, false]);
  expect(heard).toEqual(['failed listDamaged']);
  renameSync(`${path}.away`, path);
  expect(lists.refresh()).toBe(true);
  expect(heard).toEqual(['failed listDamaged', `changed ${adopted.version}`]);
  expect(lists.lookup({ exact: ['plate:京A10001'], near: [] }).rows).toHaveLength(1);
  lists.close();
});
