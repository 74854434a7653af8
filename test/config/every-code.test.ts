import { describe, expect, it } from 'vitest';
import { type Code, catalogue } from '../../src/config/errors.ts';
import { formatProblem, problemsJson } from '../../src/config/format.ts';
import { load } from './fakes.ts';
import { filesOf, fixtures, markedPlace } from './fixtures.ts';

const codes = Object.keys(catalogue) as Code[];

describe('every code of the catalogue', () => {
  it.each(codes)('%s is found at its exact place, with a caret under it', (code) => {
    const fixture = fixtures[code];
    const result = load(filesOf(fixture), fixture.profiles);
    const found = result.problems.filter((problem) => problem.code === code);
    expect(found.length, result.problems.map((one) => `${one.code} ${one.path}`).join('\n')).toBeGreaterThan(0);
    const place = markedPlace(fixture);
    const problem = found.find((one) => one.file === 'x.yaml' && one.line === place.line && one.col === place.col);
    expect(problem, JSON.stringify(found, null, 1)).toBeDefined();
    if (problem === undefined) return;
    if (place.endCol > place.col) expect(problem.endCol).toBe(place.endCol);
    expect(problem.severity).toBe(code.startsWith('E') ? 'error' : code.startsWith('W') ? 'warning' : 'info');

    for (const language of ['zh', 'en'] as const) {
      const lines = formatProblem(problem, language).split('\n');
      expect(lines[0]).toContain(`x.yaml:${place.line}:${place.col}`);
      expect(lines[0]).toContain(`[${code}]`);
      expect(problem.message[language]).not.toMatch(/[{}]\w|\bundefined\b/);
      expect(problem.hint?.[language] ?? '', 'the hint').toMatch(/\S.*\S/);
      expect(problem.hint?.[language]).not.toMatch(/[{}]\w*[}]|\bundefined\b/);
      if (problem.excerpt !== '') expect(lines[2]).toMatch(/^ {6}\| [ \t]*\^+/);
    }
    for (const { code: each, hint } of result.problems) expect(hint, each).not.toBeNull();
    // Names of keys and values are what they are; the words around them are of one language.
    expect(problem.message.en).not.toMatch(/[，。：；（）]/);
    expect(`${problem.message.zh} ${problem.hint?.zh}`).not.toMatch(
      /\b(text|number|integer|whole|map of|list|expected|must|pattern|nothing|there is|known|did you|write)\b/,
    );
    expect(problem.message.zh).toMatch(/\p{Script=Han}/u);
    expect(problem.message.en).not.toBe(problem.message.zh);
    expect(JSON.parse(problemsJson(result.problems)).problems).toHaveLength(result.problems.length);
  });

  it.each(codes.filter((code) => code.startsWith('E')))('%s leaves no site to run as written', (code) => {
    const fixture = fixtures[code];
    expect(load(filesOf(fixture), fixture.profiles).site).toBeNull();
  });
});

it('the catalogue gives advice for every code in both languages', () => {
  expect(codes.length).toBeGreaterThan(70);
  for (const code of codes) {
    const { hint } = catalogue[code];
    expect(hint.zh, code).toMatch(/\p{Script=Han}|\{\w+\}/u);
    expect(hint.en, code).toMatch(/[a-z]{2,}/);
  }
});

it('a site that refers to no days misses no year', () => {
  const bare = 'site: { id: s, name: N, timezone: Asia/Shanghai, homeProvince: 京 }\n';
  const codesOf = (text: string) => load({ 'x.yaml': text }).problems.map(({ code }) => code);
  expect(codesOf(bare)).not.toContain('W-CALENDAR-YEAR');
  const windowed = bare.replace(
    ' }',
    ', calendar: { windows: { w: [{ days: [off], from: "08:00", to: "18:00" }] } } }',
  );
  expect(codesOf(windowed)).toContain('W-CALENDAR-YEAR');
});
