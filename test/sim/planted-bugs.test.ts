import { expect, it } from 'vitest';
import { plantedBugs } from '../../scripts/sim/planted-bugs.ts';
import { find } from '../../scripts/sim/planting.ts';

/** Found within few seeds; all of them, and the rest, by `npm run sim:bugs`. */
const QUICK: readonly string[] = [
  'the driver need not look as the close goes out',
  'closes behind no vehicle without a word',
  'moves before the record',
  "lets the guard's press wait for its record",
  'counts by the wall clock',
  'never clears a silent device',
  'leaves a gap in the numbers of records',
  'moves a boom at a reload',
  'opens for an emergency and does not hold',
  'closes behind a car in an emergency',
  'ends an emergency while its contact is active',
  'opens only the lane on which the fire began',
];

/** Where the first seeds show it late: from which one on it is looked for. */
const FROM: Readonly<Record<string, number>> = { 'opens for an emergency and does not hold': 96 };

it('there are at least twenty planted bugs that are found, each with a name of its own', () => {
  const found = plantedBugs.filter(({ isElusive = false }) => !isElusive);
  expect(new Set(found.map(({ name }) => name)).size).toBeGreaterThanOrEqual(20);
  expect(QUICK.every((name) => plantedBugs.some((bug) => bug.name === name))).toBe(true);
});

it.each(plantedBugs.filter(({ name }) => QUICK.includes(name)).map((bug) => [bug.name, bug] as const))(
  'a core that %s is found out',
  async (_, bug) => {
    expect(await find(bug, { seedsMax: 10, hours: 4, from: FROM[bug.name] ?? 1 })).toMatchObject({ name: bug.name });
  },
);
