/** The drawn site as a technician writes it: the YAML that the gateway reads at each start and reload. */
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { BarrierModel, InputModel, LaneModel, SiteModel, WeeklyWindow } from '../../../src/core/site-model.ts';
import { type BoardWiring, INPUT_COUNT, type LineWiring, type Wiring } from '../../../src/sim/level-two/wiring.ts';
import { cameraConfig } from './cameras-here.ts';

type Section = Readonly<Record<string, unknown>>;

const BARRIER = 'barrier-modbus';
const READER = 'reader-serial';
const CAMERA = 'camera-http';

/** Environment variable that holds where a camera pushes to. */
export const pathVariable = (camera: string): string => `${camera.toUpperCase().replaceAll('-', '_')}_PATH`;

/** What a camera's own network needs; nothing listens there. */
const BOOTH = '192.0.2.1';
const CAMERA_PORT = 8080;
const PROFILE_OF = { waveshare: 'waveshare-8', jydam: 'jydam', generic: 'generic-coils' } as const;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export function readerProfile(name: string): Section {
  return profileOf(READER, name);
}

function profileOf(driver: string, name: string): Section {
  const path = new URL(`../../../drivers/${driver}/profiles/${name}.yaml`, import.meta.url);
  return parse(readFileSync(path, 'utf8')) as Section;
}

/** `polls`: another period of a board than the drawn one, by device. */
export function siteYaml(site: SiteModel, wiring: Wiring, polls: ReadonlyMap<string, number>): string {
  const readers = wiring.readers.map(({ device, profile }) => ({ device, profile, line: `${device}-line` }));
  const cameras = site.lanes.flatMap((lane) => lane.cameras.map(({ device }) => device));
  return stringify(
    {
      site: siteSection(site),
      lines: {
        ...Object.fromEntries(wiring.lines.map((line, nth) => [line.id, lineSection(line, nth)])),
        ...Object.fromEntries(
          readers.map(({ line }, nth) => [line, { type: 'tcp', host: `192.0.2.${100 + nth}`, port: 4001 }]),
        ),
      },
      devices: {
        ...Object.fromEntries(
          wiring.boards.map((board) => [board.device, boardSection(board, polls.get(board.device) ?? board.pollMs)]),
        ),
        ...Object.fromEntries(readers.map(({ device, line, profile }) => [device, { driver: READER, line, profile }])),
        ...Object.fromEntries(cameras.map((device, nth) => [device, cameraSection(device, nth)])),
      },
      lanes: Object.fromEntries(site.lanes.map((lane) => [lane.id, laneSection(lane, site, wiring)])),
      ...(site.routes.length === 0
        ? {}
        : { routes: Object.fromEntries(site.routes.map(({ id, ...route }) => [id, route])) }),
      receiver: { bind: BOOTH, port: CAMERA_PORT },
      upstream: { host: '192.0.2.3', tls: false, keepalive: '20s' },
    },
    { aliasDuplicateObjects: false },
  );
}

function siteSection({ id, name, timezone, homeProvince, calendar, near, emergencyPlates }: SiteModel): Section {
  return {
    ...{ id, name, timezone, emergencyPlates },
    ...(homeProvince === null ? {} : { homeProvince }),
    nearPlates: near.suggest ? 'suggest' : 'off',
    calendar: {
      ...{ years: calendar.years, days: calendar.days },
      windows: Object.fromEntries(
        Object.entries(calendar.windows).map(([window, times]) => [window, times.map(windowSection)]),
      ),
    },
  };
}

function windowSection({ days, from, to }: WeeklyWindow): Section {
  return {
    days: days.map((day) => (typeof day === 'number' ? DAYS[day - 1] : day)),
    ...{ from: timeOfDay(from), to: timeOfDay(to) },
  };
}

function timeOfDay(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

function lineSection({ type, baud }: LineWiring, nth: number): Section {
  const host = `192.0.2.${50 + nth}`;
  if (type === 'modbus-tcp') return { type, host };
  if (type === 'modbus-rtu-tcp') return { type, host, port: 8899, baud };
  return { type, port: `/dev/serial/by-id/bus-${nth}`, baud };
}

function cameraSection(device: string, nth: number): Section {
  return { driver: CAMERA, ...cameraConfig(`192.0.2.${150 + nth}`, pathVariable(device)) };
}

function boardSection({ line, unit, portal, inputs, dialect, readsBack }: BoardWiring, pollMs: number): Section {
  const profile = profileOf(BARRIER, PROFILE_OF[dialect]);
  return {
    ...{ driver: BARRIER, line, unit, poll: ms(pollMs) },
    profile: {
      ...profile,
      inputs: { ...(profile.inputs as Section), count: INPUT_COUNT },
      ...(readsBack ? {} : { readBack: null }),
    },
    ...(portal === null ? { portal: 'none' } : portalSection(portal)),
    inputs: Object.fromEntries(inputs.map(({ sensor, at }) => [sensor.input.id, inputSection(sensor.input, at)])),
  };
}

function portalSection({ travelMs, open, openInput, hold, stop, announce, close }: BarrierModel): Section {
  return {
    ...{ travel: ms(travelMs), open, openInput, hold, stop, announce },
    ...(close === 'none' ? { relays: { open: 1 } } : {}),
  };
}

function inputSection({ detects, direction, supervision, onBroken, reach }: InputModel, at: number): Section {
  return without({ at, detects, direction, supervision, onBroken, reach });
}

function laneSection(lane: LaneModel, { routes }: SiteModel, { boards }: Wiring): Section {
  const { portal, timing } = lane;
  const device = portal.kind === 'barrier' ? portal.device : null;
  return without({
    ...{ name: lane.name, direction: lane.directions, commissioned: lane.commissioned, groups: lane.groups },
    ...(device === null ? {} : { barrier: device }),
    ...{ cameras: lane.cameras, readers: lane.readers },
    sensors: boards.filter((board) => board.lane === lane.id && board.device !== device).map((board) => board.device),
    ...(portal.kind === 'barrier' ? { autoClose: portal.autoClose } : {}),
    boardProtection: lane.boardProtected ? { provedBy: '李工', on: '2026-03-01' } : undefined,
    ...{ exitPolicy: lane.exitPolicy, onObstructionUnknown: lane.onObstructionUnknown },
    blindExit: lane.blindExitAfterMs === null ? undefined : { after: ms(lane.blindExitAfterMs) },
    ...{ longVehicles: lane.longVehicles, buttonCloses: lane.buttonCloses },
    emergencyRoute: routes.some(({ lanes }) => lanes.includes(lane.id)),
    ...{ presenceFromCamera: lane.presenceFromCamera, minConfidence: lane.minConfidence },
    secondFactorFallback: lane.secondFactorFallback,
    ...{ armWindow: ms(timing.armWindowMs), clearFor: ms(timing.clearForMs), announce: ms(timing.announceMs) },
    ...{ closeAfterClear: ms(timing.closeAfterClearMs), notTakenAfter: ms(timing.notTakenAfterMs) },
    ...{ heldOpenAlarmAfter: ms(timing.heldOpenAlarmAfterMs), secondFactorWindow: ms(timing.secondFactorWindowMs) },
    doorRelease: ms(timing.doorReleaseMs),
  });
}

const ms = (span: number): string => `${span}ms`;

function without(section: Readonly<Record<string, unknown>>): Section {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined));
}
