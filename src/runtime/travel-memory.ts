/** What booms have taught of their travel, kept beside the journal, so that a restart need not learn it anew (gate.md "Portals"). */
import type { JournalRecord, RecalledTravel, Request } from '../core/io.ts';
import type { SiteModel } from '../core/site-model.ts';
import type { Json, JsonObject } from '../core/values.ts';
import type { StoreOperation } from '../store/operations.ts';

const ends = ['open', 'closed'] as const;

function key(lane: string, toward: string): string {
  return `travel/${lane}/${toward}`;
}

/** The small write that keeps this record's knowledge; null for every other record. */
export function travelToKeep(record: JournalRecord): StoreOperation | null {
  const { kind, lane, body, at } = record;
  const { toward } = body;
  if (kind !== 'travelLearned' || lane === null || typeof toward !== 'string') return null;
  return { kind: 'setValue', key: key(lane, toward), value: body, atWall: at.wall };
}

/**
 * The request that hands over what was kept for the lanes of this site; null where there is nothing. `read` gives the value of
 * a key, undefined where none was set; what it throws counts as nothing kept.
 */
export function travelRecalled(model: SiteModel, read: (key: string) => Json | undefined): Request | null {
  const learned = model.lanes.flatMap(({ id }): RecalledTravel[] =>
    ends.flatMap((toward) => {
      const body = keptAt(read, key(id, toward));
      return body === null ? [] : [{ lane: id, body }];
    }),
  );
  return learned.length === 0 ? null : { kind: 'recallTravel', learned };
}

function keptAt(read: (key: string) => Json | undefined, name: string): JsonObject | null {
  try {
    const value = read(name);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
