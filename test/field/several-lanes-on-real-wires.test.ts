import { afterEach, expect, it, vi } from 'vitest';
import type { AnyDriver, DriverOutcome } from '../../src/contract/driver.ts';
import type { InputsRead } from '../../src/core/presentation.ts';
import { Field } from '../../src/field/field.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import driver from '../../drivers/barrier-modbus/index.ts';
import { ptyPair, rtuPeer } from '../e2e/gate-peer.ts';
import { Stage, until } from '../e2e/harness.ts';
import { deviceOf, fourLanes } from './crowded-line.ts';

vi.setConfig({ testTimeout: 60_000 });

const stage = new Stage();
afterEach(() => stage.end());

it('four lanes of one board open with one write at a device that shares no code with us (pymodbus on a tty)', async () => {
  const pty = await ptyPair(stage);
  const peer = await rtuPeer(stage, pty.theirs, [1]);
  const clock = systemClock();
  const open = new Map<string, unknown>();
  const field = new Field({
    ...{ clock, random: () => 0, secret: () => '', log: { info() {}, warn() {} } },
    emit: async (seen) => {
      if (seen.kind === 'inputsRead' && seen.outputs !== undefined) open.set(seen.device, (seen as InputsRead).outputs);
      return 'recorded';
    },
  });
  stage.onEnd(() => field.stop());
  const lanes = fourLanes(1).map((written, nth) => ({
    ...{ id: deviceOf(1, nth + 1), driver: driver as AnyDriver, line: 'bus' },
    config: driver.config.parse(written),
  }));
  await field.apply({ lines: [{ id: 'bus', type: 'modbus-rtu', port: pty.ours, baud: 9600 }], devices: lanes });
  await until('every lane is read', () => open.size === 4);
  for (const outputs of open.values()) expect(outputs).toMatchObject({ open: false });

  const outcomes: Promise<DriverOutcome>[] = [];
  field.together(() => {
    for (const { id } of lanes)
      outcomes.push(
        field.command(id, {
          ...{ id: `boot.${id}`, action: 'holdOn', priority: 'emergency', onlyIfClear: [] },
          deadline: clock.mono() + 5000,
        }),
      );
  });
  expect((await Promise.all(outcomes)).map(({ result }) => result)).toEqual(new Array(4).fill('confirmed'));
  const opened = () => [...open.values()].every((outputs) => (outputs as { open?: boolean }).open === true);
  await until('the board shows all four contacts on', opened);
  expect(peer.writes().map(({ fc, address, values }) => ({ fc, address, values }))).toEqual([
    { fc: 15, address: 0, values: [1, 1, 1, 1] },
  ]);
  expect(peer.reads(1, 2).length).toBeGreaterThan(0);
});
