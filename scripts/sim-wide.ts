/** `npm run sim:wide`: fresh seeds on all cores for as long as is asked for, summed over runs. */
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { OWN_CORE } from './sim/cores.ts';
import type { Played } from './sim/level-one.ts';
import { reachOf } from './sim/marks.ts';
import { endWithReader } from './sim/reader.ts';
import { addFailed, addPlayed, handOut, readTally, type Tally, writeTally } from './sim/tally.ts';

const HELP = `usage: npm run sim:wide -- [--level 1|2] [--minutes M] [--lane-hours N] [--site-hours N] [--hours H] [--workers N] [--state FILE]
                           [--from SEED] [--core DIR] [--json]
Plays fresh seeds of the simulation, H hours each (default 24, at level 2 two), on N threads (default: all cores) for M
minutes (default 1), or until FILE holds N lane-hours or site-hours, and adds them up in FILE (default: gatehouse-sim-wide.json,
at level 2 gatehouse-sim-wide-2.json, in the system's folder for temporary files): stopped at any moment and started again it
goes on where it was. A new FILE begins with SEED (default 1000000). --core DIR: another core, say a mutated copy (level 1).
Prints seeds, lane-hours or site-hours, what was broken, and which faults, reasons and edges of the core no seed has reached.
Exit: 0 nothing broken in FILE, 1 something is, 2 usage or FILE is no tally.
`;
const SAVE_EVERY_MS = 5000;
const TELL_EVERY_MS = 10_000;

interface Wanted {
  readonly minutes: number;
  /** Null: as long as `minutes` says. */
  readonly laneHours: number | null;
  readonly siteHours: number | null;
  readonly hours: number;
  readonly level: 1 | 2;
  readonly workers: number;
  readonly state: string;
  readonly from: number;
  readonly core: string;
  readonly json: boolean;
}

interface Said {
  readonly ready?: true;
  readonly played?: Played;
  readonly failed?: { readonly seed: number; readonly why: string };
}

/** Or what is wrong with them. */
function wantedOf(args: readonly string[]): Wanted | string {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...{ minutes: text, 'lane-hours': text, hours: text, workers: text, state: text, from: text, level: text },
        ...{ 'site-hours': text, core: text, json: { type: 'boolean' } },
      },
    });
    if (!['1', '2'].includes(values.level ?? '1')) return '--level: 1 or 2 is wanted';
    const level = values.level === '2' ? 2 : 1;
    const laneHours = values['lane-hours'] === undefined ? null : Number(values['lane-hours']);
    const siteHours = values['site-hours'] === undefined ? null : Number(values['site-hours']);
    const minutes = Number(values.minutes ?? (laneHours === null && siteHours === null ? 1 : Number.MAX_SAFE_INTEGER));
    const whole = {
      hours: Number(values.hours ?? (level === 1 ? 24 : 2)),
      workers: Number(values.workers ?? availableParallelism()),
      from: Number(values.from ?? 1_000_000),
    };
    for (const [name, count] of Object.entries(whole))
      if (!Number.isInteger(count) || count < 1) return `--${name}: a whole number from 1 on is wanted`;
    if (!(minutes > 0)) return '--minutes: a number above 0 is wanted';
    if (laneHours !== null && !(laneHours > 0)) return '--lane-hours: a number above 0 is wanted';
    if (siteHours !== null && !(siteHours > 0)) return '--site-hours: a number above 0 is wanted';
    const file = level === 1 ? 'gatehouse-sim-wide.json' : 'gatehouse-sim-wide-2.json';
    const state = resolve(values.state ?? join(tmpdir(), file));
    const core = values.core === undefined ? OWN_CORE : resolve(values.core);
    return { ...whole, level, minutes, laneHours, siteHours, state, core, json: values.json === true };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One run: it ends when its time is over, when enough is played, or when somebody stops it. */
class WideRun {
  readonly #wanted: Wanted;
  readonly #begun: Tally;
  readonly #began = performance.now();
  readonly #atWork: number[] = [];
  #tally: Tally;
  #savedAt = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(wanted: Wanted, begun: Tally) {
    this.#wanted = wanted;
    this.#begun = begun;
    this.#tally = begun;
  }

  async play(): Promise<Tally> {
    const telling = setInterval(() => process.stderr.write(`${this.#progress()}\n`), TELL_EVERY_MS);
    let stop = (): void => {};
    const stopped = new Promise<void>((done) => {
      stop = () => {
        this.#isStopped = true;
        done();
      };
    });
    process.once('SIGINT', stop).once('SIGTERM', stop);
    try {
      await Promise.all(Array.from({ length: this.#wanted.workers }, () => this.#thread(stopped)));
    } finally {
      clearInterval(telling);
      process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
    }
    this.#save();
    return this.#tally;
  }

  get #isOver(): boolean {
    const { minutes, laneHours, siteHours } = this.#wanted;
    if (this.#isStopped || performance.now() - this.#began >= minutes * 60_000) return true;
    if (siteHours !== null && this.#tally.siteHours >= siteHours) return true;
    return laneHours !== null && this.#tally.laneHours >= laneHours;
  }

  /** What is being played when it is stopped is owed: it does not wait for that. */
  #thread(stopped: Promise<void>): Promise<void> {
    const { core, hours, level } = this.#wanted;
    return new Promise((done, failed) => {
      const worker = new Worker(new URL('./sim/season-worker.ts', import.meta.url), { workerData: { core } });
      const end = (): void => void worker.terminate().then(() => done(), failed);
      void stopped.then(end);
      const next = (): void => {
        if (this.#isOver) return end();
        const [seed, tally] = handOut(this.#tally, this.#atWork);
        this.#tally = tally;
        this.#atWork.push(seed);
        worker.postMessage({ seed, hours, level });
        if (performance.now() - this.#savedAt > SAVE_EVERY_MS) this.#save();
      };
      worker.on('error', failed);
      worker.on('message', (said: Said) => {
        this.#take(said);
        next();
      });
    });
  }

  #take({ played, failed }: Said): void {
    const seed = played?.seed ?? failed?.seed;
    if (seed !== undefined) this.#atWork.splice(this.#atWork.indexOf(seed), 1);
    if (played !== undefined) this.#tally = addPlayed(this.#tally, played);
    if (failed !== undefined)
      this.#tally = addFailed(
        this.#tally,
        failed.seed,
        this.#wanted.hours,
        `the simulation itself failed: ${failed.why}`,
      );
  }

  #save(): void {
    this.#savedAt = performance.now();
    this.#tally = { ...this.#tally, seconds: this.#begun.seconds + (this.#savedAt - this.#began) / 1000 };
    writeTally(this.#wanted.state, this.#tally);
  }

  #progress(): string {
    const { seeds, broken } = this.#tally;
    const seconds = (performance.now() - this.#began) / 1000;
    const [sum, since] = [this.#tally, this.#begun].map((tally) => hoursOf(tally, this.#wanted.level).hours);
    const { unit } = hoursOf(this.#tally, this.#wanted.level);
    const perSecond = ((sum ?? 0) - (since ?? 0)) / seconds;
    return `${seconds.toFixed(0)} s: ${seeds} seeds, ${sum?.toFixed(0)} ${unit}, ${perSecond.toFixed(1)} ${unit}/s, ${broken.length} broken`;
  }
}

function hoursOf({ laneHours, siteHours }: Tally, level: 1 | 2): { readonly hours: number; readonly unit: string } {
  return level === 1 ? { hours: laneHours, unit: 'lane-hours' } : { hours: siteHours, unit: 'site-hours' };
}

function tell(tally: Tally, level: 1 | 2): string {
  const { hours: sum, unit } = hoursOf(tally, level);
  const { seeds, seconds, records, broken, marks } = tally;
  const { faults, reasons, edges, unlisted } = reachOf(marks);
  const list = (codes: readonly string[], by = ' '): string => (codes.length === 0 ? '' : `; not: ${codes.join(by)}`);
  const beyond = [faults, reasons, edges].flatMap((coverage) => Object.entries(coverage.beyond));
  return [
    `${seeds} seeds, ${sum.toFixed(0)} ${unit}, ${records} records in ${seconds.toFixed(0)} s: ${(sum / seconds).toFixed(2)} ${unit}/s`,
    `faults reached: ${faults.reached.length}${list(faults.unreached)}`,
    `reasons reached: ${reasons.reached.length}${list(reasons.unreached)}`,
    `edges reached: ${edges.reached.length}${list(edges.unreached, ', ')}`,
    ...(unlisted.length === 0 ? [] : [`edges that no list names: ${unlisted.join(', ')}`]),
    ...(beyond.length === 0 ? [] : ['beyond this level:', ...beyond.map(([code, why]) => `  ${code}: ${why}`)]),
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
  if (typeof wanted === 'string') {
    process.stderr.write(`sim:wide: ${wanted}\n${HELP}`);
    return 2;
  }
  const begun = readTally(wanted.state, wanted.from);
  if (begun === null) {
    process.stderr.write(`sim:wide: ${wanted.state} is no tally of this command\n`);
    return 2;
  }
  const tally = await new WideRun(wanted, begun).play();
  const { marks, ...sums } = tally;
  process.stdout.write(
    `${wanted.json ? JSON.stringify({ ...sums, reach: reachOf(marks) }) : tell(tally, wanted.level)}\n`,
  );
  return tally.broken.length === 0 ? 0 : 1;
}

endWithReader();
process.exitCode = await main(process.argv.slice(2));
