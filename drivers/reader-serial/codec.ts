/** A reader's bytes to cards by its profile, pure: framing, checksum, place, notation (protocols.md §5.1, §5.2). Never throws. */
import type { CardFormat } from '../../src/core/presentation.ts';
import { decodeText } from '../../src/wire/gbk.ts';
import { qrCardOf, readableQrText } from '../../src/wire/qr-text.ts';
import { bitsOfHex, readWiegand, reversedBytes } from '../../src/wire/wiegand.ts';
import { type Noise, Framing, type Piece } from './framing.ts';
import type { Profile } from './profile.ts';

export interface CardSeen {
  readonly kind: 'card';
  readonly bits: number;
  /** Lower-case hexadecimal without leading zeros. */
  readonly value: string;
  readonly format: CardFormat;
  /** What a QR code says, where it is no number; `value` is then the first 128 bits of its SHA-256. */
  readonly text?: string | undefined;
}

export type Heard =
  | CardSeen
  /** A keypad's key: part of somebody's code, so which one it was goes nowhere. */
  | { readonly kind: 'key' }
  /** A good frame that carries no card. */
  | { readonly kind: 'other' }
  | { readonly kind: 'noise'; readonly why: Noise };

const textBits = 128;
/** Keys typed faster than the silence that ends them. */
export const keysAtOnce = 8;

export class ReaderCodec {
  readonly #profile: Profile;
  readonly #framing: Framing;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.#framing = new Framing({
      frame: profile.frame,
      silenceMs: profile.silence,
      isSound: (frame) => isSound(frame, profile.check),
      // A rest after keys is found out by its length alone.
      isAlone: (tail) => hasOneLength(profile.value) && isTyped(tail, profile),
    });
  }

  /** When `silent` must be called if no byte comes before; `null` while nothing waits. */
  get dueAt(): number | null {
    return this.#framing.dueAt;
  }

  push(bytes: Uint8Array, at: number): readonly Heard[] {
    return this.#framing.push(bytes, at).map((piece) => this.#read(piece));
  }

  silent(): readonly Heard[] {
    return this.#framing.silent().map((piece) => this.#read(piece));
  }

  reset(): void {
    this.#framing.reset();
  }

  #read(piece: Piece): Heard {
    if (piece.kind === 'noise') return piece;
    if (piece.kind === 'tail')
      return isTyped(piece.bytes, this.#profile) ? { kind: 'key' } : { kind: 'noise', why: 'torn' };
    return readFrame(piece.bytes, this.#profile);
  }
}

function isTyped(tail: Uint8Array, { keypad }: Profile): boolean {
  return keypad && tail.length <= keysAtOnce && tail.every(isKey);
}

function hasOneLength({ as, digits, frameBits }: Profile['value']): boolean {
  if (as === 'wiegandText' || as === 'wiegandHex') return frameBits !== undefined;
  return as === 'threeFive' || ((as === 'decimal' || as === 'hex') && digits !== undefined);
}

/** What one whole frame with a good checksum says. */
export function readFrame(frame: Uint8Array, profile: Profile): Heard {
  const { only, value } = profile;
  if (only !== undefined && (frame.at(only.at) !== only.equals || frame.length <= only.longerThan))
    return { kind: 'other' };
  const part = frame.slice(value.from, value.to);
  switch (value.as) {
    case 'number':
      return numberCard(hexOf(part), part.length * 8, 'hex', profile);
    case 'wiegandText':
      return wiegandCard(wiegandText(latin(part), value.frameBits), profile);
    case 'wiegandHex':
    case 'wiegandBytes':
      return wiegandCard(wiegandBits(frame, part, profile), profile);
    case 'text':
      return textCard(part, profile);
    default:
      return digitsCard(latin(part).trim(), value.as, profile);
  }
}

function digitsCard(text: string, as: 'decimal' | 'threeFive' | 'hex', profile: Profile): Heard {
  const { digits } = profile.value;
  if (as === 'threeFive') {
    const parts = /^(\d{3}),?(\d{5})$/u.exec(text);
    if (parts === null) return otherDigits;
    const [facility, card] = [Number(parts[1]), Number(parts[2])];
    if (facility > 255 || card > 65_535) return unreadable;
    return numberCard((facility * 65_536 + card).toString(16), 24, 'decimal', profile);
  }
  if (digits !== undefined && text.length !== digits) return otherDigits;
  if (as === 'hex') {
    const least = digits ?? Math.ceil((profile.bits ?? 1) / 4);
    if (!/^[0-9a-f]{1,32}$/iu.test(text) || text.length < least) return otherDigits;
    return numberCard(text, Math.ceil(text.length / 2) * 8, 'hex', profile);
  }
  if (!/^\d{1,20}$/u.test(text)) return otherDigits;
  return numberCard(BigInt(text).toString(16), text.length <= 10 ? 32 : 64, 'decimal', profile);
}

function wiegandCard(frame: string | null, profile: Profile): Heard {
  if (frame === null) return otherBits;
  const read = readWiegand(frame);
  if (read.kind === 'key') return { kind: 'key' };
  if (read.kind === 'badParity') return { kind: 'noise', why: 'parity' };
  if (read.kind === 'unknownLength') return otherBits;
  return numberCard(read.value, read.bits, read.format.format, profile);
}

/** The frame where its length is one that was said, or has parity to prove it: 32 bits of a longer frame prove nothing. */
function wiegandText(bits: string, said: number | undefined): string | null {
  const isKeyOrSaid = bits.length === (said ?? bits.length) || bits.length === 4 || bits.length === 8;
  return isKeyOrSaid && (bits.length !== 32 || said === 32) ? bits : null;
}

/** A whole Wiegand frame in digits or bytes: of the bits that the frame tells, or that the profile says. */
function wiegandBits(frame: Uint8Array, part: Uint8Array, { frame: framing, value }: Profile): string | null {
  const told = framing.by === 'counted' && framing.counts === 'bits' ? frame[framing.lengthAt] : undefined;
  const hex = value.as === 'wiegandHex' ? latin(part).trim() : hexOf(part);
  const bits = value.frameBits ?? told;
  if (bits === undefined || (value.as === 'wiegandHex' && !holdsJust(bits, hex.length, value.align))) return null;
  return bitsOfHex(hex, bits, value.align);
}

/** So many digits hold the bits and no more: whole digits, or whole bytes; from the left only bytes, or a lost first digit would not show. */
function holdsJust(bits: number, digits: number, align: Profile['value']['align']): boolean {
  return digits === Math.ceil(bits / 8) * 2 || (align === 'right' && digits === Math.ceil(bits / 4));
}

/**
 * Digits alone are the number that they write, and where silences alone frame them only if their count was said, for the first of
 * them are a number too; any other text is known by 128 bits of the SHA-256 of its NFC form in UTF-8, the
 * same whichever encoding the scanner sends. No card is that wide, and no two texts are found that share one.
 */
function textCard(bytes: Uint8Array, profile: Profile): Heard {
  const decoded = decodeText(bytes, null);
  const text = decoded === null ? null : readableQrText(decoded);
  if (text === null) return unreadable;
  const { frame, value } = profile;
  const isCounted = frame.by !== 'run' || frame.length !== undefined;
  const isWhole = value.digits === undefined ? isCounted : text.length === value.digits;
  if (profile.tells !== 'text' && isWhole && /^\d{1,20}$/u.test(text)) {
    const number = digitsCard(text, 'decimal', { ...profile, value: { ...value, digits: undefined } });
    if (number.kind === 'card') return number;
  }
  return { kind: 'card', ...qrCardOf(text), format: 'text', text };
}

function numberCard(hex: string, bits: number, format: CardFormat, profile: Profile): Heard {
  if (bits < 1 || bits > textBits || hex === '') return unreadable;
  const number = BigInt(`0x${hex}`);
  if (number >= 1n << BigInt(bits)) return unreadable;
  const sent = { bits, value: number.toString(16) };
  const card = profile.byteOrder === 'reversed' ? reversedBytes(sent) : sent;
  if (card === null) return unreadable;
  const width = Math.min(card.bits, profile.bits ?? card.bits);
  const value = BigInt.asUintN(width, BigInt(`0x${card.value}`)).toString(16);
  return { kind: 'card', bits: width, value, format: profile.tells ?? format };
}

const unreadable: Heard = { kind: 'noise', why: 'unreadable' };
const otherDigits: Heard = { kind: 'noise', why: 'digits' };
const otherBits: Heard = { kind: 'noise', why: 'bitCount' };

function isSound(frame: Uint8Array, check: Profile['check']): boolean {
  if (check === undefined) return true;
  if (check.by === 'crc16')
    return crc16(frame.subarray(0, -2), check.init) === (frame.at(-2) ?? 0) + 256 * (frame.at(-1) ?? 0);
  const part = frame.slice(check.from, check.to ?? check.at);
  if (check.by === 'sum') return [...part, frame.at(check.at) ?? 0].reduce((sum, one) => sum + one, 0) % 256 === 0;
  if (!check.digits) return xor(part) === frame.at(check.at);
  const at = check.at < 0 ? frame.length + check.at : check.at;
  const told = latin(frame.slice(at, at + 2));
  const digits = latin(part);
  if (!/^[0-9a-f]{2}$/iu.test(told) || !/^([0-9a-f]{2})+$/iu.test(digits)) return false;
  return xor((digits.match(/../gu) ?? []).map((pair) => Number.parseInt(pair, 16))) === Number.parseInt(told, 16);
}

function xor(bytes: Iterable<number>): number {
  let sum = 0;
  for (const one of bytes) sum ^= one;
  return sum;
}

/** Reflected, polynomial 0x8408 (Chafon UHFReader18 manual; ISO/IEC 13239 without the final inversion). */
export function crc16(bytes: Uint8Array, init: number): number {
  let crc = init;
  for (const one of bytes) {
    crc ^= one;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  }
  return crc;
}

/** 0–9, `*`, `#` as text, or 0–11 as a number. */
export function isKey(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2a || byte === 0x23 || byte <= 11;
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
