/** Which plates are an emergency vehicle's by class (gate.md "Emergency and fire"); ambulances have no class (protocols.md §7). */
import type { PlateColor } from '../presentation.ts';
import type { PlateKind } from './patterns.ts';
import { isKnownColor } from './plate.ts';

export interface EmergencyClass {
  readonly class: 'rescue' | 'police' | 'armedPolice' | null;
  /** Does the plate's colour belong to the class? A printed 应急 on blue is a fake; no colour is no proof. */
  readonly colorMatches: boolean | 'unknown';
}

const classOfKind: Partial<Record<PlateKind, EmergencyClass['class']>> = {
  emergencyRescue: 'rescue',
  police: 'police',
  armedPolice: 'armedPolice',
};

/** All three classes are white with a red or black part (protocols.md §7). */
export function emergencyClass(kind: PlateKind, color: PlateColor): EmergencyClass {
  const found = classOfKind[kind] ?? null;
  if (found === null || !isKnownColor(color)) return { class: found, colorMatches: 'unknown' };
  return { class: found, colorMatches: color === 'white' };
}
