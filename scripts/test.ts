/** The whole test command: every check, then every test; its last line is "N passed, N failed". */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { countTests, summarise, type Tally } from './rules/tally.ts';

const HELP = `usage: npm test [-- PATH…]
Runs the linter and formatter, the type check, the rules of the rooms, the tree check, a start of every entry file, and
the tests (only those whose path contains PATH, when given). The last line is "N passed, N failed": tests and checks
together, a skipped test counting as failed. Exit: 0 all passed, 1 not, 2 usage.
`;
const CHECK_DEADLINE_MS = 5 * 60_000;
const TESTS_DEADLINE_MS = 60 * 60_000;

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };

interface Check {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const script = (file: string): readonly string[] => [
  '--disable-warning=ExperimentalWarning',
  join(root, 'scripts', file),
];
const CHECKS: readonly Check[] = [
  { name: 'format and lint (biome)', program: join(bin, 'biome'), args: ['check', '--error-on-warnings'] },
  { name: 'types (tsc)', program: join(bin, 'tsc'), args: ['-p', root] },
  { name: 'rules of the rooms', program: process.execPath, args: script('check-rules.ts') },
  { name: 'the tree', program: process.execPath, args: script('check-tree.ts') },
  { name: 'entry files under plain Node', program: process.execPath, args: script('check-entries.ts') },
];

function runCheck({ name, program, args }: Check): boolean {
  process.stdout.write(`\n== ${name}\n`);
  const run = spawnSync(program, args, { cwd: root, env, stdio: ['ignore', 1, 2], timeout: CHECK_DEADLINE_MS });
  const passed = run.status === 0;
  const why = run.error?.message ?? run.signal ?? `exit ${run.status}`;
  process.stdout.write(passed ? `ok: ${name}\n` : `FAILED: ${name} (${why})\n`);
  return passed;
}

function runTests(paths: readonly string[]): Tally {
  process.stdout.write('\n== tests (vitest)\n');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tests-'));
  const report = join(folder, 'report.json');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(root, 'config', 'dev', 'vitest.config.ts');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const run = spawnSync(process.execPath, [vitest, 'run', '--config', config, ...reporters, ...paths], {
      cwd: root,
      env,
      stdio: ['ignore', 1, 2],
      timeout: TESTS_DEADLINE_MS,
    });
    return countTests(report, run.status === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function main(paths: readonly string[]): void {
  if (paths.includes('--help') || paths.includes('-h')) {
    process.stdout.write(HELP);
    return;
  }
  if (paths.some((path) => path.startsWith('-'))) {
    process.stderr.write(HELP);
    process.exitCode = 2;
    return;
  }
  const checks = CHECKS.map((check) => ({ name: check.name, passed: runCheck(check) }));
  const { lines, exitCode } = summarise(checks, runTests(paths));
  process.exitCode = exitCode;
  process.stdout.write(`${lines.join('\n')}\n`);
}

main(process.argv.slice(2));
