import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyReading } from '../../src/core/credential/card-readings.ts';
import { configOf } from '../../test/field/reader-rig.ts';
import { cards } from './cards.ts';
import { ReaderCodec } from './codec.ts';
import { profileOf, type ReaderConfig } from './config.ts';

function heardBy(config: ReaderConfig, line: string): { readonly bits: number; readonly value: string } | null {
  const codec = new ReaderCodec(profileOf(config));
  const heard = codec.push(Uint8Array.from(Buffer.from(`${line}\r\n`, 'latin1')), 0);
  const card = heard.find((one) => one.kind === 'card');
  return card?.kind === 'card' ? { bits: card.bits, value: card.value } : null;
}

describe('the bits of a reader’s cards', () => {
  it.each([
    ['em4100', {}, 40],
    ['em4100', { bits: 32 }, 32],
    ['decimal-10', {}, 32],
    ['decimal-8', {}, 24],
    ['decimal-8', { bits: 32 }, 24],
    ['wiegand-hex', { frameBits: 37 }, 35],
    ['wiegand-text', {}, null],
    ['hex-line', {}, null],
    ['hex-line', { bits: 24 }, 24],
    ['qr-line', {}, null],
  ])('%s %j gives %s', (name, more, bits) => {
    expect(cards.bits(configOf(name, more))).toBe(bits);
  });
});

describe('the settings that give another reading of a card', () => {
  const learned = (name: string, more: Readonly<Record<string, unknown>>, line: string) => {
    const config = configOf(name, more);
    const card = heardBy(config, line);
    const readings = card === null ? [] : everyReading(card.bits, card.value);
    return readings.map((reading) => ({ reading, fit: cards.settings(config, reading) }));
  };

  it('make the reader give just that reading, whatever it is set to now', () => {
    let tried = 0;
    fc.assert(
      fc.property(
        fc.constantFrom('asSent', 'reversed'),
        fc.constantFrom(undefined, 24, 26, 32, 34, 40, 64),
        fc.uint8Array({ minLength: 3, maxLength: 8 }),
        (byteOrder, bits, bytes) => {
          const line = Buffer.from(bytes).toString('hex');
          const more = { byteOrder, ...(bits === undefined ? {} : { bits }) };
          for (const { reading, fit } of learned('hex-line', more, line)) {
            // A raw frame is shorter than the bytes around it only where it is written so.
            if (fit === null || 'format' in fit.set) continue;
            const kept = Object.fromEntries(Object.entries(more).filter(([key]) => !fit.without.includes(key)));
            const { value } = heardBy(configOf('hex-line', { ...kept, ...fit.set }), line) ?? {};
            expect({ line, more, fit, value }).toMatchObject({ value: reading.value });
            tried += 1;
          }
        },
      ),
      { numRuns: 400, seed: 11 },
    );
    expect(tried).toBeGreaterThan(300);
  });

  it('are bits for a tag that is listed by the number printed on it', () => {
    const fit = cards.settings(configOf('em4100'), {
      ...{ taken: 'low32', byteOrder: 'asSent', parity: 'none', bits: 32 },
    });
    expect(fit).toEqual({ set: { bits: 32 }, without: [] });
  });

  it('are the byte order that is not set, and bits beside it', () => {
    const wanted = { taken: 'low24', byteOrder: 'reversed', parity: 'none', bits: 24 } as const;
    expect(cards.settings(configOf('hex-line'), wanted)?.set).toEqual({ byteOrder: 'reversed', bits: 24 });
    const turned = configOf('hex-line', { byteOrder: 'reversed' });
    expect(cards.settings(turned, wanted)?.set).toEqual({ byteOrder: 'asSent', bits: 24 });
  });

  it('are none where the bits that would be reversed are cut off already', () => {
    const wanted = { taken: 'whole', byteOrder: 'reversed', parity: 'none', bits: 24 } as const;
    expect(cards.settings(configOf('hex-line', { bits: 24 }), wanted)).toBeNull();
  });

  it('are the format of a frame that is taken for a number', () => {
    // 213,02000 with its parity, in 26 bits.
    const fits = learned('hex-line', { bits: 26 }, '03AA0FA0');
    const frame = fits.find(({ reading }) => reading.taken === 'H10301' && reading.byteOrder === 'asSent');
    expect(frame?.fit).toEqual({ set: { format: 'wiegandHex', frameBits: 26 }, without: ['bits'] });
  });
});
