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

/** `site` null: lanes are compared by their names, groups too. Each row is told once. */
export function pointlessBoth(file: ListFile, site: SiteModel | null): PointlessBoth {
  const warnings: CsvProblem[] = [];
  const told = new Set<string>();
  const tell = (rows: readonly NewListRow[], voids: (alone: NewListRow, strict: NewListRow) => boolean, hint: Hint) => {
    const strict = rows.filter(({ requires }) => requires === 'plateAndCard');
    for (const alone of rows.filter(({ requires }) => requires === 'any')) {
      const name = `${alone.line} ${alone.key}`;
      const voided = strict.find((row) => voids(alone, row) && meet(alone, row, site));
      if (voided === undefined || told.has(name)) continue;
      told.add(name);
      if (warnings.length < TOLD_MAX) warnings.push(warningOf(alone, voided, hint));
    }
  };
  for (const rows of groups(file.asideOfBoth(), ({ credential }) => credential)) tell(rows, () => true, sameCredential);
  for (const rows of groups(file.asideInPermit(), ({ permit }) => permit)) tell(rows, isOtherHalf, samePermit);
  return { warnings, count: told.size };
}

/** The rows of one credential, or of one permit, at a time. */
function* groups<T extends { readonly row: NewListRow }>(
  all: Iterable<T>,
  nameOf: (one: T) => string,
): Generator<readonly NewListRow[]> {
  let of = '';
  let rows: NewListRow[] = [];
  for (const one of all) {
    if (nameOf(one) !== of) {
      yield rows;
      rows = [];
      of = nameOf(one);
    }
    rows.push(one.row);
  }
  yield rows;
}

/** Two cars of one permit void nothing of each other; a plate and a card are the two halves that were asked for together. */
function isOtherHalf(alone: NewListRow, strict: NewListRow): boolean {
  return alone.key.startsWith('plate:') !== strict.key.startsWith('plate:');
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

function warningOf({ line, raw, key }: NewListRow, voided: NewListRow, hint: Hint): CsvProblem {
  const half = key.startsWith('plate:') ? { zh: '车牌', en: 'plate' } : { zh: '卡', en: 'card' };
  return { line, column: null, code: 'W-BOTH-POINTLESS', value: raw, hint: hint(half, voided.line) };
}

type Hint = (half: Said, line: number) => Said;
type Said = CsvProblem['hint'];

function sameCredential(half: Said, line: number): Said {
  return {
    zh: `单凭这一${half.zh}即可放行，第 ${line} 行要求的车牌加卡因此落空；不是本意就删去这一行`,
    en: `this ${half.en} alone opens, so the plate + card that line ${line} asks for is pointless; remove this line unless that is meant`,
  };
}

function samePermit(half: Said, line: number): Said {
  return {
    zh: `单凭这一${half.zh}即可放行，同一许可的第 ${line} 行要求的车牌加卡因此落空；不是本意就在这一行的 双重 列也填 是`,
    en: `this ${half.en} alone opens, so the plate + card that line ${line} of the same permit asks for is pointless; write 是 under 双重 (requires) in this line too unless that is meant`,
  };
}
