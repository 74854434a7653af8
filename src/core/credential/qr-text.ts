/** Texts of QR codes as credentials: what a reader takes for one, how a list names one, and the card that it stands for. Pure. */
import { type CardId, canonicalCard } from './card.ts';

/** Bytes. A QR code holds about 3 kB, and no reader takes more. */
export const qrBytesMax = 3072;
/** Of the text's SHA-256. No card is so wide, so that no text is taken for one. */
const fingerprintBits = 128;

/** Why no reader ever gives such a text. */
export type QrFlaw = 'empty' | 'unreadable' | 'tooLong';
/** What is probably a slip: `qrDigits`: digits alone are a number to a reader, unless its format is text. */
export type QrDoubt = 'qrBlanks' | 'qrUnseen' | 'qrDigits';

export type QrText =
  | { readonly kind: 'readable'; readonly text: string; readonly doubts: readonly QrDoubt[] }
  | { readonly kind: 'refused'; readonly why: QrFlaw };

/** What a reader gives of a decoded text: without byte order mark and line ends behind it, in NFC; null for what is no text. */
export function readableQrText(text: string): string | null {
  const judged = judgeCharacters(text);
  return judged.kind === 'readable' ? judged.text : null;
}

/** The text in a written card, behind `qr:`, as it stands there; null where another kind of card is written. */
export function writtenQrText(written: string): string | null {
  const mark = /^\s*qr[:：]/iu.exec(written);
  return mark === null ? null : written.slice(mark[0].length);
}

/** A text that a person wrote for one that a reader is to find. */
export function judgeQrText(written: string): QrText {
  if (shortestBytes(written) > qrBytesMax) return { kind: 'refused', why: 'tooLong' };
  return judgeCharacters(written);
}

/**
 * The card by which a readable text is known: the first 128 bits of the SHA-256 of its UTF-8.
 * @param sha256 in hexadecimal, of the text in UTF-8; no room below may compute it
 */
export function qrCard(text: string, sha256: (text: string) => string): CardId {
  const card = canonicalCard(fingerprintBits, sha256(text).slice(0, fingerprintBits / 4));
  if (card === null) throw new TypeError('sha256 gave no hexadecimal');
  return card;
}

function judgeCharacters(written: string): QrText {
  // A byte order mark is a sign of the encoding, and is gone where the encoding is known.
  const text = written
    .replace(/^\ufeff/u, '')
    .replace(/[\r\n]+$/u, '')
    .normalize('NFC');
  if (text === '') return { kind: 'refused', why: 'empty' };
  if (/(?![\t\r\n])\p{Cc}|\ufffd/u.test(text)) return { kind: 'refused', why: 'unreadable' };
  const doubts: QrDoubt[] = [];
  if (text !== text.trim()) doubts.push('qrBlanks');
  if (/[\t\r\n]|\p{Cf}/u.test(text)) doubts.push('qrUnseen');
  if (/^\d{1,20}$/u.test(text)) doubts.push('qrDigits');
  return { kind: 'readable', text, doubts };
}

/** GBK has two bytes where UTF-8 has three; which of them a code holds is not known. */
function shortestBytes(text: string): number {
  let bytes = 0;
  for (const one of text) bytes += one < '\u0080' ? 1 : one.length * 2;
  return bytes;
}
