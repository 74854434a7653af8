/** What `--json` shows unless personal fields were asked for: no plate, card, holder, room or name (I14). */
import type { JournalRecord } from '../core/io.ts';
import type { RecordedDecision } from '../core/decide/decision.ts';
import type { Rehearsal } from '../runtime/rehearsal.ts';
import type { StoredRecord } from '../store/journal-read.ts';
import type { NewListRow } from '../store/list-file.ts';
import type { Story } from './story.ts';
import type { Picture, SeenDecision } from './watch-source.ts';

/** The key of a suggestion is another person's plate. */
interface ImpersonalDecision extends Omit<NonNullable<JournalRecord['decision']>, 'suggestion'> {
  readonly suggestion: { readonly rowId: string; readonly changed: number } | null;
}

export interface ImpersonalRecord extends Omit<JournalRecord, 'personal' | 'decision'> {
  readonly personal: null;
  readonly decision?: ImpersonalDecision;
}

function impersonalRecord({ decision, personal: _, ...record }: JournalRecord): ImpersonalRecord {
  if (decision === undefined) return { ...record, personal: null };
  return { ...record, personal: null, decision: impersonalDecision(decision) };
}

function impersonalDecision({ suggestion, ...rest }: RecordedDecision): ImpersonalDecision {
  const shown = suggestion === null ? null : { rowId: suggestion.rowId, changed: suggestion.changed };
  return { ...rest, suggestion: shown };
}

interface ImpersonalSeen extends Omit<SeenDecision, 'who' | 'decision'> {
  readonly who: null;
  readonly decision: ImpersonalDecision | null;
}

export interface ImpersonalPicture extends Omit<Picture, 'decisions'> {
  readonly decisions: readonly ImpersonalSeen[];
}

export function impersonalPicture({ decisions, ...picture }: Picture): ImpersonalPicture {
  const seen = decisions.map(
    ({ decision, ...one }): ImpersonalSeen => ({
      ...one,
      who: null,
      decision: decision === null ? null : impersonalDecision(decision),
    }),
  );
  return { ...picture, decisions: seen };
}

type Personal = 'key' | 'raw' | 'holder' | 'room';

/** A row of the list without whom it is about; `id` and `line` still name it. */
export function impersonalRow<Row extends NewListRow>(
  row: Row,
): Omit<Row, Personal> & Readonly<Record<Personal, null>> {
  return { ...row, key: null, raw: null, holder: null, room: null };
}

export function impersonalRehearsal({ decision, records, ...rehearsal }: Rehearsal) {
  return {
    ...rehearsal,
    decision: decision === null ? null : impersonalRecord(decision),
    records: records.map(impersonalRecord),
  };
}

export function impersonalStory(story: Story): Story {
  const shown = (record: StoredRecord): StoredRecord => ({ ...record, personal: null });
  const orNull = (record: StoredRecord | null): StoredRecord | null => (record === null ? null : shown(record));
  return {
    event: shown(story.event),
    causes: story.causes.map(shown),
    decision: orNull(story.decision),
    reads: story.reads.map(shown),
    commands: story.commands.map(({ commanded, outcome, positions }) => ({
      commanded: shown(commanded),
      outcome: orNull(outcome),
      positions: positions.map(({ record, linked }) => ({ record: shown(record), linked })),
    })),
    passage: orNull(story.passage),
    committed: story.committed === null ? null : { ...story.committed, note: shown(story.committed.note) },
    consequences: story.consequences.map(shown),
  };
}
