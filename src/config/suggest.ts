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

export interface Suggestion {
  readonly suggestZh: string;
  readonly suggestEn: string;
}

/** Full-width punctuation of a Chinese keyboard, and what YAML wants in its place. */
const fullWidth: Readonly<Record<string, string>> = {
  '：': ': ',
  '，': ', ',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '｛': '{',
  '｝': '}',
  '［': '[',
  '］': ']',
  '【': '[',
  '】': ']',
  '－': '- ',
  '＃': '# ',
};

/** The first full-width sign in a text with its advice; null where there is none. */
export function fullWidthAdvice(text: string): Suggestion | null {
  const found = [...text].find((character) => Object.hasOwn(fullWidth, character));
  if (found === undefined) return null;
  const plain = fullWidth[found];
  return {
    suggestZh: `"${found}" 是全角符号，换成半角 "${plain}"`,
    suggestEn: `"${found}" is a full-width sign; write "${plain}" instead`,
  };
}

/** Other words for a choice, where no spelling leads from one to the other. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  both: ['inout', 'in-out', 'in/out', 'in,out', 'outin', 'in and out', 'twoway', 'two-way', '双向', '进出'],
  in: ['entry', 'entrance', '进', '入', '入口', '进口'],
  out: ['exit', '出', '出口'],
};

/** What was meant by another word for one of `values`; null where it is none. */
export function meantBy(name: string, values: readonly string[]): Suggestion | null {
  const word = name
    .trim()
    .toLowerCase()
    .replace(/\s*([,/])\s*/g, '$1');
  const meant = values.find((value) => Object.hasOwn(synonyms, value) && synonyms[value]?.includes(word));
  if (meant === undefined) return null;
  if (meant !== 'both') return { suggestZh: `是否想写 "${meant}"？`, suggestEn: `did you mean "${meant}"?` };
  return { suggestZh: '双向写 both，或 [in, out]', suggestEn: 'for two ways write both, or [in, out]' };
}

const listedMax = 12;
/** Beside a likely name the others are listed only where they are few. */
const besideMax = 8;

function listed(names: readonly string[]): string {
  return names.slice(0, listedMax).join(', ') + (names.length > listedMax ? ', …' : '');
}

/** Hint parameters: the likely name, or the whole list where it is short enough to read. */
export function suggestion(name: string, names: readonly string[]): Suggestion {
  const advice = fullWidthAdvice(name);
  if (advice !== null) return advice;
  const near = nearest(name, names);
  if (near !== null) return { suggestZh: `是否想写 "${near}"？`, suggestEn: `did you mean "${near}"?` };
  if (names.length === 0) return { suggestZh: '还没有定义任何一个', suggestEn: 'none is defined yet' };
  return { suggestZh: `可用：${listed(names)}`, suggestEn: `known: ${listed(names)}` };
}

/** The same for a key of a map, with the keys that may still stand there. */
export function keySuggestion(key: string, open: readonly string[]): Suggestion {
  if (open.length === 0) {
    return { suggestZh: '这里不再有别的键，删除它', suggestEn: 'no further key stands here; delete it' };
  }
  const first = suggestion(key, open);
  if (open.length > besideMax || nearest(key, open) === null) return first;
  return {
    suggestZh: `${first.suggestZh}此处还可写：${listed(open)}`,
    suggestEn: `${first.suggestEn} Keys here: ${listed(open)}`,
  };
}
