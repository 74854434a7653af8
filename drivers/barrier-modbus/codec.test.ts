import { describe, expect, it } from 'vitest';
import type { ModbusRequest } from '../../src/contract/line.ts';
import { modbusClient } from '../../src/field/modbus-client.ts';
import { guard, pulse, read, readInputs, set, states } from './codec.ts';
import { configSchema, inputsOf } from './config.ts';
import { examples, profile } from '../../test/field/barrier-rig.ts';
import { profileSchema } from './profile.ts';
import { type Vector, vectors } from './vectors.ts';

/** Through the protocol library, as the line sends it. */
function onTheWire(request: ModbusRequest): string {
  let hex = '';
  modbusClient((rtu) => {
    hex = [...rtu].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');
  }).issue(request, () => {});
  return hex;
}

function requestOf({ profile: name, order }: Vector): ModbusRequest {
  const board = profileSchema.parse(profile(name));
  switch (order.kind) {
    case 'pulse':
      return pulse(board, 1, order.relay, order.ms).request;
    case 'set':
      return set(board, 1, order.relay, order.on);
    case 'outputs':
    case 'inputs': {
      const block = order.kind === 'outputs' ? board.readBack : board.inputs;
      if (block === null) throw new Error('no such block');
      return read(block, 1);
    }
    case 'analog': {
      if (board.analog === undefined) throw new Error('no analog inputs');
      const { fc, address, count } = board.analog;
      return { fc, unit: 1, address, count };
    }
    case 'modes':
      if (board.mustBeZero === undefined) throw new Error('no modes');
      return { ...board.mustBeZero, unit: 1 };
  }
}

describe('frames are those that the makers print', () => {
  it.each(vectors.map((vector) => [`${vector.profile}: ${vector.what}`, vector] as const))('%s', (_, vector) => {
    expect(onTheWire(requestOf(vector))).toBe(vector.hex);
  });
});

describe('a pulse', () => {
  it.each([
    ['waveshare-8', 500, 500, true],
    ['waveshare-8', 149, 100, true],
    ['jydam', 500, 500, true],
    ['eletechsup-r421a08', 500, 1000, true],
    ['eletechsup-r421a08', 1500, 2000, true],
    ['generic-coils', 500, 500, false],
  ])('%s, %i ms asked: the contact is closed for %i ms, released by itself: %s', (name, ask, ms, selfReleasing) => {
    expect(pulse(profileSchema.parse(profile(name)), 1, 1, ask)).toMatchObject({ ms, selfReleasing });
  });
});

describe('readings', () => {
  const config = configSchema.parse(examples()[0]);
  const inputs = inputsOf(config);

  it('a dead cable reads occupied and in alarm, and no limit, car or button', () => {
    expect(readInputs(inputs, new Array(8).fill(false))).toEqual({
      ...{ openLimit: false, closedLimit: false, obstruction: true, arming: false, button: false, fire: true },
    });
  });

  it('an input that the reply lacks is not made up', () => {
    expect(readInputs(inputs, [true, false])).toEqual({ openLimit: true, closedLimit: false });
  });

  it('packed registers and single words give the same states', () => {
    const packed = states({ layout: 'packed', fc: 4, address: 0, count: 18 }, { bits: [], registers: [0b101, 0b10] });
    expect(packed.flatMap((on, at) => (on ? [at + 1] : []))).toEqual([1, 3, 18]);
    const words = states({ layout: 'words', fc: 3, address: 1, count: 3 }, { bits: [], registers: [1, 0, 1] });
    expect(words).toEqual([true, false, true]);
  });

  it('the guard of a close demands the raw state that means clear', () => {
    const obstruction = inputs.filter(({ name }) => name === 'obstruction').map((input) => ({ input, active: false }));
    const { profile: board } = config;
    if (board.inputs === null) throw new Error('no inputs');
    const { mask, equals } = guard(board.inputs, obstruction, 250);
    expect(mask.indexOf(true)).toBe(2);
    expect(equals[2]).toBe(true);
  });
});

describe('a configuration', () => {
  const base = { unit: 1, profile: profile('waveshare-8') };
  it.each<[string, Record<string, unknown>]>([
    ['two orders on one relay', { relays: { open: 1, close: 1 } }],
    ['a relay that the board lacks', { relays: { open: 9 } }],
    ['an input that the board lacks', { inputs: { button: 9 } }],
    ['two contacts on one input', { inputs: { button: 3, arming: 3 } }],
    ['the N.O. half of a fire contact alone', { inputs: { fireNo: 3 } }],
    ['a step input that is to be held', { open: 'maintained', openInput: 'step' }],
    ['a duration without a unit', { pulse: '500' }],
    ['a pulse outside its range', { pulse: '1m' }],
    ['an unknown key', { travle: '3s' }],
    ['an unknown input', { inputs: { obstuction: 3 } }],
  ])('with %s is refused', (_, wrong) => {
    expect(configSchema.safeParse(base).success).toBe(true);
    expect(configSchema.safeParse({ ...base, ...wrong }).success).toBe(false);
  });
});
