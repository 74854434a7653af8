/**
 * The lamp or buzzer that announces a close not directly behind a measured vehicle (gate.md "Closing"). It is on from the
 * announcement until the close is over, and while a button is held that latches an emergency or is about to; it moves no boom,
 * and nothing that opens waits for it.
 */
import type { Command, Outcome } from '../io.ts';
import { faultKey } from '../site-state.ts';
import { arm, clearLane, type LaneTurn, lane, order, raiseLane, setLane } from '../turn.ts';
import { cancelClose } from './close-intent.ts';
import { BUTTON_STUCK_MS, heldFor } from './button.ts';
import { contactSettled, setContact } from './contacts.ts';
import { inputsOf } from './inputs.ts';
import { barrierModel } from './portal.ts';
import type { CloseIntent } from './state.ts';

/** A lamp that cannot be switched off hurts nobody: it is asked again this seldom. */
const OFF_AGAIN_MS = 60_000;
/** Of a button held, before it latches an emergency. */
const WARNS_AFTER_MS = 3000;

/** At the end of every turn: on where a close asks for it, off where none is announced any more (also one that a crash left on). */
export function keepAnnouncing(t: LaneTurn): void {
  const model = barrierModel(t);
  if (model?.announce !== 'wired') return;
  const { close, contacts } = lane(t);
  const { on, command, notBefore } = contacts.announce;
  if (command !== null) return;
  if (close?.stage === 'announced' && close.announced === 'asked') {
    // Also where it is on already: the announcement's time counts from its answer.
    switchTo(t, model.device, 'announceOn', close);
    return;
  }
  const warns = warnsOfLatch(t);
  if (!on && warns && t.now.mono >= notBefore && !isSilent(t, model.device))
    switchTo(t, model.device, 'announceOn', null);
  if (!on || warns || isAnnounced(close) || isSilent(t, model.device)) return;
  if (t.now.mono < notBefore) arm(t, 'contacts', notBefore);
  else switchTo(t, model.device, 'announceOff', close);
}

function switchTo(t: LaneTurn, device: string, action: 'announceOn' | 'announceOff', close: CloseIntent | null): void {
  const why = action === 'announceOn' ? (close?.why ?? 'buttonHeld') : 'announcementOver';
  const cause = action === 'announceOn' ? (close?.cause ?? null) : null;
  // It moves no boom, and one that is on while the journal breaks must go dark.
  const command = order(t, device, action, { priority: 'command', cause, why, evenIfJournalBroken: true });
  setContact(t, 'announce', { command: command.id });
}

/** A button that goes on being held will latch an emergency: the guard is told while he can still let it go. */
function warnsOfLatch(t: LaneTurn): boolean {
  return inputsOf(t.model, 'button').some((input) => {
    const heldMs = heldFor(t, input);
    return heldMs !== null && heldMs >= WARNS_AFTER_MS && heldMs <= BUTTON_STUCK_MS;
  });
}

function isAnnounced(close: CloseIntent | null): boolean {
  return close !== null && close.stage !== 'settling' && close.announced !== 'no';
}

function isSilent(t: LaneTurn, device: string): boolean {
  return t.turn.site.faults[faultKey('deviceSilent', device)] !== undefined;
}

/**
 * The announcement's time counts from the lamp's answer. One that fails announces nothing: a close that nobody watches is
 * given up, an attended one goes on by record and screen.
 */
export function announcementSettled(t: LaneTurn, command: Command, outcome: Outcome): void {
  const on = command.action === 'announceOn';
  contactSettled(t, 'announce', command.id, on, outcome);
  const { result, sentAt } = outcome;
  if (result === 'confirmed') clearLane(t, 'announceFailed');
  else raiseLane(t, 'announceFailed', { action: command.action, result }, command.cause);
  if (!on && result !== 'confirmed') setContact(t, 'announce', { notBefore: t.now.mono + OFF_AGAIN_MS });
  const { close } = lane(t);
  if (!on || close?.announced !== 'asked') return;
  if (result !== 'confirmed' && !close.attended) {
    cancelClose(t);
    return;
  }
  const notBefore = (sentAt ?? t.now.mono) + t.model.timing.announceMs;
  setLane(t, { close: { ...close, announced: 'yes', notBefore } });
  arm(t, 'close', notBefore);
}
