import { spawnSync } from 'node:child_process';
import { readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openJournalInProcess } from '../../src/store/journal-in-process.ts';
import {
  adoptList,
  buildPath,
  findDamagedLists,
  LISTS_KEPT,
  listPath,
  listVersions,
  rollBackList,
} from '../../src/store/list-adopt.ts';
import { buildList, type NewListRow } from '../../src/store/list-file.ts';
import { Lists } from '../../src/store/lists.ts';
import { decision, HandClock, preparedDir, record, startChild, until } from './support.ts';

const base: NewListRow = {
  id: 'r1',
  key: 'plate:京A12345',
  color: 'blue',
  blocked: false,
  enabled: true,
  category: 'resident',
  lanes: ['east-in'],
  directions: ['in'],
  validFrom: 5,
  validTo: 1_900_000_000_000,
  windows: ['workdays'],
  permit: 'p1',
  requires: 'any',
  uses: null,
  holder: '王小明',
  room: '3-101',
  line: 1,
  raw: '京A·12345',
};

const rowsNumbered = (count: number, from = 0): NewListRow[] =>
  Array.from({ length: count }, (_, at) => ({
    ...base,
    id: `r${from + at}`,
    key: `plate:京B${10_000 + from + at}`,
    line: at + 1,
  }));

let built = 0;
function adopt(dir: string, rows: Iterable<NewListRow>, more: { force?: boolean; atWall?: number } = {}) {
  built += 1;
  const list = buildList(rows, buildPath(dir, `t${built}`));
  return adoptList(dir, list, { source: 'test', atWall: more.atWall ?? 1_790_000_000_000 + built, force: more.force });
}

function open(dir: string, clock = new HandClock()) {
  const heard: string[] = [];
  const lists = new Lists(
    dir,
    clock,
    {
      listChanged: (version) => heard.push(`changed ${version.version}`),
      listFailed: (code, _why, using) => heard.push(`failed ${code} ${using}`),
    },
    new Set(findDamagedLists(dir)),
  );
  lists.refresh();
  return { lists, heard, clock };
}

const ask = (lists: Lists, ...exact: string[]) => lists.lookup({ exact, near: [] });

describe('looking up', () => {
  test('gives back every field of the row, for exact and near keys apart', () => {
    const dir = preparedDir();
    const version = adopt(dir, [base, { ...base, id: 'r2', key: 'plate:京A1234S', color: null }]);
    const { lists } = open(dir);
    const facts = lists.lookup({ exact: ['plate:京A12345', 'plate:none'], near: ['plate:京A1234S'] });
    const { uses: _uses, line: _line, raw: _raw, ...row } = base;
    expect(facts.rows).toEqual([{ ...row, usesLeft: null }]);
    expect(facts.near.map((near) => near.id)).toEqual(['r2']);
    expect(facts).toMatchObject({ available: true, listVersion: version.version });
    lists.close();
  });

  test('asks for near plates only where some key itself is not listed', () => {
    const dir = preparedDir();
    adopt(dir, [base, { ...base, id: 'r2', key: 'plate:京A1234S', color: null }]);
    const { lists } = open(dir);
    const near = ['plate:京A1234S'];
    expect(lists.lookup({ exact: [base.key], near })).toMatchObject({ rows: [{ key: base.key }], near: [] });
    expect(lists.lookup({ exact: [], near }).near).toHaveLength(1);
    expect(lists.lookup({ exact: ['plate:none'], near }).near).toHaveLength(1);
    lists.close();
  });

  test('says unavailable, and nothing more, before any list and after closing', () => {
    const dir = preparedDir();
    const { lists } = open(dir);
    expect(ask(lists, base.key)).toMatchObject({ available: false, rows: [] });
    adopt(dir, [base]);
    expect(lists.refresh()).toBe(true);
    expect(ask(lists, base.key).available).toBe(true);
    lists.close();
    expect(ask(lists, base.key)).toMatchObject({ available: false, rows: [] });
  });

  test('finds by part of a plate, by a card in another notation, by holder and by room', () => {
    const dir = preparedDir();
    const card = { ...base, id: 'c', key: 'card:24:d507d0', raw: '213,02000', holder: '李雷', room: '100%', line: 2 };
    adopt(dir, [base, card]);
    const { lists } = open(dir);
    const found = (text: string, ...keys: string[]) => lists.find(text, keys, 10).map((row) => row.id);
    expect(found('A123')).toEqual(['r1']);
    expect(found('13963216', 'card:24:d507d0')).toEqual(['c']);
    expect(found('小明')).toEqual(['r1']);
    expect(found('0%')).toEqual(['c']);
    expect(found('_')).toEqual([]);
    lists.close();
  });

  test('the age counts from adoption and on through the monotonic clock', () => {
    const dir = preparedDir();
    const clock = new HandClock();
    adopt(dir, [base], { atWall: clock.wall() - 5000 });
    const { lists } = open(dir, clock);
    expect(ask(lists, base.key).listAgeMs).toBe(5000);
    clock.turn(1234);
    expect(ask(lists, base.key).listAgeMs).toBe(6234);
    lists.close();
  });
});

describe('a one-time credential', () => {
  const visitor = { ...base, id: 'v', uses: 2, permit: 'visit' };
  const card = { ...visitor, id: 'v-card', key: 'card:32:abc' };

  function journalOf(dir: string, boot: string, crashes?: (point: string) => boolean) {
    const clock = new HandClock();
    const random = (count: number) => Buffer.alloc(count, 5);
    const journal = openJournalInProcess(
      { dir, gateway: 'g', boot, clock, random, crashes },
      { acked: () => {}, refused: () => {}, mended: () => {} },
    );
    return { journal, clock };
  }
  const spend = (ref: number, rowId: string) =>
    record(ref, { kind: 'decision', decision: decision({ rowId, permit: 'visit', spends: true }) });

  test('is spent with its decision, by plate or card alike, and survives a new list with the same row', () => {
    const dir = preparedDir();
    adopt(dir, [visitor, card]);
    const { lists } = open(dir);
    const left = () => ask(lists, visitor.key, card.key).rows.map((row) => row.usesLeft);
    expect(left()).toEqual([2, 2]);
    const { journal, clock } = journalOf(dir, 'b1');
    journal.append([spend(1, 'v')]);
    clock.turn(100);
    expect(left()).toEqual([1, 1]);
    adopt(dir, [visitor, card, { ...base, id: 'other', key: 'plate:京B00000' }]);
    lists.refresh();
    journal.append([spend(2, 'v-card')]);
    clock.turn(100);
    expect(left()).toEqual([0, 0]);
    journal.cutPower();
    lists.close();
  });

  test('comes back once, however often the record says so', () => {
    const dir = preparedDir();
    adopt(dir, [visitor]);
    const { lists } = open(dir);
    const { journal, clock } = journalOf(dir, 'b1');
    const back = (ref: number, cause: number) =>
      record(ref, { kind: 'passage', cause, body: { outcome: 'notTaken', rowId: 'v', returned: true } });
    journal.append([spend(1, 'v'), spend(2, 'v'), back(3, 1)]);
    clock.turn(100);
    expect(ask(lists, visitor.key).rows[0]?.usesLeft).toBe(1);
    journal.append([back(4, 1)]);
    clock.turn(100);
    expect(ask(lists, visitor.key).rows[0]?.usesLeft).toBe(1);
    journal.cutPower();
    lists.close();
  });

  test('is spent if and only if its decision is on disk, on either side of a power cut (I8)', () => {
    for (const point of ['beforeCommit', 'afterCommit']) {
      const dir = preparedDir();
      adopt(dir, [visitor]);
      const { journal, clock } = journalOf(dir, 'b1', (at) => at === point);
      journal.append([spend(1, 'v')]);
      clock.turn(1000);
      const { lists } = open(dir);
      expect(ask(lists, visitor.key).rows[0]?.usesLeft).toBe(point === 'beforeCommit' ? 2 : 1);
      lists.close();
    }
  });

  test('a decision that only refers spends nothing', () => {
    const dir = preparedDir();
    adopt(dir, [visitor]);
    const { journal, clock } = journalOf(dir, 'b1');
    const referred = decision({ outcome: 'referred', rowId: 'v', spends: true });
    journal.append([record(1, { kind: 'decision', decision: referred })]);
    clock.turn(100);
    const { lists } = open(dir);
    expect(ask(lists, visitor.key).rows[0]?.usesLeft).toBe(2);
    lists.close();
  });
});

describe('adopting a list', () => {
  test('is refused when it is empty, shrunk by more than half, cut short or changed; the old one stays (I7)', () => {
    const dir = preparedDir();
    const first = adopt(dir, rowsNumbered(100));
    const { lists, heard } = open(dir);
    heard.length = 0;
    expect(() => adopt(dir, [])).toThrow(expect.objectContaining({ code: 'listEmpty' }));
    expect(() => adopt(dir, rowsNumbered(49))).toThrow(expect.objectContaining({ code: 'listShrunk' }));
    const cut = buildList(rowsNumbered(120), buildPath(dir, 'cut'));
    truncateSync(cut.file, 4096);
    expect(() => adoptList(dir, cut, { source: 't', atWall: 1, force: true })).toThrow(
      expect.objectContaining({ code: 'listDamaged' }),
    );
    expect(lists.refresh()).toBe(false);
    expect(heard).toEqual([]);
    expect(ask(lists, 'plate:京B10099')).toMatchObject({ listVersion: first.version, available: true });
    expect(adopt(dir, rowsNumbered(50)).rows).toBe(50);
    expect(adopt(dir, rowsNumbered(1), { force: true }).rows).toBe(1);
    lists.close();
  });

  test('tells once, and a rollback puts the old one in force again', () => {
    const dir = preparedDir();
    const one = adopt(dir, rowsNumbered(10));
    const { lists, heard } = open(dir);
    const two = adopt(dir, rowsNumbered(10, 100));
    expect([lists.refresh(), lists.refresh()]).toEqual([true, false]);
    expect(ask(lists, 'plate:京B10105').rows).toHaveLength(1);
    expect(rollBackList(dir, one.version, 1_790_000_900_000).version).toBe(one.version);
    expect(lists.refresh()).toBe(true);
    expect(ask(lists, 'plate:京B10105').rows).toHaveLength(0);
    expect(heard).toEqual([`changed ${one.version}`, `changed ${two.version}`, `changed ${one.version}`]);
    expect(() => rollBackList(dir, 'feed', 1)).toThrow(expect.objectContaining({ code: 'listUnknownVersion' }));
    lists.close();
  });

  test('keeps seven earlier lists and no more files', () => {
    const dir = preparedDir();
    for (let n = 0; n < LISTS_KEPT + 4; n += 1) adopt(dir, rowsNumbered(10, n * 10));
    expect(listVersions(dir)).toHaveLength(LISTS_KEPT + 1);
    expect(readdirSync(join(dir, 'lists')).filter((name) => name.startsWith('list-'))).toHaveLength(LISTS_KEPT + 1);
  });

  test('a file that went bad on disk gives way to the newest sound rollback, with an alarm', () => {
    const dir = preparedDir();
    const good = adopt(dir, rowsNumbered(10));
    const bad = adopt(dir, rowsNumbered(10, 100));
    writeFileSync(listPath(dir, bad.file), 'gone');
    const { lists, heard } = open(dir);
    expect(heard).toEqual([`failed listDamaged ${good.version}`, `changed ${good.version}`]);
    expect(ask(lists, 'plate:京B10001')).toMatchObject({ available: true, rows: [{ id: 'r1' }] });
    lists.close();
  });

  test('a missing file while serving leaves the list in memory in force', () => {
    const dir = preparedDir();
    const one = adopt(dir, rowsNumbered(10));
    const { lists, heard } = open(dir);
    const two = adopt(dir, rowsNumbered(10, 100));
    renameSync(listPath(dir, two.file), listPath(dir, 'elsewhere.db'));
    expect(lists.refresh()).toBe(false);
    expect(heard.at(-1)).toBe(`failed listDamaged ${one.version}`);
    expect(ask(lists, 'plate:京B10001').rows).toHaveLength(1);
    lists.close();
  });

  test('under kill -9 leaves one whole list in force, the old or the new (I7)', async () => {
    const dir = preparedDir();
    adopt(dir, rowsNumbered(400));
    const seen = new Set<number>();
    for (let round = 0; round < 8; round += 1) {
      const child = startChild('swap-child.ts', [dir, String(round)]);
      await until('swapping', () => child.lines.length >= 1 + (round % 4));
      spawnSync('sleep', [String(0.003 * round)]);
      child.process.kill('SIGKILL');
      await child.exited;
      const { lists, heard } = open(dir);
      expect(heard.filter((line) => line.startsWith('failed'))).toEqual([]);
      const facts = ask(lists, 'plate:京B10000', 'plate:京B10399', 'plate:沪C10000', 'plate:沪C10399');
      expect(facts.available).toBe(true);
      const regions = facts.rows.map((row) => row.key.slice(6, 8));
      expect([
        ['京B', '京B'],
        ['沪C', '沪C'],
      ]).toContainEqual(regions);
      seen.add(facts.rows.length);
      lists.close();
    }
    expect([...seen]).toEqual([2]);
  }, 60_000);
});
