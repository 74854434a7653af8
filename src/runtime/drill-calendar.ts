/**
 * Asks for drills: what was done is kept in the database, what should have been done is worked out from it every 30 s of the
 * monotonic clock, at each tick of the trigger, after a step of the clock, at a start and after a reload.
 */
import type { Clock } from '../contract/clock.ts';
import {
  afterDrill,
  believedHistory,
  drillStanding,
  type DrillSubject,
  nameOf,
  plannedSubjects,
  provedBy,
} from '../core/emergency/drill-plan.ts';
import type { JournalRecord, Request } from '../core/io.ts';
import type { DrillPlan } from '../core/site-model.ts';
import type { SiteState } from '../core/site-state.ts';
import type { JsonObject, Text, Wall } from '../core/values.ts';
import type { Store } from '../store/store.ts';
import { type KeptDrills, keptDrills, noDrills, SUBJECTS_MAX } from './kept-drills.ts';
import type { Log } from './log.ts';

export interface DrillPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly site: () => SiteState;
  readonly request: (request: Request) => void;
  readonly fault: (code: string, subject: string, raised: boolean, detail: JsonObject) => void;
  /** As `triggerAt`. */
  readonly trigger: (expression: string, timezone: string, action: () => void) => () => void;
}

export const DRILLS_KEY = 'drills';
const LOOK_EVERY_MS = 30_000;
const CODES: readonly string[] = ['drillDue', 'drillMissed', 'drillFailed'];

interface Asking {
  readonly code: string;
  readonly subject: string;
  readonly detail: JsonObject;
}

export class DrillCalendar {
  readonly #ports: DrillPorts;
  #kept: KeptDrills = noDrills;
  #store: Store | null = null;
  /** False until a database has said what was done: before that everything would seem to be due. */
  #known = false;
  #cancelLook: (() => void) | null = null;
  #endTrigger: (() => void) | null = null;
  #triggered = '';
  #stopped = false;

  constructor(ports: DrillPorts) {
    this.#ports = ports;
  }

  /** The database is open, for the first time or again; in mid-run memory is right, and goes into the new one. */
  attach(store: Store): void {
    this.#store = store;
    const kept = this.#known ? noDrills : this.#read(store);
    const before = this.#kept;
    this.#known = true;
    this.#kept = { histories: { ...kept.histories, ...before.histories }, running: before.running };
    // It was under way when the process ended.
    if (kept.running !== null) this.#ports.request({ kind: 'recallDrill', started: kept.running });
    this.#write();
    this.configured();
  }

  detach(): void {
    this.#store = null;
  }

  /** The site is another, or the clock has stepped: the trigger is made anew. */
  configured(): void {
    const { drills, timezone } = this.#ports.site().model;
    this.#endTrigger?.();
    this.#endTrigger = null;
    if (drills != null) {
      const { text } = drills.at;
      if (this.#triggered !== text) this.#ports.log.info('drills are asked for', { at: text, timezone });
      this.#triggered = text;
      this.#endTrigger = this.#ports.trigger(text, timezone, () => this.#look());
    }
    this.#look();
  }

  /** After each record. */
  recorded({ kind, lane, body, at }: JournalRecord): void {
    if (kind === 'drillStarted') this.#keep({ ...this.#kept, running: body });
    else if (kind === 'drillEnded') {
      const stoodOpen = Array.isArray(body.stoodOpen) && body.stoodOpen.length > 0;
      const proved = Object.entries(provedBy(this.#ports.site().model, body)).map(
        ([subject, result]) =>
          [subject, afterDrill(this.#kept.histories[subject], result, stoodOpen, at.wall)] as const,
      );
      const running = this.#kept.running?.key === body.key ? null : this.#kept.running;
      this.#keep({ histories: { ...this.#kept.histories, ...Object.fromEntries(proved) }, running });
    } else if (kind === 'drillRecorded' && (body.result === 'passed' || body.result === 'failed')) {
      const subject = `${String(body.case)}:${lane}`;
      const history = afterDrill(this.#kept.histories[subject], body.result, false, at.wall);
      this.#keep({ ...this.#kept, histories: { ...this.#kept.histories, [subject]: history } });
    } else return;
    this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelLook?.();
    this.#cancelLook = null;
    this.#endTrigger?.();
    this.#endTrigger = null;
  }

  #look(): void {
    if (this.#stopped) return;
    this.#cancelLook?.();
    this.#cancelLook = this.#ports.clock.after('drills.look', LOOK_EVERY_MS, () => this.#look());
    if (!this.#known) return;
    const wanted = this.#askings(this.#ports.clock.wall());
    const standing = Object.values(this.#ports.site().faults).filter(({ code }) => CODES.includes(code));
    const same = (one: { code: string; subject: string }, other: { code: string; subject: string }) =>
      one.code === other.code && one.subject === other.subject;
    for (const fault of standing)
      if (!wanted.some((one) => same(one, fault))) this.#ports.fault(fault.code, fault.subject, false, {});
    for (const { code, subject, detail } of wanted)
      if (!standing.some((one) => same(one, { code, subject }))) this.#ports.fault(code, subject, true, detail);
  }

  #askings(now: Wall): readonly Asking[] {
    const { drills = null, timezone } = this.#ports.site().model;
    const due =
      drills === null ? [] : plannedSubjects(drills).flatMap((one) => this.#dueOf(drills, timezone, one, now));
    const failed = Object.entries(this.#kept.histories).flatMap(([subject, { result }]): readonly Asking[] => {
      if (result !== 'failed' || !this.#exists(subject)) return [];
      return [{ code: 'drillFailed', subject: nameOf(subject), detail: { start: commandOf(subject) } }];
    });
    return [...due, ...failed];
  }

  #dueOf(plan: DrillPlan, timezone: string, subject: DrillSubject, now: Wall): readonly Asking[] {
    const known = this.#kept.histories[subject];
    const history = believedHistory(known ?? { since: now, doneAt: null, result: null }, now);
    if (history !== known) this.#keep({ ...this.#kept, histories: { ...this.#kept.histories, [subject]: history } });
    const { state, dueAt } = drillStanding(plan, timezone, history, now);
    if (state === 'notDue') return [];
    const code = state === 'due' ? 'drillDue' : 'drillMissed';
    return [{ code, subject: nameOf(subject), detail: { since: dueAt, start: commandOf(subject) } }];
  }

  #exists(subject: DrillSubject): boolean {
    const { lanes, routes } = this.#ports.site().model;
    const name = nameOf(subject);
    if (subject === 'site') return true;
    return (subject.startsWith('route:') ? routes : lanes).some(({ id }) => id === name);
  }

  #keep(next: KeptDrills): void {
    const newest = Object.entries(next.histories)
      .sort(([, one], [, other]) => (other.doneAt ?? other.since) - (one.doneAt ?? one.since))
      .slice(0, SUBJECTS_MAX);
    this.#kept = { ...next, histories: Object.fromEntries(newest) };
    this.#write();
  }

  #write(): void {
    const { histories, running } = this.#kept;
    const value: JsonObject = {
      histories: Object.fromEntries(Object.entries(histories).map(([subject, one]) => [subject, { ...one }])),
      running,
    };
    this.#store?.journal
      .run({ kind: 'setValue', key: DRILLS_KEY, value, atWall: this.#ports.clock.wall() })
      .catch((error: unknown) => this.#ports.log.error('the drills held could not be kept', { error: String(error) }));
  }

  #read(store: Store): KeptDrills {
    try {
      return keptDrills(store.reader()?.value(DRILLS_KEY));
    } catch (error) {
      this.#ports.log.error('the drills held cannot be read', { error: String(error) });
      return noDrills;
    }
  }
}

/** What a person types to hold it. */
function commandOf(subject: DrillSubject): JsonObject & Text {
  const name = nameOf(subject);
  const call = subject.startsWith('mainsOff:')
    ? `record --case mainsOff --lane ${name}`
    : `start ${subject === 'site' ? '--site' : `--${subject.slice(0, subject.indexOf(':'))} ${name}`}`;
  return { zh: `gatehouse drill ${call} --by 姓名`, en: `gatehouse drill ${call} --by NAME` };
}
