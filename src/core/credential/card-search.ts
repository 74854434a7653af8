/** Listed cards by any number that a person may read off a card or a learn output: for searching. Opening compares whole numbers only. */
import { type CardId, canonicalCard, cardLookupKeys, readCardText } from './card.ts';
import { everyReading } from './card-readings.ts';
import { type WiegandFormat, type WiegandName, wiegandFormats, wiegandFrame } from './wiegand-formats.ts';

/** How the number that was asked for and the listed one are of one card; `whole` and `asSent`: they are the same number. */
export interface CardMatch {
  readonly taken: 'whole' | 'low32' | 'low24' | WiegandName;
  readonly byteOrder: 'asSent' | 'reversed';
  /** Whose part or reversal the other one is. */
  readonly of: 'listed' | 'asked';
}

export interface CardSearch {
  /** Keys of the list that are known without looking at its rows, the closest first. */
  readonly keys: ReadonlyMap<string, CardMatch>;
  /** Whether a listed card shows the number in one of its own notations; null where it does not. Cheap: for every card of a list. */
  match(listed: CardId): CardMatch | null;
}

/** Whole bytes, in which a card's bytes can be reversed. */
const byteWidths: readonly number[] = [24, 32, 40, 48, 56, 64, 80, 96, 128];
/** Digits alone that are fewer are rooms and ends of plates rather than cards. */
const digitsMin = 6;

/**
 * As `readCardText`, and by the notations of wide cards that a learn output shows: 16 + 19, 12 + 20, decimals above 64 bits,
 * hexadecimal of any whole bytes that happens to have no letters.
 */
export function readSearchedCard(text: string): readonly CardId[] {
  const plain = text.normalize('NFKC').trim();
  const found: (CardId | null)[] = [...readCardText(text)];
  const parted = /^([0-9]{1,5})\s*\/\s*([0-9]{1,7})$/u.exec(plain);
  for (const [facilityBits, cardBits] of [
    [16, 19],
    [12, 20],
  ] as const) {
    const [facility, card] = [Number(parted?.[1]), Number(parted?.[2])];
    if (facility < 2 ** facilityBits && card < 2 ** cardBits)
      found.push(canonicalCard(facilityBits + cardBits, (facility * 2 ** cardBits + card).toString(16)));
  }
  if (/^[0-9]{20,39}$/u.test(plain)) found.push(canonicalCard(128, BigInt(plain).toString(16)));
  if (/^([0-9]{2}){6,16}$/u.test(plain)) found.push(canonicalCard(plain.length * 4, plain));
  return found.filter((card) => card !== null);
}

/** Whether a text says enough to look for parts and reversals of it. */
export function saysWholeCard(text: string): boolean {
  const plain = text.normalize('NFKC');
  return (
    /^\s*[0-9]{1,5}\s*[,/]\s*[0-9]{1,7}\s*$/u.test(plain) || plain.replaceAll(/[^0-9a-f]/giu, '').length >= digitsMin
  );
}

export function searchCards(asked: readonly CardId[]): CardSearch {
  const keys = new Map<string, CardMatch>();
  const add = (card: CardId, match: CardMatch): void => {
    for (const key of cardLookupKeys(card.bits, card.value)) if (!keys.has(key)) keys.set(key, match);
  };
  for (const card of asked) add(card, { taken: 'whole', byteOrder: 'asSent', of: 'listed' });
  const numbers = asked.filter(({ value }) => value !== '0');
  for (const card of numbers)
    for (const { taken, byteOrder, raw } of framesAround(card)) add(raw, { taken, byteOrder, of: 'listed' });
  for (const card of numbers)
    for (const bits of new Set([card.bits, ...byteWidths]))
      for (const { taken, byteOrder, ...reading } of everyReading(bits, card.value))
        if (reading.value !== '0') add(reading, matchOf(plainly(taken), byteOrder));
  const tests = numbers.map(testOf);
  return {
    keys,
    match: ({ bits, value }) => {
      for (const test of tests) {
        const match = test(bits, value);
        if (match !== null) return match;
      }
      return null;
    },
  };
}

/** A whole number reversed is the reversal of either. */
const matchOf = (taken: CardMatch['taken'], byteOrder: CardMatch['byteOrder']): CardMatch => ({
  taken,
  byteOrder,
  of: taken === 'whole' ? 'listed' : 'asked',
});

/** A frame of 32 bits without parity is the number itself. */
const plainly = (taken: CardMatch['taken']): CardMatch['taken'] => (taken === 'W32' ? 'whole' : taken);

/** Hexadecimal digits of a cut, and of every width in which a number's bytes are reversed, made once for a whole list. */
function testOf({ value }: CardId): (bits: number, listed: string) => CardMatch | null {
  const cuts = (
    [
      ['low32', 8],
      ['low24', 6],
    ] as const
  ).flatMap(([taken, digits]) =>
    value.length > digits ? [] : [{ taken, digits, tail: value.padStart(digits, '0'), head: reversed(value, digits) }],
  );
  const wholes = new Map(
    byteWidths.flatMap((width) => (value.length > width / 4 ? [] : [[width / 4, reversed(value, width / 4)] as const])),
  );
  return (bits, listed) => {
    for (const { taken, digits, tail } of cuts)
      if (listed.length > digits && listed.endsWith(tail)) return { taken, byteOrder: 'asSent', of: 'listed' };
    for (const width of byteWidths) {
      const digits = width / 4;
      if (listed.length > digits || (width > 64 && width > bits)) continue;
      const padded = listed.padStart(digits, '0');
      if (padded === wholes.get(digits)) return { taken: 'whole', byteOrder: 'reversed', of: 'listed' };
      for (const cut of cuts)
        if (digits > cut.digits && padded.startsWith(cut.head))
          return { taken: cut.taken, byteOrder: 'reversed', of: 'listed' };
    }
    return null;
  };
}

function reversed(value: string, digits: number): string {
  return (value.padStart(digits, '0').match(/../gu) ?? []).reverse().join('');
}

/** Raw Wiegand frames that carry this number, as a list has them that was learned from a reader of whole frames. */
function framesAround({
  value,
}: CardId): readonly { taken: WiegandName; byteOrder: CardMatch['byteOrder']; raw: CardId }[] {
  return wiegandFormats
    .filter(({ parities }) => parities.length > 0)
    .flatMap((format) =>
      (['asSent', 'reversed'] as const).flatMap((byteOrder) => {
        const raw = frameOf(format, value, byteOrder);
        return raw === null ? [] : [{ taken: format.name, byteOrder, raw }];
      }),
    );
}

function frameOf(format: WiegandFormat, value: string, byteOrder: CardMatch['byteOrder']): CardId | null {
  const { bits } = format.card;
  if (canonicalCard(bits, value) === null || (byteOrder === 'reversed' && bits % 8 !== 0)) return null;
  const hex = byteOrder === 'asSent' ? value : reversed(value, bits / 4);
  const frame = wiegandFrame(format, BigInt(`0x${hex}`));
  return frame === null ? null : canonicalCard(format.length, BigInt(`0b${frame}`).toString(16));
}
