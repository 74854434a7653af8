import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { countTests, summarise } from '../../scripts/rules/tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tally-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function report(...files: readonly { status: string; tests: readonly string[]; message?: string }[]): string {
  const path = join(folder, 'report.json');
  const testResults = files.map(({ status, tests, message = '' }, index) => ({
    name: `test/${index}.test.ts`,
    status,
    message,
    assertionResults: tests.map((one) => ({ fullName: one, status: one })),
  }));
  writeFileSync(path, JSON.stringify({ testResults }));
  return path;
}

describe('the count of the test command', () => {
  it('counts what passed and what failed', () => {
    const tally = countTests(report({ status: 'failed', tests: ['passed', 'passed', 'failed'] }), false);
    expect(tally).toMatchObject({ passed: 2, failed: 1 });
  });

  it.each(['skipped', 'pending', 'todo', 'disabled'])('counts a %s test as failed', (status) => {
    const tally = countTests(report({ status: 'passed', tests: ['passed', status] }), true);
    expect(tally).toMatchObject({ passed: 1, failed: 1 });
  });

  it('counts a file that broke before its first test', () => {
    const tally = countTests(report({ status: 'failed', tests: [], message: 'Cannot find module' }), false);
    expect(tally).toEqual({ passed: 0, failed: 1, failures: ['test/0.test.ts: Cannot find module'] });
  });

  it('counts a file that broke after its tests passed', () => {
    expect(countTests(report({ status: 'failed', tests: ['passed'], message: 'afterAll' }), false).failed).toBe(1);
  });

  it('counts a run that ended badly though every test passed', () => {
    expect(countTests(report({ status: 'passed', tests: ['passed'] }), false)).toMatchObject({ passed: 1, failed: 1 });
  });

  it('takes no tests, or no report, for a failure', () => {
    expect(countTests(report(), true)).toMatchObject({ passed: 0, failed: 1 });
    expect(countTests(join(folder, 'absent.json'), true)).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('the last line of the test command', () => {
  const tests = { passed: 7, failed: 0, failures: [] };

  it('counts checks and tests together', () => {
    const checks = [
      { name: 'types', passed: true },
      { name: 'rules', passed: true },
    ];
    expect(summarise(checks, tests)).toEqual({ lines: ['9 passed, 0 failed'], exitCode: 0 });
  });

  it('comes after the names of what failed, with an exit code that says so', () => {
    const checks = [{ name: 'types', passed: false }];
    expect(summarise(checks, { passed: 7, failed: 1, failures: ['a.test.ts: b (failed)'] })).toEqual({
      lines: ['FAILED: types', 'FAILED: a.test.ts: b (failed)', '7 passed, 2 failed'],
      exitCode: 1,
    });
    expect(summarise([], { passed: 0, failed: 0, failures: [] }).exitCode).toBe(1);
  });
});
