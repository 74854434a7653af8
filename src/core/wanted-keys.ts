/** Which rows of the list `step` will want for an input, and which lane a read belongs to. */
import type { LookupKeys } from './decide/facts.ts';
import { lookupKeys } from './decide/lookup.ts';
import type { Input } from './io.ts';
import { keysOf } from './lane/deciding.ts';
import type { CardRead, Observation, PlateRead } from './presentation.ts';
import type { LaneModel, SiteModel } from './site-model.ts';
import type { SiteState } from './site-state.ts';
import type { Direction } from './values.ts';

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
      return /\.(in|out)\.(armWindow|secondFactor)$/.test(input.timer)
        ? standingKeys(site, (model) => model.id === id)
        : null;
    }
    case 'requested':
      return input.request.kind === 'answerReferral' ? standingKeysOfLane(site, input.request.lane) : null;
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
  if (seen.kind !== 'plateRead' && seen.kind !== 'cardRead') return null;
  const own = lookupKeys(seen);
  const found = laneOfRead(site.model, seen);
  const standing = found === null ? null : standingKeys(site, (model) => model.id === found.model.id);
  return merge([own, standing]);
}

function standingKeysOfLane(site: SiteState, id: string): LookupKeys | null {
  return standingKeys(site, (model) => model.id === id);
}

function standingKeys(site: SiteState, which: (model: LaneModel) => boolean, onlyIfWaiting = false): LookupKeys | null {
  const found: (LookupKeys | null)[] = [];
  for (const model of site.model.lanes) {
    if (!which(model)) continue;
    const approaches = site.lanes[model.id]?.approaches;
    if (approaches === undefined) continue;
    for (const approach of [approaches.in, approaches.out]) {
      if (onlyIfWaiting && approach.waiting.length === 0) continue;
      for (const entry of approach.waiting) found.push(lookupKeys(entry.read));
      if (approach.current !== null && approach.current.decision?.outcome !== 'granted')
        found.push(keysOf(approach.current));
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
