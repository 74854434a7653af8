/** The lane's process image: what each input was last seen to be, how long, and how much it may be believed. */
import type { ContactLine, InputsRead } from '../presentation.ts';
import type { InputModel, InputRole, LaneModel } from '../site-model.ts';
import type { Direction, Mono } from '../values.ts';
import type { LaneState, Reading } from './state.ts';

export type Level = 'active' | 'inactive' | 'unknown';

/** While a boom closes on our word its inputs are read at ≥ 5 Hz; two missed reads make them unknown (gate.md "Closing"). */
export const CLOSING_STALE_MS = 450;

const READS_CAP = 3;

/** A safety sensor that missed this many measured passages is not believed any more. */
export const SILENT_PASSAGES = 3;

/** Asked for at each reading of each input, of models that never change: made once. */
const keys = new WeakMap<InputModel, string>();

export function inputKey(input: InputModel): string {
  let key = keys.get(input);
  if (key === undefined) {
    key = `${input.device}.${input.id}`;
    keys.set(input, key);
  }
  return key;
}

export function readingOf(state: Pick<LaneState, 'inputs'>, input: InputModel): Reading | undefined {
  return state.inputs[inputKey(input)];
}

/**
 * May this active reading of a life-safety contact act? On the first read after a fresh inactive one; where nothing was
 * known before (start, silence) only when read twice (I12).
 */
export function isBelieved(before: Reading | undefined, reading: Reading, staleAfterMs: number): boolean {
  const wasKnown =
    before !== undefined && before !== reading && before.reads > 0 && reading.at - before.at <= staleAfterMs;
  return reading.reads >= 2 || wasKnown;
}

/** Takes one successful poll of `device`; inputs that the poll does not name keep what they had. */
export function takeReadings(
  state: LaneState,
  model: LaneModel,
  { device, values, lines }: Pick<InputsRead, 'device' | 'values' | 'lines'>,
  at: Mono,
): Readonly<Record<string, Reading>> {
  let next: Record<string, Reading> | null = null;
  for (const input of model.inputs) {
    if (input.device !== device) continue;
    const value = values[input.id];
    if (value === undefined) continue;
    next ??= { ...state.inputs };
    next[inputKey(input)] = nextReading(
      readingOf(state, input),
      value,
      lines?.[input.id],
      at,
      model.timing.staleAfterMs,
    );
  }
  return next ?? state.inputs;
}

function nextReading(
  before: Reading | undefined,
  value: boolean,
  line: ContactLine | undefined,
  at: Mono,
  staleAfterMs: number,
): Reading {
  // The same reply taken twice is one reading; what it shows as active is never lost to what it shows as clear.
  if (before !== undefined && (at < before.at || (at === before.at && (before.value || !value)))) return before;
  const shown = line === undefined ? { value } : { value, line };
  const same = before?.value === value && (before.line === undefined) === (line === undefined);
  const unbroken = before !== undefined && before.reads > 0 && same && at - before.at <= staleAfterMs;
  if (unbroken) return { ...shown, at, since: before.since, reads: Math.min(READS_CAP, before.reads + 1) };
  return { ...shown, at, since: at, reads: 1 };
}

/** Everything of a silent device is unknown from now on, whatever its age. */
export function forgetReadings(state: LaneState, model: LaneModel, device: string): Readonly<Record<string, Reading>> {
  const next: Record<string, Reading> = { ...state.inputs };
  for (const input of model.inputs) {
    const reading = readingOf(state, input);
    if (input.device === device && reading !== undefined) next[inputKey(input)] = { ...reading, reads: 0 };
  }
  return next;
}

export function inputsOf(model: LaneModel, role: InputRole, direction?: Direction): readonly InputModel[] {
  return model.inputs.filter(
    (input) =>
      input.role === role &&
      (direction === undefined || input.direction === undefined || input.direction === direction),
  );
}

/** The level of a plain input: its newest read, if fresh. A broken line shows none. */
export function levelOf(
  state: LaneState,
  model: LaneModel,
  input: InputModel,
  now: Mono,
  staleAfterMs = model.timing.staleAfterMs,
): Level {
  const reading = readingOf(state, input);
  if (reading === undefined || reading.reads === 0 || now - reading.at > staleAfterMs) return 'unknown';
  if (reading.line !== undefined) return 'unknown';
  return reading.value ? 'active' : 'inactive';
}

/** A safety input: active on the first read; inactive only on two fresh agreeing reads, unknown between. */
export function safetyLevelOf(
  state: LaneState,
  model: LaneModel,
  input: InputModel,
  now: Mono,
  staleAfterMs?: number,
): Level {
  const level = levelOf(state, model, input, now, staleAfterMs);
  if (level !== 'inactive') return level;
  return (readingOf(state, input)?.reads ?? 0) >= 2 ? 'inactive' : 'unknown';
}

/** Any active wins; then any unknown; a role without inputs is `null`. */
export function roleLevel(
  state: LaneState,
  model: LaneModel,
  role: InputRole,
  now: Mono,
  options: { readonly direction?: Direction; readonly safety?: boolean; readonly staleAfterMs?: number } = {},
): Level | null {
  const inputs = inputsOf(model, role, options.direction);
  if (inputs.length === 0) return null;
  let unknown = false;
  for (const input of inputs) {
    const level = options.safety
      ? safetyLevelOf(state, model, input, now, options.staleAfterMs)
      : levelOf(state, model, input, now, options.staleAfterMs);
    if (level === 'active') return 'active';
    unknown ||= level === 'unknown';
  }
  return unknown ? 'unknown' : 'inactive';
}

export interface Obstruction {
  readonly level: Level | null;
  /** Since when every obstruction input has been clear without a break; null unless `level` is `inactive`. */
  readonly clearSince: Mono | null;
}

/** What a close looks at: the obstruction inputs of the lane without the one that a technician has bypassed. */
export function watchedObstructions(state: Pick<LaneState, 'bypass'>, model: LaneModel): readonly InputModel[] {
  const inputs = inputsOf(model, 'obstruction');
  return state.bypass === null ? inputs : inputs.filter((input) => inputKey(input) !== state.bypass?.key);
}

export function obstruction(state: LaneState, model: LaneModel, now: Mono, staleAfterMs?: number): Obstruction {
  if (inputsOf(model, 'obstruction').length === 0) return { level: null, clearSince: null };
  const inputs = watchedObstructions(state, model);
  const levels = inputs.map((input) => safetyLevelOf(state, model, input, now, staleAfterMs));
  if (levels.includes('active')) return { level: 'active', clearSince: null };
  // A sensor that slept through three measured passages says nothing by being clear (gate.md "Closing").
  const silent = inputs.some((input) => (state.silentPassages[inputKey(input)] ?? 0) >= SILENT_PASSAGES);
  if (silent || levels.includes('unknown')) return { level: 'unknown', clearSince: null };
  // With its only input bypassed nothing looks: the person who holds the close does, since the bypass began.
  const since = inputs.map((input) => readingOf(state, input)?.since ?? now);
  return { level: 'inactive', clearSince: Math.max(state.bypass?.since ?? 0, ...since) };
}

/** An obstruction or departure input that sees people as well as vehicles: the lane may then close with nobody watching. */
export function seesPeople(model: LaneModel): boolean {
  return model.inputs.some(
    (input) => input.role === 'obstruction' && (input.detects === 'person' || input.detects === 'both'),
  );
}

/** Of the newest reads of the inputs that a close looks at, the oldest: that one goes stale first. `now` where none is left. */
export function oldestObstructionReadAt(state: LaneState, model: LaneModel, now: Mono): Mono {
  return Math.min(now, ...watchedObstructions(state, model).map((input) => readingOf(state, input)?.at ?? 0));
}
