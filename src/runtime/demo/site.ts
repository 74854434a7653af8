/** The demo's configuration and list, written as a technician would write them. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cast, ListedCar } from '../../sim/traffic.ts';
import { printedNumber } from '../../sim/card-traffic.ts';
import { type DemoBroker, upstreamYaml } from './broker.ts';
import { readerProfile } from './reader.ts';
import { type DemoLane, inputs, travelMs } from './rig.ts';

export const demoLanes: readonly DemoLane[] = [
  { id: 'east-in', directions: ['in'], unit: 1, autoClose: 'gateway', camera: 'isapiPush', reader: true },
  { id: 'east-out', directions: ['out'], unit: 2, autoClose: 'gateway', camera: 'isapiStream' },
  { id: 'west-in', directions: ['in'], unit: 3, autoClose: 'board', camera: 'onvif' },
  { id: 'north', directions: ['in', 'out'], unit: 4, autoClose: 'gateway', camera: 'vzenith' },
];

const names: Readonly<Record<string, string>> = {
  'east-in': '东门入口',
  'east-out': '东门出口',
  'west-in': '西门入口',
  north: '北门',
};

export const streamAccount = { user: 'admin', password: randomBytes(9).toString('base64url') } as const;

export interface DemoPaths {
  readonly config: string;
  readonly state: string;
  readonly list: string;
}

export interface DemoSite {
  readonly paths: DemoPaths;
  readonly modbusPort: number;
  readonly streamPort: number;
  readonly receiverPort: number;
  readonly readerPorts: ReadonlyMap<string, number>;
  readonly onvifPorts: ReadonlyMap<string, number>;
  readonly broker: DemoBroker | null;
  readonly pathOf: (lane: string) => string;
}

/** One secret path for each camera, new at every start. */
export function secretPaths(): (lane: string) => string {
  const secrets = new Map(demoLanes.map((lane) => [lane.id, randomBytes(12).toString('hex')]));
  return (lane) => `/c/${secrets.get(lane) ?? ''}`;
}

export function writeSite(site: DemoSite, cast: Cast): void {
  const { config } = site.paths;
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'site.yaml'), siteYaml(site));
  writeFileSync(join(config, 'gate.yaml'), gateYaml(site));
  writeSecret(join(config, 'stream.secret'), streamAccount.password);
  const { broker } = site;
  if (broker !== null) writeFileSync(join(config, 'upstream.yaml'), upstreamYaml(broker, 'broker.secret'));
  if (broker !== null && broker.password !== null) writeSecret(join(config, 'broker.secret'), broker.password);
  for (const lane of demoLanes)
    writeSecret(join(config, `${lane.id}.secret`), site.pathOf(lane.id).slice('/c/'.length));
  writeFileSync(site.paths.list, listCsv(cast));
}

function writeSecret(path: string, value: string): void {
  writeFileSync(path, `${value}\n`, { mode: 0o600 });
}

function siteYaml(site: DemoSite): string {
  return `site:
  id: demo
  name: 兰秀花园（演示）
  timezone: Asia/Shanghai
  homeProvince: 京
receiver: { bind: 127.0.0.1, port: ${site.receiverPort} }
store: { dir: ${JSON.stringify(site.paths.state)} }
`;
}

function gateYaml(site: DemoSite): string {
  return [
    'lines:',
    `  gate-bus: { type: modbus-tcp, host: 127.0.0.1, port: ${site.modbusPort} }`,
    ...[...site.readerPorts].map(
      ([lane, port]) => `  ${lane}-card-line: { type: tcp, host: 127.0.0.1, port: ${port} }`,
    ),
    'devices:',
    ...demoLanes.flatMap((lane) => [...barrierYaml(lane), ...cameraYaml(lane, site), ...readerYaml(lane)]),
    'lanes:',
    ...demoLanes.flatMap(laneYaml),
    '',
  ].join('\n');
}

function barrierYaml(lane: DemoLane): readonly string[] {
  const arming =
    lane.directions.length > 1
      ? [
          `      armingIn: { at: ${inputs.arming}, direction: in }`,
          `      armingOut: { at: ${inputs.armingOut}, direction: out }`,
        ]
      : [`      arming: ${inputs.arming}`];
  return [
    `  ${lane.id}-barrier:`,
    `    { driver: barrier-modbus, line: gate-bus, unit: ${lane.unit}, profile: waveshare-8, travel: ${travelMs}ms, hold: holdInput, stop: wired,`,
    '      inputs: {',
    `      openLimit: ${inputs.openLimit}, closedLimit: ${inputs.closedLimit},`,
    `      obstruction: { at: ${inputs.obstruction}, detects: both },`,
    ...arming.map((line) => `${line},`),
    `      button: ${inputs.button}, fire: ${inputs.fire} } }`,
  ];
}

function cameraYaml(lane: DemoLane, site: DemoSite): readonly string[] {
  const head = `  ${lane.id}-camera:`;
  const secret = `pushPathFile: ${lane.id}.secret`;
  switch (lane.camera) {
    case 'isapiPush':
      return [head, `    { driver: camera-isapi, address: 127.0.0.1, mode: push, ${secret} }`];
    case 'isapiStream':
      return [
        head,
        `    { driver: camera-isapi, address: 127.0.0.1, port: ${site.streamPort}, mode: stream, user: ${streamAccount.user}, passwordFile: stream.secret }`,
      ];
    case 'onvif':
      return [
        head,
        `    { driver: camera-onvif, address: 127.0.0.1, port: ${site.onvifPorts.get(lane.id) ?? 0}, profile: hikvision, user: ${streamAccount.user}, passwordFile: stream.secret }`,
      ];
    case 'vzenith':
      return [
        head,
        '    driver: camera-http',
        '    address: 127.0.0.1',
        `    ${secret}`,
        '    fields:',
        '      plate: AlarmInfoPlate.result.PlateResult.license',
        '      confidence: { at: AlarmInfoPlate.result.PlateResult.confidence, scale: 100 }',
        '      color: { at: AlarmInfoPlate.result.PlateResult.colorType, map: { "0": unknown, "1": blue, "2": yellow, "3": white, "4": black, "5": green, "6": yellowGreen } }',
        '      channel: AlarmInfoPlate.channel',
        '      eventId: AlarmInfoPlate.result.PlateResult.plateid',
        '    noPlate: [_无_]',
      ];
  }
}

function readerYaml({ id, reader }: DemoLane): readonly string[] {
  if (reader !== true) return [];
  return [`  ${id}-reader: { driver: reader-serial, line: ${id}-card-line, profile: ${readerProfile} }`];
}

function laneYaml(lane: DemoLane): readonly string[] {
  const twoWay = lane.directions.length > 1;
  const cameras = twoWay
    ? `[{ device: ${lane.id}-camera, direction: in, channel: 1 }, { device: ${lane.id}-camera, direction: out, channel: 2 }]`
    : `[${lane.id}-camera]`;
  return [
    `  ${lane.id}:`,
    `    name: ${names[lane.id] ?? lane.id}`,
    `    direction: ${twoWay ? 'both' : lane.directions[0]}`,
    `    barrier: ${lane.id}-barrier`,
    `    cameras: ${cameras}`,
    ...(lane.reader === true ? [`    readers: [${lane.id}-reader]`, '    secondFactorFallback: singleFactor'] : []),
    `    autoClose: ${lane.autoClose}`,
    '    notTakenAfter: 12s',
    '    heldOpenAlarmAfter: 20s',
    '    commissioned: true',
  ];
}

/** The list as the property office would export it; a spent visitor's pass is one use. */
function listCsv(cast: Cast): string {
  const line = (car: ListedCar, category: string, more: ListedMore = {}): string => {
    const { plate = car.plate, card = '', blocked = '', uses = '', both = '' } = more;
    return [plate, card, '', category, car.holder, car.room, blocked, uses, both].join(',');
  };
  return [
    '车牌,卡号,颜色,类别,姓名,房号,黑名单,次数,双重',
    ...cast.residents.map((car) => line(car, 'resident')),
    ...cast.visitors.map((car) => line(car, 'visitor', { uses: '1' })),
    ...cast.couriers.slice(0, 8).map((car) => line(car, 'courier')),
    ...cast.blocked.map((car) => line(car, 'resident', { blocked: '是' })),
    ...cast.cardHolders.map((car) => line(car, 'resident', { card: printedNumber(car.card), both: '是' })),
    ...cast.cardCouriers.map((car) => line(car, 'courier', { plate: '', card: printedNumber(car.card) })),
    '',
  ].join('\r\n');
}

interface ListedMore {
  readonly plate?: string;
  readonly card?: string;
  readonly blocked?: string;
  readonly uses?: string;
  readonly both?: string;
}
