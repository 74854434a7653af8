/** `npm run bench`: the running daemon from a camera's push to the open frame at an independent device, beside a featureless script. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildDevice, proveDevice, type Wire } from './device.ts';
import { ms } from './figures.ts';
import { type Bench, type ImportRound, measureImport, measureRound, type Round } from './measure.ts';
import { writeListCsv } from './plates.ts';
import { broken, faultTable, importText, latencyTable, processTable, stageTable, type WireResult } from './report.ts';
import { measureSafety, safetyFaults, safetyTable } from './safety.ts';
import { importList, writeConfig } from './systems.ts';

const HELP = `usage: npm run bench -- [--rounds N] [--events N] [--rows N] [--wires tcp,9600,115200] [--no-import] [--no-safety] [--quick] [--json FILE] [--profile]

Measures a plate event (HTTP push on a kept-alive connection) to the last byte of the open frame at an independent paced
device: 8 lanes polled (10 Hz asked), 10 % of the cars unlisted, beside scripts/bench/floor.ts, rounds in turn. Figures are
medians over rounds. Then life safety at 9600 baud: press → open frame and obstruction → reopen frame, on a quiet line and with one
of its eight units dead and one babbling. --quick: 1 round, 40 events, 20,000 rows. --profile: no floor, processor profiles are left in the folder named.

Exit: 0 measured; 1 something broke (a missed or wrong or repeated opening, a refused event, a misused bus); 2 usage.
`;

const WIRES: Readonly<Record<string, { readonly name: string; readonly wire: Wire }>> = {
  tcp: { name: 'Modbus TCP', wire: { kind: 'tcp' } },
  '9600': { name: 'RTU 9600', wire: { kind: 'rtu', baud: 9600 } },
  '115200': { name: 'RTU 115200', wire: { kind: 'rtu', baud: 115_200 } },
};

interface Wanted {
  readonly rounds: number;
  readonly events: number;
  readonly rows: number;
  readonly wires: readonly string[];
  readonly imports: boolean;
  readonly safety: boolean;
  readonly json: string | undefined;
  readonly profile: boolean;
}

/** Null: not understood. */
function wanted(args: readonly string[]): Wanted | 'help' | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string' },
        events: { type: 'string' },
        rows: { type: 'string' },
        wires: { type: 'string', default: 'tcp,9600,115200' },
        'no-import': { type: 'boolean', default: false },
        'no-safety': { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        profile: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    const { quick, json, profile } = values;
    const rounds = Number(values.rounds ?? (quick ? 1 : 5));
    const events = Number(values.events ?? (quick ? 40 : 200));
    const rows = Number(values.rows ?? (quick ? 20_000 : 300_000));
    const wires = values.wires.split(',');
    const whole = [rounds, events, rows].every((number) => Number.isInteger(number) && number > 0);
    if (!whole || rows > 1_000_000 || wires.some((wire) => WIRES[wire] === undefined)) return null;
    const [imports, safety] = [!values['no-import'] && !profile, !values['no-safety'] && !profile];
    return { rounds, events, rows, wires, imports, safety, json, profile };
  } catch {
    return null;
  }
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function prepare(dir: string, asked: Wanted): Promise<Bench> {
  const deviceBinary = buildDevice(dir);
  await proveDevice(deviceBinary, dir);
  say('the device counts breaches and collisions rightly');
  const [csv, nextCsv] = [join(dir, 'list.csv'), join(dir, 'next.csv')];
  await writeListCsv(csv, asked.rows);
  await writeListCsv(nextCsv, asked.rows, Math.ceil(asked.rows / 100));
  const lanes = 8;
  const pollMs = 100;
  const preparedState = join(dir, 'prepared');
  writeConfig(join(dir, 'config'), { lanes, pollMs, bus: { kind: 'tcp', ports: Array(lanes).fill(502) } }, 8080);
  const started = performance.now();
  importList(join(dir, 'config'), preparedState, csv);
  say(`imported ${asked.rows} rows in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const boom = { units: lanes, travelMs: 60, openMs: 500 };
  // The boom is down 620 ms after its order; at 9600 baud its inputs are then read within another 250 ms.
  const traffic = { lanes, events: asked.events, perSecond: 12, unlistedShare: 0.1, restMs: 1000 };
  const nodeOptions = asked.profile ? ['--cpu-prof', `--cpu-prof-dir=${join(dir, 'profiles')}`] : [];
  return {
    ...{ dir, deviceBinary, preparedState, csv, nextCsv, rows: asked.rows, lanes, pollMs, boom, traffic, nodeOptions },
    idleMs: 5000,
  };
}

async function measureWires(bench: Bench, asked: Wanted): Promise<readonly WireResult[]> {
  const results = asked.wires.map((key) => ({ wire: WIRES[key]?.name ?? key, rounds: [] as Round[] }));
  for (let round = 1; round <= asked.rounds; round += 1) {
    for (const [at, key] of asked.wires.entries()) {
      const wire = WIRES[key]?.wire ?? { kind: 'tcp' };
      for (const system of asked.profile ? (['gatehouse'] as const) : (['gatehouse', 'floor'] as const)) {
        const measured = await measureRound(bench, system, wire, 1000 * round + at);
        results[at]?.rounds.push(measured);
        const { latency, missed, wrong } = measured;
        say(
          `round ${round}/${asked.rounds} ${results[at]?.wire} ${system}: p50 ${ms(latency.p50)} p99 ${ms(latency.p99)} ms, missed ${missed}, wrong ${wrong}`,
        );
      }
    }
  }
  return results;
}

async function main(args: readonly string[]): Promise<number> {
  const asked = wanted(args);
  if (asked === 'help' || asked === null) {
    (asked === null ? process.stderr : process.stdout).write(HELP);
    return asked === null ? 2 : 0;
  }
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  try {
    const bench = await prepare(dir, asked);
    const results = await measureWires(bench, asked);
    const imports: ImportRound[] = [];
    for (let round = 1; asked.imports && round <= Math.min(3, asked.rounds); round += 1) {
      imports.push(await measureImport(bench, { kind: 'tcp' }, 77_000 + round));
      say(`import under load ${round}: p99 ${ms(imports.at(-1)?.latency.p99 ?? Number.NaN)} ms`);
    }
    const presses = Math.min(asked.events, 60);
    const safety = asked.safety ? await measureSafety(bench, presses, Math.ceil(presses / 6)) : null;
    const faults = [...broken(results, imports), ...(safety === null ? [] : safetyFaults(safety))];
    const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? '?'}, ${asked.rows} plates, 8 lanes, median of ${asked.rounds} rounds`;
    const parts = [machine, latencyTable(results), stageTable(results), faultTable(results), processTable(results)];
    if (imports.length > 0) parts.push(importText(imports, asked.rows));
    if (safety !== null) parts.push(safetyTable(safety));
    parts.push(faults.length === 0 ? 'nothing broke' : `BROKE:\n  ${faults.join('\n  ')}`);
    process.stdout.write(`${parts.join('\n\n')}\n`);
    if (asked.json !== undefined)
      writeFileSync(asked.json, `${JSON.stringify({ machine, asked, results, imports, safety, faults }, null, 1)}\n`);
    if (asked.profile) say(`profiles lie in ${join(dir, 'profiles')}`);
    if (faults.length === 0 && !asked.profile) rmSync(dir, { recursive: true, force: true });
    else if (!asked.profile) say(`what broke, with its journal, is left in ${dir}`);
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    say(`what was made until then is left: ${dir}`);
    throw error;
  }
}

process.exitCode = await main(process.argv.slice(2));
