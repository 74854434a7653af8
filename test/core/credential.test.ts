import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalCard, cardLookupKeys, cardNotations, cutCard, readCardText } from '../../src/core/credential/card.ts';
import { cardKey, plateKey } from '../../src/core/credential/keys.ts';
import { isVisitor, periodOf, servesLane, usesAfter } from '../../src/core/credential/permit.ts';
import { lane, row } from './decide-fixtures.ts';

describe('a card in its notations', () => {
  it.each([
    ['213,02000', 24, 'd507d0'],
    ['213,2000', 24, 'd507d0'],
    ['213,02000', 24, 'd507d0'],
    ['21302000', 24, 'd507d0'],
    ['0013961168', 32, 'd507d0'],
    ['13961168', 32, 'd507d0'],
    ['D507D0', 24, 'd507d0'],
    ['00D507D0', 32, 'd507d0'],
    ['0xd507d0', 24, 'd507d0'],
    ['D5:07:D0', 24, 'd507d0'],
    ['W26:123/4567', 24, '7b11d7'],
    ['123/4567', 24, '7b11d7'],
    ['W34:1234/56789', 32, '4d2ddd5'],
    ['1234/56789', 32, '4d2ddd5'],
    ['1234567890', 32, '499602d2'],
    ['62E3086CED', 40, '62e3086ced'],
    ['0102030405060708', 64, '102030405060708'],
  ])('%s means %i bits, %s', (text, bits, value) => {
    expect(readCardText(text).map((reading) => cardKey(reading.bits, reading.value))).toContain(cardKey(bits, value));
  });

  it('gives the usual reading of eight digits first', () => {
    expect(readCardText('21302000')[0]).toEqual({ notation: 'threeFive', bits: 24, value: 'd507d0' });
  });

  it.each(['', 'hello', '300,70000', 'W26:999/1', '1'.repeat(41), '京A12345', '99999999999999999999'])(
    '%j is no card',
    (text) => {
      expect(readCardText(text)).toEqual([]);
    },
  );

  it('is found under each notation of the same number', () => {
    const heard = cardLookupKeys(24, 'd507d0');
    for (const text of ['213,02000', '21302000', '0013961168', 'D507D0', '00D507D0', '00D5 07D0']) {
      const stored = readCardText(text)[0];
      expect(stored).toBeDefined();
      if (stored !== undefined) expect(heard).toContain(cardKey(stored.bits, stored.value));
    }
  });

  it('is not another card that shares its lower bits', () => {
    const whole = [32, 35, 40, 56, 64].map((bits) => cardKey(bits, '12d507d0'));
    expect(cardLookupKeys(32, '12d507d0')).toEqual(whole);
  });

  it('is refused where its value is malformed or wider than its bits', () => {
    expect(canonicalCard(24, '1d507d0')).toBeNull();
    expect(canonicalCard(24, 'xyz')).toBeNull();
    expect(canonicalCard(0, '0')).toBeNull();
    expect(canonicalCard(1e9, '1')).toBeNull();
    expect(cardLookupKeys(24, '../etc')).toEqual([]);
    expect(canonicalCard(24, '00D507D0')).toEqual({ bits: 24, value: 'd507d0' });
  });

  it('can be written and read back', () => {
    fc.assert(
      fc.property(fc.constantFrom(24, 32, 40, 64), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (bits, number) => {
        const card = cutCard({ bits: 64, value: number.toString(16) }, bits);
        const { hex, decimal, threeFive } = cardNotations(card);
        const texts = [hex, decimal, ...(threeFive === null ? [] : [threeFive])];
        for (const text of texts) expect(readCardText(text).map((reading) => reading.value)).toContain(card.value);
      }),
    );
  });

  it('never throws on hostile text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        for (const reading of readCardText(text)) expect(canonicalCard(reading.bits, reading.value)).not.toBeNull();
      }),
    );
  });
});

interface Vector {
  readonly format: string;
  readonly bits: string;
  readonly fields: { readonly fc?: number; readonly cn: number | string; readonly dec8?: string };
}

/** Vectors of protocols.md §5.1; the file lies outside the repository, so its numbers are repeated here. */
const vectors: readonly Vector[] = [
  { format: 'H10301', bits: '11101010100000111110100001', fields: { fc: 213, cn: 2000, dec8: '21302000' } },
  { format: 'H10301', bits: '10111101100010001110101110', fields: { fc: 123, cn: 4567 } },
  { format: 'H10301', bits: '11101010000011011100000010', fields: { fc: 212, cn: 7041 } },
  { format: 'H10301', bits: '00000000000000000000000001', fields: { fc: 0, cn: 0 } },
  { format: 'H10301', bits: '01111111111111111111111111', fields: { fc: 255, cn: 65_535 } },
  { format: 'W34', bits: '1010010011001011000000010110100100', fields: { cn: 1_234_567_890 } },
  { format: 'W34', bits: '1000000001101010100000111110100001', fields: { cn: 13_961_168 } },
  { format: 'H10306', bits: '1000001001101001011011101110101010', fields: { fc: 1234, cn: 56_789 } },
];

describe('the Wiegand vectors', () => {
  it.each(vectors)('$format $fields is found as people write it', ({ bits, fields }) => {
    const payload = bits.slice(1, -1);
    const heard = cardLookupKeys(payload.length, BigInt(`0b${payload}`).toString(16));
    const written = fields.fc === undefined ? String(fields.cn).padStart(10, '0') : `${fields.fc}/${fields.cn}`;
    const keys = readCardText(written).map((reading) => cardKey(reading.bits, reading.value));
    expect(heard.some((key) => keys.includes(key))).toBe(true);
    if (fields.dec8 !== undefined) {
      expect(heard).toContain(readCardText(fields.dec8).map((one) => cardKey(one.bits, one.value))[0]);
    }
  });
});

describe('a plate key', () => {
  it('is the canonical text', () => {
    expect(plateKey('京A12345')).toBe('plate:京A12345');
  });
});

describe('a row of the list', () => {
  it('holds from its start to before its end', () => {
    const bounded = row({ validFrom: 100, validTo: 200 });
    expect([99, 100, 199, 200].map((wall) => periodOf(bounded, wall))).toEqual(['notYet', 'within', 'within', 'ended']);
    expect(periodOf(row({}), 0)).toBe('unbounded');
    expect(periodOf(row({ validTo: 5 }), 5)).toBe('ended');
  });

  it('names lanes, groups, or nothing for all; a direction, or none for both', () => {
    const here = lane({ id: 'east-in', groups: ['residents'] });
    expect(servesLane(row({ lanes: [] }), here, 'in')).toBe(true);
    expect(servesLane(row({ lanes: ['east-in'] }), here, 'in')).toBe(true);
    expect(servesLane(row({ lanes: ['residents'] }), here, 'in')).toBe(true);
    expect(servesLane(row({ lanes: ['west-in'] }), here, 'in')).toBe(false);
    expect(servesLane(row({ directions: ['out'] }), here, 'in')).toBe(false);
    expect(servesLane(row({ directions: [] }), here, 'out')).toBe(true);
  });

  it('loses a use for each grant in flight', () => {
    expect(usesAfter(row({ usesLeft: null }), ['row-1'])).toBeNull();
    expect(usesAfter(row({ usesLeft: 1 }), ['row-1'])).toBe(0);
    expect(usesAfter(row({ usesLeft: 3 }), ['row-1', 'other', 'row-1'])).toBe(1);
  });

  it('is a visitor’s by category or by counted uses', () => {
    expect(isVisitor(row({ category: 'resident' }))).toBe(false);
    expect(isVisitor(row({ category: 'resident', usesLeft: 1 }))).toBe(true);
    expect(isVisitor(row({ category: 'courier' }))).toBe(true);
  });
});
