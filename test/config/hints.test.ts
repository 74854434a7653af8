import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/config/problem.ts';
import { bus, load, sensed, site } from './fakes.ts';

const found = (x: string, base = site + bus) => load({ 'a.yaml': base, 'x.yaml': x }).problems;
const errors = (x: string) => found(x).filter(({ severity }) => severity === 'error');
const first = (x: string): Problem => {
  const [one] = errors(x);
  if (one === undefined) throw new Error('no error found');
  return one;
};

describe('full-width signs of a Chinese keyboard', () => {
  it.each([
    ['a colon on a line of its own', 'lanes:\n  in:\n    name: N\n    direction：in\n', 'E-SYNTAX', 4, 14],
    ['a colon of the first key', 'lanes：\n  in: { name: N, direction: in }\n', 'E-SYNTAX', 1, 6],
    ['a colon inside brackets', 'lanes:\n  in: { name: N, direction： in }\n', 'E-KEY', 2, 18],
    ['a comma inside brackets', 'lanes:\n  in: { name: N, direction: in， barrier: b }\n', 'E-SYNTAX', 2, 31],
    ['a comma in a list', 'lanes:\n  in: { name: N, direction: in, cameras: [a，b] }\n', 'E-DEVICE-UNKNOWN', 2, 43],
    ['quotes around a choice', 'lanes:\n  in: { name: N, direction: “in” }\n', 'E-CHOICE', 2, 29],
  ])('%s is named, with what to write instead', (_, x, code, line, col) => {
    const told = first(x);
    expect([told.code, told.line, told.col]).toEqual([code, line, col]);
    expect(told.hint?.zh).toMatch(/全角符号，换成半角/);
    expect(told.hint?.en).toMatch(/full-width sign; write/);
  });

  it('are one mistake: that the key is missing besides is not told', () => {
    expect(errors('lanes:\n  in: { name: N, direction： in }\n').map(({ code }) => code)).toEqual(['E-KEY']);
  });

  it('in quotes and comments are no mistake, and not blamed for another', () => {
    expect(
      found('lanes:\n  in: { name: "东门：入口，一", direction: in } # 注：甲\n').map(({ severity }) => severity),
    ).not.toContain('error');
    const told = first('lanes:\n  in: { name: "东门：入口", direction: in # 注：甲\n');
    expect(told.code).toBe('E-SYNTAX');
    expect(told.message.zh).not.toContain('全角');
  });
});

describe('an unknown key in a map within a map', () => {
  const board = (inputs: string) => `devices:\n  b: { driver: board, line: bus, unit: 1, inputs: { ${inputs} } }\n`;

  it('lists the keys that may stand there', () => {
    const told = first(board('button: { at: 5, foo: 1 }'));
    expect([told.code, told.path]).toEqual(['E-KEY', 'devices.b.inputs.button.foo']);
    expect(told.hint?.en).toBe('known: failsClear, supervision, detects, reach, feedback');
    expect(first(board('button: { att: 5 }')).hint?.en).toBe(
      'did you mean "at"? Keys here: at, failsClear, supervision, detects, reach, feedback',
    );
  });

  it('lists the names that a map of names takes', () => {
    expect(first(board('buton: 5')).hint?.en).toContain('did you mean "button"?');
    expect(first(board('loop: 5')).hint?.zh).toContain('button');
  });
});

describe('a name that refers to nothing', () => {
  it('is compared with all that are written, those with an error of their own too', () => {
    const told = errors(
      'lines:\n  port: { type: serial, port: /dev/a, baud: 9601 }\ndevices:\n  b: { driver: board, line: prt, unit: 1 }\n',
    );
    expect(told.map(({ code }) => code)).toEqual(['E-CHOICE', 'E-LINE-UNKNOWN']);
    expect(told[1]?.hint?.en).toBe('did you mean "port"?');
  });
});

describe('what may stand at a place', () => {
  it.each([
    ['a missing number', 'devices:\n  b: { driver: board, line: bus }\n', '整数 1–247', 'a whole number 1–247'],
    [
      'a number that is too large',
      'devices:\n  b: { driver: board, line: bus, unit: 300 }\n',
      '整数 1–247',
      'a whole number 1–247',
    ],
    [
      'a list for a number',
      'devices:\n  b: { driver: board, line: bus, unit: [1] }\n',
      '整数 1–247',
      'a whole number 1–247',
    ],
    [
      'a duration without unit',
      'lanes:\n  l: { name: N, direction: in, notTakenAfter: 20 }\n',
      '500ms、3s 或 2m',
      '500ms, 3s or 2m',
    ],
    [
      'nothing for a choice',
      'lanes:\n  l: { name: N, direction: in, autoClose: }\n',
      'board, gateway',
      'board, gateway',
    ],
    ['a choice that is missing', 'lanes:\n  l: { name: N }\n', 'in | out | both', 'in | out | both'],
  ])('is told in words: %s', (_, x, zh, en) => {
    const told = first(x);
    expect(told.hint?.zh).toContain(zh);
    expect(told.hint?.en).toContain(en);
  });

  it('is told of a key that must have a shape', () => {
    const bad = site.replace('years: [2026]', 'years: [2026], days: { "1. Oct": off }');
    const told = load({ 'a.yaml': bad + bus }).problems[0];
    expect([told?.code, told?.hint?.en]).toEqual(['E-FORMAT', 'write here: a date, e.g. "2026-10-01"']);
  });

  it('never shows a pattern', () => {
    const texts = [
      'lanes:\n  l: { name: N, direction: in, notTakenAfter: soon }\n',
      'lanes:\n  l: { name: N, direction: in, boardProtection: { provedBy: W, on: today } }\n',
    ].flatMap((x) => errors(x).flatMap(({ message, hint }) => [message.zh, message.en, hint?.zh, hint?.en]));
    expect(texts.length).toBeGreaterThan(7);
    for (const text of texts) expect(text).not.toMatch(/\\d|\[\^|\(\?|\)\$|^\^/);
  });
});

describe('a button that is read too late', () => {
  const slow = (baud: number) => `lines:\n  slow: { type: modbus-rtu, port: /dev/serial/by-id/usb-s, baud: ${baud} }\n`;
  const boards = (n: number, more = '') =>
    `devices:\n${Array.from({ length: n }, (_, i) => `  u${i}: { driver: board, line: slow, unit: ${i + 1}${more}, inputs: { button: 5 } }\n`).join('')}`;
  const told = (x: string) => found(x).find(({ code }) => code === 'E-SLOW-SCAN');

  it('comes with a remedy that has been computed, and that holds', () => {
    const late = told(slow(9600) + boards(4));
    expect(late?.hint?.en).toMatch(/^\d+ baud would do/);
    const baud = Number(late?.hint?.en.split(' ')[0]);
    expect(told(slow(baud) + boards(4))).toBeUndefined();
    const quicker = told(slow(9600) + boards(2, ', poll: 200ms'));
    const poll = /poll: (\d+)ms/.exec(quicker?.hint?.en ?? '')?.[1];
    expect(told(slow(9600) + boards(2, `, poll: ${poll}ms`))).toBeUndefined();
  });

  it('on a line with more units than any wire carries is told to be split', () => {
    expect(told(slow(115_200) + boards(40))?.hint?.en).toMatch(/^several lines with fewer units/);
  });
});

describe('autoClose: gateway', () => {
  const lane = (more: string) =>
    found(
      `devices:\n  b: { driver: board, line: bus, unit: 1, ${more}, ${sensed} }\nlanes:\n  l: { name: N, direction: in, barrier: b, autoClose: gateway, commissioned: true }\n`,
    ).map(({ code }) => code);

  it('is refused for every boom that opens by a pulse and has no contact that closes it, a hold output or not', () => {
    for (const hold of ['none', 'holdInput', 'maintained']) {
      expect(lane(`close: none, hold: ${hold}`), hold).toContain('E-AUTOCLOSE-NOCLOSE');
      expect(lane(`close: pulse, hold: ${hold}`), hold).not.toContain('E-AUTOCLOSE-NOCLOSE');
    }
  });
});
