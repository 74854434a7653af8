/** A small site on disk for the commands: its configuration, its hardware as twins on real sockets, and the real programs. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BarrierTwin, BoardTwin } from '../../drivers/barrier-modbus/twin.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { ask } from '../../src/runtime/control-client.ts';
import type { StatusView } from '../../src/runtime/views.ts';
import { serveModbusTcp } from '../../src/sim/modbus-server.ts';
import { killStarted, node, root, run, type Running } from '../house/running.ts';

export const cameraPath = 'east-in-camera-path-0123456789abcdef';
export const plate = '京A12345';

export interface Site {
  readonly folder: string;
  readonly config: string;
  readonly state: string;
  write(name: string, text: string): string;
  remove(): void;
}

export interface Ports {
  readonly bus: number;
  readonly receiver: number;
}

export function makeSite(ports: Ports = { bus: 9, receiver: 8099 }): Site {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  const config = join(folder, 'config');
  mkdirSync(config);
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  write('config/site.yaml', siteYaml(ports));
  write('config/camera.secret', cameraPath);
  return {
    folder,
    config,
    state: join(folder, 'state'),
    write,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function siteYaml({ bus, receiver }: Ports): string {
  const year = new Date().getFullYear();
  return `site:
  id: cli-test
  name: 测试小区
  timezone: Asia/Shanghai
  homeProvince: 京
  calendar: { years: [${year - 1}, ${year}, ${year + 1}] }
store: { dir: ../state }
receiver: { bind: 127.0.0.1, port: ${receiver} }
lines:
  bus: { type: modbus-tcp, host: 127.0.0.1, port: ${bus} }
devices:
  east-in-barrier:
    driver: barrier-modbus
    line: bus
    unit: 1
    profile: waveshare-8
    travel: 300ms
    inputs: { openLimit: 1, closedLimit: 2, obstruction: { at: 3, detects: both } }
  east-in-camera:
    driver: camera-http
    address: 127.0.0.1
    pushPathFile: camera.secret
    fields:
      plate: plate
      confidence: { at: confidence, scale: 1 }
      time: { at: time, unit: ms }
lanes:
  east-in:
    name: 东门入口
    direction: in
    barrier: east-in-barrier
    cameras: [east-in-camera]
    autoClose: gateway
    clearFor: 500ms
    closeAfterClear: 0s
    notTakenAfter: 5s
    commissioned: true
`;
}

export interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line as a person does, in English unless the environment says otherwise. */
export async function gatehouse(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Done> {
  const started = start(args, env);
  const { code } = await started.ended;
  return { code, out: started.out.join('\n'), err: started.err.join('\n') };
}

export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const plain = { LC_ALL: 'C', GATEHOUSE_CONFIG: '', GATEHOUSE_STATE: '', STATE_DIRECTORY: '' };
  return run(node, [join(root, 'src/cli/main.ts'), ...args], { env: { ...plain, ...env } });
}

export const at = (site: Site): readonly string[] => ['--config', site.config, '--state', site.state];

export interface Hardware {
  readonly port: number;
  readonly boom: BarrierTwin;
  readonly board: BoardTwin;
  stop(): Promise<void>;
}

export async function serveHardware(): Promise<Hardware> {
  const clock = systemClock();
  const board = new BoardTwin({ clock, unit: 1, dialect: 'waveshare' });
  const boom = new BarrierTwin({
    clock,
    board,
    travelMs: 300,
    relays: { open: 1, close: 2 },
    inputs: { openLimit: 1, closedLimit: 2 },
  });
  // Energised is clear.
  board.setInput(3, true);
  const server = await serveModbusTcp({ host: '127.0.0.1', port: 0, boards: [board] });
  return { port: server.port, boom, board, stop: () => server.close() };
}

export async function statusOf(site: Site): Promise<StatusView | null> {
  try {
    return (await ask(site.state, { method: 'status' })) as StatusView;
  } catch {
    return null;
  }
}

/** Asks until `look` is satisfied; the deadline only bounds a failing test. */
export async function untilStatus(
  what: string,
  site: Site,
  look: (status: StatusView) => boolean,
): Promise<StatusView> {
  const end = performance.now() + 20_000;
  for (;;) {
    const status = await statusOf(site);
    if (status !== null && look(status)) return status;
    if (performance.now() > end) throw new Error(`in vain: ${what}: ${JSON.stringify(status)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The end of a file of tests at one gate; what was never begun is left out. */
export async function takeDown(
  daemon: Running | undefined,
  hardware: Hardware | undefined,
  site: Site | undefined,
): Promise<void> {
  daemon?.child.kill('SIGTERM');
  await daemon?.ended;
  killStarted();
  await hardware?.stop();
  site?.remove();
}

export function pushPlate(port: number, text: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/c/${cameraPath}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ plate: text, confidence: 0.98, time: Date.now() }),
  });
}

/** Names, contents and modification times of everything below a folder. */
export function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  )) {
    const path = join(entry.parentPath, entry.name);
    hash.update(`${path} ${statSync(path).mtimeMs}\n`);
    if (entry.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}
