/** WS-Security UsernameToken with PasswordDigest (OASIS WSS UsernameToken Profile 1.0 §3.1), both sides. */
import { createHash, randomBytes } from 'node:crypto';
import type { Wall } from '../core/values.ts';
import type { Credentials } from './digest.ts';
import { sameSecret } from './secret.ts';
import { childText, descendant, type XmlElement } from './xml.ts';

/** What stands in the token besides the user name. */
export interface PasswordProof {
  /** Base64 of SHA-1(nonce ‖ created ‖ password), the password as UTF-8. */
  readonly digest: string;
  /** Base64 of 16 random bytes, new for each message. */
  readonly nonce: string;
  /** ISO 8601 in UTC, by the verifier's clock. */
  readonly created: string;
}

export function passwordDigest(nonce: Uint8Array, created: string, password: string): string {
  return createHash('sha1').update(nonce).update(created, 'utf8').update(password, 'utf8').digest('base64');
}

/** `at` is the verifier's time, in wall milliseconds. */
export function provePassword(password: string, at: Wall, nonce: Uint8Array = randomBytes(16)): PasswordProof {
  const created = new Date(at).toISOString();
  return {
    digest: passwordDigest(nonce, created, password),
    nonce: Buffer.from(nonce).toString('base64'),
    created,
  };
}

export interface TokenVerifierOptions {
  readonly credentials: Credentials;
  /** `Created` may differ from the verifier's clock by this much (devices: 5 s to 5 min). */
  readonly windowMs: number;
}

const maxNonces = 4096;

/** A device's side. Nonces are remembered for as long as their `Created` would be taken. */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #nonces = new Map<string, Wall>();

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
  }

  /** `outdated` and `replayed`: the password may be right, the message is not of now. */
  verify(envelope: XmlElement, now: Wall): 'granted' | 'absent' | 'outdated' | 'replayed' | 'refused' {
    const token = descendant(envelope, 'UsernameToken');
    if (token === null) return 'absent';
    const [user, digest] = [childText(token, 'Username') ?? '', childText(token, 'Password') ?? ''];
    const [nonce, created] = [childText(token, 'Nonce') ?? '', childText(token, 'Created') ?? ''];
    const { credentials, windowMs } = this.#options;
    const at = Date.parse(created);
    if (!(Math.abs(now - at) <= windowMs)) return 'outdated';
    const expected = passwordDigest(Buffer.from(nonce, 'base64'), created, credentials.password);
    const named = sameSecret(user, credentials.user);
    if (!sameSecret(digest, expected) || !named) return 'refused';
    for (const [known, until] of this.#nonces) if (until < now) this.#nonces.delete(known);
    if (nonce === '' || this.#nonces.has(nonce) || this.#nonces.size >= maxNonces) return 'replayed';
    this.#nonces.set(nonce, at + windowMs);
    return 'granted';
  }
}
