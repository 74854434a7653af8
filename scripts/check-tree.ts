/** Checks the tree around the code: lock file, versions, top level, room READMEs, paths of one machine. Exit as check-rules. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Violation } from './rules/source-tree.ts';

const HELP = `usage: node scripts/check-tree.ts [--tree DIR]
Checks DIR (this repository when left out): lock file without registry hosts, exact versions, known top level,
a README of at most 40 lines in each room and driver, no path of a developer's machine.
`;
const README_LINES_MAX = 40;
const TOP_LEVEL = new Set([
  'src',
  'drivers',
  'config',
  'scripts',
  'test',
  'systemd',
  'package.json',
  'tsconfig.json',
  'README.md',
  'package-lock.json',
  'LICENSE',
  'CHANGELOG.md',
  '.ci',
  '.gitignore',
  'biome.json',
]);
const BINARY = /\.(png|jpe?g|gif|ico|woff2?|db|sqlite|gz|bin|pcap)$/;
/** Put together here, so that this file does not name one itself. */
const MACHINE_PATH = new RegExp(`(?<![\\w.-])/(${['work', 'root', 'home/[a-z][a-z0-9_-]*'].join('|')})/\\w`);

export function checkTree(root: string): Violation[] {
  const files = trackedFiles(root);
  if (files.length === 0) return [violation('.', 1, 'blind', 'no file was read')];
  return [
    ...lockViolations(root),
    ...versionViolations(root),
    ...placeViolations(files),
    ...readmeViolations(root),
  ].concat(pathViolations(root, files));
}

function violation(file: string, line: number, rule: string, message: string): Violation {
  return { file, line, rule, message };
}

/** What git has or would take; a copy without git is walked. */
function trackedFiles(root: string): string[] {
  if (existsSync(join(root, '.git'))) {
    const args = ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const git = spawnSync('git', args, { encoding: 'utf8', maxBuffer: 64 << 20 });
    if (git.status === 0) return git.stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  }
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (['node_modules', '.git', '.gatehouse', 'var', 'test-results'].includes(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  visit('.');
  return found;
}

type Json = { readonly [key: string]: unknown };

function readJson(root: string, file: string): Json | null {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')) as Json;
  } catch {
    return null;
  }
}

function lockViolations(root: string): Violation[] {
  const file = 'package-lock.json';
  const packages = readJson(root, file)?.packages;
  if (typeof packages !== 'object' || packages === null) return [violation(file, 1, 'lock', 'missing or unreadable')];
  const found: Violation[] = [];
  for (const [path, entry] of Object.entries(packages as Record<string, Json>)) {
    if (entry.resolved !== undefined)
      found.push(violation(file, 1, 'lock', `${path} names where it came from ("resolved")`));
    if (path !== '' && entry.integrity === undefined)
      found.push(violation(file, 1, 'lock', `${path} has no integrity hash`));
    const wanted = Object.values({ ...(entry.dependencies ?? {}), ...(entry.devDependencies ?? {}) });
    if (wanted.some((range) => /https?:/.test(String(range))))
      found.push(violation(file, 1, 'lock', `${path} wants a URL`));
  }
  return found;
}

function versionViolations(root: string): Violation[] {
  const file = 'package.json';
  const own = readJson(root, file);
  if (own === null) return [violation(file, 1, 'versions', 'missing or unreadable')];
  const locked = (readJson(root, 'package-lock.json')?.packages as Record<string, Json> | undefined)?.[''];
  const found: Violation[] = [];
  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
    const wanted = (own[group] ?? {}) as Record<string, string>;
    for (const [name, version] of Object.entries(wanted)) {
      if (!/^\d+\.\d+\.\d+$/.test(version))
        found.push(violation(file, 1, 'versions', `${name}: ${version} is not exact`));
    }
    if (JSON.stringify(sorted(wanted)) !== JSON.stringify(sorted((locked?.[group] ?? {}) as Record<string, string>))) {
      found.push(violation(file, 1, 'versions', `${group} differ from package-lock.json; run npm install`));
    }
  }
  return found;
}

function sorted(record: Record<string, string>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function placeViolations(files: readonly string[]): Violation[] {
  const strangers = new Set(files.map((file) => file.split('/')[0] ?? file).filter((top) => !TOP_LEVEL.has(top)));
  return [...strangers].map((top) =>
    violation(top, 1, 'top-level', 'has no place at the top level of design.md "Rooms"'),
  );
}

function readmeViolations(root: string): Violation[] {
  const found: Violation[] = [];
  for (const top of ['src', 'drivers']) {
    if (!existsSync(join(root, top))) continue;
    for (const room of readdirSync(join(root, top))) {
      const folder = join(root, top, room);
      if (!statSync(folder).isDirectory() || readdirSync(folder).length === 0) continue;
      const file = `${top}/${room}/README.md`;
      if (!existsSync(join(root, file)))
        found.push(violation(file, 1, 'readme', 'each room says its duty in a README'));
      else {
        const lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length;
        if (lines > README_LINES_MAX)
          found.push(violation(file, lines, 'readme', `${lines} lines; ${README_LINES_MAX} is the most`));
      }
    }
  }
  return found;
}

function pathViolations(root: string, files: readonly string[]): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    if (BINARY.test(file)) continue;
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    const at = lines.findIndex((line) => MACHINE_PATH.test(line) || (root.length > 5 && line.includes(root)));
    if (at !== -1)
      found.push(violation(file, at + 1, 'path', `names a path of one machine: ${lines[at]?.trim().slice(0, 80)}`));
  }
  return found;
}

function main(): void {
  const { values } = parseArgs({ options: { tree: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const violations = checkTree(resolve(values.tree ?? join(import.meta.dirname, '..')));
  for (const { file, line, rule, message } of violations)
    process.stdout.write(`${file}:${line}: [${rule}] ${message}\n`);
  process.stdout.write(`tree: ${violations.length} violations\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

if (import.meta.main) main();
