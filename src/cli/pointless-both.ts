/** Rows that open for a plate or a card alone beside a permit that asks for it together with its other half (gate.md "Two factors"). */
import type { SiteModel } from '../core/site-model.ts';
import type { CsvProblem } from '../store/csv-columns.ts';
import type { ListFile, NewListRow } from '../store/list-file.ts';

export interface PointlessBoth {
  /** The first 200; `count` counts all. */
  readonly warnings: readonly CsvProblem[];
  readonly count: number;
}

const TOLD_MAX = 200;

/** `site` null: lanes are compared by their names, groups too. */
export function pointlessBoth(file: ListFile, site: SiteModel | null): PointlessBoth {
  const warnings: CsvProblem[] = [];
  let count = 0;
  for (const rows of groups(file)) {
    const strict = rows.filter(({ requires }) => requires === 'plateAndCard');
    for (const alone of rows.filter(({ requires }) => requires === 'any')) {
      const voided = strict.find((row) => meet(alone, row, site));
      if (voided === undefined) continue;
      count += 1;
      if (warnings.length < TOLD_MAX) warnings.push(warningOf(alone, voided));
    }
  }
  return { warnings, count };
}

/** The rows of one credential at a time. */
function* groups(file: ListFile): Generator<readonly NewListRow[]> {
  let of = '';
  let rows: NewListRow[] = [];
  for (const { credential, row } of file.asideOfBoth()) {
    if (credential !== of) {
      yield rows;
      rows = [];
      of = credential;
    }
    rows.push(row);
  }
  yield rows;
}

/** There is a passage that both rows are about. Windows are left out: those of one site overlap as a rule. */
function meet(one: NewListRow, other: NewListRow, site: SiteModel | null): boolean {
  const isOneCar = one.color === null || other.color === null || one.color === other.color;
  const isOneTime =
    Math.max(one.validFrom ?? -Infinity, other.validFrom ?? -Infinity) <
    Math.min(one.validTo ?? Infinity, other.validTo ?? Infinity);
  const isOneWay = shared(one.directions, other.directions);
  return isOneCar && isOneTime && isOneWay && shared(lanesOf(one.lanes, site), lanesOf(other.lanes, site));
}

/** Empty is every one. */
function shared(one: readonly string[], other: readonly string[]): boolean {
  return one.length === 0 || other.length === 0 || one.some((name) => other.includes(name));
}

function lanesOf(names: readonly string[], site: SiteModel | null): readonly string[] {
  if (site === null || names.length === 0) return names;
  const lanes = site.lanes.filter(({ id, groups }) => names.some((name) => name === id || groups.includes(name)));
  return lanes.length === 0 ? names : lanes.map(({ id }) => id);
}

function warningOf({ line, raw, key }: NewListRow, voided: NewListRow): CsvProblem {
  const [zh, en] = key.startsWith('plate:') ? ['车牌', 'plate'] : ['卡', 'card'];
  return {
    ...{ line, column: null, code: 'W-BOTH-POINTLESS', value: raw },
    hint: {
      zh: `单凭这一${zh}即可放行，第 ${voided.line} 行要求的车牌加卡因此落空；不是本意就删去这一行`,
      en: `this ${en} alone opens, so the plate + card that line ${voided.line} asks for is pointless; remove this line unless that is meant`,
    },
  };
}
