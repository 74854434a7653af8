/**
 * The output that tells a fire panel that the way is open (gate.md "Emergency and fire"): closed while the cause of its own contact
 * stands and every boom that it holds is measured open. It says what is true now: a boom that is lost opens it again.
 */
import { causeKey } from '../emergency/cause.ts';
import { opennessOf } from '../emergency/clock.ts';
import type { Command, CommandAction, Outcome } from '../io.ts';
import type { FeedbackOutput, InputModel, LaneModel } from '../site-model.ts';
import { faultKey, type SiteState } from '../site-state.ts';
import { arm, clearLane, lane, type LaneTurn, laneTurn, order, raiseLane, type Turn } from '../turn.ts';
import { contactSettled, readContacts, setContact } from './contacts.ts';
import { inputKey } from './inputs.ts';

type FeedbackAction = `${FeedbackOutput}${'On' | 'Off'}`;

export function isFeedback(action: CommandAction): action is FeedbackAction {
  return action.startsWith('feedback');
}

/** At the end of every step: what one lane measures is told by the board of another. */
export function keepFeedback(turn: Turn): void {
  const { lanes } = turn.site.model;
  for (const model of lanes)
    for (const input of model.inputs)
      if (input.feedback !== undefined && isFirst(lanes, model, input))
        keep(laneTurn(turn, model), input, input.feedback);
}

/** Lanes that share a contact share its output: the first of them orders it. */
function isFirst(lanes: readonly LaneModel[], model: LaneModel, input: InputModel): boolean {
  return lanes.find(({ inputs }) => inputs.some((one) => inputKey(one) === inputKey(input))) === model;
}

function keep(t: LaneTurn, input: InputModel, output: FeedbackOutput): void {
  const { on, command, notBefore } = lane(t).contacts[output];
  const open = isWayOpen(t.turn.site, causeKey(input));
  if (command !== null || open === null || open === on || isSilent(t.turn.site, input.device)) return;
  if (t.now.mono < notBefore) {
    arm(t, 'feedback', notBefore);
    return;
  }
  const why = open ? 'wayOpen' : 'wayNotOpen';
  // It moves nothing, and a panel must not go on being told what is true no more because a disk is full.
  const options = { priority: 'command', cause: null, why, evenIfJournalBroken: true } as const;
  setContact(t, output, { command: order(t, input.device, `${output}${open ? 'On' : 'Off'}`, options).id });
}

/** Null while a boom has not been seen yet since the start: a relay that was left closed is not opened for that moment. */
function isWayOpen(site: SiteState, key: string): boolean | null {
  const cause = site.emergencies.find((one) => one.key === key);
  if (cause === undefined) return false;
  let hasPortal = false;
  let unseen = false;
  for (const id of cause.lanes) {
    const state = site.lanes[id];
    const openness = state === undefined ? 'no' : opennessOf(state);
    if (openness === null) continue;
    hasPortal = true;
    // A lock shows nothing but that it has answered; a boom is believed by its limit alone.
    if (openness === 'measured' || (openness === 'presumed' && state?.door != null)) continue;
    if (state?.barrier?.seen !== false || isSilent(site, deviceOf(site, id))) return false;
    unseen = true;
  }
  return unseen ? null : hasPortal;
}

function deviceOf({ model }: SiteState, id: string): string {
  const portal = model.lanes.find((one) => one.id === id)?.portal;
  return portal === undefined || portal.kind === 'none' ? '' : portal.device;
}

function isSilent({ faults }: SiteState, device: string): boolean {
  return faults[faultKey('deviceSilent', device)] !== undefined;
}

/** What the board of a contact has read back of its relays. */
export function readFeedback(t: LaneTurn, device: string, outputs: Readonly<Record<string, boolean>>): void {
  const own = t.model.inputs.flatMap((input) =>
    input.device === device && input.feedback !== undefined ? [input.feedback] : [],
  );
  readContacts(t, outputs, own);
}

export function feedbackSettled(t: LaneTurn, action: FeedbackAction, command: Command, outcome: Outcome): void {
  const on = action.endsWith('On');
  contactSettled(t, action.startsWith('feedback2') ? 'feedback2' : 'feedback', command.id, on, outcome);
  if (outcome.result === 'confirmed') clearLane(t, 'feedbackFailed');
  else raiseLane(t, 'feedbackFailed', { action, result: outcome.result }, command.cause);
}
