/**
 * Contacts that latch an emergency: the fire panel's, a siren's or remote control's. Levels, not messages; they act whenever
 * they are read (gate.md "Emergency and fire"; I4, I9, I12).
 */
import { beginCause, isHeld } from '../emergency/begin.ts';
import { causeKey } from '../emergency/cause.ts';
import type { Actor } from '../io.ts';
import type { InputModel, InputRole } from '../site-model.ts';
import { clearLane, type LaneTurn, lane, laneRecord, raiseLane } from '../turn.ts';
import { BUTTON_STUCK_MS, heldFor } from './button.ts';
import { inputKey, inputsOf, isBelieved, levelOf, readingOf } from './inputs.ts';
import type { LaneState } from './state.ts';

const CONTACT: Actor = { via: 'contact', name: null };
/** The halves of a supervised pair may disagree, and a measured line lie between its bands, this long while the contact travels. */
const BROKEN_AFTER_MS = 1000;

/** travelling: it shows neither alarm nor rest, and has not done so for long. */
export type FireStanding = 'normal' | 'alarm' | 'broken' | 'travelling' | 'unknown';

/**
 * One contact, or a supervised pair: both halves in alarm are an alarm, halves that disagree for more than 1 s are broken
 * (10 normal, 01 alarm, 00 and 11 broken, as contacts; the driver has applied the wiring). A measured line that is cut, short or
 * outside all its bands is broken after the same time.
 */
export function fireStanding(t: LaneTurn, input: InputModel): FireStanding {
  if (input.supervision === 'analog') return measuredStanding(t, input);
  const first = levelOf(lane(t), t.model, input, t.now.mono);
  const other =
    input.supervision === 'pair'
      ? inputsOf(t.model, 'fireNo').find((one) => one.device === input.device && one.id === otherHalf(input))
      : undefined;
  const second = other === undefined ? first : levelOf(lane(t), t.model, other, t.now.mono);
  if (first === 'unknown' || second === 'unknown') return 'unknown';
  if (first === second) return first === 'active' ? 'alarm' : 'normal';
  const since = Math.max(
    readingOf(lane(t), input)?.since ?? 0,
    other === undefined ? 0 : (readingOf(lane(t), other)?.since ?? 0),
  );
  return t.now.mono - since > BROKEN_AFTER_MS ? 'broken' : 'travelling';
}

function measuredStanding(t: LaneTurn, input: InputModel): FireStanding {
  const reading = readingOf(lane(t), input);
  const isFresh = reading !== undefined && reading.reads > 0 && t.now.mono - reading.at <= t.model.timing.staleAfterMs;
  if (!isFresh) return 'unknown';
  if (reading.line === undefined) return reading.value ? 'alarm' : 'normal';
  return t.now.mono - reading.since > BROKEN_AFTER_MS ? 'broken' : 'travelling';
}

/** How its line is broken; nothing where it is not measured. */
function lineOf(t: LaneTurn, input: InputModel): { readonly contactLine?: string } {
  const line = readingOf(lane(t), input)?.line;
  return line === undefined ? {} : { contactLine: line };
}

/** `fire` pairs with `fireNo`, `fire2` with `fireNo2`: each contact is judged by its own half. */
function otherHalf(input: InputModel): string {
  return input.id.replace(/^fire/, 'fireNo');
}

/** May what this input has latched be released? A stuck button stands in nobody's way. */
export function contactStanding(t: LaneTurn, input: InputModel): FireStanding {
  const standing = fireStanding(t, input);
  if (input.role !== 'button' || standing !== 'alarm') return standing;
  return (heldFor(t, input) ?? 0) > BUTTON_STUCK_MS ? 'normal' : standing;
}

/** `before`: the readings as they were before this poll. `silent`: the device that has just fallen silent, or null. */
export function readContactsOfEmergency(t: LaneTurn, before: LaneState['inputs'], silent: string | null): void {
  for (const role of ['fire', 'emergency'] as const) {
    const inputs = inputsOf(t.model, role);
    if (inputs.length === 0) continue;
    for (const input of inputs) latch(t, input, before);
    supervise(t, role, inputs, before, silent);
  }
}

function latch(t: LaneTurn, input: InputModel, before: LaneState['inputs']): void {
  const standing = fireStanding(t, input);
  const acts = standing === 'alarm' || (standing === 'broken' && (input.onBroken ?? 'open') === 'open');
  if (!acts || isHeld(t, input)) return;
  const reading = readingOf(lane(t), input);
  if (reading === undefined || !isBelieved(before[inputKey(input)], reading, t.model.timing.staleAfterMs)) return;
  const purpose = input.role === 'fire' ? 'fire' : 'emergency';
  latchBy(t, input, purpose, CONTACT, { standing, ...lineOf(t, input) });
}

/** The cause that this input is begins, over all that the input reaches. */
export function latchBy(
  t: LaneTurn,
  input: InputModel,
  purpose: 'fire' | 'emergency',
  by: Actor,
  more: Readonly<Record<string, string | number>>,
): void {
  const key = causeKey(input);
  const ref = laneRecord(t, 'claim', { body: { key, purpose, via: by.via, input: input.id, ...more } });
  beginCause(t.turn, { key, purpose, by, home: t.model.id, reach: input.reach }, ref);
}

const unknownFaults = { fire: 'fireInputUnknown', emergency: 'emergencyInputUnknown' } as const;

/** Unknown never opens and never calms: a fault that pages, also for a contact that has not been read since the start. */
function supervise(
  t: LaneTurn,
  role: Extract<InputRole, 'fire' | 'emergency'>,
  inputs: readonly InputModel[],
  before: LaneState['inputs'],
  silent: string | null,
): void {
  const standings = inputs.map((input) => ({ input, standing: fireStanding(t, input) }));
  const unknown = standings.filter(({ standing }) => standing === 'unknown');
  const told = unknown.find(({ input }) => input.device === silent || before[inputKey(input)] !== undefined);
  if (told !== undefined) raiseLane(t, unknownFaults[role], { input: told.input.id });
  else if (unknown.length === 0) clearLane(t, unknownFaults[role]);
  const broken = standings.find(({ standing }) => standing === 'broken')?.input;
  if (broken !== undefined)
    raiseLane(t, 'fireContactBroken', { input: broken.id, acts: broken.onBroken ?? 'open', ...lineOf(t, broken) });
  else if (role === 'fire' && standings.every(({ standing }) => standing === 'normal' || standing === 'alarm'))
    clearLane(t, 'fireContactBroken');
}
