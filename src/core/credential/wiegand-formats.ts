/** Wiegand frames: where the card stands in them and what their parity bits cover (protocols.md §5.1; bit 0 is the first sent). */
import type { CardId } from './card.ts';

export type WiegandName = 'H10301' | 'W32' | 'W34' | 'C1k35s' | 'H10302' | 'W66';

interface Parity {
  /** The bit that completes the sum. */
  readonly at: number;
  readonly sum: 'even' | 'odd';
  /** Bits that it covers, itself not among them. */
  readonly over: readonly number[];
}

export interface WiegandFormat {
  readonly name: WiegandName;
  /** As `CardRead.format` says it. */
  readonly format: 'w26' | 'w32' | 'w34' | 'w35' | 'w37' | 'w66';
  /** Bits of the whole frame. */
  readonly length: number;
  /** First bit of the card, and how many bits it has. */
  readonly card: { readonly from: number; readonly bits: number };
  /** Checked in this order; made in the same order by an encoder, since one may cover another. */
  readonly parities: readonly Parity[];
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);
/** Two bits taken, one left out, from `from` on. */
const twoOfThree = (from: number, to: number): readonly number[] => range(from, to).filter((at) => (at - from) % 3 < 2);
const halves = (even: readonly number[], odd: readonly number[], last: number): readonly Parity[] => [
  { at: 0, sum: 'even', over: even },
  { at: last, sum: 'odd', over: odd },
];

export const wiegandFormats: readonly WiegandFormat[] = [
  {
    ...{ name: 'H10301', format: 'w26', length: 26, card: { from: 1, bits: 24 } },
    parities: halves(range(1, 12), range(13, 24), 25),
  },
  { name: 'W32', format: 'w32', length: 32, card: { from: 0, bits: 32 }, parities: [] },
  {
    ...{ name: 'W34', format: 'w34', length: 34, card: { from: 1, bits: 32 } },
    parities: halves(range(1, 16), range(17, 32), 33),
  },
  {
    ...{ name: 'C1k35s', format: 'w35', length: 35, card: { from: 2, bits: 32 } },
    parities: [
      { at: 1, sum: 'even', over: twoOfThree(2, 33) },
      { at: 34, sum: 'odd', over: twoOfThree(1, 33) },
      { at: 0, sum: 'odd', over: range(1, 34) },
    ],
  },
  {
    // H10302 (one number of 35 bits) and H10304 (16 + 19) are one frame; bit 18 is covered by both parities.
    ...{ name: 'H10302', format: 'w37', length: 37, card: { from: 1, bits: 35 } },
    parities: halves(range(1, 18), range(18, 35), 36),
  },
  {
    ...{ name: 'W66', format: 'w66', length: 66, card: { from: 1, bits: 64 } },
    parities: halves(range(1, 32), range(33, 64), 65),
  },
];

export type WiegandReading =
  | ({ readonly kind: 'card'; readonly format: WiegandFormat } & CardId)
  /** A keypad's key: 0–9, 10 for `*`, 11 for `#`; no card. */
  | { readonly kind: 'key'; readonly key: number }
  | { readonly kind: 'badParity'; readonly format: WiegandFormat }
  | { readonly kind: 'unknownLength' };

/** What a frame of '0' and '1' says. Never throws; anything but these two characters is of unknown length. */
export function readWiegand(frame: string): WiegandReading {
  if (!/^[01]{1,128}$/u.test(frame)) return { kind: 'unknownLength' };
  if (frame.length === 4 || frame.length === 8) return readKey(frame);
  const format = wiegandFormats.find(({ length }) => length === frame.length);
  if (format === undefined) return { kind: 'unknownLength' };
  if (!parityHolds(format, frame)) return { kind: 'badParity', format };
  return { kind: 'card', format, ...payloadOf(format, frame) };
}

/** The card of a frame whether its parity holds or not; for a learn output only. */
export function payloadOf({ card }: WiegandFormat, frame: string): CardId {
  const value = BigInt(`0b${frame.slice(card.from, card.from + card.bits)}`).toString(16);
  return { bits: card.bits, value };
}

export function parityHolds(format: WiegandFormat, frame: string): boolean {
  return format.parities.every((parity) => frame.charAt(parity.at) === parityBit(parity, frame));
}

/** The bit that `parity.at` must have. */
function parityBit({ over, sum }: Parity, frame: string): '0' | '1' {
  const ones = over.filter((at) => frame.charAt(at) === '1').length;
  return (ones % 2 === 1) === (sum === 'even') ? '1' : '0';
}

/** The frame of a card, parity made; null where the value does not fit. The other way round: `readWiegand`. */
export function wiegandFrame({ length, card, parities }: WiegandFormat, value: bigint): string | null {
  const payload = value.toString(2).padStart(card.bits, '0');
  if (value < 0n || payload.length > card.bits) return null;
  let frame = '0'.repeat(card.from) + payload + '0'.repeat(length - card.from - card.bits);
  for (const parity of parities) {
    frame = frame.slice(0, parity.at) + parityBit(parity, frame) + frame.slice(parity.at + 1);
  }
  return frame;
}

/** Four bits are the key; eight are its complement and the key, which proves them (protocols.md §5.1). */
function readKey(frame: string): WiegandReading {
  const key = Number.parseInt(frame.slice(-4), 2);
  const isProved = frame.length === 4 || Number.parseInt(frame.slice(0, 4), 2) === (~key & 0xf);
  return isProved ? { kind: 'key', key } : { kind: 'unknownLength' };
}
