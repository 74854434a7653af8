import { afterEach, expect, it, vi } from 'vitest';
import type { DrillReport } from '../../src/cli/drill-report.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { faultOf, gatehouse } from './daemon.ts';
import { fireRoute } from './fire-route.ts';
import { Stage, until } from './harness.ts';
import { furtherPolls } from './one-gate.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const stage = new Stage();
afterEach(() => stage.end());

const lanes = ['east', 'west'] as const;
const drill = { method: 'drill', reach: { kind: 'route', route: 'north' }, by: '李卫', note: '' } as const;

it('a drill ends with its process, its booms staying up, and a fire takes over the next one without letting go of a boom', async () => {
  const gate = await fireRoute(stage);
  const common = ['--config', gate.site.config, '--state', gate.site.state];
  const report = async () =>
    JSON.parse((await gatehouse(stage, ['drill', 'report', '--json', ...common])).out) as DrillReport;
  const first = gate.launch();
  await first.ready();
  await first.ask(drill);
  for (const lane of lanes) await until(`${lane} is held`, () => gate.holds(lane, true).length > 0);
  await first.when('both lanes are timed', ({ drill: now }) => now?.lanes.every(({ opened }) => opened !== null));
  await until('both are on record: what is not durable yet dies with the process', async () => {
    const { drills } = await report();
    return drills[0]?.lanes.length === 2 && drills[0].lanes.every(({ basis }) => basis === 'measured');
  });
  await first.kill();

  const second = gate.launch();
  const found = await second.ready();
  expect(found.drill).toBeNull();
  expect(found.emergencies).toEqual([]);
  await second.when('what it held up is found', (status) =>
    lanes.every((lane) => faultOf(status, 'openContactFoundOn', lane) !== undefined),
  );
  await furtherPolls(gate.peer, 1, 30);
  expect(lanes.flatMap((lane) => gate.holds(lane, false))).toEqual([]);
  const [cutOff] = await until('the record of the one cut off', async () => {
    const { drills } = await report();
    return drills[0]?.result === 'interrupted' && drills;
  });
  expect(cutOff).toMatchObject({ why: 'restarted', by: '李卫', lanes: [{ basis: 'measured' }, { basis: 'measured' }] });

  await second.ask(drill);
  await second.when('it is under way', ({ drill: now }) => now !== null);
  await expect(second.ask(drill)).rejects.toMatchObject({ code: 'drillRunning' });
  gate.contact('west', 'fire', false);
  const burning = await second.when(
    'the fire has it',
    ({ emergencies, drill: now }) => now === null && emergencies.length === 1,
  );
  expect(burning.lanes.map(({ mode, position }) => [mode, position])).toEqual([
    ['emergency', 'open'],
    ['emergency', 'open'],
  ]);
  await furtherPolls(gate.peer, 1, 60);
  expect(lanes.flatMap((lane) => gate.holds(lane, false))).toEqual([]);
  await expect(second.ask(drill)).rejects.toMatchObject({ code: 'emergencyStands' });
  expect(await second.stop()).toBe(0);
  const { drills, chain } = await report();
  expect(drills.map(({ result, why, proof }) => [result, why, proof])).toEqual([
    ['interrupted', 'restarted', 'anchored'],
    ['interrupted', 'emergency', 'anchored'],
  ]);
  expect(chain.state).toBe('verified');
  expect(verifyJournal(gate.site.state).sound).toBe(true);
});
