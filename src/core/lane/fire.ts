/** The fire contact: a level, not a message; it acts whenever it is read (gate.md "Emergency and fire"; I4, I9, I12). */
import type { Actor } from '../io.ts';
import type { InputModel } from '../site-model.ts';
import { clearLane, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import { addClaim } from './claims.ts';
import { assertHold } from './holding.ts';
import { inputKey, inputsOf, isBelieved, levelOf, readingOf } from './inputs.ts';
import type { LaneState } from './state.ts';

const FIRE_CONTACT: Actor = { via: 'contact', name: null };
/** The two halves of a supervised pair may disagree this long while the contact travels. */
const PAIR_BROKEN_MS = 1000;

/** travelling: the halves of a pair disagree, and have not done so for long. */
export type FireStanding = 'normal' | 'alarm' | 'broken' | 'travelling' | 'unknown';

/**
 * One contact, or a supervised pair: both halves in alarm are an alarm, halves that disagree for more than 1 s are broken
 * (10 normal, 01 alarm, 00 and 11 broken, as contacts; the driver has applied the wiring).
 */
export function fireStanding(t: LaneTurn, input: InputModel): FireStanding {
  const first = levelOf(lane(t), t.model, input, t.now.mono);
  const other =
    input.supervision === 'pair'
      ? inputsOf(t.model, 'fireNo').find((one) => one.device === input.device && one.id === otherHalf(input))
      : undefined;
  const second = other === undefined ? first : levelOf(lane(t), t.model, other, t.now.mono);
  if (first === 'unknown' || second === 'unknown') return 'unknown';
  if (first === second) return first === 'active' ? 'alarm' : 'normal';
  const since = Math.max(
    readingOf(lane(t), input)?.since ?? 0,
    other === undefined ? 0 : (readingOf(lane(t), other)?.since ?? 0),
  );
  return t.now.mono - since > PAIR_BROKEN_MS ? 'broken' : 'travelling';
}

/** `fire` pairs with `fireNo`, `fire2` with `fireNo2`: each contact is judged by its own half. */
function otherHalf(input: InputModel): string {
  return input.id.replace(/^fire/, 'fireNo');
}

export function fireClaimKey(input: InputModel): string {
  return `fire:${inputKey(input)}`;
}

/** `silent`: this very input's device has just fallen silent. */
export function readFire(t: LaneTurn, input: InputModel, before: LaneState['inputs'], silent: boolean): void {
  const standing = fireStanding(t, input);
  if (standing === 'unknown') {
    // Never opens, never calms: a fault that pages, also for a contact that has not been read since the start.
    if (silent || before[inputKey(input)] !== undefined) raiseLane(t, 'fireInputUnknown', { input: input.id });
    return;
  }
  clearLane(t, 'fireInputUnknown');
  if (standing === 'broken') raiseLane(t, 'fireContactBroken', { input: input.id, acts: input.onBroken ?? 'open' });
  else if (standing !== 'travelling') clearLane(t, 'fireContactBroken');
  const acts = standing === 'alarm' || (standing === 'broken' && (input.onBroken ?? 'open') === 'open');
  const key = fireClaimKey(input);
  if (!acts || lane(t).claims.some((claim) => claim.key === key)) return;
  const reading = readingOf(lane(t), input);
  if (reading === undefined || !isBelieved(before[inputKey(input)], reading, t.model.timing.staleAfterMs)) return;
  const cause = laneRecord(t, 'claim', {
    body: { key, purpose: 'fire', via: FIRE_CONTACT.via, input: input.id, standing },
  });
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
