/** `npm run sim:bugs`: are the checkers of the simulation themselves any good? */
import { parseArgs } from 'node:util';
import { gatewayBugs } from './sim/gateway-bugs.ts';
import { plantedBugs } from './sim/planted-bugs.ts';
import { type Found, find, findInGateway, type Search } from './sim/planting.ts';
import { endWithReader } from './sim/reader.ts';

const HELP = `usage: npm run sim:bugs -- [--level 1|2] [--only TEXT] [--seeds N] [--hours H] [--elusive] [--json]
Plants one bug after another in a copy of the core, at level 2 of the whole gateway, and plays up to N seeds (default 60) of H
hours (default 4, at level 2 one) until a checker of the simulation finds it. --only: bugs whose name contains TEXT. --elusive: those too
that so few seeds are known not to show. Exit: 0 all found, 1 one was not, 2 usage.
`;

interface Wanted {
  readonly level: 1 | 2;
  readonly only: string;
  readonly seedsMax: number;
  readonly hours: number;
  readonly json: boolean;
  readonly elusive: boolean;
}

function wantedOf(args: readonly string[]): Wanted | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        level: { type: 'string' },
        only: { type: 'string' },
        seeds: { type: 'string' },
        hours: { type: 'string' },
        json: { type: 'boolean' },
        elusive: { type: 'boolean' },
      },
    });
    const seedsMax = Number(values.seeds ?? 60);
    const level = values.level === '2' ? 2 : 1;
    const hours = Number(values.hours ?? (level === 1 ? 4 : 1));
    const isFine = [seedsMax, hours].every((count) => Number.isInteger(count) && count > 0);
    return isFine && ['1', '2'].includes(values.level ?? '1')
      ? {
          level,
          only: values.only ?? '',
          seedsMax,
          hours,
          json: values.json === true,
          elusive: values.elusive === true,
        }
      : null;
  } catch {
    return null;
  }
}

interface Hunt {
  readonly name: string;
  readonly find: (search: Search) => Promise<Found | null>;
}

function huntsOf({ level, only, elusive }: Wanted): readonly Hunt[] {
  const hunts: readonly (Hunt & { readonly isElusive?: boolean })[] =
    level === 1
      ? plantedBugs.map((bug) => ({ ...bug, find: (search) => find(bug, search) }))
      : gatewayBugs.map((bug) => ({ ...bug, find: (search) => findInGateway(bug, search) }));
  return hunts.filter(({ name, isElusive = false }) => name.includes(only) && (elusive || !isElusive));
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = wantedOf(args);
  const bugs = wanted === null ? [] : huntsOf(wanted);
  if (wanted === null || bugs.length === 0) {
    process.stderr.write(HELP);
    return 2;
  }
  let missed = 0;
  for (const bug of bugs) {
    const found = await bug.find(wanted).catch((error: unknown) => ({ error: String(error) }));
    if (found === null || 'error' in found) missed++;
    if (wanted.json) process.stdout.write(`${JSON.stringify({ name: bug.name, found })}\n`);
    else if (found === null) process.stdout.write(`NOT FOUND  ${bug.name}\n`);
    else if ('error' in found) process.stdout.write(`FAILED     ${found.error}\n`);
    else process.stdout.write(`found      ${bug.name}: ${found.invariant}, seed ${found.seed}, after ${found.seeds}\n`);
  }
  process.stdout.write(wanted.json ? '' : `${bugs.length - missed} of ${bugs.length} planted bugs found\n`);
  return missed === 0 ? 0 : 1;
}

endWithReader();
process.exitCode = await main(process.argv.slice(2));
