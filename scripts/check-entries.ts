/** Proves that plain Node runs the code: every file strips, every module links, every entry file starts. Exit as check-rules. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { listFiles, type Violation } from './rules/source-tree.ts';

const HELP = `usage: node scripts/check-entries.ts [--tree DIR]
Strips every TypeScript file as Node does, imports every module of src and drivers in plain Node (importing must start
nothing), and starts each entry file with --help.
`;
const DEADLINE_MS = 60_000;

/** Files that a person or a service starts. Any of them that is missing is a failure. */
const ENTRIES: readonly { readonly file: string; readonly by: 'node' | 'sh' }[] = [
  { file: 'src/cli/main.ts', by: 'node' },
  { file: 'scripts/gatehouse', by: 'sh' },
  { file: 'scripts/install', by: 'sh' },
  { file: 'scripts/bootstrap.mjs', by: 'node' },
  { file: 'scripts/test.ts', by: 'node' },
  { file: 'scripts/check-rules.ts', by: 'node' },
  { file: 'scripts/check-tree.ts', by: 'node' },
  { file: 'scripts/soak.ts', by: 'node' },
  { file: 'scripts/bench/bench.ts', by: 'node' },
];

export function checkEntries(root: string): { stripped: number; violations: Violation[] } {
  const files = listFiles(root).filter((file) => file.endsWith('.ts'));
  const violations = [...stripViolations(root, files), ...linkViolations(root, files)];
  for (const { file, by } of ENTRIES) violations.push(...startViolations(root, file, by));
  if (files.length === 0) violations.push(violation('.', 'blind', 'no file was read'));
  return { stripped: files.length, violations };
}

function violation(file: string, rule: string, message: string): Violation {
  return { file, line: 1, rule, message };
}

function stripViolations(root: string, files: readonly string[]): Violation[] {
  return files.flatMap((file) => {
    try {
      stripTypeScriptTypes(readFileSync(join(root, file), 'utf8'), { mode: 'strip' });
      return [];
    } catch (error) {
      return [violation(file, 'strip', error instanceof Error ? error.message : String(error))];
    }
  });
}

function linkViolations(root: string, files: readonly string[]): Violation[] {
  const modules = files.filter((file) => /^(src|drivers)\//.test(file) && !file.endsWith('.test.ts') && !isEntry(file));
  if (modules.length === 0) return [violation('src', 'blind', 'no module was linked')];
  const script = join(import.meta.dirname, 'rules', 'link.ts');
  const run = spawnSync(process.execPath, [script, ...modules], {
    cwd: root,
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = run.stdout.split('\n');
  const failed = lines.filter((line) => line.startsWith('! ')).map((line) => line.slice(2));
  const found = failed.map((line) => violation(line.split(':')[0] ?? line, 'link', line));
  if (lines.some((line) => line.startsWith('linked '))) return found;
  const last = lines.findLast((line) => line.startsWith('> '))?.slice(2) ?? 'nothing';
  const how = run.signal ?? `exit ${run.status}`;
  return [
    ...found,
    violation(last, 'link', `importing it ended or held the process (${how}); importing must start nothing`),
  ];
}

function isEntry(file: string): boolean {
  return ENTRIES.some((entry) => entry.file === file);
}

function startViolations(root: string, file: string, by: 'node' | 'sh'): Violation[] {
  if (!existsSync(join(root, file))) return [violation(file, 'start', 'the entry file is missing')];
  const [program, ...args] = by === 'node' ? [process.execPath, file, '--help'] : ['sh', file, '--help'];
  if (program === undefined) return [];
  const run = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (run.status === 0 && run.stdout.trim() !== '') return [];
  const said = run.stderr.trim().split('\n').slice(-3).join(' | ');
  return [
    violation(
      file,
      'start',
      `--help ended with ${run.signal ?? run.status} and ${run.stdout.length} characters: ${said}`,
    ),
  ];
}

function main(): void {
  const { values } = parseArgs({ options: { tree: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const { stripped, violations } = checkEntries(resolve(values.tree ?? join(import.meta.dirname, '..')));
  for (const { file, line, rule, message } of violations)
    process.stdout.write(`${file}:${line}: [${rule}] ${message}\n`);
  process.stdout.write(`entries: ${stripped} files stripped, ${violations.length} violations\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

if (import.meta.main) main();
