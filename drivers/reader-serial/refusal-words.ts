/** Why something that a reader sent is no card. */
import type { Text } from '../../src/core/values.ts';
import type { Noise } from './framing.ts';

export type RefusalReason = Noise | 'otherCommand';

export const refusalWords: Readonly<Record<RefusalReason, Text>> = {
  stray: { zh: '帧外的字节', en: 'bytes outside any frame' },
  torn: { zh: '帧不完整或长度不符', en: 'frames cut off, or of another length' },
  rest: { zh: '断开的帧的剩余部分', en: 'what followed a frame that was cut off' },
  tooSoon: {
    zh: '距上一次读取太近，可能是其剩余部分',
    en: 'too soon after another reading, whose rest it may be',
  },
  tooLong: { zh: '超过最长的帧', en: 'longer than any frame' },
  checksum: { zh: '校验和错误', en: 'wrong checksum' },
  parity: { zh: '韦根奇偶校验错误', en: 'wrong Wiegand parity' },
  bitCount: { zh: '不是已知位数的韦根帧', en: 'no Wiegand frame of a known number of bits' },
  digits: {
    zh: '字符或其个数与设置的写法不符',
    en: 'other characters, or another number of them, than the set format has',
  },
  unreadable: { zh: '按设置的写法不是卡号', en: 'frames that are no card in the set format' },
  otherCommand: {
    zh: '完整的帧，但命令字或长度不是读卡（profile 的 only）',
    en: 'whole frames of another command or length than a card has (`only` of the profile)',
  },
};

/** The frame has the form of the profile, and its sum does not hold. */
export const damages: ReadonlySet<string> = new Set<RefusalReason>(['checksum', 'parity']);
