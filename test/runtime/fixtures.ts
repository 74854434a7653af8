import type { ListRow } from '../../src/core/decide/facts.ts';
import type { SiteModel } from '../../src/core/site-model.ts';
import { calendar, row } from '../core/decide-fixtures.ts';
import { eastLane, input, limits } from '../core/lane-fixtures.ts';

/** One lane without presence sensor: a read is decided as it comes. */
export function gateSite(): SiteModel {
  const inputs = [...limits, input('button')];
  return {
    ...{ id: 'site', name: '小区', timezone: 'Asia/Shanghai', homeProvince: '京', configHash: 'hash' },
    lanes: [eastLane({ inputs, readers: [], barrier: { autoClose: 'board', close: 'none' } })],
    routes: [],
    interlocks: [],
    calendar,
    near: { suggest: true },
    emergencyPlates: [],
    closingsAtOnce: { line1: 1 },
  };
}

export function listedRow(plate: string, usesLeft: number | null = null): ListRow {
  const category = usesLeft === null ? 'resident' : 'visitor';
  return row({ id: `row-${plate}`, key: `plate:${plate}`, permit: `permit-${plate}`, category, usesLeft });
}
