/** What is retained upstream, made from the core's state; nothing personal is in it (I14). */
import { modeOf } from '../core/lane/claims.ts';
import type { LaneState } from '../core/lane/state.ts';
import type { LaneModel } from '../core/site-model.ts';
import type { SiteState } from '../core/site-state.ts';
import type { Now } from '../core/values.ts';
import type { LaneSnapshot, Snapshot } from '../upstream/messages.ts';
import { emergenciesView } from './emergency-view.ts';

export function upstreamSnapshot(site: SiteState, now: Now): Snapshot {
  const faults = Object.values(site.faults).map(({ code, subject, since }) => ({
    ...{ code, subject },
    sinceWall: since.wall,
  }));
  return {
    at: { mono: now.mono, wall: now.wall, trusted: now.wallTrusted },
    lanes: site.model.lanes.flatMap((model) => {
      const state = site.lanes[model.id];
      return state === undefined ? [] : [laneSnapshot(model, state, faults)];
    }),
    alarm: alarmSnapshot(site, now),
    faults,
  };
}

function alarmSnapshot(site: SiteState, now: Now): Snapshot['alarm'] {
  return emergenciesView(site, now.mono).map(({ key, purpose, via, lanes }) => ({
    ...{ key, purpose, via },
    sinceWall: site.emergencies.find((cause) => cause.key === key)?.since.wall ?? now.wall,
    lanes: lanes.map(({ lane, position, basis, opened, alternative, alternativeBasis }) => ({
      ...{ lane, position, basis, alternative, alternativeBasis },
      ...{ openedMs: opened?.ms ?? null, openedBasis: opened?.basis ?? null },
    })),
  }));
}

function laneSnapshot(
  model: LaneModel,
  state: LaneState,
  faults: readonly { readonly code: string; readonly subject: string }[],
): LaneSnapshot {
  const { barrier, door } = state;
  const own = new Set([
    model.id,
    ...model.cameras.map((camera) => camera.device),
    ...model.readers.map((reader) => reader.device),
    ...(model.portal.kind === 'none' ? [] : [model.portal.device]),
  ]);
  return {
    lane: model.id,
    name: model.name,
    mode: modeOf(state.claims),
    portal: model.portal.kind,
    position: barrier?.position ?? door?.lock ?? 'none',
    basis: barrier?.basis ?? (door === null ? 'none' : door.contact === 'unknown' ? 'presumed' : 'measured'),
    sinceMono: barrier?.since ?? door?.since ?? null,
    commissioned: model.commissioned,
    faults: [...new Set(faults.flatMap(({ code, subject }) => (own.has(subject) ? [code] : [])))].sort(),
  };
}
