import { afterEach, expect, it, vi } from 'vitest';
import { hikvisionPush, PushingCamera } from './cameras.ts';
import { laneOf } from './daemon.ts';
import { tcpPeer } from './gate-peer.ts';
import { Stage, until } from './harness.ts';
import { readJournal } from './journal-check.ts';
import { carCalls, furtherPolls, oneGate, resident } from './one-gate.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });
let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

it('the same event pushed again after a kill -9 moves nothing (I9)', async () => {
  const gate = await oneGate(stage, {});
  const first = gate.launch();
  await first.ready();
  const push = hikvisionPush(resident, { uuid: 'SAME-EVENT-1' });
  gate.contact('arming', true);
  await first.when('a car', (status) => laneOf(status, 'east').inputs.arming === 'active');
  await new PushingCamera(stage, gate.site.receiverPort, 'e2eonegatesecret').push(push);
  await until('opened', () => gate.closings('open').length === 1);
  await first.kill();

  const second = gate.launch();
  await second.ready();
  await second.when('closed, with the car before it', (status) => {
    const { position, inputs } = laneOf(status, 'east');
    return position === 'closed' && inputs.arming === 'active';
  });
  await new PushingCamera(stage, gate.site.receiverPort, 'e2eonegatesecret').push(push);
  await furtherPolls(gate.peer, 1, 20);
  expect(gate.closings('open')).toHaveLength(1);
  const another = hikvisionPush(resident, { uuid: 'ANOTHER-EVENT' });
  await new PushingCamera(stage, gate.site.receiverPort, 'e2eonegatesecret').push(another);
  await until('opened for the new event', () => gate.closings('open').length === 2);
});

it('SIGTERM with a write in flight leaves its outcome on record', async () => {
  const peer = await tcpPeer(stage, [1], 'raw');
  peer.tell('slow', 1, 60);
  const gate = await oneGate(stage, { peer, profile: 'waveshare-8', autoClose: 'gateway' });
  const daemon = gate.launch();
  await daemon.ready();
  gate.peer.tell('kill', daemon.pid, 1, 0, 15);
  await carCalls(gate, daemon, resident).catch(() => undefined);
  expect((await daemon.process.ended).code).toBe(0);
  const journal = readJournal(gate.site.state);
  expect(gate.peer.writes(1)).toHaveLength(1);
  expect(journal.commands).toHaveLength(1);
  expect(journal.outcomes.size).toBe(1);
});
