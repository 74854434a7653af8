/** What belongs to one event: what led to it, the decision, the commands that followed and what the boom did. */
import type { Json, JsonObject } from '../core/values.ts';
import type { JournalReader, StoredRecord } from '../store/journal-read.ts';

export interface Story {
  readonly event: StoredRecord;
  /** From the first cause to the event itself. */
  readonly causes: readonly StoredRecord[];
  readonly decision: StoredRecord | null;
  /** Reads of the same car up to the decision, oldest first. */
  readonly reads: readonly StoredRecord[];
  readonly commands: readonly CommandStory[];
  readonly passage: StoredRecord | null;
  /** The note that says when the decision's record was durable; null where none was made, or not yet. */
  readonly committed: { readonly note: StoredRecord; readonly atMono: number } | null;
  /** Everything else that names one of these as its cause. */
  readonly consequences: readonly StoredRecord[];
}

export interface CommandStory {
  readonly commanded: StoredRecord;
  readonly outcome: StoredRecord | null;
  readonly positions: readonly { readonly record: StoredRecord; readonly linked: 'byCause' | 'byTime' }[];
}

const AHEAD_MAX = 5000;
const PIECE = 1000;
/** What a grant leads to is over by then; a convoy's later records have causes of their own. */
const AHEAD_MS = 600_000;

export function storyOf(reader: JournalReader, event: StoredRecord): Story {
  const causes = reader.causes(event.seq);
  const root = causes[0] ?? event;
  const followers = ahead(reader, root);
  const after = onLane(followers, root);
  const decision = decisionFor(event, causes, root, after);
  const head = decision ?? root;
  const family = descendants(head, after);
  const commanded = family.filter((record) => record.kind === 'commanded');
  const commands = commanded.map((command) => commandStory(command, family, after));
  const told = new Set(
    commands.flatMap(({ commanded: one, outcome, positions }) => [
      one,
      outcome,
      ...positions.map((entry) => entry.record),
    ]),
  );
  const passage = family.find((record) => record.kind === 'passage') ?? null;
  return {
    event,
    causes,
    decision,
    reads: decision === null ? [] : readsBefore(decision, root, after),
    commands,
    passage,
    committed: decision === null ? null : committedOf(decision, followers),
    consequences: family.filter((record) => record !== passage && !told.has(record)),
  };
}

function ahead(reader: JournalReader, from: StoredRecord): readonly StoredRecord[] {
  const found: StoredRecord[] = [];
  let seq = from.seq;
  while (found.length < AHEAD_MAX) {
    const piece = reader.readFrom(seq, PIECE);
    for (const record of piece) {
      // Monotonic times of another boot say nothing about this one.
      if (record.boot !== from.boot || record.atMono - from.atMono > AHEAD_MS) return found;
      found.push(record);
      seq = record.seq;
    }
    if (piece.length < PIECE) return found;
  }
  return found;
}

/** Shape: runtime/commit-times.ts. */
function committedOf(decision: StoredRecord, followers: readonly StoredRecord[]): Story['committed'] {
  for (const note of followers) {
    if (note.kind !== 'committed' || note.seq < decision.seq || !Array.isArray(note.body.decisions)) continue;
    const own = note.body.decisions.find((entry: Json) => isObject(entry) && entry.ref === decision.ref);
    if (isObject(own) && typeof own.atMono === 'number') return { note, atMono: own.atMono };
  }
  return null;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function onLane(records: readonly StoredRecord[], root: StoredRecord): readonly StoredRecord[] {
  return root.lane === null ? records : records.filter((record) => record.lane === root.lane);
}

/** For a read: the first decision of its car from then on, else the last before. */
function decisionFor(
  event: StoredRecord,
  causes: readonly StoredRecord[],
  root: StoredRecord,
  after: readonly StoredRecord[],
): StoredRecord | null {
  const above = causes.findLast((record) => record.kind === 'decision');
  if (above !== undefined) return above;
  const own = after.filter((record) => record.kind === 'decision' && causedBy(record, root));
  return own.find((record) => record.seq > event.seq) ?? own.at(-1) ?? null;
}

function causedBy(record: StoredRecord, cause: StoredRecord): boolean {
  return cause.ref !== null && record.boot === cause.boot && record.causeRef === cause.ref;
}

function descendants(head: StoredRecord, after: readonly StoredRecord[]): readonly StoredRecord[] {
  const refs = new Set([head.ref]);
  return after.filter((record) => {
    if (record.seq <= head.seq || record.causeRef === null || !refs.has(record.causeRef)) return false;
    refs.add(record.ref);
    return true;
  });
}

function readsBefore(
  decision: StoredRecord,
  root: StoredRecord,
  after: readonly StoredRecord[],
): readonly StoredRecord[] {
  const isRead = (record: StoredRecord) => record.kind === 'plateRead' || record.kind === 'cardRead';
  return [root, ...after].filter(
    (record) => isRead(record) && record.seq < decision.seq && (record === root || causedBy(record, root)),
  );
}

function commandStory(
  commanded: StoredRecord,
  family: readonly StoredRecord[],
  after: readonly StoredRecord[],
): CommandStory {
  const outcome = family.find((record) => record.kind === 'outcome' && record.command === commanded.command) ?? null;
  const byCause = family.filter((record) => record.kind === 'position' && causedBy(record, commanded));
  if (byCause.length > 0)
    return { commanded, outcome, positions: byCause.map((record) => ({ record, linked: 'byCause' })) };
  // Where no cause is noted, what the boom did until it was next commanded.
  const next = after.find((record) => record.kind === 'commanded' && record.seq > commanded.seq);
  const byTime = after.filter(
    (record) =>
      record.kind === 'position' &&
      record.causeRef === null &&
      record.seq > commanded.seq &&
      record.seq < (next?.seq ?? Number.POSITIVE_INFINITY),
  );
  return { commanded, outcome, positions: byTime.map((record) => ({ record, linked: 'byTime' })) };
}
