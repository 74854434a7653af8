/** The watchdog is fed by useful work only: the loop turned, the journal commits or is idle, each line is serviced (reliability.md rule 14). */
import type { Guard, WatchedWork } from './guard/guard.ts';
import type { Gateway } from './gateway.ts';

const BEAT_MS = 250;
const JOURNAL_MS = 10_000;
const LINE_MS = 10_000;

interface Watched {
  readonly work: WatchedWork;
  done: number;
}

export function feedGuard(guard: Guard, gateway: Gateway): { stop(): void } {
  const { clock } = gateway.options;
  const journal = guard.watch('journal', JOURNAL_MS);
  let lastSeq: number | null = null;
  const lines = new Map<string, Watched>();
  let cancel = (): void => undefined;

  const feedJournal = (): void => {
    const status = gateway.store?.journal.status();
    // A disk that refuses is a fault that stands and is told; killing the process would not mend it (I5).
    if (status === undefined || status.waiting === 0 || status.broken !== null) journal.idle();
    else if (status.lastSeq !== lastSeq) journal.turned();
    else journal.begin();
    lastSeq = status?.lastSeq ?? null;
  };

  const feedLines = (): void => {
    const seen = new Set<string>();
    for (const line of gateway.field.status().lines) {
      seen.add(line.id);
      const watched = lines.get(line.id) ?? { work: guard.watch(`line ${line.id}`, LINE_MS), done: -1 };
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
