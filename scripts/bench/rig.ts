/** What `rig.sh prep` does: eight lanes, `autoClose: board`, limits as the only inputs, and the rig's whitelist as a CSV that is imported. */
import { cpSync, createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import type { Bus } from './device.ts';
import { importList, writeConfig } from './systems.ts';

const LANES = 8;

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

function busOf(): Bus {
  const kind = given('RIG_MODBUS');
  if (kind === 'rtu') return { kind: 'rtu', path: given('RIG_TTY'), baud: Number(given('RIG_BAUD')) };
  const port = Number(given('RIG_MB_PORT'));
  return { kind: 'tcp', ports: Array.from({ length: LANES }, (_, at) => (kind === 'gw' ? port : port + at + 1)) };
}

async function writeCsv(whitelist: string, csv: string): Promise<void> {
  const db = new Database(whitelist, { readonly: true });
  const out = createWriteStream(csv);
  out.write('车牌\r\n');
  for (const plate of db.prepare('SELECT plate FROM whitelist').pluck().iterate())
    if (!out.write(`${String(plate)}\r\n`)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
  db.close();
}

const dir = process.argv[2] ?? '';
if (dir === '') throw new Error('usage: rig.ts FOLDER');
const [config, state] = [join(dir, 'config'), join(dir, 'state')];
rmSync(config, { recursive: true, force: true });
// The rig watches coil 0 alone, so the board is one without a timer of its own.
const plan = {
  lanes: LANES,
  pollMs: Number(given('RIG_POLL_MS')) || 1000,
  bus: busOf(),
  profile: 'generic-coils',
  brokerPort: Number(given('RIG_MQTT')),
};
writeConfig(config, plan, Number(given('RIG_HTTP')));
// A million rows take a minute: what was imported is kept, and each run begins with a copy of it and no record of a run before.
const imported = join(dir, `imported-${basename(given('RIG_WL'), '.db')}`);
if (!existsSync(imported)) {
  const [csv, making] = [join(dir, 'list.csv'), `${imported}.making`];
  rmSync(making, { recursive: true, force: true });
  await writeCsv(given('RIG_WL'), csv);
  importList(config, making, csv);
  renameSync(making, imported);
}
rmSync(state, { recursive: true, force: true });
cpSync(imported, state, { recursive: true, preserveTimestamps: true });
