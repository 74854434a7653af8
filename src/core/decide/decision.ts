/** A decision and all of its reasons. */
import type { JsonObject } from '../values.ts';

export type DecisionOutcome = 'granted' | 'denied' | 'referred';

/** ONVIF Access Control names where they fit, ours beside them (product.md "Words"). */
export type ReasonCode =
  | 'permitted'
  | 'exitFree'
  | 'blindExit'
  | 'emergencyVehicle'
  | 'guardGranted'
  | 'heldOpen'
  | 'blocked'
  | 'unknownCredential'
  | 'CredentialNotEnabled'
  | 'CredentialNotActive'
  | 'CredentialExpired'
  | 'NotPermittedAtThisTime'
  | 'Unauthorized'
  | 'usesSpent'
  | 'colorMismatch'
  | 'laneClosed'
  | 'laneNotCommissioned'
  | 'lockedDown'
  | 'outOfService'
  | 'opposingDirection'
  | 'grantQueueFull'
  | 'interlockOpen'
  | 'interlockUnknown'
  | 'awaitingSecondFactor'
  | 'secondFactorMissing'
  | 'secondFactorMismatch'
  | 'secondFactorUnavailable'
  | 'secondFactorWaived'
  | 'plateUncertain'
  | 'nearPlate'
  | 'noPlate'
  | 'unreadPresence'
  | 'listUnavailable'
  | 'clockUntrusted'
  | 'notPresent'
  | 'drivingAway'
  | 'emergencyUnconfirmed'
  | 'journalBroken'
  | 'replayed'
  | 'Other';

/** One rule that was tried. `verdict` says what this rule alone would have done. */
export interface Reason {
  readonly rule: string;
  readonly code: ReasonCode;
  readonly verdict: 'grants' | 'denies' | 'refers' | 'passes' | 'notApplicable';
  /** The facts that the rule looked at; nothing personal (I14). */
  readonly facts: JsonObject;
  /** Age of the oldest of these facts in milliseconds; null where they have none (constants, configuration). */
  readonly ageMs: number | null;
}

/** As recorded and shown: a fact or an age that there is none of is left out, since every grant carries some thirty reasons. */
export interface RecordedReason extends Omit<Reason, 'facts' | 'ageMs'> {
  readonly facts?: JsonObject | undefined;
  readonly ageMs?: number | null | undefined;
}

export interface RecordedDecision extends Omit<Decision, 'reasons'> {
  readonly reasons: readonly RecordedReason[];
}

export interface Decision {
  readonly outcome: DecisionOutcome;
  /** The reason that a screen, an LED line or a voice would give: the strongest. */
  readonly code: ReasonCode;
  /** Every rule, in the order tried, matched or not. */
  readonly reasons: readonly Reason[];
  /** Permit that grants, or whose second half is awaited or did not come in time. */
  readonly permit: string | null;
  readonly rowId: string | null;
  /** True where a one-time credential is spent by this grant. */
  readonly spends: boolean;
  /** Nearest plate on the list, for the guard's eyes inside `referred`; never an opening. */
  readonly suggestion: { readonly key: string; readonly rowId: string; readonly changed: number } | null;
}
