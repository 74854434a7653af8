/** What one rule found. */
import type { Case } from './case.ts';
import type { Decision, Reason } from './decision.ts';
import type { ListRow } from './facts.ts';

export interface Finding {
  readonly reasons: readonly Reason[];
  /** The reason that settles the matter if no earlier rule did; null where this rule leaves it open. */
  readonly deciding: Reason | null;
  readonly row?: ListRow | undefined;
  readonly spends?: boolean | undefined;
  readonly suggestion?: Decision['suggestion'] | undefined;
}

export interface Rule {
  readonly name: string;
  readonly judge: (c: Case) => Finding;
}
