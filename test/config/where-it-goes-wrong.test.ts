/** Places and advice that a technician at the booth can act on, for what their editors, keyboards and copied files do to YAML. */
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../src/config/format.ts';
import { bus, load, sensed, site } from './fakes.ts';

const devices = `devices:\n  b: { driver: board, line: bus, unit: 1, ${sensed} }\n  cam: { driver: camera, address: 10.0.0.2 }\n`;
const laneText = (more: string) =>
  `lanes:\n  in:\n    name: N\n    direction: in\n    barrier: b\n    commissioned: true\n${more}`;
const found = (x: string | Uint8Array) =>
  load({ 'a.yaml': site + bus, 'x.yaml': x }).problems.filter(
    ({ severity, file }) => severity !== 'info' && file === 'x.yaml',
  );
const codes = (x: string | Uint8Array) => found(x).map(({ code, line, col }) => `${line}:${col} ${code}`);

describe('a list that is written as text', () => {
  it('in full-width brackets is one finding, which names the bracket', () => {
    const x = devices + laneText('    cameras: 【cam】\n');
    expect(codes(x)).toEqual(['10:14 E-TYPE']);
    expect(found(x)[0]?.hint?.zh).toContain('"【" 是全角符号，换成半角 "["');
  });

  it('is one finding whatever its length', () => {
    const x = devices + laneText('    cameras: cam-of-the-east-gate\n').replace('cam:', 'cam-of-the-east-gate:');
    expect(codes(x.replace('  cam:', '  cam-of-the-east-gate:'))).toEqual(['10:14 E-TYPE']);
  });

  it('that is too long is still told where it is a list', () => {
    const nine = Array.from({ length: 9 }, () => 'cam').join(', ');
    expect(codes(devices + laneText(`    cameras: [${nine}]\n`))).toContain('10:14 E-RANGE');
  });
});

describe('a key that is there twice', () => {
  it('of a lane is one finding: what was lost of it may have named any device', () => {
    const x = `${devices}lanes:\n  in: { name: M, direction: in }\n  in: { name: N, direction: in, barrier: b, cameras: [cam] }\n`;
    expect(codes(x)).toEqual(['6:3 E-DUPLICATE-KEY']);
    const inner = devices + laneText('    cameras: []\n    cameras: [cam]\n');
    expect(codes(inner)).toEqual(['11:5 E-DUPLICATE-KEY']);
  });

  it('leaves a device that no lane uses to be told where nothing was lost', () => {
    expect(codes(devices + laneText(''))).toEqual(['3:3 W-DEVICE-UNUSED']);
  });
});

describe('a quote that is never closed', () => {
  it.each([
    ['double', 'lanes:\n  in:\n    name: "东门\n    direction: in\n  out:\n    name: N\n', '3:11'],
    ['single', "lanes:\n  in:\n    name: '东门\n    direction: in\n# 注\n", '3:11'],
    ['in a list', 'lanes:\n  in: { name: N, direction: in, cameras: ["cam] }\n', '2:43'],
    ['behind an escaped one', 'lanes:\n  in: { name: "a \\" b, direction: in }\n', '2:15'],
    ['behind a doubled one', "lanes:\n  in: { name: 'a '' b, direction: in }\n", '2:15'],
  ])('(%s) is shown where it opens', (_, x, place) => {
    const [one, ...more] = found(x);
    expect([`${one?.line}:${one?.col}`, one?.code, more]).toEqual([place, 'E-SYNTAX', []]);
    expect(one?.message.en).toMatch(/the quote ["'] is never closed/);
    expect(one?.message.zh).toContain('没有闭合');
  });
});

describe('a file that is not UTF-8', () => {
  const text = '# 1\nsite: { name: 兰秀花园 }\n';

  it.each([
    ['GBK', iconv.encode(text, 'gbk'), 2, 15, 'site: { name: 兰秀花园 }'],
    ['GBK behind UTF-8', Buffer.concat([Buffer.from('# é 1\n'), iconv.encode('a: 门\n', 'gbk')]), 2, 4, 'a: '],
    ['UTF-16', iconv.encode('\ufeffsite: { name: 兰秀花园 }\n', 'utf-16le'), 1, 1, 'site: { name: 兰秀花园 }'],
    ['UTF-16 of the other order', iconv.encode('\ufeffsite: 1\n', 'utf-16be'), 1, 1, 'site: 1'],
    ['cut within a sign', Buffer.from('a: 门').subarray(0, 5), 1, 4, 'a: '],
  ])('(%s) is shown where it begins to be so', (_, bytes, line, col, excerpt) => {
    const [one, ...more] = found(bytes);
    expect([one?.code, one?.line, one?.col, more]).toEqual(['E-ENCODING', line, col, []]);
    expect(one?.excerpt).toContain(excerpt);
  });

  it('shows no secret on the line that it shows', () => {
    const written = 'devices:\n  c:\n    driver: camera\n    password:\n      "门hunter2"\n';
    for (const [name, bytes] of [
      ['gbk', iconv.encode(written, 'gbk')],
      ['one line', iconv.encode('devices: { c: { 名: 1, password: 门hunter2 } }\n', 'gbk')],
    ] as const) {
      const problems = found(bytes);
      expect(
        problems.map(({ code }) => code),
        name,
      ).toEqual(['E-ENCODING']);
      expect(formatProblems(problems, 'zh'), name).not.toContain('hunter2');
    }
  });
});

it('an anchor is pointed at itself, on whatever line its content stands', () => {
  const alias = (x: string) => found(x).find(({ code }) => code === 'E-ALIAS');
  const inline = alias('devices:\n  b: { driver: board, line: &p bus, unit: 1 }\n');
  expect([inline?.code, inline?.line, inline?.col, inline?.endCol]).toEqual(['E-ALIAS', 2, 29, 31]);
  const block = alias('devices:\n  b: &p\n    driver: board\n    line: bus\n    unit: 1\n');
  expect([block?.code, block?.line, block?.col, block?.endCol]).toEqual(['E-ALIAS', 2, 6, 8]);
});

it('brackets without end are too deep, at the first that is', () => {
  expect(codes('['.repeat(5000))).toEqual(['1:25 E-DEPTH']);
  expect(codes(`lanes: ${'{ a: '.repeat(3000)}`)).toEqual([`1:${8 + 24 * 5} E-DEPTH`]);
  expect(codes('[['.repeat(100_000))[0]).toMatch(/E-DEPTH/);
});

describe('signs that nobody sees', () => {
  it.each([
    ['an escaped NUL in a name', 'lanes:\n  in: { name: "a\\0b", direction: in }\n', '2:15'],
    ['a NUL in a name', 'lanes:\n  in: { name: a\0b, direction: in }\n', '2:15'],
    ['a turn of the writing direction', 'lanes:\n  in: { name: a\u202eb, direction: in }\n', '2:15'],
    ['an escape in a key', 'lanes:\n  in: { name: N, "dir\\e": in, direction: in }\n', '2:18'],
  ])('(%s) are refused, once', (_, x, place) => {
    expect(codes(x)).toEqual([`${place} E-UNSEEN`]);
    expect(load({ 'a.yaml': site + bus, 'x.yaml': x }).site).toBeNull();
  });

  it('are not tabs and line ends within a text', () => {
    expect(codes('lanes:\n  in:\n    name: "a\\tb\\nc"\n    direction: in\n')).toEqual([]);
  });
});

describe('a full-width quote without its other half', () => {
  it.each(['“东门入口', '东门入口”', '‘东门'])('in a name is warned of: %s', (name) => {
    expect(codes(`lanes:\n  in:\n    name: ${name}\n    direction: in\n`)).toEqual(['3:11 W-QUOTE-HALF']);
    const told = load({ 'a.yaml': site.replace('兰秀花园', name) + bus }).problems.map(
      ({ code, path }) => `${path} ${code}`,
    );
    expect(told).toContain('site.name W-QUOTE-HALF');
  });

  it.each(['“东门”入口', '东门'])('is not what stands in %s', (name) => {
    expect(codes(`lanes:\n  in:\n    name: ${name}\n    direction: in\n`)).toEqual([]);
  });
});

describe('a direction in other words', () => {
  it.each([
    ['inout', 'both, or [in, out]'],
    ['IN/OUT', 'both, or [in, out]'],
    ['双向', 'both, or [in, out]'],
    ['entry', '"in"'],
    ['出口', '"out"'],
    ['inn', '"in"'],
  ])('%s is told as what was meant', (written, meant) => {
    const [one] = found(`lanes:\n  in: { name: N, direction: ${written} }\n`);
    expect(one?.code).toBe('E-CHOICE');
    expect(one?.hint?.en).toContain(meant);
  });
});
