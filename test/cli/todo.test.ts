/** The guard opens first and says why afterwards: from the command line, over a restart of the gateway. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freePort } from '../house/free-port.ts';
import type { Running } from '../house/running.ts';
import {
  at,
  gatehouse,
  type Hardware,
  makeSite,
  serveHardware,
  type Site,
  start,
  untilStatus,
  takeDown,
} from './site.ts';

let hardware: Hardware;
let site: Site;
let daemon: Running;
/** Of the opening that nobody has explained. */
let owed = '';

const call = (...args: string[]) => gatehouse([...args, ...at(site)]);
const why = ['--by', '李工', '--reason', '急送药品'];
const run = (): Running => start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
const down = (what: string) => untilStatus(what, site, ({ lanes }) => lanes[0]?.position === 'closed');

vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  hardware = await serveHardware();
  site = makeSite({ bus: hardware.port, receiver: await freePort() });
  daemon = run();
  await down('the boom is down');
}, 60_000);

afterAll(() => takeDown(daemon, hardware, site));

it('open opens what it names only, and asks for no reason where one is given', async () => {
  const wrong = await call('open', 'esat-in', '--by', '李工');
  expect([wrong.code, wrong.out]).toEqual([1, '']);
  expect(wrong.err).toContain('nothing was opened: did you mean "east-in"?');
  expect((await call('open', 'east-in')).code).toBe(64);
  expect(hardware.board.writes).toEqual([]);
  const told = await call('open', 'east-in', ...why, '--json');
  expect(JSON.parse(told.out)).toEqual({ lane: 'east-in', todo: null });
  await untilStatus('the boom is up', site, ({ lanes }) => lanes[0]?.position === 'open');
  expect((await call('todo')).out).toBe('✓ no reason is owed');
});

it('open without a reason leaves a to-do, which lanes and watch count and a restart keeps', async () => {
  await untilStatus('the opening before is over', site, ({ lanes }) => lanes[0]?.grants === 0);
  const opened = await call('open', 'east-in', '--by', '李工', '--json');
  owed = (JSON.parse(opened.out) as { todo: string }).todo;
  expect(owed).toMatch(/^\w+\.\d+$/);
  expect((await call('lanes')).out).toContain('1 reason owed');
  expect((await call('watch', '--once')).out).toContain('1 reason owed');
  await untilStatus('it is written', site, ({ journal }) => journal.waiting === 0);
  daemon.child.kill('SIGTERM');
  await daemon.ended;
  daemon = run();
  await untilStatus('it is asked for again', site, ({ todos }) => todos.length === 1);
  const listed = await call('todo', '--json');
  expect(JSON.parse(listed.out)).toMatchObject({ todos: [{ id: owed, lane: 'east-in', via: 'cli', presses: 1 }] });
  expect((await call('todo')).out).toMatch(new RegExp(`^${owed} .* east-in +cli +1$`, 'm'));
});

it('answer ends it for a named person with a reason, whose words are personal', async () => {
  const unknown = await call('todo', 'answer', '999999', ...why);
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining(`open: ${owed}`)]);
  expect((await call('todo', 'answer', owed, '--by', '李工', '--reason', ' ')).code).toBe(64);
  const answered = await call('todo', 'answer', owed.split('.')[1] ?? '', ...why, '--json');
  expect(answered.code, answered.err).toBe(0);
  expect(JSON.parse(answered.out)).toEqual({ answered: true, todos: [] });
  const records = async () => (await call('journal', 'tail', '--kind', 'reasonGiven', '--json', '--personal')).out;
  let shown = '';
  for (const end = performance.now() + 15_000; shown === '' && performance.now() < end; ) shown = await records();
  expect(JSON.parse(shown)).toMatchObject({ body: { opening: owed }, personal: { by: '李工', reason: '急送药品' } });
  expect((await call('lanes')).out).not.toContain('owed');
});
