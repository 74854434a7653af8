import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import barrier from '../../drivers/barrier-modbus/index.ts';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import type { Observation } from '../../src/core/presentation.ts';
import { Field, type FieldConfig, type LineConfig } from '../../src/field/field.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { examples } from './barrier-rig.ts';
import { answerOf, BytePort } from './byte-port.ts';
import { freePort } from '../house/free-port.ts';
import { until } from './peers.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const gate = (id: string): FieldConfig['devices'][number] => ({
  ...{ id, driver: barrier as AnyDriver, line: 'bus', config: barrier.config.parse(examples()[0]) },
});

function fieldThatNotes(settings: Pick<ConstructorParameters<typeof Field>[0], 'clock' | 'open'>) {
  const seen: Observation[] = [];
  const field = new Field({
    ...{ random: () => 0.5, secret: () => '', log: { info() {}, warn() {} }, ...settings },
    emit: async (observation) => {
      seen.push(observation);
      return 'recorded';
    },
  });
  undo.push(() => field.stop());
  const silences = (id: string) => seen.filter((each) => each.kind === 'deviceSilent' && each.device === id);
  const isBack = (id: string) => seen.some((each) => each.kind === 'deviceReturned' && each.device === id);
  return { field, silences, isBack };
}

async function lossOn(line: LineConfig): Promise<string> {
  const { field, silences } = fieldThatNotes({ clock: systemClock() });
  await field.apply({ lines: [line], devices: [gate('gate')] });
  const [silence] = await until(() => (silences('gate').length > 0 ? silences('gate') : null), 15_000, 'the loss');
  const status = field.status();
  expect(status.devices[0]).toMatchObject({ id: 'gate', state: 'silent' });
  expect(status.lines[0]).toMatchObject({ up: false, opened: 0 });
  const why = silence?.kind === 'deviceSilent' ? silence.why : '';
  expect(status.devices[0]?.why).toBe(why);
  return why;
}

describe('a line that never opened', () => {
  it('makes its devices silent, naming the path and the error', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-no-port-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    const port = join(folder, 'usb-never-plugged-in');
    const why = await lossOn({ id: 'bus', type: 'modbus-rtu', port });
    expect(why).toContain(port);
    expect(why).toContain('ENOENT');
  });

  it('makes its devices silent where nobody listens on the TCP port', async () => {
    const port = await freePort();
    const why = await lossOn({ id: 'bus', type: 'modbus-tcp', host: '127.0.0.1', port });
    expect(why).toContain(`127.0.0.1:${port}`);
    expect(why).toContain('ECONNREFUSED');
  });

  it('is told once however often it is tried, to a device added later too, and heals when the port comes', async () => {
    const clock = new ManualClock();
    const port = new BytePort(clock);
    port.present = false;
    port.script = (request) => [{ afterMs: 12, bytes: answerOf(request) }];
    const { field, silences, isBack } = fieldThatNotes({ clock, open: () => port.open });
    const lines: LineConfig[] = [{ id: 'bus', type: 'modbus-rtu', port: 'manual' }];
    await field.apply({ lines, devices: [gate('gate')] });
    await clock.pass(60_000);
    expect(silences('gate')).toEqual([expect.objectContaining({ why: 'no such port' })]);
    await field.apply({ lines, devices: [gate('gate'), gate('later')] });
    await clock.pass(100);
    expect(silences('later')).toEqual([expect.objectContaining({ why: 'no such port' })]);
    port.present = true;
    await clock.pass(10_000);
    expect(field.status().lines[0]).toMatchObject({ up: true, opened: 1 });
    expect([isBack('gate'), isBack('later')]).toEqual([true, true]);
  });

  it('says nothing of a line that was stopped before it could open', async () => {
    const clock = new ManualClock();
    const { field, silences } = fieldThatNotes({ clock, open: () => new BytePort(clock).open });
    await field.apply({ lines: [{ id: 'bus', type: 'modbus-rtu', port: 'manual' }], devices: [gate('gate')] });
    await field.stop();
    await clock.pass(10_000);
    expect(silences('gate')).toEqual([]);
  });
});
