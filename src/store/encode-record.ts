/** A record as flat columns, made on the main thread: what follows can neither throw on odd data nor hold live objects. */
import type { JournalRecord } from '../core/io.ts';

/** One row to be written. `ref` is null for the journal's own records (`journalMended`, `recordsLost`). */
export interface EncodedRecord {
  readonly ref: number | null;
  readonly kind: string;
  readonly lane: string | null;
  readonly direction: string | null;
  readonly atMono: number;
  readonly atWall: number;
  readonly wallTrusted: 0 | 1;
  readonly causeRef: number | null;
  readonly command: string | null;
  readonly passage: number | null;
  /** JSON as `recordJson` writes it. */
  readonly body: string;
  readonly personal: string | null;
  /** Id of the list row whose one use this record spends, in the same transaction (I8). */
  readonly spends: string | null;
  /** Gives this row's spent use back, once: the body says `returned: true` and names the `rowId` (gate.md "Opening"). */
  readonly returns: { readonly rowId: string } | null;
}

const MAX_DEPTH = 32;
const MAX_TEXT = 262_144;

/** Characters held for this record, for the memory limit. */
export const sizeOf = (record: EncodedRecord): number => 200 + record.body.length + (record.personal?.length ?? 0);

export function encodeRecord(record: JournalRecord): EncodedRecord {
  const { decision } = record;
  const suggested = decision?.suggestion ?? null;
  // A suggested key is somebody's plate, so it goes where it can be deleted (I14).
  const stored =
    decision === undefined || suggested === null
      ? decision
      : { ...decision, suggestion: { rowId: suggested.rowId, changed: suggested.changed } };
  const body = stored === undefined ? record.body : { ...record.body, decision: stored };
  const personal = suggested === null ? record.personal : { suggestion: suggested.key, ...record.personal };
  const rowId = record.body.rowId;
  return {
    ref: record.ref,
    kind: record.kind,
    lane: record.lane,
    direction: record.direction ?? null,
    atMono: finite(record.at.mono),
    atWall: finite(record.at.wall),
    wallTrusted: record.at.wallTrusted ? 1 : 0,
    causeRef: record.cause,
    command: record.command ?? null,
    passage: record.passage ?? null,
    body: recordJson(body),
    personal: personal === undefined ? null : recordJson(personal),
    spends: record.decision?.outcome === 'granted' && record.decision.spends ? record.decision.rowId : null,
    returns: record.body.returned === true && typeof rowId === 'string' ? { rowId } : null,
  };
}

/** A record that the journal itself makes, about itself. */
export function ownRecord(
  kind: string,
  at: { readonly mono: number; readonly wall: number },
  body: unknown,
): EncodedRecord {
  return {
    ref: null,
    kind,
    lane: null,
    direction: null,
    atMono: finite(at.mono),
    atWall: finite(at.wall),
    wallTrusted: 0,
    causeRef: null,
    command: null,
    passage: null,
    body: recordJson(body),
    personal: null,
    spends: null,
    returns: null,
  };
}

/**
 * JSON with keys in the order given, so that one run gives one journal. Never throws: what is no JSON becomes null, what is
 * nested too deep for the engine is named so, and more than 256 Ki characters are replaced by their count (I15).
 */
export function recordJson(value: unknown): string {
  const text = nativeJson(value) ?? write(value, 0);
  return text.length <= MAX_TEXT ? text : JSON.stringify({ tooLong: text.length });
}

/** The engine's own writer, ten times as fast as ours: a car waits for this. Null where it refuses. */
function nativeJson(value: unknown): string | null {
  try {
    return (JSON.stringify(value) as string | undefined) ?? 'null';
  } catch {
    return null;
  }
}

function write(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : 'null';
  if (typeof value !== 'object') return 'null';
  if (depth >= MAX_DEPTH) return '"tooDeep"';
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${write(item, depth + 1)}`).join(',')}}`;
}

const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
