/** What a reader's settings make of a card, for whoever learns or tries cards; judged by nobody, recorded nowhere. */
import type { EveryReading } from '../core/credential/card-readings.ts';
import type { FitSettings } from './refusals.ts';

/** A reading of a card that the reader has given, as `everyReading` tells it. */
export type ReadingWanted = Pick<EveryReading, 'taken' | 'byteOrder' | 'parity' | 'bits'>;

export interface CardRules<C> {
  /** Pure. Bits of the cards that the reader gives; null where not all of them are as wide. QR texts do not count. */
  bits(config: C): number | null;
  /**
   * Pure. By which keys of the device it would give `wanted` of a card instead of the number that it gives now; null where no
   * keys are known to do so.
   */
  settings(config: C, wanted: ReadingWanted): FitSettings | null;
}
