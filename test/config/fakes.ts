/** Small drivers and a folder in memory, so that each test shows all of its configuration. */
import { address } from '../../src/contract/address.ts';
import { duration } from '../../src/contract/duration.ts';
import { type AnyDriver, type DeviceTraits, defineDriver, z } from '../../src/contract/driver.ts';
import { reach } from '../../src/contract/reach.ts';
import type { ConfigDisk } from '../../src/config/disk.ts';
import { type LoadResult, loadFrom } from '../../src/config/load.ts';
import type { PemShape } from '../../src/config/pem.ts';
import { bytesMax } from '../../src/config/source.ts';

const roles = ['openLimit', 'closedLimit', 'obstruction', 'arming', 'button', 'fire', 'fireNo', 'emergency'] as const;
const input = z.union([
  z.number().int().min(1).max(32),
  z.strictObject({
    at: z.number().int().min(1).max(32),
    failsClear: z.boolean().optional(),
    supervision: z.enum(['none', 'pair']).optional(),
    detects: z.enum(['vehicle', 'person', 'both']).optional(),
    reach: reach().optional(),
    feedback: z.boolean().optional(),
  }),
]);
const profile = z.strictObject({ inputs: z.number().int().min(1).max(32), pulses: z.boolean() });

const boardConfig = z.strictObject({
  unit: z.number().int().min(1).max(247).describe('Station number.'),
  profile: profile.optional(),
  open: z.enum(['pulse', 'maintained']).default('pulse'),
  openInput: z.enum(['dedicated', 'step']).default('dedicated'),
  hold: z.enum(['maintained', 'holdInput', 'none']).default('holdInput'),
  close: z.enum(['pulse', 'none']).default('pulse').describe('Is the CLOSE relay wired?'),
  announce: z.enum(['wired', 'none']).optional().describe('Is a lamp wired?'),
  coils: z.array(z.string()).default([]),
  relays: z.array(z.number()).optional(),
  door: z.enum(['safe', 'secure', 'pulsed']).optional(),
  travel: duration({ min: '500ms', max: '30s' }).prefault('3s'),
  poll: duration({ min: '20ms', max: '5s' }).prefault('100ms'),
  inputs: z.partialRecord(z.enum(roles), input).default({}),
  explode: z.boolean().optional(),
});

const shared = (relays: readonly number[], inputs: number): NonNullable<DeviceTraits['board']> => ({
  title: `${inputs} inputs`,
  model: String(inputs),
  channels: relays.map((relay, at) => ({
    name: { zh: `继电器 ${relay}`, en: `relay ${relay}` },
    path: ['relays', at],
  })),
});

export const board = defineDriver({
  name: 'board',
  contract: 1,
  line: 'modbus',
  host: 'main',
  specs: [],
  config: boardConfig,
  profiles: { folder: new URL('file:///nowhere/'), schema: profile },
  faults: {},
  traits(config): DeviceTraits {
    if (config.explode) throw new TypeError('boom');
    return {
      inputs: Object.entries(config.inputs).map(([role, at]) => ({
        id: role,
        role: role as (typeof roles)[number],
        failsActive: typeof at === 'number' || at.failsClear !== true,
        ...(typeof at === 'object' && at.supervision !== undefined ? { supervision: at.supervision } : {}),
        ...(typeof at === 'object' && at.detects !== undefined ? { detects: at.detects } : {}),
        ...(typeof at === 'object' && at.reach !== undefined ? { reach: at.reach } : {}),
        ...(typeof at === 'object' && at.feedback === true ? { feedback: 'feedback' as const } : {}),
      })),
      portal:
        config.door === undefined
          ? {
              kind: 'barrier',
              open: config.open,
              openInput: config.openInput,
              hold: config.hold,
              stop: 'none',
              close: config.close,
              announce: config.announce,
              travelMs: config.travel,
            }
          : config.door === 'pulsed'
            ? { kind: 'door', fail: 'secure', pulsed: true }
            : { kind: 'door', fail: config.door },
      outputs: config.coils,
      unit: config.unit,
      ...(config.relays === undefined ? {} : { board: shared(config.relays, config.profile?.inputs ?? 0) }),
      polls: [{ what: 'inputs', requestBytes: 8, replyBytes: 6, periodMs: config.poll, safety: true }],
    };
  },
  create: () => ({ provides: ['barrier'], start() {}, stop() {} }),
});

const none: DeviceTraits = { inputs: [], portal: null, outputs: [], unit: null, polls: [] };

export const camera = defineDriver({
  name: 'camera',
  contract: 1,
  line: 'http',
  host: 'camera',
  specs: [],
  config: z.strictObject({
    address: address(),
    port: z.number().int().min(1).max(65_535).optional(),
    pushPathFile: z.string().meta({ secret: true }).optional(),
    push: z.boolean().default(false),
    passwordFile: z.string().meta({ secret: true }).optional(),
    passwordEnv: z.string().meta({ secret: true }).optional(),
    notesFile: z.string().optional(),
  }),
  faults: {},
  traits: ({ address, port, push }) => ({ ...none, endpoint: { address, port: push ? null : (port ?? 80) } }),
  pushAccess: (config) =>
    config.push ? { pathSecret: config.pushPathFile ?? 'p', addresses: [config.address], digest: null } : null,
  create: () => ({ provides: ['camera'], start() {}, stop() {} }),
});

export const reader = defineDriver({
  name: 'reader',
  contract: 1,
  line: 'bytes',
  host: 'main',
  specs: [],
  capabilities: ['reader'],
  config: z.strictObject({ bits: z.number().optional() }),
  faults: {},
  traits: ({ bits }) => ({
    ...none,
    baud: 19_200,
    doubts:
      bits === undefined
        ? []
        : [
            {
              path: ['bits'],
              aim: 'key',
              text: { zh: '不起作用', en: 'does nothing' },
              advice: { zh: '删掉', en: 'delete it' },
            },
          ],
  }),
  create: () => ({ provides: ['reader'], start() {}, stop() {} }),
});

export const drivers: readonly AnyDriver[] = [board, camera, reader];

/** 2026-11-23, a year that the base site's calendar covers. */
export const nowWall = Date.UTC(2026, 10, 23);

export type Files = Readonly<Record<string, string | Uint8Array | null>>;

export function memoryDisk(files: Files, profiles: Readonly<Record<string, string>> = {}): ConfigDisk {
  return {
    folder: '/etc/gatehouse',
    files: () =>
      Object.entries(files).map(([file, content]) => ({
        file,
        bytes: content === noFolder ? null : typeof content === 'string' ? new TextEncoder().encode(content) : content,
        folder: content === noFolder,
        why: 'EACCES',
      })),
    profile: (_, name) => {
      const text = profiles[name];
      return text === undefined ? null : { file: `profiles/${name}.yaml`, bytes: new TextEncoder().encode(text) };
    },
    profileNames: () => Object.keys(profiles),
    probeSecret: ({ name }) =>
      name.startsWith('missing')
        ? { ok: false, why: 'ENOENT' }
        : {
            ok: true,
            worldReadable: name.startsWith('open'),
            length: name.startsWith('short') ? 15 : 32,
            lines: name.startsWith('lines') ? 2 : 1,
            fitsUrl: !name.startsWith('odd'),
            pem: pemOf(name),
          },
  };
}

const theirs = { from: Date.UTC(2026, 0, 1), until: Date.UTC(2027, 0, 1), print: 'a' };

/** By the name's first word; any other file is one that nobody looked into. */
function pemOf(name: string): PemShape | undefined {
  const holds = (more: Partial<PemShape>): PemShape => ({
    ...{ certificates: [], keys: [], broken: 0, otherwise: 'noPem' },
    ...more,
  });
  const [word = ''] = name.split('.');
  const shapes: Readonly<Record<string, PemShape>> = {
    sound: holds(name.endsWith('.key') ? { keys: [{ locked: false, print: 'a' }] } : { certificates: [theirs] }),
    another: holds({ keys: [{ locked: false, print: 'b' }] }),
    locked: holds({ keys: [{ locked: true }] }),
    torn: holds({ broken: 2, certificates: [theirs] }),
    expired: holds({ certificates: [{ ...theirs, until: nowWall - 1 }] }),
    early: holds({ certificates: [{ ...theirs, from: nowWall + 1 }] }),
  };
  return shapes[word];
}

export function load(files: Files, profiles: Readonly<Record<string, string>> = {}): LoadResult {
  return loadFrom(memoryDisk(files, profiles), { drivers, nowWall });
}

export const site = `site: { id: lanxiu, name: 兰秀花园, timezone: Asia/Shanghai, homeProvince: 京, calendar: { years: [2026] } }\n`;
export const bus = `lines:\n  bus: { type: modbus-rtu, port: /dev/serial/by-id/usb-a, baud: 115200 }\n`;
export const sensed = 'inputs: { openLimit: 1, closedLimit: 2, obstruction: 3 }';

/** Stands for the folder itself, where it cannot be read. */
export const noFolder = new Uint8Array();
export const overLimit = new Uint8Array(bytesMax + 1).fill(0x20);
