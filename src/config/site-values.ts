/** Values of the site section that are well formed and yet make no sense, whatever else is wrong in it. */
import { normalisePlate } from '../core/plate/plate.ts';
import type { Json, JsonObject } from '../core/values.ts';
import type { IssueFinding } from './issues.ts';

/** As in the schema, which says so where a value is longer. */
const plateMax = 20;

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
  const plates = asObject(raw).emergencyPlates;
  for (const [index, plate] of (Array.isArray(plates) ? plates : []).entries()) {
    if (typeof plate !== 'string' || plate === '' || plate.length > plateMax) continue; // The schema says so.
    const { kind, text } = normalisePlate(plate);
    if (kind !== 'none' && text !== '') continue;
    found.push({ code: 'E-PLATE', params: { got: `"${plate}"` }, path: ['emergencyPlates', index], aim: 'value' });
  }
  return found;
}

function realDate(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}
