/** Swaps between two lists of 400 rows until killed, a line on stdout for each. Arguments: directory, round. */
import { adoptList, buildPath } from '../../src/store/list-adopt.ts';
import { buildList, type NewListRow } from '../../src/store/list-file.ts';

const [dir = '', round = '0'] = process.argv.slice(2);

function* rows(region: string, stamp: string): Generator<NewListRow> {
  for (let n = 0; n < 400; n += 1)
    yield {
      id: `${region}${n}`,
      key: `plate:${region}${10_000 + n}`,
      color: null,
      blocked: false,
      enabled: true,
      category: stamp,
      lanes: [],
      directions: [],
      validFrom: null,
      validTo: null,
      windows: [],
      permit: `${region}${n}`,
      requires: 'any',
      uses: null,
      holder: null,
      room: null,
      line: n + 1,
      raw: `${region}${10_000 + n}`,
    };
}

for (let n = 0; ; n += 1) {
  const region = n % 2 === 0 ? '沪C' : '京B';
  // Every list is another version, so that each adoption writes, renames and prunes files.
  const list = buildList(rows(region, `round-${round}-${n}`), buildPath(dir, `swap-${round}`));
  adoptList(dir, list, { source: 'swap', atWall: Date.now() });
  process.stdout.write(`swapped ${n}\n`);
}
