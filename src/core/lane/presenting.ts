/** One presentation a car: its frames, its card, and when it is over (gate.md "Opening"). */
import { plateKey } from '../credential/keys.ts';
import { normalisePlate, readColor } from '../plate/plate.ts';
import type { CardRead, PlateRead } from '../presentation.ts';
import { arm, disarm, type LaneTurn, lane, laneRecord, setLane } from '../turn.ts';
import type { Direction, RecordRef } from '../values.ts';
import { decideStanding } from './deciding.ts';
import { inputsOf } from './inputs.ts';
import { type Approach, type Presentation, type PresentedPlate, READS_WITHOUT_PRESENCE_MAX } from './state.ts';

const EVENT_IDS_MAX = 16;
/** A lane without sensor takes a car for gone when nothing has read it for this long. */
export const IDLE_MS = 10_000;
/** Reads that differ in at most this many characters of one length are one car, read twice. */
const SAME_CAR_CHARS = 2;

export function approachOf(t: LaneTurn, direction: Direction): Approach {
  return lane(t).approaches[direction];
}

export function setApproach(t: LaneTurn, direction: Direction, change: Partial<Approach>): void {
  const approaches = lane(t).approaches;
  setLane(t, { approaches: { ...approaches, [direction]: { ...approaches[direction], ...change } } });
}

/** Has this direction a presence sensor that is believed now? Without one the read itself stands for the car. */
export function senses(t: LaneTurn, direction: Direction): boolean {
  if (inputsOf(t.model, 'arming', direction).length === 0) return false;
  const approach = approachOf(t, direction);
  return approach.presence !== 'unknown' && approach.readsWithoutPresence < READS_WITHOUT_PRESENCE_MAX;
}

export function endPresentation(t: LaneTurn, direction: Direction, current: Presentation): void {
  setApproach(t, direction, { current: null });
  disarm(t, `${direction}.idle`);
  disarm(t, `${direction}.secondFactor`);
  if (current.decision?.outcome !== 'granted') {
    laneRecord(t, 'presentationEnded', {
      cause: current.ref,
      body: { outcome: current.decision?.outcome ?? null, code: current.decision?.code ?? null },
      extra: { direction },
    });
  }
}

/** A car of which nothing is known but that it stands there. What is read of it later joins this presentation. */
export function beginUnread(t: LaneTurn, direction: Direction, ref: RecordRef): void {
  begin(t, direction, ref, { unread: true, wentBlind: hasOpenedBlind(t, approachOf(t, direction).current) });
}

/** One car is let out blind once, or a stuck sensor would open again and again; the next is another where passages are measured. */
function hasOpenedBlind(t: LaneTurn, before: Presentation | null): boolean {
  if (before === null || !before.wentBlind) return false;
  const measures = t.model.inputs.some((input) => input.role === 'obstruction' || input.role === 'departure');
  return !(measures && before.decision?.outcome === 'granted');
}

export function present(t: LaneTurn, direction: Direction, read: PlateRead | CardRead, ref: RecordRef): void {
  const current = approachOf(t, direction).current;
  const granted = current?.decision?.outcome === 'granted';
  if (read.kind === 'cardRead') {
    const card = { bits: read.bits, value: read.value, at: read.receivedAt };
    if (current !== null && granted) {
      if (current.card?.value === read.value || current.card === null) return touch(t, direction, current);
      return begin(t, direction, ref, { card });
    }
    if (current === null) return begin(t, direction, ref, { card });
    return update(t, direction, { ...freshWindow(t, current, current.card === null), card });
  }
  const plate = presented(t, read);
  if (current === null || current.plate === null) {
    if (current !== null && granted && current.wentBlind && hasGrant(t, current))
      return touch(t, direction, withEvent({ ...current, plate }, read.eventId));
    if (current === null || granted) return begin(t, direction, ref, { plate }, read.eventId);
    return update(t, direction, withEvent({ ...freshWindow(t, current, true), plate }, read.eventId));
  }
  if (plate.text === '' || isOneCar(t, direction, current.plate.text, plate.text)) {
    if (granted || plate.text === '') return touch(t, direction, withEvent(current, read.eventId));
    return update(t, direction, withEvent({ ...current, plate: better(current.plate, plate) }, read.eventId));
  }
  begin(t, direction, ref, { plate, card: granted ? null : current.card }, read.eventId);
}

/** A half that comes when the window for it is over begins a window of its own (gate.md "Two factors"). */
function freshWindow(t: LaneTurn, current: Presentation, isOtherHalf: boolean): Presentation {
  const ended = current.secondFactor !== null && t.now.mono >= current.secondFactor.until;
  return ended && isOtherHalf ? { ...current, secondFactor: null } : current;
}

/**
 * While a sensor feels one car, two readings alike are one plate misread. Without a sensor the next car may be a neighbour's:
 * a number that the list knows by itself is then that car.
 */
function isOneCar(t: LaneTurn, direction: Direction, before: string, after: string): boolean {
  if (before === after) return true;
  if (!isSameCar(before, after)) return false;
  return senses(t, direction) || t.turn.facts?.rows.some((row) => row.key === plateKey(after)) !== true;
}

function presented(t: LaneTurn, read: PlateRead): PresentedPlate {
  const plate = normalisePlate(read.raw);
  return {
    text: plate.text,
    color: readColor(read.color, plate.prefixColor),
    confidence: read.confidence,
    framesAgree: 1,
    at: Math.min(read.receivedAt, t.now.mono),
  };
}

/** Frames that agree count up; of two that differ in a character or two, the surer one is believed. */
function better(before: PresentedPlate, after: PresentedPlate): PresentedPlate {
  if (before.text === '') return after;
  if (before.text === after.text) {
    const confidence =
      before.confidence === null || after.confidence === null
        ? (after.confidence ?? before.confidence)
        : Math.max(before.confidence, after.confidence);
    return {
      ...after,
      color: after.color === 'unknown' ? before.color : after.color,
      confidence,
      framesAgree: before.framesAgree + 1,
    };
  }
  return (after.confidence ?? 0) > (before.confidence ?? 0) ? after : before;
}

export function isSameCar(a: string, b: string): boolean {
  if (a === '') return true;
  const x = [...a];
  const y = [...b];
  if (x.length !== y.length) return false;
  return x.filter((char, at) => char !== y[at]).length <= SAME_CAR_CHARS;
}

function withEvent(current: Presentation, eventId: string | null): Presentation {
  return eventId === null ? current : { ...current, eventIds: [...current.eventIds, eventId].slice(-EVENT_IDS_MAX) };
}

/** Let out blind and read only now: still the car for which the boom rises. */
function hasGrant(t: LaneTurn, current: Presentation): boolean {
  return lane(t).grants.some((grant) => grant.cause === current.decisionRef);
}

function begin(
  t: LaneTurn,
  direction: Direction,
  ref: RecordRef,
  known: Partial<Pick<Presentation, 'plate' | 'card' | 'unread' | 'wentBlind'>>,
  eventId: string | null = null,
): void {
  const before = approachOf(t, direction).current;
  if (before !== null) endPresentation(t, direction, before);
  const current: Presentation = {
    ref,
    startedAt: t.now.mono,
    lastAt: t.now.mono,
    plate: null,
    card: null,
    decision: null,
    decisionRef: null,
    secondFactor: null,
    answered: false,
    unread: false,
    wentBlind: false,
    ...known,
    eventIds: eventId === null ? [] : [eventId],
  };
  update(t, direction, current);
}

function update(t: LaneTurn, direction: Direction, current: Presentation): void {
  touch(t, direction, current);
  decideStanding(t, direction);
}

export function touch(t: LaneTurn, direction: Direction, current: Presentation): void {
  setApproach(t, direction, { current: { ...current, lastAt: t.now.mono } });
  if (!senses(t, direction)) arm(t, `${direction}.idle`, t.now.mono + IDLE_MS);
}

/** No sensor says when the car leaves: it is gone when nothing has read it for a while. */
export function idleDue(t: LaneTurn, direction: Direction): void {
  const { current } = approachOf(t, direction);
  if (current === null || (senses(t, direction) && approachOf(t, direction).presence === 'present')) return;
  if (t.now.mono - current.lastAt < IDLE_MS) arm(t, `${direction}.idle`, current.lastAt + IDLE_MS);
  else endPresentation(t, direction, current);
}
