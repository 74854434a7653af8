/** Openings of the guard for which a reason is owed, kept beside the journal, so that a restart asks on (gate.md "The guard's button"). */
import type { RecalledReason, Request } from '../core/io.ts';
import { OWED_MAX } from '../core/owed-reasons.ts';
import type { OwedReason } from '../core/site-state.ts';
import type { Json, JsonObject, Wall } from '../core/values.ts';
import type { StoreOperation } from '../store/operations.ts';

const KEY = 'owedReasons';

/** The small write that keeps them all, in place of what was kept before; without names and texts (I14). */
export function reasonsToKeep(owed: readonly OwedReason[], atWall: Wall): StoreOperation {
  const value = owed.map(({ id, lane, via, since, presses }) => ({ id, lane, via, since, presses }));
  return { kind: 'setValue', key: KEY, value, atWall };
}

/** The request that hands over what was kept; null where there is nothing, or it cannot be read. */
export function reasonsRecalled(read: (key: string) => Json | undefined): Request | null {
  const value = keptValue(read);
  if (!Array.isArray(value)) return null;
  const owed = value.flatMap((one) => recalledFrom(one) ?? []).slice(-OWED_MAX);
  return owed.length === 0 ? null : { kind: 'recallReasons', owed };
}

function keptValue(read: (key: string) => Json | undefined): Json | undefined {
  try {
    return read(KEY);
  } catch {
    return undefined;
  }
}

function recalledFrom(value: Json): RecalledReason | null {
  if (!isObject(value)) return null;
  const { id, lane, via, since, presses } = value;
  if (typeof id !== 'string' || typeof lane !== 'string' || typeof via !== 'string') return null;
  return typeof since === 'number' && typeof presses === 'number' ? { id, lane, via, since, presses } : null;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
