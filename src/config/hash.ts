/** Hashes of configuration: equal content gives equal hashes, whatever the order of keys or the split into files. */
import { createHash } from 'node:crypto';
import type { Json } from '../core/values.ts';

export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`;
  const record = value as Readonly<Record<string, Json>>;
  const keys = Object.keys(record).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(record[key] ?? null)}`).join(',')}}`;
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Hash of an effective configuration from its sections, by key. */
export function effectiveHash(sections: ReadonlyMap<string, { readonly raw: Json }>): string {
  return sha256(canonical(Object.fromEntries([...sections].map(([key, { raw }]) => [key, raw]))));
}
