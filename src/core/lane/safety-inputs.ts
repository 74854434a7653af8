/** Life-safety contacts are levels, not messages: the guard's button and the fire contact act whenever they are read (I4, I9, I12). */
import type { Actor } from '../io.ts';
import type { InputModel } from '../site-model.ts';
import { arm, clearLane, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { Mono } from '../values.ts';
import { addClaim, dropClaim, holdsOpen } from './claims.ts';
import { beginClose, canClose } from './closing.ts';
import { inputsOf, type Level, levelOf } from './inputs.ts';
import { addGrant, assertHold, grantQueueFull, open, setGrant } from './opening.ts';
import { releaseDoor } from './door.ts';
import { barrierModel } from './portal.ts';
import type { Reading } from './state.ts';
import { order } from '../turn.ts';

const BOOTH_BUTTON: Actor = { via: 'button', name: null };
const FIRE_CONTACT: Actor = { via: 'contact', name: null };
/** The two halves of a supervised pair may disagree this long while the contact travels. */
const PAIR_BROKEN_MS = 1000;

/** `before`: the readings as they were before this poll, to tell a press from a level found after silence. */
export function readSafetyInputs(t: LaneTurn, before: Readonly<Record<string, Reading>>): void {
  for (const input of t.model.inputs) {
    if (input.role === 'fire') readFire(t, input, before);
    else if (input.role === 'button' && begins(t, input, before)) pressOpen(t, BOOTH_BUTTON);
    else if (input.role === 'closeButton' && begins(t, input, before)) pressClose(t, BOOTH_BUTTON);
  }
}

/** A press acts once: on its first read after a released one, or on two reads where nothing was known before (I12). */
function begins(t: LaneTurn, input: InputModel, before: Readonly<Record<string, Reading>>): boolean {
  const reading = lane(t).inputs[input.id];
  if (reading === undefined || reading.reads === 0) return false;
  const acted = lane(t).acted[input.id] === true;
  if (!reading.value) {
    if (acted) setLane(t, { acted: { ...lane(t).acted, [input.id]: false } });
    return false;
  }
  if (acted || !believed(t, before[input.id], reading)) return false;
  setLane(t, { acted: { ...lane(t).acted, [input.id]: true } });
  return true;
}

function believed(t: LaneTurn, before: Reading | undefined, reading: Reading): boolean {
  const wasKnown = before !== undefined && before.reads > 0 && reading.at - before.at <= t.model.timing.staleAfterMs;
  return wasKnown || reading.reads >= 2;
}

/** A press always opens or extends; it waits for nothing and is never refused. */
export function pressOpen(t: LaneTurn, by: Actor): void {
  const cause = laneRecord(t, 'pressed', {
    body: { what: 'open', via: by.via },
    personal: by.name === null ? undefined : { by: by.name },
  });
  const standing = lane(t).grants.find((grant) => grant.source === 'guard');
  if (standing === undefined && !grantQueueFull(t)) {
    addGrant(t, {
      direction: t.model.directions[0] ?? 'in',
      cause,
      source: 'guard',
      plate: null,
      rowId: null,
      spends: false,
    });
    return;
  }
  const expiresAt = t.now.mono + t.model.timing.notTakenAfterMs;
  setLane(t, { grants: lane(t).grants.map((grant) => ({ ...grant, expiresAt })) });
  arm(t, 'notTaken', expiresAt);
  if (t.model.portal.kind === 'door') releaseDoor(t, 'guard', cause, 'guard', true);
  else if (barrierModel(t) !== null) {
    const command = open(t, 'guard', cause, 'guard', {
      evenIfJournalBroken: true,
      ...(standing === undefined ? {} : { passage: standing.passage }),
    });
    if (standing !== undefined) setGrant(t, standing.passage, { opening: 'sent', command: command.id });
  }
}

/** The guard's close: attended, announced, and under I2 like every other. */
export function pressClose(t: LaneTurn, by: Actor): void {
  const possible = canClose(t) && t.model.commissioned;
  const cause = laneRecord(t, 'pressed', {
    body: { what: 'close', via: by.via, refused: possible ? null : 'noObstructionInput' },
    personal: by.name === null ? undefined : { by: by.name },
  });
  if (!possible) return;
  clearLane(t, 'obstructionHunting');
  beginClose(t, 'guard', cause, 0);
}

export function pressStop(t: LaneTurn, by: Actor): void {
  const model = barrierModel(t);
  const wired = model?.stop === 'wired';
  const cause = laneRecord(t, 'pressed', {
    body: { what: 'stop', via: by.via, refused: wired ? null : 'noStopOutput' },
    personal: by.name === null ? undefined : { by: by.name },
  });
  if (model !== null && wired)
    order(t, model.device, 'stop', { priority: 'reopen', cause, why: 'guard', evenIfJournalBroken: true });
}

function readFire(t: LaneTurn, input: InputModel, before: Readonly<Record<string, Reading>>): void {
  const level = fireLevel(t, input);
  const code = 'fireInputUnknown';
  if (level === 'unknown') {
    if (before[input.id] !== undefined) raiseLane(t, code, { input: input.id });
    return;
  }
  clearLane(t, code);
  const key = `fire:${input.id}`;
  const standing = lane(t).claims.some((claim) => claim.key === key);
  if (level !== 'active' || standing) return;
  const reading = lane(t).inputs[input.id];
  if (reading === undefined || !believed(t, before[input.id], reading)) return;
  const cause = laneRecord(t, 'claim', { body: { key, purpose: 'fire', via: FIRE_CONTACT.via, input: input.id } });
  setLane(t, {
    claims: addClaim(lane(t).claims, {
      key,
      purpose: 'fire',
      by: FIRE_CONTACT,
      since: t.now.mono,
      expiresAt: null,
      cause,
    }),
  });
  assertHold(t);
}

/** One contact, or a supervised pair: 10 normal, 01 alarm, 00 and 11 broken once they last (gate.md "Emergency and fire"). */
function fireLevel(t: LaneTurn, input: InputModel): Level {
  const closed = levelOf(lane(t), t.model, input, t.now.mono);
  if (input.supervision !== 'pair') return closed;
  const other = inputsOf(t.model, 'fireNo').find((candidate) => candidate.device === input.device);
  if (other === undefined) return closed;
  const open = levelOf(lane(t), t.model, other, t.now.mono);
  if (closed === open) {
    clearLane(t, 'fireContactBroken');
    return closed;
  }
  if (closed === 'unknown' || open === 'unknown') return 'unknown';
  const since = Math.max(lane(t).inputs[input.id]?.since ?? 0, lane(t).inputs[other.id]?.since ?? 0);
  if (t.now.mono - since < PAIR_BROKEN_MS) return 'inactive';
  raiseLane(t, 'fireContactBroken', { input: input.id, acts: input.onBroken ?? 'open' });
  return (input.onBroken ?? 'open') === 'open' ? 'active' : 'inactive';
}

/** Ends a claim by a named person; a fire claim only when its contact is normal again (I3). Returns why it was refused. */
export function releaseClaim(t: LaneTurn, key: string, by: Actor): string | null {
  const claim = lane(t).claims.find((candidate) => candidate.key === key);
  const refused = claim === undefined ? 'noSuchClaim' : whyHeld(t, key, claim.purpose, by);
  const cause = laneRecord(t, refused === null ? 'claimEnded' : 'releaseRefused', {
    cause: claim?.cause ?? null,
    body: { key, via: by.via, refused },
    personal: by.name === null ? undefined : { by: by.name },
  });
  if (refused !== null) return refused;
  setLane(t, { claims: dropClaim(lane(t).claims, key) });
  afterClaims(t, cause, by.name !== null);
  return null;
}

function whyHeld(t: LaneTurn, key: string, purpose: string, by: Actor): string | null {
  if (purpose !== 'fire' && purpose !== 'emergency') return null;
  if (by.name === null) return 'needsNamedPerson';
  const input = t.model.inputs.find((candidate) => `fire:${candidate.id}` === key);
  return input !== undefined && fireLevel(t, input) !== 'inactive' ? 'contactNotNormal' : null;
}

/** What the ended claim held up comes down as a close of its own, announced and under I2; or is held by the next claim. */
export function afterClaims(t: LaneTurn, cause: number, attended = false): void {
  assertHold(t);
  if (holdsOpen(lane(t).claims)) return;
  if (lane(t).barrier?.position === 'open' && lane(t).grants.length === 0 && canClose(t) && t.model.commissioned) {
    beginClose(t, 'claimEnded', cause, 0, attended);
  } else if (lane(t).barrier?.hold === 'on') {
    raiseLane(t, 'heldOpenTooLong', { needs: 'obstructionInput' }, cause);
  }
}

export function expireClaims(t: LaneTurn, now: Mono): void {
  for (const claim of lane(t).claims) {
    if (claim.expiresAt === null || claim.expiresAt > now) continue;
    const cause = laneRecord(t, 'claimEnded', { cause: claim.cause, body: { key: claim.key, via: 'expiry' } });
    setLane(t, { claims: dropClaim(lane(t).claims, claim.key) });
    afterClaims(t, cause);
  }
}
