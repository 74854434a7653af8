/** What the drawn site's configuration compiles to, as the gateway reads it at a start and at a reload. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import cameraDriver from '../../../drivers/camera-http/index.ts';
import barrierDriver from '../../../drivers/barrier-modbus/index.ts';
import readerDriver from '../../../drivers/reader-serial/index.ts';
import type { LoadResult } from '../../../src/config/load.ts';
import type { DeviceModel, LineModel, UpstreamModel } from '../../../src/config/models.ts';
import type { AnyDriver } from '../../../src/contract/driver.ts';
import type { SiteModel } from '../../../src/core/site-model.ts';
import type { Configuration } from '../../../src/runtime/configuration.ts';
import type { FoundDriver } from '../../../src/runtime/registry.ts';
import { cameraConfig } from './cameras-here.ts';
import { type BoardWiring, INPUT_COUNT, type LineWiring, type Wiring } from '../../../src/sim/level-two/wiring.ts';

const BARRIER = 'barrier-modbus';
const READER = 'reader-serial';
const CAMERA = 'camera-http';

export const drivers: readonly FoundDriver[] = [
  { driver: barrierDriver as AnyDriver, module: '' },
  { driver: readerDriver as AnyDriver, module: '' },
  { driver: cameraDriver as AnyDriver, module: '' },
];

const PROFILE_OF = { waveshare: 'waveshare-8', jydam: 'jydam', generic: 'generic-coils' } as const;

function profileOf(driver: string, name: string): Record<string, unknown> {
  const path = new URL(`../../../drivers/${driver}/profiles/${name}.yaml`, import.meta.url);
  return parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

export function readerProfile(name: string): Record<string, unknown> {
  return profileOf(READER, name);
}

/** `polls`: another period of a board than the drawn one, by device. */
export function configurationOf(site: SiteModel, wiring: Wiring, polls: ReadonlyMap<string, number>): Configuration {
  const devices = [
    ...wiring.boards.map((board) => boardModel(board, polls.get(board.device) ?? board.pollMs)),
    ...site.lanes.flatMap(({ cameras }) =>
      cameras.map(({ device }) => deviceModel(device, CAMERA, null, cameraConfig)),
    ),
    ...wiring.readers.map(({ device, profile }) =>
      deviceModel(device, READER, `${device}-line`, { profile: readerProfile(profile) }),
    ),
  ];
  const lines = [
    ...wiring.lines.map(lineModel),
    ...wiring.readers.map(
      ({ device }) => ({ id: `${device}-line`, type: 'tcp', host: 'reader', port: 4001 }) as LineModel,
    ),
  ];
  return {
    load: { problems: [] } as unknown as LoadResult,
    running: {
      ...{ site, field: { lines, devices }, receiver: null, store: null, upstream, hash: site.configHash },
      ...{ sections: [], partial: new Map(), faults: [] },
    },
    good: { version: 1, sections: [] },
    lkgProblem: null,
  };
}

const upstream: UpstreamModel = {
  ...{ host: 'broker', port: 1883, tls: false, protocol: 5, clientId: 'gatehouse', prefix: 'gatehouse/site' },
  ...{ personal: 'full', keepalive: 20_000 },
};

function lineModel({ id, type, baud }: LineWiring): LineModel {
  if (type === 'modbus-tcp') return { id, type, host: 'board', port: 502 } as LineModel;
  if (type === 'modbus-rtu-tcp') return { id, type, host: 'converter', port: 8899, baud } as LineModel;
  return { id, type, port: '/dev/serial/by-id/bus', baud, parity: 'none', dataBits: 8, stopBits: 1 } as LineModel;
}

function boardModel(
  { device, line, unit, portal, inputs, dialect, readsBack }: BoardWiring,
  pollMs: number,
): DeviceModel {
  const profile = profileOf(BARRIER, PROFILE_OF[dialect]);
  const block = profile.inputs as Record<string, unknown>;
  const written = {
    unit,
    profile: {
      ...profile,
      inputs: { ...block, count: INPUT_COUNT },
      ...(readsBack ? {} : { readBack: null }),
    },
    poll: `${pollMs}ms`,
    inputs: Object.fromEntries(
      inputs.map(({ sensor: { input }, at }) => [
        input.id,
        {
          at,
          ...(input.detects === undefined ? {} : { detects: input.detects }),
          ...(input.direction === undefined ? {} : { direction: input.direction }),
          ...(input.supervision === undefined ? {} : { supervision: input.supervision }),
        },
      ]),
    ),
    ...(portal === null
      ? {}
      : {
          ...{ travel: `${portal.travelMs}ms`, open: portal.open, openInput: portal.openInput, hold: portal.hold },
          ...{ stop: portal.stop, announce: portal.announce },
          ...(portal.close === 'none' ? { relays: { open: 1 } } : {}),
        }),
  };
  return deviceModel(device, BARRIER, line, written);
}

function deviceModel(id: string, name: string, line: string | null, raw: Record<string, unknown>): DeviceModel {
  const found = drivers.find(({ driver }) => driver.name === name)?.driver;
  if (found === undefined) throw new RangeError(name);
  const config = found.config.parse(raw);
  const { host } = found;
  return { id, driver: name, host, line, config, raw, traits: found.traits(config as never), secrets: [] };
}
