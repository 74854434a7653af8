import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fit, Refused } from '../../src/contract/refusals.ts';
import { configOf, profileNames, written } from '../../test/field/reader-rig.ts';
import { type ReaderConfig, profileOf } from './config.ts';
import { fitsOf } from './fits.ts';
import { profileSchema } from './profile.ts';
import { refusalWords } from './refusal-words.ts';
import { ReaderRefusals } from './refusal-watch.ts';

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));
const profiles = new Map(profileNames.map((name) => [name, profileSchema.parse(written(name))]));
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.split(' '), (pair) => Number.parseInt(pair, 16));
const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Bytes at their times, with the timer of whoever feeds the watch, and a long silence at the end. */
function refusedOf(config: ReaderConfig, sent: readonly (readonly [at: number, bytes: Uint8Array])[]): Refused[] {
  const watch = new ReaderRefusals(profileOf(config));
  const told: (Refused | null)[] = [];
  const until = (at: number): void => {
    for (let due = watch.dueAt; due !== null && due <= at; due = watch.dueAt) told.push(watch.silent(due));
  };
  for (const [at, bytes] of sent) {
    until(at);
    told.push(watch.hear(bytes, at));
  }
  until(Number.MAX_SAFE_INTEGER);
  return told.filter((one) => one !== null);
}
const once = (config: ReaderConfig, bytes: Uint8Array): Refused[] => refusedOf(config, [[1000, bytes]]);
/** `settings: bits:value`, for each way. */
const ways = (fits: readonly Fit[]): readonly string[] =>
  fits.flatMap(({ bits, value, by }) =>
    by.map(({ set, without }) =>
      [
        `${Object.entries(set)
          .map(([key, one]) => `${key} ${one}`)
          .join(' ')}: ${bits}:${value}`,
        ...without.map((key) => `without ${key}`),
      ].join(' '),
    ),
  );
const fitsIn = (config: ReaderConfig, bytes: Uint8Array): readonly string[] =>
  once(config, bytes).flatMap((refused) => ways(fitsOf(refused, config, profiles)));

const em4100 = bytesOf(vectors.em4100[0].frameHex);
const s4a = ascii(vectors.s4a[0].ascii);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

describe('a frame that the profile refuses', () => {
  it('is told with its bytes and the reason, and one that it reads is not', () => {
    const turned = em4100.with(5, (em4100[5] ?? 0) ^ 1);
    expect(once(configOf('em4100'), turned)).toEqual([
      { why: ['checksum'], pieces: [{ at: 0, hex: hexOf(turned) }], more: 0, withheld: 0, cards: 0 },
    ]);
    expect(once(configOf('em4100'), em4100)).toEqual([]);
  });

  it.each<[profile: string, more: Record<string, unknown>, what: string, sent: Uint8Array, why: string]>([
    ['em4100', {}, 'one byte too few', em4100.slice(0, -2), 'torn'],
    ['em4100', {}, 'digits without a frame', s4a, 'stray'],
    ['decimal-10', {}, 'eight digits of ten', ascii('21302000\r\n'), 'digits'],
    ['decimal-8', {}, 'ten digits of eight', s4a, 'digits'],
    ['decimal-8', {}, 'more than 3+5 can be', ascii('25602000\r\n'), 'unreadable'],
    ['decimal-10', {}, 'a line without end', ascii('001396116800139611680013961168'), 'tooLong'],
    ['hex-line', {}, 'letters that are no digits', ascii('D507G0XY\r\n'), 'digits'],
    ['wiegand-text', {}, 'a frame of 25 bits', ascii('1110101010000011111010000\r\n'), 'bitCount'],
    ['wiegand-text', {}, 'a wrong parity bit', ascii('11101010100000111110100000\r\n'), 'parity'],
    ['wiegand-hex', { frameBits: 26 }, 'more bits than 26', ascii('FEA83E840\r\n'), 'bitCount'],
    ['wiegand-bytes', {}, 'a wrong sum', bytesOf('02 1a ea 83 e8 40 00 03'), 'checksum'],
    ['uhf-r2000', {}, 'bytes of another reader', s4a, 'stray'],
    ['uhf-r2000', {}, 'the answer to another question', bytesOf('A0 04 01 74 01 E6'), 'otherCommand'],
    ['qr-line', {}, 'control characters', ascii('ab\u0000cdef\r\n'), 'unreadable'],
  ])('of %s %j: %s is told as %s', (name, more, _what, sent, why) => {
    const [refused, ...others] = once(configOf(name, more), sent);
    expect(others).toEqual([]);
    expect(refused?.why).toEqual([why]);
    expect(refused?.pieces.map(({ hex }) => hex).join('')).toBe(hexOf(sent));
    expect(refusalWords).toHaveProperty(why);
  });

  it('is told once for what comes without a pause, and in pieces where there are some', () => {
    const turned = em4100.with(3, 0x44);
    const config = configOf('em4100');
    const sent = [0, 100, 200, 600, 1300].map((at) => [at, turned] as const);
    expect(refusedOf(config, sent).map(({ pieces }) => pieces.map(({ at }) => at))).toEqual([[0, 100, 200], [0], [0]]);
  });

  it('is told at least twice a second while it is held without a pause', () => {
    const turned = em4100.with(3, 0x44);
    const held = Array.from({ length: 46 }, (_, at) => [at * 65, turned] as const);
    expect(refusedOf(configOf('em4100'), held).length).toBeGreaterThanOrEqual(5);
  });

  it('keeps a bounded piece of what never ends, and counts the rest', () => {
    const [first] = refusedOf(
      configOf('em4100'),
      Array.from({ length: 40 }, (_, at) => [at, new Uint8Array(1000).fill(0x55)] as const),
    );
    expect(first?.pieces.map(({ hex }) => hex.length / 2)).toEqual([4096]);
    expect(first?.more).toBe(36_000 - 96);
  });

  it('is told whole though it takes its time, and though good cards came before', () => {
    const [slow] = refusedOf(
      configOf('qr-silence'),
      [...ascii(`${'x'.repeat(30)}\u0000`)].map((one, at) => [at * 50, Uint8Array.of(one)] as const),
    );
    expect(slow?.pieces.map(({ hex }) => hex.length / 2)).toEqual([31]);
    const turned = em4100.with(3, 0x44);
    const held = Array.from({ length: 30 }, (_, at) => [at * 65, at === 29 ? turned : em4100] as const);
    const [last, ...others] = refusedOf(configOf('em4100'), held);
    expect(others).toEqual([]);
    expect(last?.pieces.at(-1)?.hex.endsWith(hexOf(turned))).toBe(true);
  });

  it('does not go on over a connection that was lost', () => {
    const watch = new ReaderRefusals(profileOf(configOf('em4100')));
    watch.hear(em4100.slice(0, 7), 0);
    watch.lost();
    expect(watch.dueAt).toBeNull();
    expect(watch.hear(em4100, 10)).toBeNull();
    expect(watch.silent(1000)).toBeNull();
  });

  it('of another command is told once, however often a reader that is asked sends it', () => {
    const answer = bytesOf('A0 04 01 74 01 E6');
    const sent = Array.from({ length: 50 }, (_, at) => [at * 600, answer] as const);
    expect(refusedOf(configOf('uhf-r2000'), sent)).toHaveLength(1);
  });
});

describe('the keys of a code', () => {
  const typed = (keys: string, everyMs: number) => [...keys].map((key, at) => [at * everyMs, ascii(key)] as const);

  it.each([
    ['one by one', typed('1234#', 300)],
    ['fast', typed('123456#', 120)],
    ['faster than a hand', typed('1234#', 30)],
    ['as a line', [[0, ascii('123456\r\n')] as const]],
    ['as bits in text', [[0, ascii('0001\r\n11010010\r\n')] as const]],
    ['as bits in a frame', [[0, bytesOf('02 04 10 14 03')] as const]],
  ])('typed %s are counted and not told, whatever the profile', (_, sent) => {
    const total = sent.reduce((sum, [, bytes]) => sum + bytes.length, 0);
    for (const name of [
      'decimal-10',
      'em4100',
      'hex-line',
      's4a-ethernet',
      'wiegand-bytes',
      'qr-silence',
      'uhf-chafon',
    ]) {
      const told = refusedOf(configOf(name), sent);
      expect(
        told.flatMap(({ pieces }) => pieces),
        name,
      ).toEqual([]);
      expect(
        told.reduce((sum, { withheld }) => sum + withheld, 0),
        name,
      ).toBeLessThanOrEqual(total);
    }
    const withheld = refusedOf(configOf('decimal-10'), sent).reduce((sum, one) => sum + one.withheld, 0);
    expect(withheld).toBe(total);
  });

  it('between the readings of a card are not told with them', () => {
    const told = refusedOf(configOf('decimal-8'), [
      [0, s4a],
      ...typed('42', 150).map(([at, key]) => [at + 150, key] as const),
    ]);
    expect(told).toMatchObject([{ pieces: [{ hex: hexOf(s4a) }], withheld: 2 }]);
  });
});

describe('what another setting would read', () => {
  it.each<[card: string, from: string, more: Record<string, unknown>, sent: Uint8Array, ways: readonly string[]]>([
    ['an EM4100 tag', 'decimal-10', {}, em4100, ['profile em4100: 40:62e3086ced']],
    ['the same, where the site keeps 32 bits', 'decimal-10', { bits: 32 }, em4100, ['profile em4100: 32:e3086ced']],
    ['twelve digits between silences', 'em4100', {}, em4100.slice(1, -1), ['profile em18: 40:62e3086ced']],
    ['ten digits', 'em4100', {}, s4a, ['profile decimal-10: 32:c5d1e9', 'profile s4a-ethernet: 32:c5d1e9']],
    [
      'a 3+5 number',
      'decimal-10',
      {},
      ascii('213,02000\r\n'),
      ['profile decimal-8: 24:d507d0', 'format threeFive: 24:d507d0'],
    ],
    ['a binary reader', 'em4100', {}, bytesOf(vectors.binary[0].frameHex), ['profile binary-02: 40:6008e6d5d']],
    ['bits as text', 'binary-02', {}, ascii(`${vectors.wiegand[0].bits}\r\n`), ['profile wiegand-text: 24:d507d0']],
    [
      'a UHF tag',
      'em4100',
      {},
      bytesOf(vectors.r2000.derivedTagReport.hex),
      ['profile uhf-r2000: 96:e2000017221101441890abcd'],
    ],
    [
      'a tag, where the format of the device stands in the way',
      'decimal-10',
      { format: 'hex' },
      em4100,
      ['profile em4100: 40:62e3086ced without format'],
    ],
  ])('%s, from %s %j', (_card, from, more, sent, expected) => {
    expect(fitsIn(configOf(from, more), sent)).toEqual(expected);
  });

  it('is nothing for a damaged frame, for noise, and for what this setting reads too', () => {
    const turned = em4100.with(3, 0x44);
    expect(fitsIn(configOf('em4100'), turned)).toEqual([]);
    // The bits of a frame are hexadecimal digits too, but its form is right already.
    expect(fitsIn(configOf('wiegand-text'), ascii('11101010100000111110100000\r\n'))).toEqual([]);
    const noise = Uint8Array.from({ length: 60 }, (_, at) => 0x80 | (at * 37));
    for (const name of profileNames.filter((one) => one !== 'wiegand-hex'))
      expect(fitsIn(configOf(name), noise), name).toEqual([]);
    const mixed = Uint8Array.of(...s4a, ...em4100);
    expect(once(configOf('em4100'), mixed)).toMatchObject([{ why: ['stray'], cards: 1 }]);
    expect(fitsIn(configOf('em4100'), mixed)).toEqual([]);
  });

  it('names a card of a few ways, whatever comes, and throws nothing', () => {
    const any = fc.array(fc.tuple(fc.nat(400), fc.uint8Array({ minLength: 1, maxLength: 60 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(any, fc.constantFrom(...profileNames.filter((name) => name !== 'wiegand-hex')), (steps, name) => {
        const config = configOf(name);
        const sent = steps.map(([, bytes], step) => [sum(steps.slice(0, step + 1).map(([ms]) => ms)), bytes] as const);
        for (const refused of refusedOf(config, sent))
          expect(fitsOf(refused, config, profiles).length).toBeLessThanOrEqual(4);
      }),
      { numRuns: 80, seed: 11 },
    );
  });

  it('is asked for without a configuration, or with a profile that is none', () => {
    const [refused] = once(configOf('decimal-10'), em4100);
    if (refused === undefined) throw new Error('nothing was refused');
    const all = new Map<string, unknown>([['broken', { frame: 7 }], ...profiles]);
    expect(ways(fitsOf(refused, null, all))).toEqual(['profile em4100: 40:62e3086ced']);
  });
});
