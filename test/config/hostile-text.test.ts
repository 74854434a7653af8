import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblems, problemsJson } from '../../src/config/format.ts';
import { noneKnown, resolveWithLastKnownGood } from '../../src/config/last-known-good.ts';
import { problemsMax } from '../../src/config/problem.ts';
import { bus, drivers, load, nowWall, site } from './fakes.ts';

function survives(files: Record<string, string | Uint8Array>): void {
  const result = load(files);
  resolveWithLastKnownGood(result, noneKnown, { drivers, nowWall });
  formatProblems(result.problems, 'zh', result.omitted);
  problemsJson(result.problems);
  for (const problem of result.problems) {
    expect(problem.line).toBeGreaterThan(0);
    expect(problem.col).toBeGreaterThan(0);
    expect(problem.endCol).toBeGreaterThanOrEqual(problem.col);
  }
}

const word = fc.constantFrom(
  ...[
    'site',
    'lanes',
    'devices',
    'lines',
    'a',
    'driver',
    'board',
    'bus',
    'unit',
    '1',
    '1e999',
    '.nan',
    'null',
    'true',
    '~',
  ],
  ...[
    ': ',
    ':\n  ',
    '\n',
    '\n  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '\t',
    '"',
    "'",
    '&x ',
    '*x',
    '!t ',
    '<<',
    '#',
    '|',
    '>',
    '---\n',
    '? ',
    '__proto__',
    '\0',
    '京',
  ],
);

describe('hostile text', () => {
  it('of any bytes is answered with findings and never with an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => survives({ 'x.yaml': bytes })),
      { numRuns: 300 },
    );
  });

  it('of YAML pieces in any order is answered with findings and never with an exception', () => {
    const text = fc.array(word, { maxLength: 40 }).map((words) => words.join(''));
    fc.assert(
      fc.property(text, (x) => survives({ 'a.yaml': site + bus, 'x.yaml': x })),
      { numRuns: 1000 },
    );
  });

  it('of any JSON in any section is answered with findings and never with an exception', () => {
    const key = fc.constantFrom('site', 'lines', 'devices', 'lanes', 'receiver', 'store');
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue({ maxDepth: 5 })), (value) =>
        survives({ 'x.yaml': JSON.stringify(value) }),
      ),
      { numRuns: 300 },
    );
  });

  it('of endless brackets, keys and findings ends, with a bounded list', () => {
    survives({ 'x.yaml': '['.repeat(200_000) });
    survives({ 'x.yaml': 'a: '.repeat(50_000) });
    survives({ 'x.yaml': `lanes:\n${' '.repeat(1)}`.repeat(2_000) });
    const many = load({
      'x.yaml': `lanes:\n${Array.from({ length: 20_000 }, (_, i) => `  l${i}: { x: 1 }\n`).join('')}`,
    });
    expect(many.problems.length).toBeLessThanOrEqual(problemsMax);
    expect(many.omitted).toBeGreaterThan(10_000);
    expect(formatProblems([], 'en', many.omitted)).toContain(`${many.omitted} more`);
  });

  it.each([
    ['escaped in a key', 'lanes:\n  in: { name: N, direction: in, "\\e[2J": 1 }\n'],
    ['escaped in a value', 'lanes:\n  in: { name: N, direction: "\\e[2J\\u202e" }\n'],
    ['raw in a comment of the line', 'lanes:\n  in: { name: N, direction: up } # \u001b[31m\n'],
    ['raw in a key', 'lanes:\n  in: { name: N, key\u001b[31m: 2 }\n'],
  ])('cannot write to the terminal what is %s', (_, x) => {
    const result = load({ 'x.yaml': x });
    expect(result.problems.length).toBeGreaterThan(0);
    expect(formatProblems(result.problems, 'en').replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  });
});
