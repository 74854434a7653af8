/** The core that a run is given: the repository's own, or a copy of it in another folder. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Core } from '../../src/sim/level-one/core-gateway.ts';

export async function coreIn(folder: string): Promise<Core> {
  const load = async (file: string): Promise<Record<string, unknown>> =>
    (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>;
  const [stepping, beginning, latching] = await Promise.all([
    load('step.ts'),
    load('site-state.ts'),
    load('emergency/latch.ts'),
  ]);
  return {
    step: stepping.step,
    wantedKeys: stepping.wantedKeys,
    beginSite: beginning.beginSite,
    latchOf: latching.latchOf,
  } as Core;
}

export const OWN_CORE = join(import.meta.dirname, '..', '..', 'src', 'core');
