/**
 * Attended closing (gate.md "Closing", hold-to-run): a person who watches the boom holds the close, and it goes on only while he
 * does. Let go, or not heard of any more, the boom is stopped; where STOP is not wired it is sent up. A hold begins one close:
 * when that is over, whatever ended it, the next one takes a new hold.
 */
import type { Actor } from '../io.ts';
import type { InputModel } from '../site-model.ts';
import { arm, clearLane, disarm, hasFault, type LaneTurn, lane, laneRecord, setLane } from '../turn.ts';
import type { RecordRef } from '../values.ts';
import { isMeasuredUp } from './barrier.ts';
import { holdsOpen, modeOf } from './claims.ts';
import { sendUp } from './close-guard.ts';
import { cancelClose, isClosing } from './close-intent.ts';
import { beginClose, canClose } from './closing.ts';
import { inputKey, readingOf } from './inputs.ts';
import { expireGrants } from './passages.ts';
import { stopBoom } from './stopping.ts';

/** A session or an input that has not said for so long that it is held, is let go: STOP goes out within 500 ms of the release. */
export const HELD_FOR_MS = 400;
/** Who can hold a close: a session says so again and again, and the booth's own input is a level. */
const HELD_BY: readonly string[] = ['screen', 'cli', 'button'];

/** Begins to hold, or says that it is still held. */
export function holdClose(t: LaneTurn, by: Actor, holder: string): void {
  const { attending } = lane(t);
  if (attending !== null && attending.holder === holder) {
    heard(t, t.now.mono);
    return;
  }
  const refused = whyNotHeld(t, by, holder);
  const cause = laneRecord(t, 'pressed', {
    body: { what: 'closeHeld', via: by.via, refused },
    personal: by.name === null ? undefined : { by: by.name },
  });
  if (refused !== null) return;
  expireGrants(t, true);
  clearLane(t, 'obstructionHunting');
  setLane(t, { reopenings: [], attending: { by, holder, heardAt: t.now.mono, cause } });
  heard(t, t.now.mono);
  cancelClose(t);
  beginClose(t, 'guard', cause, 0, true, true);
}

/** Why no close can be held here now; null where it can. */
export function whyNotHeld(t: LaneTurn, by: Actor, holder: string): string | null {
  const { claims, attending } = lane(t);
  if (!HELD_BY.includes(by.via)) return 'needsPersonOnTheSpot';
  if (by.name === null && by.via !== 'button') return 'needsNamedPerson';
  if (holdsOpen(claims)) return modeOf(claims);
  if (hasFault(t, 'latchUnreadable')) return 'latchUnreadable';
  if (!t.model.commissioned) return 'notCommissioned';
  if (!canClose(t)) return 'noCloseBySoftware';
  if (attending !== null && attending.holder !== holder) return 'heldByAnother';
  return isClosing(t) ? 'boomClosing' : null;
}

function heard(t: LaneTurn, at: number): void {
  const { attending } = lane(t);
  if (attending === null) return;
  setLane(t, { attending: { ...attending, heardAt: at } });
  arm(t, 'attend', at + HELD_FOR_MS);
}

/** Let go by the session or input that held it. */
export function letGo(t: LaneTurn, holder: string, why: 'released' | 'lost' = 'released'): void {
  const { attending } = lane(t);
  if (attending === null || attending.holder !== holder) return;
  setLane(t, { attending: null });
  disarm(t, 'attend');
  const { close } = lane(t);
  if (close?.held !== true) return;
  const cause = laneRecord(t, 'closeLetGo', { cause: attending.cause, body: { via: attending.by.via, why } });
  if (isClosing(t)) {
    if (close.overtaken === 'no') halt(t, cause);
    return;
  }
  cancelClose(t);
  // The hold of a maintained OPEN may be off already although the boom was not seen to fall.
  const { barrier } = lane(t);
  if (barrier !== null && !isMeasuredUp(barrier)) halt(t, cause);
}

/** STOP, where it is wired; else up. Before its record, as all that keeps a boom from anybody. */
function halt(t: LaneTurn, cause: RecordRef): void {
  if (!stopBoom(t, cause, 'letGo')) sendUp(t, 'letGo', cause);
}

/** The `attend` timer. */
export function attendDue(t: LaneTurn): void {
  const { attending } = lane(t);
  if (attending === null) return;
  const until = attending.heardAt + HELD_FOR_MS;
  if (t.now.mono < until) arm(t, 'attend', until);
  else letGo(t, attending.holder, 'lost');
}

/** The close input of the booth while it holds a close, at each of its readings: a level, and as old as it was read. */
export function followHolder(t: LaneTurn, input: InputModel): void {
  const { attending } = lane(t);
  const reading = readingOf(lane(t), input);
  if (attending?.holder !== inputKey(input) || reading === undefined || reading.reads === 0) return;
  if (reading.value) heard(t, reading.at);
  else letGo(t, attending.holder);
}
