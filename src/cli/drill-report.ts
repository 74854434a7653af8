/** What `drill report` proves, collected from the journal, its chain and its anchors; shown as text, CSV, HTML or JSON. */
import type { DrillResult } from '../core/emergency/drill-state.ts';
import type { Text } from '../core/values.ts';
import { readAnchors } from '../store/anchors.ts';
import { runChore } from '../store/chores.ts';
import { MAX_ROWS, type StoredRecord } from '../store/journal-read.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { wallOf } from './local-time.ts';
import { openJournal } from './open-journal.ts';
import type { Settings } from './settings.ts';

/** Moments are wall milliseconds. */
export interface DrillReport {
  readonly site: { readonly id: string; readonly name: string };
  readonly timezone: string;
  readonly from: number;
  readonly to: number;
  readonly madeAt: number;
  /** In the order in which they were begun. */
  readonly drills: readonly DrillRow[];
  readonly timedByPeople: readonly PeopleRow[];
  readonly missed: readonly MissedRow[];
  readonly chain: Chain;
}

/** Does the chain vouch for a record? `notAnchored`: it holds, and yet a cut there would not be seen. */
export type Proof = 'anchored' | 'notAnchored' | 'broken';

interface Proved {
  readonly at: number;
  readonly clockTrusted: boolean;
  /** Null where the name has lawfully been deleted. */
  readonly by: string | null;
  readonly note: string;
  /** The record that says how it ended; of a drill without one, that it was begun. */
  readonly seq: number;
  readonly hash: string;
  readonly proof: Proof;
  /** The first anchor at or after that record. */
  readonly anchor: { readonly seq: number; readonly hash: string } | null;
}

export interface DrillRow extends Proved {
  readonly key: string;
  readonly reach: unknown;
  /** Null while it is under way, or where the process ended in it and has not been started since. */
  readonly result: DrillResult | null;
  readonly why: string | null;
  readonly lanes: readonly DrilledLane[];
  /** Lanes with a step input, which no drill moves. */
  readonly leftOut: readonly string[];
}

export interface DrilledLane {
  readonly lane: string;
  readonly ms: number | null;
  readonly basis: 'measured' | 'presumed' | null;
  /** Within 30 s; null where it never opened. */
  readonly inTime: boolean | null;
  readonly stoodOpen: boolean;
  /** `notOpen`, `notHeld`; null where neither. */
  readonly failed: string | null;
}

export interface PeopleRow extends Proved {
  readonly case: string;
  readonly lane: string;
  readonly ms: number;
  readonly inTime: boolean;
  readonly result: 'passed' | 'failed';
  readonly manualLift: Text | null;
}

export interface MissedRow {
  /** Route, or `site`. */
  readonly subject: string;
  readonly dueAt: number;
  /** When it was told to be missed. */
  readonly at: number;
}

export interface Chain {
  readonly state: 'verified' | 'broken';
  readonly findings: number;
  readonly records: number;
  readonly anchors: number;
  readonly lastAnchor: { readonly seq: number; readonly hash: string; readonly at: number } | null;
}

const KINDS = ['drillStarted', 'drillLaneOpened', 'drillLaneNotOpen', 'drillEnded', 'drillRecorded'];
const DAY_MS = 24 * 3_600_000;

export async function collectDrills(
  settings: Settings,
  period: { readonly from?: string; readonly to?: string },
): Promise<DrillReport> {
  const madeAt = Date.now();
  const to = period.to === undefined ? madeAt : momentOf(period.to, settings, DAY_MS - 1);
  const from = period.from === undefined ? to - 366 * DAY_MS : momentOf(period.from, settings, 0);
  const reader = openJournal(settings);
  try {
    const records = reader.ofKinds(KINDS, from);
    if (records.length >= MAX_ROWS)
      throw said(
        exitCodes.usage,
        '时间段内记录太多，请用 --from 和 --to 缩短',
        'there are too many records in this time; shorten it with --from and --to',
      );
    const verified = await runChore({ kind: 'verify', dir: settings.stateDir });
    const { anchors } = readAnchors(settings.stateDir);
    const prove = (record: StoredRecord, about: StoredRecord): Proved => {
      const anchor = anchors.find(({ epoch, seq }) => epoch === about.epoch && seq >= about.seq) ?? null;
      const { by, note } = record.personal ?? {};
      return {
        ...{ at: record.atWall, clockTrusted: record.wallTrusted, seq: about.seq, hash: about.hash },
        ...{ by: typeof by === 'string' ? by : null, note: typeof note === 'string' ? note : '' },
        proof: verified.sound ? (anchor === null ? 'notAnchored' : 'anchored') : 'broken',
        anchor: anchor === null ? null : { seq: anchor.seq, hash: anchor.hash },
      };
    };
    const { site } = settings.configuration.running;
    const last = anchors.at(-1) ?? null;
    const within = records.filter(({ atWall }) => atWall <= to);
    return {
      ...{ from, to, madeAt, timezone: settings.timezone, site: { id: site?.id ?? '–', name: site?.name ?? '–' } },
      drills: within.flatMap((one) => (one.kind === 'drillStarted' ? [drillRow(one, records, prove)] : [])),
      timedByPeople: within.flatMap((one) => (one.kind === 'drillRecorded' ? [peopleRow(one, settings, prove)] : [])),
      missed: missedRows(reader.raised('drillMissed', from), to),
      chain: {
        state: verified.sound ? 'verified' : 'broken',
        ...{ findings: verified.findingCount, records: verified.records, anchors: verified.anchorsChecked },
        lastAnchor: last === null ? null : { seq: last.seq, hash: last.hash, at: last.atWall },
      },
    };
  } finally {
    reader.close();
  }
}

/** @param rest added to a day without a time of day. */
function momentOf(text: string, { timezone }: Settings, rest: number): number {
  const wall = wallOf(text, timezone);
  if (wall === null)
    throw said(
      exitCodes.usage,
      `"${text}" 不是日期，写成 2026-01-01 或 2026-01-01T08:00`,
      `"${text}" is no date: write 2026-01-01 or 2026-01-01T08:00`,
    );
  return text.includes(':') ? wall : wall + rest;
}

type Prove = (record: StoredRecord, about: StoredRecord) => Proved;

function drillRow(started: StoredRecord, records: readonly StoredRecord[], prove: Prove): DrillRow {
  const key = String(started.body.key);
  const own = records.filter(({ body }) => body.key === key);
  // A second one can only come from a process that died before it had kept that the drill was over.
  const ended = own.find(({ kind }) => kind === 'drillEnded') ?? null;
  const result = ended?.body.result;
  return {
    ...prove(started, ended ?? started),
    ...{ key, reach: started.body.reach ?? null },
    result: isResult(result) ? result : null,
    why: typeof ended?.body.why === 'string' ? ended.body.why : null,
    lanes: names(started.body.lanes).map((lane) => laneRow(lane, own)),
    leftOut: names(started.body.leftOut),
  };
}

function laneRow(lane: string, own: readonly StoredRecord[]): DrilledLane {
  const of = (kind: string) => own.find((one) => one.kind === kind && one.lane === lane)?.body ?? {};
  const { ms, basis, inTime, stoodOpen } = of('drillLaneOpened');
  const { why } = of('drillLaneNotOpen');
  return {
    lane,
    ms: typeof ms === 'number' ? ms : null,
    basis: basis === 'measured' || basis === 'presumed' ? basis : null,
    inTime: typeof inTime === 'boolean' ? inTime : null,
    stoodOpen: stoodOpen === true,
    failed: typeof why === 'string' ? why : null,
  };
}

function peopleRow(record: StoredRecord, settings: Settings, prove: Prove): PeopleRow {
  const { body } = record;
  const lane = record.lane ?? '–';
  const portal = settings.configuration.running.site?.lanes.find(({ id }) => id === lane)?.portal;
  return {
    ...prove(record, record),
    ...{ lane, case: String(body.case), ms: Number(body.ms), inTime: body.inTime === true },
    result: body.result === 'passed' ? 'passed' : 'failed',
    manualLift: portal !== undefined && 'manualLift' in portal ? (portal.manualLift ?? null) : null,
  };
}

/** A restart tells of a drill that is missed still once more. */
function missedRows(raised: readonly StoredRecord[], to: number): readonly MissedRow[] {
  const found = new Map<string, MissedRow>();
  for (const { atWall, body } of raised) {
    const detail: unknown = body.detail;
    const since = typeof detail === 'object' && detail !== null && 'since' in detail ? Number(detail.since) : atWall;
    const subject = String(body.subject);
    const known = `${subject} ${since}`;
    if (atWall <= to && !found.has(known)) found.set(known, { subject, dueAt: since, at: atWall });
  }
  return [...found.values()];
}

function isResult(value: unknown): value is DrillResult {
  return value === 'passed' || value === 'failed' || value === 'presumed' || value === 'interrupted';
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
