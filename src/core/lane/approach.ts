/** Who stands before the boom: live reads, presence, and one presentation a car (gate.md "Opening", plate before sensor). */
import { plateKey } from '../credential/keys.ts';
import { normalisePlate, readColor } from '../plate/plate.ts';
import type { CardRead, PlateRead } from '../presentation.ts';
import { arm, clearLane, disarm, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Direction, JsonObject, RecordRef } from '../values.ts';
import { decideStanding } from './deciding.ts';
import { inputsOf, roleLevel } from './inputs.ts';
import { consumeGrant } from './passages.ts';
import {
  type Approach,
  type Presentation,
  type PresentedPlate,
  READS_WITHOUT_PRESENCE_MAX,
  type WaitingRead,
} from './state.ts';

const WAITING_MAX = 8;
const EVENT_IDS_MAX = 16;
const HEARD_MAX = 64;
const HEARD_MS = 600_000;
/** A lane without sensor takes a car for gone when nothing has read it for this long. */
const IDLE_MS = 10_000;
/** A tag heard longer than this before the presence began belongs to somebody else (gate.md "Two factors"). */
const CARD_BEFORE_PRESENCE_MS = 10_000;
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

/** After each poll, and when the device falls silent. */
export function readPresence(t: LaneTurn, direction: Direction): void {
  const level = roleLevel(lane(t), t.model, 'arming', t.now.mono, { direction });
  if (level === null) return;
  const before = approachOf(t, direction);
  const presence = level === 'active' ? 'present' : level === 'inactive' ? 'absent' : 'unknown';
  if (presence === before.presence) return;
  setApproach(t, direction, { presence, presenceSince: t.now.mono });
  if (presence === 'unknown') presenceLost(t, direction);
  else if (presence === 'present') presenceBegins(t, direction, before);
  else if (before.presence === 'present') presenceEnds(t, direction);
  else if (before.current !== null) arm(t, `${direction}.idle`, t.now.mono + IDLE_MS);
  const believed = t.model.directions.every((one) => inputsOf(t.model, 'arming', one).length === 0 || senses(t, one));
  if (believed) clearLane(t, 'armingSensorSilent');
}

/** A sensor that falls silent says nothing of the car that stands there; it is gone when nothing has read it for a while. */
function presenceLost(t: LaneTurn, direction: Direction): void {
  raiseLane(t, 'armingSensorSilent', { direction });
  if (approachOf(t, direction).current !== null) arm(t, `${direction}.idle`, t.now.mono + IDLE_MS);
}

function presenceBegins(t: LaneTurn, direction: Direction, before: Approach): void {
  setApproach(t, direction, { readsWithoutPresence: 0 });
  // Only an edge that was seen adopts a read: the return of a silent sensor opens for nobody (I12).
  if (before.presence !== 'absent') return;
  const { waiting } = approachOf(t, direction);
  if (waiting.length === 0) return;
  setApproach(t, direction, { waiting: [] });
  disarm(t, `${direction}.armWindow`);
  for (const entry of waiting) if (!isTooOld(t, entry)) present(t, direction, entry.read, entry.ref);
}

function isTooOld(t: LaneTurn, entry: WaitingRead): boolean {
  return entry.read.kind === 'cardRead' && t.now.mono - entry.read.receivedAt > CARD_BEFORE_PRESENCE_MS;
}

function presenceEnds(t: LaneTurn, direction: Direction): void {
  const { current } = approachOf(t, direction);
  if (current !== null) endPresentation(t, direction, current);
  // With nothing behind the boom that could measure it, leaving the arming sensor under an open boom is the passage, inferred.
  const measured = t.model.inputs.some((input) => input.role === 'obstruction' || input.role === 'departure');
  const first = lane(t).grants[0];
  if (!measured && first?.direction === direction && first.opening === 'opened')
    consumeGrant(t, 'taken', 'inferred', null);
}

function endPresentation(t: LaneTurn, direction: Direction, current: Presentation): void {
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

/** One read of a plate or a card at this lane. Late ones, and the opposite camera's, are recorded and move nothing (I9). */
export function takeRead(t: LaneTurn, direction: Direction, read: PlateRead | CardRead): void {
  const text = read.kind === 'plateRead' ? normalisePlate(read.raw).text : null;
  const why =
    read.late !== false ? read.late : text !== null && isOpposite(t, direction, text) ? 'oppositeOfPassage' : null;
  const current = approachOf(t, direction).current;
  const resent = isResent(t, read);
  const sensed = senses(t, direction);
  const present_ = !sensed || approachOf(t, direction).presence === 'present';
  const ref = recordRead(t, direction, read, text, why ?? (resent ? 'resent' : null), present_, current?.ref ?? null);
  if (why !== null) return;
  if (resent) {
    const own = read.kind === 'plateRead' && read.eventId !== null && current?.eventIds.includes(read.eventId) === true;
    if (own) touch(t, direction, current);
    return;
  }
  hear(t, read);
  if (present_) {
    present(t, direction, read, ref);
    return;
  }
  const again = approachOf(t, direction).waiting.some((entry) => isSameWait(entry.read, read));
  wait(t, direction, { read, ref, until: t.now.mono + t.model.timing.armWindowMs, again });
}

/** The camera has told us of this event before, perhaps of a car that has gone since (protocols.md §0.3). */
function isResent(t: LaneTurn, read: PlateRead | CardRead): boolean {
  const event = eventOf(read);
  return event !== null && lane(t).heard.some((entry) => entry.event === event && entry.until > t.now.mono);
}

function hear(t: LaneTurn, read: PlateRead | CardRead): void {
  const event = eventOf(read);
  if (event === null) return;
  const heard = lane(t).heard.filter((entry) => entry.until > t.now.mono);
  setLane(t, { heard: [...heard, { event, until: t.now.mono + HEARD_MS }].slice(-HEARD_MAX) });
}

function eventOf(read: PlateRead | CardRead): string | null {
  return read.kind === 'plateRead' && read.eventId !== null ? `${read.device}/${read.eventId}` : null;
}

function isSameWait(a: PlateRead | CardRead, b: PlateRead | CardRead): boolean {
  if (a.kind === 'cardRead') return b.kind === 'cardRead' && a.value === b.value;
  return b.kind === 'plateRead' && isSameCar(normalisePlate(a.raw).text, normalisePlate(b.raw).text);
}

function isOpposite(t: LaneTurn, direction: Direction, text: string): boolean {
  if (t.model.directions.length < 2 || text === '') return false;
  const now = t.now.mono;
  const under = lane(t).grants.some((grant) => grant.plate === text && grant.direction !== direction);
  return (
    under || lane(t).passed.some((entry) => entry.plate === text && entry.direction !== direction && entry.until > now)
  );
}

function recordRead(
  t: LaneTurn,
  direction: Direction,
  read: PlateRead | CardRead,
  text: string | null,
  recordedOnly: string | null,
  present: boolean,
  cause: RecordRef | null,
): RecordRef {
  const body: JsonObject =
    read.kind === 'plateRead'
      ? {
          device: read.device,
          channel: read.channel ?? null,
          color: read.color,
          confidence: read.confidence,
          heading: read.heading,
          eventId: read.eventId,
          cameraWall: read.cameraWall,
          receivedAt: read.receivedAt,
          present,
          recordedOnly,
          vendor: read.vendor,
        }
      : {
          device: read.device,
          bits: read.bits,
          format: read.format,
          receivedAt: read.receivedAt,
          present,
          recordedOnly,
        };
  const personal: JsonObject = read.kind === 'plateRead' ? { raw: read.raw, plate: text } : { card: read.value };
  return laneRecord(t, read.kind, { cause, body, personal, extra: { direction } });
}

function wait(t: LaneTurn, direction: Direction, entry: WaitingRead): void {
  const { waiting } = approachOf(t, direction);
  setApproach(t, direction, { waiting: [...waiting, entry].slice(-WAITING_MAX) });
  arm(t, `${direction}.armWindow`, Math.min(entry.until, ...waiting.map((other) => other.until)));
}

/** The window is over and no presence came: recorded as unmatched only now. Three in a row and the sensor is not believed. */
export function armWindowDue(t: LaneTurn, direction: Direction): void {
  const { waiting, readsWithoutPresence, presence } = approachOf(t, direction);
  const over = waiting.filter((entry) => entry.until <= t.now.mono);
  const rest = waiting.filter((entry) => entry.until > t.now.mono);
  const misses = readsWithoutPresence + (presence === 'absent' ? over.filter((entry) => !entry.again).length : 0);
  setApproach(t, direction, { waiting: rest, readsWithoutPresence: misses });
  for (const entry of over)
    laneRecord(t, 'unmatched', {
      cause: entry.ref,
      body: { armWindowMs: t.model.timing.armWindowMs },
      extra: { direction },
    });
  if (rest.length > 0) arm(t, `${direction}.armWindow`, Math.min(...rest.map((entry) => entry.until)));
  if (misses < READS_WITHOUT_PRESENCE_MAX || presence !== 'absent') return;
  raiseLane(t, 'armingSensorSilent', { direction, reads: misses });
  setApproach(t, direction, { waiting: [] });
  // The car that has just shown the sensor to be blind may still stand there.
  for (const entry of [...over.slice(-1), ...rest]) present(t, direction, entry.read, entry.ref);
}

function present(t: LaneTurn, direction: Direction, read: PlateRead | CardRead, ref: RecordRef): void {
  const current = approachOf(t, direction).current;
  const granted = current?.decision?.outcome === 'granted';
  if (read.kind === 'cardRead') {
    const card = { bits: read.bits, value: read.value, at: read.receivedAt };
    if (current !== null && granted) {
      if (current.card?.value === read.value || current.card === null) return touch(t, direction, current);
      return begin(t, direction, ref, null, card, null);
    }
    if (current === null) return begin(t, direction, ref, null, card, null);
    return update(t, direction, { ...freshWindow(t, current, current.card === null), card });
  }
  const plate = presented(t, read);
  if (current === null || current.plate === null) {
    if (current === null || granted) return begin(t, direction, ref, plate, null, read.eventId);
    return update(t, direction, withEvent({ ...freshWindow(t, current, true), plate }, read.eventId));
  }
  if (plate.text === '' || isOneCar(t, direction, current.plate.text, plate.text)) {
    if (granted || plate.text === '') return touch(t, direction, withEvent(current, read.eventId));
    return update(t, direction, withEvent({ ...current, plate: better(current.plate, plate) }, read.eventId));
  }
  begin(t, direction, ref, plate, granted ? null : current.card, read.eventId);
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
    at: t.now.mono,
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

function isSameCar(a: string, b: string): boolean {
  if (a === '') return true;
  const x = [...a];
  const y = [...b];
  if (x.length !== y.length) return false;
  return x.filter((char, at) => char !== y[at]).length <= SAME_CAR_CHARS;
}

function withEvent(current: Presentation, eventId: string | null): Presentation {
  return eventId === null ? current : { ...current, eventIds: [...current.eventIds, eventId].slice(-EVENT_IDS_MAX) };
}

function begin(
  t: LaneTurn,
  direction: Direction,
  ref: RecordRef,
  plate: PresentedPlate | null,
  card: Presentation['card'],
  eventId: string | null,
): void {
  const before = approachOf(t, direction).current;
  if (before !== null) endPresentation(t, direction, before);
  const current: Presentation = {
    ref,
    startedAt: t.now.mono,
    lastAt: t.now.mono,
    plate,
    card,
    decision: null,
    decisionRef: null,
    secondFactor: null,
    answered: false,
    eventIds: eventId === null ? [] : [eventId],
  };
  update(t, direction, current);
}

function update(t: LaneTurn, direction: Direction, current: Presentation): void {
  touch(t, direction, current);
  decideStanding(t, direction);
}

function touch(t: LaneTurn, direction: Direction, current: Presentation): void {
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
