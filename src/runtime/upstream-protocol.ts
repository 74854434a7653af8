/** Between the main thread and the uplink's; all of it structured-cloneable. */
import type { IgnoredReport } from '../upstream/ignored.ts';
import type { Snapshot } from '../upstream/messages.ts';
import type { Progress } from '../upstream/outbox.ts';
import type { AnchorPayload } from '../upstream/payloads.ts';
import type { UplinkSettings } from '../upstream/settings.ts';
import type { Skipped, UplinkStatus } from '../upstream/uplink.ts';

export interface UplinkThreadData {
  readonly gateway: string;
  readonly boot: string;
}

/** A database that another one stands in for. */
export interface ReplacedDatabase {
  /** Where it lies now; null = its file is gone. */
  readonly path: string | null;
}

/** Records that left the database before the platform had acknowledged them, as far as is known. */
export interface Gap {
  /** Null: of more than one, or not known. */
  readonly epoch: string | null;
  readonly fromSeq: number;
  readonly toSeq: number;
}

export type ToUplinkThread =
  /** Also sent for settings as they were: whoever reloads has changed something, a password file perhaps. */
  | { readonly kind: 'configure'; readonly settings: UplinkSettings }
  /** The database can be read; `database` counts the openings, and comes back with each progress and status. */
  | {
      readonly kind: 'attach';
      readonly dir: string;
      readonly database: number;
      readonly replaced: ReplacedDatabase | null;
    }
  /** The database is about to be replaced or opened anew. To be answered with `detached` once that may be. */
  | { readonly kind: 'detach' }
  | { readonly kind: 'committed'; readonly seq: number; readonly database: number }
  /** To be answered with a status: whoever does not answer is blocked. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'show'; readonly snapshot: Snapshot }
  | { readonly kind: 'anchored'; readonly anchor: AnchorPayload }
  | { readonly kind: 'stop' };

export type FromUplinkThread =
  /** `database` null: none is drained; 0: one that a process before this one had. */
  | { readonly kind: 'progress'; readonly progress: Progress; readonly database: number | null }
  | { readonly kind: 'status'; readonly status: UplinkStatus; readonly database: number | null }
  | { readonly kind: 'detached' }
  /** What was replaced before it is drained, or given up. */
  | { readonly kind: 'drains'; readonly database: number }
  | { readonly kind: 'ignored'; readonly report: IgnoredReport }
  | { readonly kind: 'missing'; readonly gap: Gap }
  | { readonly kind: 'skipped'; readonly skipped: Skipped }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly facts: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'stopped' };

/** Name of the outbox's cursor in the store, and of its small values: its marks, and where a replaced database lies. */
export const UPSTREAM_CONSUMER = 'upstream';
export const UPSTREAM_MARKS = 'upstreamMarks';
export const UPSTREAM_REPLACED = 'upstreamReplaced';
