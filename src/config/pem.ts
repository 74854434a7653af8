/** What a PEM file holds, without what is in it: which parts, from when to when, and which belong together. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Wall } from '../core/values.ts';

export interface PemCertificate {
  readonly from: Wall;
  readonly until: Wall;
  /** Print of the public key; null where its kind is not known here. */
  readonly print: string | null;
}

/** A private key by the public key that belongs to it; `locked`: behind a pass phrase. */
export type PemKey = { readonly locked: true } | { readonly locked: false; readonly print: string | null };

export interface PemShape {
  /** In the file's order. */
  readonly certificates: readonly PemCertificate[];
  readonly keys: readonly PemKey[];
  /** Number of the first part that cannot be read, counted from 1; 0 where all can. */
  readonly broken: number;
  /** What it is where it holds neither. */
  readonly otherwise: 'request' | 'publicKey' | 'binary' | 'noPem';
}

const begin = /^-----BEGIN ([A-Z0-9 ]+)-----/gm;
const partsMax = 1000;

export function pemShape(bytes: Uint8Array): PemShape {
  const text = Buffer.from(bytes).toString('latin1');
  const certificates: PemCertificate[] = [];
  const keys: PemKey[] = [];
  const labels = new Set<string>();
  let broken = 0;
  for (const [index, found] of [...text.matchAll(begin)].slice(0, partsMax).entries()) {
    const label = found[1] ?? '';
    const end = text.indexOf(`-----END ${label}-----`, found.index);
    const part = end < 0 ? text.slice(found.index) : text.slice(found.index, end + label.length + 14);
    labels.add(label);
    try {
      if (/(^| )CERTIFICATE$/.test(label)) certificates.push(certificateOf(part));
      else if (label.endsWith('PRIVATE KEY')) keys.push(keyOf(label, part));
    } catch {
      if (broken === 0) broken = index + 1;
    }
  }
  return { certificates, keys, broken, otherwise: otherwise(labels, bytes) };
}

function certificateOf(part: string): PemCertificate {
  const certificate = new X509Certificate(part);
  return {
    from: certificate.validFromDate.getTime(),
    until: certificate.validToDate.getTime(),
    print: printOf(() => certificate.publicKey),
  };
}

function keyOf(label: string, part: string): PemKey {
  if (label.startsWith('ENCRYPTED') || /^Proc-Type: 4,ENCRYPTED/m.test(part)) return { locked: true };
  const key = createPrivateKey(part);
  return { locked: false, print: printOf(() => createPublicKey(key)) };
}

/** Equal for a certificate and its private key: both give out the same public half. */
function printOf(publicKey: () => KeyObject): string | null {
  try {
    return createHash('sha256')
      .update(publicKey().export({ type: 'spki', format: 'der' }))
      .digest('hex');
  } catch {
    return null;
  }
}

function otherwise(labels: ReadonlySet<string>, bytes: Uint8Array): PemShape['otherwise'] {
  if ([...labels].some((label) => label.endsWith('CERTIFICATE REQUEST'))) return 'request';
  if ([...labels].some((label) => label.endsWith('PUBLIC KEY'))) return 'publicKey';
  // DER begins with a SEQUENCE; no text does so with these two bytes.
  return bytes[0] === 0x30 && ((bytes[1] ?? 0) & 0x80) !== 0 ? 'binary' : 'noPem';
}
