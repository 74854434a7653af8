/**
 * Judges, from the outside, a daemon that was killed: what an independent device saw against what the database holds and what
 * strace saw of the disk (design.md I1, I6, I17). Nothing of the daemon's memory is asked.
 */
import { readFileSync } from 'node:fs';
import { openForReading } from '../../src/store/sqlite.ts';
import { databasePath } from '../../src/store/durable-writer.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import type { Committed } from '../upstream/broker.ts';
import type { SeenWrite } from './gate-peer.ts';

export interface CommandRecord {
  readonly seq: number;
  readonly boot: string;
  readonly id: string;
  readonly lane: string;
  readonly device: string;
  readonly action: string;
  /** CLOCK_MONOTONIC milliseconds at which the core decided. */
  readonly at: number;
  readonly deadline: number;
  readonly late: boolean;
  /** Record that the command names as its reason, where it is there. */
  readonly causeKind: string | null;
}

export interface OutcomeRecord {
  readonly id: string;
  readonly result: string;
  readonly sentAt: number | null;
  readonly committedAt: number | null;
}

export interface JournalView {
  readonly commands: readonly CommandRecord[];
  readonly outcomes: ReadonlyMap<string, OutcomeRecord>;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly count: number;
}

interface Row {
  readonly seq: number;
  readonly boot: string;
  readonly kind: string;
  readonly lane: string | null;
  readonly at_mono: number;
  readonly command: string;
  readonly late: number;
  readonly body: string;
  readonly cause: string | null;
}

/** Reads a database that nobody has open any more. */
export function readJournal(stateDir: string): JournalView {
  const db = openForReading(databasePath(stateDir));
  try {
    const rows = db
      .prepare(
        `SELECT j.seq, j.boot, j.kind, j.lane, j.at_mono, j.command, j.late, j.body, c.kind AS cause FROM journal j
          LEFT JOIN journal c ON c.seq = j.cause_seq
          WHERE j.kind IN ('commanded', 'outcome') AND j.command IS NOT NULL ORDER BY j.seq`,
      )
      .all() as Row[];
    const span = db.prepare('SELECT min(seq) AS first, max(seq) AS last, count(*) AS count FROM journal').get() as {
      first: number | null;
      last: number | null;
      count: number;
    };
    const outcomes = new Map<string, OutcomeRecord>();
    for (const row of rows) {
      if (row.kind !== 'outcome') continue;
      const { result, sentAt, committedAt } = JSON.parse(row.body) as Omit<OutcomeRecord, 'id'>;
      outcomes.set(row.command, { id: row.command, result, sentAt, committedAt });
    }
    return {
      commands: rows.filter((row) => row.kind === 'commanded').map(commandOf),
      outcomes,
      firstSeq: span.first ?? 0,
      lastSeq: span.last ?? 0,
      count: span.count,
    };
  } finally {
    db.close();
  }
}

function commandOf(row: Row): CommandRecord {
  const body = JSON.parse(row.body) as { device: string; action: string; deadline: number };
  return {
    ...{ seq: row.seq, boot: row.boot, id: row.command, lane: row.lane ?? '', late: row.late === 1 },
    ...{ device: body.device, action: body.action, deadline: body.deadline, at: row.at_mono, causeKind: row.cause },
  };
}

/** One fsync or fdatasync of the daemon, in CLOCK_MONOTONIC milliseconds. */
export interface Sync {
  readonly from: number;
  readonly to: number;
}

/** What is between the wall clock, in which strace writes, and the monotonic one. Measured often enough to be sure of 1 ms. */
export function wallMinusMono(): number {
  let best = Number.POSITIVE_INFINITY;
  let offset = 0;
  for (let round = 0; round < 200; round += 1) {
    const before = Number(process.hrtime.bigint()) / 1e6;
    const wall = performance.timeOrigin + performance.now();
    const took = Number(process.hrtime.bigint()) / 1e6 - before;
    if (took >= best) continue;
    best = took;
    offset = wall - (before + took / 2);
  }
  return offset;
}

/** Reads `strace -f -ttt -T`: whole lines, and those cut in two by another thread's. Syncs that never returned are none. */
export function readSyncs(log: string, wallOffset: number): readonly Sync[] {
  const begun = new Map<string, number>();
  const syncs: Sync[] = [];
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const found = /^(\d+) +(\d+\.\d+) (?:<\.\.\. )?f(?:data)?sync(.*)$/.exec(line);
    if (found === null) continue;
    const [, thread = '', seconds = '', rest = ''] = found;
    const at = Number(seconds) * 1000 - wallOffset;
    const took = /= 0 .*<(\d+\.\d+)>$/.exec(rest)?.[1];
    if (rest.includes('<unfinished ...>')) begun.set(thread, at);
    else if (took !== undefined) {
      const from = rest.startsWith(' resumed') ? (begun.get(thread) ?? at) : at;
      syncs.push({ from, to: from + Number(took) * 1000 });
    }
  }
  return syncs;
}

/** Every record of a database that may be in use, as the outbox must deliver it. */
export function committedRecords(stateDir: string): readonly Committed[] {
  const db = openForReading(databasePath(stateDir));
  try {
    const rows = db.prepare('SELECT epoch, seq, lane, lower(hex(hash)) AS hash FROM journal ORDER BY seq').all();
    return rows as Committed[];
  } finally {
    db.close();
  }
}

export type ComplaintKind =
  | 'noRecord'
  | 'notDurable'
  | 'outcomeContradicts'
  | 'notDense'
  | 'chain'
  | 'movedAtStart'
  | 'notDelivered';

export interface Complaint {
  readonly kind: ComplaintKind;
  readonly text: string;
}

/** Between two processes' readings of one clock, and strace's own rounding. */
const CLOCK_SLACK_MS = 3;

export interface Evidence {
  readonly stateDir: string;
  /** Writes of this life of the daemon, of all units, in the order in which the device saw them. */
  readonly writes: readonly SeenWrite[];
  /** Which device of the configuration a unit is. */
  readonly deviceOfUnit: (unit: number) => string;
  /** Which action of the core a frame stands for; null = it ends a pulse and needs no record of its own. */
  readonly actionOf: (write: SeenWrite) => string | null;
  readonly boot: string;
  /** Null where the disk was not watched. */
  readonly syncs: readonly Sync[] | null;
}

/**
 * Every write the device saw is matched, in its unit's order, to one command of this boot: same device, same action, seen
 * between the decision and the deadline. Where the command's outcome was recorded too, its times must hold the write.
 */
export function judge(evidence: Evidence): { readonly complaints: readonly Complaint[]; readonly matched: number } {
  const { stateDir, boot, deviceOfUnit, actionOf, syncs } = evidence;
  const complaints: Complaint[] = [];
  const journal = readJournal(stateDir);
  const open = journal.commands.filter((command) => command.boot === boot);
  const used = new Set<string>();
  let matched = 0;
  for (const write of evidence.writes) {
    const action = actionOf(write);
    if (action === null) continue;
    const device = deviceOfUnit(write.unit);
    const command = open.find(
      (candidate) =>
        !used.has(candidate.id) &&
        candidate.device === device &&
        candidate.action === action &&
        mayBe(candidate, write, journal),
    );
    const seen = `${action} of ${device} seen at ${write.at.toFixed(3)}`;
    if (command === undefined) {
      complaints.push({ kind: 'noRecord', text: `${seen}: no record of it in the database` });
      continue;
    }
    used.add(command.id);
    matched += 1;
    const outcome = journal.outcomes.get(command.id);
    if (command.causeKind === null || command.late || (outcome !== undefined && outcome.committedAt === null))
      complaints.push({ kind: 'notDurable', text: `${seen}: ${command.id} went out without waiting for its record` });
    else if (outcome?.committedAt != null && outcome.committedAt > write.at + CLOCK_SLACK_MS)
      complaints.push({
        kind: 'notDurable',
        text: `${seen}: ${command.id} was committed only at ${outcome.committedAt}`,
      });
    if (syncs !== null && !syncs.some((sync) => syncedBetween(sync, command.at, write.at)))
      complaints.push({
        kind: 'notDurable',
        text: `${seen}: no sync was finished since ${command.id} was decided at ${command.at}`,
      });
  }
  for (const outcome of journal.outcomes.values())
    if (outcome.result === 'confirmed' && open.some(({ id }) => id === outcome.id) && !used.has(outcome.id))
      complaints.push({
        kind: 'outcomeContradicts',
        text: `${outcome.id} is recorded as confirmed and was never seen`,
      });
  if (journal.count !== journal.lastSeq - journal.firstSeq + 1)
    complaints.push({
      kind: 'notDense',
      text: `${journal.count} records from ${journal.firstSeq} to ${journal.lastSeq}`,
    });
  const report = verifyJournal(stateDir);
  if (!report.sound) complaints.push({ kind: 'chain', text: JSON.stringify(report.findings.slice(0, 3)) });
  return { complaints, matched };
}

function syncedBetween(sync: Sync, decided: number, seen: number): boolean {
  return sync.from >= decided - CLOCK_SLACK_MS && sync.to <= seen + CLOCK_SLACK_MS;
}

function mayBe(command: CommandRecord, write: SeenWrite, journal: JournalView): boolean {
  // The frame's first byte leaves before the deadline; its last arrives a little later on a busy machine.
  if (write.at < command.at - CLOCK_SLACK_MS || write.at > command.deadline + 1000) return false;
  const outcome = journal.outcomes.get(command.id);
  return outcome === undefined || (outcome.sentAt !== null && outcome.sentAt <= write.at + CLOCK_SLACK_MS);
}

/** Thread id of each sync in strace's log, in order. A process's first thread has its process id. */
export function syncThreads(log: string): readonly number[] {
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => /^(\d+) +\d+\.\d+ f(?:data)?sync\(/.exec(line)?.[1] ?? [])
    .map(Number);
}
