/** The makers' frames (`vectors.json`) as each profile sends them, each with the card that it is. For tests only. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface VectorFrame {
  readonly bytes: Uint8Array;
  /** `bits:value`. */
  readonly told: string;
  /** What the device says beside its profile. */
  readonly more: Readonly<Record<string, unknown>>;
}

interface Vectors {
  readonly wiegand: readonly { readonly bits: string; readonly hexMsbLeftAligned: string }[];
  readonly em4100: readonly { readonly card: string; readonly frameHex: string }[];
  readonly binary: readonly { readonly frameHex: string }[];
  readonly s4a: readonly { readonly ascii: string }[];
  readonly r2000: { readonly derivedTagReport: { readonly hex: string } };
  readonly chafon: { readonly derivedTagReport: { readonly hex: string } };
}

const folder = new URL('../../drivers/reader-serial/', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(new URL('vectors.json', folder), 'utf8'));

export const qrTexts: readonly string[] = [
  'https://pay.example/u?id=0013961168',
  '0013961168',
  'pass-1',
  'abab',
  '门票：兰秀花园 7栋 2026-10-01',
];

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/[0-9a-f]{2}/giu) ?? [], (one) => Number.parseInt(one, 16));
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = (text: string): Uint8Array => ascii(`${text}\r\n`);
/** The card of a QR text. */
export const textTold = (text: string): string =>
  `128:${createHash('sha256').update(text).digest('hex').slice(0, 32).replace(/^0+/u, '')}`;
const hexOf = (value: bigint): string => value.toString(16);

/** Bits of a Wiegand frame to where its card begins and ends (protocols.md §5.1). */
const cardPlaces: Readonly<Record<number, readonly [from: number, to: number]>> = {
  26: [1, 25],
  32: [0, 32],
  34: [1, 33],
  37: [1, 36],
  66: [1, 65],
};

function wiegandTold(bits: string): string {
  const [from, to] = cardPlaces[bits.length] ?? [0, 0];
  return `${to - from}:${hexOf(BigInt(`0b${bits.slice(from, to)}`))}`;
}

function countedWiegand({ bits, hexMsbLeftAligned }: Vectors['wiegand'][number]): Uint8Array {
  const body = [bits.length, ...bytesOf(hexMsbLeftAligned)];
  return Uint8Array.of(
    0x02,
    ...body,
    body.reduce((sum, one) => sum ^ one, 0),
    0x03,
  );
}

export function framesOf(name: string): readonly VectorFrame[] {
  const one = (bytes: Uint8Array, told: string, more: VectorFrame['more'] = {}): VectorFrame => ({ bytes, told, more });
  const hex = (bits: string): string => hexOf(BigInt(`0b${bits}`)).padStart(Math.ceil(bits.length / 4), '0');
  switch (name) {
    case 'em4100':
      return vectors.em4100.map(({ card, frameHex }) => one(bytesOf(frameHex), `40:${card.toLowerCase()}`));
    case 'em18':
      return vectors.em4100.map(({ card, frameHex }) =>
        one(bytesOf(frameHex).slice(1, -1), `40:${card.toLowerCase()}`),
      );
    case 'binary-02':
      return vectors.binary.map(({ frameHex }) => one(bytesOf(frameHex), '40:6008e6d5d'));
    case 'decimal-10':
    case 's4a-ethernet':
      return [
        ...vectors.s4a.map(({ ascii: text }) => one(ascii(text), '32:c5d1e9')),
        one(line('0013961168'), '32:d507d0'),
      ];
    case 'decimal-8':
      return [one(line('21302000'), '24:d507d0'), one(line('213,02000'), '24:d507d0')];
    case 'hex-line':
      return [
        one(line('D507D0'), '24:d507d0'),
        ...vectors.em4100.map(({ card }) => one(line(card), `40:${card.toLowerCase()}`)),
      ];
    case 'wiegand-text':
      return vectors.wiegand.map(({ bits }) =>
        one(line(bits), wiegandTold(bits), bits.length === 32 ? { frameBits: 32 } : {}),
      );
    case 'wiegand-hex':
      return vectors.wiegand.map(({ bits }) => one(line(hex(bits)), wiegandTold(bits), { frameBits: bits.length }));
    case 'wiegand-bytes':
      return vectors.wiegand.map((each) => one(countedWiegand(each), wiegandTold(each.bits)));
    case 'uhf-r2000':
      return [one(bytesOf(vectors.r2000.derivedTagReport.hex), '96:e2000017221101441890abcd')];
    case 'uhf-chafon':
      return [one(bytesOf(vectors.chafon.derivedTagReport.hex), '96:e2000017221101441890abcd')];
    case 'qr-line':
      return qrTexts.map((text) => one(line(text), /^\d+$/u.test(text) ? '32:d507d0' : textTold(text)));
    case 'qr-silence':
      return qrTexts.map((text) => one(ascii(text), textTold(text)));
    default:
      return [];
  }
}
