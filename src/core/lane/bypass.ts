/**
 * A technician takes one safety sensor out of what a close looks at, for a while (gate.md "Closing"): only where the barrier's
 * own protection was proved, and then a boom comes down only while a person who watches holds the close. Kept in memory alone:
 * after a restart the sensor counts again, since nobody knows whether whoever bypassed it is still there.
 */
import type { Actor, Request } from '../io.ts';
import { arm, clearLane, disarm, type LaneTurn, lane, laneRecord, raiseLane, setLane } from '../turn.ts';
import type { LaneModel } from '../site-model.ts';
import { canClose } from './closing.ts';
import { mayBeFalling } from './close-intent.ts';
import { inputKey, inputsOf } from './inputs.ts';
import type { Bypass } from './state.ts';

/** One shift: what is not mended by then is looked at anew. */
export const BYPASS_MAX_MS = 12 * 3_600_000;
/** Whoever bypasses a sensor stands at the boom or at the gateway. */
const GIVEN_BY: readonly string[] = ['screen', 'cli'];

export type BypassRequest = Extract<Request, { kind: 'bypassSensor' }>;

export function beginBypass(t: LaneTurn, request: BypassRequest): void {
  const { input, by, reason, forMs } = request;
  const refused = whyNoBypass(t, request);
  const cause = laneRecord(t, refused === null ? 'bypassBegun' : 'bypassRefused', {
    body: { input, forMs, via: by.via, refused },
    personal: { by: by.name, reason },
  });
  if (refused !== null) return;
  const sensor = sensorOf(t.model, input);
  if (sensor === undefined) return;
  const until = t.now.mono + forMs;
  setLane(t, { bypass: { key: inputKey(sensor), input, by, since: t.now.mono, until, cause } });
  arm(t, 'bypass', until);
  raiseLane(t, 'obstructionBypassed', { input, forMs }, cause);
}

/** The terms on which one sensor may be bypassed; null where they are met. */
export function whyNoBypass(t: LaneTurn, { input, by, forMs }: BypassRequest): string | null {
  if (by.name === null) return 'needsNamedPerson';
  if (!GIVEN_BY.includes(by.via)) return 'needsPersonOnTheSpot';
  const sensor = sensorOf(t.model, input);
  if (sensor === undefined) return 'noSuchSafetySensor';
  if (!t.model.commissioned) return 'notCommissioned';
  if (!t.model.boardProtected) return 'boardProtectionNotProved';
  if (!canClose(t)) return 'noCloseBySoftware';
  if (!(forMs > 0 && forMs <= BYPASS_MAX_MS)) return 'bypassTooLong';
  const standing = lane(t).bypass;
  if (standing !== null && standing.key !== inputKey(sensor)) return 'anotherSensorBypassed';
  // What guards a falling boom is not changed under it.
  return mayBeFalling(t) ? 'boomClosing' : null;
}

function sensorOf(model: LaneModel, id: string) {
  return inputsOf(model, 'obstruction').find((input) => input.id === id);
}

/** A named person ends it. Returns why not. */
export function endBypassBy(t: LaneTurn, input: string, by: Actor): string | null {
  const standing = lane(t).bypass;
  const refused =
    by.name === null ? 'needsNamedPerson' : standing === null || standing.input !== input ? 'noSuchBypass' : null;
  if (refused === null && standing !== null) end(t, standing, { via: by.via }, by.name);
  else laneRecord(t, 'bypassRefused', { body: { input, end: true, via: by.via, refused }, personal: { by: by.name } });
  return refused;
}

/** The `bypass` timer. */
export function expireBypass(t: LaneTurn): void {
  const standing = lane(t).bypass;
  if (standing === null) return;
  if (standing.until > t.now.mono) arm(t, 'bypass', standing.until);
  else end(t, standing, { via: 'expiry' }, null);
}

/** Another device moves the boom now, or the lane is gone. */
export function dropBypass(t: LaneTurn): void {
  const standing = lane(t).bypass;
  if (standing !== null) end(t, standing, { via: 'gateway', why: 'laneReplaced' }, null);
}

/** After a reload: it stands for as long as its sensor is the same and the protection still counts as proved. */
export function keepBypass(t: LaneTurn): void {
  const standing = lane(t).bypass;
  if (standing === null) return;
  const sensor = sensorOf(t.model, standing.input);
  const kept = sensor !== undefined && inputKey(sensor) === standing.key && t.model.boardProtected;
  if (!kept || !t.model.commissioned) end(t, standing, { via: 'gateway', why: 'configApplied' }, null);
}

function end(t: LaneTurn, standing: Bypass, how: { via: string; why?: string }, by: string | null): void {
  disarm(t, 'bypass');
  // A boom that it has kept up is looked at as one found open, after its time and under I2.
  setLane(t, { bypass: null, unownedSince: null });
  disarm(t, 'foundOpen');
  laneRecord(t, 'bypassEnded', {
    cause: standing.cause,
    body: { input: standing.input, lastedMs: Math.round(t.now.mono - standing.since), ...how },
    personal: by === null ? undefined : { by },
  });
  clearLane(t, 'obstructionBypassed');
}
