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
}

const depthMax = 24;
const forbidden = new Set(['__proto__', 'constructor', 'prototype', '<<']);

/** @param path where `node` stands; refusals carry the whole path, so that the section they darken can be told. */
export function plain(source: SourceFile, node: unknown, path: Path, refuse: (refusal: Refusal) => void): Json {
  if (path.length > depthMax) {
    refuse({ code: 'E-DEPTH', params: { max: depthMax }, path, range: rangeOfNode(node) ?? [0, 1] });
    return null;
  }
  if (isAlias(node)) {
    refuse({ code: 'E-ALIAS', params: { what: `*${node.source}` }, path, range: rangeOfNode(node) ?? [0, 1] });
    return null;
  }
  refuseMarks(node, path, refuse);
  if (isMap(node)) return plainMap(source, node.items as Pair<unknown, unknown>[], path, refuse);
  if (isSeq(node)) return node.items.map((item, index) => plain(source, item, [...path, index], refuse));
  return isScalar(node) ? plainScalar(node.value) : null;
}

function refuseMarks(node: unknown, path: Path, refuse: (refusal: Refusal) => void): void {
  if (typeof node !== 'object' || node === null) return;
  const { anchor, tag } = node as { anchor?: string; tag?: string } & Partial<Node>;
  const range = rangeOfNode(node) ?? [0, 1];
  if (anchor) refuse({ code: 'E-ALIAS', params: { what: `&${anchor}` }, path, range });
  if (tag) refuse({ code: 'E-TAG', params: { tag }, path, range });
}

function plainScalar(value: unknown): Json {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function plainMap(
  source: SourceFile,
  pairs: readonly Pair<unknown, unknown>[],
  path: Path,
  refuse: (refusal: Refusal) => void,
): Json {
  const result: Record<string, Json> = {};
  const seen = new Map<string, number>();
  for (const pair of pairs) {
    const key = keyText(pair);
    const range = rangeOfNode(pair.key) ?? rangeOfNode(pair.value) ?? [0, 1];
    const first = seen.get(key);
    if (!isScalar(pair.key) || forbidden.has(key)) {
      refuse({ code: 'E-FORBIDDEN-KEY', params: { key: key === '' ? '?' : key }, path, range });
    } else if (first !== undefined) {
      const line = source.placeAt(first, first).line;
      refuse({ code: 'E-DUPLICATE-KEY', params: { key, line }, path: [...path, key], range });
    } else {
      refuseMarks(pair.key, [...path, key], refuse);
      seen.set(key, range[0]);
      result[key] = plain(source, pair.value, [...path, key], refuse);
    }
  }
  return result;
}
