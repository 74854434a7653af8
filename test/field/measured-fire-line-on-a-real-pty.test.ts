import { afterEach, expect, it } from 'vitest';
import driver from '../../drivers/barrier-modbus/index.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import type { InputsRead } from '../../src/core/presentation.ts';
import { Field } from '../../src/field/field.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { profile } from './barrier-rig.ts';
import { ptyPair, pythonPeer, until } from './peers.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

it('a fire contact is measured by FC04 of an independent device (pymodbus), beside contacts read by FC02', async () => {
  const pty = await ptyPair();
  undo.push(() => pty.remove());
  const board = pythonPeer('modbus_board.py', 'rtu', pty.theirs, '9600');
  undo.push(() => board.stop());
  await board.waitFor((line) => line === 'ready');
  const seen: InputsRead[] = [];
  const field = new Field({
    ...{ clock: systemClock(), random: Math.random, secret: () => '', log: { info() {}, warn() {} } },
    emit: async (observation) => {
      if (observation.kind === 'inputsRead') seen.push(observation);
      return 'recorded';
    },
  });
  undo.push(() => field.stop());
  const bands = { short: [0, 300], alarm: [900, 1500], normal: [2500, 3300], open: [3900, 4095] };
  const measured = (unit: number, fire: number, fire2: number) => ({
    ...{ id: `board-${unit}`, driver: driver as AnyDriver, line: 'bus' },
    config: driver.config.parse({
      ...{ unit, profile: profile('generic-analog') },
      inputs: {
        arming: 3,
        fire: { at: fire, supervision: 'analog', bands },
        fire2: { at: fire2, supervision: 'analog', bands },
      },
    }),
  });
  await field.apply({
    lines: [{ id: 'bus', type: 'modbus-rtu', port: pty.ours, baud: 9600 }],
    devices: [measured(1, 2, 3), measured(2, 4, 1)],
  });
  const told = (device: string, name: string) => seen.findLast((one) => one.device === device && name in one.values);
  await until(
    () => (['board-1', 'board-2'].every((device) => told(device, 'fire') && told(device, 'arming')) ? true : null),
    30_000,
    'both boards to be read',
  );
  expect(told('board-1', 'fire')).toMatchObject({ values: { fire: true, fire2: false }, lines: {} });
  expect(told('board-2', 'fire')).toMatchObject({
    values: { fire: false, fire2: false },
    lines: { fire: 'open', fire2: 'short' },
  });
  expect(told('board-1', 'arming')?.values).toEqual({ arming: true });
});
