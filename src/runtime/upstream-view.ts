/** What is shown of the way to the platform: live for `lanes` and `watch`, from the journal alone for `explain`. */
import type { Text } from '../core/values.ts';
import type { JournalReader, StoredRecord } from '../store/journal-read.ts';
import type { UplinkStatus } from '../upstream/uplink.ts';
import { UPSTREAM_CONSUMER, UPSTREAM_MARKS } from './upstream-protocol.ts';

export interface UpstreamView {
  /** `host:port` of the broker. */
  readonly broker: string;
  /** `starting`: its thread has not spoken yet. */
  readonly state: 'starting' | UplinkStatus['state'];
  readonly sinceMs: number;
  /** Why it is not connected. */
  readonly why: { readonly code: string; readonly text: Text } | null;
  /** Outbox depth in records, and how long ago the oldest of them happened; null where none waits. */
  readonly waiting: number;
  readonly oldestAgeMs: number | null;
  /** Everything up to this sequence number was acknowledged. */
  readonly acknowledgedSeq: number;
  readonly acknowledgedAgoMs: number | null;
}

/** Everything up to `seq` was acknowledged when this was noted. */
export interface Mark {
  readonly seq: number;
  readonly atWall: number;
  readonly atMono: number;
  readonly boot: string;
}

export const MARKS_KEPT = 64;

export type UpstreamStage =
  /**
   * `ms`: from recording to the acknowledgement, where both were in one boot; up to a second too many, since marks are made
   * so often. `atWall` null = longer ago than marks are kept.
   */
  | { readonly state: 'acknowledged'; readonly atWall: number | null; readonly ms: number | null }
  /** The platform did not take it in any form; it is kept here alone. */
  | { readonly state: 'passedOver' }
  /** `ahead`: records that go first. */
  | { readonly state: 'waiting'; readonly ahead: number }
  /** Nothing was ever acknowledged: no upstream, or none that answered. */
  | { readonly state: 'never' };

/** The upstream stage of a record, as the database has it; needs no running gateway. */
export function upstreamStageOf(reader: JournalReader, record: StoredRecord): UpstreamStage {
  const cursor = reader.cursor(UPSTREAM_CONSUMER);
  if (cursor === null) return { state: 'never' };
  if (record.seq > cursor.seq) return { state: 'waiting', ahead: record.seq - cursor.seq - 1 };
  if (reader.wasPassedOver(record)) return { state: 'passedOver' };
  const marks = marksIn(reader.value(UPSTREAM_MARKS));
  const first = marks.find((mark) => mark.seq >= record.seq);
  const covered = first !== undefined && (marks[0] !== first || marks.length < MARKS_KEPT);
  if (!covered) return { state: 'acknowledged', atWall: null, ms: null };
  const ms = first.boot === record.boot ? Math.max(0, first.atMono - record.atMono) : null;
  return { state: 'acknowledged', atWall: first.atWall, ms };
}

/** Marks as kept; whatever is none is left out. Oldest first. */
export function marksIn(kept: unknown): readonly Mark[] {
  if (!Array.isArray(kept)) return [];
  return kept.flatMap((entry: unknown): Mark[] => {
    const { seq, atWall, atMono, boot } = (entry ?? {}) as Partial<Record<keyof Mark, unknown>>;
    const whole =
      typeof seq === 'number' && typeof atWall === 'number' && typeof atMono === 'number' && typeof boot === 'string';
    return whole ? [{ seq, atWall, atMono, boot }] : [];
  });
}
