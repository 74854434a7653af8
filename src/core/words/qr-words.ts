/** What is wrong, or probably wrong, with the text of a QR code that a person wrote. */
import type { QrDoubt, QrFlaw } from '../credential/qr-text.ts';
import type { Text } from '../values.ts';

export const qrFlawWords: Readonly<Record<QrFlaw, Text>> = {
  empty: { zh: 'qr: 后面没有文字', en: 'no text stands behind qr:' },
  unreadable: {
    zh: '含有控制字符或乱码，没有扫码器会送出这样的文字',
    en: 'it holds control characters or lost letters, which no reader gives',
  },
  tooLong: { zh: '超过二维码的容量（约 3 kB）', en: 'it is longer than a QR code (about 3 kB)' },
};

export const qrDoubtWords: Readonly<Record<QrDoubt, Text>> = {
  qrBlanks: {
    zh: '文字首尾有空白，按原样采用：扫码器只去掉末尾的回车换行',
    en: 'the text begins or ends with a blank, and is taken so: a reader drops line ends only',
  },
  qrUnseen: {
    zh: '文字含有制表符、换行或看不见的字符，按原样采用',
    en: 'the text holds a tab, a line end or a character that is not seen, and is taken so',
  },
  qrDigits: {
    zh: '只有数字的二维码，扫码器当作卡号，除非其 format 为 text；是卡号就去掉 qr:',
    en: 'a reader takes digits alone for a card number, unless its format is text; a card number is written without qr:',
  },
};
