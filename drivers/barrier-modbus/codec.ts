/** Orders and readings ↔ Modbus requests and replies, by the board's profile. Pure. */
import type { ModbusRequest, TransactOptions } from '../../src/contract/line.ts';
import type { BoardInput } from './config.ts';
import type { Profile, Readable } from './profile.ts';

export interface PulsePlan {
  readonly request: ModbusRequest;
  /** How long the contact is closed; boards count in steps of their own. */
  readonly ms: number;
  /** The board releases by itself; otherwise an OFF must follow. */
  readonly selfReleasing: boolean;
}

function counts(ms: number, stepMs: number, max: number): number {
  return Math.min(max, Math.max(1, Math.round(ms / stepMs)));
}

export function pulse(profile: Profile, unit: number, relay: number, ms: number): PulsePlan {
  const at = relay - 1;
  const how = profile.pulse;
  switch (how.by) {
    case 'coilValue': {
      const value = counts(ms, how.stepMs, how.max);
      return { request: { fc: 5, unit, address: how.base + at, value }, ms: value * how.stepMs, selfReleasing: true };
    }
    case 'registers': {
      const value = counts(ms, how.stepMs, how.max);
      const address = how.base + how.stride * at;
      return {
        request: { fc: 16, unit, address, values: [how.mode, value] },
        ms: value * how.stepMs,
        selfReleasing: true,
      };
    }
    case 'register': {
      const seconds = Math.min(how.max, Math.max(1, Math.ceil(ms / 1000)));
      const value = seconds === 1 ? how.momentary : how.seconds | seconds;
      return { request: { fc: 6, unit, address: how.base + at, value }, ms: seconds * 1000, selfReleasing: true };
    }
    case 'onOff':
      return { request: set(profile, unit, relay, true), ms, selfReleasing: false };
  }
}

/** A relay on or off, to stay so. */
export function set(profile: Profile, unit: number, relay: number, on: boolean): ModbusRequest {
  const how = profile.write;
  const address = how.base + relay - 1;
  if (how.by === 'register') return { fc: 6, unit, address, value: on ? how.on : how.off };
  return { fc: 5, unit, address, value: on ? 0xff00 : 0 };
}

/** Registers or bits that the block takes on the wire. */
function quantity(block: Readable): number {
  return block.layout === 'packed' ? Math.ceil(block.count / 16) : block.count;
}

export function read(block: Readable, unit: number): Extract<ModbusRequest, { count: number }> {
  return { fc: block.fc, unit, address: block.address, count: quantity(block) };
}

/** The states that one reply shows, first = number 1. */
export function states(block: Readable, reply: { bits: readonly boolean[]; registers: readonly number[] }): boolean[] {
  if (block.layout === 'bits') return reply.bits.slice(0, block.count);
  if (block.layout === 'words') return reply.registers.slice(0, block.count).map((value) => (value & 1) === 1);
  return Array.from({ length: block.count }, (_, at) => (((reply.registers[at >> 4] ?? 0) >> (at & 15)) & 1) === 1);
}

/** `true` = active, with the wiring applied. A state that the reply lacks is not in the result. */
export function readInputs(inputs: readonly BoardInput[], raw: readonly boolean[]): Record<string, boolean> {
  const values: Record<string, boolean> = {};
  for (const input of inputs) {
    const state = raw[input.at - 1];
    if (state !== undefined && input.bands === null) values[input.name] = state !== input.energisedClear;
  }
  return values;
}

/** The line's guard: these inputs, active or not, in a read at most `maxAgeMs` old. */
export function guard(
  block: Readable,
  wanted: readonly { readonly input: BoardInput; readonly active: boolean }[],
  maxAgeMs: number,
): NonNullable<TransactOptions['onlyIf']> {
  const bits = block.layout === 'bits' ? block.count : quantity(block) * 16;
  const mask = new Array<boolean>(bits).fill(false);
  const equals = new Array<boolean>(bits).fill(false);
  for (const { input, active } of wanted) {
    const at = block.layout === 'words' ? (input.at - 1) * 16 : input.at - 1;
    mask[at] = true;
    equals[at] = active !== input.energisedClear;
  }
  return { fc: block.fc, address: block.address, count: quantity(block), mask, equals, maxAgeMs };
}

/** Bytes of a reading on the wire as RTU, both ways. */
export function readBytes(block: Readable): { readonly requestBytes: number; readonly replyBytes: number } {
  const data = block.layout === 'bits' ? Math.ceil(block.count / 8) : 2 * quantity(block);
  return { requestBytes: 8, replyBytes: 5 + data };
}
