import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { diskOf } from '../../src/config/disk.ts';
import { formatProblems } from '../../src/config/format.ts';
import { generate } from '../../src/config/generate.ts';
import { inputSchema, jsonSchema, type SchemaNode } from '../../src/config/json-schema.ts';
import { exitCode, loadFrom } from '../../src/config/load.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import { drivers as fakes, nowWall } from './fakes.ts';

const root = new URL('../../', import.meta.url).pathname;

async function realDrivers(): Promise<readonly AnyDriver[]> {
  const names = readdirSync(join(root, 'drivers')).filter((name) =>
    statSync(join(root, 'drivers', name)).isDirectory(),
  );
  const modules = await Promise.all(
    names.map(
      (name) => import(pathToFileURL(join(root, 'drivers', name, 'index.ts')).href) as Promise<{ default: AnyDriver }>,
    ),
  );
  return modules.map((module) => module.default);
}

describe('generated files', () => {
  it('are those in the repository: nothing has drifted', async () => {
    const drivers = await realDrivers();
    expect(drivers.length).toBeGreaterThan(2);
    for (const { path, content } of generate(drivers)) {
      expect(readFileSync(join(root, path), 'utf8') === content, `${path} has drifted; generate it again`).toBe(true);
    }
  });

  it('tell editors apart what each driver takes', () => {
    const { properties } = jsonSchema(fakes);
    const devices = properties?.devices?.additionalProperties as SchemaNode;
    const board = devices.oneOf?.find((variant) => variant.title === 'board');
    expect(board?.properties?.driver).toMatchObject({ const: 'board' });
    expect(board?.required).toEqual(expect.arrayContaining(['driver', 'line', 'unit']));
    expect(board?.additionalProperties).toBe(false);
    expect(Object.keys(devices.oneOf?.find((variant) => variant.title === 'camera')?.properties ?? {})).not.toContain(
      'line',
    );
    expect(properties?.lanes?.additionalProperties).toMatchObject({ additionalProperties: false });
  });

  it('describe every key in the reference, the maps below them as well', async () => {
    const reference = generate(await realDrivers()).find((file) => file.path.endsWith('.md'))?.content ?? '';
    const rows = reference.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(150);
    for (const row of rows) expect(row, row).toMatch(/\| [^|]{4,}[^|]* \|$/);
    const [, inputs = ''] = reference.split('› each of `inputs`\n');
    const keys = [...(inputs.split('\n#')[0] ?? '').matchAll(/^\| `(\w+)`/gm)].map((found) => found[1]);
    expect(keys).toEqual(['at', 'detects', 'direction', 'wiring', 'supervision', 'onBroken', 'reach']);
  });
});

/** Every node of a schema with its way there. */
function nodes(node: SchemaNode, path = ''): readonly (readonly [string, SchemaNode])[] {
  const below = Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? nodes(value as SchemaNode, `${path}/${key}`) : [],
  );
  return [[path, node], ...below];
}

describe('a format', () => {
  it('is told in words of both languages, so that no pattern is ever shown to a person', async () => {
    const drivers = await realDrivers();
    const profiles = drivers.flatMap(({ profiles }) => (profiles === undefined ? [] : [inputSchema(profiles.schema)]));
    const patterned = [jsonSchema(drivers), ...profiles]
      .flatMap((schema) => nodes(schema))
      .filter(([path, { pattern }]) => typeof pattern === 'string' && !/^\/properties\/\w+\/propertyNames$/.test(path));
    expect(patterned.length).toBeGreaterThan(20);
    for (const [path, { expectedZh, expectedEn }] of patterned) {
      expect(String(expectedZh), path).toMatch(/\p{Script=Han}/u);
      expect(String(expectedEn), path).toMatch(/^[\x20-\x7e\p{Script=Han}]+$/u);
    }
  });
});

describe('the example site', () => {
  const folder = join(root, 'config/example');

  it('is sound for the real drivers, secrets apart', async () => {
    const disk = diskOf(folder, {});
    const drivers = await realDrivers();
    const probeSecret = () => ({ ok: true, worldReadable: false, length: 32, lines: 1, fitsUrl: true }) as const;
    const result = loadFrom({ ...disk, probeSecret }, { drivers, nowWall });
    // A site that is copied starts unsigned: that every lane says so, and how many booms may close at once, is all there is to say.
    const said = ['I-NOT-COMMISSIONED', 'I-CLOSINGS-ALL'];
    const others = result.problems.filter((problem) => !said.includes(problem.code));
    expect(formatProblems(others, 'en')).toBe('');
    expect(result.site?.lanes.map((lane) => lane.commissioned)).toEqual([false, false, false]);
    expect(exitCode(result.problems)).toBe(0);
    expect(result.site?.lanes.map((lane) => [lane.id, lane.portal.kind])).toEqual([
      ['east-in', 'barrier'],
      ['east-out', 'barrier'],
      ['east-walk', 'door'],
    ]);
    expect(result.site?.closingsAtOnce['east-bus']).toBe(2);
  });

  it('names the schema on the first line of every file', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schema.json');
      expect(() => parse(text)).not.toThrow();
    }
  });
});
