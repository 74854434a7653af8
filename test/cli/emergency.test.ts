/** The order of an emergency and its release, as a person gives them. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../house/free-port.ts';
import type { Running } from '../house/running.ts';
import {
  at,
  gatehouse,
  type Hardware,
  makeSite,
  serveHardware,
  type Site,
  siteYaml,
  start,
  untilStatus,
  takeDown,
} from './site.ts';

let hardware: Hardware;
let site: Site;
let daemon: Running;

const call = (...args: string[]) => gatehouse([...args, ...at(site)]);
const by = ['--by', '李工', '--reason', '演习以外'];

// Each call is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  hardware = await serveHardware();
  const ports = { bus: hardware.port, receiver: await freePort() };
  site = makeSite(ports);
  const held = siteYaml(ports)
    .replace('travel: 300ms', 'travel: 300ms\n    hold: maintained')
    .replace('detects: both }', 'detects: both }, fire: 4');
  // Energised is normal.
  hardware.board.setInput(4, true);
  site.write('config/site.yaml', `${held}routes:\n  north: { name: 北门消防通道, lanes: [east-in], direction: in }\n`);
  daemon = start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
  await untilStatus('the boom is down', site, (status) => status.lanes[0]?.position === 'closed');
}, 60_000);

afterAll(() => takeDown(daemon, hardware, site));

describe('gatehouse emergency', () => {
  it.each([
    [[], 64, 'say what to open'],
    [['--site', '--lane', 'east-in'], 64, 'cannot be used together'],
    [['--lane', 'esat-in'], 1, 'nothing was opened: did you mean "east-in"?'],
    [['--route', 'nroth'], 1, 'nothing was opened: did you mean "north"?'],
  ])('%j opens nothing, and says why', async (args, code, words) => {
    const done = await call('emergency', ...args, ...by);
    expect([done.code, done.out]).toEqual([code, '']);
    expect(done.err).toContain(words);
  });

  it('opens what it names, says how far each boom is, and is shown until a named person ends it over all its lanes', async () => {
    const done = await call('emergency', '--route', 'north', ...by);
    expect(done.code, done.err).toBe(0);
    expect(done.out).toMatch(/east-in +✓ open \(measured\) \d\.\d s/);
    expect(done.out).toContain('gatehouse release east-in order:route:north --by NAME');
    const again = await call('emergency', '--route', 'north', ...by, '--json');
    expect(JSON.parse(again.out)).toMatchObject({
      ...{ key: 'order:route:north', open: true },
      lanes: [{ lane: 'east-in', position: 'open', opened: { basis: 'measured' }, alternative: null }],
    });
    const shown = await call('lanes');
    expect(shown.out).toMatch(
      /^! EMERGENCY order:route:north \(emergency, cli, .*\) +east-in ✓ open \(measured\) \d\.\d s$/m,
    );
    expect((await call('watch', '--once')).out).toContain('! EMERGENCY order:route:north');
    const wrong = await call('release', 'east-in', 'order:site', '--by', '李工');
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('it has: order:route:north')]);
    const ended = await call('release', 'east-in', 'order:route:north', '--by', '李工');
    expect([ended.code, ended.out]).toEqual([0, '✓ order:route:north is released: east-in']);
    expect((await call('lanes', '--json')).out).not.toContain('order:route');
    const told = (await call('journal', 'tail', '--kind', 'claim', '--json', '--personal')).out.split('\n');
    expect(told.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ lane: null, personal: { by: '李工', reason: '演习以外' } }),
    );
  });

  it('is not said to be released while its contact is in alarm, nor by nobody', async () => {
    const release = (by: string) => call('release', 'east-in', 'fire:east-in-barrier.fire', '--by', by);
    hardware.board.setInput(4, false);
    await untilStatus('it stands', site, ({ emergencies }) => emergencies.length === 1);
    const refused = await release('李工');
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('was not released: its contact is still')]);
    hardware.board.setInput(4, true);
    await untilStatus('it is normal', site, ({ lanes }) => lanes[0]?.inputs.fire === 'inactive');
    const nobody = await release(' ');
    expect([nobody.code, nobody.err]).toEqual([64, 'gatehouse: not accepted: --by must not be empty']);
    expect((await release('李工')).code).toBe(0);
  });
});
