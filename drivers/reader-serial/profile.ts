/** What differs between readers, as data: one YAML file a model in `profiles/`, or beside the site's configuration (protocols.md §5). */
import { z } from '../../src/contract/driver.ts';
import { qrBytesMax } from '../../src/wire/qr-text.ts';

const byte = z.number().int().min(0).max(0xff);
const place = z.number().int().min(-64).max(qrBytesMax);
const fromTo = {
  from: place.default(0).describe('First byte, counted from 0; negative counts from the end of the frame.'),
  to: place.optional().describe('First byte no longer in; negative counts from the end. To the end unless given.'),
};

/** Longest frame that is taken. */
export const frameBytesMax = qrBytesMax;

const frame = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('delimited').describe('Text between two bytes that do not occur in it, always of one length.'),
    start: byte.describe('First byte, e.g. 0x02.'),
    end: byte.describe('Last byte, e.g. 0x03.'),
    length: z.number().int().min(3).max(256).describe('Bytes of the whole frame.'),
  }),
  z.strictObject({
    by: z.literal('line').describe('Text up to CR, LF or both.'),
    max: z.number().int().min(1).max(frameBytesMax).default(64).describe('Longest line, bytes.'),
  }),
  z.strictObject({
    by: z.literal('run').describe('What comes between two silences (`silence`).'),
    length: z.number().int().min(1).max(256).optional().describe('Bytes of one frame; a run may hold several.'),
    max: z.number().int().min(1).max(frameBytesMax).default(64).describe('Longest run, bytes.'),
    apart: z
      .number()
      .int()
      .min(0)
      .max(60_000)
      .default(2000)
      .describe(
        'Milliseconds without a byte before a run that has no `length`; what comes sooner and says something else may be the rest of the one before, and is no card.',
      ),
  }),
  z.strictObject({
    by: z.literal('counted').describe('Bytes, one of which tells how many there are.'),
    start: byte.optional().describe('First byte, e.g. 0xA0.'),
    lengthAt: z.number().int().min(0).max(8).describe('Where the length stands.'),
    counts: z.enum(['bytes', 'bits']).default('bytes').describe('bits: the length is that of a Wiegand frame in bits.'),
    adds: z.number().int().min(-8).max(16).describe('Bytes of the frame that the length does not count.'),
    min: z.number().int().min(2).max(256).describe('Shortest whole frame, bytes.'),
    max: z.number().int().min(2).max(256).describe('Longest whole frame, bytes.'),
    end: byte.optional().describe('Last byte, e.g. 0x03.'),
  }),
]);

const check = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('xor').describe('All bytes from `from` to `to`, XORed, are the byte at `at`.'),
    ...fromTo,
    at: place.describe('Where the sum stands.'),
    digits: z.boolean().default(false).describe('The bytes and their sum are written as two hexadecimal digits each.'),
  }),
  z.strictObject({
    by: z.literal('sum').describe('All bytes from `from` to `to`, and the byte at `at`, add up to 0 (mod 256).'),
    ...fromTo,
    at: place.describe('Where the sum stands.'),
  }),
  z.strictObject({
    by: z.literal('crc16').describe('CRC-16 of all before the last two bytes, polynomial 0x8408, low byte first.'),
    init: z.number().int().min(0).max(0xffff).default(0xffff).describe('First value of the register.'),
  }),
]);

export const valueKinds = [
  'decimal',
  'threeFive',
  'hex',
  'number',
  'wiegandText',
  'wiegandHex',
  'wiegandBytes',
  'text',
] as const;

const value = z.strictObject({
  as: z
    .enum(valueKinds)
    .describe(
      'decimal, threeFive, hex: digits as text; number: bytes, first highest; wiegandText: one character a bit; wiegandHex, wiegandBytes: a whole Wiegand frame; text: a QR code (digits alone are a decimal number).',
    ),
  ...fromTo,
  digits: z
    .number()
    .int()
    .min(1)
    .max(32)
    .optional()
    .describe('Exactly so many digits; anything else is no card, and no number where `as` is text.'),
  frameBits: z
    .number()
    .int()
    .min(4)
    .max(66)
    .optional()
    .describe('Bits of the Wiegand frame, where none are told; wiegandText: no others, and 32 only so.'),
  align: z.enum(['left', 'right']).default('right').describe('Where the Wiegand frame lies in its bytes.'),
});

export const cardFormats = ['w26', 'w32', 'w34', 'w35', 'w37', 'w66', 'em4100', 'decimal', 'hex', 'text'] as const;

export const profileSchema = z
  .strictObject({
    title: z.string().min(1).max(120).describe('Kind or maker of the reader, as printed.'),
    source: z.string().min(1).max(300).describe('Document that the numbers come from.'),
    port: z.string().max(60).optional().describe('How such a reader is set as delivered, for whoever writes the line.'),
    frame: frame.describe('Where a frame begins and ends.'),
    silence: z
      .number()
      .int()
      .min(20)
      .max(5000)
      .default(200)
      .describe('Milliseconds without a byte after which half a frame is given up, and a run is over.'),
    only: z
      .strictObject({
        at: place.describe('Where the command stands.'),
        equals: byte.describe('Command of the frames that carry a card.'),
        longerThan: z.number().int().min(0).max(256).default(0).describe('They are longer than this, bytes.'),
      })
      .optional()
      .describe('Other whole frames are no cards and no noise.'),
    check: check.optional().describe('Checksum.'),
    value: value.describe('Where the card stands in the frame, and how.'),
    bits: z
      .number()
      .int()
      .min(8)
      .max(128)
      .optional()
      .describe('Width of the card; by its digits or bytes unless given.'),
    byteOrder: z.enum(['asSent', 'reversed']).default('asSent').describe('reversed: the low byte comes first.'),
    tells: z.enum(cardFormats).optional().describe('What the record calls the card.'),
    keypad: z.boolean().default(false).describe('Bytes without line end are keys, not a card.'),
    ask: z
      .strictObject({
        bytes: z
          .string()
          .regex(/^[0-9A-F]{2}( [0-9A-F]{2}){0,31}$/i)
          .meta({ expectedZh: '十六进制字节，例如 A0 04 01 89 01 D1', expectedEn: 'bytes, e.g. A0 04 01 89 01 D1' })
          .describe('Bytes, hexadecimal with spaces between.'),
        everyMs: z.number().int().min(50).max(60_000).describe('How often, milliseconds.'),
      })
      .optional()
      .describe('Sent again and again to a reader that reports only when asked.'),
  })
  .describe('Framing and meaning of one kind of reader.');

export type Profile = z.output<typeof profileSchema>;
export type Frame = Profile['frame'];
export type Value = Profile['value'];
