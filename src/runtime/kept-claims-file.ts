/** The claims of persons as their state file holds them, and what is believed of it at a start. Pure. */
import type { KeptClaim } from '../core/io.ts';
import type { Json, JsonObject, Wall } from '../core/values.ts';

export interface ClaimsFile {
  readonly claims: readonly KeptClaim[];
  readonly writtenAt: Wall;
}

export function claimsJson({ claims, writtenAt }: ClaimsFile): JsonObject {
  return { version: 1, writtenAt, claims: claims.map((claim) => ({ ...claim })) };
}

/** Null for whatever is no such file of this version: it is then not believed to be empty. */
export function claimsFrom(value: Json): ClaimsFile | null {
  if (!isObject(value) || value.version !== 1 || typeof value.writtenAt !== 'number') return null;
  if (!Array.isArray(value.claims)) return null;
  const claims = value.claims.map(claimFrom);
  const whole = claims.filter((claim) => claim !== null);
  return whole.length === claims.length ? { claims: whole, writtenAt: value.writtenAt } : null;
}

function claimFrom(value: Json): KeptClaim | null {
  if (!isObject(value)) return null;
  const { lane, key, purpose, via, since, remainingMs, passagesLeft, wholeSite } = value;
  if (purpose !== 'hold' && purpose !== 'lockdown' && purpose !== 'outOfService') return null;
  if (typeof lane !== 'string' || typeof key !== 'string' || typeof via !== 'string') return null;
  if (typeof since !== 'number' || typeof wholeSite !== 'boolean') return null;
  if (!isCount(remainingMs) || !isCount(passagesLeft)) return null;
  return { lane, key, purpose, via, since, remainingMs, passagesLeft, wholeSite };
}

function isCount(value: Json | undefined): value is number | null {
  return value === null || typeof value === 'number';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Time goes on while the process is away. By a clock that nobody vouches for none has passed: a lockdown or a lane out of service
 * that lasts too long is released by a word, one that ends too soon is noticed by nobody.
 */
export function afterAbsence({ claims, writtenAt }: ClaimsFile, wall: Wall, trusted: boolean): readonly KeptClaim[] {
  const awayMs = trusted ? Math.max(0, wall - writtenAt) : 0;
  return claims.map((claim) => ({
    ...claim,
    remainingMs: claim.remainingMs === null ? null : Math.max(0, claim.remainingMs - awayMs),
  }));
}
