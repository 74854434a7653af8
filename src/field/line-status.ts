/** What a line shows of itself, for the command line and the health page. Data only. */
import type { Poll } from './poll-plan.ts';
import type { UnitCounts, UnitHealth } from './unit-health.ts';

export interface LineStatus {
  readonly id: string;
  readonly up: boolean;
  /** Why it was lost last; empty while it never was. */
  readonly problem: string;
  readonly opened: number;
  /** Bytes heard so far; of byte lines only. */
  readonly received?: number | undefined;
  readonly queued: number;
  /** Frames that answered nothing that was asked; those that a unit's `late` counts are among them. */
  readonly foreign: number;
  /** Share of the last ten seconds that the wire was in use, 0..1. */
  readonly usage: number;
  /** Share of the wire that the polls ask for; above 0.9 they are slowed. */
  readonly asked: number;
  readonly units: readonly ({
    readonly unit: number;
    /** Never true on a line that is down: what was known of the unit is old then. */
    readonly answering: boolean;
    readonly deadlineMs: number;
    readonly typicalMs: number;
  } & UnitCounts)[];
  readonly polls: readonly {
    readonly name: string;
    readonly unit: number;
    readonly periodMs: number;
    readonly admittedMs: number;
    readonly done: number;
  }[];
}

export interface LineFacts {
  readonly id: string;
  readonly link: { readonly up: boolean; readonly lastProblem: string; readonly opened: number };
  readonly schedule: {
    readonly queue: { readonly length: number };
    readonly asked: number;
    readonly units: ReadonlyMap<number, UnitHealth>;
    readonly polls: readonly Poll[];
  };
  readonly usage: number;
  readonly foreign: number;
}

export function lineStatus({ id, link, schedule, usage, foreign }: LineFacts): LineStatus {
  const { up, lastProblem: problem, opened } = link;
  const { queue, asked, units, polls } = schedule;
  return {
    ...{ id, up, problem, opened, queued: queue.length, foreign, asked, usage },
    units: [...units.values()].map((unit) => ({
      unit: unit.unit,
      answering: up && unit.answering,
      deadlineMs: unit.deadlineMs,
      typicalMs: unit.typicalMs,
      ...unit.counts,
    })),
    polls: polls.map((poll) => ({
      name: poll.name,
      unit: poll.request.unit,
      periodMs: poll.periodMs,
      admittedMs: poll.admittedMs,
      done: poll.done,
    })),
  };
}

const windowSeconds = 10;

/** Busy time by second over the last ten. */
export class Usage {
  readonly #slots: { second: number; busyMs: number }[] = [];

  add(now: number, busyMs: number): void {
    const second = Math.floor(now / 1000);
    const at = second % windowSeconds;
    const slot = this.#slots[at];
    if (slot === undefined || slot.second !== second) this.#slots[at] = { second, busyMs };
    else slot.busyMs += busyMs;
  }

  share(now: number): number {
    const second = Math.floor(now / 1000);
    let busyMs = 0;
    for (const slot of this.#slots) {
      if (slot !== undefined && slot.second > second - windowSeconds && slot.second <= second) busyMs += slot.busyMs;
    }
    return Math.min(1, busyMs / (windowSeconds * 1000));
  }
}
