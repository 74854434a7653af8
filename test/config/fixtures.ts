/** One configuration for each code of the catalogue. «…» marks the place that must be pointed at, in the file `x.yaml`. */
import iconv from 'iconv-lite';
import type { Code } from '../../src/config/errors.ts';
import { bus, type Files, noFolder, overLimit, sensed, site } from './fakes.ts';

export interface Fixture {
  readonly x: string;
  readonly more?: Files;
  readonly profiles?: Readonly<Record<string, string>>;
  /** The marked text stands in this file instead. */
  readonly in?: string;
  readonly bytes?: Uint8Array | null;
}

const base: Files = { 'base.yaml': site + bus };
const barrier = `devices:\n  b: { driver: board, line: bus, unit: 1, ${sensed} }\n`;
const lane = (text: string) =>
  `${barrier}lanes:\n  in: { name: N, direction: in, barrier: b, commissioned: true${text} }\n`;
const device = (text: string) => `devices:\n  b: { driver: board, line: bus, unit: 1${text} }\n`;
const withLane = (devices: string) =>
  `${devices}lanes:\n  in: { name: N, direction: in, barrier: b, commissioned: true }\n`;
const siteWith = (text: string) =>
  `site: { id: s, name: N, timezone: Asia/Shanghai, homeProvince: 京, calendar: { years: [2026] }${text} }\n`;
const route = (lanes: string) => `routes:\n  north: { name: 北门消防通道, lanes: ${lanes}, direction: in }\n`;
const interlock = (lanes: string) => `interlocks:\n  garage: { name: 地库双门, lanes: ${lanes} }\n`;
const alone = (x: string): Fixture => ({ x, more: {} });
const slow = 'lines:\n  slow: { type: modbus-rtu, port: /dev/serial/by-id/usb-s, baud: 9600 }\n';
const units = (n: number, text: string) =>
  Array.from({ length: n }, (_, i) => `  u${i}: { driver: board, line: slow, unit: ${i + 10}${text} }\n`).join('');
const pushing = (secret: string) =>
  `devices:\n  c: { driver: camera, address: 10.0.0.2, push: true, pushPathFile: ${secret} }\n`;
const pair = (cert: string, key: string) => `upstream: { host: mqtt.example.cn, certFile: ${cert}, keyFile: ${key} }\n`;
const booms = (n: number) =>
  Array.from({ length: n }, (_, i) => `  l${i}: { name: N, direction: in, barrier: u${i}, commissioned: true }\n`).join(
    '',
  );

export const fixtures: Readonly<Record<Code, Fixture>> = {
  'E-FOLDER': { x: '«»', bytes: noFolder, more: {} },
  'E-READ': { x: '«»', bytes: null, more: base },
  'E-SIZE': { x: '«»', bytes: overLimit, more: base },
  'E-ENCODING': {
    x: '# 1\nsite: { name: «兰»秀花园 }\n',
    bytes: iconv.encode('# 1\nsite: { name: 兰秀花园 }\n', 'gbk'),
    more: base,
  },
  'E-TAB': { x: 'lanes:\n«\t»in: 1\n' },
  'E-SYNTAX': { x: 'devices: { b: { driver: board\n«l»anes: 1\n' },
  'E-DOCUMENTS': { x: 'lanes: {}\n«---»\nlanes: {}\n' },
  'E-DUPLICATE-KEY': { x: 'devices:\n  b:\n    driver: board\n    «driver»: board\n' },
  'E-DUPLICATE-ID': { x: 'lines:\n  «bus»: { type: modbus-tcp, host: 10.0.0.1 }\n' },
  'E-ALIAS': { x: 'devices:\n  b: { driver: board, line: bus, unit: «&u» 1 }\n' },
  'E-TAG': { x: 'devices:\n  b: { driver: board, line: bus, unit: «!secret» x }\n' },
  'E-FORBIDDEN-KEY': { x: 'devices:\n  b: { «__proto__»: { unit: 1 } }\n' },
  'E-UNSEEN': { x: 'lanes:\n  in: { name: «"a\\0b"», direction: in }\n' },
  'E-DEPTH': { x: `devices:\n  b: ${'['.repeat(23)}«[]»${']'.repeat(23)}\n` },
  'E-MAP': { x: 'lanes:\n  in: «north»\n' },
  'E-NO-SITE': { ...alone('«»lines: {}\n') },
  'E-KEY': { x: device(', «untis»: 1').replace('unit: 1, ', 'unit: 1, ') },
  'E-SECRET-INLINE': { x: 'devices:\n  c: { driver: camera, address: 10.0.0.2, «password»: hunter2 }\n' },
  'E-MISSING': { x: 'devices:\n  «b»: { driver: board, line: bus }\n' },
  'E-TYPE': { x: 'devices:\n  b: { driver: board, line: bus, unit: «[1]» }\n' },
  'E-QUOTE': alone(siteWith(', emergencyPlates: [京A12345, «1E234»]')),
  'E-CHOICE': { x: device(', openInput: «stepp»') },
  'E-RANGE': { x: 'devices:\n  b: { driver: board, line: bus, unit: «300» }\n' },
  'E-FORMAT': { x: lane(', notTakenAfter: «20 s»') },
  'E-VALUE': { x: lane(', notTakenAfter: «1s»') },
  'E-ID': { x: 'lanes:\n  «东门»: { name: N, direction: in }\n' },
  'E-DRIVER': { x: 'devices:\n  b: { driver: «bord», line: bus, unit: 1 }\n' },
  'E-DRIVER-FAILED': { x: 'devices:\n  «b»: { driver: board, line: bus, unit: 1, explode: true }\n' },
  'E-PROFILE': { x: device(', profile: «wavshare-8»'), profiles: { 'waveshare-8': 'inputs: 8\npulses: true\n' } },
  'E-LINE-UNKNOWN': { x: 'devices:\n  b: { driver: board, line: «buss», unit: 1 }\n' },
  'E-LINE-MISSING': { x: 'devices:\n  «b»: { driver: board, unit: 1 }\n' },
  'E-LINE-UNWANTED': { x: 'devices:\n  c: { driver: camera, address: 10.0.0.2, «line»: bus }\n' },
  'E-LINE-KIND': { x: 'devices:\n  r: { driver: reader, line: «bus» }\n' },
  'E-DEVICE-UNKNOWN': { x: lane(', cameras: [«east-cam»]') },
  'E-DEVICE-KIND': { x: lane(', cameras: [«b»]') },
  'W-DEVICE-UNUSED': { x: 'devices:\n  «c»: { driver: camera, address: 10.0.0.2 }\n' },
  'W-LINE-UNUSED': { x: 'lines:\n  «spare»: { type: modbus-tcp, host: 10.0.0.9 }\n' },
  'E-ADDRESS-SHARED': {
    x: 'devices:\n  c: { driver: camera, address: 10.0.0.2 }\n  d: { driver: camera, address: «10.0.0.2» }\n',
  },
  'W-ADDRESS-SHARED': {
    x: 'devices:\n  c: { driver: camera, address: 10.0.0.2 }\n  d: { driver: camera, address: «10.0.0.2» }\nlanes:\n  a: { name: N, direction: in, cameras: [{ device: c, channel: 1 }] }\n  b: { name: N, direction: in, cameras: [{ device: d, channel: 2 }] }\n',
  },
  'E-SECRET-LINES': { x: 'devices:\n  c: { driver: camera, address: 10.0.0.2, passwordFile: «lines.secret» }\n' },
  'E-SECRET-SHORT': { x: pushing('«short.secret»') },
  'E-SECRET-PATH': { x: pushing('«odd.secret»') },
  'W-BIND-ALL': { x: 'receiver: { bind: «0.0.0.0», port: 8080 }\n' },
  'E-SECRET-READ': { x: 'devices:\n  c: { driver: camera, address: 10.0.0.2, passwordFile: «missing.secret» }\n' },
  'E-PEM-READ': { x: 'upstream: { host: mqtt.example.cn, caFile: «missing.pem» }\n' },
  'E-PEM-KIND': { x: pair('sound.crt', 'sound.pem').replace('sound.pem', '«sound.pem»') },
  'E-PEM-BROKEN': { x: 'upstream: { host: mqtt.example.cn, caFile: «torn.pem» }\n' },
  'E-PEM-LOCKED': { x: pair('sound.crt', '«locked.key»') },
  'E-PEM-SWAPPED': { x: pair('«sound.key»', 'sound.crt') },
  'E-PEM-PAIR': { x: pair('sound.crt', '«another.key»') },
  'W-PEM-EXPIRED': { x: 'upstream: { host: mqtt.example.cn, caFile: «expired.pem» }\n' },
  'W-PEM-EARLY': { x: pair('«early.crt»', 'sound.key') },
  'E-UPSTREAM-USER': { x: 'upstream: { host: mqtt.example.cn, «passwordFile»: p.secret }\n' },
  'E-SECRET-TWICE': {
    x: 'devices:\n  c: { driver: camera, address: 10.0.0.2, passwordFile: p.secret, «passwordEnv»: CAM }\n',
  },
  'E-UPSTREAM-PAIR': { x: 'upstream: { host: mqtt.example.cn, certFile: «gateway.crt» }\n' },
  'E-UPSTREAM-TLS': {
    x: 'upstream: { host: mqtt.example.cn, tls: false, certFile: «gateway.crt», keyFile: gateway.key }\n',
  },
  'W-UPSTREAM-PLAIN': { x: 'upstream: { host: mqtt.example.cn, tls: «false» }\n' },
  'W-SECRET-OPEN': { x: 'devices:\n  c: { driver: camera, address: 10.0.0.2, passwordFile: «open.secret» }\n' },
  'E-COIL-SHARED': {
    x: 'devices:\n  a: { driver: board, line: bus, unit: 1, coils: [1/coil/0] }\n  «b»: { driver: board, line: bus, unit: 2, coils: [1/coil/0] }\n',
  },
  'E-PORTAL-SHARED': { x: `${lane('')}  in2: { name: M, direction: in, barrier: «b», commissioned: true }\n` },
  'E-UNIT-SHARED': {
    x: 'devices:\n  a: { driver: board, line: bus, unit: 7 }\n  b: { driver: board, line: bus, unit: «7» }\n',
  },
  'E-BOARD-DIFFERS': {
    x: 'devices:\n  a: { driver: board, line: bus, unit: 7, relays: [1] }\n  b: { driver: board, line: bus, unit: 7, relays: [2], profile: «waveshare-8» }\n',
    profiles: { 'waveshare-8': 'inputs: 8\npulses: true\n' },
  },
  'E-CHANNEL-SHARED': {
    x: 'devices:\n  a: { driver: board, line: bus, unit: 7, relays: [1, 2] }\n  b: { driver: board, line: bus, unit: 7, relays: [3, «2»] }\n',
  },
  'E-LINE-TAKEN': {
    x: 'lines:\n  s: { type: tcp, host: 10.0.0.8, port: 9761 }\ndevices:\n  r1: { driver: reader, line: s }\n  r2: { driver: reader, line: «s» }\n',
  },
  'W-LINE-BAUD': {
    x: 'lines:\n  s: { type: serial, port: /dev/serial/by-id/usb-r }\ndevices:\n  r: { driver: reader, line: «s» }\n',
  },
  'W-VALUE': {
    x: 'lines:\n  s: { type: tcp, host: 10.0.0.8, port: 9761 }\ndevices:\n  r: { driver: reader, line: s, «bits»: 26 }\n',
  },
  'E-ENDPOINT-SHARED': {
    x: 'lines:\n  t1: { type: modbus-tcp, host: 10.0.0.1 }\n  t2: { type: tcp, host: 10.0.0.1, port: «502» }\n',
  },
  'E-PORT-PATH': { x: 'lines:\n  s: { type: serial, port: «COM3» }\n' },
  'W-PORT-UNSTABLE': { x: 'lines:\n  s: { type: serial, port: «/dev/ttyUSB0» }\n' },
  'W-BUDGET': { x: `${slow.replace('slow:', '«slow»:')}devices:\n${units(8, '')}` },
  'I-CLOSINGS': {
    x: `${slow.replace('slow:', '«slow»:')}devices:\n${units(6, `, poll: 1s, ${sensed}`)}lanes:\n${booms(6)}`,
  },
  'I-CLOSINGS-ALL': {
    x: `lines:\n  «two»: { type: modbus-tcp, host: 10.0.0.1 }\n${lane('').replace('line: bus', 'line: two')}`,
  },
  'E-SLOW-SCAN': {
    x: `${slow}devices:\n${units(8, '')}  b: { driver: board, line: slow, unit: 1, inputs: { «button»: 5 } }\n`,
  },
  'E-PORTALS': { x: lane(', «door»: b') },
  'E-EMERGENCY-STEP': { x: lane(', emergencyRoute: «true»').replace('unit: 1,', 'unit: 1, openInput: step,') },
  'E-LANE-UNKNOWN': { x: `${lane('')}${route('[in, «inn»]')}` },
  'E-ROUTE-UNKNOWN': {
    x: `${lane('').replace(sensed, 'inputs: { fire: { at: 5, reach: [«noth»] } }')}${route('[in]')}`,
  },
  'E-ROUTE-STEP': { x: `${lane('').replace('unit: 1,', 'unit: 1, openInput: step,')}${route('[«in»]')}` },
  'E-ROUTE-HOLD': { x: `${lane('').replace('unit: 1,', 'unit: 1, hold: none,')}${route('[«in»]')}` },
  'E-ROUTE-SECURE': {
    x: `devices:\n  d: { driver: board, line: bus, unit: 1, door: secure }\nlanes:\n  in: { name: N, direction: in, door: d }\n${route('[«in»]')}`,
  },
  'E-INTERLOCK-UNSEEN': {
    x: `${withLane(device(', inputs: { openLimit: 1, obstruction: 3 }'))}${interlock('[«in», inner]')}`,
  },
  'E-INTERLOCK-TWICE': { x: `${lane('')}${interlock('[in, «in»]')}` },
  'W-FEEDBACK-UNSEEN': { x: withLane(device(', inputs: { obstruction: 3, fire: { at: 4, «feedback»: true } }')) },
  'W-REACH-PULSED': {
    x: `${device(', inputs: { obstruction: 3, «fire»: { at: 4, reach: site } }')}  d: { driver: board, line: bus, unit: 2, door: pulsed }
lanes:
  in: { name: N, direction: in, barrier: b, commissioned: true }
  foot: { name: F, direction: out, door: d, commissioned: true }
`,
  },
  'W-ROUTE-UNREACHED': { x: `${lane('')}${route('[in]').replace('north:', '«north»:')}` },
  'E-EMERGENCY-HOLD': { x: lane(', emergencyRoute: «true»').replace('unit: 1,', 'unit: 1, hold: none,') },
  'E-ESCAPE-SECURE': {
    x: `${device(', door: secure')}lanes:\n  d: { name: N, direction: in, door: b, escapeRoute: «true», commissioned: true }\n`,
  },
  'E-BLIND-EXIT': { x: lane(', «blindExit»: { after: 10s }').replace('direction: in', 'direction: out') },
  'E-AUTOCLOSE-BLIND': { x: lane(', autoClose: «gateway»').replace(', obstruction: 3', '') },
  'E-AUTOCLOSE-STEP': { x: lane(', autoClose: «gateway»').replace('unit: 1,', 'unit: 1, openInput: step,') },
  'E-STEP-UNSEEN': {
    x: `${device(', openInput: step, inputs: { openLimit: 1, obstruction: 3 }')}lanes:\n  in: { name: N, direction: in, barrier: «b», commissioned: true }\n`,
  },
  'E-AUTOCLOSE-NOCLOSE': {
    x: lane(', autoClose: «gateway»').replace('unit: 1,', 'unit: 1, close: none, hold: none,'),
  },
  'W-NOT-TAKEN-STAYS': {
    x: lane(', autoClose: «gateway»').replace('obstruction: 3', 'obstruction: { at: 3, detects: vehicle }'),
  },
  'W-YIELD-NOTHING': {
    x: lane(
      ', boardProtection: { provedBy: 王, on: 2026-03-01 }, autoClose: gateway, onObstructionUnknown: «yieldToBoard»',
    ),
  },
  'E-YIELD-UNPROVED': { x: lane(', onObstructionUnknown: «yieldToBoard»') },
  'I-ANNOUNCE-NONE': { x: lane(', autoClose: «gateway»') },
  'W-OBSTRUCTION-WIRING': { x: lane('').replace('obstruction: 3', '«obstruction»: { at: 3, failsClear: true }') },
  'W-OBSTRUCTION-NONE': { x: lane('').replace(', obstruction: 3', '').replace('barrier: b', 'barrier: «b»') },
  'W-BUTTON-CLOSES-NOTHING': { x: lane(', «buttonCloses»: true') },
  'W-SECOND-FACTOR-HALF': { x: lane(', «secondFactorFallback»: singleFactor') },
  'E-FIRE-PAIR': { x: withLane(device(', inputs: { obstruction: 3, «fire»: { at: 4, supervision: pair } }')) },
  'W-FIRE-HALF-UNREAD': { x: withLane(device(', inputs: { obstruction: 3, fire: 4, «fireNo»: 5 }')) },
  'W-LIMITS-NONE': { x: withLane(device(', inputs: { obstruction: 3 }')).replace('barrier: b', 'barrier: «b»') },
  'I-NOT-COMMISSIONED': { x: 'lanes:\n  «in»: { name: N, direction: in }\n' },
  'E-DIRECTION': {
    x: 'devices:\n  c: { driver: camera, address: 10.0.0.2 }\nlanes:\n  l: { name: N, direction: both, cameras: [«c»] }\n',
  },
  'E-DIRECTION-WRONG': {
    x: 'devices:\n  c: { driver: camera, address: 10.0.0.2 }\nlanes:\n  l: { name: N, direction: in, cameras: [{ device: c, direction: «out» }] }\n',
  },
  'E-READER-SHARED': {
    x: 'lines:\n  s: { type: tcp, host: 10.0.0.8, port: 9761 }\ndevices:\n  r: { driver: reader, line: s }\nlanes:\n  a: { name: N, direction: in, readers: [r] }\n  b: { name: N, direction: out, readers: [«r»] }\n',
  },
  'E-CAMERA-SHARED': {
    x: 'devices:\n  c: { driver: camera, address: 10.0.0.2 }\nlanes:\n  a: { name: N, direction: in, cameras: [c] }\n  b: { name: N, direction: in, cameras: [«c»] }\n',
  },
  'E-TIMEZONE': alone('site: { id: s, name: N, timezone: «Asia/Peking», homeProvince: 京 }\n'),
  'W-QUOTE-HALF': { x: 'lanes:\n  in: { name: «“东门入口», direction: in }\n' },
  'W-CALENDAR-YEAR': alone(siteWith('').replace('years: [2026]', '«years»: [2025]')),
  'E-CALENDAR-DAY': alone(siteWith('').replace('years: [2026]', 'years: [2026], days: { «2026-02-30»: off }')),
  'E-PLATE': alone(siteWith(', emergencyPlates: [«"--"»]')),
  'W-PLATE-UNKNOWN': alone(siteWith(', emergencyPlates: [«东A120X8»]')),
  'W-DRILL-ROUTE': alone(siteWith(', drills: { reach: [«noth»] }')),
  'E-RECEIVER-MISSING': { x: 'devices:\n  «c»: { driver: camera, address: 10.0.0.2, push: true }\n' },
};

export function filesOf(fixture: Fixture): Files {
  const text = fixture.x.replace(/[«»]/g, '');
  return { ...(fixture.more ?? base), 'x.yaml': fixture.bytes === undefined ? text : fixture.bytes };
}

/** Line, column and end column of the marked text, 1-based. */
export function markedPlace(fixture: Fixture): { line: number; col: number; endCol: number } {
  const start = fixture.x.indexOf('«');
  const end = fixture.x.indexOf('»') - 1;
  const before = fixture.x.slice(0, start);
  const col = start - (before.lastIndexOf('\n') + 1) + 1;
  return { line: before.split('\n').length, col, endCol: col + Math.max(0, end - start) };
}
