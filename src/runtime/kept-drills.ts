/** The drills that were held, as the database keeps them beside the journal; names are in the journal alone (I14). */
import type { DrillHistory, DrillSubject } from '../core/emergency/drill-plan.ts';
import type { Json, JsonObject } from '../core/values.ts';

export interface KeptDrills {
  readonly histories: Readonly<Record<DrillSubject, DrillHistory>>;
  /** Body of the `drillStarted` record of the drill that is under way. */
  readonly running: JsonObject | null;
}

export const noDrills: KeptDrills = { histories: {}, running: null };
/** More lanes and routes than any site has; the oldest are forgotten. */
export const SUBJECTS_MAX = 500;

/** What is none counts as never held: a drill too many is asked for, never one too few. */
export function keptDrills(value: Json | undefined): KeptDrills {
  const { histories, running } = objectOf(value) ?? {};
  const read = Object.entries(objectOf(histories) ?? {}).flatMap(([subject, one]) => {
    const history = historyOf(one);
    return history === null ? [] : [[subject, history] as const];
  });
  return { histories: Object.fromEntries(read), running: objectOf(running) };
}

function historyOf(value: Json): DrillHistory | null {
  const { since, doneAt = null, result = null } = objectOf(value) ?? {};
  if (typeof since !== 'number' || (doneAt !== null && typeof doneAt !== 'number')) return null;
  if (result !== null && result !== 'passed' && result !== 'failed' && result !== 'presumed') return null;
  return { since, doneAt, result };
}

function objectOf(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}
