import { expect, test } from 'vitest';
import { adoptList, buildPath } from '../../src/store/list-adopt.ts';
import { buildList, type NewListRow } from '../../src/store/list-file.ts';
import { EXACT_MAX, Lists } from '../../src/store/lists.ts';
import { HandClock, preparedDir } from './support.ts';

const row = (at: number): NewListRow => ({
  ...{ id: `r${at}`, key: `plate:京B${10_000 + at}`, color: null, blocked: false, enabled: true, category: 'resident' },
  ...{ lanes: [], directions: [], validFrom: null, validTo: null, windows: [], permit: `p${at}`, requires: 'any' },
  ...{ uses: null, holder: null, room: null, line: at + 1, raw: `京B${10_000 + at}` },
});

test('a change of the list asks for the keys of all standing cars: each is answered, and too many are answered as unknown', () => {
  const dir = preparedDir();
  const rows = Array.from({ length: 300 }, (_, at) => row(at));
  adoptList(dir, buildList(rows, buildPath(dir, 't1')), { source: 'test', atWall: 1_790_000_000_001 });
  const lists = new Lists(dir, new HandClock(), {});
  lists.refresh();
  const exact = rows.map(({ key }) => key);
  expect(lists.lookup({ exact, near: [] })).toMatchObject({ available: true });
  expect(lists.lookup({ exact, near: [] }).rows).toHaveLength(300);
  const tooMany = Array.from({ length: EXACT_MAX + 1 }, (_, at) => `plate:京C${at}`);
  expect(lists.lookup({ exact: [...exact, ...tooMany], near: [] })).toMatchObject({ available: false, rows: [] });
  lists.close();
});
