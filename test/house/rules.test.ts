import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkRules } from '../../scripts/check-rules.ts';
import { checkTree } from '../../scripts/check-tree.ts';
import { ROOMS, SHARED_PACKAGES } from '../../scripts/rules/rooms.ts';
import { node, root, run } from './running.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

type Tree = Readonly<Record<string, string>>;

const CLEAN: Tree = {
  'src/core/plate/read.ts':
    "import type { Plate } from './plate.ts';\nexport const one = (plate: Plate): string => plate.text;\n",
  'src/core/plate/plate.ts': 'export interface Plate { readonly text: string; readonly Date?: number }\n',
  'src/core/calendar/zone.ts': "export const zone = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai' });\n",
  'src/contract/driver.ts':
    "import type { Plate } from '../core/plate/plate.ts';\nexport { z } from 'zod';\nexport type P = Plate;\n",
  'src/config/load.ts':
    "import { z } from 'zod';\nimport { readFileSync } from 'node:fs';\nexport { z, readFileSync };\n",
  'src/store/open.ts': "import Database from 'better-sqlite3';\nexport default Database;\n",
  'drivers/some-gate/driver.ts': "import { z } from '../../src/contract/driver.ts';\nexport default z;\n",
  'drivers/some-gate/driver.test.ts':
    "import Database from 'better-sqlite3';\nimport { one } from '../../src/core/plate/read.ts';\nexport { Database, one };\n",
  'test/core/plate.test.ts':
    "// import x from './nowhere.ts'\nexport const text = \"import y from './nowhere.ts'; new Date()\";\n",
};

function plant(tree: Tree): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-rules-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const found = (tree: Tree): string[] =>
  checkRules(plant({ ...CLEAN, ...tree })).violations.map(({ file, rule }) => `${file} ${rule}`);

describe('the rules of the rooms', () => {
  it('pass a clean tree, having read all of it', () => {
    const report = checkRules(plant(CLEAN));
    expect(report.violations).toEqual([]);
    expect(report.filesRead).toBe(Object.keys(CLEAN).length);
    expect(report.importsRead).toBe(9);
  });

  it('fail a tree in which there is nothing to read', () => {
    expect(checkRules(plant({})).violations.map(({ rule }) => rule)).toEqual(['blind']);
    expect(checkRules(plant({ 'test/a.test.ts': 'export {};\n' })).violations.map(({ rule }) => rule)).toEqual([
      'blind',
    ]);
  });

  const planted: readonly [string, string, string, string][] = [
    ['core importing Node', 'src/core/a.ts', "import { readFileSync } from 'node:fs';", 'node'],
    ['core importing a package', 'src/core/a.ts', "import { z } from 'zod';", 'package'],
    [
      'core importing a type of another room',
      'src/core/a.ts',
      "import type { P } from '../contract/driver.ts';",
      'room',
    ],
    ['a type imported inside a type', 'src/core/a.ts', "export type Q = import('../contract/driver.ts').P;", 'room'],
    ['a re-export across rooms', 'src/store/a.ts', "export * from '../config/load.ts';", 'room'],
    ['a dynamic import across rooms', 'src/store/a.ts', "export const a = () => import('../config/load.ts');", 'room'],
    ['a package spelt as a template', 'src/store/a.ts', 'export const a = () => import(`pino`);', 'package'],
    ['a require', 'src/store/a.ts', "export const a = require('pino');", 'package'],
    ['a module of Node that the room does not name', 'src/store/a.ts', "import 'node:net';", 'node'],
    ['a room that nobody planned', 'src/misc/a.ts', "import '../core/plate/read.ts';", 'room'],
    ['production importing a test', 'src/store/a.ts', "import '../../test/core/plate.test.ts';", 'room'],
    ['a driver importing the store', 'drivers/some-gate/a.ts', "import '../../src/store/open.ts';", 'room'],
    [
      'a driver importing values of core',
      'drivers/some-gate/a.ts',
      "import { one } from '../../src/core/plate/read.ts';\nexport { one };",
      'room',
    ],
    ['a driver importing another driver', 'drivers/other-gate/a.ts', "import '../some-gate/driver.ts';", 'room'],
    ['an import that names no file', 'src/store/a.ts', "import './gone.ts';", 'import'],
    ['an import without its ending', 'src/store/a.ts', "import './open';", 'import'],
    ['a file importing itself', 'src/store/a.ts', "import './a.ts';", 'cycle'],
    ['the clock in core', 'src/core/a.ts', 'export const a = () => new Date(5);', 'purity'],
    ['the clock as a type in core', 'src/core/a.ts', 'export type A = Date;', 'purity'],
    ['chance in core', 'src/core/a.ts', 'export const a = () => Math.random();', 'purity'],
    ['chance by another spelling', 'src/core/a.ts', "export const a = () => Math['random']();", 'purity'],
    ['chance taken out of Math', 'src/core/a.ts', 'export const { random } = Math;', 'purity'],
    ['an async function in core', 'src/core/a.ts', 'export const a = async () => 1;', 'purity'],
    ['await in core', 'src/core/a.ts', 'export const a = await 1;', 'purity'],
    ['a promise in core', 'src/core/a.ts', 'export const a = Promise.resolve(1);', 'purity'],
    ['a timer in core', 'src/core/a.ts', 'export const a = () => setTimeout(() => {}, 1);', 'purity'],
    ['the process in core', 'src/core/a.ts', 'export const a = process.env;', 'purity'],
    ['the global object in core', 'src/core/a.ts', 'export const a = globalThis;', 'purity'],
    ['Intl outside the calendar', 'src/core/a.ts', "export const a = new Intl.NumberFormat('zh');", 'purity'],
    ['a timer in the store', 'src/store/a.ts', 'export const a = () => setTimeout(() => {}, 1);', 'purity'],
    ['the wall clock in a driver', 'drivers/some-gate/a.ts', 'export const a = () => Date.now();', 'purity'],
    ['the wall clock read by new Date', 'src/field/a.ts', 'export const a = () => new Date();', 'purity'],
    ['an enum', 'src/store/a.ts', 'export enum A { b }', 'erasable'],
    ['a namespace', 'src/store/a.ts', 'export namespace A { export const b = 1; }', 'erasable'],
    ['a parameter property', 'src/store/a.ts', 'export class A { constructor(readonly b: number) {} }', 'erasable'],
    ['a banned word as a class', 'src/store/a.ts', 'export class LaneManager {}', 'word'],
    ['a banned word as a function', 'src/store/a.ts', 'export function httpHandler() {}', 'word'],
    ['a banned word as a constant', 'src/store/a.ts', 'export const PLATE_UTILS = 1;', 'word'],
    ['a banned word as a parameter', 'src/store/a.ts', 'export const a = (handlers: number) => handlers;', 'word'],
    ['a banned word as a member', 'src/store/a.ts', 'export interface A { eventHandler: number }', 'word'],
    ['a banned word as a file', 'src/store/plate-utils.ts', 'export {};', 'word'],
    ['a file that is not kebab-case', 'src/store/openDatabase.ts', 'export {};', 'name'],
    ['a folder that is not kebab-case', 'src/store/My_files/a.ts', 'export {};', 'name'],
    ['a file that is too long', 'src/store/a.ts', 'export {};\n'.repeat(401), 'size'],
    ['a fixture that is too long', 'test/core/peer.py', 'pass\n'.repeat(401), 'size'],
    ['a file that cannot be parsed', 'src/store/a.ts', 'export const = ;', 'parse'],
  ];
  it.each(planted)('find %s', (_what, path, text, rule) => {
    expect(found({ [path]: `${text}\n` })).toContain(`${path} ${rule}`);
  });

  it('find a cycle made of types only, naming every file of it', () => {
    const tree = plant({
      ...CLEAN,
      'src/core/a.ts': "import type { B } from './b.ts';\nexport type A = B;\n",
      'src/core/b.ts': "import type { C } from './c.ts';\nexport type B = C;\n",
      'src/core/c.ts': "import type { A } from './a.ts';\nexport type C = A | 1;\n",
    });
    expect(checkRules(tree).violations).toEqual([
      {
        file: 'src/core/a.ts',
        line: 1,
        rule: 'cycle',
        message: 'import cycle: src/core/a.ts → src/core/b.ts → src/core/c.ts',
      },
    ]);
  });

  it('find a package that two drivers or rooms share, whatever the table says', () => {
    const tree = { 'drivers/other-gate/a.ts': "import 'better-sqlite3';\n" };
    expect(found(tree)).toContain('drivers/other-gate/a.ts package');
    const owners = Object.values(ROOMS).flatMap(({ packages }) =>
      packages.filter((name) => !SHARED_PACKAGES.includes(name)),
    );
    expect(owners).toEqual([...new Set(owners)]);
  });

  it('leave alone what only looks like a violation', () => {
    const text = [
      'export const a = (process: { Date: number }) => process.Date; // new Date()',
      "export const manage = { setTimeout: 1, 'node:fs': `import './x.ts'` };",
      'export const four = Math.max(1, 4);',
      'export const utility = 0;',
    ];
    expect(found({ 'src/core/a.ts': `${text.slice(0, 3).join('\n')}\n` })).toEqual([]);
    expect(found({ 'src/core/a.ts': `${text.join('\n')}\n` })).toEqual(['src/core/a.ts word']);
  });

  it('let runtime, and nobody else, hand a driver’s twin to the simulated world', () => {
    const tree = {
      'drivers/some-gate/twin.ts': 'export const twin = 1;\n',
      'drivers/some-gate/codec.ts': 'export const codec = 1;\n',
    };
    const importing = (path: string, from: string): string[] =>
      found({ ...tree, [path]: `export * from '../../drivers/some-gate/${from}';\n` });
    expect(importing('src/runtime/a.ts', 'twin.ts')).toEqual([]);
    expect(importing('src/runtime/a.ts', 'codec.ts')).toContain('src/runtime/a.ts room');
    expect(importing('src/sim/a.ts', 'twin.ts')).toContain('src/sim/a.ts room');
  });

  it('let the first file of a thread take the real clocks, but not in core', () => {
    const text = 'export const wall = () => Date.now();\n';
    expect(found({ 'src/store/writer-thread.ts': text })).toEqual([]);
    expect(found({ 'src/core/writer-thread.ts': text })).toContain('src/core/writer-thread.ts purity');
  });

  it('hold for this repository’s own command: exit 1 with file and line, exit 0 when clean', async () => {
    const script = join(root, 'scripts', 'check-rules.ts');
    const clean = run(node, [script, '--tree', plant(CLEAN)]);
    const dirty = run(node, [script, '--tree', plant({ ...CLEAN, 'src/core/a.ts': "\nimport 'zod';\n" })]);
    expect(await clean.ended).toEqual({ code: 0, signal: null });
    expect(await dirty.ended).toEqual({ code: 1, signal: null });
    expect(dirty.out[0]).toBe('src/core/a.ts:2: [package] core may not import the package zod');
  });
});

describe('the tree around the code', () => {
  const lock = (packages: object): string => JSON.stringify({ lockfileVersion: 3, packages });
  const GOOD: Tree = {
    'package.json': JSON.stringify({ dependencies: { zod: '4.6.7' } }),
    'package-lock.json': lock({
      '': { dependencies: { zod: '4.6.7' } },
      'node_modules/zod': { integrity: 'sha512-x' },
    }),
    'src/core/README.md': '# core\n',
    'src/core/a.ts': 'export {};\n',
  };
  const rules = (tree: Tree): string[] =>
    checkTree(plant({ ...GOOD, ...tree })).map(({ file, rule }) => `${file} ${rule}`);

  it('passes when it is in order and fails when there is nothing', () => {
    expect(rules({})).toEqual([]);
    expect(checkTree(plant({})).map(({ rule }) => rule)).toEqual(['blind']);
  });

  const machinePath = ['', 'home', 'someone', 'src'].join('/');
  const planted: readonly [string, string, string, string][] = [
    [
      'a lock file that names a registry',
      'package-lock.json',
      lock({ 'node_modules/zod': { integrity: 'x', resolved: 'https://r/' } }),
      'package-lock.json lock',
    ],
    ['a lock file without hashes', 'package-lock.json', lock({ 'node_modules/zod': {} }), 'package-lock.json lock'],
    [
      'a version that is a range',
      'package.json',
      JSON.stringify({ dependencies: { zod: '^4.6.7' } }),
      'package.json versions',
    ],
    [
      'a package that the lock file does not know',
      'package.json',
      JSON.stringify({ dependencies: {} }),
      'package.json versions',
    ],
    ['a room without a README', 'src/store/a.ts', 'export {};\n', 'src/store/README.md readme'],
    ['a README that is too long', 'src/core/README.md', 'x\n'.repeat(41), 'src/core/README.md readme'],
    ['a stranger at the top level', 'notes.txt', 'x\n', 'notes.txt top-level'],
    ['a path of one machine', 'src/core/a.ts', `// see ${machinePath}/x\n`, 'src/core/a.ts path'],
  ];
  it.each(planted)('finds %s', (_what, path, text, expected) => {
    expect(rules({ [path]: text })).toContain(expected);
  });
});
