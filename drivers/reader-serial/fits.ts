/** Which other profile, or format of this one, would read what this one refuses: for `gatehouse learn`. Pure. */
import type { Fit, FitSettings, Refused } from '../../src/contract/refusals.ts';
import { wiegandFormats } from '../../src/wire/wiegand.ts';
import { type CardSeen, type Heard, ReaderCodec } from './codec.ts';
import { profileOf, type ReaderConfig } from './config.ts';
import { type Profile, profileSchema, valueKinds } from './profile.ts';
import { damages } from './refusal-words.ts';

/** Cards named; a technician compares them with what is printed. */
const fitsMax = 4;
/** Frames of one damaged burst do not hold more cards than a hand. */
const cardsMax = 3;

interface Candidate extends FitSettings {
  readonly profile: Profile;
}

interface Found {
  readonly card: CardSeen;
  readonly by: FitSettings;
  readonly sureness: Sureness;
  readonly noises: number;
}

/** How much stands against chance: 0 any text, 1 any digits, 2 the right number of digits, 3 a checksum or parity. */
type Sureness = 0 | 1 | 2 | 3;

export function fitsOf(
  refused: Refused,
  config: ReaderConfig | null,
  profiles: ReadonlyMap<string, unknown>,
): readonly Fit[] {
  // What this configuration reads needs no other.
  if (refused.pieces.length === 0 || refused.cards > 0) return [];
  // A rest fits by chance only.
  if (refused.why.every((why) => why === 'rest' || why === 'tooSoon')) return [];
  const pieces = refused.pieces.map(({ at, hex }) => ({ at, bytes: bytesOf(hex) }));
  const found = [...candidates(config, profiles)].flatMap((one) => readBy(one, pieces));
  // Where the form is right already, nothing less than a proof says that the frame is of another profile.
  const best = Math.max(refused.why.every((why) => damages.has(why)) ? 3 : 0, ...found.map(({ sureness }) => sureness));
  const surest = found.filter(({ sureness }) => sureness === best).sort((a, b) => a.noises - b.noises);
  return byCard(surest).slice(0, fitsMax);
}

function* candidates(config: ReaderConfig | null, profiles: ReadonlyMap<string, unknown>): Generator<Candidate> {
  const own = config === null ? null : shapeOf(profileOf(config));
  // What the device says of its cards' bytes stays in force, whichever profile is named.
  const kept = { byteOrder: config?.byteOrder, bits: config?.bits };
  const written = (['format', 'frameBits'] as const).filter((key) => config?.[key] !== undefined);
  for (const [name, raw] of profiles) {
    const parsed = profileSchema.safeParse(raw);
    if (!parsed.success) continue;
    for (const set of settingsOf(parsed.data)) {
      const profile = profileOf({ profile: parsed.data, format: undefined, frameBits: undefined, ...kept, ...set });
      if (shapeOf(profile) === own) continue;
      yield { set: { profile: name, ...set }, without: written.filter((key) => !(key in set)), profile };
    }
  }
  if (config === null) return;
  for (const format of valueKinds) {
    for (const set of settingsOf({ ...config.profile, value: { ...config.profile.value, as: format } })) {
      const profile = profileOf({ ...config, frameBits: undefined, ...set, format });
      if (shapeOf(profile) === own) continue;
      const without = written.filter((key) => key === 'frameBits' && !(key in set));
      yield { set: { format, ...set }, without, profile };
    }
  }
}

/** What a profile leaves to be said: the bits of a Wiegand frame, where nothing tells them. */
function settingsOf({ value, frame }: Profile): readonly { readonly frameBits?: number }[] {
  const isTold = value.frameBits !== undefined || (frame.by === 'counted' && frame.counts === 'bits');
  if (value.as === 'wiegandText' && !isTold) return [{}, { frameBits: 32 }];
  if ((value.as !== 'wiegandHex' && value.as !== 'wiegandBytes') || isTold) return [{}];
  return wiegandFormats.map(({ length }) => ({ frameBits: length }));
}

function shapeOf({ frame, check, only, value, bits, byteOrder, tells }: Profile): string {
  return JSON.stringify([frame, check, only, value, bits, byteOrder, tells]);
}

function readBy(
  { set, without, profile }: Candidate,
  pieces: readonly { readonly at: number; readonly bytes: Uint8Array }[],
): readonly Found[] {
  const codec = new ReaderCodec(profile);
  const heard: Heard[] = [];
  for (const { at, bytes } of pieces) {
    while (codec.dueAt !== null && at >= codec.dueAt) heard.push(...codec.silent());
    heard.push(...codec.push(bytes, at));
  }
  heard.push(...codec.silent());
  if (heard.some(({ kind }) => kind === 'key')) return [];
  const noises = heard.filter(({ kind }) => kind === 'noise').length;
  const cards = new Map(heard.flatMap((one) => (one.kind === 'card' ? [[nameOf(one), one] as const] : [])));
  return [...cards.values()]
    .slice(0, cardsMax)
    .map((card) => ({ card, by: { set, without }, noises, sureness: surenessOf(profile, card) }));
}

function surenessOf({ value, check }: Profile, { format }: CardSeen): Sureness {
  if (value.as === 'text') return 0;
  if (check !== undefined) return 3;
  switch (value.as) {
    case 'wiegandText':
      return format === 'w32' ? 1 : 3;
    // Bits that were tried one after the other: two parities hold once in four times by chance.
    case 'wiegandHex':
    case 'wiegandBytes':
    case 'number':
      return 1;
    case 'threeFive':
      return 2;
    default:
      return value.digits === undefined ? 1 : 2;
  }
}

/** Several ways to read one card are one fit. */
function byCard(found: readonly Found[]): readonly Fit[] {
  const fits = new Map<string, { readonly card: CardSeen; readonly by: FitSettings[] }>();
  for (const { card, by } of found) {
    const known = fits.get(nameOf(card));
    if (known === undefined) fits.set(nameOf(card), { card, by: [by] });
    else known.by.push(by);
  }
  return [...fits.values()].map(({ card: { bits, value, format }, by }) => ({ bits, value, format, by }));
}

const nameOf = ({ bits, value }: CardSeen): string => `${bits}:${value}`;

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16));
}
