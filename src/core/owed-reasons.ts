/**
 * The guard's button is an actor: it opens at once, and asks for a reason afterwards (gate.md "The guard's button"). Each vehicle's
 * opening without one is a to-do until a person has answered it; it delays nothing and ends by itself only where there is no room.
 */
import type { Actor, RecalledReason, Request } from './io.ts';
import type { OwedReason, SiteState } from './site-state.ts';
import { clear, type LaneTurn, raise, record, type Turn } from './turn.ts';
import type { RecordRef } from './values.ts';

/** A shift: whoever pressed has gone home by then. */
export const OWED_TOO_LONG_MS = 12 * 3_600_000;
/** Beyond it the oldest is let go, with a record, under the fault; its opening stays in the journal. */
export const OWED_MAX = 200;

export const OWED_TIMER = 'site.owedReasons';

export function openingId({ boot }: Pick<SiteState, 'boot'>, press: RecordRef): string {
  return `${boot}.${press}`;
}

/** The press opens for a vehicle of its own, without a reason. */
export function oweReason({ turn, model, now }: LaneTurn, by: Actor, press: RecordRef): void {
  const owed: OwedReason = {
    ...{ id: openingId(turn.site, press), lane: model.id, via: by.via },
    ...{ since: now.wall, sinceMono: now.mono, presses: 1 },
  };
  setOwed(turn, [...turn.site.owedReasons, owed]);
}

/** A further press within the opening of `first`: the same to-do. With a reason it is answered. */
export function pressedAgain({ turn }: LaneTurn, first: RecordRef, press: RecordRef, by: Actor, given: boolean): void {
  const id = openingId(turn.site, first);
  const owed = turn.site.owedReasons.find((one) => one.id === id);
  if (owed === undefined) return;
  if (given) {
    noteGiven(turn, { ...owed, presses: owed.presses + 1 }, by, { record: press });
    return;
  }
  setOwed(
    turn,
    turn.site.owedReasons.map((one) => (one === owed ? { ...one, presses: one.presses + 1 } : one)),
  );
}

type GiveReason = Extract<Request, { kind: 'giveReason' }>;

export function giveReason(turn: Turn, { opening, by, reason }: GiveReason): void {
  const owed = turn.site.owedReasons.find(({ id }) => id === opening);
  if (owed !== undefined && by.name !== null && reason.trim() !== '') noteGiven(turn, owed, by, { text: reason });
  else
    record(turn, 'requestRefused', {
      body: { why: owed === undefined ? 'noSuchOpening' : 'noReason', opening, kind: 'giveReason', via: by.via },
    });
}

/** Free text may name anybody. `record`: the press that carries it. */
function noteGiven(turn: Turn, owed: OwedReason, by: Actor, reason: { text: string } | { record: RecordRef }): void {
  const { id, lane, via, presses, sinceMono } = owed;
  record(turn, 'reasonGiven', {
    lane,
    cause: refOf(turn.site, id),
    body: {
      ...{ opening: id, openedVia: via, presses, afterMs: Math.round(turn.now.mono - sinceMono), via: by.via },
      ...('record' in reason ? { reasonIn: reason.record } : {}),
    },
    ...('text' in reason ? { personal: { by: by.name, reason: reason.text } } : {}),
  });
  setOwed(
    turn,
    turn.site.owedReasons.filter((one) => one.id !== id),
  );
}

/** A record of an earlier process is named in the body alone: a cause is a record of this one. */
function refOf({ boot }: SiteState, id: string): RecordRef | null {
  return id.startsWith(`${boot}.`) ? Number(id.slice(boot.length + 1)) : null;
}

/** After a restart: what was owed still is, by the wall clock; a clock that went back makes nothing younger than now. */
export function recallReasons(turn: Turn, recalled: readonly RecalledReason[]): void {
  const { owedReasons } = turn.site;
  const earlier = recalled
    .filter(({ id }) => !owedReasons.some((one) => one.id === id))
    .map((one) => ({ ...one, sinceMono: turn.now.mono - Math.max(0, turn.now.wall - one.since) }));
  if (earlier.length > 0) setOwed(turn, [...earlier, ...owedReasons]);
}

function setOwed(turn: Turn, all: readonly OwedReason[]): void {
  const tooMany = Math.max(0, all.length - OWED_MAX);
  for (const { id, lane, via } of all.slice(0, tooMany))
    record(turn, 'reasonNotAsked', { lane, cause: refOf(turn.site, id), body: { opening: id, openedVia: via } });
  turn.site = { ...turn.site, owedReasons: all.slice(tooMany) };
  watchOwed(turn);
}

/** One fault for all of them, once the oldest is older than a shift, or there is no room for more. */
export function watchOwed(turn: Turn): void {
  const { owedReasons } = turn.site;
  const [oldest] = owedReasons;
  const due = oldest === undefined ? null : oldest.sinceMono + OWED_TOO_LONG_MS;
  const full = owedReasons.length >= OWED_MAX;
  if (oldest !== undefined && (full || (due !== null && due <= turn.now.mono)))
    raise(turn, 'reasonsOwed', 'site', {
      ...{ count: owedReasons.length, opening: oldest.id, lane: oldest.lane, since: oldest.since },
      limit: full ? OWED_MAX : null,
    });
  else clear(turn, 'reasonsOwed', 'site');
  if (due !== null && due > turn.now.mono) turn.effects.push({ kind: 'arm', timer: OWED_TIMER, at: due });
  else turn.effects.push({ kind: 'disarm', timer: OWED_TIMER });
}
