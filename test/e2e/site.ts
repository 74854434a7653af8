/** A site's configuration as files, written the way a technician writes them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatehouse } from './daemon.ts';
import { freePort } from '../house/free-port.ts';
import type { Stage } from './harness.ts';

export interface Site {
  readonly dir: string;
  readonly config: string;
  readonly state: string;
  readonly receiverPort: number;
}

export interface SiteText {
  /** One YAML line each, below `lines:`, `devices:`, `lanes:` and `routes:`. */
  readonly lines: readonly string[];
  readonly devices: readonly string[];
  readonly lanes: readonly string[];
  readonly routes?: readonly string[];
  /** False: no camera pushes here. */
  readonly receiver?: boolean;
}

export async function makeSite(stage: Stage, text: (config: string) => SiteText): Promise<Site> {
  const dir = stage.folder();
  const site = { dir, config: join(dir, 'config'), state: join(dir, 'state'), receiverPort: await freePort() };
  mkdirSync(site.config);
  mkdirSync(site.state, { mode: 0o700 });
  writeSite(site, text(site.config));
  return site;
}

export function writeSite(site: Site, text: SiteText): void {
  const receiver = text.receiver === false ? '' : `receiver: { bind: 127.0.0.1, port: ${site.receiverPort} }\n`;
  writeFileSync(
    join(site.config, 'site.yaml'),
    `site: { id: e2e, name: 测试小区, timezone: Asia/Shanghai, homeProvince: 京 }\n${receiver}`,
  );
  writeFileSync(
    join(site.config, 'gate.yaml'),
    [
      'lines:',
      ...text.lines.map((line) => `  ${line}`),
      'devices:',
      ...text.devices.map((line) => `  ${line}`),
      'lanes:',
      ...text.lanes.map((line) => `  ${line}`),
      ...(text.routes === undefined ? [] : ['routes:', ...text.routes.map((line) => `  ${line}`)]),
      '',
    ].join('\n'),
  );
}

export function tcpLine(id: string, port: number): string {
  return `${id}: { type: modbus-tcp, host: 127.0.0.1, port: ${port} }`;
}

/** Both limits, and an obstruction sensor that sees people too; wired so that a cut cable reads occupied. */
export const allSensors =
  'openLimit: 1, closedLimit: 2, obstruction: { at: 3, detects: both }, arming: 4, button: 5, fire: 6';

export interface BarrierText {
  readonly id: string;
  readonly line: string;
  readonly unit: number;
  readonly profile: string;
  readonly inputs?: string;
  /** More keys, as YAML flow, e.g. `hold: holdInput`. */
  readonly more?: string;
}

export function barrier({ id, line, unit, profile, inputs, more }: BarrierText): string {
  const rest = [...(inputs === undefined ? [] : [`inputs: { ${inputs} }`]), ...(more === undefined ? [] : [more])].map(
    (part) => `, ${part}`,
  );
  return `${id}: { driver: barrier-modbus, line: ${line}, unit: ${unit}, profile: ${profile}, travel: 500ms${rest.join('')} }`;
}

/** A camera that pushes to `/c/<secret>`, the secret in its own file. */
export function pushCamera(site: { readonly config: string }, id: string, secret: string): string {
  writeFileSync(join(site.config, `${id}.secret`), `${secret}\n`, { mode: 0o600 });
  return `${id}: { driver: camera-isapi, address: 127.0.0.1, mode: push, pushPathFile: ${id}.secret }`;
}

export interface LaneText {
  readonly id: string;
  readonly barrier: string;
  readonly cameras?: string;
  readonly autoClose?: 'board' | 'gateway';
  readonly more?: string;
}

export function lane({ id, barrier: device, cameras = '[]', autoClose = 'gateway', more = '' }: LaneText): string {
  return `${id}: { name: ${id}, direction: in, barrier: ${device}, cameras: ${cameras}, autoClose: ${autoClose}, commissioned: true${more === '' ? '' : `, ${more}`} }`;
}

export interface ListRow {
  readonly plate: string;
  readonly uses?: number;
}

/** Takes the list in by the command line, as the property office does. */
export async function importList(stage: Stage, site: Site, rows: readonly ListRow[]): Promise<void> {
  const csv = join(site.dir, 'list.csv');
  writeFileSync(
    csv,
    ['车牌,类别,次数', ...rows.map((row) => `${row.plate},resident,${row.uses ?? ''}`), ''].join('\r\n'),
  );
  const args = ['list', 'import', csv, '--yes', '--force', '--config', site.config, '--state', site.state];
  const { code, out, err } = await gatehouse(stage, args);
  if (code !== 0) throw new Error(`the list was not taken (${code}): ${out}\n${err}`);
}
