/** Plants a bug in a copy of the core and plays seeds until a checker finds it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawSite } from '../../src/sim/crowd/site-plan.ts';
import { seededRandom } from '../../src/sim/random.ts';
import { coreIn, OWN_CORE } from './cores.ts';
import { play } from './level-one.ts';
import type { PlantedBug } from './planted-bugs.ts';

export interface Found {
  readonly name: string;
  readonly seed: number;
  /** Seeds played until then. */
  readonly seeds: number;
  readonly laneHours: number;
  readonly invariant: string;
  readonly says: string;
}

export interface Search {
  readonly seedsMax: number;
  readonly hours: number;
  readonly from?: number;
}

/** Null: no checker has found it. Throws where the text to change is not there exactly once. */
export async function find(bug: PlantedBug, { seedsMax, hours, from = 1 }: Search): Promise<Found | null> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bug-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    cpSync(OWN_CORE, join(folder, 'core'), { recursive: true });
    plant(bug, join(folder, 'core', bug.file));
    const core = await coreIn(join(folder, 'core'));
    let laneHours = 0;
    let seed = from - 1;
    for (let seeds = 1; seeds <= seedsMax; seeds++) {
      seed = nextWith(bug.needs, seed + 1);
      const played = play({ core, seed, hours });
      laneHours += played.laneHours;
      if (played.broken === null) continue;
      const { invariant, says } = played.broken;
      if (bug.invariants.includes(invariant)) return { name: bug.name, seed, seeds, laneHours, invariant, says };
      throw new Error(`${bug.name}: found as ${says}, seed ${seed}`);
    }
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant({ name, from, to }: PlantedBug, path: string): void {
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`${name}: its text stands ${parts.length - 1} times in the core`);
  writeFileSync(path, parts.join(to));
}

/** The seed alone says which faults exist: no run is needed to pass over the others. */
function nextWith(needs: PlantedBug['needs'], from: number): number {
  for (let seed = from; ; seed++) {
    const { hazards } = drawSite(seed, seededRandom(seed));
    if (needs.every((hazard) => hazards.has(hazard))) return seed;
  }
}
