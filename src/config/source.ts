/** One YAML file as text with places: decoding, parsing and the way from a path or an offset back to line and column. */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { indexAfter, width } from './columns.ts';
import { type Masked, maskLine, maskRanges, namesSecret } from './mask.ts';
import type { Place } from './problem.ts';

export type Path = readonly (string | number)[];

export interface SourceFile {
  /** As shown to the technician. */
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed | null;
  /** Place of a range of the text, cut to its first line. */
  placeAt(start: number, end: number): Place;
}

export const bytesMax = 1024 * 1024;
/** Columns of a terminal; longer lines are shown as a window around the place. */
const excerptMax = 120;
/** Of the window, so much stands before the place. */
const excerptBefore = 50;

/** Place of a file as a whole, where nothing of it could be read. */
export function wholeFilePlace(file: string): Place {
  return { file, line: 1, col: 1, endCol: 1, excerpt: '', excerptCol: 1 };
}

export function openSource(file: string, text: string): SourceFile {
  const counter = new LineCounter();
  let document: Document.Parsed | null = null;
  try {
    // Repeated keys are looked for by our own walk: the parser's check takes quadratic time on a hostile map.
    document = parseDocument(text, {
      lineCounter: counter,
      prettyErrors: false,
      uniqueKeys: false,
      merge: false,
      stringKeys: false,
      logLevel: 'error',
    });
  } catch {
    document = null; // Nested beyond the parser's stack.
  }
  const masked = document === null ? [] : secretRanges(document);
  return {
    file,
    text,
    document,
    placeAt(start, end) {
      return placeIn(file, text, counter, masked, start, end);
    },
  };
}

function placeIn(
  file: string,
  text: string,
  counter: LineCounter,
  masked: readonly Masked[],
  start: number,
  end: number,
): Place {
  const offset = Math.max(0, Math.min(start, text.length));
  const found = counter.linePos(offset);
  const line = Math.max(1, found.line);
  const lineStart = counter.lineStarts[line - 1] ?? 0;
  const newline = text.indexOf('\n', lineStart);
  const lineEnd = newline < 0 ? text.length : newline;
  const shown = maskLine(maskRanges(text.slice(lineStart, lineEnd), lineStart, masked)).replace(/\r$/, '');
  const col = offset - lineStart + 1;
  const endCol = Math.max(col + 1, Math.min(end, lineEnd) - lineStart + 1);
  return { file, line, col, endCol, ...excerptOf(shown, col) };
}

/** A line, or of a long one the part around column `col`, with … where something is left out. */
function excerptOf(line: string, col: number): { readonly excerpt: string; readonly excerptCol: number } {
  // No more of an endless line is measured than could be shown.
  if (line.length <= excerptMax && width(line) <= excerptMax) return { excerpt: line, excerptCol: 1 };
  const at = Math.min(col - 1, line.length);
  const from = indexAfter(line, at, -excerptBefore);
  const to = indexAfter(line, from, excerptMax);
  const before = from > 0 ? '…' : '';
  const excerpt = `${before}${line.slice(from, to)}${to < line.length ? '…' : ''}`;
  return { excerpt, excerptCol: from + 1 - before.length };
}

export function keyText(pair: Pair<unknown, unknown>): string {
  return isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : '';
}

function secretRanges(document: Document.Parsed): readonly Masked[] {
  const ranges: Masked[] = [];
  const waiting: { node: unknown; depth: number }[] = [{ node: document.contents, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth } = next;
    if (depth > 100 || !(isMap(node) || isSeq(node))) continue;
    for (const item of node.items) {
      if (!isMap(node)) {
        waiting.push({ node: item, depth: depth + 1 });
        continue;
      }
      const pair = item as Pair<unknown, Node | null>;
      const range = pair.value?.range;
      if (namesSecret(keyText(pair)) && range) ranges.push({ start: range[0], end: range[1] });
      else waiting.push({ node: pair.value, depth: depth + 1 });
    }
  }
  return ranges;
}

const indexes = new WeakMap<object, ReadonlyMap<string, Pair<unknown, unknown>>>();

/** The pair of a map by its key, through an index: a map of thousands is asked thousands of times. */
function pairIn(map: YAMLMap<unknown, unknown>, key: string | number): Pair<unknown, unknown> | undefined {
  let index = indexes.get(map);
  if (index === undefined) {
    index = new Map(map.items.map((pair) => [keyText(pair), pair]));
    indexes.set(map, index);
  }
  return index.get(String(key));
}

/** What of the node at a path is pointed at: its key where it has one, or its value. */
export type Aim = 'key' | 'value';

/** Offsets of the node at `path`; where the path ends early, of the deepest part that exists, by its key. */
export function rangeOf(source: SourceFile, path: Path, aim: Aim): readonly [number, number] {
  let node: unknown = source.document?.contents ?? null;
  let here: readonly [number, number] = rangeOfNode(node) ?? [0, 1];
  for (const [index, segment] of path.entries()) {
    const last = index === path.length - 1;
    if (isMap(node)) {
      const pair = pairIn(node, segment);
      if (pair === undefined) return here;
      const key = rangeOfNode(pair.key) ?? here;
      node = pair.value;
      here = last && aim === 'value' ? (rangeOfNode(node) ?? key) : key;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      const range = rangeOfNode(node);
      if (range === null) return here;
      here = range;
    } else return here;
  }
  return here;
}

export function rangeOfNode(node: unknown): readonly [number, number] | null {
  if (typeof node !== 'object' || node === null) return null;
  const range = (node as Partial<Node>).range;
  return range ? [range[0], Math.max(range[0] + 1, range[1])] : null;
}

/** The scalar's text as written, for messages about what YAML made of it. */
export function writtenAt(source: SourceFile, path: Path): string | null {
  let node: unknown = source.document?.contents ?? null;
  for (const segment of path) {
    if (isMap(node)) {
      node = pairIn(node, segment)?.value;
    } else if (isSeq(node)) node = node.items[Number(segment)];
    else return null;
  }
  return isScalar(node) ? (node.source ?? String(node.value)) : null;
}
