/** The driver on the real line and host, over its twin, on a manual clock. For tests only. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Harness } from '../../src/contract/conformance/conformance.ts';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { AnyDriver, DriverCommand } from '../../src/contract/driver.ts';
import type { InputsRead, Observation } from '../../src/core/presentation.ts';
import { Field } from '../../src/field/field.ts';
import type { LinkEvents, OpenLink } from '../../src/field/link.ts';
import { crc16 } from '../../src/field/modbus-frame.ts';
import driver from '../../drivers/barrier-modbus/index.ts';
import { profileSchema } from '../../drivers/barrier-modbus/profile.ts';
import { BarrierTwin, BoardTwin, type Dialect } from '../../drivers/barrier-modbus/twin.ts';

export const folder = new URL('../../drivers/barrier-modbus/', import.meta.url);

export function profile(name: string): unknown {
  return parse(readFileSync(new URL(`profiles/${name}.yaml`, folder), 'utf8'));
}

/** Devices of the example as the schema takes them: profiles put in, what belongs to the site taken out. */
export function examples(): readonly Record<string, unknown>[] {
  const text = parse(readFileSync(new URL('example.yaml', folder), 'utf8'));
  return Object.values(text.devices as Record<string, Record<string, unknown>>).map((device) => {
    const { driver: _driver, line: _line, ...rest } = device;
    return { ...rest, profile: profile(String(device.profile)) };
  });
}

export interface Rig extends Harness {
  readonly board: BoardTwin;
  readonly boom: BarrierTwin;
  readonly field: Field;
  /** Every frame that went out, hexadecimal, without CRC. */
  readonly sent: { readonly at: number; readonly hex: string }[];
  /** Answers to these requests are swallowed (hex prefix). */
  readonly swallow: Set<string>;
  /** How long the board takes for each answer from now on. */
  answersAfter(ms: number): void;
  command(command: DriverCommand): ReturnType<Field['command']>;
  order(action: DriverCommand['action'], more?: Partial<DriverCommand>): ReturnType<Field['command']>;
}

const answerMs = 12;

export async function makeRig(
  written: Record<string, unknown> | undefined = examples()[0],
  dialect: Dialect = 'waveshare',
): Promise<Rig> {
  const clock = new ManualClock();
  const { analog } = profileSchema.parse(written?.profile);
  const board = new BoardTwin({ clock, unit: Number(written?.unit ?? 1), dialect, analog: analog?.count ?? 0 });
  board.inputs.fill(false);
  board.setInput(3, true);
  board.setInput(6, true);
  const boom = new BarrierTwin({
    ...{ clock, board, travelMs: 3000 },
    relays: { open: 1, close: 2, stop: 3, hold: 4, announce: 5 },
    inputs: { openLimit: 1, closedLimit: 2 },
  });
  const seen: Observation[] = [];
  const sent: { at: number; hex: string }[] = [];
  const swallow = new Set<string>();
  const state = {
    answerMs,
    silent: false,
    plugged: true,
    garbage: false,
    cut: false,
    late: false,
    refuse: false,
    stuck: false,
  };
  let live: LinkEvents | null = null;

  const open: OpenLink = (events) => {
    let over = false;
    clock.after('port.open', 1, () => {
      if (over) return;
      if (!state.plugged) return events.lost('no such port');
      live = events;
      events.opened();
    });
    const reply = (request: Uint8Array): void => {
      const hex = Buffer.from(request.slice(0, -2)).toString('hex');
      sent.push({ at: clock.mono(), hex });
      const pdu = state.refuse
        ? Uint8Array.of((request[1] ?? 0) | 0x80, 2)
        : board.answer(request[0] ?? 0, request.slice(1, -2));
      if (state.stuck) board.relays[0] = true;
      if (pdu === null || state.silent || [...swallow].some((prefix) => hex.startsWith(prefix))) return;
      const body = Uint8Array.of(request[0] ?? 0, ...pdu);
      const crc = crc16(body);
      let bytes = Uint8Array.of(...body, crc & 0xff, crc >> 8);
      if (state.garbage) bytes = bytes.map((byte, at) => (byte * 31 + at * 7) & 0xff);
      if (state.cut) bytes = bytes.slice(0, bytes.length - 2);
      clock.after('port.reply', state.late ? 900 : state.answerMs, () => {
        if (live === events && !over) events.bytes(bytes);
      });
    };
    return {
      write: (bytes) => {
        if (over || live !== events) return false;
        reply(bytes);
        return true;
      },
      close: () => {
        over = true;
        if (live === events) live = null;
      },
    };
  };

  const field = new Field({
    ...{ clock, random: () => 0.5, open: () => open },
    emit: async (observation) => {
      seen.push(structuredClone(observation));
      return 'recorded';
    },
    secret: () => '',
    log: { info: () => {}, warn: () => {} },
  });
  const config = driver.config.parse(written);
  const command = (order: DriverCommand) => field.command('gate', order);
  let changes = 0;
  let orders = 0;
  return {
    ...{ clock, seen, board, boom, field, sent, swallow, command },
    start: () =>
      field.apply({
        lines: [{ id: 'bus', type: 'modbus-rtu', port: 'manual' }],
        devices: [{ id: 'gate', driver: driver as AnyDriver, line: 'bus', config }],
      }),
    stop: () => field.stop(),
    leftovers: () => field.status().devices.map(({ id }) => id),
    silence: (on) => {
      state.silent = on;
    },
    unplug: (on) => {
      state.plugged = !on;
      const events = live;
      if (!on || events === null) return;
      live = null;
      events.lost('unplugged');
    },
    garbage: (on) => {
      state.garbage = on;
    },
    truncation: (on) => {
      state.cut = on;
    },
    lateness: (on) => {
      state.late = on;
    },
    answersAfter: (ms) => {
      state.answerMs = ms;
    },
    change: () => {
      changes += 1;
      board.setInput(4, changes % 2 === 1);
    },
    newest: () => {
      const last = seen.findLast((each): each is InputsRead => each.kind === 'inputsRead');
      return last === undefined ? null : JSON.stringify(last.values);
    },
    obeyed: () => board.writes.map(({ pdu }) => Buffer.from(pdu).toString('hex')),
    order: (action, more = {}) => {
      orders += 1;
      return command({
        ...{ id: `boot.${100 + orders}`, action, priority: 'command', deadline: clock.mono() + 2000, onlyIfClear: [] },
        ...more,
      });
    },
    faults: {
      boardRefuses: {
        make: () => {
          state.refuse = true;
        },
        mend: () => {
          state.refuse = false;
        },
      },
      boardLinked: {
        make: () => {
          board.modes[2] = 1;
        },
        mend: () => {
          board.modes[2] = 0;
        },
      },
      outputStuckOn: {
        make: () => {
          void field.command('gate', {
            ...{
              id: 'stuck',
              action: 'pulseOpen',
              priority: 'command',
              deadline: clock.mono() + 2000,
              onlyIfClear: [],
            },
          });
          state.stuck = true;
        },
        mend: () => {
          state.stuck = false;
          board.relays[0] = false;
        },
      },
    },
  };
}
