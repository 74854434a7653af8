/** Between the main thread and the uplink's; all of it structured-cloneable. */
import type { IgnoredReport } from '../upstream/ignored.ts';
import type { Snapshot } from '../upstream/messages.ts';
import type { Progress } from '../upstream/outbox.ts';
import type { AnchorPayload } from '../upstream/payloads.ts';
import type { UplinkSettings } from '../upstream/settings.ts';
import type { UplinkStatus } from '../upstream/uplink.ts';

export interface UplinkThreadData {
  readonly gateway: string;
  readonly boot: string;
}

export type ToUplinkThread =
  /** Also sent for settings as they were: whoever reloads has changed something, a password file perhaps. */
  | { readonly kind: 'configure'; readonly settings: UplinkSettings }
  /** The database can be read; `database` counts the openings, and comes back with each progress. */
  | { readonly kind: 'attach'; readonly dir: string; readonly database: number }
  | { readonly kind: 'detach' }
  | { readonly kind: 'committed'; readonly seq: number }
  | { readonly kind: 'show'; readonly snapshot: Snapshot }
  | { readonly kind: 'anchored'; readonly anchor: AnchorPayload }
  | { readonly kind: 'stop' };

export type FromUplinkThread =
  | { readonly kind: 'progress'; readonly progress: Progress; readonly database: number }
  | { readonly kind: 'status'; readonly status: UplinkStatus }
  | { readonly kind: 'ignored'; readonly report: IgnoredReport }
  | { readonly kind: 'missing'; readonly fromSeq: number; readonly toSeq: number }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly facts: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'stopped' };

/** Name of the outbox's cursor and of its marks in the store. */
export const UPSTREAM_CONSUMER = 'upstream';
export const UPSTREAM_MARKS = 'upstreamMarks';
