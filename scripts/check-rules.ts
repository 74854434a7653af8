/** Checks the rules of design.md "Rooms" over a tree. Exit: 0 clean, 1 violations (or nothing to read), 2 usage. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cycles, importViolations, sharedPackages } from './rules/import-rules.ts';
import { isSource, listFiles, readSource, type SourceFile, type Violation } from './rules/source-tree.ts';
import { memberViolations, nameViolations, sizeViolations, syntaxViolations } from './rules/syntax-rules.ts';

const HELP = `usage: node scripts/check-rules.ts [--tree DIR]
Checks import rules, cycles, purity, sizes and names of DIR (this repository when left out).
`;
/** Other text that is read in one sitting too. */
const SIZED = /\.(ts|mjs|js|py|sh|c)$/;

export interface Report {
  readonly filesRead: number;
  readonly importsRead: number;
  readonly violations: readonly Violation[];
}

/** Reads the whole tree; a tree in which nothing was read is a violation, since a blind check passes everything. */
export function checkRules(root: string): Report {
  const paths = listFiles(root);
  const sources: SourceFile[] = [];
  const violations: Violation[] = [];
  for (const path of paths.filter(isSource)) {
    const read = readSource(root, path);
    violations.push(...read.violations, ...nameViolations(path));
    if (read.source !== null) sources.push(read.source);
  }
  for (const path of paths.filter((one) => SIZED.test(one))) {
    violations.push(...sizeViolations(path, lineCount(join(root, path))));
  }
  violations.push(...importViolations(sources, new Set(paths)), ...sharedPackages(sources), ...cycles(sources));
  for (const file of sources) violations.push(...syntaxViolations(file), ...memberViolations(file));
  const importsRead = sources.reduce((sum, file) => sum + file.imports.length, 0);
  violations.push(...blindness(paths, sources, importsRead));
  return { filesRead: sources.length, importsRead, violations };
}

/** A check that read nothing passes everything, so what was read is held against what must be there. */
function blindness(paths: readonly string[], sources: readonly SourceFile[], importsRead: number): Violation[] {
  const add = (message: string): Violation[] => [{ file: '.', line: 1, rule: 'blind', message }];
  const ofSrc = sources.filter((file) => file.path.startsWith('src/'));
  const wanted = paths.filter((path) => path.startsWith('src/') && path.endsWith('.ts'));
  if (ofSrc.length === 0) return add('no source file under src was read');
  if (importsRead === 0) return add('not one import was found');
  if (ofSrc.length < wanted.length) return add(`only ${ofSrc.length} of ${wanted.length} files under src were read`);
  return [];
}

function lineCount(path: string): number {
  const text = readFileSync(path, 'utf8');
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function main(): void {
  const { values } = parseArgs({ options: { tree: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const report = checkRules(resolve(values.tree ?? join(import.meta.dirname, '..')));
  for (const { file, line, rule, message } of report.violations) {
    process.stdout.write(`${file}:${line}: [${rule}] ${message}\n`);
  }
  const { filesRead, importsRead, violations } = report;
  process.stdout.write(`rules: ${filesRead} files and ${importsRead} imports read, ${violations.length} violations\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

if (import.meta.main) main();
