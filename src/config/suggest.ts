/** "Did you mean": the nearest of the names that would have been right. */

/** Edits (insert, delete, replace, swap neighbours) from `a` to `b`; `limit + 1` where it is more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}

const longest = 60;

export function nearest(name: string, names: readonly string[]): string | null {
  if (name.length > longest) return null;
  const limit = Math.min(3, Math.ceil(name.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of names) {
    if (candidate.length > longest) continue;
    const edits = distance(name.toLowerCase(), candidate.toLowerCase(), limit);
    if (edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/** Hint parameters: the likely name, or the whole list where it is short enough to read. */
export function suggestion(name: string, names: readonly string[]): { suggestZh: string; suggestEn: string } {
  const near = nearest(name, names);
  if (near !== null) return { suggestZh: `是否想写 "${near}"？`, suggestEn: `did you mean "${near}"?` };
  if (names.length === 0) return { suggestZh: '', suggestEn: '' };
  const shown = names.slice(0, 12).join(', ') + (names.length > 12 ? ', …' : '');
  return { suggestZh: `可用：${shown}`, suggestEn: `known: ${shown}` };
}
