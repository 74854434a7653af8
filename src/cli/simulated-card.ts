/** The card that a dry run takes for shown: the written number at the width in which the reader of the lane gives cards. */
import { canonicalCard, type CardId, cutCard } from '../core/credential/card.ts';
import { writtenQrText } from '../core/credential/qr-text.ts';
import { readerFor, type SimulationRequest } from '../runtime/rehearsal.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import type { Settings } from './settings.ts';
import { plain } from './text-layout.ts';
import { cardsWritten, keyWritten } from './written-card.ts';

/** Shape of `card` in `--json`. */
export interface JudgedCard {
  readonly bits: number;
  /** What the bits are from: `--bits`, a notation that tells them (`card:40:…`, `qr:…`), the reader's settings, the usual width of the notation. */
  readonly from: 'option' | 'written' | 'reader' | 'notation';
  /** Bits that the written number says. */
  readonly writtenBits: number;
  /** Of the lane and direction; null where there is none, or where its cards are not all as wide. */
  readonly reader: string | null;
  readonly readerBits: number | null;
}

export interface SimulatedCard {
  readonly card: CardId;
  readonly judged: JudgedCard;
}

/** @throws Failure for what is no card, or does not fit the bits */
export function simulatedCard(
  text: string,
  bits: number | null,
  request: SimulationRequest,
  settings: Settings,
): SimulatedCard {
  const readings = cardsWritten(text);
  const usual = readings.find((candidate) => candidate.bits === bits) ?? readings[0];
  if (usual === undefined) throw noCard(text);
  const { reader, readerBits } = readerOf(request, settings);
  const told = { writtenBits: usual.bits, reader, readerBits };
  if (bits !== null) {
    const card = canonicalCard(bits, usual.value);
    if (card === null) throw noCard(text);
    return { card, judged: { bits, from: 'option', ...told } };
  }
  const card = { bits: usual.bits, value: usual.value };
  // No reader cuts the text of a QR code.
  if (writtenQrText(text) !== null || keyWritten(text) !== null)
    return { card, judged: { bits: card.bits, from: 'written', ...told } };
  if (readerBits === null) return { card, judged: { bits: card.bits, from: 'notation', ...told } };
  const given = canonicalCard(readerBits, card.value) ?? cutCard(card, readerBits);
  return { card: given, judged: { bits: given.bits, from: 'reader', ...told } };
}

function noCard(text: string): Error {
  return said(
    exitCodes.usage,
    `"${plain(text)}" 不是卡号，或位数不够`,
    `"${plain(text)}" is no card number, or does not fit the bits`,
  );
}

function readerOf(
  request: SimulationRequest,
  { configuration, drivers }: Settings,
): Pick<JudgedCard, 'reader' | 'readerBits'> {
  const { site, field } = configuration.running;
  const reader = site === null ? null : readerFor(site, request);
  const device = field.devices.find(({ id }) => id === reader);
  const rules = drivers.find(({ driver }) => driver.name === device?.driver)?.driver.cards;
  // The configuration passed this driver's own schema.
  return { reader, readerBits: rules?.bits(device?.config as never) ?? null };
}

export function judgedText({ judged }: SimulatedCard, { say }: Settings): string {
  const { bits, from, writtenBits, reader, readerBits } = judged;
  const why = {
    option: say('按 --bits', 'by --bits'),
    written: say('按写法', 'as it is written'),
    reader: say(`按读卡器 ${reader} 的设置`, `by the settings of the reader ${reader}`),
    notation: say(
      '按写法通常的位数；读卡器的位数不定',
      'as usual for the notation; the bits of the reader are not known',
    ),
  }[from];
  const line = say(`卡：按 ${bits} 位判定（${why}）`, `card: judged by ${bits} bits (${why})`);
  const learn = reader === null ? 'gatehouse learn' : `gatehouse learn ${reader}`;
  if (from === 'reader' && writtenBits < bits)
    return `${line}\n${say(
      `! 写出的只有低 ${writtenBits} 位，高 ${bits - writtenBits} 位当作 0；真卡的高位若不是 0 就是另一个号码。用 ${learn} 看完整号码`,
      `! only the low ${writtenBits} bits are written, the ${bits - writtenBits} above are taken for 0; a tag that has others is another card. "${learn}" shows the whole number`,
    )}`;
  if (from === 'reader' && writtenBits > bits)
    return `${line}\n${say(
      `! 写出的有 ${writtenBits} 位，读卡器只给低 ${bits} 位`,
      `! ${writtenBits} bits are written, of which the reader gives the low ${bits}`,
    )}`;
  if (readerBits !== null && readerBits !== bits)
    return `${line}\n${say(`! 读卡器 ${reader} 给出的是 ${readerBits} 位`, `! the reader ${reader} gives ${readerBits} bits`)}`;
  return line;
}
