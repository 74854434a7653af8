/** Core's way to read a plate and a card, for the thread that imports lists: it takes a module, since functions do not cross. */
import { cardKey, plateKey } from '../core/credential/keys.ts';
import { readCardText } from '../core/credential/card.ts';
import { normalisePlate } from '../core/plate/plate.ts';
import type { Normalise } from '../store/csv-columns.ts';

export const normalise: Normalise = {
  plate(raw) {
    const { text } = normalisePlate(raw);
    return text === '' ? null : plateKey(text);
  },
  /** The usual reading of a written number; a site whose cards are written otherwise writes them as hexadecimal. */
  card(raw) {
    const reading = readCardText(raw)[0];
    return reading === undefined ? null : [cardKey(reading.bits, reading.value)];
  },
};
