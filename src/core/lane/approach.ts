/** Who stands before the boom: presence, live reads, and which of them wait for one another (gate.md "Opening", plate before sensor). */
import { normalisePlate } from '../plate/plate.ts';
import type { RecalledRead } from '../io.ts';
import type { CardRead, PlateRead } from '../presentation.ts';
import {
  arm,
  clearLane,
  COMMAND_LIFE_MS,
  disarm,
  type LaneTurn,
  lane,
  laneRecord,
  raiseLane,
  setLane,
} from '../turn.ts';
import type { Direction, JsonObject, RecordRef } from '../values.ts';
import { inputsOf, roleLevel } from './inputs.ts';
import { consumeGrant, feelsVehicles } from './passages.ts';
import {
  approachOf,
  endPresentation,
  eventOf,
  IDLE_MS,
  isSameCar,
  present,
  senses,
  setApproach,
  touch,
} from './presenting.ts';
import { type Approach, READS_WITHOUT_PRESENCE_MAX, type WaitingRead } from './state.ts';

const WAITING_MAX = 8;
const HEARD_MAX = 64;
const HEARD_MS = 600_000;
/** A tag heard longer than this before the presence began belongs to somebody else (gate.md "Two factors"). */
const CARD_BEFORE_PRESENCE_MS = 10_000;

/** After each poll, and when the device falls silent. */
export function readPresence(t: LaneTurn, direction: Direction): void {
  const level = roleLevel(lane(t), t.model, 'arming', t.now.mono, { direction });
  if (level === null) return;
  const before = approachOf(t, direction);
  const presence = level === 'active' ? 'present' : level === 'inactive' ? 'absent' : 'unknown';
  if (presence === before.presence) return;
  // Only an edge that was seen is a car that came: a start, or the return of a silent sensor, shows one that was there (I12).
  const risen = presence === 'present' && before.presence === 'absent';
  setApproach(t, direction, { presence, presenceSince: t.now.mono, risen });
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
  for (const entry of waiting)
    if (isTooOld(t, entry)) unmatched(t, direction, entry, { tooOldMs: CARD_BEFORE_PRESENCE_MS });
    else present(t, direction, entry.read, { ref: entry.ref, at: t.now.mono });
}

function isTooOld(t: LaneTurn, entry: WaitingRead): boolean {
  return entry.read.kind === 'cardRead' && t.now.mono - entry.read.receivedAt > CARD_BEFORE_PRESENCE_MS;
}

function presenceEnds(t: LaneTurn, direction: Direction): void {
  const { current } = approachOf(t, direction);
  if (current !== null) endPresentation(t, direction, current);
  // With nothing behind the boom that could measure it, leaving the arming sensor under an open boom is the passage, inferred.
  const measured = t.model.inputs.some(
    (input) => input.role === 'departure' || (input.role === 'obstruction' && feelsVehicles(input)),
  );
  const first = lane(t).grants[0];
  if (!measured && first?.direction === direction && first.opening === 'opened')
    consumeGrant(t, 'taken', 'inferred', null);
}

/** One read of a plate or a card at this lane. Late ones, and the opposite camera's, are recorded and move nothing (I9). */
export function takeRead(t: LaneTurn, direction: Direction, read: PlateRead | CardRead): void {
  const text = read.kind === 'plateRead' ? normalisePlate(read.raw).text : null;
  const why = lateness(t, read) ?? (text !== null && isOpposite(t, direction, text) ? 'oppositeOfPassage' : null);
  const current = approachOf(t, direction).current;
  const resent = isResent(t, read);
  const sensed = senses(t, direction);
  const present_ = !sensed || approachOf(t, direction).presence === 'present';
  const ref = recordRead(t, direction, read, text, why ?? (resent ? 'resent' : null), present_, current?.ref ?? null);
  // Also what is only recorded has been heard: sent again, it is no live read of whoever stands there then.
  if (!resent) hear(t, read);
  if (why !== null) return;
  if (resent) {
    const event = read.kind === 'plateRead' ? eventOf(read) : null;
    if (event !== null && current?.events.includes(event) === true) touch(t, direction, current);
    return;
  }
  if (present_) {
    present(t, direction, read, { ref, at: Math.min(read.receivedAt, t.now.mono) });
    return;
  }
  const again = approachOf(t, direction).waiting.some((entry) => isSameWait(entry.read, read));
  wait(t, direction, { read, ref, until: t.now.mono + t.model.timing.armWindowMs, again });
}

/** Not live: so the camera or the receiver says, or a grant's command for it would have expired by now (design.md "Order of effects"). */
function lateness(t: LaneTurn, read: PlateRead | CardRead): Exclude<PlateRead['late'], false> | null {
  if (read.late !== false) return read.late;
  return t.now.mono - read.receivedAt >= COMMAND_LIFE_MS ? 'held' : null;
}

/** The camera has told us of this event before, perhaps of a car that has gone since (protocols.md §0.3). */
function isResent(t: LaneTurn, read: PlateRead | CardRead): boolean {
  const event = read.kind === 'plateRead' ? eventOf(read) : null;
  return event !== null && lane(t).heard.some((entry) => entry.event === event && entry.until > t.now.mono);
}

function hear(t: LaneTurn, read: PlateRead | CardRead): void {
  const event = read.kind === 'plateRead' ? eventOf(read) : null;
  if (event === null) return;
  const heard = lane(t).heard.filter((entry) => entry.until > t.now.mono);
  setLane(t, { heard: [...heard, { event, until: t.now.mono + HEARD_MS }].slice(-HEARD_MAX) });
}

/** What the journal shows to have been heard before a restart, as if just now: how long ago only a clock says that may have been set since. */
export function recall(t: LaneTurn, recalled: readonly RecalledRead[]): void {
  const until = t.now.mono + HEARD_MS;
  const heard = recalled.flatMap((one) => {
    const event = eventOf(one);
    return event === null ? [] : [{ event, until }];
  });
  setLane(t, { heard: [...heard, ...lane(t).heard].slice(-HEARD_MAX) });
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
        }
      : {
          device: read.device,
          bits: read.bits,
          format: read.format,
          receivedAt: read.receivedAt,
          present,
          recordedOnly,
        };
  // A vendor's own words may repeat the plate, whatever they are called.
  const personal: JsonObject =
    read.kind === 'plateRead'
      ? { raw: read.raw, plate: text, vendor: read.vendor }
      : { card: read.value, ...(read.text === undefined ? {} : { text: read.text }) };
  return laneRecord(t, read.kind, { cause, body, personal, extra: { direction } });
}

function wait(t: LaneTurn, direction: Direction, entry: WaitingRead): void {
  const { waiting } = approachOf(t, direction);
  setApproach(t, direction, { waiting: [...waiting, entry].slice(-WAITING_MAX) });
  arm(t, `${direction}.armWindow`, Math.min(entry.until, ...waiting.map((other) => other.until)));
}

function unmatched(t: LaneTurn, direction: Direction, entry: WaitingRead, body: JsonObject): void {
  laneRecord(t, 'unmatched', { cause: entry.ref, body, extra: { direction } });
}

/** The window is over and no presence came: recorded as unmatched only now. Three in a row and the sensor is not believed. */
export function armWindowDue(t: LaneTurn, direction: Direction): void {
  const { waiting, readsWithoutPresence, presence } = approachOf(t, direction);
  const over = waiting.filter((entry) => entry.until <= t.now.mono);
  const rest = waiting.filter((entry) => entry.until > t.now.mono);
  const misses = readsWithoutPresence + (presence === 'absent' ? over.filter((entry) => !entry.again).length : 0);
  setApproach(t, direction, { waiting: rest, readsWithoutPresence: misses });
  for (const entry of over) unmatched(t, direction, entry, { armWindowMs: t.model.timing.armWindowMs });
  if (rest.length > 0) arm(t, `${direction}.armWindow`, Math.min(...rest.map((entry) => entry.until)));
  if (misses < READS_WITHOUT_PRESENCE_MAX || presence !== 'absent') return;
  raiseLane(t, 'armingSensorSilent', { direction, reads: misses });
  setApproach(t, direction, { waiting: [] });
  // The car that has just shown the sensor to be blind may still stand there.
  for (const entry of [...over.slice(-1), ...rest])
    present(t, direction, entry.read, { ref: entry.ref, at: t.now.mono });
}
