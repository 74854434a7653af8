/** What is known of each camera's account, so that a wrong password locks nobody out (protocols.md §1.2 Auth). */
import type { Mono } from '../core/values.ts';
import { type Credentials, DigestClient } from '../wire/digest.ts';
import { hashOf } from '../wire/secret.ts';

const busyMs = 1000;
const pauseMs = 60_000;
const lockOutMs = 600_000;
const triesBeforeLockOut = 3;
const maxAccounts = 256;

export class CameraAccount {
  readonly #credentials: Credentials;
  #digest: DigestClient;
  #failures = 0;
  #proven = false;
  #notBefore: Mono = Number.NEGATIVE_INFINITY;
  #busy = 0;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    this.#digest = new DigestClient(credentials);
  }

  /** Signs by the nonce that was accepted last; without one it signs nothing. */
  get digest(): DigestClient {
    return this.#digest;
  }

  /** For one exchange: a new nonce is nobody else's before it is accepted, since some cameras take each only once. */
  newDigest(): DigestClient {
    return new DigestClient(this.#credentials);
  }

  /**
   * Milliseconds still to wait, or `null`: go ahead, and call `end` afterwards. Until the password is proven one request
   * at a time may try it, so that requests side by side cannot use up the camera's tries.
   */
  begin(now: Mono): number | null {
    if (now < this.#notBefore) return this.#notBefore - now;
    if (!this.#proven && this.#busy > 0) return busyMs;
    this.#busy += 1;
    return null;
  }

  end(): void {
    this.#busy -= 1;
  }

  /** `by`: what signed the request. */
  accepted(by: DigestClient): void {
    this.#digest = by;
    this.#failures = 0;
    this.#proven = true;
  }

  /** One minute after the first and second refusal, ten after the third and each further one. */
  refused(now: Mono): number {
    this.#failures += 1;
    this.#proven = false;
    // The next try begins with the camera's challenge: signed with an old nonce it would cost a second wrong proof.
    this.#digest = this.newDigest();
    const wait = this.#failures >= triesBeforeLockOut ? lockOutMs : pauseMs;
    this.#notBefore = now + wait;
    return wait;
  }
}

/** By camera, user and password: a corrected password is tried at once. */
export class CameraAccounts {
  readonly #accounts = new Map<string, CameraAccount>();

  of(origin: string, credentials: Credentials): CameraAccount {
    const key = hashOf(JSON.stringify([origin, credentials.user, credentials.password]));
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    const oldest = this.#accounts.keys().next().value;
    if (this.#accounts.size >= maxAccounts && oldest !== undefined) this.#accounts.delete(oldest);
    const account = new CameraAccount(credentials);
    this.#accounts.set(key, account);
    return account;
  }
}
