/** The site that a world is made for. */
import type { ListRow } from '../../src/core/decide/facts.ts';
import type { DrillPlan, InterlockModel, LaneModel, RouteModel, SiteModel } from '../../src/core/site-model.ts';
import { calendar } from './decide-fixtures.ts';

export interface WorldOptions {
  readonly lanes: readonly LaneModel[];
  readonly routes?: readonly RouteModel[];
  readonly interlocks?: readonly InterlockModel[];
  readonly rows?: readonly ListRow[];
  readonly closingsAtOnce?: number;
  readonly boardClosesAfterMs?: number | null;
  readonly startsOpen?: boolean;
  readonly emergencyPlates?: readonly string[];
  readonly drills?: DrillPlan;
}

export function siteModel(options: WorldOptions): SiteModel {
  return {
    id: 'site',
    name: '小区',
    timezone: 'Asia/Shanghai',
    homeProvince: '京',
    configHash: 'hash',
    lanes: options.lanes,
    routes: options.routes ?? [],
    interlocks: options.interlocks ?? [],
    calendar,
    near: { suggest: true },
    emergencyPlates: options.emergencyPlates ?? [],
    closingsAtOnce: { line1: options.closingsAtOnce ?? 2 },
    drills: options.drills ?? null,
  };
}
