/** From a camera's text to the one text by which a plate is stored, compared and shown. Untrusted input; never throws. */
import type { PlateColor } from '../presentation.ts';
import { matchPattern, militarySource, type PlateKind, provinces } from './patterns.ts';

export type { PlateKind } from './patterns.ts';

export interface PlateText {
  /** Canonical: NFKC, upper-case, no separators, no invisible characters. `''` for kind `none`; at most 32 characters. */
  readonly text: string;
  /** As sent, cut to 64 characters. */
  readonly raw: string;
  /** Colour that the vendor wrote before the plate (`蓝京A12345`). */
  readonly prefixColor: PlateColor | null;
  readonly kind: PlateKind;
  readonly province: string | null;
  /** Sub-class of `emergencyRescue`: X = fire and rescue, S = forest fire (protocols.md §7). */
  readonly rescue: 'fire' | 'forest' | null;
}

const rawLimit = 64;
const textLimit = 32;

const colorOfPrefix: Readonly<Record<string, PlateColor>> = {
  蓝: 'blue',
  黄: 'yellow',
  绿: 'green',
  白: 'white',
  黑: 'black',
  黄绿: 'yellowGreen',
};
const startOfPlate = `[${provinces}]|WJ|使|民航`;
const colorPrefix = new RegExp(`^(黄绿|[蓝黄绿白黑])(?=${startOfPlate})`, 'u');
/** A military plate starts with a plain letter, so only the whole pattern may follow. */
const militaryPrefix = new RegExp(`^白(?=${militarySource}$)`, 'u');

/** What vendors send for "a vehicle, no plate", after cleaning. */
const noPlateWords: ReadonlySet<string> = new Set([
  'UNKNOWN',
  'UNLICENSED',
  'NOPLATE',
  '_无_',
  '无',
  '无牌',
  '无牌车',
  '无车牌',
  '无号牌',
  '未识别',
  '未知',
]);

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;
const separators = /[·•‧∙⋅・.\p{Pd}]/gu;

/** Canonical plate of any camera's text; equal texts mean equal plates, whatever the vendor. Idempotent on `text`. */
export function normalisePlate(raw: string): PlateText {
  const kept = raw.slice(0, rawLimit).toWellFormed();
  const cleaned = clean(kept);
  if (noPlateWords.has(cleaned) || !/[\p{L}\p{N}]/u.test(cleaned)) {
    return { text: '', raw: kept, prefixColor: null, kind: 'none', province: null, rescue: null };
  }
  const { body, prefixColor } = stripColor(cleaned);
  const match = matchPattern(body) ?? { kind: 'foreign' as const, text: body };
  return {
    text: match.text,
    raw: kept,
    prefixColor,
    kind: match.kind,
    province: match.kind === 'foreign' ? null : provinceOf(match.text),
    rescue: match.kind === 'emergencyRescue' ? rescueOf(match.text) : null,
  };
}

/** Kind by text and colour together: yellow makes an ordinary plate a large one, and only white leaves a military text military. */
export function classifyPlate(kind: PlateKind, color: PlateColor): PlateKind {
  if (kind === 'ordinary' && color === 'yellow') return 'large';
  if (kind === 'military' && color !== 'white' && isKnownColor(color)) return 'foreign';
  return kind;
}

/**
 * The colour to decide on: the camera's own field, or the vendor's prefix where the field says nothing.
 * Two that contradict each other are no knowledge, so the colour is then unknown.
 */
export function readColor(field: PlateColor, prefix: PlateColor | null): PlateColor {
  if (prefix === null) return field;
  if (!isKnownColor(field)) return prefix;
  if (!sameColor(field, prefix)) return 'unknown';
  return field;
}

export function isKnownColor(color: PlateColor): boolean {
  return color !== 'unknown' && color !== 'other';
}

/** Both greens count as one: cameras report either for either, and no number exists in both (the patterns differ). */
export function sameColor(a: string, b: string): boolean {
  const family = (color: string): string => (color === 'yellowGreen' ? 'green' : color);
  return family(a) === family(b);
}

function clean(kept: string): string {
  let text = kept;
  // Upper-casing can undo normal form (ΐ → Ϊ́), so both run until nothing changes; three turns are enough for all of Unicode.
  for (let turn = 0; turn < 3; turn += 1) {
    text = text.normalize('NFKC').toUpperCase().replace(invisible, '').replace(separators, '');
  }
  return cut(text.normalize('NFKC'), textLimit);
}

/** 黑 is a colour and a province: only before another start of a plate is it a colour. Several colours are no colour. */
function stripColor(cleaned: string): { body: string; prefixColor: PlateColor | null } {
  let body = cleaned;
  let prefixColor: PlateColor | null = null;
  for (let stripped = 0; stripped < textLimit; stripped += 1) {
    const prefix = colorPrefix.exec(body)?.[0] ?? militaryPrefix.exec(body)?.[0];
    if (prefix === undefined) break;
    body = body.slice(prefix.length);
    prefixColor = stripped === 0 ? (colorOfPrefix[prefix] ?? null) : null;
  }
  return { body, prefixColor };
}

/** Never cuts a surrogate pair in two. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = text.slice(0, limit);
  return end.isWellFormed() ? end : end.slice(0, -1);
}

function provinceOf(text: string): string | null {
  for (const character of text.slice(0, 3)) if (provinces.includes(character)) return character;
  return null;
}

function rescueOf(text: string): 'fire' | 'forest' {
  return /S[0-9]{3,4}应急$/u.test(text) ? 'forest' : 'fire';
}
