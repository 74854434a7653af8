/** Which room may import what: the table of design.md "Rooms". To let a room reach further, argue for it there first. */

export interface Room {
  /** Rooms of src that it may import, itself not named. */
  readonly rooms: readonly string[];
  /** Packages of the registry. Each stands in one room only, zod excepted. */
  readonly packages: readonly string[];
  /** Modules of Node, without `node:`. */
  readonly node: readonly string[];
  /** `pure`: no time, chance, promise or outside world at all. `clocked`: time and chance come from outside. */
  readonly discipline: 'pure' | 'clocked' | 'free';
}

const ALL = ['core', 'contract', 'wire', 'field', 'store', 'upstream', 'console', 'config', 'sim'] as const;

export const ROOMS: Readonly<Record<string, Room>> = {
  core: { rooms: [], packages: [], node: [], discipline: 'pure' },
  contract: { rooms: ['core'], packages: ['zod'], node: [], discipline: 'clocked' },
  wire: { rooms: ['core'], packages: ['saxes', 'iconv-lite'], node: ['crypto', 'zlib'], discipline: 'clocked' },
  field: {
    rooms: ['core', 'contract', 'wire'],
    packages: ['serialport', 'modbus-serial'],
    node: ['net', 'http', 'https', 'tls', 'child_process', 'fs', 'events', 'stream', 'path', 'url', 'crypto'],
    discipline: 'clocked',
  },
  store: {
    rooms: ['core'],
    packages: ['better-sqlite3'],
    node: ['fs', 'path', 'crypto', 'module', 'worker_threads', 'url'],
    discipline: 'clocked',
  },
  upstream: {
    rooms: ['core'],
    packages: ['mqtt', 'zod'],
    node: ['net', 'tls', 'fs', 'crypto'],
    discipline: 'clocked',
  },
  console: { rooms: ['core'], packages: [], node: ['http', 'fs', 'path', 'crypto'], discipline: 'clocked' },
  config: {
    rooms: ['core', 'contract'],
    packages: ['yaml', 'zod'],
    node: ['fs', 'path', 'crypto', 'url'],
    discipline: 'clocked',
  },
  sim: { rooms: ['core', 'contract'], packages: [], node: ['net', 'http'], discipline: 'clocked' },
  runtime: {
    rooms: ALL,
    packages: ['node-cron', 'pino', 'zod'],
    node: [
      'async_hooks',
      'child_process',
      'crypto',
      'events',
      'fs',
      'fs/promises',
      'http',
      'module',
      'net',
      'os',
      'path',
      'perf_hooks',
      'process',
      'readline',
      'timers',
      'timers/promises',
      'url',
      'worker_threads',
    ],
    discipline: 'free',
  },
  cli: {
    rooms: [...ALL, 'runtime'],
    packages: ['commander'],
    node: [
      ...['child_process', 'crypto', 'fs', 'os', 'path', 'process', 'readline', 'stream', 'stream/promises'],
      ...['timers/promises', 'tty', 'url', 'util'],
    ],
    discipline: 'free',
  },
};

/** Every folder of `drivers`: the contract, the pure codecs, and of core only types. A vendor's package is named here by driver. */
export const DRIVER: Room = { rooms: ['contract', 'wire', 'core'], packages: [], node: [], discipline: 'clocked' };
/** The demo's hardware is the drivers' twins; runtime hands them to the simulated world (design.md "Rooms", sim). */
export const TWIN = /^drivers\/[^/]+\/twin\.ts$/;
export const DRIVER_PACKAGES: Readonly<Record<string, readonly string[]>> = { 'camera-onvif': ['onvif'] };

/** May stand in more than one room. */
export const SHARED_PACKAGES: readonly string[] = ['zod'];

/** Globals that no pure file may name; Intl is let into the calendar alone. */
export const IMPURE_GLOBALS: readonly string[] = [
  'Date',
  'Promise',
  'process',
  'globalThis',
  'global',
  'console',
  'performance',
  'crypto',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'require',
  'WeakRef',
  'FinalizationRegistry',
  'SharedArrayBuffer',
  'Atomics',
];
export const CLOCK_GLOBALS: readonly string[] = ['setTimeout', 'setInterval', 'performance'];
/** The first file of a thread or child process composes it, as runtime does the daemon: there the real clocks are taken. */
export const COMPOSER = /-(thread|child|worker)\.ts$/;
export const CALENDAR = 'src/core/calendar';

export const BANNED_WORDS: readonly string[] = ['manager', 'helper', 'util', 'utils', 'utility', 'handler'];
export const LINES_MAX = 400;

/** Where a file lives: a room of src, a driver, or a folder whose files may import anything. */
export interface Place {
  readonly kind: 'room' | 'driver' | 'tooling';
  readonly name: string;
}

export function placeOf(path: string): Place {
  const [top = '', name = ''] = path.split('/');
  if (top === 'src') return { kind: 'room', name };
  if (top === 'drivers' && !path.endsWith('.test.ts')) return { kind: 'driver', name };
  return { kind: 'tooling', name: top };
}

/** The row that binds this place; undefined for a room that the table does not know. */
export function roomOf(place: Place): Room | undefined {
  if (place.kind === 'room') return Object.hasOwn(ROOMS, place.name) ? ROOMS[place.name] : undefined;
  return { ...DRIVER, packages: DRIVER_PACKAGES[place.name] ?? [] };
}
