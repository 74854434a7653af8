/** Cards as (bits, value), and the usual notations of the same card (protocols.md §5.1). Untrusted text; never throws. */
import { cardKey } from './keys.ts';

/** Significant bits without parity, and the value in lower-case hexadecimal without leading zeros. */
export interface CardId {
  readonly bits: number;
  readonly value: string;
}

export type CardNotation = 'decimal' | 'threeFive' | 'facilityCard' | 'hex';

export interface CardReading extends CardId {
  readonly notation: CardNotation;
}

/** Widths in which cards are stored: W26, W34 and 4-byte UIDs, W37, EM4100, 7-byte UIDs, W66. */
const widths: readonly number[] = [24, 32, 35, 40, 56, 64];
/** Digits alone may still be hexadecimal where their number fills whole bytes of a usual width. */
const hexLengths: ReadonlySet<number> = new Set([6, 8, 10, 14, 16]);
const bitsLimit = 128;
const textLimit = 40;

/** The id in canonical form; null where the value is not hexadecimal or does not fit the bits. */
export function canonicalCard(bits: number, value: string): CardId | null {
  if (!Number.isInteger(bits) || bits < 1 || bits > bitsLimit || !/^[0-9a-f]{1,64}$/iu.test(value)) return null;
  const canonical = value.toLowerCase().replace(/^0+(?=.)/u, '');
  return bitLength(canonical) <= bits ? { bits, value: canonical } : null;
}

/**
 * Keys under which the list may hold this card, its own first. One number at another width is the same card, since leading
 * zeros are no digits. Never the number cut to fewer bits: cards that differ in the upper ones would then be one.
 */
export function cardLookupKeys(bits: number, value: string): readonly string[] {
  const card = canonicalCard(bits, value);
  return card === null ? [] : sameNumberKeys(card);
}

/** The card on its lowest `width` bits: what a narrower reader would have sent. */
export function cutCard(card: CardId, width: number): CardId {
  if (width >= card.bits || width < 1) return card;
  const low = BigInt.asUintN(width, BigInt(`0x${card.value}`));
  return { bits: width, value: low.toString(16) };
}

/**
 * Every reading that a written card number allows, the usual one first: 10-digit decimal, 8-digit 3+5 (`213,02000`,
 * `21302000`), facility/card (`W26:123/4567`), hexadecimal with or without zeros. Empty for anything else.
 */
export function readCardText(text: string): readonly CardReading[] {
  if (text.length > textLimit) return [];
  const plain = text.normalize('NFKC').trim();
  const parted = /^(?:W(26|34)[:\s]\s*)?([0-9]{1,5})\s*[,/:\s-]\s*([0-9]{1,5})$/iu.exec(plain);
  if (parted !== null) return readParted(parted[1], Number(parted[2]), Number(parted[3]), plain.includes(','));
  if (/^[0-9]+$/u.test(plain)) return readDigits(plain);
  const hex = plain.replace(/^0x/iu, '').replaceAll(/[\s:-]/gu, '');
  return /^[0-9a-f]{1,32}$/iu.test(hex) ? [readHex(hex)] : [];
}

/** A text in a place for plates that can only be a card: `0x…`, `W26:…`, `qr:…`, `213,02000`, `123/4567`, a key of the list. */
export function isClearlyCard(text: string): boolean {
  const plain = text.normalize('NFKC').trim();
  return /^(0x[0-9a-f]+|W(26|34)\s*:.*|qr:.*|card:[0-9]+:.*|(W(26|34)\s+)?[0-9]{1,5}\s*[,/]\s*[0-9]{1,7})$/isu.test(
    plain,
  );
}

/** The notations in which people know a card, for a learn page; null where the card is too wide for one. */
export function cardNotations(card: CardId): { hex: string; decimal: string; threeFive: string | null } {
  const number = BigInt(`0x${card.value}`);
  const facility = Number((number >> 16n) & 0xffn);
  const threeFive = `${pad(facility, 3)},${pad(Number(number & 0xffffn), 5)}`;
  return {
    hex: card.value.toUpperCase().padStart(Math.ceil(card.bits / 4), '0'),
    decimal: number.toString().padStart(10, '0'),
    threeFive: number < 1n << 24n ? threeFive : null,
  };
}

/** Keeps every zero, is read one way only by `readCardText`, and no spreadsheet takes it for a number. */
export function writtenCard({ bits, value }: CardId): string {
  return `0x${value.toUpperCase().padStart(Math.ceil(bits / 4), '0')}`;
}

function sameNumberKeys(card: CardId): readonly string[] {
  const needed = bitLength(card.value);
  const others = widths.filter((width) => width !== card.bits && width >= needed);
  return [card.bits, ...others].map((width) => cardKey(width, card.value));
}

function readParted(
  wiegand: string | undefined,
  facility: number,
  card: number,
  comma: boolean,
): readonly CardReading[] {
  const bits = wiegand === '34' || (wiegand === undefined && facility > 255) ? 32 : 24;
  if (facility >= 2 ** (bits - 16) || card > 65_535) return [];
  return [{ notation: comma ? 'threeFive' : 'facilityCard', bits, value: (facility * 65_536 + card).toString(16) }];
}

function readDigits(digits: string): readonly CardReading[] {
  const readings: CardReading[] = [];
  if (digits.length === 8) {
    const facility = Number(digits.slice(0, 3));
    const card = Number(digits.slice(3));
    if (facility <= 255 && card <= 65_535) {
      readings.push({ notation: 'threeFive', bits: 24, value: (facility * 65_536 + card).toString(16) });
    }
  }
  if (digits.length <= 20) {
    const value = BigInt(digits).toString(16);
    const bits = widthFor(Math.max(32, bitLength(value)));
    if (bits !== null) readings.push({ notation: 'decimal', bits, value });
  }
  if (hexLengths.has(digits.length)) readings.push(readHex(digits));
  return readings;
}

function readHex(hex: string): CardReading {
  const value = hex.toLowerCase().replace(/^0+(?=.)/u, '');
  // Wider than any card: the fingerprint of a QR code, which a reader gives as 128 bits.
  return { notation: 'hex', bits: widthFor(Math.max(24, hex.length * 4)) ?? bitsLimit, value };
}

function widthFor(bits: number): number | null {
  return widths.find((width) => width >= bits && width !== 35) ?? null;
}

function bitLength(hex: string): number {
  const first = Number.parseInt(hex.charAt(0), 16);
  return first === 0 ? 0 : (hex.length - 1) * 4 + (32 - Math.clz32(first));
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
