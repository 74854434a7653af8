/** Secrets by reference: the configuration names a file or a variable, the value is read when a driver asks and shown nowhere. */
import type { Json } from '../core/values.ts';
import { isSecretAt, type SchemaNode } from './json-schema.ts';
import type { PemShape } from './pem.ts';
import type { Path } from './source.ts';

export interface SecretRef {
  /** As the driver asks for it: `ctx.secret(name)`, the text that stands in the YAML. */
  readonly name: string;
  readonly from: 'file' | 'env';
  readonly path: Path;
}

/** Looks at a secret without showing it; `why` is a code of `cause-words.ts`. */
export type SecretState =
  | {
      readonly ok: true;
      /** About files only. */
      readonly worldReadable: boolean;
      /** Characters, the newline at the end of a file apart. */
      readonly length: number;
      readonly lines: number;
      /** Letters, digits and - . _ ~ only, at most 200: it can end a URL. */
      readonly fitsUrl: boolean;
      /** Where it was asked for. */
      readonly pem?: PemShape | undefined;
    }
  | { readonly ok: false; readonly why: string };

/** @param look `pem`: at the certificates and keys in it too. */
export type ProbeSecret = (ref: SecretRef, look?: 'pem') => SecretState;

/** Every `…File` and `…Env` key that the driver's schema marks with `.meta({ secret: true })`. */
export function secretsOf(schema: SchemaNode, raw: Json, path: Path = []): readonly SecretRef[] {
  if (raw === null || typeof raw !== 'object') return [];
  if (Array.isArray(raw)) return raw.flatMap((item: Json, index) => secretsOf(schema, item, [...path, index]));
  return Object.entries(raw as Readonly<Record<string, Json>>).flatMap(([key, value]) => {
    const here = [...path, key];
    const suffix = /(File|Env)$/.exec(key)?.[1];
    if (typeof value !== 'string' || suffix === undefined) return secretsOf(schema, value, here);
    if (!isSecretAt(schema, here)) return [];
    return [{ name: value, from: suffix === 'File' ? ('file' as const) : ('env' as const), path: here }];
  });
}
