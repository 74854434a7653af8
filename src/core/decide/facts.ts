/** Committed state that the runtime looked up for one input, by the keys that `lookupKeys` asked for. */
import type { Wall } from '../values.ts';

/** One right to pass, as a row of the list. A block row has `blocked: true` and wins over everything (gate.md "Opening"). */
export interface ListRow {
  readonly id: string;
  /** `plate:京A12345` or `card:24:d507d0` (significant bits without parity); see `credential/keys.ts`. */
  readonly key: string;
  /** For plates: the colour that the row is bound to, or null for any. */
  readonly color: string | null;
  readonly blocked: boolean;
  readonly enabled: boolean;
  /** `resident`, `visitor`, `courier`, `staff`, `emergency` …: free word of the site. */
  readonly category: string;
  /** Lane ids or lane groups; empty = every lane. */
  readonly lanes: readonly string[];
  /** Empty = both. */
  readonly directions: readonly ('in' | 'out')[];
  readonly validFrom: Wall | null;
  readonly validTo: Wall | null;
  /** Names of weekly windows; empty = always. */
  readonly windows: readonly string[];
  /** Both halves of plate + card share one permit. */
  readonly permit: string;
  readonly requires: 'any' | 'plateAndCard';
  /** Spent at grant (I8); null = standing permit. */
  readonly usesLeft: number | null;
  /** Personal; recorded only in the side table. */
  readonly holder: string | null;
  readonly room: string | null;
}

export interface Facts {
  readonly listVersion: string;
  /** Age of the list in force, milliseconds since it was adopted. */
  readonly listAgeMs: number;
  /** Rows for the exact keys. */
  readonly rows: readonly ListRow[];
  /** Rows for the near keys (one confusable character away). */
  readonly near: readonly ListRow[];
  /** How long the look-up took, microseconds, for `explain`. */
  readonly lookupUs: number;
  /** False when the database could not be asked: nothing is known, so entries are referred. */
  readonly available: boolean;
}

export interface LookupKeys {
  readonly exact: readonly string[];
  readonly near: readonly string[];
}
