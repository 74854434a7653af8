/** Who opens, and when the frame goes out (gate.md "Opening", "Who moves the boom"; I4, I10). */
import { hindranceFor } from '../interlock/portals.ts';
import type { Command, CommandPriority, Outcome } from '../io.ts';
import type { BarrierModel } from '../site-model.ts';
import { arm, COMMAND_LIFE_MS, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Mono } from '../values.ts';
import { isAboutToRise, isMeasuredUp } from './barrier.ts';
import { holdsOpen, modeOf } from './claims.ts';
import { cancelClose, isClosing, isHoldPending, openingPending } from './close-intent.ts';
import { lockFailed, releaseDoor } from './door.ts';
import { inputsOf, readingOf, roleLevel } from './inputs.ts';
import { endGrant, extendGrants, feelsVehicles, GRANT_QUEUE_MAX, watchUnseen } from './passages.ts';
import { barrierModel, noteOrder } from './portal.ts';
import { open, type OpenOptions, setHold, stepVerdict, wouldTurnRound } from './raise-boom.ts';
import { referStep } from './refer-step.ts';
import type { BarrierState, Grant, WaitsFor } from './state.ts';
import { travelLimit } from './travel.ts';

/** Room that the guard and emergency vehicles have beyond it: they are never refused (I15). */
const GRANTS_RESERVED = 4;

export type NewGrant = Omit<
  Grant,
  | ('passage' | 'opening' | 'waitsFor' | 'command' | 'expiresAt' | 'at' | 'presentedAt')
  | ('resent' | 'lost' | 'openedAt' | 'withdrawn')
>;

export function grantQueueFull(t: LaneTurn): boolean {
  return lane(t).grants.length >= GRANT_QUEUE_MAX;
}

/** Puts a grant in the queue and opens for it, now or when its turn comes. Every standing grant lives on with the opening, but those whose own is over. */
export function addGrant(t: LaneTurn, grant: NewGrant, presentedAt: Mono = t.now.mono): void {
  const now = t.now.mono;
  const { approaches } = lane(t);
  const approach = approaches[grant.direction];
  const given = { ...approach, grantsGiven: approach.grantsGiven + 1 };
  setLane(t, { approaches: { ...approaches, [grant.direction]: given } });
  extendGrants(t, (standing) => !hasComeDown(t, standing));
  if (!isClosing(t)) cancelClose(t);
  if (lane(t).grants.length >= GRANT_QUEUE_MAX + GRANTS_RESERVED) {
    sendUpFor(t, grant);
    return;
  }
  const expiresAt = now + t.model.timing.notTakenAfterMs;
  const passage = lane(t).nextPassage;
  const progress = {
    opening: 'waiting',
    waitsFor: null,
    command: null,
    resent: false,
    lost: null,
    openedAt: null,
    withdrawn: false,
    presentedAt,
  } as const;
  setLane(t, {
    grants: [...lane(t).grants, { ...grant, ...progress, passage, at: now, expiresAt }],
    nextPassage: passage + 1,
  });
  arm(t, 'notTaken', Math.min(...lane(t).grants.map((one) => one.expiresAt)));
  openForGrants(t);
}

/** Opens for those who wait, in their order; the guard and emergency vehicles wait for nobody. Runs at the end of every turn. */
export function openForGrants(t: LaneTurn): void {
  resendLost(t);
  noteRisen(t);
  for (const grant of lane(t).grants) if (grant.opening === 'waiting' && grant.source !== 'credential') send(t, grant);
  for (const grant of lane(t).grants) {
    if (grant.opening !== 'waiting') continue;
    const turn = t.model.portal.kind === 'door' ? 'send' : turnOf(t, grant);
    if (turn === 'send') send(t, grant);
    else if (turn === 'spare') spare(t, grant);
    else if (turn === 'refer') referStep(t, grant);
    else {
      if (grant.waitsFor === null) setGrant(t, grant.passage, { waitsFor: turn });
      return;
    }
  }
}

/** The boom has risen for a frame whose echo was lost. */
function noteRisen(t: LaneTurn): void {
  const boom = lane(t).barrier;
  if (boom === null || isClosing(t) || !isMeasuredUp(boom)) return;
  for (const grant of lane(t).grants)
    if (grant.opening === 'sent' && !isUnsettled(t, grant))
      setGrant(t, grant.passage, { opening: 'opened', lost: null });
}

/** What a waiting credential gets now: its own frame, the opening that stands already, or its place in the queue. */
function turnOf(t: LaneTurn, grant: Grant): 'send' | 'spare' | 'refer' | WaitsFor {
  const state = lane(t).barrier;
  const model = barrierModel(t);
  if (state === null || model === null) return 'spare';
  const earlier = lane(t).grants.filter((other) => other.passage < grant.passage);
  // One direction owns the boom until it is cleared, or down again.
  if (earlier.some((other) => other.direction !== grant.direction && !hasComeDown(t, other))) return 'oppositeCar';
  if (hindranceFor(t, grant.direction) !== null) return 'interlock';
  if (isClosing(t))
    return openingPending(t)
      ? 'closing'
      : isMeasuredUp(state) && lane(t).close?.overtaken === 'reopening'
        ? 'spare'
        : 'send';
  if (holdsOpen(lane(t).claims) && state.position === 'open') return 'spare';
  // Never a second pulse to a boom that is about to leave its limit, nor to a rising one.
  if (isAboutToRise(state, t.now.mono)) return 'boomBefore';
  if (wouldTurnRound(t)) return 'spare';
  if (earlier.some((other) => isUnsettled(t, other))) return 'boomBefore';
  const step = stepVerdict(t);
  if (step !== 'pulse') return step === 'wait' ? 'closing' : 'refer';
  return model.autoClose === 'board' && model.open === 'pulse'
    ? turnUnderBoard(t, model, state, earlier)
    : isMeasuredUp(state)
      ? 'spare'
      : isRisingUnseen(state)
        ? 'boomBefore'
        : 'send';
}

/** A board closes behind each car, so each grant is pulsed: once the passage before it has cleared, or closing begins. */
function turnUnderBoard(
  t: LaneTurn,
  model: BarrierModel,
  state: BarrierState,
  earlier: readonly Grant[],
): 'send' | WaitsFor {
  // Never a second pulse to a rising boom.
  if (state.position === 'opening') return 'boomBefore';
  if (earlier.length === 0 || state.position !== 'open') return 'send';
  const seesPassages =
    inputsOf(t.model, 'obstruction').some(feelsVehicles) || inputsOf(t.model, 'departure').length > 0;
  return seesPassages || model.hasOpenLimit ? 'passageBefore' : 'send';
}

function isRisingUnseen(state: BarrierState): boolean {
  return state.position === 'opening' && state.basis === 'presumed';
}

/** The boom that was opened for it is measured closed again: whoever it was for has let it pass, and holds up nobody. */
function hasComeDown(t: LaneTurn, grant: Grant): boolean {
  const { barrier } = lane(t);
  if (barrier?.position !== 'closed' || barrier.basis !== 'measured' || isAboutToRise(barrier, t.now.mono))
    return false;
  return grant.opening === 'opened' && !isUnsettled(t, grant);
}

function isUnsettled(t: LaneTurn, grant: Grant): boolean {
  return grant.command !== null && lane(t).pending.some(({ command }) => command.id === grant.command);
}

function send(t: LaneTurn, grant: Grant): void {
  const waited = grant.waitsFor === null ? {} : { waited: { for: grant.waitsFor, ms: t.now.mono - grant.at } };
  // From its presentation on; where it waited for its turn, from then on (design.md "Order of effects").
  const deadline = (grant.waitsFor === null ? grant.presentedAt : t.now.mono) + COMMAND_LIFE_MS;
  if (deadline <= t.now.mono) {
    endGrant(t, grant, 'notTaken', 'measured', { detail: { why: 'presentedTooLongAgo' } });
    return;
  }
  const command = sendUpFor(t, grant, { passage: grant.passage, deadline, ...waited });
  const expiresAt = t.now.mono + t.model.timing.notTakenAfterMs;
  setGrant(t, grant.passage, {
    opening: command === null ? 'opened' : 'sent',
    command: command?.id ?? null,
    expiresAt,
    lost: null,
  });
}

/** The guard's press goes out at every time, except that a step input is not told to bring a risen boom down. */
function sendUpFor(
  t: LaneTurn,
  grant: NewGrant,
  about: Pick<OpenOptions, 'passage' | 'waited' | 'deadline'> = {},
): Command | null {
  // A grant that spends nothing may open although the journal is broken (design.md "Order of effects").
  const evenIfJournalBroken = !grant.spends;
  if (t.model.portal.kind === 'door')
    return releaseDoor(t, priorityOf(grant), grant.cause, grant.source, evenIfJournalBroken, about.deadline);
  if (barrierModel(t) === null || wouldTurnRound(t)) return null;
  const options = { evenIfJournalBroken, ...about };
  return open(t, priorityOf(grant), grant.cause, grant.source === 'credential' ? 'grant' : grant.source, options);
}

function priorityOf(grant: NewGrant): CommandPriority {
  return grant.source === 'guard' ? 'guard' : grant.source === 'emergencyVehicle' ? 'emergency' : 'command';
}

function spare(t: LaneTurn, grant: Grant): void {
  setGrant(t, grant.passage, { opening: 'opened', expiresAt: t.now.mono + t.model.timing.notTakenAfterMs });
  laneRecord(t, 'alreadyOpen', {
    cause: grant.cause,
    body: {
      position: lane(t).barrier?.position ?? null,
      sent: false,
      ...(grant.waitsFor === null ? {} : { waitedFor: grant.waitsFor, waitedMs: t.now.mono - grant.at }),
    },
    extra: { passage: grant.passage },
  });
}

/** A further press of the guard: it always sends, and the boom stays up for everyone that much longer. */
export function sendAgain(t: LaneTurn, grant: Grant, cause: number): void {
  const command = sendUpFor(t, { ...grant, cause }, { passage: grant.passage });
  if (command !== null) setGrant(t, grant.passage, { opening: 'sent', command: command.id, lost: null });
}

export function setGrant(t: LaneTurn, passage: number, change: Partial<Grant>): void {
  setLane(t, { grants: lane(t).grants.map((grant) => (grant.passage === passage ? { ...grant, ...change } : grant)) });
}

/** An opening's frame has been echoed, or has failed. What the boom then does is the limits' to say. */
export function openingSettled(t: LaneTurn, command: Command, result: Outcome['result'], sentAt: Mono | null): void {
  const grant = lane(t).grants.find((candidate) => candidate.command === command.id);
  const boom = lane(t).barrier;
  const newest = boom === null || boom.order === null || boom.order.command === command.id;
  // A frame that was sent may have been heard although its echo was lost: the travel is watched all the same. But a boom that
  // was going down is not taken to rise for it, so that whoever guards it goes on.
  const falling =
    boom?.position === 'closing' || lane(t).unfinished !== null || lane(t).close?.overtaken === 'reopening';
  const believed = result === 'confirmed' || !falling;
  if (sentAt !== null && newest && believed) noteOrder(t, 'open', command.id, command.cause, sentAt);
  else if (sentAt !== null && newest && lane(t).unfinished !== null) missLater(t, sentAt);
  if (result === 'confirmed') {
    if (grant !== undefined) setGrant(t, grant.passage, { opening: 'opened', openedAt: sentAt });
    watchUnseen(t);
    return;
  }
  if (grant?.withdrawn === true && result === 'expired') {
    lockFailed(t, command.action, false);
    neverSent(t, command);
    setGrant(t, grant.passage, { opening: 'waiting', command: null, withdrawn: false });
    return;
  }
  raiseLane(t, 'commandFailed', { command: command.id, action: command.action, result }, command.cause);
  lockFailed(t, command.action, sentAt !== null);
  if (sentAt === null) {
    neverSent(t, command);
    if (grant !== undefined) endGrant(t, grant, 'notTaken', 'measured', { detail: { why: 'notOpened', result } });
  } else if (grant !== undefined && result === 'unanswered' && !grant.resent) {
    setGrant(t, grant.passage, { lost: { sentAt, deadline: command.deadline } });
  }
}

/** Not taken to rise, it is missed all the same when its travel is over. */
function missLater(t: LaneTurn, sentAt: Mono): void {
  const model = barrierModel(t);
  if (model !== null) arm(t, 'travel', sentAt + travelLimit(t, model, 'open'));
}

function neverSent(t: LaneTurn, command: Command): void {
  const boom = lane(t).barrier;
  if (boom === null) return;
  if (boom.order?.command === command.id) setLane(t, { barrier: { ...boom, order: null } });
  if (command.action === 'holdOn' && !isHoldPending(t)) setHold(t, 'off');
}

/** Does the lane's mode forbid what this credential was granted? The guard and emergency vehicles stand above it (gate.md ladder). */
export function isForbidden(t: LaneTurn, { source, direction }: Pick<Grant, 'source' | 'direction'>): boolean {
  const mode = modeOf(lane(t).claims);
  return source === 'credential' && (mode === 'outOfService' || (mode === 'lockedDown' && direction === 'in'));
}

/** Measured closed, by readings taken after `sentAt`. */
export function isStillClosed(t: LaneTurn, sentAt: Mono): boolean {
  const boom = lane(t).barrier;
  const since = inputsOf(t.model, 'closedLimit').map((input) => readingOf(lane(t), input)?.at ?? 0);
  const still = roleLevel(lane(t), t.model, 'closedLimit', t.now.mono) === 'active' && Math.min(...since) > sentAt;
  return still && boom?.position === 'closed' && boom.basis === 'measured';
}

/**
 * The one second frame after a lost reply: within the first one's deadline, to a dedicated input only, and only when a reading
 * taken after the first frame still shows the boom closed (I10).
 */
function resendLost(t: LaneTurn): void {
  const model = barrierModel(t);
  const boom = lane(t).barrier;
  const grant = lane(t).grants.find((candidate) => candidate.lost !== null);
  if (model === null || boom === null || grant?.lost == null || isForbidden(t, grant)) return;
  const { sentAt, deadline } = grant.lost;
  const elsewhere = boom.position !== 'closed' && boom.position !== 'unknown';
  if (
    model.openInput !== 'dedicated' ||
    t.now.mono >= deadline ||
    elsewhere ||
    hindranceFor(t, grant.direction) !== null
  ) {
    setGrant(t, grant.passage, { lost: null });
    return;
  }
  if (!isStillClosed(t, sentAt)) return;
  const again = open(t, priorityOf(grant), grant.cause, 'lostReply', {
    passage: grant.passage,
    deadline,
    evenIfJournalBroken: !grant.spends,
  });
  setGrant(t, grant.passage, { command: again.id, resent: true, lost: null });
}
