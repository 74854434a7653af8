/** What a seed draws before anything runs. */
import { drawSite, type SitePlan } from '../../../src/sim/crowd/site-plan.ts';
import { drawWiring, type Wiring } from '../../../src/sim/level-two/wiring.ts';
import { type Random, seededRandom } from '../../../src/sim/random.ts';
import { drawTroubles, type WireTrouble } from './simulated-machine.ts';

export interface Drawn {
  /** Of the yard and its people, as at level 1. */
  readonly random: Random;
  /** Of what only level 2 has. */
  readonly own: Random;
  readonly plan: SitePlan;
  readonly wiring: Wiring;
  readonly troubles: ReadonlySet<WireTrouble>;
}

/** Periods at which a board is read: longer than level 1's, since each costs a whole exchange on a wire. */
const POLLS_MS: readonly number[] = [200, 300, 500, 800, 1200];

export function drawn(seed: number): Drawn {
  const random = seededRandom(seed);
  const own = random.fork('level two');
  const plan = drawSite(seed, random, POLLS_MS);
  return { random, own, plan, wiring: drawWiring(plan, own), troubles: drawTroubles(own.fork('troubles')) };
}

export function hazardsOf(seed: number): ReadonlySet<string> {
  const { plan, troubles } = drawn(seed);
  return new Set([...plan.hazards, ...troubles]);
}
