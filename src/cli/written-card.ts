/** A card as a person writes it to a command: every notation of the list, the text of a QR code among them. */
import { canonicalCard, type CardId, readCardText } from '../core/credential/card.ts';
import { judgeQrText, writtenQrText } from '../core/credential/qr-text.ts';
import { qrFlawWords } from '../core/words/qr-words.ts';
import { qrCardOf } from '../wire/qr-text.ts';
import { exitCodes } from './exit-codes.ts';
import { Failure } from './failure.ts';

/** For the help of commands that take a card. */
export const qrNotation =
  "qr:<text> is the text of a QR code, as it stands behind the colon; quote it for the shell: 'qr:…' / qr:<文字> 表示二维码内容，冒号后原样采用，命令行中加引号";

/** A card as `list find` shows it: `card:40:62e3086ced`, its bits and its number. */
export function keyWritten(written: string): CardId | null {
  const parts = /^\s*card:([0-9]{1,3}):([0-9a-f]{1,32})\s*$/iu.exec(written);
  return parts === null ? null : canonicalCard(Number(parts[1]), parts[2] ?? '');
}

/** What may be meant, the likeliest first; empty where no card is written. @throws Failure for a QR text that no reader gives */
export function cardsWritten(written: string): readonly CardId[] {
  const text = writtenQrText(written);
  const key = keyWritten(written);
  if (key !== null) return [key];
  if (text === null) return readCardText(written);
  const judged = judgeQrText(text);
  if (judged.kind === 'refused') throw new Failure(exitCodes.usage, qrFlawWords[judged.why]);
  // A reader takes digits for the number that they write, unless its format is text.
  const asNumber = judged.doubts.includes('qrDigits') ? readCardText(judged.text) : [];
  return [qrCardOf(judged.text), ...asNumber];
}
