/** The milliseconds from the camera to the open boom, of what was recorded; a stage that was not is said to be missing. */
import type { StoredRecord } from '../store/journal-read.ts';
import type { CommandStory, Story } from './story.ts';

export type StageName =
  | 'camera'
  | 'received'
  | 'decided'
  | 'waited'
  | 'committed'
  | 'sent'
  | 'echoed'
  | 'moved'
  | 'open';

export interface Stage {
  readonly stage: StageName;
  /** Monotonic milliseconds of the boot; null for the camera, which has a clock of its own, and for what is missing. */
  readonly atMono: number | null;
  /** Since `received`; negative for the camera. */
  readonly ms: number | null;
  readonly seq: number | null;
  /** byTime: follows in time, no cause recorded. twoClocks: the difference of two clocks, so only about. */
  readonly known: 'recorded' | 'byTime' | 'twoClocks' | 'missing';
  /** Why it is missing; for `waited`, what it waited for. */
  readonly why: string | null;
}

/** `why` is told only where the moment is missing. */
type MakeStage = (stage: StageName, mono: number | null, record: StoredRecord | null, why: string) => Stage;

const opens = new Set(['pulseOpen', 'holdOn', 'unlock']);

export function openingOf(story: Story): CommandStory | null {
  const openings = story.commands.filter(({ commanded }) => opens.has(String(commanded.body.action)));
  // A lost reply may have been followed by one second frame: the one that was echoed counts.
  return openings.find(({ outcome }) => outcome?.body.result === 'confirmed') ?? openings[0] ?? null;
}

export function stagesOf(story: Story): readonly Stage[] {
  const { decision } = story;
  const read = story.reads.at(-1) ?? null;
  const opening = openingOf(story);
  const received = numberOr(read?.body.receivedAt);
  const from = received ?? decision?.atMono ?? opening?.commanded.atMono ?? null;
  const at: MakeStage = (stage, mono, record, why) =>
    mono === null
      ? { stage, atMono: null, ms: null, seq: null, known: 'missing', why }
      : {
          stage,
          atMono: mono,
          ms: from === null ? null : mono - from,
          seq: record?.seq ?? null,
          known: 'recorded',
          why: null,
        };
  const unsent = whyUnsent(story, opening);
  const outcome = opening?.outcome ?? null;
  const body = outcome?.body ?? {};
  const echoed = body.result === 'confirmed' ? numberOr(body.settledAt) : null;
  return [
    cameraStage(read, received),
    at('received', received, read, 'noRead'),
    at('decided', decision?.atMono ?? null, decision, 'noDecision'),
    ...waited(decision, opening, at),
    ...committed(story, opening, at),
    at('sent', numberOr(body.sentAt), outcome, outcome === null ? unsent : String(body.result)),
    at('echoed', echoed, outcome, outcome === null ? unsent : String(body.result)),
    moved(opening, ['opening', 'open'], 'moved', at, unsent),
    moved(opening, ['open'], 'open', at, unsent),
  ];
}

/** A grant is commanded in the turn of its decision; what it had to wait for otherwise stands in the command's record. */
function waited(decision: StoredRecord | null, opening: CommandStory | null, at: MakeStage): readonly Stage[] {
  const reason = opening?.commanded.body.waitedFor;
  if (decision === null || opening === null || typeof reason !== 'string') return [];
  return [{ ...at('waited', opening.commanded.atMono, opening.commanded, reason), why: reason }];
}

/** What the frame waited for: the command's own record. Where nothing waited, the decision's, which a note of its own tells. */
function committed(story: Story, opening: CommandStory | null, at: MakeStage): readonly Stage[] {
  const why = story.decision !== null ? 'commitNotNoted' : opening === null ? 'noDecision' : 'notAwaited';
  const awaited = numberOr(opening?.outcome?.body.committedAt);
  if (awaited !== null) return [at('committed', awaited, opening?.commanded ?? null, why)];
  return [at('committed', story.committed?.atMono ?? null, story.committed?.note ?? null, why)];
}

/** The camera's clock is nobody's proof: only how far it stood from ours is told. */
function cameraStage(read: StoredRecord | null, received: number | null): Stage {
  const wall = numberOr(read?.body.cameraWall);
  if (read === null || received === null || wall === null)
    return {
      stage: 'camera',
      atMono: null,
      ms: null,
      seq: null,
      known: 'missing',
      why: read === null ? 'noRead' : 'noCameraClock',
    };
  const receivedWall = read.atWall - (read.atMono - received);
  return { stage: 'camera', atMono: null, ms: wall - receivedWall, seq: read.seq, known: 'twoClocks', why: null };
}

function moved(
  opening: CommandStory | null,
  to: readonly string[],
  stage: StageName,
  at: MakeStage,
  unsent: string,
): Stage {
  const found = opening?.positions.find(({ record }) => to.includes(String(record.body.to)));
  if (found === undefined) return at(stage, null, null, opening?.outcome?.body.sentAt ? 'notSeen' : unsent);
  const made = at(stage, found.record.atMono, found.record, 'notSeen');
  // The same record would say twice what was seen once: a boom first seen fully open.
  return found.linked === 'byTime' ? { ...made, known: 'byTime' } : made;
}

function whyUnsent(story: Story, opening: CommandStory | null): string {
  if (story.consequences.some((record) => record.kind === 'alreadyOpen')) return 'alreadyOpen';
  if (opening !== null) return 'noOutcome';
  return story.decision?.body.outcome === 'granted' ? 'noCommand' : 'notGranted';
}

function numberOr(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
