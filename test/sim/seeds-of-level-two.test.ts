import { expect, it } from 'vitest';
import { playGateway } from '../../scripts/sim/level-two.ts';

it.each([6, 19, 24, 5016])('nothing is broken in season %i of the whole gateway', async (seed) => {
  expect((await playGateway({ seed, hours: 1 })).broken).toBeNull();
});
