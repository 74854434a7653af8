import { expect, it } from 'vitest';
import { coreIn, OWN_CORE } from '../../scripts/sim/cores.ts';
import { play } from '../../scripts/sim/level-one.ts';
import { known } from './known-seeds.ts';

const core = await coreIn(OWN_CORE);

it.each([1, 2, 3, 5, 6, 7, 8, 10, 14, 19])('nothing is broken in season %i', (seed) => {
  expect(play({ core, seed, hours: 3 }).broken).toBeNull();
});

it.each(known)('what season $seed has shown is mended: $showed', ({ seed, hours }) => {
  expect(play({ core, seed, hours }).broken).toBeNull();
});
