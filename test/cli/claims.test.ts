/** Hold, lockdown and out of service as a person orders them, over a restart of the gateway and to their end. */
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
const by = ['--by', '李工', '--reason', '训练'];
const lane = ['--lane', 'east-in'];

// Each call is a process of its own.
vi.setConfig({ testTimeout: 90_000 });

async function run(): Promise<void> {
  daemon = start(['run', ...at(site), '--clock-mark', join(site.config, 'site.yaml')]);
  await untilStatus('its boom is seen', site, (status) => status.lanes[0]?.position !== 'unknown');
}

beforeAll(async () => {
  hardware = await serveHardware();
  const ports = { bus: hardware.port, receiver: await freePort() };
  site = makeSite(ports);
  site.write('config/site.yaml', siteYaml(ports).replace('travel: 300ms', 'travel: 300ms\n    hold: maintained'));
  await run();
}, 60_000);

afterAll(() => takeDown(daemon, hardware, site));

describe('gatehouse hold, lockdown and out-of-service', () => {
  it.each([
    [['hold', ...by, '--for', '1h'], 64, 'say where'],
    [['hold', ...lane, ...by], 64, 'a hold has an end'],
    [['hold', ...lane, ...by, '--for', 'soon'], 64, 'cannot be the value of'],
    [['hold', ...lane, ...by, '--count', '0'], 64, 'cannot be the value of'],
    [['lockdown', ...lane, '--by', '李工'], 64, '--reason must be given'],
    [['lockdown', ...lane, '--site', ...by], 64, 'cannot be used together'],
    [['lockdown', '--lane', 'esat-in', ...by], 1, 'nothing was changed: did you mean "east-in"?'],
  ])('%j changes nothing, and says why', async (args, code, words) => {
    const done = await call(...args);
    expect([done.code, done.out]).toEqual([code, '']);
    expect(done.err).toContain(words);
  });

  it('hold a boom for a convoy, show how many are left, lock the site down above it, and all of it outlives a restart', async () => {
    const convoy = await call('hold', ...lane, ...by, '--for', '2h', '--count', '12');
    expect([convoy.code, convoy.out]).toEqual([
      0,
      '✓ east-in hold; ends in 2h; ends behind 12 vehicles; now: held open',
    ]);
    await untilStatus('the boom is up', site, (status) => status.lanes[0]?.position === 'open');
    expect((await call('lanes')).out).toMatch(/hold \(hold, .*, ends in .*, 12 vehicles left\)/);
    const locked = await call('lockdown', '--site', ...by, '--json');
    expect(JSON.parse(locked.out)).toEqual({
      ...{ purpose: 'lockdown', ended: false },
      lanes: [{ lane: 'east-in', stands: true, why: null, mode: 'lockedDown' }],
    });
    await untilStatus('the boom is down', site, (status) => status.lanes[0]?.position === 'closed');

    daemon.child.kill('SIGKILL');
    await daemon.ended;
    await run();
    const { lanes } = await untilStatus('it is known', site, (status) => status.lanes[0]?.position === 'closed');
    expect(lanes[0]?.mode).toBe('lockedDown');
    expect(lanes[0]?.claims.map(({ key, passagesLeft }) => [key, passagesLeft])).toEqual([
      ['hold', 12],
      ['lockdown', null],
    ]);

    const freed = await call('lockdown', '--end', '--site', '--by', '李工');
    expect([freed.code, freed.out]).toEqual([0, '✓ east-in lockdown has ended; now: held open']);
    await untilStatus('the hold has the boom again', site, (status) => status.lanes[0]?.position === 'open');
    const service = await call('out-of-service', ...lane, ...by);
    expect([service.code, service.out]).toEqual([0, '✓ east-in out of service; now: out of service']);
    expect((await call('release', 'east-in', 'outOfService', '--by', '李工')).code).toBe(0);
    expect((await call('hold', '--end', ...lane, '--by', '李工')).out).toBe('✓ east-in hold has ended; now: normal');
    const again = await call('hold', '--end', ...lane, '--by', '李工');
    expect([again.code, again.out]).toEqual([1, '· east-in hold: there was none; now: normal']);
    await untilStatus('the boom is down again', site, (status) => status.lanes[0]?.position === 'closed');
    const told = (await call('journal', 'tail', '--kind', 'claim', '--json', '--personal')).out.split('\n');
    expect(told.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ lane: 'east-in', personal: { by: '李工', reason: '训练' } }),
    );
  });
});
