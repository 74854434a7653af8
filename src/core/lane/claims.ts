/** Claims and the mode derived from them (gate.md "Who moves the boom"): when the strongest ends, the next one holds. */
import type { ClaimPurpose } from '../io.ts';
import type { Claim } from './state.ts';

export type Mode = 'normal' | 'heldOpen' | 'lockedDown' | 'emergency' | 'outOfService';

/** Strongest first. Fire moves an out-of-service boom too; lockdown is weaker than the guard, whose openings are no claims. */
const LADDER: readonly { readonly purpose: ClaimPurpose; readonly mode: Mode }[] = [
  { purpose: 'fire', mode: 'emergency' },
  { purpose: 'emergency', mode: 'emergency' },
  { purpose: 'outOfService', mode: 'outOfService' },
  { purpose: 'lockdown', mode: 'lockedDown' },
  // A drill saves nobody: it moves no boom that a technician may be at, and opens nothing that is locked down on purpose. Above
  // a hold, so that the lane says why it is open; what was held before is held after it.
  { purpose: 'drill', mode: 'heldOpen' },
  { purpose: 'hold', mode: 'heldOpen' },
];

export function modeOf(claims: readonly Claim[]): Mode {
  return LADDER.find((rung) => claims.some((claim) => claim.purpose === rung.purpose))?.mode ?? 'normal';
}

/** The claim that makes the mode; null where the mode is normal. */
export function claimOfMode(claims: readonly Claim[]): Claim | null {
  for (const rung of LADDER) {
    const claim = claims.find((candidate) => candidate.purpose === rung.purpose);
    if (claim !== undefined) return claim;
  }
  return null;
}

/** The claim that keeps the portal open now, or null. */
export function strongestHolding(claims: readonly Claim[]): Claim | null {
  return holdsOpen(claims) ? claimOfMode(claims) : null;
}

/** A claim that only a named person on the spot may end, and that nothing weaker may replace (I3). */
export function isLifeSafety(purpose: ClaimPurpose): boolean {
  return purpose === 'fire' || purpose === 'emergency';
}

/** Does any claim keep the boom up? An owned hold yields to lockdown and to out of service; fire and emergency never. */
export function holdsOpen(claims: readonly Claim[]): boolean {
  const mode = modeOf(claims);
  return mode === 'emergency' || mode === 'heldOpen';
}

export function addClaim(claims: readonly Claim[], claim: Claim): readonly Claim[] {
  return [...claims.filter((standing) => standing.key !== claim.key), claim];
}

export function dropClaim(claims: readonly Claim[], key: string): readonly Claim[] {
  return claims.filter((claim) => claim.key !== key);
}
