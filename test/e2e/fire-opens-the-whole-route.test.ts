import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import type { AlarmPayload } from '../../src/upstream/payloads.ts';
import { Broker, Subscriber } from '../upstream/broker.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { faultOf, gatehouse, laneOf } from './daemon.ts';
import { fireRoute } from './fire-route.ts';
import { Stage, until } from './harness.ts';
import { furtherPolls } from './one-gate.ts';
import { allSensors } from './site.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

const key = 'fire:east-boom.fire';
const lanes = ['east', 'west'] as const;

/** A relay of the first board that tells the fire panel, and a mains relay beside it; energised = there is power. */
const feedback = 6;
const mainsLost = 7;
const wired = allSensors.replace('fire: 6', `fire: { at: 6, feedback: ${feedback} }, mainsLost: ${mainsLost}`);

it('a fire contact of one lane opens every lane of its route, over a kill, until a named person releases it (I3)', async () => {
  const gate = await fireRoute(stage, { eastInputs: wired });
  const told = (on: boolean) =>
    gate.peer
      .writes(1)
      .filter(({ fc, address, values }) => fc === 5 && address === feedback - 1 && values[0] === Number(on));
  gate.peer.input(1, mainsLost, true);
  await gate.peer.settled();
  const first = gate.launch();
  await first.ready();
  gate.contact('east', 'fire', false);
  for (const lane of lanes) await until(`${lane} is held`, () => gate.holds(lane, true).length > 0);
  await first.when('both booms are measured open', ({ lanes: all }) => all.every((lane) => lane.position === 'open'));
  const [closed] = await until('the panel is told', () => told(true).length > 0 && told(true));
  for (const lane of lanes)
    expect(closed?.at).toBeGreaterThan(gate.holds(lane, true)[0]?.at ?? Number.POSITIVE_INFINITY);
  const moved = gate.peer.writes().length;
  gate.peer.input(1, mainsLost, false);
  await first.when('the mains is lost', (status) => faultOf(status, 'mainsLost', 'east') !== undefined);
  expect(gate.peer.writes()).toHaveLength(moved);
  expect(told(false)).toEqual([]);
  gate.contact('east', 'fire', true);
  await first.when('the contact is normal', (status) => laneOf(status, 'east').inputs.fire === 'inactive');
  await first.kill();

  const before = gate.holds('west', true).length;
  await gate.powerReturns('west');
  const second = gate.launch();
  await until('west is held again', () => gate.holds('west', true).length > before);
  const status = await second.when('both are measured open again', ({ emergencies, lanes: all }) => {
    return emergencies.length === 1 && all.every((lane) => lane.position === 'open' && lane.mode === 'emergency');
  });
  expect(status.emergencies[0]).toMatchObject({ key, purpose: 'fire', lanes: [{ lane: 'east' }, { lane: 'west' }] });
  await second.ready();
  await until('the panel is told of the boom that was down, and that it is up again', () => {
    const [off] = told(false);
    return off !== undefined && (told(true).at(-1)?.at ?? 0) > off.at;
  });
  await furtherPolls(gate.peer, 1, 30);
  expect(faultOf(await second.status(), 'mainsLost', 'east')).toBeDefined();
  expect(lanes.flatMap((lane) => gate.holds(lane, false))).toEqual([]);
  expect(faultOf(await second.status(), 'latchUnreadable')).toBeUndefined();

  const by = ['--config', gate.site.config, '--state', gate.site.state, '--by', '李卫'];
  expect((await gatehouse(stage, ['release', 'west', key, ...by])).code).toBe(0);
  for (const lane of lanes) await until(`${lane} is let go`, () => gate.holds(lane, false).length > 0);
  await until('the panel is told that it is over', () => (told(false).at(-1)?.at ?? 0) > (told(true).at(-1)?.at ?? 0));
  await second.when('both booms are down', ({ lanes: all }) => all.every((lane) => lane.position === 'closed'));
  expect(await second.stop()).toBe(0);
  expect(verifyJournal(gate.site.state).sound).toBe(true);
});

it('a fire is told to the platform at once, and how long each lane took', async () => {
  const broker = await Broker.make(stage);
  const subscriber = await Subscriber.make(stage, broker.watchPort);
  const gate = await fireRoute(stage);
  writeFileSync(
    join(gate.site.config, 'upstream.yaml'),
    `upstream: { host: 127.0.0.1, port: ${broker.port}, tls: false }\n`,
  );
  const daemon = gate.launch();
  await daemon.ready();
  const alarms = () => subscriber.heard().flatMap(({ topic, payload }) => (topic.endsWith('/alarm') ? [payload] : []));
  await until('there is none', () => alarms().at(-1)?.includes('"active":false'));
  gate.contact('west', 'fire', false);
  await until('it is told', () => alarms().at(-1)?.includes('"active":true'));
  await until('how long each took is told', () => {
    const { causes } = JSON.parse(alarms().at(-1) ?? '{}') as AlarmPayload;
    const [cause] = causes;
    return cause?.key === 'fire:west-boom.fire' && cause.lanes.every(({ openedMs }) => openedMs !== null);
  });
  const opened = await until('the records come', () => {
    const found = subscriber.events().filter(({ kind }) => kind === 'emergencyOpened');
    return found.length === 2 && found;
  });
  for (const { body } of opened) expect(body).toMatchObject({ basis: 'measured', inTime: true });
});

it('a start on a restored database lets no boom come down until a named person has looked at its lane (I3)', async () => {
  const gate = await fireRoute(stage);
  const first = gate.launch();
  await first.ready();
  await first.stop();
  for (const name of ['gatehouse.db', 'gatehouse.db-wal', 'gatehouse.db-shm'])
    rmSync(join(gate.site.state, name), { force: true });
  const daemon = gate.launch();
  await daemon.ready();
  await daemon.when('both lanes are in doubt', (status) =>
    lanes.every((lane) => faultOf(status, 'latchUnreadable', lane) !== undefined),
  );
  gate.contact('east', 'button', true);
  await daemon.when('the button opens', (status) => laneOf(status, 'east').position === 'open');
  gate.contact('east', 'button', false);
  await daemon.when('the grant is over', (status) => laneOf(status, 'east').grants === 0, 30_000);
  await furtherPolls(gate.peer, 1, 60);
  expect(laneOf(await daemon.status(), 'east').position).toBe('open');
  const common = ['--config', gate.site.config, '--state', gate.site.state, '--by', '李卫', '--reason', '现场无火情'];
  expect((await gatehouse(stage, ['acknowledge', 'east', 'latchUnreadable', ...common])).code).toBe(0);
  const status = await daemon.status();
  expect(faultOf(status, 'latchUnreadable', 'east')).toBeUndefined();
  expect(faultOf(status, 'latchUnreadable', 'west')).toBeDefined();
});
