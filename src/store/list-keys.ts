/** Core's rules for what a written plate or card stands for, as imports take them; threads load this module by its address. */
import { hash } from 'node:crypto';
import { isClearlyCard, readCardText, writtenCard } from '../core/credential/card.ts';
import { cardKey, plateKey } from '../core/credential/keys.ts';
import { judgeQrText, qrCard, writtenQrText } from '../core/credential/qr-text.ts';
import { normalisePlate } from '../core/plate/plate.ts';
import type { Normalise } from './csv-columns.ts';

/** For `runChore({ kind: 'importCsv', normaliseModule })`. */
export const listKeysModule = import.meta.url;

export const normalise: Normalise = {
  plate: (raw) => {
    // A foreign plate is any text, so that a card in the wrong column would pass for one.
    if (isClearlyCard(raw)) return null;
    const { text, kind } = normalisePlate(raw);
    if (kind === 'none') return null;
    // A text with 汉字 that fits no Chinese pattern is a slip of the pen, not a foreign plate.
    if (kind === 'foreign' && (text.length < 3 || /\p{Script=Han}/u.test(text))) return null;
    return plateKey(text);
  },
  // Only the usual reading: storing every reading of some digits would admit the cards that the others name.
  card: (raw) => {
    const reading = readCardText(raw)[0];
    return reading === undefined ? null : [cardKey(reading.bits, reading.value)];
  },
  qrText: (raw) => {
    const written = writtenQrText(raw);
    if (written === null) return null;
    const judged = judgeQrText(written);
    if (judged.kind === 'refused') return judged;
    return { kind: 'card', card: writtenCard(qrCard(judged.text, sha256)), doubts: judged.doubts };
  },
};

const sha256 = (text: string): string => hash('sha256', text);
