/** Bytes of a file → text: strict UTF-8; of anything else a guess at what it is, and the place of the first sign that is none. */
import type { Text } from '../core/values.ts';

export type Decoded = { readonly ok: true; readonly text: string } | Undecoded;

export interface Undecoded {
  readonly ok: false;
  readonly guess: Text;
  /** The file as it was probably meant, for showing where it goes wrong; never read as configuration. */
  readonly shown: string;
  /** Offset in `shown` of the first sign that is not UTF-8. */
  readonly at: number;
}

/** With or without a byte order mark. */
export function decode(bytes: Uint8Array): Decoded {
  const text = decodedAs('utf-8', bytes);
  if (text !== null) return { ok: true, text };
  const [first, second] = bytes;
  const utf16 = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : null;
  // Nothing of it is UTF-8: the byte order mark says so.
  if (utf16 !== null) return { ok: false, guess: likely('UTF-16'), shown: lossy(utf16, bytes), at: 0 };
  const sound = bytes.subarray(0, soundBytes(bytes));
  const gbk = decodedAs('gb18030', bytes);
  if (gbk !== null && /\p{Script=Han}/u.test(gbk))
    return { ok: false, guess: likely('GBK'), shown: gbk, at: lossy('gb18030', sound).length };
  const guess = { zh: '看不出是什么编码', en: 'of no encoding that is known' };
  return { ok: false, guess, shown: lossy('utf-8', bytes), at: lossy('utf-8', sound).length };
}

function likely(name: string): Text {
  return { zh: `像是 ${name}`, en: `it looks like ${name}` };
}

function decodedAs(encoding: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function lossy(encoding: string, bytes: Uint8Array): string {
  return new TextDecoder(encoding).decode(bytes);
}

/** Length of the longest beginning that is whole UTF-8 characters; found by halves, since every longer one fails too. */
function soundBytes(bytes: Uint8Array): number {
  let [sound, bad] = [0, bytes.length + 1];
  while (bad - sound > 1) {
    const middle = Math.floor((sound + bad) / 2);
    if (wholeBytes(bytes.subarray(0, middle)) === null) bad = middle;
    else sound = middle;
  }
  return wholeBytes(bytes.subarray(0, sound)) ?? 0;
}

/** Bytes of the whole characters in `bytes`, which may end within one; null where it is not UTF-8. */
function wholeBytes(bytes: Uint8Array): number | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    return new TextEncoder().encode(text).length;
  } catch {
    return null;
  }
}
