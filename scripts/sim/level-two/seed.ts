/** What a seed draws before anything runs. */
import { drawSite, type SitePlan } from '../../../src/sim/crowd/site-plan.ts';
import { drawWiring, type Wiring } from '../../../src/sim/level-two/wiring.ts';
import { type Random, seededRandom } from '../../../src/sim/random.ts';
import { asWritten } from './as-written.ts';
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

/** Periods at which a board is read: as long as a button on it allows, since each costs a whole exchange on a wire. */
const POLLS_MS: readonly number[] = [100, 120, 150, 170];

export function drawn(seed: number): Drawn {
  const random = seededRandom(seed);
  const own = random.fork('level two');
  const { plan, wiring } = asWritten(drawSite(seed, random, POLLS_MS), (proved) => drawWiring(proved, own));
  return { random, own, plan, wiring, troubles: drawTroubles(own.fork('troubles')) };
}

export function hazardsOf(seed: number): ReadonlySet<string> {
  const random = seededRandom(seed);
  const troubles = drawTroubles(random.fork('level two').fork('troubles'));
  return new Set([...drawSite(seed, random, POLLS_MS).hazards, ...troubles]);
}
