/** The watchdog is fed by useful work only: the loop turned, the journal commits or is idle, each line is serviced (reliability.md rule 14). */
import type { Guard, WatchedWork } from './guard/guard.ts';
import type { Clock } from '../contract/clock.ts';
import type { Request } from '../core/io.ts';
import type { FieldStatus } from '../field/field.ts';
import type { JournalStatus } from '../store/journal-queue.ts';

const BEAT_MS = 250;
const JOURNAL_MS = 10_000;
const LINE_MS = 10_000;
const NAMED_MAX = 20;

/** What is watched; the gateway is one. */
export interface Working {
  readonly options: { readonly clock: Clock };
  readonly store: { readonly journal: { status(): JournalStatus } } | null;
  readonly field: { status(): FieldStatus };
  readonly loop: { request(request: Request): void };
}

interface Watched {
  readonly work: WatchedWork;
  done: number;
}

export function feedGuard(guard: Pick<Guard, 'beat' | 'watch'>, gateway: Working): { stop(): void } {
  const { clock } = gateway.options;
  const journal = guard.watch('journal', JOURNAL_MS);
  let lastSeq: number | null = null;
  const lines = new Map<string, Watched>();
  let full = false;
  let cancel = (): void => undefined;

  const feedJournal = (): void => {
    const status = gateway.store?.journal.status();
    // A disk that refuses is a fault that stands and is told; killing the process would not mend it (I5).
    if (status === undefined || status.waiting === 0 || status.broken !== null) journal.idle();
    else if (status.lastSeq !== lastSeq) journal.turned();
    else journal.begin();
    lastSeq = status?.lastSeq ?? null;
  };

  /** One line too many must not end the process: it runs unwatched, and that is said (I15). */
  const watchLine = (id: string): Watched | null => {
    try {
      return { work: guard.watch(`line ${id}`, LINE_MS), done: -1 };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return null;
    }
  };

  const feedLines = (): void => {
    const seen = new Set<string>();
    const unwatched: string[] = [];
    for (const line of gateway.field.status().lines) {
      seen.add(line.id);
      const watched = lines.get(line.id) ?? watchLine(line.id);
      if (watched === null) {
        unwatched.push(line.id);
        continue;
      }
      lines.set(line.id, watched);
      const done = line.polls.reduce((sum, poll) => sum + poll.done, 0);
      if (!line.up || line.polls.length === 0 || line.units.every((unit) => !unit.answering)) watched.work.idle();
      else if (done !== watched.done) watched.work.turned();
      else watched.work.begin();
      watched.done = done;
    }
    for (const [id, watched] of lines) {
      if (seen.has(id)) continue;
      watched.work.retire();
      lines.delete(id);
    }
    tellFull(unwatched);
  };

  const tellFull = (unwatched: readonly string[]): void => {
    if (unwatched.length > 0 === full) return;
    full = !full;
    const detail = { unwatched: unwatched.slice(0, NAMED_MAX), count: unwatched.length };
    gateway.loop.request({ kind: 'systemFault', code: 'watchFull', subject: 'site', raised: full, detail });
  };

  const beat = (): void => {
    cancel = clock.after('guard.beat', BEAT_MS, beat);
    guard.beat();
    feedJournal();
    feedLines();
  };
  beat();
  return { stop: () => cancel() };
}
