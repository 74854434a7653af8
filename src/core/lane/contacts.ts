/**
 * CLOSE and STOP contacts are only ever pulsed: one that reads on was left so by a crash, or is welded. Reported, and let go
 * only as a recorded command, as an OPEN contact is (gate.md "Portals"). The announcing lamp is kept in the same way.
 */
import type { CommandPriority, Outcome } from '../io.ts';
import { arm, clearLane, type LaneTurn, lane, laneRecord, order, raiseLane, setLane } from '../turn.ts';
import type { CommandId, Mono, RecordRef } from '../values.ts';
import { barrierModel } from './portal.ts';
import { type ContactState, contactOff, type LaneState } from './state.ts';

export type Contact = keyof LaneState['contacts'];

/** What a close demands of the frame that goes in front of it. */
export interface CloseTerms {
  readonly deadline?: Mono;
  readonly onlyIfClear?: readonly string[];
  readonly evenIfJournalBroken?: boolean;
}

/** A held CLOSE is ordered off so often, then left to a person. */
const RELEASES = 3;
const RETRY_MS = 2000;
/** A read-back may have been on its way while the order was given. */
const READ_BACK_MS = 3000;

const faults = { close: 'closeContactFoundOn', stop: 'stopContactFoundOn' } as const;

export function setContact(t: LaneTurn, contact: Contact, change: Partial<ContactState>): void {
  const { contacts } = lane(t);
  setLane(t, { contacts: { ...contacts, [contact]: { ...contacts[contact], ...change } } });
}

const ofPortal: readonly Contact[] = ['close', 'stop', 'announce'];

/** After each read-back of a board's outputs; one that does not name a contact says nothing of it. */
export function readContacts(
  t: LaneTurn,
  outputs: Readonly<Record<string, boolean>>,
  contacts: readonly Contact[] = ofPortal,
): void {
  for (const contact of contacts) {
    const on = outputs[contact];
    const { command, settledAt } = lane(t).contacts[contact];
    const fresh = command === null && (settledAt === null || t.now.mono - settledAt > READ_BACK_MS);
    if (on !== undefined && fresh) readContact(t, contact, on);
  }
}

function readContact(t: LaneTurn, contact: Contact, on: boolean): void {
  const was = lane(t).contacts[contact];
  if (!on) {
    if (was.on || was.tries > 0) setContact(t, contact, contactOff);
    if (contact === 'close' || contact === 'stop') clearLane(t, faults[contact]);
    return;
  }
  if (was.on) return;
  const ref = laneRecord(t, 'contactFoundOn', { body: { contact } });
  if (contact === 'close' || contact === 'stop') raiseLane(t, faults[contact], { contact }, ref);
  setContact(t, contact, { on });
}

/** At the end of every turn. A held CLOSE sends the boom down behind every opening: it is let go at once, which moves nothing. */
export function releaseHeldClose(t: LaneTurn): void {
  const { on, command, tries, notBefore } = lane(t).contacts.close;
  if (!on || command !== null || tries >= RELEASES) return;
  if (t.now.mono < notBefore) arm(t, 'contacts', notBefore);
  else release(t, 'close', 'command', null, {});
}

/**
 * A held STOP keeps the boom where it is, and some boards go on with what it stopped once it is let go: so that is done only
 * with the next order that moves the boom, in front of it, as urgent as it, and for a close on its terms (I2).
 */
export function releaseHeldStop(
  t: LaneTurn,
  priority: CommandPriority,
  cause: RecordRef | null,
  terms: CloseTerms = {},
): void {
  const { on, command } = lane(t).contacts.stop;
  if (on && command === null) release(t, 'stop', priority, cause, terms);
}

function release(
  t: LaneTurn,
  contact: 'close' | 'stop',
  priority: CommandPriority,
  cause: RecordRef | null,
  terms: CloseTerms,
): void {
  const model = barrierModel(t);
  if (model === null) return;
  const action = contact === 'close' ? 'closeOff' : 'stopOff';
  const options = { priority, cause, why: 'contactFoundOn', evenIfJournalBroken: true, ...terms };
  setContact(t, contact, { command: order(t, model.device, action, options).id });
}

/** The order to a contact has been echoed, or has failed. `on`: what it asked for. */
export function contactSettled(
  t: LaneTurn,
  contact: Contact,
  command: CommandId,
  on: boolean,
  { result, sentAt }: Pick<Outcome, 'result' | 'sentAt'>,
): void {
  const was = lane(t).contacts[contact];
  if (was.command !== command) return;
  const tries = on ? 0 : was.tries + 1;
  const settled = { command: null, tries, settledAt: t.now.mono };
  if (result === 'confirmed') setContact(t, contact, { ...settled, on, notBefore: t.now.mono });
  // Unanswered, an ON may have been obeyed: the contact is then taken to be on, so that it is switched off.
  else setContact(t, contact, { ...settled, on: on ? sentAt !== null : was.on, notBefore: t.now.mono + RETRY_MS });
}

/** Nothing is known of the contacts of a silent board; what is read on when it is back is found anew. */
export function forgetContacts(t: LaneTurn): void {
  for (const contact of ['close', 'stop'] as const) {
    const { on, tries } = lane(t).contacts[contact];
    if (on || tries > 0) setContact(t, contact, { on: false, tries: 0 });
  }
}
