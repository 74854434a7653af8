/** What the YAML parser stumbled over, in a technician's words. Its own sentences may quote the file, a secret included: its codes say enough. */
import type { Text } from '../core/values.ts';
import type { Params } from './errors.ts';
import { depthMax } from './plain.ts';
import type { SourceFile } from './source.ts';
import { fullWidthAdvice } from './suggest.ts';

interface Words {
  readonly why: Text;
  readonly advice: Text;
}

const colon: Text = {
  zh: '写成 键: 值，半角冒号后空一格',
  en: 'write key: value, a plain colon with a space behind it',
};
const quotes: Text = { zh: '给值加双引号', en: 'put the value into double quotes' };
const indentation: Text = {
  zh: '同一层的键对齐，下一层多缩进两个空格；每个 { 和 [ 都要闭合',
  en: 'align the keys of one level, indent the next by two spaces, and close each { and [',
};

const words: Readonly<Record<string, Words>> = {
  BAD_INDENT: {
    why: { zh: '缩进不对，或括号没有闭合', en: 'wrong indentation, or a bracket is not closed' },
    advice: indentation,
  },
  BLOCK_AS_IMPLICIT_KEY: {
    why: { zh: '一行里有两个 "键: 值"', en: 'two "key: value" on one line' },
    advice: { zh: '分成两行，或给值加引号', en: 'use two lines, or quote the value' },
  },
  BLOCK_IN_FLOW: {
    why: { zh: '括号里不能换成缩进写法', en: 'indented content inside brackets' },
    advice: {
      zh: '括号里用逗号分开：{ 键: 值, 键: 值 }',
      en: 'separate with commas inside brackets: { key: value, key: value }',
    },
  },
  BAD_SCALAR_START: {
    why: { zh: '值不能以此字符开头', en: 'a value cannot begin with this character' },
    advice: quotes,
  },
  MISSING_CHAR: {
    why: { zh: '缺少引号、冒号、逗号或括号', en: 'a quote, colon, comma or bracket is missing' },
    advice: colon,
  },
  MULTILINE_IMPLICIT_KEY: {
    why: { zh: '键跨了多行，可能缺少冒号', en: 'a key runs over several lines; a colon may be missing' },
    advice: colon,
  },
  UNEXPECTED_TOKEN: {
    why: { zh: '此处多余的内容', en: 'something here does not belong' },
    advice: { zh: '删掉它；值里有 : # { [ 时加双引号', en: 'delete it; quote a value that holds : # { or [' },
  },
  BAD_DQ_ESCAPE: {
    why: { zh: '双引号里的反斜杠写法不对', en: 'bad backslash in double quotes' },
    advice: { zh: "改用单引号 '…'", en: "use single quotes '…'" },
  },
};
const other: Words = {
  why: { zh: '这一行不是 YAML', en: 'this line is no YAML' },
  advice: { zh: `${colon.zh}；${indentation.zh}`, en: `${colon.en}; ${indentation.en}` },
};

/** Offset of the quote that is never closed; null for any other mistake. The parser itself points at where it gave up. */
export function openQuoteAt(
  text: string,
  error: { readonly message: string; readonly pos: readonly [number, number] },
): number | null {
  const quote = /^Missing closing (["'])/.exec(error.message)?.[1];
  if (quote === undefined) return null;
  for (let at = text.lastIndexOf(quote, error.pos[0] - 1); at >= 0; at = text.lastIndexOf(quote, at - 1)) {
    const doubled = quote === "'" && text.charAt(at - 1) === quote;
    const backslashes = quote === '"' ? (/\\*$/.exec(text.slice(Math.max(0, at - 20), at))?.[0].length ?? 0) : 0;
    if (!doubled && backslashes % 2 === 0) return at;
    if (at === 0) break;
    // Two single quotes within such a text stand for one.
    if (doubled) at -= 1;
  }
  return null;
}

export function openQuoteParams(quote: string): Params {
  return {
    why: `引号 ${quote} 没有闭合`,
    whyEn: `the quote ${quote} is never closed`,
    adviceZh: `在值的末尾补上 ${quote}`,
    adviceEn: `write ${quote} at the end of the value`,
  };
}

/** Offset of the first bracket that is nested too deeply, quotes left aside. */
export function tooDeepAt(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '[' || sign === '{') depth += 1;
    else if (sign === ']' || sign === '}') depth -= 1;
    if (depth > depthMax) return at;
  }
  return 0;
}

/** What lies outside of quotes and comments on one line: only there is a full-width sign a mistake. */
function bare(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, (quoted) => ' '.repeat(quoted.length)).replace(/(^|\s)#.*$/, '');
}

/** Where on the line of `offset`, or the one before, a full-width sign stands; offsets of the text. */
export function fullWidthAt(source: SourceFile, offset: number): readonly [number, number] | null {
  const { text } = source;
  const end = text.indexOf('\n', offset);
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const before = start === 0 ? 0 : text.lastIndexOf('\n', start - 2) + 1;
  for (const [from, to] of [
    [start, end < 0 ? text.length : end],
    [before, Math.max(before, start - 1)],
  ] as const) {
    const line = bare(text.slice(from, Math.min(to, from + 2000)));
    const at = [...line.matchAll(/[^\s]/gu)].find((one) => fullWidthAdvice(one[0]) !== null)?.index;
    if (at !== undefined) return [from + at, from + at + 1];
  }
  return null;
}

/** Parameters of `E-SYNTAX` for the parser's `code`; `sign` is a full-width sign beside it, the likeliest cause of all. */
export function syntaxParams(code: string, sign: string | null): Params {
  const { why, advice } = words[code] ?? other;
  const cause = sign === null ? null : fullWidthAdvice(sign);
  if (cause === null) return { why: why.zh, whyEn: why.en, adviceZh: advice.zh, adviceEn: advice.en };
  const { suggestZh, suggestEn } = cause;
  return { why: `全角符号 "${sign}"`, whyEn: `full-width sign "${sign}"`, adviceZh: suggestZh, adviceEn: suggestEn };
}
