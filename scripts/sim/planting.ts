/** Plants a bug in a copy of the core and plays seeds until a checker finds it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { drawSite } from '../../src/sim/crowd/site-plan.ts';
import { seededRandom } from '../../src/sim/random.ts';
import { coreIn, OWN_CORE } from './cores.ts';
import type { GatewayBug } from './gateway-bugs.ts';
import { type Played, play } from './level-one.ts';
import { hazardsOf } from './level-two/seed.ts';
import type { PlantedBug } from './planted-bugs.ts';

const ROOT = join(import.meta.dirname, '..', '..');

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

type Bug = PlantedBug | GatewayBug;

/** Null: no checker has found it. Throws where the text to change is not there exactly once. */
export function find(bug: PlantedBug, search: Search): Promise<Found | null> {
  return inCopy(async (folder) => {
    cpSync(OWN_CORE, join(folder, 'core'), { recursive: true });
    plant(bug, join(folder, 'core', bug.file));
    const core = await coreIn(join(folder, 'core'));
    const hazards = (seed: number): ReadonlySet<string> => drawSite(seed, seededRandom(seed)).hazards;
    return searchSeeds(bug, search, hazards, async (seed) => play({ core, seed, hours: search.hours }));
  });
}

/** The same for a bug of the gateway, at level 2. */
export function findInGateway(bug: GatewayBug, search: Search): Promise<Found | null> {
  return inCopy(async (folder) => {
    for (const part of ['src', 'drivers', 'scripts']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    plant(bug, join(folder, bug.file));
    const copy = pathToFileURL(join(folder, 'scripts', 'sim', 'level-two.ts')).href;
    const { playGateway } = (await import(copy)) as typeof import('./level-two.ts');
    return searchSeeds(bug, search, hazardsOf, (seed) => playGateway({ seed, hours: search.hours }));
  });
}

async function inCopy(search: (folder: string) => Promise<Found | null>): Promise<Found | null> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bug-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    return await search(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function searchSeeds(
  bug: Bug,
  { seedsMax, from = 1 }: Search,
  hazardsOf: (seed: number) => ReadonlySet<string>,
  play: (seed: number) => Promise<Played>,
): Promise<Found | null> {
  let laneHours = 0;
  let seed = from - 1;
  for (let seeds = 1; seeds <= seedsMax; seeds++) {
    seed = nextWith(bug.needs, hazardsOf, seed + 1);
    const played = await play(seed);
    laneHours += played.laneHours;
    if (played.broken === null) continue;
    const { invariant, says } = played.broken;
    if (bug.invariants.includes(invariant)) return { name: bug.name, seed, seeds, laneHours, invariant, says };
    throw new Error(`${bug.name}: found as ${says}, seed ${seed}`);
  }
  return null;
}

function plant({ name, from, to }: Bug, path: string): void {
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`${name}: its text stands ${parts.length - 1} times in ${path}`);
  writeFileSync(path, parts.join(to));
}

/** The seed alone says which faults exist: no run is needed to pass over the others. */
function nextWith(needs: Bug['needs'], hazardsOf: (seed: number) => ReadonlySet<string>, from: number): number {
  for (let seed = from; ; seed++) {
    const hazards = hazardsOf(seed);
    if (needs.every((hazard) => hazards.has(hazard))) return seed;
  }
}
