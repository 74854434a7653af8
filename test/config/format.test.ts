import { describe, expect, it } from 'vitest';
import { formatProblem, problemsJson } from '../../src/config/format.ts';
import { width } from '../../src/config/columns.ts';
import { openSource } from '../../src/config/source.ts';
import { bus, load, site } from './fakes.ts';

/** The place of 进口 in a line that begins with a name of `n` signs. */
const pointAt = (sign: string, n: number) => {
  const text = `  e: { name: "${sign.repeat(n)}", direction: 进口, groups: [${'a, '.repeat(100)}b] }\n`;
  const at = text.indexOf('进口');
  return openSource('x.yaml', text).placeAt(at, at + 2);
};

const problem = (x: string) => {
  const found = load({ 'a.yaml': site + bus, 'x.yaml': x }).problems.find((one) => one.severity === 'error');
  if (found === undefined) throw new Error('no error found');
  return found;
};

describe('a problem on the terminal', () => {
  it('shows place, path, text, code, line, caret and hint in either language', () => {
    const wrong = problem('lines:\n  gate:\n    type: modbus-rtu\n    port: ttyUSB0\n');
    expect(formatProblem(wrong, 'en').split('\n')).toEqual([
      'x.yaml:4:11  error  lines.gate.port  must be a /dev/… path, got "ttyUSB0"  [E-PORT-PATH]',
      '    4 |     port: ttyUSB0',
      '      |           ^^^^^^^  hint: find the lasting path with ls /dev/serial/by-id/',
    ]);
    expect(formatProblem(wrong, 'zh').split('\n')).toEqual([
      'x.yaml:4:11  错误  lines.gate.port  必须是 /dev/… 路径，得到 "ttyUSB0"  [E-PORT-PATH]',
      '    4 |     port: ttyUSB0',
      '      |           ^^^^^^^  提示: 用 ls /dev/serial/by-id/ 找到固定路径',
    ]);
  });

  it('puts the caret under what it means although Chinese takes two columns', () => {
    const wrong = problem('lanes:\n  e: { name: 东门入口, direction: 进口 }\n');
    const [, excerpt, caret] = formatProblem(wrong, 'en').split('\n');
    expect(wrong.col).toBe(31);
    expect(excerpt).toBe('    2 |   e: { name: 东门入口, direction: 进口 }');
    expect(caret?.indexOf('^')).toBe((excerpt?.indexOf('进口') ?? 0) + 4);
    expect(caret?.trimEnd().split('  hint')[0]?.match(/\^/g)).toHaveLength(4);
  });

  it.each([
    ['of Chinese', '名', 90],
    ['of letters', 'n', 300],
    ['of characters of two units', '𠮷', 100],
  ])(
    'shows of a long line %s a window around the place, with … where it is cut and the caret under it',
    (_, sign, n) => {
      const wrong = problem(
        `lanes:\n  e: { name: "${sign.repeat(n)}", direction: 进口, groups: [${'a, '.repeat(100)}b] }\n`,
      );
      const [, excerpt = '', caret = ''] = formatProblem(wrong, 'en').split('\n');
      expect(wrong.code).toBe('E-RANGE');
      const second = formatProblem({ ...wrong, ...pointAt(sign, n) }, 'en').split('\n');
      for (const [shown, marks] of [
        [excerpt, caret],
        [second[1] ?? '', second[2] ?? ''],
      ] as const) {
        expect(width(shown)).toBeLessThanOrEqual(8 + 122);
        expect(shown).toContain('…');
        expect(shown).not.toMatch(/\p{Cs}/u);
        expect(width(marks.slice(0, marks.indexOf('^')))).toBeGreaterThanOrEqual(8);
      }
      const before = second[1]?.slice(0, second[1]?.indexOf('进口')) ?? '';
      expect(second[2]?.indexOf('^')).toBe(width(before));
      expect(second[2]?.match(/\^/g)).toHaveLength(4);
    },
  );

  it('keeps tabs, so that the caret moves with them', () => {
    const wrong = problem('lanes: { e: {\tname: N,\tdirection: up } }\n');
    const [, excerpt, caret] = formatProblem(wrong, 'en').split('\n');
    expect(excerpt?.match(/\t/g)).toHaveLength(2);
    expect(caret?.match(/\t/g)).toHaveLength(2);
  });
});

describe('a problem as JSON', () => {
  it('has both languages, its place as numbers and the section that it darkens', () => {
    const json = JSON.parse(problemsJson([problem('lanes:\n  e: { nam: N, direction: in }\n')], 3));
    expect(json).toMatchObject({
      omitted: 3,
      problems: [
        {
          severity: 'error',
          code: 'E-KEY',
          file: 'x.yaml',
          line: 2,
          col: 8,
          endCol: 11,
          path: 'lanes.e.nam',
          hint: { en: 'did you mean "name"?' },
          sections: [{ kind: 'lane', id: 'e' }],
        },
      ],
    });
    expect(json.problems[0].message.zh).toContain('nam');
  });
});
