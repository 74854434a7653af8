import { expect, it } from 'vitest';
import { plantedBugs } from '../../scripts/sim/planted-bugs.ts';
import { find } from '../../scripts/sim/planting.ts';

/** Found within few seeds; all of them, and the rest, by `npm run sim:bugs`. */
const QUICK: readonly string[] = [];

it('there are at least twenty planted bugs, each with a name of its own', () => {
  expect(new Set(plantedBugs.map(({ name }) => name)).size).toBeGreaterThanOrEqual(20);
  expect(QUICK.every((name) => plantedBugs.some((bug) => bug.name === name))).toBe(true);
});

it.each(plantedBugs.filter(({ name }) => QUICK.includes(name)).map((bug) => [bug.name, bug] as const))(
  'a core that %s is found out',
  async (_, bug) => {
    expect(await find(bug, { seedsMax: 10, hours: 4 })).toMatchObject({ name: bug.name });
  },
);
