/** How wide the cards of a reader are, and which of its settings would give another reading of them. Pure. */
import type { CardRules } from '../../src/contract/cards.ts';
import type { FitSettings } from '../../src/contract/refusals.ts';
import { wiegandFormats } from '../../src/wire/wiegand.ts';
import { profileOf, type ReaderConfig } from './config.ts';
import type { Profile } from './profile.ts';

export const cards: CardRules<ReaderConfig> = {
  bits: (config) => {
    const profile = profileOf(config);
    const sent = bitsSent(profile);
    return sent === null || profile.bits === undefined ? (profile.bits ?? sent) : Math.min(sent, profile.bits);
  },
  settings: (config, { taken, byteOrder, parity, bits }): FitSettings | null => {
    const profile = profileOf(config);
    const sent = bitsSent(profile);
    const isCut = profile.bits !== undefined && (sent === null || sent > profile.bits);
    const turned = profile.byteOrder === 'reversed' ? 'asSent' : 'reversed';
    // Bytes are reversed before the cut, so that a cut number turned round is none that this reader can give.
    if (byteOrder === 'reversed' && isCut) return null;
    const order: FitSettings['set'] = byteOrder === 'reversed' ? { byteOrder: turned } : {};
    if (parity === 'none' && (taken === 'low32' || taken === 'low24')) return { set: { ...order, bits }, without: [] };
    if (taken === 'whole' || taken === 'W32') return byteOrder === 'asSent' ? null : { set: order, without: [] };
    const format = rawFormats[profile.value.as];
    const frame = wiegandFormats.find(({ name }) => name === taken);
    if (format === undefined || frame === undefined) return null;
    return { set: { format, frameBits: frame.length, ...order }, without: config.bits === undefined ? [] : ['bits'] };
  },
};

/** A whole Wiegand frame that is taken for a number. */
const rawFormats: Readonly<Partial<Record<Profile['value']['as'], Profile['value']['as']>>> = {
  hex: 'wiegandHex',
  number: 'wiegandBytes',
};

/** Before `bits` cuts them. */
function bitsSent({ frame, value }: Profile): number | null {
  switch (value.as) {
    case 'decimal':
      return value.digits === undefined ? null : value.digits <= 10 ? 32 : 64;
    case 'threeFive':
      return 24;
    case 'hex':
      return value.digits === undefined ? null : Math.ceil(value.digits / 2) * 8;
    case 'number':
      return 'length' in frame && frame.length !== undefined
        ? new Uint8Array(frame.length).slice(value.from, value.to).length * 8
        : null;
    case 'wiegandText':
    case 'wiegandHex':
    case 'wiegandBytes':
      return wiegandFormats.find(({ length }) => length === value.frameBits)?.card.bits ?? null;
    default:
      return null;
  }
}
