/** Narrow interfaces between runtime and the rooms that store and look up; stated here so that those rooms never import each other. */
import type { Facts, LookupKeys } from './decide/facts.ts';
import type { JournalRecord } from './io.ts';

export interface JournalEvents {
  /** Everything up to `ref` is durable; `seq` is the last sequence number written. */
  acked(ref: number, seq: number, committedAtMono: number): void;
  /** The oldest waiting record is older than 300 ms, or the disk refused. */
  refused(fromRef: number, why: string): void;
  mended(): void;
}

export interface JournalPort {
  /** Queues for the writer thread; never blocks. Order is kept, also over refusals. */
  append(records: readonly JournalRecord[]): void;
  /** False while what waits for the disk has reached its limit: more would be folded, so a sender should keep its own. */
  hasRoom(): boolean;
  /** Resolves when all that was appended is durable, or `false` after `ms`. */
  flush(ms: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface ListPort {
  /** Synchronous point look-ups; ≤ 1 ms at 1,000,000 rows. Never throws: `available: false` instead. */
  lookup(keys: LookupKeys): Facts;
}
