/** Where `watch` gets what it shows: the status at every look, decisions as they are made, through restarts of the daemon. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RecordedDecision } from '../core/decide/decision.ts';
import type { JournalRecord } from '../core/io.ts';
import type { Json, JsonObject, Text } from '../core/values.ts';
import { ask, followRecords } from '../runtime/control-client.ts';
import type { StatusView } from '../runtime/views.ts';
import { openJournalReader } from '../store/journal-read.ts';
import { failureOf } from './failure.ts';
import { countedHalf, decisionOfRecord } from './record-line.ts';

export interface SeenDecision {
  readonly wall: number;
  readonly lane: string;
  readonly outcome: string;
  readonly code: string;
  /** Plate, card or both as presented, of a grant what it rests on; empty where nothing was read. */
  readonly who: string;
  readonly decision: RecordedDecision | null;
}

export interface Picture {
  /** Null while the daemon gives no answer: an old one is never shown for a live one. */
  readonly status: StatusView | null;
  /** Wall milliseconds: of the last answer, or of the first question where there was none yet. */
  readonly heardAt: number;
  /** Newest first. */
  readonly decisions: readonly SeenDecision[];
  /** Why there is no status, where that can be said: no gateway runs, no permission. */
  readonly trouble?: Text | undefined;
}

const DECISIONS_MAX = 100;
/** A daemon that has not answered by then shows nothing that could be called live. */
const ANSWER_MS = 3000;
const RECONNECT_MS = 1000;

export class WatchSource {
  readonly #stateDir: string;
  #heardAt: number;
  #decisions: readonly SeenDecision[] = [];

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.#heardAt = Date.now();
  }

  /** Asks once, and until `over` at most. The error is given back, so that a single look can say why there is no answer. */
  async look(over: AbortSignal | null = null): Promise<{ readonly picture: Picture; readonly error: unknown }> {
    const late = new AbortController();
    const limit = setTimeout(() => late.abort(), ANSWER_MS);
    try {
      const signal = over === null ? late.signal : AbortSignal.any([late.signal, over]);
      const status = (await ask(this.#stateDir, { method: 'status' }, signal)) as StatusView;
      this.#heardAt = Date.now();
      return { picture: this.#picture(status), error: null };
    } catch (error) {
      const trouble = failureOf(error)?.text;
      return { picture: { ...this.#picture(null), ...(trouble === undefined ? {} : { trouble }) }, error };
    } finally {
      clearTimeout(limit);
    }
  }

  #picture(status: StatusView | null): Picture {
    return { status, heardAt: this.#heardAt, decisions: this.#decisions };
  }

  /** Decisions of before, from the journal. None where it cannot be read: the live ones come all the same. */
  recall(): void {
    try {
      const reader = openJournalReader(this.#stateDir);
      try {
        const kept = reader.tail(DECISIONS_MAX, { kind: 'decision' });
        this.#decisions = kept
          .map((record) => seen(record.atWall, record.lane, record.body, record.personal, decisionOfRecord(record)))
          .reverse();
      } finally {
        reader.close();
      }
    } catch {
      this.#decisions = [];
    }
  }

  /** Keeps listening until `signal` aborts, and begins again whenever the daemon does. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await followRecords(
          this.#stateDir,
          (record) => this.#take(record),
          signal,
          () => this.recall(),
        );
      } catch {
        // Nobody listens: `look` tells that there is no answer.
      }
      if (!signal.aborted) await pause(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #take(record: JournalRecord): void {
    if (record.kind !== 'decision') return;
    const { at, lane, body, personal = null, decision = null } = record;
    this.#decisions = [seen(at.wall, lane, body, personal, decision), ...this.#decisions].slice(0, DECISIONS_MAX);
  }
}

function seen(
  wall: number,
  lane: string | null,
  body: JsonObject,
  personal: JsonObject | null,
  decision: RecordedDecision | null,
): SeenDecision {
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');
  const counted = countedHalf(decision);
  const who = (['plate', 'card'] as const)
    .filter((half) => counted === null || counted === half)
    .map((half) => text(personal?.[half]))
    .filter((one) => one !== '');
  const [outcome, code] = [text(body.outcome), text(body.code)];
  return { wall, lane: lane ?? '–', outcome, code, who: who.join(' + '), decision };
}
