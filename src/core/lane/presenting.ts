/** One presentation a car: its frames, its card, and when it is over (gate.md "Opening"). */
import { plateKey } from '../credential/keys.ts';
import { normalisePlate, readColor } from '../plate/plate.ts';
import type { CardRead, PlateRead } from '../presentation.ts';
import { arm, disarm, type LaneTurn, lane, laneRecord, setLane } from '../turn.ts';
import type { Direction, Mono, RecordRef } from '../values.ts';
import { decideStanding } from './deciding.ts';
import { inputsOf } from './inputs.ts';
import { ownGrant } from './passages.ts';
import { afterCard, afterPlate, plateSince } from './second-half.ts';
import {
  type Approach,
  type Halves,
  noHalves,
  type Presentation,
  type PresentedCard,
  type PresentedPlate,
  READS_WITHOUT_PRESENCE_MAX,
  type ShownCredential,
} from './state.ts';

const EVENTS_MAX = 16;
const SHOWN_MAX = 16;
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
  begin(
    t,
    direction,
    { ref, at: t.now.mono },
    { unread: true, wentBlind: hasOpenedBlind(t, approachOf(t, direction).current) },
  );
}

/** One car is let out blind once, or a stuck sensor would open again and again; the next is another where passages are measured. */
function hasOpenedBlind(t: LaneTurn, before: Presentation | null): boolean {
  if (before === null || !before.wentBlind) return false;
  const measures = t.model.inputs.some((input) => input.role === 'obstruction' || input.role === 'departure');
  return !(measures && before.decision?.outcome === 'granted');
}

/** A live read, and when it counts as presented: as it was received, or when the presence came for which it had waited. */
export interface Presented {
  readonly ref: RecordRef;
  readonly at: Mono;
}

export function present(t: LaneTurn, direction: Direction, read: PlateRead | CardRead, by: Presented): void {
  if (read.kind === 'cardRead') presentCard(t, direction, read, by);
  else presentPlate(t, direction, read, by);
}

function presentCard(t: LaneTurn, direction: Direction, read: CardRead, by: Presented): void {
  const { current } = approachOf(t, direction);
  const card = { bits: read.bits, value: read.value, at: Math.min(read.receivedAt, t.now.mono), device: read.device };
  const halves = { ...noHalves, card: t.now.mono };
  if (current === null) return begin(t, direction, by, { card, halves });
  const gone = isThrough(t, direction, current);
  if (current.decision?.outcome === 'granted') {
    const same = current.card?.value === read.value && !standsOn(t, direction, current);
    if (current.card === null ? !gone : same) return touch(t, direction, current);
    return begin(t, direction, by, { card, halves });
  }
  if (gone) return begin(t, direction, by, { card, halves });
  update(t, direction, { ...withShown(current, card), card, halves: afterCard(t, current, card) }, by.at);
}

function presentPlate(t: LaneTurn, direction: Direction, read: PlateRead, by: Presented): void {
  const { current } = approachOf(t, direction);
  const granted = current?.decision?.outcome === 'granted';
  const plate = presented(t, read);
  const event = eventOf(read);
  const alone = { ...noHalves, plate: plateSince(t, plate) };
  if (current === null) return begin(t, direction, by, { plate, halves: alone }, event);
  const gone = isThrough(t, direction, current);
  if (current.plate === null) {
    if (granted && current.wentBlind && hasGrant(t, current))
      return touch(t, direction, withEvent({ ...current, plate }, event));
    if (granted || gone) return begin(t, direction, by, { plate, halves: alone }, event);
    const halves = afterPlate(t, current, plate, plate);
    return update(t, direction, withEvent({ ...withShown(current, plate), plate, halves }, event), by.at);
  }
  const same = plate.text === current.plate.text;
  if (plate.text === '' || same || (!gone && isOneCar(t, direction, current, plate.text))) {
    const seen = withShown(withEvent(current, event), plate);
    if (granted && plate.text !== '' && same && standsOn(t, direction, current))
      return begin(t, direction, by, { plate, halves: alone }, event);
    if (granted || plate.text === '') return touch(t, direction, seen);
    const believed = better(current.plate, plate);
    return update(t, direction, { ...seen, plate: believed, halves: afterPlate(t, current, plate, believed) }, by.at);
  }
  if (granted || gone) return begin(t, direction, by, { plate, halves: alone }, event);
  // Without a sensor nothing says that this is still the car for which the card was shown.
  const halves = senses(t, direction) ? { ...current.halves, plate: alone.plate } : alone;
  begin(t, direction, by, { plate, card: current.card, halves }, event);
}

/**
 * It has been let through, by its own grant or by the guard's, and that is over or the boom is clear behind it: whatever else
 * is read there is the next car, close behind.
 */
function isThrough(t: LaneTurn, direction: Direction, current: Presentation): boolean {
  const { decision, decisionRef, grantsBefore } = current;
  if (t.model.portal.kind === 'none') return false;
  const granted = decision?.outcome === 'granted';
  if (!granted && approachOf(t, direction).grantsGiven === grantsBefore) return false;
  const { grants, crossing } = lane(t);
  const own = grants.filter((grant) => grant.direction === direction && (!granted || grant.cause === decisionRef));
  const [first] = own;
  if (first === undefined) return true;
  const crosses = crossing !== null && crossing.obstructedAt !== null && crossing.clearedAt !== null;
  return crosses && crossing.direction === direction && own.length === 1 && ownGrant(grants, direction) === first;
}

/**
 * Read again and again although its grant has long been driven through: where no sensor tells when a car leaves, that was another
 * one, on its grant.
 */
function standsOn(t: LaneTurn, direction: Direction, { overSince }: Presentation): boolean {
  return overSince !== null && !senses(t, direction) && t.now.mono - overSince >= IDLE_MS;
}

/**
 * While a sensor feels one car, two readings alike are one plate misread. Without a sensor the next car may be a neighbour's:
 * a number that the list knows by itself is then that car.
 */
function isOneCar(t: LaneTurn, direction: Direction, current: Presentation, after: string): boolean {
  if (!isSameCar(current.plate?.text ?? '', after)) return false;
  // Nobody can tell whether a blocked plate was misread or has left, and the block binds until that is known.
  if (current.decision?.code === 'blocked') return true;
  return senses(t, direction) || t.turn.facts?.rows.some((row) => row.key === plateKey(after)) !== true;
}

function presented(t: LaneTurn, read: PlateRead): PresentedPlate {
  const plate = normalisePlate(read.raw);
  return {
    text: plate.text,
    color: readColor(read.color, plate.prefixColor),
    confidence: read.confidence,
    framesAgree: 1,
    heading: read.heading,
    cameraWall: read.cameraWall,
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
      heading: after.heading === 'unknown' ? before.heading : after.heading,
      framesAgree: before.framesAgree + (isOneFrame(before, after) ? 0 : 1),
    };
  }
  return (after.confidence ?? 0) > (before.confidence ?? 0) ? after : before;
}

function isOneFrame(a: PresentedPlate, b: PresentedPlate): boolean {
  return a.cameraWall !== null && a.cameraWall === b.cameraWall;
}

/**
 * What a camera's re-sending of one read has in common with the first; null where nothing tells them apart (protocols.md §0.3).
 * Id and moment together, as far as the camera gives them: ids are small counters in some cameras and one constant in others,
 * and clocks stand still. With the text, since another car is never a re-send.
 */
export function eventOf(read: Pick<PlateRead, 'device' | 'eventId' | 'cameraWall' | 'raw'>): string | null {
  const { device, eventId, cameraWall, raw } = read;
  if (cameraWall === null && eventId === null) return null;
  return `${device}/${eventId ?? ''}@${cameraWall ?? ''}/${raw}`;
}

export function isSameCar(a: string, b: string): boolean {
  if (a === '') return true;
  const x = [...a];
  const y = [...b];
  if (x.length !== y.length) return false;
  return x.filter((char, at) => char !== y[at]).length <= SAME_CAR_CHARS;
}

function withEvent(current: Presentation, event: string | null): Presentation {
  return event === null ? current : { ...current, events: [...current.events, event].slice(-EVENTS_MAX) };
}

/** The first ones stay: whoever shows many credentials may not push a blocked one out. */
function withShown(current: Presentation, seen: PresentedPlate | PresentedCard): Presentation {
  const one: ShownCredential =
    'text' in seen ? { text: seen.text, color: seen.color } : { bits: seen.bits, value: seen.value };
  const known = current.shown.some((other) => isSameShown(one, other));
  if (known || current.shown.length >= SHOWN_MAX || ('text' in one && one.text === '')) return current;
  return { ...current, shown: [...current.shown, one] };
}

function isSameShown(a: ShownCredential, b: ShownCredential): boolean {
  if ('text' in a) return 'text' in b && a.text === b.text && a.color === b.color;
  return !('text' in b) && a.bits === b.bits && a.value === b.value;
}

/** While one presence lasts and nobody has let anyone through, a blocked credential is not talked away by another car's. */
function stillShown(t: LaneTurn, direction: Direction, before: Presentation | null): Presentation['shown'] {
  const { presence, grantsGiven } = approachOf(t, direction);
  const stands = before !== null && senses(t, direction) && presence === 'present' && !before.answered;
  return stands && before.decision?.outcome !== 'granted' && before.grantsBefore === grantsGiven ? before.shown : [];
}

/** Let out blind and read only now: still the car for which the boom rises. */
function hasGrant(t: LaneTurn, current: Presentation): boolean {
  return lane(t).grants.some((grant) => grant.cause === current.decisionRef);
}

function begin(
  t: LaneTurn,
  direction: Direction,
  by: Presented,
  known: Partial<Pick<Presentation, 'plate' | 'card' | 'unread' | 'wentBlind'>> & { readonly halves?: Halves },
  event: string | null = null,
): void {
  const before = approachOf(t, direction).current;
  if (before !== null) endPresentation(t, direction, before);
  const current: Presentation = {
    ref: by.ref,
    startedAt: t.now.mono,
    lastAt: t.now.mono,
    plate: null,
    card: null,
    decision: null,
    decisionRef: null,
    decidedCard: null,
    failed: [],
    halves: noHalves,
    answered: false,
    unread: false,
    wentBlind: false,
    overSince: null,
    ...known,
    events: event === null ? [] : [event],
    shown: stillShown(t, direction, before),
    grantsBefore: approachOf(t, direction).grantsGiven,
  };
  const seen = [current.plate, current.card].filter((one) => one !== null);
  update(t, direction, seen.reduce(withShown, current), by.at);
}

function update(t: LaneTurn, direction: Direction, current: Presentation, presentedAt: Mono): void {
  touch(t, direction, current);
  decideStanding(t, direction, presentedAt);
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
