/** `npm run soak`: kill -9 under traffic, over and over, with the checker of the tests; for hours if asked to. */
import { parseArgs } from 'node:util';
import { Stage } from '../test/e2e/harness.ts';
import { type KillResult, type KillSummary, killAgainAndAgain } from '../test/e2e/kill-rig.ts';

const HELP = `usage: npm run soak -- [--kills N] [--seed S]
Runs the daemon as a process against an independent Modbus device and pushes cars at it, kills it at random moments, half
of them with every sync of its disk taking 100 ms, and judges what the device saw against the database after each kill,
and at the end of each site what a subscriber of a real broker (mosquitto) got of all its records.
N kills in all (default 200), S the seed (default: drawn, and printed). Exit: 0 no complaint, 1 complaints, 2 usage.
`;
/** A fresh site is made so often: the journal grows within one, and the device's log with it. */
const KILLS_A_SITE = 20;
const SLOW_MS = 100;

interface Wanted {
  readonly kills: number;
  readonly seed: number;
}

function wantedOf(args: readonly string[]): Wanted | null {
  try {
    const { values } = parseArgs({ args: [...args], options: { kills: { type: 'string' }, seed: { type: 'string' } } });
    const kills = Number(values.kills ?? 200);
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
    return Number.isInteger(kills) && kills > 0 && Number.isInteger(seed) ? { kills, seed } : null;
  } catch {
    return null;
  }
}

/** One half of the kills, on one kind of disk, site after site. */
async function half(kills: number, seed: number, syncDelayMs: number | null): Promise<KillSummary> {
  const total = {
    kills: 0,
    writes: 0,
    killedAtWrite: 0,
    delivered: 0,
    connections: { '3.1.1': 0, '5': 0 },
    complaints: [] as KillSummary['complaints'][number][],
  };
  const disk = syncDelayMs === null ? 'fast disk' : `${syncDelayMs} ms a sync`;
  while (total.kills < kills) {
    const stage = new Stage();
    const done = total.kills;
    const killed = (count: number, { writes, how, complaints }: KillResult): void => {
      const said = complaints.length === 0 ? 'ok' : complaints.map(({ kind, text }) => `${kind}: ${text}`).join('\n  ');
      process.stdout.write(`${disk}  kill ${done + count}/${kills}  ${how}  ${writes} movements  ${said}\n`);
    };
    try {
      const options = { seed: seed + done, kills: Math.min(KILLS_A_SITE, kills - done), syncDelayMs, killed };
      const part = await killAgainAndAgain(stage, options);
      total.kills += part.kills;
      total.writes += part.writes;
      total.killedAtWrite += part.killedAtWrite;
      total.delivered += part.delivered;
      for (const version of ['3.1.1', '5'] as const) total.connections[version] += part.connections[version];
      total.complaints.push(...part.complaints);
    } finally {
      await stage.end();
    }
  }
  return total;
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
  const { kills, seed } = wanted;
  process.stdout.write(`seed ${seed}\n`);
  const slow = Math.floor(kills / 2);
  const halves = await Promise.all([
    half(kills - slow, seed, null),
    ...(slow === 0 ? [] : [half(slow, seed + 1_000_000, SLOW_MS)]),
  ]);
  const sum = (of: (one: KillSummary) => number): number => halves.reduce((total, one) => total + of(one), 0);
  const complaints = halves.flatMap((one) => one.complaints);
  process.stdout.write(
    `${sum((one) => one.kills)} kills (${sum((one) => one.killedAtWrite)} at a movement), ` +
      `${sum((one) => one.writes)} movements matched to their records, ` +
      `${sum((one) => one.delivered)} records at the subscriber (connections by MQTT 3.1.1: ` +
      `${sum((one) => one.connections['3.1.1'])}, by 5: ${sum((one) => one.connections['5'])}), ` +
      `${complaints.length} complaints, seed ${seed}\n`,
  );
  return complaints.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
