/** The guard's buttons and his word from a screen (gate.md "The guard's button"; I4). A press is a level: it acts whenever it is read (I9). */
import type { Actor } from '../io.ts';
import type { InputModel } from '../site-model.ts';
import { clearLane, hasFault, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Direction, RecordRef } from '../values.ts';
import { claimOfMode, holdsOpen, modeOf } from './claims.ts';
import { followHolder, holdClose } from './attending.ts';
import { cancelClose, isClosing, isWatching } from './close-intent.ts';
import { beginClose, canClose } from './closing.ts';
import { doorModel, relock } from './door.ts';
import { oweReason, pressedAgain } from '../owed-reasons.ts';
import { isHeld } from '../emergency/begin.ts';
import { endDrill } from '../emergency/drill.ts';
import { BUTTON_STUCK_MS, heldFor } from './button.ts';
import { latchBy, readContactsOfEmergency } from './fire.ts';
import { inputKey, inputsOf, isBelieved, obstruction, readingOf } from './inputs.ts';
import { addGrant, sendAgain } from './opening.ts';
import { expireGrants, extendGrants } from './passages.ts';
import { barrierModel, doubtPresumedDown } from './portal.ts';
import type { LaneState } from './state.ts';
import { stopBoom } from './stopping.ts';

const BOOTH_BUTTON: Actor = { via: 'button', name: null };
/** Held so long, it means more than one car. */
const BUTTON_LATCHES_MS = 5000;
/** Sooner after the boom is up a further press of the only button means the car that goes through. */
const CLOSES_AFTER_MS = 3000;

/** `before`: the readings as they were before this poll. `silent`: the device that has just fallen silent, or null. */
export function readSafetyInputs(t: LaneTurn, before: LaneState['inputs'], silent: string | null): void {
  readContactsOfEmergency(t, before, silent);
  for (const input of t.model.inputs) {
    if (input.role === 'button') {
      if (begins(t, input, before)) pressButton(t);
      latchHeld(t, input);
    } else if (input.role === 'closeButton') {
      if (begins(t, input, before)) pressCloseInput(t, input);
      followHolder(t, input);
    }
  }
  superviseButtons(t);
}

/** A press acts once: on its first read after a released one, or on two reads where nothing was known before (I12). */
function begins(t: LaneTurn, input: InputModel, before: LaneState['inputs']): boolean {
  const key = inputKey(input);
  const reading = readingOf(lane(t), input);
  if (reading === undefined || reading.reads === 0) return false;
  const acted = lane(t).acted[key] === true;
  if (!reading.value) {
    if (acted) setLane(t, { acted: { ...lane(t).acted, [key]: false } });
    return false;
  }
  if (acted || !isBelieved(before[key], reading, t.model.timing.staleAfterMs)) return false;
  setLane(t, { acted: { ...lane(t).acted, [key]: true } });
  return true;
}

/** One fault for all the buttons of the lane: it stands until each of them is read released. */
function superviseButtons(t: LaneTurn): void {
  const buttons = inputsOf(t.model, 'button');
  if (buttons.length === 0) return;
  const readings = buttons.map((input) => ({ input, reading: readingOf(lane(t), input) }));
  const known = readings.filter(({ reading }) => reading !== undefined && reading.reads > 0);
  const stuck = known.find(({ reading }) => reading?.value === true && t.now.mono - reading.since > BUTTON_STUCK_MS);
  if (stuck !== undefined) raiseLane(t, 'buttonStuck', { input: stuck.input.id });
  else if (known.length === buttons.length && known.every(({ reading }) => reading?.value === false))
    clearLane(t, 'buttonStuck');
}

/**
 * Held for 5 s by readings without a break, the button latches an emergency, once a press: letting it go releases nothing, and
 * what a person has released is not latched again by a button that is stuck.
 */
function latchHeld(t: LaneTurn, input: InputModel): void {
  const key = inputKey(input);
  const { acted, latched } = lane(t);
  const reading = readingOf(lane(t), input);
  if (reading?.value === false && reading.reads > 0 && latched[key] === true)
    setLane(t, { latched: { ...latched, [key]: false } });
  const heldMs = heldFor(t, input);
  if (heldMs === null || heldMs < BUTTON_LATCHES_MS || acted[key] !== true || latched[key] === true) return;
  setLane(t, { latched: { ...latched, [key]: true } });
  if (!isHeld(t, input)) latchBy(t, input, 'emergency', BOOTH_BUTTON, { heldMs: Math.round(heldMs) });
}

/** The guard's only button closes a boom that stands open and clear, and opens at every other time (gate.md "The guard's button"). */
function pressButton(t: LaneTurn): void {
  if (closesByButton(t)) pressClose(t, BOOTH_BUTTON);
  else pressOpen(t, BOOTH_BUTTON);
}

function closesByButton(t: LaneTurn): boolean {
  const { barrier, claims, close, grants, bypass } = lane(t);
  if (!t.model.buttonCloses || !t.model.commissioned || hasFault(t, 'latchUnreadable')) return false;
  if (bypass !== null || close !== null || holdsOpen(claims)) return false;
  // It was sent down and is still measured up: the limit may lie, and somebody stand before a closed boom.
  if (hasFault(t, 'boomFailedToClose')) return false;
  // A permit's car is awaited: the press is taken to mean it.
  if (grants.some((grant) => grant.source !== 'guard')) return false;
  if (barrier?.position !== 'open' || barrier.basis !== 'measured') return false;
  const stood = t.now.mono - barrier.since >= CLOSES_AFTER_MS;
  return stood && canClose(t) && obstruction(lane(t), t.model, t.now.mono).level === 'inactive';
}

/** With a sensor bypassed the close input is held to run, and let go it stops the boom; else a press is enough. */
function pressCloseInput(t: LaneTurn, input: InputModel): void {
  if (lane(t).bypass === null) pressClose(t, BOOTH_BUTTON);
  else holdClose(t, BOOTH_BUTTON, inputKey(input));
}

function pressed(t: LaneTurn, what: string, by: Actor, refused: string | null, why: Why | null = null): RecordRef {
  const { state, text } = why ?? {};
  const named = by.name === null ? {} : { by: by.name };
  const personal = text === undefined ? named : { ...named, reason: text };
  return laneRecord(t, 'pressed', {
    body: { what, via: by.via, refused, ...(state === undefined ? {} : { reason: state }) },
    personal: Object.keys(personal).length === 0 ? undefined : personal,
  });
}

interface Why {
  /** sameOpening: asked for with the first press of this opening, if at all. */
  readonly state: 'given' | 'owed' | 'sameOpening';
  readonly text?: string | undefined;
}

/** A press always opens or extends; it waits for nothing and is never refused. What it opens without a reason asks for one. */
export function pressOpen(t: LaneTurn, by: Actor, reason?: string): void {
  const text = reason === undefined || reason.trim() === '' ? undefined : reason;
  const given = text !== undefined;
  const standing = lane(t).grants.find((grant) => grant.source === 'guard');
  const state = given ? 'given' : standing === undefined ? 'owed' : 'sameOpening';
  const cause = pressed(t, 'open', by, null, { state, text });
  if (standing !== undefined) pressedAgain(t, standing.cause, cause, by, given);
  else if (!given) oweReason(t, by, cause);
  if (standing === undefined) {
    const direction = directionOfGuest(t);
    addGrant(t, { direction, cause, source: 'guard', plate: null, rowId: null, spends: false });
    return;
  }
  extendGrants(t);
  if (!isClosing(t)) cancelClose(t);
  sendAgain(t, standing, cause);
}

/** Whom the guard lets through: the only side on which somebody waits, else the lane's first. */
function directionOfGuest(t: LaneTurn): Direction {
  const { approaches } = lane(t);
  const waiting = t.model.directions.filter(
    (direction) => approaches[direction].presence === 'present' || approaches[direction].current !== null,
  );
  return (waiting.length === 1 ? waiting[0] : undefined) ?? t.model.directions[0] ?? 'in';
}

/** The guard's close: announced, under I2 like every other, and attended where he sees the boom. It ends what was granted and not driven. */
export function pressClose(t: LaneTurn, by: Actor): void {
  const door = doorModel(t) !== null;
  // The guard stands above a drill: whoever closes its boom has seen why.
  if (claimOfMode(lane(t).claims)?.purpose === 'drill') endDrill(t.turn, 'guardClosed', by);
  const refused = holdsOpen(lane(t).claims)
    ? modeOf(lane(t).claims)
    : hasFault(t, 'latchUnreadable')
      ? 'latchUnreadable'
      : door
        ? null
        : t.model.commissioned
          ? canClose(t)
            ? lane(t).bypass === null
              ? null
              : 'needsAttendedClosing'
            : 'noCloseBySoftware'
          : 'notCommissioned';
  const cause = pressed(t, 'close', by, refused);
  if (refused !== null) return;
  expireGrants(t, true);
  if (door) {
    relock(t);
    return;
  }
  clearLane(t, 'obstructionHunting');
  setLane(t, { reopenings: [] });
  if (isWatching(by)) doubtPresumedDown(t, cause);
  beginClose(t, 'guard', cause, 0, isWatching(by));
}

export function pressStop(t: LaneTurn, by: Actor): void {
  const wired = barrierModel(t)?.stop === 'wired';
  stopBoom(t, pressed(t, 'stop', by, wired ? null : 'noStopOutput'), 'guard');
}
