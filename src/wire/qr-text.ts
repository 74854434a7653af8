/** Texts of QR codes: `core/credential/qr-text.ts` with the hash that the core may not compute. */
import { qrCard } from '../core/credential/qr-text.ts';
import type { CardId } from '../core/credential/card.ts';
import { hashOf } from './secret.ts';

export { qrBytesMax, readableQrText } from '../core/credential/qr-text.ts';

/** The card by which a readable text is known; the same whichever encoding the scanner sends. */
export function qrCardOf(text: string): CardId {
  return qrCard(text, hashOf);
}
