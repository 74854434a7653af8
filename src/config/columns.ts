/** Text measured in columns of a terminal, so that a caret stands under what it means. */

/** Columns that a character takes on a terminal: Chinese takes two, combining marks none. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    columns += /[ᄀ-ᅟ⺀-〾ぁ-㏿㐀-䶿一-鿿가-힣豈-﫿︰-﹏＀-｠￠-￦\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
      character,
    )
      ? 2
      : 1;
  }
  return columns;
}

/** Index of the character boundary that lies at most `columns` after (or, if negative, before) `from`. */
export function indexAfter(text: string, from: number, columns: number): number {
  let at = from;
  let left = Math.abs(columns);
  while (columns < 0 ? at > 0 : at < text.length) {
    const next = columns < 0 ? lastOf(text, at) : at + (firstOf(text, at)?.length ?? 1);
    const taken = width(text.slice(Math.min(at, next), Math.max(at, next)));
    if (taken > left) break;
    left -= taken;
    at = next;
  }
  return at;
}

function firstOf(text: string, at: number): string | undefined {
  const code = text.codePointAt(at);
  return code === undefined ? undefined : String.fromCodePoint(code);
}

/** Index of the character that ends before `at`. */
function lastOf(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xdc00 && code <= 0xdfff && at > 1 ? at - 2 : at - 1;
}
