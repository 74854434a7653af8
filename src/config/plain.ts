/** YAML nodes → plain JSON, refusing what a configuration must not contain; each refusal with its place. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { Json } from '../core/values.ts';
import type { Code, Params } from './errors.ts';
import { keyText, type Path, rangeOfNode, type SourceFile } from './source.ts';

export interface Refusal {
  readonly code: Code;
  readonly params: Params;
  readonly path: Path;
  readonly range: readonly [number, number];
  /** Every place that the one mistake touches, `path` among them: an anchor and all of its aliases are one. */
  readonly touches: readonly Path[];
  /** Of these, where the value as written is lost; an anchor's own value is not. */
  readonly lost: readonly Path[];
}

export interface Plain {
  readonly raw: Json;
  readonly refusals: readonly Refusal[];
}

/** One refusal in the walk; `anchor` is the name that ties an anchor to its aliases. */
interface Refused {
  readonly code: Code;
  readonly params: Params;
  readonly path: Path;
  readonly range: readonly [number, number];
  readonly lost: Path | null;
  readonly anchor?: string;
}

type Refuse = (refused: Refused) => void;

/** Levels of nesting; no real configuration comes near. */
export const depthMax = 24;
/** Signs that no editor shows: control characters but tab and line end, and those that turn the direction of writing. */
const unseen = /(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u;
const forbidden = new Set(['__proto__', 'constructor', 'prototype', '<<']);

/** @param node of `source`; the paths of refusals begin at it. */
export function plain(source: SourceFile, node: unknown): Plain {
  const told = new Map<string, { first: Refused; touches: Path[]; lost: Path[] }>();
  const raw = walk(source, node, [], (refused) => {
    const key = refused.anchor === undefined ? `#${told.size}` : `&${refused.anchor}`;
    const one = told.get(key) ?? { first: refused, touches: [], lost: [] };
    one.touches.push(refused.path);
    if (refused.lost !== null) one.lost.push(refused.lost);
    told.set(key, one);
  });
  const refusals = [...told.values()].map(({ first, touches, lost }): Refusal => {
    const { code, params, path, range } = first;
    return { code, params, path, range, touches, lost };
  });
  return { raw, refusals };
}

function walk(source: SourceFile, node: unknown, path: Path, refuse: Refuse): Json {
  if (path.length > depthMax) {
    const range = rangeOfNode(node) ?? ([0, 1] as const);
    refuse({ code: 'E-DEPTH', params: { max: depthMax }, path, range, lost: path });
    return null;
  }
  if (isAlias(node)) {
    refuseAlias(node, path, refuse);
    return null;
  }
  refuseMarks(source, node, path, refuse);
  if (isMap(node)) return plainMap(source, node.items as Pair<unknown, unknown>[], path, refuse);
  if (isSeq(node)) return node.items.map((item, index) => walk(source, item, [...path, index], refuse));
  const value = isScalar(node) ? plainScalar(node.value) : null;
  if (typeof value !== 'string' || !unseen.test(value)) return value;
  refuseUnseen(value, node, path, refuse);
  return null;
}

function refuseUnseen(text: string, node: unknown, path: Path, refuse: Refuse): void {
  const sign = unseen.exec(text)?.[0].codePointAt(0) ?? 0;
  const range = rangeOfNode(node) ?? ([0, 1] as const);
  const params = { sign: `U+${sign.toString(16).toUpperCase().padStart(4, '0')}` };
  refuse({ code: 'E-UNSEEN', params, path, range, lost: path });
}

function refuseAlias(node: { readonly source: string }, path: Path, refuse: Refuse): void {
  const range = rangeOfNode(node) ?? ([0, 1] as const);
  refuse({ code: 'E-ALIAS', params: { what: `*${node.source}` }, path, range, lost: path, anchor: node.source });
}

function refuseMarks(source: SourceFile, node: unknown, path: Path, refuse: Refuse): void {
  if (typeof node !== 'object' || node === null) return;
  const { anchor, tag } = node as { anchor?: string; tag?: string } & Partial<Node>;
  const range = rangeOfNode(node) ?? ([0, 1] as const);
  if (anchor) {
    const at = markBefore(source.text, `&${anchor}`, range);
    refuse({ code: 'E-ALIAS', params: { what: `&${anchor}` }, path, range: at, lost: null, anchor });
  }
  if (tag) refuse({ code: 'E-TAG', params: { tag }, path, range: markBefore(source.text, tag, range), lost: path });
}

/** Anchors and tags are read no further back than this from what they stand before. */
const markBackMax = 400;

/** A node's range begins behind its marks: where the mark itself stands; the node's own range where it is not found. */
function markBefore(text: string, mark: string, range: readonly [number, number]): readonly [number, number] {
  const at = text.lastIndexOf(mark, range[0]);
  return at < 0 || range[0] - at > markBackMax ? range : [at, at + mark.length];
}

function plainScalar(value: unknown): Json {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function plainMap(source: SourceFile, pairs: readonly Pair<unknown, unknown>[], path: Path, refuse: Refuse): Json {
  const result: Record<string, Json> = {};
  const seen = new Map<string, number>();
  for (const pair of pairs) {
    const key = keyText(pair);
    const whole = [...path, key];
    const range = rangeOfNode(pair.key) ?? rangeOfNode(pair.value) ?? ([0, 1] as const);
    const first = seen.get(key);
    if (key === '<<' && isAlias(pair.value)) refuseAlias(pair.value, path, refuse);
    else if (!isScalar(pair.key) || forbidden.has(key)) {
      refuse({ code: 'E-FORBIDDEN-KEY', params: { key: key === '' ? '?' : key }, path, range, lost: whole });
    } else if (unseen.test(key)) refuseUnseen(key, pair.key, whole, refuse);
    else if (first !== undefined) {
      const { line } = source.placeAt(first, first);
      refuse({ code: 'E-DUPLICATE-KEY', params: { key, line }, path: whole, range, lost: whole });
    } else {
      refuseMarks(source, pair.key, whole, refuse);
      seen.set(key, range[0]);
      result[key] = walk(source, pair.value, whole, refuse);
    }
  }
  return result;
}
