/** The two systems that are measured, each started as a process and ended again: the gateway, and the featureless script. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Bus } from './device.ts';
import type { FloorOrder } from './floor.ts';

export interface Plan {
  readonly lanes: number;
  readonly pollMs: number;
  readonly bus: Bus;
  readonly csv: string;
  /** State folder with the list imported; copied, so that every round starts from the same. */
  readonly preparedState: string;
  /** Empty folder of this round. */
  readonly dir: string;
  /** Options for the gateway's Node, e.g. a profiler's. */
  readonly nodeOptions: readonly string[];
}

export interface Running {
  readonly pid: number;
  readonly httpPort: number;
  readonly stateDir: string;
  readonly configDir: string;
  /** CLOCK_MONOTONIC milliseconds just before the spawn. */
  readonly spawnedAt: number;
  /** @throws when it does not end by itself in 15 s. */
  stop(): Promise<void>;
  ended(): boolean;
}

const ROOT = join(import.meta.dirname, '..', '..');
const CLI = join(ROOT, 'src', 'cli', 'main.ts');
const STOP_MS = 15_000;

export const monoMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const pathOf = (lane: number): string => `/c/bench-camera-${lane}-secret`;

export async function startGateway(plan: Plan): Promise<Running> {
  const configDir = join(plan.dir, 'config');
  const stateDir = join(plan.dir, 'state');
  const httpPort = await freePort();
  cpSync(plan.preparedState, stateDir, { recursive: true });
  writeConfig(configDir, plan, httpPort);
  const args = [...plan.nodeOptions, CLI, 'run', '--config', configDir, '--state', stateDir, '--log', 'warn'];
  return run(args, plan.dir, { httpPort, stateDir, configDir });
}

/** The gateway on a configuration of one's own, with an empty state. */
export function startGatewayOn(dir: string, text: string): Running {
  const [configDir, stateDir] = [join(dir, 'config'), join(dir, 'state')];
  mkdirSync(configDir, { recursive: true });
  writeFileSync(join(configDir, 'site.yaml'), text);
  const args = [CLI, 'run', '--config', configDir, '--state', stateDir, '--log', 'warn'];
  return run(args, dir, { httpPort: 0, stateDir, configDir });
}

export async function startFloor(plan: Plan): Promise<Running> {
  const httpPort = await freePort();
  const paths = Array.from({ length: plan.lanes }, (_, at) => pathOf(at + 1));
  const { csv, bus, pollMs } = plan;
  const order: FloorOrder = { httpPort, paths, csv, bus, pollMs };
  const script = join(import.meta.dirname, 'floor.ts');
  return run([script, JSON.stringify(order)], plan.dir, { httpPort, stateDir: plan.dir, configDir: plan.dir });
}

/** Imports the list into a new state folder through the command that a technician would use. */
export function importList(configDir: string, stateDir: string, csv: string): void {
  mkdirSync(stateDir, { recursive: true });
  const result = spawnSync(process.execPath, importArgs(configDir, stateDir, csv), { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`the list cannot be imported: ${result.stderr}${result.stdout}`);
}

export function importArgs(configDir: string, stateDir: string, csv: string): readonly string[] {
  return [CLI, 'list', 'import', csv, '--config', configDir, '--state', stateDir, '--yes', '--lang', 'en'];
}

export interface SitePlan extends Pick<Plan, 'lanes' | 'pollMs' | 'bus'> {
  /** Of the relay boards; default a board that ends a pulse by itself. */
  readonly profile?: string;
  /** Port of a broker on this machine that every record goes to; default none. */
  readonly brokerPort?: number;
}

export function writeConfig(dir: string, plan: SitePlan, httpPort: number): void {
  mkdirSync(dir, { recursive: true });
  const lanes = Array.from({ length: plan.lanes }, (_, at) => at + 1);
  for (const lane of lanes)
    writeFileSync(join(dir, `camera-${lane}.secret`), `${pathOf(lane).slice('/c/'.length)}\n`, { mode: 0o600 });
  const { bus } = plan;
  const lines =
    bus.kind === 'rtu'
      ? [`  bus: { type: modbus-rtu, port: ${bus.path}, baud: ${bus.baud} }`]
      : bus.ports.map((port, at) => `  bus-${at + 1}: { type: modbus-tcp, host: 127.0.0.1, port: ${port} }`);
  const text = [
    'site: { id: bench, name: 测量, timezone: Asia/Shanghai, homeProvince: 京 }',
    `receiver: { bind: 127.0.0.1, port: ${httpPort} }`,
    ...(plan.brokerPort === undefined
      ? []
      : [`upstream: { host: 127.0.0.1, port: ${plan.brokerPort}, tls: false, prefix: gate }`]),
    'lines:',
    ...lines,
    'devices:',
    ...lanes.flatMap((lane) => [
      `  barrier-${lane}: { driver: barrier-modbus, line: ${bus.kind === 'rtu' ? 'bus' : `bus-${lane}`}, unit: ${lane}, profile: ${plan.profile ?? 'waveshare-8'}, pulse: 100ms, travel: 300ms, poll: ${plan.pollMs}ms, inputs: { openLimit: 1, closedLimit: 2 } }`,
      `  camera-${lane}: { driver: camera-http, address: 127.0.0.1, pushPathFile: camera-${lane}.secret, fields: { plate: plate, eventId: id, confidence: { at: confidence, scale: 1 } } }`,
    ]),
    'lanes:',
    ...lanes.map(
      (lane) =>
        `  lane-${lane}: { name: 车道${lane}, direction: in, barrier: barrier-${lane}, cameras: [camera-${lane}], autoClose: board, commissioned: true }`,
    ),
    '',
  ];
  writeFileSync(join(dir, 'site.yaml'), text.join('\n'));
}

function run(
  args: readonly string[],
  dir: string,
  where: { readonly httpPort: number; readonly stateDir: string; readonly configDir: string },
): Running {
  const logPath = join(dir, 'log');
  const log = openSync(logPath, 'a');
  const spawnedAt = monoMs();
  const child = spawn(process.execPath, args, { stdio: ['ignore', log, log], cwd: dir });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${args[0]} cannot be started`);
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    ...where,
    pid,
    spawnedAt,
    ended,
    async stop() {
      if (ended()) throw new Error(`it ended by itself (${child.exitCode ?? child.signalCode}):\n${tailOf(logPath)}`);
      if (!(await endedAfter(child, 'SIGTERM')) && !(await endedAfter(child, 'SIGKILL')))
        throw new Error(`process ${pid} cannot be ended`);
      if (child.signalCode === 'SIGKILL') throw new Error(`it did not end on SIGTERM:\n${tailOf(logPath)}`);
    },
  };
}

function endedAfter(child: ChildProcess, signal: NodeJS.Signals): Promise<boolean> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), STOP_MS);
    child.once('exit', () => {
      clearTimeout(limit);
      resolve(true);
    });
    child.kill(signal);
  });
}

export function tailOf(path: string): string {
  return readFileSync(path, 'utf8').split('\n').slice(-20).join('\n');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
