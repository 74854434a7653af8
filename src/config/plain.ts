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

const depthMax = 24;
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
  refuseMarks(node, path, refuse);
  if (isMap(node)) return plainMap(source, node.items as Pair<unknown, unknown>[], path, refuse);
  if (isSeq(node)) return node.items.map((item, index) => walk(source, item, [...path, index], refuse));
  return isScalar(node) ? plainScalar(node.value) : null;
}

function refuseAlias(node: { readonly source: string }, path: Path, refuse: Refuse): void {
  const range = rangeOfNode(node) ?? ([0, 1] as const);
  refuse({ code: 'E-ALIAS', params: { what: `*${node.source}` }, path, range, lost: path, anchor: node.source });
}

function refuseMarks(node: unknown, path: Path, refuse: Refuse): void {
  if (typeof node !== 'object' || node === null) return;
  const { anchor, tag } = node as { anchor?: string; tag?: string } & Partial<Node>;
  const range = rangeOfNode(node) ?? ([0, 1] as const);
  if (anchor) refuse({ code: 'E-ALIAS', params: { what: `&${anchor}` }, path, range, lost: null, anchor });
  if (tag) refuse({ code: 'E-TAG', params: { tag }, path, range, lost: path });
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
    } else if (first !== undefined) {
      const { line } = source.placeAt(first, first);
      refuse({ code: 'E-DUPLICATE-KEY', params: { key, line }, path: whole, range, lost: whole });
    } else {
      refuseMarks(pair.key, whole, refuse);
      seen.set(key, range[0]);
      result[key] = walk(source, pair.value, whole, refuse);
    }
  }
  return result;
}
