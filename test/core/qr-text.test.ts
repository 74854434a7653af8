import { describe, expect, it } from 'vitest';
import { canonicalCard, readCardText, writtenCard } from '../../src/core/credential/card.ts';
import { judgeQrText, qrBytesMax, qrCard, readableQrText, writtenQrText } from '../../src/core/credential/qr-text.ts';
import { qrDoubtWords, qrFlawWords } from '../../src/core/words/qr-words.ts';

describe('a written card that names a QR text', () => {
  it.each([
    ['qr:abc', 'abc'],
    ['QR:abc', 'abc'],
    [' qr：门票 7', '门票 7'],
    ['qr: abc ', ' abc '],
    ['qr:', ''],
    ['qr:qr:x', 'qr:x'],
  ])('%j means the text %j, as it stands behind the colon', (written, text) => {
    expect(writtenQrText(written)).toBe(text);
  });

  it.each(['0013961168', '213,02000', 'qr', 'q r:x', 'xqr:x', ''])('%j names none', (written) => {
    expect(writtenQrText(written)).toBeNull();
  });
});

describe('a QR text that a person wrote', () => {
  const doubts = (text: string) => {
    const judged = judgeQrText(text);
    return judged.kind === 'readable' ? judged.doubts : judged.why;
  };

  it.each([
    ['https://pass.example/7?户=7栋', []],
    ['pass-7\r\n', []],
    [' pass-7', ['qrBlanks']],
    ['pass-7\u3000', ['qrBlanks']],
    ['pass\t7', ['qrUnseen']],
    ['pass\n7', ['qrUnseen']],
    ['pass\u200b7', ['qrUnseen']],
    ['0013961168', ['qrDigits']],
    ['1'.repeat(21), []],
    ['', 'empty'],
    ['\r\n', 'empty'],
    ['pass\u00007', 'unreadable'],
    ['\u001b[2J', 'unreadable'],
    ['pass\ufffd', 'unreadable'],
    ['a'.repeat(qrBytesMax), []],
    ['a'.repeat(qrBytesMax + 1), 'tooLong'],
    ['栋'.repeat(qrBytesMax / 2), []],
    ['栋'.repeat(qrBytesMax / 2 + 1), 'tooLong'],
  ])('%j is told as %j', (text, told) => {
    expect(doubts(text)).toEqual(told);
  });

  it('has words in both languages for all that is told of it', () => {
    for (const { zh, en } of [...Object.values(qrFlawWords), ...Object.values(qrDoubtWords)]) {
      expect(zh).toMatch(/\p{Script=Han}/u);
      expect(en).toMatch(/^[\x20-\x7e]+$/);
    }
  });
});

describe('the card of a QR text', () => {
  const sha256 = () => `000f${'a'.repeat(60)}`;

  it('is the first 128 bits of the hash, and is written so that it reads back as the same card', () => {
    const card = qrCard('x', sha256);
    expect(card).toEqual({ bits: 128, value: `f${'a'.repeat(28)}` });
    const written = writtenCard(card);
    expect(written).toBe(`0x000F${'A'.repeat(28)}`);
    expect(readCardText(written)).toEqual([{ notation: 'hex', ...card }]);
  });

  it('reads back although its hash has decimal digits only, or looks like a number of a spreadsheet', () => {
    for (const digits of ['12345678901234567890123456789012', '1e345678901234567890123456789012']) {
      const card = canonicalCard(128, digits);
      expect(card).not.toBeNull();
      if (card !== null) expect(readCardText(writtenCard(card))).toEqual([{ notation: 'hex', ...card }]);
    }
  });

  it('is one whichever way a letter is composed, and another for another case or blank', () => {
    expect(readableQrText('e\u0301')).toBe('\u00e9');
    expect(readableQrText('\u00e9\r\n')).toBe('\u00e9');
    expect(readableQrText('A')).not.toBe(readableQrText('a'));
    expect(readableQrText('a ')).not.toBe(readableQrText('a'));
  });
});
