import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OWN_CORE } from '../../scripts/sim/cores.ts';
import { gatewayBugs } from '../../scripts/sim/gateway-bugs.ts';
import { plantedBugs } from '../../scripts/sim/planted-bugs.ts';

const root = join(import.meta.dirname, '..', '..');
const places = [
  ...plantedBugs.map((bug) => ({ ...bug, path: join(OWN_CORE, bug.file) })),
  ...gatewayBugs.map((bug) => ({ ...bug, path: join(root, bug.file) })),
];

it.each(places.map((place) => [place.name, place] as const))(
  'the text that “%s” changes stands there once',
  (_, { path, from, to }) => {
    expect(readFileSync(path, 'utf8').split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
  },
);
