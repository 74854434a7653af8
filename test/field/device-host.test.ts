import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { type AnyDriver, type Driver, type DriverContext, defineDriver, z } from '../../src/contract/driver.ts';
import type { ModbusLine } from '../../src/contract/line.ts';
import type { Observation } from '../../src/core/presentation.ts';
import { Field, type FieldConfig } from '../../src/field/field.ts';
import { answerOf, BytePort } from './byte-port.ts';
import { inputsOf } from './rig.ts';

type Make = (ctx: DriverContext<ModbusLine>, unit: number) => Driver;

function driverOf(name: string, make: Make): AnyDriver {
  return defineDriver<'modbus', number>({
    ...{ name, contract: 1, line: 'modbus', host: 'main', specs: ['none'], config: z.number(), faults: {} },
    traits: () => ({ inputs: [], portal: null, outputs: [], unit: 1, polls: [] }),
    create: make,
  }) as AnyDriver;
}

/** Reads its inputs and reports how many replies it has had. */
const sound = driverOf('sound', (ctx, unit) => {
  let count = 0;
  return {
    provides: ['inputs'],
    start() {
      ctx.line.poll('inputs', inputsOf(unit), 100, 'safetyInputs', (reply) => {
        if (!reply.ok) return;
        count += 1;
        void ctx.emit({ kind: 'inputsRead', device: ctx.device, at: reply.receivedAt, values: { count: count > 0 } });
      });
    },
    stop() {},
  };
});

function site() {
  const clock = new ManualClock();
  const port = new BytePort(clock);
  port.script = (request) => [{ afterMs: 12, bytes: answerOf(request) }];
  const seen: Observation[] = [];
  const field = new Field({
    ...{ clock, random: () => 0.5, open: () => port.open, secret: () => '', log: { info() {}, warn() {} } },
    emit: async (observation) => {
      seen.push(observation);
      return 'recorded';
    },
  });
  const config = (...devices: FieldConfig['devices']): FieldConfig => ({
    lines: [{ id: 'bus', type: 'modbus-rtu', port: 'manual' }],
    devices,
  });
  const of = (device: string) => seen.filter((each) => each.device === device);
  return { clock, port, seen, of, field, config };
}

const device = (id: string, driver: AnyDriver, unit: number) => ({ id, driver, line: 'bus', config: unit });

describe('a driver that throws', () => {
  it.each<[string, Make]>([
    [
      'as it is created',
      () => {
        throw new Error('broken');
      },
    ],
    ['at its start', () => ({ provides: [], start: () => Promise.reject(new Error('broken')), stop() {} })],
    [
      'on a reply',
      (ctx, unit) => ({
        provides: [],
        start() {
          ctx.line.poll('inputs', inputsOf(unit), 100, 'safetyInputs', () => {
            throw new Error('broken');
          });
        },
        stop() {},
      }),
    ],
  ])('%s loses its own device, with a fault, and no other', async (_, make) => {
    const { clock, of, field, config } = site();
    await field.apply(config(device('bad', driverOf('bad', make), 1), device('good', sound, 2)));
    await clock.pass(900);
    expect(of('bad')).toContainEqual(
      expect.objectContaining({ kind: 'deviceFault', fault: 'driverFailed', raised: true }),
    );
    expect(of('bad')).toContainEqual(expect.objectContaining({ kind: 'deviceSilent' }));
    const before = of('good').length;
    await clock.pass(5000);
    expect(of('good').length - before).toBeGreaterThan(40);
  });

  it('is made anew after a growing wait', async () => {
    let made = 0;
    const { clock, field, config } = site();
    const bad = driverOf('bad', () => {
      made += 1;
      throw new Error('broken');
    });
    await field.apply(config(device('bad', bad, 1)));
    await clock.pass(60_000);
    expect(made).toBeGreaterThan(3);
    expect(made).toBeLessThan(20);
  });

  it('on a command leaves the caller with an outcome', async () => {
    const { clock, field, config } = site();
    const bad = driverOf('bad', () => ({
      provides: [],
      start() {},
      stop() {},
      command: () => Promise.reject(new Error('broken')),
    }));
    await field.apply(config(device('bad', bad, 1)));
    const outcome = await field.command('bad', {
      ...{ id: 'boot.1', action: 'pulseOpen', priority: 'command', deadline: clock.mono() + 100, onlyIfClear: [] },
    });
    expect(outcome.result).toBe('unanswered');
  });

  it('or never settles a command, does not keep the caller waiting', async () => {
    const { clock, field, config } = site();
    const deaf = driverOf('deaf', () => ({
      provides: [],
      start() {},
      stop() {},
      command: () => new Promise(() => {}),
    }));
    await field.apply(config(device('deaf', deaf, 1)));
    const outcome = field.command('deaf', {
      ...{ id: 'boot.1', action: 'pulseOpen', priority: 'command', deadline: clock.mono() + 100, onlyIfClear: [] },
    });
    await clock.pass(2000);
    expect((await outcome).result).toBe('unanswered');
  });
});

describe('a device', () => {
  it('that falls silent is reported once, and once when it is back', async () => {
    const { clock, port, of, field, config } = site();
    await field.apply(config(device('gate', sound, 1)));
    await clock.pass(1000);
    port.script = () => [];
    await clock.pass(3000);
    port.script = (request) => [{ afterMs: 12, bytes: answerOf(request) }];
    await clock.pass(20_000);
    const life = of('gate')
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'inputsRead');
    expect(life).toEqual(['deviceSilent', 'deviceReturned']);
  });

  it('is unknown at once when its adapter is pulled', async () => {
    const { clock, port, of, field, config } = site();
    await field.apply(config(device('gate', sound, 1)));
    await clock.pass(1000);
    port.unplug();
    await clock.pass(1);
    expect(of('gate').at(-1)).toMatchObject({ kind: 'deviceSilent' });
  });
});

describe('a reload', () => {
  it('replaces what differs and leaves the rest running', async () => {
    const { clock, port, of, field, config } = site();
    const kept = device('kept', sound, 1);
    await field.apply(config(kept, device('gone', sound, 2), device('changed', sound, 3)));
    await clock.pass(1000);
    await field.apply(config({ ...kept }, device('changed', sound, 4), device('new', sound, 5)));
    const before = { gone: of('gone').length, sent: port.sent.length };
    await clock.pass(2000);
    expect(port.opened).toBe(1);
    expect(of('gone')).toHaveLength(before.gone);
    const units = new Set(port.sent.slice(before.sent + 1).map(({ hex }) => hex.slice(0, 2)));
    expect([...units].sort()).toEqual(['01', '04', '05']);
    expect(field.status().devices.map(({ id, state }) => [id, state])).toEqual([
      ['kept', 'answering'],
      ['changed', 'answering'],
      ['new', 'answering'],
    ]);
  });

  it('stops everything without a timer left', async () => {
    const { clock, field, config } = site();
    await field.apply(config(device('gate', sound, 1)));
    await clock.pass(1000);
    await field.stop();
    await clock.pass(100);
    expect(clock.timers()).toEqual([]);
  });
});
