/** Values of the site section that are well formed and yet make no sense, whatever else is wrong in it. */
import { provinces } from '../core/plate/patterns.ts';
import { normalisePlate } from '../core/plate/plate.ts';
import type { Json, JsonObject } from '../core/values.ts';
import type { IssueFinding } from './issues.ts';

/** As in the schema, which says so where a value is longer. */
const plateMax = 20;
/** Characters of a Chinese plate (protocols.md §7). */
const shortest = 7;
const longest = 9;

/** The value where it is a map; otherwise an empty one. */
export function asObject(value: Json | undefined): JsonObject {
  return value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as JsonObject)
    : {};
}

/** Looks at the values as written, so that one bad value hides no other. */
export function unfitValues(raw: Json): readonly IssueFinding[] {
  const found: IssueFinding[] = [];
  for (const day of Object.keys(asObject(asObject(asObject(raw).calendar).days))) {
    if (/^\d{4}-\d{2}-\d{2}$/.test(day) && !realDate(day)) {
      found.push({ code: 'E-CALENDAR-DAY', params: { got: `"${day}"` }, path: ['calendar', 'days', day], aim: 'key' });
    }
  }
  for (const { index, plate } of platesOf(raw)) {
    const { kind, text } = normalisePlate(plate);
    if (kind !== 'none' && text !== '') continue;
    found.push({ code: 'E-PLATE', params: { got: `"${plate}"` }, path: ['emergencyPlates', index], aim: 'value' });
  }
  return found;
}

/** Plates that a camera would hardly ever read so: told, and taken as they are, since a foreign one has any shape. */
export function doubtfulValues(raw: Json): readonly IssueFinding[] {
  return platesOf(raw).flatMap(({ index, plate }): readonly IssueFinding[] => {
    const { kind, text } = normalisePlate(plate);
    if (kind !== 'foreign') return [];
    const params = { got: `"${plate}"`, ...plateAdvice(text) };
    return [{ code: 'W-PLATE-UNKNOWN', params, path: ['emergencyPlates', index], aim: 'value' }];
  });
}

function plateAdvice(text: string): { readonly adviceZh: string; readonly adviceEn: string } {
  const [first = ''] = text;
  const length = [...text].length;
  if (/\p{Script=Han}/u.test(first) && !`${provinces}使民`.includes(first))
    return {
      adviceZh: `"${first}" 不是省份简称；应写成例如 "京A120X8"`,
      adviceEn: `"${first}" is not the character of a province; write it like "京A120X8"`,
    };
  if (length < shortest || length > longest)
    return {
      adviceZh: `这里有 ${length} 个字符，车牌有 ${shortest} 到 ${longest} 个；照车牌写全，例如 "京A120X8"`,
      adviceEn: `there are ${length} characters, a plate has ${shortest} to ${longest}; write all of it, e.g. "京A120X8"`,
    };
  return {
    adviceZh: '对照车牌改写，例如 "京A120X8"；确是境外车牌则可不理会',
    adviceEn: 'compare it with the plate, e.g. "京A120X8"; fine if it is a foreign one',
  };
}

/** What the schema does not complain of already. */
function platesOf(raw: Json): readonly { readonly index: number; readonly plate: string }[] {
  const plates = asObject(raw).emergencyPlates;
  return (Array.isArray(plates) ? plates : []).flatMap((plate, index) =>
    typeof plate === 'string' && plate !== '' && plate.length <= plateMax ? [{ index, plate }] : [],
  );
}

function realDate(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}
