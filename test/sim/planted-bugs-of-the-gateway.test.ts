import { expect, it } from 'vitest';
import { gatewayBugs } from '../../scripts/sim/gateway-bugs.ts';
import { findInGateway } from '../../scripts/sim/planting.ts';

/** Each by the seed that shows it; from the first seed on, by `npm run sim:bugs -- --level 2`. */
const shown = gatewayBugs.flatMap((bug) => (bug.showsAt === undefined ? [] : [{ bug, seed: bug.showsAt }]));

it('there are at least six planted bugs of the gateway that are found, each with a name of its own', () => {
  expect(new Set(shown.map(({ bug }) => bug.name)).size).toBeGreaterThanOrEqual(6);
});

it.each(shown.map(({ bug, seed }) => [bug.name, seed, bug] as const))(
  'a gateway that %s is found out in season %i',
  async (name, seed, bug) => {
    expect(await findInGateway(bug, { seedsMax: 1, hours: 1, from: seed })).toMatchObject({ name, seed });
  },
);
