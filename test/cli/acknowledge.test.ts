/** A fault that stood when the gateway ended, and the person who ends it. */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Running } from '../house/running.ts';
import { freePort } from '../house/free-port.ts';
import {
  at,
  gatehouse,
  type Hardware,
  makeSite,
  plate,
  serveHardware,
  type Site,
  start,
  untilStatus,
  takeDown,
} from './site.ts';

let hardware: Hardware;
let site: Site;
let daemon: Running;

const call = (...args: string[]) => gatehouse([...args, ...at(site)]);

vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  hardware = await serveHardware();
  site = makeSite({ bus: hardware.port, receiver: await freePort() });
  // Makes the database in which the fault of an earlier run is found.
  expect((await call('list', 'import', site.write('list.csv', `车牌,姓名\n${plate},张三\n`), '--yes')).code).toBe(0);
  const db = new Database(join(site.state, 'gatehouse.db'));
  db.prepare(
    `INSERT INTO faults (code, subject, detail, since_mono, since_wall, since_trusted, boot) VALUES (?, ?, '{}', 0, ?, 1, 'before')`,
  ).run('obstructionHunting', 'east-in', Date.now() - 3_600_000);
  db.prepare(
    `INSERT INTO faults (code, subject, detail, since_mono, since_wall, since_trusted, boot) VALUES (?, ?, ?, 0, ?, 1, 'before')`,
  ).run('obstructionBypassed', 'east-in', '{"input":"obstruction","forMs":3600000}', Date.now() - 60_000);
  db.close();
  daemon = start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
  await untilStatus('the fault stands after the restart', site, (status) => {
    return status.lanes[0]?.position === 'closed' && status.faults.some(({ code }) => code === 'obstructionHunting');
  });
}, 60_000);

afterAll(() => takeDown(daemon, hardware, site));

it('is refused for a fault that ends by itself or does not stand', async () => {
  const done = await call('acknowledge', 'east-in', 'positionUnknown', '--by', '李工', '--reason', '查过');
  expect(done.code).toBe(1);
  expect(done.err).toContain('has no fault positionUnknown; it has: obstructionHunting');
});

it('names a lane that there is none of, instead of its faults', async () => {
  const done = await call('acknowledge', 'nolane', 'obstructionHunting', '--by', '李工', '--reason', '查过');
  expect(done.code).toBe(1);
  expect(done.err).toContain('there is no lane nolane');
});

it('ends it, and the journal says who did and why', async () => {
  const by = ['--by', '李工', '--reason', '清理了落杆区'];
  const done = await call('acknowledge', 'east-in', 'obstructionHunting', ...by, '--json');
  expect(done.code, done.err).toBe(0);
  expect(JSON.parse(done.out)).toMatchObject({ acknowledged: true });
  await untilStatus('it is gone', site, (status) => status.faults.every(({ code }) => code !== 'obstructionHunting'));
  expect(hardware.board.writes).toEqual([]);
  const records = async () =>
    (await call('journal', 'tail', '--kind', 'faultAcknowledged', '--json', '--personal')).out;
  let shown = '';
  for (const end = performance.now() + 15_000; shown === '' && performance.now() < end; ) shown = await records();
  expect(JSON.parse(shown)).toMatchObject({
    body: { code: 'obstructionHunting', via: 'cli', refused: null },
    personal: { by: '李工', reason: '清理了落杆区' },
  });
});

it('is over for a bypass of before the restart: the sensor counts again, and the journal says so', async () => {
  const status = await untilStatus('the store is open', site, ({ journal }) => journal.lastSeq !== null);
  expect(status.lanes[0]?.bypass).toBeNull();
  expect(status.faults.map(({ code }) => code)).not.toContain('obstructionBypassed');
  const { out } = await call('journal', 'tail', '--kind', 'bypassEnded', '--json');
  expect(JSON.parse(out)).toMatchObject({ body: { lane: 'east-in', input: 'obstruction', why: 'restart' } });
});

it('of a fault whose cause stands is refused, and said to be', async () => {
  // Both limits are made.
  hardware.board.setInput(1, true);
  await untilStatus('it stands', site, ({ faults }) => faults.some(({ code }) => code === 'limitsContradict'));
  const done = await call('acknowledge', 'east-in', 'limitsContradict', '--by', '李工', '--reason', '查过');
  expect([done.code, done.out]).toEqual([1, expect.stringContaining('limitsContradict is not ended by a person')]);
});
