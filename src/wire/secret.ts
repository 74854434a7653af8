/** Secrets are compared and shown only as hashes, so that neither timing nor a log tells them. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256 in hexadecimal: the key under which a secret path is looked up. */
export function hashOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Equal strings, in a time that does not depend on where they differ. */
export function sameSecret(left: string, right: string): boolean {
  const a = createHash('sha256').update(left).digest();
  const b = createHash('sha256').update(right).digest();
  return timingSafeEqual(a, b);
}
