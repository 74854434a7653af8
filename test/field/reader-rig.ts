/** The reader's driver on the real line and host, over its twin, on a manual clock. For tests only. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import driver, { type ReaderConfig } from '../../drivers/reader-serial/index.ts';
import { profileOf } from '../../drivers/reader-serial/config.ts';
import { type Profile, profileSchema } from '../../drivers/reader-serial/profile.ts';
import { frameOf, ReaderTwin, type TwinCard } from '../../drivers/reader-serial/twin.ts';
import type { Harness } from '../../src/contract/conformance/conformance.ts';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import type { CardRead, Observation } from '../../src/core/presentation.ts';
import { Field } from '../../src/field/field.ts';
import { BytePort } from './byte-port.ts';

const folder = new URL('../../drivers/reader-serial/', import.meta.url);

export const profileNames: readonly string[] = readdirSync(new URL('profiles/', folder)).map((name) =>
  name.replace('.yaml', ''),
);

export function written(name: string): unknown {
  return parse(readFileSync(new URL(`profiles/${name}.yaml`, folder), 'utf8'));
}

export function profile(name: string): Profile {
  return profileSchema.parse(written(name));
}

export function examples(): readonly Record<string, unknown>[] {
  const text = parse(readFileSync(new URL('example.yaml', folder), 'utf8'));
  return Object.values(text.devices as Record<string, Record<string, unknown>>).map((device) => {
    const { driver: _driver, line: _line, ...rest } = device;
    return { ...rest, profile: written(String(device.profile)) };
  });
}

export const configOf = (name: string, more: Readonly<Record<string, unknown>> = {}): ReaderConfig =>
  driver.config.parse({ profile: written(name), ...more });

/** Cards that a reader of this profile can send; each another. */
export function cardOf(name: string, number: number): TwinCard {
  if (name.startsWith('qr')) return { text: `https://pass.example/${number}?户=7栋` };
  const bits = { em4100: 40, em18: 40, 'decimal-8': 24, 'uhf-r2000': 96, 'uhf-chafon': 96 }[name] ?? 32;
  return { bits, value: (0x123456 + number * 0x10001).toString(16) };
}

export interface ReaderRig extends Harness {
  readonly port: BytePort;
  readonly field: Field;
  readonly twin: ReaderTwin;
  readonly config: ReaderConfig;
  /** Cards reported so far, as `bits:value`. */
  cards(): readonly string[];
  reads(): readonly CardRead[];
  card(number: number): TwinCard;
  /** What the runtime says to each report. */
  receipt: 'recorded' | 'refused';
}

export async function makeReader(name = 'em4100', more: Readonly<Record<string, unknown>> = {}): Promise<ReaderRig> {
  const clock = new ManualClock();
  const port = new BytePort(clock);
  const seen: Observation[] = [];
  const config = configOf(name, more);
  const state = { silent: false, garbage: false, cut: false, late: false };
  let changes = 0;
  const garbled = (bytes: Uint8Array): Uint8Array => bytes.map((one, at) => (at % 5 === 2 ? one ^ (0x55 + at) : one));
  const send = (bytes: Uint8Array): void => {
    if (state.silent) return;
    if (state.late) {
      for (const [at, one] of bytes.entries()) clock.after('twin.drip', at * 300, () => port.say(Uint8Array.of(one)));
      return;
    }
    if (state.garbage) port.say(garbled(bytes));
    else port.say(state.cut ? bytes.slice(0, -4) : bytes);
  };
  const twin = new ReaderTwin({ clock, profile: profileOf(config), send });
  const rig: ReaderRig = {
    ...{ clock, port, seen, twin, config, receipt: 'recorded' },
    field: new Field({
      ...{ clock, random: () => 0.5, open: () => port.open, secret: () => '', log: { info() {}, warn() {} } },
      emit: async (observation) => {
        seen.push(structuredClone(observation));
        return rig.receipt;
      },
    }),
    cards: () => rig.reads().map(({ bits, value }) => `${bits}:${value}`),
    reads: () => seen.filter((each): each is CardRead => each.kind === 'cardRead'),
    card: (number) => cardOf(name, number),
    start: () =>
      rig.field.apply({
        lines: [{ id: 'port', type: 'serial', port: 'manual' }],
        devices: [{ id: 'reader', driver: driver as AnyDriver, line: 'port', config }],
      }),
    stop: () => rig.field.stop(),
    leftovers: () => rig.field.status().devices.map(({ id }) => id),
    silence: (on) => {
      state.silent = on;
    },
    unplug: (on) => {
      if (on) port.unplug();
      else port.present = true;
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
    change: () => {
      changes += 1;
      for (const at of [0, 65, 130])
        clock.after('twin.card', at, () => send(frameOf(cardOf(name, changes), profileOf(config))));
    },
    newest: () => rig.cards().at(-1) ?? null,
    faults: {
      readerNoise: {
        make: () => {
          for (let at = 0; at < 5; at += 1) {
            clock.after('twin.noise', at * 300, () => port.say(garbled(frameOf(cardOf(name, 1), profileOf(config)))));
          }
        },
        mend: () => rig.change(),
      },
    },
  };
  return rig;
}
