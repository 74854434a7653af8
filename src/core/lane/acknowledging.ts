/**
 * Some faults stand although nothing is read that would raise them again: too many reopenings, a sensor that slept through
 * passages, five credentials turned away. A named person who has looked ends them; a close that follows is a new decision under I2 (gate.md "Closing").
 */
import type { Actor } from '../io.ts';
import { latchAcknowledged } from '../emergency/latch.ts';
import { forgetBetween } from '../interlock/between.ts';
import { clearLane, disarm, hasFault, type LaneTurn, lane, laneRecord, setLane } from '../turn.ts';
import type { RecordRef } from '../values.ts';
import { beginClose, gatewayCloses, standsOpenUnowned } from './closing.ts';
import { forgetTries, TRIES_MAX } from './failed-tries.ts';
import { inputKey, inputsOf, seesPeople, SILENT_PASSAGES } from './inputs.ts';

const ACKNOWLEDGEABLE: readonly string[] = [
  'obstructionHunting',
  'obstructionSilent',
  'failedTries',
  'latchUnreadable',
  'heldBetween',
];
/** Whoever acknowledges has seen the boom or talks to somebody who does; a server far away or a schedule has not. */
const SEEN_BY: readonly string[] = ['screen', 'cli'];

/** Ends the fault, or records why not. */
export function acknowledgeFault(t: LaneTurn, fault: string, by: Actor, reason: string): void {
  const refused = whyRefused(t, fault, by);
  const cause = laneRecord(t, 'faultAcknowledged', {
    body: { code: fault, via: by.via, refused },
    personal: { by: by.name, reason },
  });
  if (refused !== null) return;
  if (fault === 'failedTries') return forgetTries(t);
  if (fault === 'heldBetween') return forgetBetween(t);
  if (fault === 'obstructionSilent') putOnProbation(t);
  clearLane(t, fault);
  if (fault === 'latchUnreadable') return latchAcknowledged(t);
  if (fault === 'obstructionHunting') setLane(t, { reopenings: [] });
  decideAnew(t, cause);
}

function whyRefused(t: LaneTurn, fault: string, by: Actor): string | null {
  if (by.name === null) return 'needsNamedPerson';
  if (!SEEN_BY.includes(by.via)) return 'needsPersonOnTheSpot';
  if (!ACKNOWLEDGEABLE.includes(fault)) return 'endsByItself';
  const stands = hasFault(t, fault) || (fault === 'failedTries' && alarmsAtReader(t));
  return stands ? null : 'noSuchFault';
}

/** The lane has let a car through since, but somebody still tries cards. */
function alarmsAtReader(t: LaneTurn): boolean {
  return Object.values(lane(t).failedTries.readers).some((tries) => tries >= TRIES_MAX);
}

/** Believed again, until it sleeps through as many further measured passages as it did before. */
function putOnProbation(t: LaneTurn): void {
  const keys = inputsOf(t.model, 'obstruction').map(inputKey);
  const silent = Object.entries(lane(t).silentPassages).map(([key, passages]): [string, number] => [
    key,
    keys.includes(key) && passages >= SILENT_PASSAGES ? 0 : passages,
  ]);
  setLane(t, { silentPassages: Object.fromEntries(silent) });
}

/** A boom that the fault kept up is looked at as one found open; where people are sensed it is announced and closed without that wait. */
function decideAnew(t: LaneTurn, cause: RecordRef): void {
  if (!standsOpenUnowned(t)) return;
  setLane(t, { unownedSince: null });
  disarm(t, 'foundOpen');
  const { barrier } = lane(t);
  if (barrier?.basis !== 'measured' || barrier.position !== 'open' || !gatewayCloses(t) || !seesPeople(t.model)) return;
  const decided = laneRecord(t, 'closeDecided', { cause, body: { why: 'faultAcknowledged' } });
  beginClose(t, 'afterObstruction', decided, t.model.timing.closeAfterClearMs);
}
