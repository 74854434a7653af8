/** The rules, in order. Every one is tried and gives its reasons; the first that decides, decides. Order = precedence. */
import { plateKey } from '../credential/keys.ts';
import { changedAt } from '../plate/near.ts';
import { blockBinds, type Case, colorOf, isPermit, type Match, reason, refuses } from './case.ts';
import type { Reason } from './decision.ts';
import type { ListRow } from './facts.ts';
import type { JsonObject } from '../values.ts';
import type { Finding, Rule } from './finding.ts';
import { permit } from './permit-rule.ts';
import { isGood, rowFacts, standingRules } from './row-rules.ts';

export const rules: readonly Rule[] = [
  { name: 'guardGranted', judge: guardGranted },
  { name: 'wayOut', judge: wayOut },
  { name: 'blockList', judge: blockList },
  { name: 'outOfService', judge: outOfService },
  { name: 'heldOpen', judge: heldOpen },
  { name: 'commissioned', judge: commissioned },
  { name: 'laneServes', judge: laneServes },
  { name: 'opposing', judge: opposing },
  { name: 'emergencyVehicle', judge: emergencyVehicle },
  { name: 'lockdown', judge: lockdown },
  { name: 'presence', judge: presence },
  { name: 'heading', judge: heading },
  { name: 'blindExit', judge: blindExit },
  { name: 'unreadPresence', judge: unreadPresence },
  { name: 'exitFree', judge: exitFree },
  { name: 'emergencyUnconfirmed', judge: emergencyUnconfirmed },
  { name: 'listAvailable', judge: listAvailable },
  { name: 'exitKnown', judge: exitKnown },
  { name: 'permit', judge: permit },
  { name: 'noPlate', judge: noPlate },
  { name: 'plateUncertain', judge: plateUncertain },
  { name: 'nearPlate', judge: nearPlate },
  { name: 'unknownCredential', judge: unknownCredential },
];

function one(only: Reason, more: Omit<Finding, 'reasons' | 'deciding'> = {}): Finding {
  const decides = only.verdict === 'grants' || only.verdict === 'denies' || only.verdict === 'refers';
  return { reasons: [only], deciding: decides ? only : null, ...more };
}

/** A person's word stands above every list (gate.md ladder, I16). */
function guardGranted(c: Case): Finding {
  return one(reason('guardGranted', 'guardGranted', c.q.guardGranted === true ? 'grants' : 'notApplicable'));
}

/**
 * In an emergency the way out stays granted on all lanes (gate.md "Emergency and fire"), held by it or not. Under a boom that is
 * out of service somebody may be working, so there a person opens.
 */
function wayOut(c: Case): Finding {
  const { mode, emergency } = c.q;
  const free = !c.entering && (mode === 'emergency' || (emergency && mode !== 'outOfService'));
  const facts = emergency ? { mode, emergency } : { mode };
  return one(reason('wayOut', 'exitFree', free ? 'grants' : 'notApplicable', facts, c.ages.mode));
}

/** Absolute at entries: validity, lanes and windows of a block are not asked. At exits it alarms only. */
function blockList(c: Case): Finding {
  const blocks = c.matches.filter((match) => blockBinds(match, c));
  const first = blocks[0];
  if (first === undefined && c.blockedBefore.length > 0) return blockedBefore(c);
  if (first === undefined) {
    const verdict = c.q.facts?.available === true && c.presented ? 'passes' : 'notApplicable';
    return one(reason('blockList', 'blocked', verdict, {}, c.listAgeMs));
  }
  const reasons = blocks.map((match) =>
    reason('blockList', 'blocked', c.entering ? 'denies' : 'passes', { ...rowFacts(match), alarm: true }, c.listAgeMs),
  );
  return { reasons, deciding: c.entering ? (reasons[0] ?? null) : null, row: first.row };
}

/** The same presence has shown a blocked credential. An emergency vehicle behind a blocked car is another one, and a person's. */
function blockedBefore(c: Case): Finding {
  const verdict = !c.entering || opensAlone(c) ? 'passes' : turnAway(c);
  const reasons = c.blockedBefore.map((match) =>
    reason('blockList', 'blocked', verdict, { ...rowFacts(match), earlier: true, alarm: true }, c.listAgeMs),
  );
  return { reasons, deciding: verdict === 'passes' ? null : (reasons[0] ?? null), row: c.blockedBefore[0]?.row };
}

/** Above emergency vehicles on the ladder: someone may be working under the boom. They are paged, not turned away. */
function outOfService(c: Case): Finding {
  const out = c.q.mode === 'outOfService';
  return one(reason('outOfService', 'outOfService', out ? turnAway(c) : 'passes', { mode: c.q.mode }, c.ages.mode));
}

/** A convoy passes under a boom that a person holds open: nobody is asked and nothing is spent. A block is still told (it stands above). */
function heldOpen(c: Case): Finding {
  const held = c.q.standsHeld === true && c.q.mode === 'heldOpen';
  return one(reason('heldOpen', 'heldOpen', held ? 'grants' : 'notApplicable', {}, held ? c.ages.mode : null));
}

function commissioned(c: Case): Finding {
  const verdict = c.q.lane.commissioned ? 'passes' : 'refers';
  return one(reason('commissioned', 'laneNotCommissioned', verdict, { commissioned: c.q.lane.commissioned }));
}

function laneServes(c: Case): Finding {
  const { directions } = c.q.lane;
  const verdict = directions.includes(c.q.direction) ? 'passes' : turnAway(c);
  return one(reason('laneServes', 'laneClosed', verdict, { directions, direction: c.q.direction }));
}

/** Where no route runs against the entry there is nothing to have passed. */
function opposing(c: Case): Finding {
  const against = c.entering && c.q.opposing;
  const facts: JsonObject = c.q.opposing ? { opposing: true } : {};
  return one(reason('opposing', 'opposingDirection', against ? turnAway(c) : 'notApplicable', facts));
}

/** The list is not asked: by class with matching colour, or the site's own, read twice alike or with top confidence. */
function emergencyVehicle(c: Case): Finding {
  const standing = c.emergency;
  if (standing === null) return one(reason('emergencyVehicle', 'emergencyVehicle', 'notApplicable'));
  const verdict = opensAlone(c) ? 'grants' : 'passes';
  return one(reason('emergencyVehicle', 'emergencyVehicle', verdict, emergencyFacts(c), c.ages.plate));
}

/** Everything but 应急 X/S and the site's list stays out; another emergency class is a person's to judge. */
function lockdown(c: Case): Finding {
  const { mode } = c.q;
  const age = c.ages.mode;
  if (mode !== 'lockedDown') return one(reason('lockdown', 'lockedDown', 'passes', { mode }, age));
  if (c.entering) return one(reason('lockdown', 'lockedDown', turnAway(c), { mode }, age));
  return one(reason('lockdown', 'lockedDown', 'passes', { mode, alarm: true }, age));
}

/** A plate held up before an empty lane, or a tag heard from the road, opens nothing. */
function presence(c: Case): Finding {
  const { present } = c.q;
  const verdict = present === 'no' ? 'refers' : present === 'yes' ? 'passes' : 'notApplicable';
  return one(reason('presence', 'notPresent', verdict, { present }, c.ages.presence));
}

/**
 * At an entry the camera sees the back of a car that drives away. Cameras are sometimes mounted or set the wrong way round, so
 * such a read keeps nobody out: what a permit would open, a person opens. A card shown beside it is somebody who stands there.
 */
function heading(c: Case): Finding {
  if (!c.entering || c.plate === null || c.q.heading === undefined)
    return one(reason('heading', 'drivingAway', 'notApplicable'));
  const away = c.q.heading === 'leaving' && c.q.credentials.card === null && permit(c).deciding?.verdict === 'grants';
  const facts = { heading: c.q.heading };
  return one(reason('heading', 'drivingAway', away ? 'refers' : 'passes', facts, c.ages.plate));
}

/** A free exit that nothing reads lets out a car that was seen to come and has stood there long enough, if so configured. */
function blindExit(c: Case): Finding {
  const afterMs = c.q.lane.blindExitAfterMs;
  if (c.unread === null || c.entering || afterMs === null)
    return one(reason('blindExit', 'blindExit', 'notApplicable', afterMs === null ? {} : { afterMs }));
  const { presentMs, risen, again } = c.unread;
  const exitPolicy = c.q.lane.exitPolicy;
  const opens = exitPolicy === 'free' && c.q.present === 'yes' && risen && !again && presentMs >= afterMs;
  const facts = { presentMs, afterMs, risen, again, exitPolicy };
  return one(reason('blindExit', 'blindExit', opens ? 'grants' : 'passes', facts, c.ages.presence));
}

/** Somebody stands there and no credential came, or came before a restart: a person looks, whatever the exit lets out freely. */
function unreadPresence(c: Case): Finding {
  if (c.unread === null) return one(reason('unreadPresence', 'unreadPresence', 'notApplicable'));
  const { presentMs, risen } = c.unread;
  return one(reason('unreadPresence', 'unreadPresence', 'refers', { presentMs, risen }, c.ages.presence));
}

function exitFree(c: Case): Finding {
  const free = !c.entering && c.unread === null && c.q.lane.exitPolicy === 'free';
  return one(reason('exitFree', 'exitFree', free ? 'grants' : 'notApplicable', policyFacts(c)));
}

/** Paged at once, one press opens. A permit of the same plate must not hide it, except where it grants by itself. */
function emergencyUnconfirmed(c: Case): Finding {
  const rule = 'emergencyUnconfirmed';
  if (c.emergency === null) return one(reason(rule, 'emergencyUnconfirmed', 'notApplicable'));
  if (opensAlone(c)) return one(reason(rule, 'emergencyUnconfirmed', 'passes', emergencyFacts(c), c.ages.plate));
  const refers = reason(rule, 'emergencyUnconfirmed', 'refers', { ...emergencyFacts(c), alarm: true }, c.ages.plate);
  const permitted = permit(c).deciding?.verdict === 'grants' || exitKnown(c).deciding !== null;
  return { reasons: [refers], deciding: permitted ? null : refers };
}

function listAvailable(c: Case): Finding {
  if (!c.presented) return one(reason('listAvailable', 'listUnavailable', 'notApplicable'));
  const available = c.q.facts?.available === true;
  // Which list that was, and how long it took, stands once beside the decision.
  return one(reason('listAvailable', 'listUnavailable', available ? 'passes' : 'refers', { available }, c.listAgeMs));
}

function policyFacts(c: Case): JsonObject {
  return c.entering ? {} : { exitPolicy: c.q.lane.exitPolicy };
}

/**
 * `exitPolicy: known` asks whether we know the car, not whether its permit still runs: an expired visitor and a blocked car
 * must be able to leave. A permit that demands plate + card demands it here as well.
 */
function exitKnown(c: Case): Finding {
  const rule = 'exitKnown';
  if (c.entering || c.q.lane.exitPolicy !== 'known') {
    return one(reason(rule, 'permitted', 'notApplicable', policyFacts(c)));
  }
  const known = c.matches.find((match) => match.row.requires === 'any' && isSurelyRead(match, c));
  const facts = { exitPolicy: 'known', known: known !== undefined, ...(known === undefined ? {} : rowFacts(known)) };
  return one(reason(rule, 'permitted', known === undefined ? 'passes' : 'grants', facts, c.listAgeMs), {
    row: known?.row,
  });
}

function noPlate(c: Case): Finding {
  return one(reason('noPlate', 'noPlate', c.presented ? 'notApplicable' : 'refers'));
}

function plateUncertain(c: Case): Finding {
  if (c.plate === null) return one(reason('plateUncertain', 'plateUncertain', 'notApplicable'));
  const facts = { confidence: c.plate.confidence, minConfidence: c.q.lane.minConfidence };
  return one(reason('plateUncertain', 'plateUncertain', c.uncertain ? 'refers' : 'passes', facts, c.ages.plate));
}

/** A suggestion for the guard's eyes, never an opening: one plate only, good here and now, and no blocked one as near. */
function nearPlate(c: Case): Finding {
  const asked = c.plate !== null && c.q.site.near.suggest && !c.matches.some((match) => match.half === 'plate');
  if (!asked || c.plate === null) return one(reason('nearPlate', 'nearPlate', 'notApplicable'));
  const plates = new Set(c.near.map((row) => row.key));
  const blocked = c.near.some((row) => row.blocked);
  const good = c.near.find((row) => isGood({ row, half: 'plate' }, c, standingRules) && fitsColor(row, c));
  const only = plates.size === 1 && !blocked ? good : undefined;
  const facts = { near: plates.size, nearBlocked: blocked, ...(only === undefined ? {} : { row: only.id }) };
  if (only === undefined) return one(reason('nearPlate', 'nearPlate', 'passes', facts, c.listAgeMs));
  const changed = changedAt(plateKey(c.plate.text), only.key);
  const at = changed === null ? null : changed - plateKey('').length;
  return one(reason('nearPlate', 'nearPlate', 'refers', { ...facts, changed: at }, c.listAgeMs), {
    row: only,
    suggestion: { key: only.key, rowId: only.id, changed: at ?? 0 },
  });
}

/** Deny by default at entries; at exits a person decides. */
function unknownCredential(c: Case): Finding {
  const permitted = c.matches.some((match) => isPermit(match, c));
  // A blocked row is no permit, but it is on the list: the block list has judged it.
  const blocked = c.matches.some((match) => blockBinds(match, c));
  const verdict = permitted ? 'passes' : blocked ? 'notApplicable' : refuses(c);
  const known = permitted || blocked;
  return one(reason('unknownCredential', 'unknownCredential', verdict, { known }, c.listAgeMs));
}

/** Denied for a plain credential. An emergency vehicle, or a car that may be one since nothing has read it, is a person's. */
function turnAway(c: Case): 'denies' | 'refers' {
  return c.emergency === null && c.unread === null ? refuses(c) : 'refers';
}

/** In lockdown only 应急 X/S and the site's list open alone (gate.md "Emergency and fire"). */
function opensAlone(c: Case): boolean {
  const standing = c.emergency;
  if (standing === null || !standing.confirmed) return false;
  return c.q.mode !== 'lockedDown' || !c.entering || standing.class === 'rescue' || standing.class === 'siteList';
}

function emergencyFacts(c: Case): Reason['facts'] {
  const standing = c.emergency;
  return {
    class: standing?.class ?? null,
    colorMatches: standing?.colorMatches ?? null,
    framesAgree: c.q.framesAgree,
    confidence: c.plate?.confidence ?? null,
    present: c.q.present,
    mode: c.q.mode,
  };
}

function isSurelyRead(match: Match, c: Case): boolean {
  return match.half === 'card' || (!c.uncertain && fitsColor(match.row, c));
}

function fitsColor(row: ListRow, c: Case): boolean {
  const fit = c.plate === null ? 'unbound' : colorOf(row, c.plate);
  return fit === 'unbound' || fit === 'same';
}
