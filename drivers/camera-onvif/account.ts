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
const maxAccounts = 256;

export class Account {
  #failures = 0;
  #notBefore: Mono = Number.NEGATIVE_INFINITY;

  /** Milliseconds still to wait; 0: it may be tried. */
  waitMs(now: Mono): number {
    return Math.max(0, this.#notBefore - now);
  }

  accepted(): void {
    this.#failures = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }

  /** One minute after the first and second refusal, ten after the third and each further one. */
  refused(now: Mono): void {
    this.#failures += 1;
    this.#notBefore = now + (this.#failures >= triesBeforeLockOut ? lockOutMs : pauseMs);
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
