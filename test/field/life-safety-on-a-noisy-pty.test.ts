import { afterEach, expect, it, vi } from 'vitest';
import type { AnyDriver } from '../../src/contract/driver.ts';
import { Field } from '../../src/field/field.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import driver from '../../drivers/barrier-modbus/index.ts';
import { ptyPair, rtuPeer } from '../e2e/gate-peer.ts';
import { monoMs, Stage, start, until } from '../e2e/harness.ts';
import { profile } from './barrier-rig.ts';

vi.setConfig({ testTimeout: 60_000 });

const stage = new Stage();
afterEach(() => stage.end());

/** A byte each millisecond, as near as the machine lets it; how short the wait is, is shown in virtual time beside this. */
const babbler = `
import os, sys, time
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
print("speaks", flush=True)
while True:
    os.write(port, os.urandom(1))
    time.sleep(0.001)
`;

/** Eight units, two of them dead, at a device that shares no code with us. */
it('a press, a reopening and an emergency reach a board on a real tty while somebody there speaks all the time (I4)', async () => {
  const alive = [1, 2, 3, 4, 5, 6];
  const pty = await ptyPair(stage);
  const peer = await rtuPeer(stage, pty.theirs, alive);
  const clock = systemClock();
  const field = new Field({
    ...{ clock, random: () => 0, secret: () => '', log: { info() {}, warn() {} } },
    emit: async () => 'recorded',
  });
  stage.onEnd(() => field.stop());
  await field.apply({
    lines: [{ id: 'bus', type: 'modbus-rtu', port: pty.ours, baud: 9600 }],
    devices: [...alive, 7, 8].map((unit) => ({
      ...{ id: `boom-${unit}`, driver: driver as AnyDriver, line: 'bus' },
      config: driver.config.parse({
        ...{ unit, profile: profile('generic-coils'), travel: '3s', hold: 'holdInput' },
        inputs: { openLimit: 1, closedLimit: 2 },
      }),
    })),
  });
  for (const unit of alive) await until(`unit ${unit} is read`, () => peer.reads(unit).length > 5);
  const noise = start(stage, '/usr/bin/python3', ['-c', babbler, pty.theirs]);
  await until('somebody babbles', () => noise.out.includes('speaks'));

  const took: number[] = [];
  for (const [at, unit] of alive.entries()) {
    const before = peer.writes(unit).length;
    const asked = monoMs();
    const [action, priority] = (
      [
        ['pulseOpen', 'guard'],
        ['pulseOpen', 'reopen'],
        ['holdOn', 'emergency'],
      ] as const
    )[at % 3] ?? ['holdOn', 'emergency'];
    const command = { id: `boot.${at}`, action, priority, deadline: clock.mono() + 5000, onlyIfClear: [] };
    void field.command(`boom-${unit}`, command);
    const frame = await until(`the frame of ${priority}`, () => peer.writes(unit)[before], 10_000);
    took.push(frame.at - asked);
  }
  // Some 50 ms where the machine is idle; waiting for the line to be quiet for longer than a frame's silence would have no end.
  const sorted = took.sort((a, b) => a - b);
  expect(sorted[sorted.length >> 1]).toBeLessThan(500);
});
