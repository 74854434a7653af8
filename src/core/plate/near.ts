/** Plates that a camera may have meant: one confusable character away, same length (protocols.md §7). For suggestions only. */

const groups: readonly string[] = [
  '0DQO',
  '1ILT',
  '2Z',
  '5S',
  '8B',
  '6G',
  'CG',
  'VY',
  'MN',
  'HN',
  '7TY',
  'A4',
  '京鲁',
  '苏赣',
  '云豫',
  '湘浙',
  '皖晋',
  '贵青',
  '陕闽',
];

const confusables: ReadonlyMap<string, readonly string[]> = confusableTable();

/** Shorter texts are fragments, longer ones no plate: neither has a neighbour worth showing. */
const shortest = 5;
const longest = 10;

/** Every text that differs from `text` in exactly one character by one confusable pair; at most 50, no duplicates, never `text`. */
export function nearTexts(text: string): readonly string[] {
  if (text.length < shortest || text.length > longest) return [];
  const near: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    for (const other of confusables.get(text.charAt(at)) ?? []) {
      near.push(text.slice(0, at) + other + text.slice(at + 1));
    }
  }
  return near;
}

/** Position of the one character in which two texts of equal length differ; null where they differ otherwise. */
export function changedAt(a: string, b: string): number | null {
  if (a.length !== b.length) return null;
  let changed: number | null = null;
  for (let at = 0; at < a.length; at += 1) {
    if (a.charAt(at) === b.charAt(at)) continue;
    if (changed !== null) return null;
    changed = at;
  }
  return changed;
}

function confusableTable(): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, Set<string>>();
  for (const group of groups) {
    for (const one of group) {
      const others = table.get(one) ?? new Set<string>();
      for (const other of group) if (other !== one) others.add(other);
      table.set(one, others);
    }
  }
  return new Map([...table].map(([one, others]) => [one, [...others]]));
}
