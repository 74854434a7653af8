/** `npm run sim`: one simulated season of a gate, drawn by a seed; every run of a seed is the same. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { coreIn, OWN_CORE } from './sim/cores.ts';
import { type Played, play } from './sim/level-one.ts';
import { playGateway } from './sim/level-two.ts';
import { endWithReader } from './sim/reader.ts';
import { tellSmall } from './sim/small.ts';

const HELP = `usage: npm run sim -- [--seed N] [--hours H] [--level 1|2] [--every-poll] [--core DIR] [--json]
Draws a site and a season of N (default: drawn, and printed), runs the real core in it for H hours (default 24) of virtual
time under faults and then healed, and checks the invariants by what anybody beside the gate could see and by the journal.
Prints the seed's fault set, the hash of the journal and simulated lane-hours per second.
--level 1 (default): the core and its world, without bytes · --level 2: the real gateway with its lines, drivers, SQLite and
outbox over simulated wires, boards and broker; 1 hour where none are asked for.
At level 1: --every-poll takes every poll, also where nothing changes (slow, the same hash) · --core DIR another core, say a mutated copy.
--small DEPTH plays, instead of a season, every order of DEPTH inputs of one lane (4: seconds, 5: a minute).
Exit: 0 nothing broken, 1 an invariant is broken (with the last inputs and a ready-made test), 2 usage.
`;

interface Wanted {
  readonly seed: number;
  readonly hours: number;
  readonly level: 1 | 2;
  readonly everyPoll: boolean;
  /** Instead of a season; null = a season. */
  readonly small: number | null;
  readonly core: string;
  readonly json: boolean;
}

function wantedOf(args: readonly string[]): Wanted | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        hours: { type: 'string' },
        level: { type: 'string' },
        small: { type: 'string' },
        core: { type: 'string' },
        json: { type: 'boolean' },
        'every-poll': { type: 'boolean' },
      },
    });
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
    const level = values.level === '2' ? 2 : 1;
    const hours = Number(values.hours ?? (level === 1 ? 24 : 1));
    const isFine = Number.isInteger(seed) && seed >= 0 && Number.isInteger(hours) && hours > 0;
    const isOfOne = values.core !== undefined || values['every-poll'] === true;
    if (!isFine || !['1', '2'].includes(values.level ?? '1') || (level === 2 && isOfOne)) return null;
    const core = values.core === undefined ? OWN_CORE : resolve(values.core);
    const small = values.small === undefined ? null : Number(values.small);
    if (small !== null && !(Number.isInteger(small) && small > 0)) return null;
    return { seed, hours, level, small, core, everyPoll: values['every-poll'] === true, json: values.json === true };
  } catch {
    return null;
  }
}

/** To be put beside the other found seeds: it fails until the core is mended. */
export function readyMadeTest({ seed, hours, broken }: Played, level: 1 | 2): string {
  const [begin, played] =
    level === 1
      ? ['() => {', `play({ core, seed: ${seed}, hours: ${hours} })`]
      : ['async () => {', `(await playGateway({ seed: ${seed}, hours: ${hours} }))`];
  return `it('seed ${seed} of ${hours} h: ${broken?.invariant ?? ''}', ${begin}
  expect(${played}.broken).toBeNull();
});
`;
}

function tell(played: Played, level: 1 | 2, seconds: number): string {
  const { seed, hazards, hash, lanes, laneHours, siteHours, records, inputs, broken, lastLines } = played;
  const speed =
    level === 1
      ? `${laneHours.toFixed(1)} lane-hours, ${(laneHours / seconds).toFixed(0)} lane-hours/s`
      : `${siteHours.toFixed(1)} site-hours, ${(siteHours / seconds).toFixed(2)} site-hours/s`;
  const lines = [
    `seed ${seed}: ${lanes} lanes, faults: ${hazards.length === 0 ? 'none' : hazards.join(' ')}`,
    `journal ${hash}: ${records} records, ${inputs} inputs, ${speed}`,
  ];
  if (broken === null) return [...lines, 'nothing broken'].join('\n');
  return [
    ...lines,
    'last inputs:',
    ...lastLines.map((line) => `  ${line}`),
    `BROKEN ${broken.says}`,
    '',
    readyMadeTest(played, level),
  ].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = wantedOf(args);
  if (wanted === null) {
    process.stderr.write(HELP);
    return 2;
  }
  const { seed, hours, level, everyPoll, small } = wanted;
  if (small !== null) return tellSmall(await coreIn(wanted.core), small);
  const core = await coreIn(wanted.core);
  const began = performance.now();
  const played = level === 1 ? play({ core, seed, hours, everyPoll }) : await playGateway({ seed, hours });
  const seconds = (performance.now() - began) / 1000;
  const text = wanted.json ? JSON.stringify({ ...played, seconds }) : tell(played, level, seconds);
  process.stdout.write(`${text}\n`);
  return played.broken === null ? 0 : 1;
}

endWithReader();
process.exitCode = await main(process.argv.slice(2));
