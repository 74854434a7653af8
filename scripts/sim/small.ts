/** Every order of a few inputs of one lane, with all judges: `npm run sim -- --small DEPTH`. */
import { laws } from '../../src/sim/law/laws.ts';
import type { Core } from '../../src/sim/level-one/core-gateway.ts';
import { everyOrder, playSmall } from '../../src/sim/level-one/small-world.ts';

const SHOWN = 10;

/** Gives the exit code: 1 where some order breaks a law. */
export function tellSmall(core: Core, depth: number): 0 | 1 {
  let played = 0;
  let broken = 0;
  for (const inputs of everyOrder(depth)) {
    played++;
    const found = playSmall(core, inputs, laws);
    if (found === null) continue;
    broken++;
    if (broken <= SHOWN) process.stdout.write(`BROKEN ${inputs.join(' ')}: ${found.message}\n`);
  }
  process.stdout.write(`${played} orders of ${depth} inputs, ${broken} broken\n`);
  return broken === 0 ? 0 : 1;
}
