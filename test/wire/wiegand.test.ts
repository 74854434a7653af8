import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyReading } from '../../src/core/credential/card-readings.ts';
import { bitsOfHex, readWiegand, wiegandFormats, wiegandFrame } from '../../src/wire/wiegand.ts';

interface Vector {
  readonly format: string;
  readonly bits: string;
  readonly hexMsbLeftAligned: string;
  readonly fields: { readonly fc?: number; readonly cn: number | string; readonly dec8?: string };
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../drivers/reader-serial/vectors.json', import.meta.url), 'utf8'),
).wiegand;

const cardOf = ({ fields, format }: Vector): bigint =>
  BigInt(fields.cn) + (fields.fc === undefined ? 0n : BigInt(fields.fc) << (format === 'H10304' ? 19n : 16n));

/** proxmark3's own way of making a frame, as masks over words (wiegand_formats.c), for another language to compute. */
const proxmark = `
import sys
def par(x): return bin(x).count('1') & 1
for line in sys.stdin:
    name, value = line.split(); v = int(value)
    if name == 'H10301':
        f = (par((v >> 12) & 0xFFF) << 25) | (v << 1) | (par(v & 0xFFF) ^ 1); n = 26
    elif name == 'W34':
        f = (par(v >> 16) << 33) | (v << 1) | (par(v & 0xFFFF) ^ 1); n = 34
    elif name == 'W66':
        f = (par(v >> 32) << 65) | (v << 1) | (par(v & 0xFFFFFFFF) ^ 1); n = 66
    elif name == 'W32':
        f = v; n = 32
    elif name == 'H10302':
        even = par(v >> 17); odd = par(v & 0x3FFFF) ^ 1
        f = (even << 36) | (v << 1) | odd; n = 37
    elif name == 'C1k35s':
        fc, cn = v >> 20, v & 0xFFFFF
        bot = ((cn & 0xFFFFF) << 1) | ((fc & 0x7FF) << 21); mid = (fc & 0x800) >> 11
        mid |= (par(mid & 1) ^ par(bot & 0xB6DB6DB6)) << 1
        bot |= (par(mid & 3) ^ par(bot & 0x6DB6DB6C)) ^ 1
        mid |= ((par(mid & 3) ^ par(bot)) ^ 1) << 2
        f = (mid << 32) | bot; n = 35
    print(format(f, '0%db' % n))
`;

describe('a Wiegand frame', () => {
  it.each(vectors.map((vector) => [`${vector.format} ${vector.bits}`, vector] as const))('%s is read', (_, vector) => {
    const read = readWiegand(vector.bits);
    expect(read).toMatchObject({ kind: 'card', value: cardOf(vector).toString(16) });
    expect(bitsOfHex(vector.hexMsbLeftAligned, vector.bits.length, 'left')).toBe(vector.bits);
  });

  it('has in every format the parity that proxmark3 computes, on 200 cards each', () => {
    const questions = wiegandFormats.flatMap(({ name, card }) =>
      fc
        .sample(fc.bigInt({ min: 0n, max: (1n << BigInt(card.bits)) - 1n }), { numRuns: 200, seed: 7 })
        .map((value) => ({ name, value })),
    );
    const input = questions.map(({ name, value }) => `${name} ${value}`).join('\n');
    const answer = spawnSync('/usr/bin/python3', ['-c', proxmark], { input, encoding: 'utf8' });
    expect(answer.stderr).toBe('');
    const theirs = answer.stdout.trim().split('\n');
    const ours = questions.map(({ name, value }) => {
      const format = wiegandFormats.find((one) => one.name === name);
      return format === undefined ? null : wiegandFrame(format, value);
    });
    expect(ours).toEqual(theirs);
    expect(theirs).toHaveLength(1200);
    for (const [at, frame] of theirs.entries()) {
      expect(readWiegand(frame)).toMatchObject({ kind: 'card', value: questions[at]?.value.toString(16) });
    }
  });

  it('with any one bit turned is no card, in every format with parity', () => {
    for (const format of wiegandFormats.filter(({ parities }) => parities.length > 0)) {
      const frame = wiegandFrame(format, 0x1234567n & ((1n << BigInt(format.card.bits)) - 1n)) ?? '';
      expect(readWiegand(frame).kind).toBe('card');
      for (let at = 0; at < frame.length; at += 1) {
        const turned = frame.slice(0, at) + (frame[at] === '1' ? '0' : '1') + frame.slice(at + 1);
        expect(readWiegand(turned).kind, `${format.name} bit ${at}`).toBe('badParity');
      }
    }
  });

  it('of four or eight bits is a key, and no card', () => {
    expect(readWiegand('1010')).toEqual({ kind: 'key', key: 10 });
    expect(readWiegand('01011010')).toEqual({ kind: 'key', key: 10 });
    expect(readWiegand('01011011')).toEqual({ kind: 'unknownLength' });
  });

  it('of any other length, or not of bits, is nothing', () => {
    for (const frame of ['', '1', '1'.repeat(25), '1'.repeat(36), '1'.repeat(1000), '2'.repeat(26)]) {
      expect(readWiegand(frame)).toEqual({ kind: 'unknownLength' });
    }
    expect(bitsOfHex('3ffffff', 26, 'right')).toBe('1'.repeat(26));
    expect(bitsOfHex('7ffffff', 26, 'right')).toBeNull();
    expect(bitsOfHex('xyz', 26, 'right')).toBeNull();
    expect(bitsOfHex('ff', 26, 'left')).toBeNull();
  });
});

describe('every reading of one card', () => {
  const told = (bits: number, hex: string): readonly string[] =>
    everyReading(bits, hex).map(({ taken, byteOrder, parity, decimal, threeFive, facilityCard }) =>
      [taken, byteOrder, parity, decimal, threeFive, facilityCard].join(' '),
    );

  it('of a raw W26 frame begins with the card that its parity proves, in the printed notations', () => {
    const frame = BigInt('0b11101010100000111110100001').toString(16);
    expect(told(26, frame)).toContain('H10301 asSent good 0013961168 213,02000 213/2000');
    expect(everyReading(26, frame)[0]).toMatchObject({ bits: 24, value: 'd507d0', taken: 'H10301' });
    expect(told(26, frame)).toContain('H10301 reversed good 0013633493 208,02005 208/2005');
    expect(everyReading(26, frame).at(-1)).toMatchObject({ bits: 26, taken: 'whole', facilityCard: null });
  });

  it('of a raw frame with bad parity still shows what it would be, last', () => {
    const readings = everyReading(26, BigInt('0b01101010100000111110100001').toString(16));
    expect(readings[0]).toMatchObject({ taken: 'whole' });
    expect(readings.find(({ taken }) => taken === 'H10301')).toMatchObject({ parity: 'bad', value: 'd507d0' });
  });

  it.each(vectors.map((vector) => [`${vector.format} ${vector.bits}`, vector] as const))(
    'of the frame %s holds its number and its facility and card',
    (_, vector) => {
      const readings = everyReading(vector.bits.length, BigInt(`0b${vector.bits}`).toString(16));
      const value = cardOf(vector).toString(16);
      const right = readings.filter((reading) => reading.value === value);
      expect(right.length).toBeGreaterThan(0);
      if (vector.fields.fc !== undefined) {
        expect(right.map(({ facilityCard }) => facilityCard)).toContain(`${vector.fields.fc}/${vector.fields.cn}`);
      }
    },
  );

  it('of an EM4100 tag holds the ten printed digits and the W26 number', () => {
    const shown = told(40, '62E3086CED');
    expect(shown).toContain('low32 asSent none 3808980205  58120/27885');
    expect(shown).toContain('low24 asSent none 0000552173 008,27885 8/27885');
  });

  it('reads a 35-bit card as H10302 and as H10304', () => {
    expect(everyReading(35, 'bc614e')[0]).toMatchObject({ decimal: '0012345678', facilityCard: '23/287054' });
  });

  it('holds no reading twice and never throws', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2, max: 140 }), fc.string({ maxLength: 40 }), (bits, text) => {
        const readings = everyReading(bits, text);
        expect(new Set(readings.map((one) => JSON.stringify(one))).size).toBe(readings.length);
      }),
    );
    expect(everyReading(24, 'ffffffff')).toEqual([]);
    expect(everyReading(24, '')).toEqual([]);
  });
});
