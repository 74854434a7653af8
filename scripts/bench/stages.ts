/** Where the milliseconds of the gateway's own path went, by the stamps in its journal. Read after the daemon has ended. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Spread, spreadOf } from './figures.ts';
import type { Passed } from './traffic.ts';

export const stageNames = ['pushed', 'decided', 'committed', 'released', 'sent', 'landed'] as const;
export type Stage = (typeof stageNames)[number];

export const stageTexts: Readonly<Record<Stage, string>> = {
  pushed: 'push written → body read by the camera host',
  decided: 'body read → decided and commanded by the loop',
  committed: 'commanded → record durable',
  released: 'record durable → frame handed to the line',
  sent: 'frame handed over → last byte at the device',
  landed: 'whole',
};

interface Row {
  readonly lane: string;
  readonly kind: string;
  readonly body: string;
}

interface Stamps {
  readonly issuedAt: number;
  readonly committedAt: number | null;
  readonly sentAt: number | null;
}

export function stagesOf(stateDir: string, passed: readonly Passed[]): Readonly<Record<Stage, Spread>> {
  const db = new Database(join(stateDir, 'gatehouse.db'), { readonly: true });
  let rows: readonly Row[];
  try {
    rows = db
      .prepare(
        "SELECT lane, kind, body FROM journal WHERE kind IN ('plateRead', 'outcome') AND lane IS NOT NULL ORDER BY seq",
      )
      .all() as Row[];
  } finally {
    db.close();
  }
  const outcomes = rows.filter((row) => row.kind === 'outcome').map((row) => ({ lane: row.lane, ...stamps(row) }));
  const reads = rows.filter((row) => row.kind === 'plateRead').map(receivedAt);
  const taken: Record<Stage, number[]> = {
    pushed: [],
    decided: [],
    committed: [],
    released: [],
    sent: [],
    landed: [],
  };
  for (const { lane, postedAt, landedAt } of passed) {
    const within = (at: number | null): boolean => at !== null && at >= postedAt && at <= landedAt;
    const outcome = outcomes.find((each) => each.lane === `lane-${lane}` && within(each.sentAt));
    const read = reads.find((each) => each.lane === `lane-${lane}` && within(each.at));
    if (outcome === undefined || read === undefined || outcome.sentAt === null || outcome.committedAt === null)
      continue;
    taken.pushed.push(read.at - postedAt);
    taken.decided.push(outcome.issuedAt - read.at);
    taken.committed.push(outcome.committedAt - outcome.issuedAt);
    taken.released.push(outcome.sentAt - outcome.committedAt);
    taken.sent.push(landedAt - outcome.sentAt);
    taken.landed.push(landedAt - postedAt);
  }
  return {
    pushed: spreadOf(taken.pushed),
    decided: spreadOf(taken.decided),
    committed: spreadOf(taken.committed),
    released: spreadOf(taken.released),
    sent: spreadOf(taken.sent),
    landed: spreadOf(taken.landed),
  };
}

function stamps(row: Row): Stamps {
  return JSON.parse(row.body);
}

function receivedAt(row: Row): { readonly lane: string; readonly at: number } {
  const body: { readonly receivedAt: number } = JSON.parse(row.body);
  return { lane: row.lane, at: body.receivedAt };
}
