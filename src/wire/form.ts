/** Form and JSON bodies of pushes: bounded in size, depth and number of fields; never a throw. */
import type { Json } from '../core/values.ts';
import { decodeText } from './gbk.ts';

export type BodyResult = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly why: string };

export const bodyLimits = { maxBytes: 6 << 20, maxDepth: 32, maxFields: 512 };

/** `charset` parameter of a Content-Type, or `null`. */
export function charsetOf(contentType: string | undefined): string | null {
  return /charset\s*=\s*"?([A-Za-z0-9._-]{1,20})/i.exec(contentType ?? '')?.[1] ?? null;
}

/** `application/x-www-form-urlencoded` into one flat object; the first of equal names counts. */
export function parseForm(body: Uint8Array, charset: string | null): BodyResult {
  if (body.length > bodyLimits.maxBytes) return { ok: false, why: 'too large' };
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
  const pairs = text.split('&', bodyLimits.maxFields + 1);
  if (pairs.length > bodyLimits.maxFields) return { ok: false, why: 'too many fields' };
  const fields = new Map<string, Json>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = unescapeForm(equals < 0 ? pair : pair.slice(0, equals), charset);
    const value = unescapeForm(equals < 0 ? '' : pair.slice(equals + 1), charset);
    if (name === null || value === null) return { ok: false, why: 'unknown or wrong character encoding' };
    if (name !== '' && !fields.has(name)) fields.set(name, value);
  }
  return { ok: true, value: Object.fromEntries(fields) };
}

function unescapeForm(text: string, charset: string | null): string | null {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const hex = text[at] === '%' ? /^[0-9a-fA-F]{2}/.exec(text.slice(at + 1, at + 3)) : null;
    if (hex !== null) {
      bytes.push(Number.parseInt(hex[0], 16));
      at += 2;
    } else bytes.push(text[at] === '+' ? 0x20 : text.charCodeAt(at));
  }
  return decodeText(Uint8Array.from(bytes), charset);
}

/** JSON with its depth counted before it is parsed. */
export function parseJson(body: Uint8Array, charset: string | null): BodyResult {
  if (body.length > bodyLimits.maxBytes) return { ok: false, why: 'too large' };
  const text = decodeText(body, charset);
  if (text === null) return { ok: false, why: 'unknown or wrong character encoding' };
  if (depthOf(text, bodyLimits.maxDepth) > bodyLimits.maxDepth) return { ok: false, why: 'nested too deeply' };
  try {
    const value: Json = JSON.parse(text);
    return { ok: true, value };
  } catch {
    return { ok: false, why: 'no JSON' };
  }
}

/** Deepest bracket outside of strings; stops counting once over `enough`. */
function depthOf(text: string, enough: number): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length && deepest <= enough; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return deepest;
}
