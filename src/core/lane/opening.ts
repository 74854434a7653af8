/** Who opens, and when the frame goes out (gate.md "Opening", "Who moves the boom"; I4, I10). */
import type { Command, CommandPriority } from '../io.ts';
import { arm, clearLane, type LaneTurn, lane, laneRecord, order, raiseLane, setLane } from '../turn.ts';
import type { Mono, RecordRef } from '../values.ts';
import { isMeasuredUp } from './barrier.ts';
import { holdsOpen } from './claims.ts';
import { cancelClose, isClosing, overtakeClose } from './close-intent.ts';
import { barrierModel, noteOrder } from './portal.ts';
import { releaseDoor } from './door.ts';
import type { Grant } from './state.ts';

/** Cars that may have been granted and not yet driven through (gate.md "Opening"). */
export const GRANT_QUEUE_MAX = 4;

export type NewGrant = Omit<Grant, 'passage' | 'opening' | 'command' | 'expiresAt' | 'at' | 'resent'>;

export function grantQueueFull(t: LaneTurn): boolean {
  return lane(t).grants.length >= GRANT_QUEUE_MAX;
}

/** Puts a grant in the queue and opens for it, now or when its turn comes. Every standing grant lives on with the opening. */
export function addGrant(t: LaneTurn, grant: NewGrant): Grant {
  const now = t.now.mono;
  const expiresAt = now + t.model.timing.notTakenAfterMs;
  const passage = lane(t).nextPassage;
  const added: Grant = { ...grant, passage, at: now, expiresAt, opening: 'waiting', command: null, resent: false };
  setLane(t, {
    grants: [...lane(t).grants.map((standing) => ({ ...standing, expiresAt })), added],
    nextPassage: passage + 1,
  });
  if (!isClosing(t)) cancelClose(t);
  arm(t, 'notTaken', expiresAt);
  openForGrants(t);
  return added;
}

/** Sends the pulse for the oldest grant that waits, when the boom does not stand open for it already. */
export function openForGrants(t: LaneTurn): void {
  const waiting = lane(t).grants.find((grant) => grant.opening === 'waiting');
  if (waiting === undefined) return;
  const model = barrierModel(t);
  if (model === null) {
    if (t.model.portal.kind === 'door')
      sendFor(t, waiting, releaseDoor(t, priorityOf(waiting), waiting.cause, 'grant', standing(waiting)));
    else markOpened(t, waiting, null);
    return;
  }
  const state = lane(t).barrier;
  if (state === null) return;
  // The guard and an emergency vehicle always send.
  if (waiting.source !== 'credential') {
    sendFor(
      t,
      waiting,
      open(t, priorityOf(waiting), waiting.cause, waiting.source, {
        passage: waiting.passage,
        evenIfJournalBroken: true,
      }),
    );
    return;
  }
  if (isClosing(t)) {
    pulseFor(t, waiting);
    return;
  }
  if (holdsOpen(lane(t).claims) && state.position === 'open') {
    markOpened(t, waiting, state.position);
    return;
  }
  const earlier = lane(t).grants.some((grant) => grant.passage < waiting.passage);
  if (isMeasuredUp(state)) {
    if (model.autoClose === 'gateway' || model.open === 'maintained') markOpened(t, waiting, state.position);
    else if (!earlier && state.position === 'opening') markOpened(t, waiting, state.position);
    else if (!earlier) pulseFor(t, waiting);
    // Otherwise its pulse follows when the passage before it has cleared or the board begins to close.
    return;
  }
  // One frame at a time: a pulse on its way opens for every grant given meanwhile where the gateway closes.
  if (earlier && model.autoClose === 'board' && lane(t).grants.some((grant) => grant.opening === 'sent')) return;
  if (
    earlier &&
    model.autoClose === 'gateway' &&
    lane(t).grants.some((grant) => grant.opening === 'sent' && unsettled(t, grant))
  )
    return;
  pulseFor(t, waiting);
}

function pulseFor(t: LaneTurn, grant: Grant): void {
  sendFor(
    t,
    grant,
    open(t, 'command', grant.cause, 'grant', { passage: grant.passage, evenIfJournalBroken: standing(grant) }),
  );
}

/** A grant that spends nothing may open although the journal is broken (design.md "Order of effects"). */
function standing(grant: Grant): boolean {
  return !grant.spends;
}

function priorityOf(grant: Grant): CommandPriority {
  return grant.source === 'guard' ? 'guard' : grant.source === 'emergencyVehicle' ? 'emergency' : 'command';
}

function unsettled(t: LaneTurn, grant: Grant): boolean {
  return lane(t).pending.some(({ command }) => command.id === grant.command);
}

function sendFor(t: LaneTurn, grant: Grant, command: Command): void {
  setGrant(t, grant.passage, { opening: 'sent', command: command.id });
}

function markOpened(t: LaneTurn, grant: Grant, position: string | null): void {
  setGrant(t, grant.passage, { opening: 'opened' });
  laneRecord(t, 'alreadyOpen', {
    cause: grant.cause,
    body: { position, sent: false },
    extra: { passage: grant.passage },
  });
  openForGrants(t);
}

export function setGrant(t: LaneTurn, passage: number, change: Partial<Grant>): void {
  setLane(t, { grants: lane(t).grants.map((grant) => (grant.passage === passage ? { ...grant, ...change } : grant)) });
}

export interface OpenOptions {
  readonly passage?: number;
  readonly evenIfJournalBroken?: boolean;
  readonly deadline?: Mono;
}

/** The one place from which a boom is sent up: a self-releasing pulse, or the maintained OPEN where that is the opening. */
export function open(
  t: LaneTurn,
  priority: CommandPriority,
  cause: RecordRef | null,
  why: string,
  options: OpenOptions = {},
): Command {
  const model = barrierModel(t);
  if (model === null) throw new TypeError(`lane ${t.model.id} has no boom`);
  overtakeClose(t);
  const maintained = model.open === 'maintained';
  const command = order(t, model.device, maintained ? 'holdOn' : 'pulseOpen', { priority, cause, why, ...options });
  if (maintained) setHold(t, 'on');
  noteOrder(t, 'open', command.id, command.cause, null);
  return command;
}

function setHold(t: LaneTurn, hold: 'on' | 'off'): void {
  const state = lane(t).barrier;
  if (state !== null) setLane(t, { barrier: { ...state, hold } });
}

/** Every emergency repeat while the boom is not measured open; without limits three times, then every 30 s (gate.md "Opening"). */
const REPEAT_MS = 2000;
const REPEAT_BLIND_MS = 30_000;
const BLIND_REPEATS = 3;

/**
 * Asserts a hold: a maintained OPEN where the barrier has one, else a pulse that is repeated for as long as the boom is
 * not measured open. Called when a holding claim begins and by its own timer.
 */
export function assertHold(t: LaneTurn, attempt = 0): void {
  if (!holdsOpen(lane(t).claims)) return;
  const emergency = lane(t).claims.some((claim) => claim.purpose === 'fire' || claim.purpose === 'emergency');
  const cause = lane(t).claims.at(-1)?.cause ?? null;
  const priority: CommandPriority = emergency ? 'emergency' : 'command';
  if (t.model.portal.kind === 'door') {
    releaseDoor(t, priority, cause, 'held', true);
    return;
  }
  const model = barrierModel(t);
  const state = lane(t).barrier;
  if (model === null || state === null) return;
  if (state.position === 'open' && state.basis === 'measured' && (state.hold === 'on' || model.hold === 'none')) {
    if (model.hold === 'none') arm(t, 'hold.1', t.now.mono + REPEAT_MS);
    return;
  }
  if (model.hold === 'none' && model.open === 'pulse') {
    open(t, priority, cause, 'held', { evenIfJournalBroken: emergency });
  } else {
    overtakeClose(t);
    const command = order(t, model.device, 'holdOn', { priority, cause, why: 'held', evenIfJournalBroken: emergency });
    setHold(t, 'on');
    noteOrder(t, 'open', command.id, command.cause, null);
  }
  const blind = !model.hasOpenLimit && attempt + 1 >= BLIND_REPEATS;
  arm(t, `hold.${Math.min(attempt + 1, BLIND_REPEATS)}`, t.now.mono + (blind ? REPEAT_BLIND_MS : REPEAT_MS));
}

/**
 * An opening's frame has been echoed, or has failed. Only a dedicated input still measured closed gets the one second
 * frame, within the command's deadline; emergency repeats by its own timer.
 */
export function openingSettled(t: LaneTurn, command: Command, result: string, sentAt: Mono | null): void {
  const grant = lane(t).grants.find((candidate) => candidate.command === command.id);
  if (result === 'confirmed') {
    noteOrder(t, 'open', command.id, command.cause, sentAt);
    if (grant !== undefined) setGrant(t, grant.passage, { opening: 'opened' });
    clearLane(t, 'commandFailed');
    openForGrants(t);
    return;
  }
  const state = lane(t).barrier;
  // A frame that was sent may have been heard although its echo was lost: the travel is watched all the same.
  if (sentAt !== null) noteOrder(t, 'open', command.id, command.cause, sentAt);
  else if (state?.order?.command === command.id) setLane(t, { barrier: { ...state, order: null } });
  raiseLane(t, 'commandFailed', { command: command.id, action: command.action, result }, command.cause);
  const model = barrierModel(t);
  const resendable =
    result === 'unanswered' &&
    model?.openInput === 'dedicated' &&
    state?.position === 'closed' &&
    state.basis === 'measured' &&
    t.now.mono < command.deadline &&
    grant !== undefined &&
    !grant.resent;
  if (resendable) {
    const again = open(t, command.priority, command.cause, 'lostReply', {
      passage: grant.passage,
      deadline: command.deadline,
      evenIfJournalBroken: command.evenIfJournalBroken,
    });
    setGrant(t, grant.passage, { command: again.id, resent: true });
    return;
  }
  if (grant !== undefined && sentAt === null) endUnsent(t, grant, result);
}

/** A grant whose frame never reached the wire: nothing moved, so nobody is waited for and a one-time credential is given back. */
function endUnsent(t: LaneTurn, grant: Grant, result: string): void {
  setLane(t, { grants: lane(t).grants.filter((candidate) => candidate.passage !== grant.passage) });
  laneRecord(t, 'passage', {
    cause: grant.cause,
    body: {
      outcome: 'notTaken',
      basis: 'measured',
      why: 'notOpened',
      result,
      rowId: grant.rowId,
      returned: grant.spends,
    },
    extra: { passage: grant.passage, direction: grant.direction },
  });
  openForGrants(t);
}
