/** Listed cards by the numbers that a person reads off a card or a learn output. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardLookupKeys, isClearlyCard, readCardText } from '../../src/core/credential/card.ts';
import { everyReading } from '../../src/core/credential/card-readings.ts';
import { type CardMatch, readSearchedCard, saysWholeCard, searchCards } from '../../src/core/credential/card-search.ts';
import { wiegandFormats, wiegandFrame } from '../../src/core/credential/wiegand-formats.ts';

/** As the command asks: known keys first, then the listed card itself. */
function found(asked: string, listed: { readonly bits: number; readonly value: string }): CardMatch | null {
  const search = searchCards(readSearchedCard(asked));
  return search.keys.get(`card:${listed.bits}:${listed.value}`) ?? search.match(listed);
}
const hexOf = (bytes: Uint8Array): string => BigInt(`0x${Buffer.from(bytes).toString('hex')}`).toString(16);

/** The tag of the RDM6300 that is printed 3808980205 and 008,27885. */
const tag = { bits: 40, value: '62e3086ced' };

describe('a listed card', () => {
  it.each([
    ['62E3086CED', 'whole', 'asSent', 'listed'],
    ['3808980205', 'low32', 'asSent', 'listed'],
    ['008,27885', 'low24', 'asSent', 'listed'],
    ['8/27885', 'low24', 'asSent', 'listed'],
    ['58120/27885', 'low32', 'asSent', 'listed'],
    ['ED6C08E362', 'whole', 'reversed', 'listed'],
    ['6C08E362', 'low32', 'reversed', 'listed'],
    // A number wider than the list's.
    ['0xFF62E3086CED', 'whole', 'asSent', null],
  ] as const)('is found by %s', (asked, taken, byteOrder, of) => {
    expect(found(asked, tag)).toEqual(of === null ? null : { taken, byteOrder, of });
  });

  it.each([
    ['327FDD00', 'dd7f32', 24],
    ['847240448', 'dd7f32', 24],
    ['847240448', 'dd7f32', 32],
  ])('is found by %s, its bytes reversed, at whatever width it is listed', (asked, value, bits) => {
    expect(found(asked, { bits, value })).toEqual({ taken: 'whole', byteOrder: 'reversed', of: 'listed' });
  });

  it('is found by a number of which it is a part', () => {
    expect(found('62E3086CED', { bits: 32, value: 'e3086ced' })).toEqual({
      ...{ taken: 'low32', byteOrder: 'asSent', of: 'asked' },
    });
  });

  it('is found by the number in the frame that it was learned as', () => {
    const format = wiegandFormats[0];
    const frame = format === undefined ? null : wiegandFrame(format, 0xd507d0n);
    const raw = BigInt(`0b${frame}`).toString(16);
    expect(found('213,02000', { bits: 32, value: raw })).toEqual({
      ...{ taken: 'H10301', byteOrder: 'asSent', of: 'listed' },
    });
  });

  it('is found by every number that a learn output shows of it, at every usual width', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(24, 32, 40, 48, 56, 64, 96, 128),
        fc.uint8Array({ minLength: 3, maxLength: 16 }),
        (bits, bytes) => {
          const value = hexOf(bytes.slice(0, bits / 8));
          // An import lists it by what learn writes, at the width of that notation.
          const [listed] = readCardText(`0x${value.padStart(bits / 4, '0')}`);
          for (const reading of everyReading(bits, value)) {
            if (reading.value === '0') continue;
            for (const asked of [reading.hex, reading.decimal, reading.threeFive, reading.facilityCard])
              if (asked !== null && listed !== undefined)
                expect([asked, found(asked, listed)]).not.toEqual([asked, null]);
          }
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });

  it('is not found by the number of another card', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n << 24n, max: (1n << 32n) - 1n }), (other) => {
        const value = other.toString(16).padStart(8, '0');
        const parts = [value, (value.match(/../gu) ?? []).toReversed().join('')];
        fc.pre(parts.every((part) => !tag.value.includes(part.slice(0, 6)) && !tag.value.includes(part.slice(2))));
        expect(found(other.toString().padStart(10, '0'), tag)).toBeNull();
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  it('opens by none of the parts by which it is found', () => {
    const opening = cardLookupKeys(tag.bits, tag.value);
    for (const part of ['e3086ced', '86ced', 'ed6c08e362'])
      expect(cardLookupKeys(40, part).filter((key) => opening.includes(key))).toEqual([]);
  });
});

describe('a text to search by', () => {
  it.each([
    ['008,27885', true],
    ['8/5', true],
    ['3808980205', true],
    ['1203', false],
    ['1-101', false],
    ['B678', false],
  ])('%s says a whole card: %s', (text, says) => {
    expect(saysWholeCard(text)).toBe(says);
  });
});

describe('a text in a place for plates', () => {
  it.each([
    '0x00ABCDEF12',
    'W26:123/4567',
    'W34 1234/56789',
    'qr:pass-7',
    'QR：pass',
    '213,02000',
    '123/4567',
    'card:24:d507d0',
  ])('%s is clearly a card', (text) => {
    expect(isClearlyCard(text)).toBe(true);
  });
  it.each(['京A12345', 'W26 ABC', 'W26123', 'ABC123', '0XYZ12', '12345678', 'QR7 1AB', 'D507D0'])(
    '%s may be a plate',
    (text) => {
      expect(isClearlyCard(text)).toBe(false);
    },
  );
});
