/** What a drill would move, lane by lane, for the person who confirms it. Changes nothing. */
import type { OrderedReach } from '../io.ts';
import { modeOf } from '../lane/claims.ts';
import { canClose } from '../lane/closing.ts';
import { seesPeople } from '../lane/inputs.ts';
import type { SiteState } from '../site-state.ts';
import { beginTurn, type LaneTurn, lane, laneTurn } from '../turn.ts';
import type { LaneId } from '../values.ts';
import { opennessOf } from './clock.ts';
import { lanesToDrill } from './drill.ts';

export interface DrillPreview {
  readonly lane: LaneId;
  /** `staysShut`: a technician or a lockdown has the lane. `step`: left out. */
  readonly opens: 'opens' | 'standsOpen' | 'staysShut' | 'step';
  /** Who closes it afterwards; `lock`: a door locks again. */
  readonly closes: 'gateway' | 'board' | 'person' | 'lock';
}

export function previewDrill(site: SiteState, reach: OrderedReach): readonly DrillPreview[] {
  const { lanes, leftOut } = lanesToDrill(site.model, reach);
  const turn = beginTurn(site, { mono: 0, wall: 0, wallTrusted: false }, null);
  return site.model.lanes.flatMap((model): readonly DrillPreview[] => {
    if (leftOut.includes(model.id)) return [{ lane: model.id, opens: 'step', closes: 'person' }];
    if (!lanes.includes(model.id)) return [];
    const t = laneTurn(turn, model);
    const mode = modeOf(lane(t).claims);
    const shut = mode === 'outOfService' || mode === 'lockedDown';
    const openness = opennessOf(lane(t));
    return [
      {
        lane: model.id,
        opens: shut ? 'staysShut' : openness === 'no' || openness === null ? 'opens' : 'standsOpen',
        closes: closerOf(t),
      },
    ];
  });
}

function closerOf(t: LaneTurn): DrillPreview['closes'] {
  const { portal, commissioned } = t.model;
  if (portal.kind === 'door') return 'lock';
  if (portal.kind !== 'none' && portal.hold === 'none' && portal.autoClose === 'board') return 'board';
  // Nobody is taken to watch the boom: without a sensor that sees people it stays open for a person.
  return commissioned && canClose(t) && seesPeople(t.model) ? 'gateway' : 'person';
}
