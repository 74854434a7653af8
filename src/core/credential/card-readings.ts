/** Every reading that one heard card allows, for a learn output: which notation is printed on it is for a person to see (protocols.md §5.1). */
import { type CardId, canonicalCard, cardNotations, cutCard } from './card.ts';
import { parityHolds, payloadOf, type WiegandName, wiegandFormats } from './wiegand-formats.ts';

export interface EveryReading extends CardId {
  /** `whole`: the number as it is; `low32`, `low24`: what a narrower reader would send; else the Wiegand frame it was taken for. */
  readonly taken: 'whole' | 'low32' | 'low24' | WiegandName;
  readonly byteOrder: 'asSent' | 'reversed';
  /** `none` where the format has no parity. Readings with `bad` parity are told, since a reader may be set to another format. */
  readonly parity: 'good' | 'bad' | 'none';
  /** Upper case, padded to the width. */
  readonly hex: string;
  /** At least ten digits. */
  readonly decimal: string;
  /** `213,02000`; null above 24 bits. */
  readonly threeFive: string | null;
  /** `123/4567`: of 24 bits 8 + 16, of 32 bits 16 + 16 (C1k35s 12 + 20), of 35 bits 16 + 19 (H10304); null for other widths. */
  readonly facilityCard: string | null;
}

/** Widths that are raw frames and no card's own: a cut of one, parity in it, is no number that anybody knows. */
const rawLengths: ReadonlySet<number> = new Set([26, 34, 37, 66]);
/** Bits of the card number in a width that is usually told as facility and card. */
const cardBitsOf: ReadonlyMap<number, number> = new Map([
  [24, 16],
  [32, 16],
  [35, 19],
]);

/**
 * Every reading of a heard card or raw Wiegand frame, the likeliest first: frames whose parity holds, the number as it is, its
 * lower bits, the same with its bytes reversed, and frames whose parity does not hold. No reading stands twice.
 * @param bits significant bits of the value, parity included where it is a raw frame
 * @param valueHex hexadecimal, leading zeros or none, either case; the first sent bit is the highest
 * @returns empty where the value is not hexadecimal or does not fit the bits
 */
export function everyReading(bits: number, valueHex: string): readonly EveryReading[] {
  const whole = canonicalCard(bits, valueHex);
  if (whole === null) return [];
  const readings: EveryReading[] = [];
  const seen = new Set<string>();
  const add = (reading: EveryReading): void => {
    const key = `${reading.bits}:${reading.value}:${reading.facilityCard ?? ''}`;
    if (seen.has(key)) return;
    seen.add(key);
    readings.push(reading);
  };
  const frames = framesOf(whole);
  for (const frame of frames) if (frame.parity !== 'bad') addBothOrders(frame, add);
  addBothOrders({ ...whole, taken: 'whole', parity: 'none' }, add);
  for (const frame of frames) if (frame.parity === 'bad') addBothOrders(frame, add);
  return readings;
}

type Taken = CardId & Pick<EveryReading, 'taken' | 'parity'>;

function framesOf(whole: CardId): readonly Taken[] {
  const frame = BigInt(`0x${whole.value}`).toString(2).padStart(whole.bits, '0');
  return wiegandFormats
    .filter(({ length }) => length === whole.bits)
    .map((format) => ({
      ...payloadOf(format, frame),
      taken: format.name,
      parity: format.parities.length === 0 ? 'none' : parityHolds(format, frame) ? 'good' : 'bad',
    }));
}

function addBothOrders(taken: Taken, add: (reading: EveryReading) => void): void {
  const reversed = reversedBytes(taken);
  for (const [card, byteOrder] of [
    [taken, 'asSent'],
    [reversed, 'reversed'],
  ] as const) {
    if (card === null) continue;
    add(readingOf({ ...taken, ...card }, byteOrder));
    if (taken.taken === 'whole' && rawLengths.has(card.bits)) continue;
    if (card.bits > 32) add(readingOf({ ...cutCard(card, 32), taken: 'low32', parity: taken.parity }, byteOrder));
    if (card.bits > 24) add(readingOf({ ...cutCard(card, 24), taken: 'low24', parity: taken.parity }, byteOrder));
  }
}

function readingOf({ bits, value, taken, parity }: Taken, byteOrder: EveryReading['byteOrder']): EveryReading {
  const cardBits = taken === 'C1k35s' ? 20 : cardBitsOf.get(bits);
  const number = BigInt(`0x${value}`);
  const facilityCard =
    cardBits === undefined ? null : `${number >> BigInt(cardBits)}/${BigInt.asUintN(cardBits, number)}`;
  return { bits, value, taken, byteOrder, parity, ...cardNotations({ bits, value }), facilityCard };
}

/** The same card from a reader that sends its low byte first; null where the bits are no whole bytes. */
export function reversedBytes({ bits, value }: CardId): CardId | null {
  if (bits % 8 !== 0) return null;
  const bytes = value.padStart(bits / 4, '0').match(/../gu) ?? [];
  return canonicalCard(bits, bytes.reverse().join(''));
}
