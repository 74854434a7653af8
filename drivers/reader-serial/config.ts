/** What a technician writes for one reader. */
import { type DeviceTraits, type Doubt, z } from '../../src/contract/driver.ts';
import { duration } from '../../src/contract/duration.ts';
import { unfit } from '../../src/contract/unfit.ts';
import { type Profile, profileSchema, valueKinds } from './profile.ts';

export const configSchema = z
  .strictObject({
    profile: profileSchema.describe('Kind of the reader: a name in profiles/, or its numbers written here.'),
    format: z
      .enum(valueKinds)
      .optional()
      .describe('How the card is written in the frame, where this reader is set otherwise than its profile says.'),
    frameBits: z
      .number()
      .int()
      .min(4)
      .max(66)
      .optional()
      .describe(
        'Bits of the Wiegand frame, parity included, where the converter does not tell them: 26, 32, 34, 35, 37, 66. Bits as text need it for 32 alone, which have no parity.',
      ),
    byteOrder: z
      .enum(['asSent', 'reversed'])
      .optional()
      .describe('reversed: the reader sends the low byte first (低位在前). `gatehouse learn` shows both.'),
    bits: z
      .number()
      .int()
      .min(8)
      .max(128)
      .optional()
      .describe('Only so many low bits of the card count, e.g. 24 where the list has the printed 3+5 number.'),
    releaseAfter: duration({ min: '200ms', max: '1m' })
      .prefault('1s')
      .describe('A card counts as read anew once it was away this long, 0.2..60 s.'),
  })
  .superRefine((config, context) => {
    const { value, frame } = profileOf(config);
    const isTold = frame.by === 'counted' && frame.counts === 'bits';
    if ((value.as === 'wiegandHex' || value.as === 'wiegandBytes') && value.frameBits === undefined && !isTold) {
      unfit(
        context,
        ['frameBits'],
        { zh: '不知道韦根帧有几位', en: 'the bits of the Wiegand frame are not known' },
        {
          zh: '看读卡器说明书写 26、32、34、35、37 或 66，例如 frameBits: 26',
          en: "write 26, 32, 34, 35, 37 or 66, as the reader's manual says, e.g. frameBits: 26",
        },
      );
    }
  });

export type ReaderConfig = z.output<typeof configSchema>;

/** The profile with what the site says of this one reader put in. */
export function profileOf(
  config: Pick<ReaderConfig, 'profile' | 'format' | 'frameBits' | 'byteOrder' | 'bits'>,
): Profile {
  const { profile, format, frameBits, byteOrder, bits } = config;
  const isOther = format !== undefined && format !== profile.value.as;
  const value = {
    ...profile.value,
    ...(isOther ? { as: format, digits: undefined } : {}),
    ...(frameBits === undefined ? {} : { frameBits }),
  };
  return {
    ...profile,
    value,
    byteOrder: byteOrder ?? profile.byteOrder,
    bits: bits ?? (isOther ? undefined : profile.bits),
    // A word that the site has chosen holds for digits too: `format: text` is for QR codes only that must be no cards.
    tells: format === 'text' ? 'text' : isOther ? undefined : profile.tells,
  };
}

export function traitsOf(config: ReaderConfig): DeviceTraits {
  const baud = /^(\d{3,6}) \d[NEO]\d/.exec(config.profile.port ?? '')?.[1];
  return {
    ...{ inputs: [], portal: null, outputs: [], unit: null, polls: [] },
    baud: baud === undefined ? undefined : Number(baud),
    doubts: doubtsOf(config),
  };
}

function doubtsOf(config: ReaderConfig): readonly Doubt[] {
  const { as } = profileOf(config).value;
  if (config.frameBits === undefined || as.startsWith('wiegand')) return [];
  return [
    {
      path: ['frameBits'],
      aim: 'key',
      text: {
        zh: `frameBits 不起作用：按 ${as} 读的卡自己带着位数`,
        en: `frameBits does nothing: a card read as ${as} tells its own length`,
      },
      advice: {
        zh: '删掉 frameBits；转换器送整帧字节时另写 format: wiegandHex 或 wiegandBytes',
        en: 'delete frameBits; where the converter sends the whole frame, write format: wiegandHex or wiegandBytes',
      },
    },
  ];
}
