/** `npm run sim:wide`: fresh seeds on all cores for as long as is asked for, summed over runs. */
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { OWN_CORE } from './sim/cores.ts';
import type { Played } from './sim/level-one.ts';
import { reachOf } from './sim/marks.ts';
import { addPlayed, readTally, type Tally, writeTally } from './sim/tally.ts';

const HELP = `usage: npm run sim:wide -- [--level 1|2] [--minutes M] [--hours H] [--workers N] [--state FILE] [--from SEED] [--json]
Plays fresh seeds of the simulation, H hours each (default 24, at level 2 two), on N threads (default: all cores) for M minutes
(default 1), and adds them up in FILE (default: gatehouse-sim-wide.json, at level 2 gatehouse-sim-wide-2.json, in the system's folder for temporary files): stopped
and started again it goes on with the next seed. A new FILE begins with SEED (default 1000000).
Prints seeds, lane-hours or site-hours, what was broken, and which faults and reasons of the core no seed has reached.
Exit: 0 nothing broken in FILE, 1 something is, 2 usage or FILE is no tally.
`;
const SAVE_EVERY_MS = 5000;

interface Wanted {
  readonly minutes: number;
  readonly hours: number;
  readonly level: 1 | 2;
  readonly workers: number;
  readonly state: string;
  readonly from: number;
  readonly json: boolean;
}

interface Said {
  readonly ready?: true;
  readonly played?: Played;
  readonly failed?: { readonly seed: number; readonly why: string };
}

function wantedOf(args: readonly string[]): Wanted | null {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...{ minutes: text, hours: text, workers: text, state: text, from: text, level: text },
        json: { type: 'boolean' },
      },
    });
    const minutes = Number(values.minutes ?? 1);
    const level = values.level === '2' ? 2 : 1;
    const hours = Number(values.hours ?? (level === 1 ? 24 : 2));
    const workers = Number(values.workers ?? availableParallelism());
    const from = Number(values.from ?? 1_000_000);
    const isFine = [hours, workers, from].every((count) => Number.isInteger(count) && count > 0) && minutes > 0;
    if (!isFine || !['1', '2'].includes(values.level ?? '1')) return null;
    const file = level === 1 ? 'gatehouse-sim-wide.json' : 'gatehouse-sim-wide-2.json';
    const state = resolve(values.state ?? join(tmpdir(), file));
    return { minutes, hours, level, workers, state, from, json: values.json === true };
  } catch {
    return null;
  }
}

async function playFor({ minutes, hours, level, workers, state }: Wanted, begun: Tally): Promise<Tally> {
  let tally = begun;
  const began = performance.now();
  const endsAt = began + minutes * 60_000;
  let savedAt = began;
  const secondsNow = (): number => begun.seconds + (performance.now() - began) / 1000;
  const thread = (): Promise<void> =>
    new Promise((done, failed) => {
      const worker = new Worker(new URL('./sim/season-worker.ts', import.meta.url), { workerData: { core: OWN_CORE } });
      const next = (): void => {
        if (performance.now() >= endsAt) {
          void worker.terminate().then(() => done(), failed);
          return;
        }
        worker.postMessage({ seed: tally.nextSeed, hours, level });
        tally = { ...tally, nextSeed: tally.nextSeed + 1 };
      };
      worker.on('error', failed);
      worker.on('message', ({ played, failed: why }: Said) => {
        if (played !== undefined) tally = addPlayed(tally, played);
        if (why !== undefined)
          tally = {
            ...tally,
            broken: [...tally.broken, { seed: why.seed, hours, says: `the simulation failed: ${why.why}` }],
          };
        if (performance.now() - savedAt > SAVE_EVERY_MS) {
          savedAt = performance.now();
          writeTally(state, { ...tally, seconds: secondsNow() });
        }
        next();
      });
    });
  await Promise.all(Array.from({ length: workers }, thread));
  tally = { ...tally, seconds: secondsNow() };
  writeTally(state, tally);
  return tally;
}

function tell(tally: Tally, level: 1 | 2): string {
  const { seeds, laneHours, siteHours, seconds, records, broken, marks } = tally;
  const { faults, reasons, transitions } = reachOf(marks);
  const [sum, speed] =
    level === 1
      ? [`${laneHours.toFixed(0)} lane-hours`, `${(laneHours / seconds).toFixed(0)} lane-hours/s`]
      : [`${siteHours.toFixed(0)} site-hours`, `${(siteHours / seconds).toFixed(2)} site-hours/s`];
  const list = (codes: readonly string[]): string => (codes.length === 0 ? '' : `; not: ${codes.join(' ')}`);
  return [
    `${seeds} seeds, ${sum}, ${records} records in ${seconds.toFixed(0)} s: ${speed}`,
    `faults reached: ${faults.reached.length}${list(faults.unreached)}`,
    `reasons reached: ${reasons.reached.length}${list(reasons.unreached)}`,
    `kinds of movements, passages, commands and outcomes reached: ${transitions}`,
    ...broken.map(
      ({ seed, hours, says }) =>
        `BROKEN npm run sim -- --level ${level} --seed ${seed} --hours ${hours}  ${says.slice(0, 200)}`,
    ),
    broken.length === 0 ? 'nothing broken' : `${broken.length} seeds broken`,
  ].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = wantedOf(args);
  const begun = wanted === null ? null : readTally(wanted.state, wanted.from);
  if (wanted === null || begun === null) {
    process.stderr.write(wanted === null ? HELP : `${wanted.state} is no tally of this command\n`);
    return 2;
  }
  const tally = await playFor(wanted, begun);
  const { marks, ...sums } = tally;
  process.stdout.write(
    `${wanted.json ? JSON.stringify({ ...sums, reach: reachOf(marks) }) : tell(tally, wanted.level)}\n`,
  );
  return tally.broken.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
