import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultsEn } from '../../src/core/words/faults-en.ts';
import { findDrivers } from '../../src/runtime/registry.ts';
import { root } from './running.ts';

const table = readFileSync(join(root, 'src', 'runtime', 'LIMITS.md'), 'utf8');
const rows = table.split('\n').flatMap((line) => {
  const cells = /^\| (`.*?) \| (.*?) \| (.*?) \|$/.exec(line);
  return cells === null ? [] : [{ limits: cells[1] ?? '', where: cells[2] ?? '', seen: cells[3] ?? '' }];
});
const quoted = (text: string): readonly string[] => [...text.matchAll(/`([A-Za-z_]+)`/g)].map(([, name = '']) => name);
const named = new Set(rows.flatMap(({ limits }) => quoted(limits)));

const files = globSync(['src/{runtime,field,store,upstream,wire}/**/*.ts', 'drivers/*/*.ts'], { cwd: root }).filter(
  (path) => !/\/(demo|conformance)\/|twin\.ts$|\.test\.ts$/.test(path),
);
const sources = new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

/** Constants at the top of a file that are called a most, a room or a limit of something; waits are no limits of this kind. */
const limitName = /^(?!GUARD_LIMITS$)(?=.*(?:max|limits?$|room|kept|shown))(?!.*ms$).*$/i;
const limits = [...sources].flatMap(([path, text]) =>
  [...text.matchAll(/^(?:export )?const ([A-Za-z_]+)(?:: [A-Za-z]+)? =/gm)].flatMap(([, name = '']) =>
    limitName.test(name) ? [{ path, name }] : [],
  ),
);

describe('every limit', () => {
  it('is looked for where there are some', () => {
    expect(files.length).toBeGreaterThan(80);
    expect(limits.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['INPUTS_MAX', 'OPERATIONS_MAX', 'maxUnreceipted', 'xmlLimits', 'ordinaryRoom']),
    );
  });

  it.each(limits)('$name of $path stands in the table with what a person sees of it', ({ name }) => {
    expect(named).toContain(name);
  });

  it.each(rows)('$limits says how it shows', ({ limits: of, seen }) => {
    expect(seen).toMatch(/^(fault|refusal|record|report|log|cache|keeps)\b/);
    // A name that is gone from the code must go from the table too.
    for (const name of quoted(of))
      expect(
        [...sources.values()].some((text) => text.includes(`const ${name}`)),
        name,
      ).toBe(true);
  });
});

describe('every fault that the table names', async () => {
  const drivers = await findDrivers((folder, error) => {
    throw new Error(`${folder}: ${String(error)}`);
  });
  const known = new Set([...Object.keys(faultsEn), ...drivers.flatMap(({ driver }) => Object.keys(driver.faults))]);
  const faults = [...new Set(rows.flatMap(({ seen }) => (seen.startsWith('fault') ? quoted(seen) : [])))].filter(
    (name) => !['recordsLost', 'cameraHost', 'full'].includes(name),
  );
  const code = [...sources.values(), readFileSync(join(root, 'src/core/lane/opening.ts'), 'utf8')].join('\n');

  it.each(faults)('%s has words and is raised somewhere', (fault) => {
    expect(known).toContain(fault);
    const raised = new RegExp(
      `(?:raise\\w*|happened|fault|problem|tell\\w*)\\([^;]{0,60}'${fault}'|(?:code:|const \\w+ =) '${fault}'`,
      'i',
    );
    expect(raised.test(code)).toBe(true);
  });
});
