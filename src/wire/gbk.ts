/** Chinese text on the wire: cameras and boards send GBK where they declare UTF-8, or declare nothing. */
import iconv from 'iconv-lite';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const strictGb = new TextDecoder('gb18030', { fatal: true });
/** Labels that a camera may declare; anything else is refused rather than guessed. */
const declarable: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  gbk: 'gb18030',
  gb2312: 'gb18030',
  gb18030: 'gb18030',
  'iso-8859-1': 'iso-8859-1',
  latin1: 'iso-8859-1',
  'windows-1252': 'windows-1252',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
};

/** Strict GB18030 (a superset of GBK and GB2312); `null` where the bytes are none. */
export function decodeGbk(bytes: Uint8Array): string | null {
  try {
    return strictGb.decode(bytes);
  } catch {
    return null;
  }
}

/** GBK bytes of `text`; a character that GBK lacks becomes `?`, as on the displays that take it. */
export function encodeGbk(text: string): Uint8Array {
  return iconv.encode(text, 'gbk');
}

/**
 * Text of unsure encoding: a BOM wins, then the declared charset, then UTF-8. Bytes that are no UTF-8 although they should
 * be are read as GB18030 (Chinese firmware that declares UTF-8 and sends GBK). `null` = nothing fits.
 */
export function decodeText(bytes: Uint8Array, declared: string | null): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return decodeStrict('utf-8', bytes.subarray(3));
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeStrict('utf-16le', bytes.subarray(2));
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decodeStrict('utf-16be', bytes.subarray(2));
  const label = declared === null ? 'utf-8' : declarable[declared.trim().toLowerCase()];
  if (label === undefined) return null;
  if (label !== 'utf-8') return decodeStrict(label, bytes);
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return decodeGbk(bytes);
  }
}

function decodeStrict(label: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
