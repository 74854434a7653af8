/** Which rows of the list `step` will want for an input, and which lane a read belongs to. */
import type { LookupKeys } from './decide/facts.ts';
import { plateKey } from './credential/keys.ts';
import { lookupKeys } from './decide/lookup.ts';
import type { Input } from './io.ts';
import { keysOf } from './lane/deciding.ts';
import type { LaneState } from './lane/state.ts';
import type { CardRead, Observation, PlateRead } from './presentation.ts';
import type { LaneModel, SiteModel } from './site-model.ts';
import type { SiteState } from './site-state.ts';
import type { DeviceId, Direction } from './values.ts';

/** A camera that serves several lanes says by its channel which one it means. */
export function laneOfRead(
  model: SiteModel,
  read: PlateRead | CardRead,
): { readonly model: LaneModel; readonly direction: Direction } | null {
  for (const candidate of model.lanes) {
    const binding =
      read.kind === 'plateRead'
        ? candidate.cameras.find(
            (camera) =>
              camera.device === read.device && (camera.channel === undefined || camera.channel === read.channel),
          )
        : candidate.readers.find((reader) => reader.device === read.device);
    if (binding !== undefined) return { model: candidate, direction: binding.direction };
  }
  return null;
}

/** The rows that `step` will want for this input; the runtime looks them up first and hands them over as its facts. */
export function wantedKeys(site: SiteState, input: Input): LookupKeys | null {
  switch (input.kind) {
    case 'observed':
      return keysOfObservation(site, input.observation);
    case 'elapsed': {
      const id = input.timer.slice(0, input.timer.indexOf('.'));
      return /\.(in|out)\.(armWindow|secondFactor|interlock)$|\.claims$/.test(input.timer)
        ? standingKeys(site, (model) => model.id === id)
        : null;
    }
    case 'requested':
      if (input.request.kind === 'systemFault') return keysOfSource(site, input.request.subject);
      // A claim may end a grant that waits, and the end of a hold what it granted: such a car is then decided again.
      return ['answerReferral', 'claim', 'releaseClaim'].includes(input.request.kind) && 'lane' in input.request
        ? standingKeysOfLane(site, input.request.lane)
        : null;
    case 'listsChanged':
    case 'journalMended':
      return standingKeys(site, () => true);
    default:
      return null;
  }
}

function keysOfObservation(site: SiteState, seen: Observation): LookupKeys | null {
  if (seen.kind === 'inputsRead') {
    // Only a rising presence edge adopts waiting reads; asking whenever some wait is cheap and never misses one.
    return standingKeys(
      site,
      (model) => model.inputs.some((input) => input.role === 'arming' && input.device === seen.device),
      true,
    );
  }
  if (seen.kind !== 'plateRead' && seen.kind !== 'cardRead') return keysOfSource(site, seen.device);
  const own = lookupKeys(seen);
  const found = laneOfRead(site.model, seen);
  const standing = found === null ? null : standingKeys(site, (model) => model.id === found.model.id);
  return merge([own, standing]);
}

/** Of cars that wait for a half which this device could read, and for nothing else: the look-up is rare. */
function keysOfSource(site: SiteState, device: DeviceId): LookupKeys | null {
  const found: LookupKeys[] = [];
  for (const model of site.model.lanes) {
    const state = site.lanes[model.id];
    for (const { device: bound, direction } of [...model.cameras, ...model.readers]) {
      const current = state?.approaches[direction].current ?? null;
      if (bound === device && state !== undefined && current !== null && awaitsHalf(state, direction))
        found.push(keysOf(current));
    }
  }
  return merge(found);
}

/** Its car is referred until the other half of a permit is read. */
export function awaitsHalf(state: LaneState, direction: Direction): boolean {
  const code = state.approaches[direction].current?.decision?.code;
  return code === 'awaitingSecondFactor' || code === 'secondFactorUnavailable';
}

function standingKeysOfLane(site: SiteState, id: string): LookupKeys | null {
  return standingKeys(site, (model) => model.id === id);
}

function standingKeys(site: SiteState, which: (model: LaneModel) => boolean, onlyIfWaiting = false): LookupKeys | null {
  const found: (LookupKeys | null)[] = [];
  for (const model of site.model.lanes) {
    if (!which(model)) continue;
    const state = site.lanes[model.id];
    if (state === undefined) continue;
    const { approaches } = state;
    const waiting = state.grants.filter((grant) => grant.opening === 'waiting');
    if (!onlyIfWaiting)
      found.push({ exact: waiting.flatMap(({ plate }) => (plate === null ? [] : [plateKey(plate)])), near: [] });
    for (const approach of [approaches.in, approaches.out]) {
      if (onlyIfWaiting && approach.waiting.length === 0) continue;
      for (const entry of approach.waiting) found.push(lookupKeys(entry.read));
      const { current } = approach;
      const waits = waiting.some((grant) => grant.cause === current?.decisionRef);
      const held = current?.decision?.code === 'heldOpen';
      if (current !== null && (current.decision?.outcome !== 'granted' || waits || held)) found.push(keysOf(current));
    }
  }
  return merge(found);
}

function merge(parts: readonly (LookupKeys | null)[]): LookupKeys | null {
  const some = parts.filter((part) => part !== null);
  if (some.length === 0) return null;
  return {
    exact: [...new Set(some.flatMap((part) => part.exact))],
    near: [...new Set(some.flatMap((part) => part.near))],
  };
}
