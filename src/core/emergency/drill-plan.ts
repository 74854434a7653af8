/**
 * Which drills are due: "last done" held against "should have been done", at any moment and from nothing else, so that a stopped
 * gateway, a step of the clock or a trigger that never came loses none (gate.md "Emergency and fire").
 */
import { nextAt } from '../calendar/cron.ts';
import type { DrillPlan, SiteModel } from '../site-model.ts';
import type { JsonObject, LaneId, Wall } from '../values.ts';
import { lanesToDrill } from './drill.ts';
import type { DrillResult } from './drill-state.ts';

/** What is known of the drills of one reach. */
export interface DrillHistory {
  /** Since when drills of it are asked for, or the first one was held. */
  readonly since: Wall;
  /** The last that was held to its end; null where none was. */
  readonly doneAt: Wall | null;
  /** Its result; a failure stays until one proves the opposite. */
  readonly result: 'passed' | 'failed' | 'presumed' | null;
}

export interface DrillStanding {
  /** When it is, or was, to be asked for. */
  readonly dueAt: Wall;
  readonly state: 'notDue' | 'due' | 'missed';
}

/** A stamp later than this is of a clock that was wrong when it was made: it excuses nothing. */
const AHEAD_MS = 24 * 3_600_000;
/** 2025-01-01T00:00Z: before there was a gateway to keep it. */
const EARLIEST: Wall = 1_735_689_600_000;

export function drillStanding(plan: DrillPlan, timezone: string, known: DrillHistory, now: Wall): DrillStanding {
  const believed = (at: Wall | null): Wall | null => (at === null || at > now + AHEAD_MS ? null : at);
  const done = believed(known.doneAt);
  const from = done === null ? (believed(known.since) ?? now) : done + plan.everyMs;
  const dueAt = nextAt(plan.at, from, timezone) ?? from;
  return { dueAt, state: now < dueAt ? 'notDue' : now < dueAt + plan.graceMs ? 'due' : 'missed' };
}

/**
 * What may be kept of it. A stamp of "since" that is ahead of the clock would put the asking off for as long as it is, and one of
 * a clock that had lost its battery would tell of a drill missed decades ago: in both cases the time counts from now.
 */
export function believedHistory(known: DrillHistory, now: Wall): DrillHistory {
  const lostBattery = known.since < EARLIEST && now >= EARLIEST;
  return lostBattery || known.since > now + AHEAD_MS ? { ...known, since: now } : known;
}

/** Names of what drills are about: `site`, `route:north`, `lane:east`; of a mains-off drill `mainsOff:east`. */
export type DrillSubject = string;

export function plannedSubjects(plan: DrillPlan): readonly DrillSubject[] {
  return plan.reach === 'site' ? ['site'] : plan.reach.map((route) => `route:${route}`);
}

/** Lane, route or `site`, as faults name them. */
export function nameOf(subject: DrillSubject): string {
  return subject.slice(subject.indexOf(':') + 1);
}

/**
 * What a `drillEnded` record says of each subject that it was held over: its own reach, and whatever is planned that lies wholly
 * within it. Nothing, where the drill was cut short.
 */
export function provedBy(model: SiteModel, ended: JsonObject): Readonly<Record<DrillSubject, DrillResult>> {
  const { result, reach } = ended;
  const names = (field: string): readonly LaneId[] => {
    const value = ended[field];
    return Array.isArray(value) ? value.map(String) : [];
  };
  if (result !== 'passed' && result !== 'presumed' && result !== 'failed') return {};
  const [lanes, failed] = [names('lanes'), names('failed')];
  const unproved = [...names('presumed'), ...names('stoodOpen')];
  const resultOver = (own: readonly LaneId[]): DrillResult =>
    own.some((id) => failed.includes(id)) ? 'failed' : own.some((id) => unproved.includes(id)) ? 'presumed' : 'passed';
  const held: Record<DrillSubject, DrillResult> = {};
  const ownSubject = subjectOf(reach);
  if (ownSubject !== null) held[ownSubject] = result;
  for (const subject of model.drills == null ? [] : plannedSubjects(model.drills)) {
    if (subject === ownSubject) continue;
    const kind =
      subject === 'site' ? ({ kind: 'site' } as const) : ({ kind: 'route', route: nameOf(subject) } as const);
    const within = lanesToDrill(model, kind).lanes;
    // One that was cut short after a lane had failed says that much of this lane, and no more.
    if (within.length > 0 && within.every((id) => lanes.includes(id)) && ended.why == null)
      held[subject] = resultOver(within);
  }
  return held;
}

function subjectOf(reach: unknown): DrillSubject | null {
  if (typeof reach !== 'object' || reach === null || !('kind' in reach)) return null;
  if (reach.kind === 'site') return 'site';
  if ('route' in reach) return `route:${String(reach.route)}`;
  return 'lane' in reach ? `lane:${String(reach.lane)}` : null;
}

/**
 * A failure stands until a drill passes. A presumed one ends it too, unless a lane stood open and was not timed at all: where no
 * limit shows the boom nothing better can be had, and a fault that nobody can end would be read by nobody.
 */
export function afterDrill(
  before: DrillHistory | undefined,
  result: DrillResult,
  stoodOpen: boolean,
  at: Wall,
): DrillHistory {
  const known = before ?? { since: at, doneAt: null, result: null };
  if (result === 'interrupted') return known;
  const stays = known.result === 'failed' && result === 'presumed' && stoodOpen;
  return { ...known, doneAt: at, result: stays ? 'failed' : result };
}
