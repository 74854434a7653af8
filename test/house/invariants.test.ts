import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** The invariants of design.md, "Invariants". */
const known = Array.from({ length: 17 }, (_, i) => i + 1);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Titles stand first in a call of it, test or describe, or of what their `each` gives back. */
function titlesOf(text: string): readonly string[] {
  const calls = /(?:\b(?:it|test|describe)\(|\)\()\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1\s*,/g;
  return [...text.matchAll(calls)].map((call) => call[2] ?? '');
}

/** Behind the sentence in brackets, or before it with a colon. */
function numbersOf(title: string): readonly number[] {
  const named = /\((I\d+(?:, I\d+)*)\)|^(I\d+(?:, I\d+)*):/g;
  return [...title.matchAll(named)].flatMap(([, behind, before]) =>
    (behind ?? before ?? '').split(', ').map((one) => Number(one.slice(1))),
  );
}

function testFiles(): readonly string[] {
  return ['test', 'drivers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(root, folder, name)),
  );
}

describe('the invariants', () => {
  it('each have a test that names its number in its title, and no title names another', () => {
    const files = testFiles();
    expect(files.length).toBeGreaterThan(50);
    const titles = files.flatMap((file) => titlesOf(readFileSync(file, 'utf8')));
    expect(titles.length).toBeGreaterThan(300);
    expect([...new Set(titles.flatMap(numbersOf))].sort((a, b) => a - b)).toEqual(known);
  });

  it('are not taken from comments, other texts or tests that do not run', () => {
    const lines = [
      "// proves ('it', I3) (I3)",
      "expect(text).toBe('kept (I6)');",
      "it.skip('is not run (I7)', () => {});",
    ];
    expect(titlesOf(lines.join('\n')).flatMap(numbersOf)).toEqual([]);
    const good =
      "it('stays whole (I7, I8)', () => {});\nit.each([[1], [f(2)]])(\n  'a %s one moves nothing (I9)', (n) => n);";
    expect(titlesOf(good).flatMap(numbersOf)).toEqual([7, 8, 9]);
    expect(['I5: with the disk full', 'I2, I13: none outlives it', 'as I5: says'].flatMap(numbersOf)).toEqual([
      5, 2, 13,
    ]);
  });
});
