import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardOf, configOf, profile, profileNames } from '../../test/field/reader-rig.ts';
import { encodeGbk } from '../../src/wire/gbk.ts';
import { hashOf } from '../../src/wire/secret.ts';
import { bitsOfHex } from '../../src/wire/wiegand.ts';
import { type Heard, keysAtOnce, ReaderCodec } from './codec.ts';
import { profileOf } from './config.ts';
import { frameBytesMax, type Profile } from './profile.ts';
import { frameOf } from './twin.ts';

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.split(' '), (pair) => Number.parseInt(pair, 16));
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = (text: string): Uint8Array => ascii(`${text}\r\n`);

/** Pieces in one go each, `gapMs` apart, with a long silence at the end. */
function heard(of: Profile, pieces: readonly Uint8Array[], gapMs = 0): readonly Heard[] {
  const codec = new ReaderCodec(of);
  let at = 1000;
  const all = pieces.flatMap((piece) => {
    at += gapMs;
    const before = codec.dueAt !== null && at >= codec.dueAt ? codec.silent() : [];
    return [...before, ...codec.push(piece, at)];
  });
  return codec.dueAt === null ? all : [...all, ...codec.silent()];
}

const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const cards = (all: readonly Heard[]): readonly string[] =>
  all.flatMap((one) => (one.kind === 'card' ? [`${one.format} ${one.bits}:${one.value}`] : []));
const noises = (all: readonly Heard[]): readonly string[] =>
  all.flatMap((one) => (one.kind === 'noise' ? [one.why] : []));
const set = (name: string, more: Readonly<Record<string, unknown>>): Profile => profileOf(configOf(name, more));

describe('the frames of the makers', () => {
  it.each<{ card: string; frameHex: string }>(vectors.em4100)(
    'EM4100 $card, with STX and ETX and without',
    ({ card, frameHex }) => {
      const bytes = bytesOf(frameHex);
      expect(cards(heard(profile('em4100'), [bytes]))).toEqual([`em4100 40:${card.toLowerCase()}`]);
      expect(cards(heard(profile('em18'), [bytes.slice(1, -1)]))).toEqual([`em4100 40:${card.toLowerCase()}`]);
    },
  );

  it('EM4100 cut to the ten digits and to the W26 number that are printed on the tag', () => {
    const [{ frameHex, dec10 }] = vectors.em4100;
    const ten = heard(set('em4100', { bits: 32 }), [bytesOf(frameHex)]);
    expect(cards(ten)).toEqual([`em4100 32:${BigInt(dec10).toString(16)}`]);
    expect(cards(heard(set('em4100', { bits: 24 }), [bytesOf(frameHex)]))).toEqual(['em4100 24:86ced']);
  });

  it('the binary reader', () => {
    expect(cards(heard(profile('binary-02'), [bytesOf(vectors.binary[0].frameHex)]))).toEqual(['hex 40:6008e6d5d']);
    expect(cards(heard(set('binary-02', { byteOrder: 'reversed' }), [bytesOf(vectors.binary[0].frameHex)]))).toEqual([
      'hex 40:5d6d8e0006',
    ]);
  });

  it('S4A over TCP: digits one by one with 25 ms between; a key alone is a key', () => {
    const s4a = profile('s4a-ethernet');
    const digits = [...ascii(vectors.s4a[0].ascii)].map((one) => Uint8Array.of(one));
    expect(cards(heard(s4a, digits, 25))).toEqual([`decimal 32:${(12_964_329).toString(16)}`]);
    expect(heard(s4a, [ascii('5')])).toEqual([{ kind: 'key' }]);
    expect(heard(s4a, [ascii('5'), ascii('#')], 200)).toEqual([{ kind: 'key' }, { kind: 'key' }]);
    expect(heard(s4a, [ascii('5'), ascii('#')], 60)).toEqual([{ kind: 'key' }]);
    expect(heard(s4a, [ascii('1'.repeat(keysAtOnce))])).toEqual([{ kind: 'key' }]);
    expect(heard(s4a, [ascii('1'.repeat(keysAtOnce + 1))])).toEqual([{ kind: 'noise', why: 'torn' }]);
    expect(heard(profile('decimal-10'), [ascii('5')])).toEqual([{ kind: 'noise', why: 'torn' }]);
  });

  it('UHF R2000: a tag, and neither the end of an inventory nor an answer to something else', () => {
    const { derivedTagReport, derivedEnd, requests } = vectors.r2000;
    const r2000 = profile('uhf-r2000');
    expect(cards(heard(r2000, [bytesOf(derivedTagReport.hex)]))).toEqual(['hex 96:e2000017221101441890abcd']);
    for (const hex of [derivedEnd.hex, ...Object.values<string>(requests)]) {
      expect(heard(r2000, [bytesOf(hex)])).toEqual([{ kind: 'other' }]);
    }
    expect(r2000.ask?.bytes).toBe(requests.realtime_inventory_0x89);
  });

  it('Chafon: the CRC of the frame in the manual, and a tag without the bytes before it', () => {
    const tag = heard(profile('uhf-chafon'), [bytesOf(vectors.chafon.derivedTagReport.hex)]);
    expect(cards(tag)).toEqual(['hex 96:e2000017221101441890abcd']);
    expect(heard(profile('uhf-chafon'), [bytesOf(vectors.chafon.get_reader_info)])).toEqual([{ kind: 'other' }]);
    const wrong = bytesOf(vectors.chafon.get_reader_info).with(2, 0x20);
    expect(noises(heard(profile('uhf-chafon'), [wrong]))).toEqual(['checksum']);
  });

  it.each<{ format: string; bits: string; hexMsbLeftAligned: string }>(vectors.wiegand)(
    'Wiegand $format $bits as bits, as hexadecimal, as bytes: one card',
    ({ bits, hexMsbLeftAligned }) => {
      const right = BigInt(`0b${bits}`)
        .toString(16)
        .padStart(Math.ceil(bits.length / 4), '0');
      const bytes = (hexMsbLeftAligned.match(/../gu) ?? []).map((pair) => Number.parseInt(pair, 16));
      const body = [bits.length, ...bytes];
      const counted = Uint8Array.of(
        0x02,
        ...body,
        body.reduce((sum, one) => sum ^ one, 0),
        0x03,
      );
      const text = cards(heard(set('wiegand-text', bits.length === 32 ? { frameBits: 32 } : {}), [line(bits)]));
      expect(text).toHaveLength(1);
      expect(cards(heard(set('wiegand-hex', { frameBits: bits.length }), [line(right)]))).toEqual(text);
      expect(cards(heard(profile('wiegand-bytes'), [counted]))).toEqual(text);
      expect(bitsOfHex(right, bits.length, 'right')).toBe(bits);
    },
  );

  it('213,02000 is one card in 3+5, in ten digits, in hexadecimal and in W26', () => {
    expect(cards(heard(profile('decimal-8'), [line('21302000'), line('213,02000')]))).toEqual([
      'decimal 24:d507d0',
      'decimal 24:d507d0',
    ]);
    expect(cards(heard(profile('decimal-10'), [line('0013961168')]))).toEqual(['decimal 32:d507d0']);
    expect(cards(heard(profile('hex-line'), [line('D507D0')]))).toEqual(['hex 24:d507d0']);
    expect(cards(heard(set('hex-line', { byteOrder: 'reversed' }), [line('D007D5')]))).toEqual(['hex 24:d507d0']);
    expect(cards(heard(set('decimal-10', { format: 'hex' }), [line('00D507D0')]))).toEqual(['hex 32:d507d0']);
    expect(noises(heard(profile('decimal-8'), [line('25602000'), line('21365536')]))).toEqual([
      'unreadable',
      'unreadable',
    ]);
  });
});

describe('every kind of reader', () => {
  it.each(profileNames)('%s: a frame cut at any place, and byte by byte, is one card', (name) => {
    const of = set(name, name === 'wiegand-hex' ? { frameBits: 34 } : {});
    const frame = frameOf(cardOf(name, 1), of);
    const whole = cards(heard(of, [frame]));
    expect(whole).toHaveLength(1);
    for (let cut = 1; cut < frame.length; cut += 1) {
      expect(cards(heard(of, [frame.slice(0, cut), frame.slice(cut)], 10)), `cut at ${cut}`).toEqual(whole);
    }
    const single = [...frame].map((one) => Uint8Array.of(one));
    expect(cards(heard(of, single, 10))).toEqual(whole);
  });

  it.each(profileNames.filter((name) => !name.startsWith('qr')))(
    '%s: noise before, between and after never makes another card',
    (name) => {
      const of = set(name, name === 'wiegand-hex' ? { frameBits: 34 } : {});
      const frame = frameOf(cardOf(name, 1), of);
      const [right = ''] = cards(heard(of, [frame]));
      const noise = fc.uint8Array({ minLength: 1, maxLength: 12 });
      fc.assert(
        fc.property(noise, noise, noise, (before, between, after) => {
          // Digits are cards wherever they come from: noise is what holds none.
          const bent = (bytes: Uint8Array) => bytes.map((one) => one | 0x80);
          // Noise may be the beginning of a frame: what follows it after a silence may be its rest, and only the next is a card.
          const all = heard(of, [joined(bent(before), frame, bent(between), frame, bent(after)), frame, frame], 500);
          expect(cards(all).every((card) => card === right)).toBe(true);
          expect(cards(all).length).toBeGreaterThanOrEqual(1);
        }),
        { numRuns: 60, seed: 3 },
      );
    },
  );

  it.each(profileNames)('%s: any bytes in any pieces throw nothing and keep no more than one frame', (name) => {
    const of = set(name, name === 'wiegand-hex' ? { frameBits: 34 } : {});
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), fc.nat(300), (pieces, gapMs) => {
        heard(of, pieces, gapMs);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it.each(profileNames.filter((name) => !/qr|wiegand-text|-line$|decimal|s4a|wiegand-hex/.test(name)))(
    '%s: a frame with any one bit turned is never another card',
    (name) => {
      const of = profile(name);
      const frame = frameOf(cardOf(name, 1), of);
      const [right = ''] = cards(heard(of, [frame]));
      for (let at = 0; at < frame.length * 8; at += 1) {
        const turned = frame.with(at >> 3, (frame[at >> 3] ?? 0) ^ (1 << (at & 7)));
        // A lower-case digit is the same digit.
        expect(
          cards(heard(of, [turned])).filter((card) => card !== right),
          `bit ${at}`,
        ).toEqual([]);
      }
    },
  );
});

describe('a line that never ends', () => {
  it('is let go at the longest frame, and the next line is read', () => {
    const of = profile('decimal-10');
    const all = heard(of, [ascii('9'.repeat(5000)), line('1'), line('0013961168')]);
    expect(noises(all)).toEqual(['tooLong']);
    expect(cards(all)).toEqual(['decimal 32:d507d0']);
  });
});

describe('a QR code', () => {
  const text = '门票：兰秀花园 7栋 2026-10-01';
  const key = `text 128:${hashOf(text).slice(0, 32).replace(/^0+/u, '')}`;

  it('is one credential in UTF-8 and in GBK, with its text for the record', () => {
    const end = Uint8Array.of(0x0d, 0x0a);
    const both = heard(profile('qr-line'), [joined(ascii(text), end), joined(encodeGbk(text), end)]);
    expect(cards(both)).toEqual([key, key]);
    expect(both[0]).toMatchObject({ text });
  });

  it('is one credential whether its letters are composed or not', () => {
    const both = heard(profile('qr-line'), [line('Café'.normalize('NFD')), line('Café'.normalize('NFC'))]);
    expect(cards(both)).toEqual(Array(2).fill(`text 128:${hashOf('Café'.normalize('NFC')).slice(0, 32)}`));
  });

  it('without an end mark ends with a silence, and not before', () => {
    const codec = new ReaderCodec(profile('qr-silence'));
    const bytes = ascii(text);
    expect(codec.push(bytes.slice(0, 10), 1000)).toEqual([]);
    expect(codec.push(bytes.slice(10), 1040)).toEqual([]);
    expect(codec.dueAt).toBe(1100);
    expect(cards(codec.silent())).toEqual([key]);
  });

  it('of digits is that number, unless the site says that a printed number is no card', () => {
    expect(cards(heard(profile('qr-line'), [line('0013961168')]))).toEqual(['decimal 32:d507d0']);
    const asText = heard(set('qr-line', { format: 'text' }), [line('0013961168')]);
    expect(cards(asText)).toEqual([`text 128:${hashOf('0013961168').slice(0, 32)}`]);
    expect(cards(heard(profile('qr-line'), [line('9'.repeat(20))]))[0]).toMatch(/^text 128:/);
  });

  it('may fill 3 kB and no more; control characters and bytes that are no text are noise', () => {
    expect(cards(heard(profile('qr-line'), [line('a'.repeat(frameBytesMax))]))).toHaveLength(1);
    expect(noises(heard(profile('qr-line'), [line('a'.repeat(frameBytesMax + 1))]))).toEqual(['tooLong']);
    expect(noises(heard(profile('qr-line'), [line('a\u0000b'), line('\u001b[2J')]))).toEqual([
      'unreadable',
      'unreadable',
    ]);
    expect(noises(heard(profile('qr-line'), [Uint8Array.of(0xff, 0xff, 0xff, 0x0a)]))).toEqual(['unreadable']);
  });
});

describe('after noise a binary reader', () => {
  it('takes no window over two frames for a card', () => {
    // Inside these frames stands another whole frame with a good sum.
    const of = profile('uhf-r2000');
    const hidden = frameOf({ bits: 48, value: 'a1b2c3d4e5f6' }, of);
    const inner = [...hidden].map((one) => one.toString(16).padStart(2, '0')).join('');
    const outer = frameOf({ bits: inner.length * 4, value: inner }, of);
    expect(outer.length).toBeLessThanOrEqual(40);
    const torn = outer.slice(3);
    expect(cards(heard(of, [torn]))).toEqual([]);
    // The first whole frame after it shows where to go on; a tag is reported many times a second.
    expect(cards(heard(of, [torn, outer, outer]))).toEqual(cards(heard(of, [outer])));
    expect(cards(heard(of, [torn, outer], 200))).toEqual(cards(heard(of, [outer])));
  });
});
