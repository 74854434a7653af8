/**
 * When the camera's account may be tried again after a refusal. The line's own guard knows Digest only; a refused
 * UsernameToken stands in a SOAP body, and locks the account just the same (protocols.md §1.2 Auth).
 */
import type { Clock } from '../../src/contract/clock.ts';
import type { Mono } from '../../src/core/values.ts';
import { hashOf } from '../../src/wire/secret.ts';

const pauseMs = 60_000;
const lockOutMs = 600_000;
const triesBeforeLockOut = 3;
const doubtsOfProven = 3;
const maxAccounts = 256;

export class Account {
  #failures = 0;
  #doubts = 0;
  #proven = false;
  #notBefore: Mono = Number.NEGATIVE_INFINITY;
  #why: 'unauthorised' | 'doubtful' = 'unauthorised';

  /** A pull has been answered, and nothing was refused since. */
  get proven(): boolean {
    return this.#proven;
  }

  /** Proven, and nothing has failed since that may have been a refusal. */
  get trusted(): boolean {
    return this.#proven && this.#doubts === 0;
  }

  /** Why it may not be tried: the camera refused it, or answered so that it may have. */
  get why(): 'unauthorised' | 'doubtful' {
    return this.#why;
  }

  /** Milliseconds still to wait; 0: it may be tried. */
  waitMs(now: Mono): number {
    return Math.max(0, this.#notBefore - now);
  }

  accepted(): void {
    this.#failures = 0;
    this.#doubts = 0;
    this.#proven = true;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }

  /** One minute after the first and second refusal, ten after the third and each further one. */
  refused(now: Mono): void {
    this.#failures += 1;
    this.#proven = false;
    this.#why = 'unauthorised';
    this.#notBefore = now + (this.#failures >= triesBeforeLockOut ? lockOutMs : pauseMs);
  }

  /**
   * A fault that may be a refusal in words of the camera's own. True: it counts as one. A proven account has some such
   * faults free, since a camera that starts answers them too.
   */
  doubted(now: Mono): boolean {
    this.#doubts += 1;
    if (this.#proven && this.#doubts < doubtsOfProven) return false;
    this.refused(now);
    this.#why = 'doubtful';
    return true;
  }
}

/** By clock, since the times are that clock's; within it by camera, user and password: a corrected password is tried at once. */
const known = new WeakMap<Clock, Map<string, Account>>();

/** The same account for the same camera, user and password: a reload with the same wrong password begins no new count. */
export function accountOf(clock: Clock, origin: string, user: string, password: string): Account {
  const accounts = known.get(clock) ?? new Map<string, Account>();
  known.set(clock, accounts);
  const key = hashOf(JSON.stringify([origin, user, password]));
  const found = accounts.get(key);
  if (found !== undefined) return found;
  const oldest = accounts.keys().next().value;
  if (accounts.size >= maxAccounts && oldest !== undefined) accounts.delete(oldest);
  const account = new Account();
  accounts.set(key, account);
  return account;
}
