import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { type AnyDriver, defineDriver, z } from '../../src/contract/driver.ts';
import type { InputRole } from '../../src/core/site-model.ts';
import type { Observation } from '../../src/core/presentation.ts';
import { Field } from '../../src/field/field.ts';
import { answerOf, BytePort } from './byte-port.ts';
import { inputsOf } from './rig.ts';

/** Reads its unit at 5 Hz and has one input of the role given. */
const reading = (role: InputRole): AnyDriver =>
  defineDriver<'modbus', number>({
    ...{ name: role, contract: 1, line: 'modbus', host: 'main', specs: ['none'], config: z.number(), faults: {} },
    traits: (unit) => ({
      inputs: [{ id: role, role, failsActive: false }],
      ...{ portal: null, outputs: [], unit, polls: [] },
    }),
    create: (ctx, unit) => ({
      provides: ['inputs'],
      start() {
        ctx.line.poll('inputs', inputsOf(unit), 200, 'safetyInputs', () => {});
      },
      stop() {},
    }),
  }) as AnyDriver;

async function site(roles: readonly [InputRole, InputRole], delayMs: (unit: number) => number) {
  const clock = new ManualClock();
  const port = new BytePort(clock);
  port.script = (request) => [{ afterMs: 15 + delayMs(request[0] ?? 0), bytes: answerOf(request) }];
  const seen: Observation[] = [];
  const field = new Field({
    ...{ clock, random: () => 0.5, open: () => port.open, secret: () => '', log: { info() {}, warn() {} } },
    emit: async (observation) => {
      seen.push(observation);
      return 'recorded';
    },
  });
  const devices = roles.map((role, at) => ({
    id: `unit${at + 1}`,
    driver: reading(role),
    line: 'bus',
    config: at + 1,
  }));
  await field.apply({ lines: [{ id: 'bus', type: 'modbus-rtu', port: 'manual' }], devices });
  const faults = () =>
    seen.flatMap((each) =>
      each.kind === 'deviceFault' ? [`${each.raised ? '+' : '-'}${each.fault} ${each.device}`] : [],
    );
  return { clock, field, seen, faults };
}

describe('a unit that answers more slowly than check reckons with', () => {
  it('is a fault where another unit of its line has a button, and none once it answers in time', async () => {
    let delay = 45;
    const { clock, faults, seen } = await site(['button', 'arming'], (unit) => (unit === 2 ? delay : 5));
    await clock.pass(20_000);
    expect(faults()).toEqual(['+slowUnit unit2']);
    expect(seen.find((each) => each.kind === 'deviceFault')).toMatchObject({
      detail: expect.stringMatching(/^answers in [4-6]\d ms, 30 ms reckoned with on bus$/),
    });
    delay = 25;
    await clock.pass(30_000);
    expect(faults()).toHaveLength(1);
    delay = 5;
    await clock.pass(30_000);
    expect(faults()).toEqual(['+slowUnit unit2', '-slowUnit unit2']);
  });

  it('is none on a line without button and fire contact', async () => {
    const { clock, faults } = await site(['obstruction', 'arming'], () => 45);
    await clock.pass(20_000);
    expect(faults()).toEqual([]);
  });

  it('is none for units that answer as usual, a late answer now and then included', async () => {
    let nth = 0;
    const { clock, faults } = await site(['fire', 'arming'], () => {
      nth += 1;
      return nth % 40 === 0 ? 60 : 8;
    });
    await clock.pass(60_000);
    expect(faults()).toEqual([]);
  });
});
