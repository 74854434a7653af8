/** A change of position in words: seen moving, found where it stands, or lost from sight. */
import { type Language, terms } from './terms.ts';

/** Body of a `position` record; words that it lacks or does not know are shown as they are. */
export interface PositionFacts {
  readonly from: string;
  readonly to: string;
  readonly basis: string;
}

/** Out of `unknown` nobody saw it move: it is found. Into `unknown` nothing is known any more, whatever it is based on. */
export function positionText({ from, to, basis }: PositionFacts, language: Language): string {
  const { positions, basis: bases } = terms[language];
  const place = (word: string) => named(positions, word);
  const known = named(bases, basis);
  const zh = language === 'zh';
  if (to === 'unknown')
    return zh ? `闸位不明（此前${place(from)}）` : `position not known any more (was ${place(from)})`;
  if (from === 'unknown') return zh ? `闸位查明：${place(to)}（${known}）` : `position found: ${place(to)} (${known})`;
  return zh ? `闸位 ${place(from)} → ${place(to)}（${known}）` : `position ${place(from)} → ${place(to)} (${known})`;
}

function named(names: Readonly<Record<string, string>>, word: string): string {
  return Object.hasOwn(names, word) ? (names[word] ?? word) : word;
}
