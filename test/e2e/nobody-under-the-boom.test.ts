/** What keeps a falling boom from anybody, from the contact to the frame, at a device that shares no code with us (I2). */
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openHeldClose } from '../../src/runtime/control-client.ts';
import { type Daemon, gatehouse, laneOf } from './daemon.ts';
import { monoMs, Stage, until } from './harness.ts';
import { type OneGate, oneGate, press } from './one-gate.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const SAY_MS = 80;

describe('a boom that falls on our word', () => {
  const stage = new Stage();
  afterAll(() => stage.end());

  const opened = async (gate: OneGate, daemon: Daemon, what: string): Promise<void> => {
    await press(gate, daemon, what);
    await daemon.when('the boom is up', (status) => laneOf(status, 'east').position === 'open');
  };
  const falls = (gate: OneGate) => until('the boom falls', () => gate.peer.boom(1) === 'closing');
  /** Milliseconds from now to the next write that closes the contact of this relay, as the device saw it. */
  const nextWrite = async (gate: OneGate, relay: 'open' | 'stop', act: () => void): Promise<number> => {
    const before = gate.closings(relay).length;
    const from = monoMs();
    act();
    const write = await until(`the ${relay} contact is closed`, () => gate.closings(relay)[before]);
    return write.at - from;
  };

  it('is sent up by an obstruction, is stopped with the link of whoever holds it, and past a bypassed sensor goes down no other way (I2)', async () => {
    const gate = await oneGate(stage, {
      list: false,
      autoClose: 'gateway',
      lane: 'boardProtection: { provedBy: 李工, on: 2026-03-01 }',
    });
    gate.peer.tell('boom', 1, 1500, -1);
    const daemon = gate.launch();
    await daemon.ready();

    await opened(gate, daemon, 'for a car');
    gate.contact('obstruction', false);
    await daemon.when('the car is under it', (status) => laneOf(status, 'east').inputs.obstruction === 'active');
    gate.contact('obstruction', true);
    await falls(gate);
    const reopenedMs = await nextWrite(gate, 'open', () => gate.contact('obstruction', false));
    process.stdout.write(`obstruction at the device → reopen frame at the device: ${reopenedMs.toFixed(1)} ms\n`);
    expect(reopenedMs).toBeLessThan(1000);
    await daemon.when('it is up again', (status) => laneOf(status, 'east').position === 'open');

    const bypass = [
      'bypass',
      'east',
      'obstruction',
      '--by',
      '李工',
      '--config',
      gate.site.config,
      '--state',
      gate.site.state,
    ];
    const begun = await gatehouse(stage, [...bypass, '--reason', '雷达坏了', '--for', '1h']);
    expect(begun.code, begun.err).toBe(0);
    const standing = await daemon.when('the bypass is shown', (status) => laneOf(status, 'east').bypass !== null);
    expect(laneOf(standing, 'east').bypass?.input).toBe('obstruction');
    const link = await openHeldClose(gate.site.state, 'east', '李工');
    const saying = setInterval(() => void link.say().catch(() => undefined), SAY_MS);
    await falls(gate);
    clearInterval(saying);
    const stoppedMs = await nextWrite(gate, 'stop', () => link.close());
    process.stdout.write(
      `link of whoever holds the close lost → STOP frame at the device: ${stoppedMs.toFixed(1)} ms\n`,
    );
    expect(stoppedMs).toBeLessThan(500);

    await opened(gate, daemon, 'again');
    const closes = gate.closings('close').length;
    const ended = await gatehouse(stage, [...bypass, '--end']);
    expect(ended.code, ended.err).toBe(0);
    gate.contact('obstruction', true);
    await daemon.when('it is down, as ever', (status) => laneOf(status, 'east').position === 'closed');
    expect(gate.closings('close').length).toBe(closes + 1);
    const kinds = (await gatehouse(stage, ['journal', 'tail', '-n', '200', '--json', ...bypass.slice(5)])).out;
    for (const kind of ['bypassBegun', 'bypassUsed', 'bypassEnded', 'closeLetGo']) expect(kinds).toContain(kind);
  });
});
