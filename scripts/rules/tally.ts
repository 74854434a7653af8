/** Counts a vitest JSON report so that nothing can be lost: what did not pass has failed. */
import { readFileSync } from 'node:fs';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** One line each, for the summary. */
  readonly failures: readonly string[];
}

interface FileReport {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

/** `report` is the path of vitest's JSON; `exitedWell` is whether the run itself ended with 0. */
export function countTests(report: string, exitedWell: boolean): Tally {
  let files: readonly FileReport[];
  try {
    files = (JSON.parse(readFileSync(report, 'utf8')) as { testResults: readonly FileReport[] }).testResults;
  } catch {
    return { passed: 0, failed: 1, failures: ['the tests left no report'] };
  }
  let passed = 0;
  const failures: string[] = [];
  for (const file of files) {
    for (const { fullName, status } of file.assertionResults) {
      if (status === 'passed') passed += 1;
      else failures.push(`${file.name}: ${fullName} (${status})`);
    }
    const none = file.assertionResults.length === 0;
    const brokeOutside = file.status !== 'passed' && file.assertionResults.every(({ status }) => status === 'passed');
    if (none || brokeOutside)
      failures.push(`${file.name}: ${file.message?.split('\n')[0] || 'holds no test that ran'}`);
  }
  if (passed === 0 && failures.length === 0) failures.push('not one test ran');
  if (!exitedWell && failures.length === 0) failures.push('the test run ended badly, outside of any test');
  return { passed, failed: failures.length, failures };
}

/** What is printed last, failures named before the line that counts, and the exit code that goes with it. */
export function summarise(checks: readonly { readonly name: string; readonly passed: boolean }[], tests: Tally) {
  const failedChecks = checks.filter(({ passed }) => !passed).map(({ name }) => name);
  const passed = checks.length - failedChecks.length + tests.passed;
  const failed = failedChecks.length + tests.failed;
  const failures = [...failedChecks, ...tests.failures].map((name) => `FAILED: ${name}`);
  return { lines: [...failures, `${passed} passed, ${failed} failed`], exitCode: failed === 0 && passed > 0 ? 0 : 1 };
}
