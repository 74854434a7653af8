/** The emergency latch as it is kept in its two places, and what may be believed of it at a start (I3). Pure. */
import type { LatchedCause } from '../core/io.ts';
import type { Latch } from '../core/emergency/latch.ts';
import type { Json, JsonObject } from '../core/values.ts';
import type { Prepared } from '../store/prepare-store.ts';
import type { StateRead } from '../store/state-file.ts';

/** The same content in the file and in the database. */
export interface KeptLatch extends Latch {
  readonly generation: number;
  /** Of the database that it was last compared with; null before the first one was open. A restored one has another. */
  readonly epoch: string | null;
}

/** Below this key in the database. */
export const LATCH_KEY = 'emergencyLatch';

export function keptJson({ generation, epoch, causes, doubt }: KeptLatch): JsonObject {
  return {
    ...{ version: 1, generation, epoch },
    // Spelt out: two of the same content are the same text.
    causes: causes.map(({ key, purpose, via, home, reach, lanes, since }) => ({
      ...{ key, purpose, via, home, since },
      ...{ reach: typeof reach === 'string' ? reach : [...reach], lanes: [...lanes] },
    })),
    doubt: doubt === null ? null : { why: doubt.why, lanes: [...doubt.lanes] },
  };
}

/** Null for whatever is no latch of this version: it is then not believed to be empty. */
export function keptFrom(value: Json | undefined): KeptLatch | null {
  if (!isObject(value) || value.version !== 1 || typeof value.generation !== 'number') return null;
  const { generation, epoch, causes, doubt } = value;
  if ((epoch !== null && typeof epoch !== 'string') || !Array.isArray(causes)) return null;
  const read = causes.map(causeFrom);
  const told = doubtFrom(doubt);
  if (told === undefined || read.some((cause) => cause === null)) return null;
  return { generation, epoch, causes: read.filter((cause) => cause !== null), doubt: told };
}

function causeFrom(value: Json): LatchedCause | null {
  if (!isObject(value)) return null;
  const { key, purpose, via, home, reach, lanes, since } = value;
  const whole = typeof key === 'string' && typeof via === 'string' && typeof since === 'number';
  if (!whole || (purpose !== 'fire' && purpose !== 'emergency') || (home !== null && typeof home !== 'string'))
    return null;
  const reached = reach === 'lane' || reach === 'site' ? reach : namesIn(reach);
  const held = namesIn(lanes);
  return reached === null || held === null ? null : { key, purpose, via, home, reach: reached, lanes: held, since };
}

function doubtFrom(value: Json | undefined): Latch['doubt'] | undefined {
  if (value === null) return null;
  if (!isObject(value) || typeof value.why !== 'string') return undefined;
  const lanes = namesIn(value.lanes);
  return lanes === null ? undefined : { why: value.why, lanes };
}

function namesIn(value: Json | undefined): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  const names: readonly Json[] = value;
  return names.every((name) => typeof name === 'string') ? names : null;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the file of the latch gives at a start, before the database is open. */
export function fromFile(read: StateRead): { readonly kept: KeptLatch | null; readonly why: string | null } {
  if (read.kind === 'absent') return { kept: null, why: null };
  const kept = read.kind === 'read' ? keptFrom(read.value) : null;
  return { kept, why: kept === null ? 'fileUnreadable' : null };
}

export interface InDatabase {
  readonly prepared: Prepared['kind'];
  /** Null where it cannot be read. */
  readonly epoch: string | null;
  /** Undefined where nothing was ever kept. */
  readonly value: Json | undefined;
}

/**
 * May the two be believed together? Null: they agree, or nothing was ever kept. A power cut between their two writes leaves them
 * apart, which is told from a loss by nobody: what either holds then stands, and a person looks.
 */
export function whyDoubted(file: KeptLatch | null, { prepared, epoch, value }: InDatabase): string | null {
  if (prepared === 'unusable' || epoch === null) return 'databaseUnusable';
  if (prepared === 'restored' || prepared === 'replaced') return 'databaseRestored';
  const kept = keptFrom(value);
  if (value !== undefined && kept === null) return 'databaseUnreadable';
  if (file === null) return kept === null || isFirstWord(kept) ? null : 'fileMissing';
  if (file.epoch !== epoch && file.epoch !== null) return 'databaseRestored';
  if (kept === null && isFirstWord(file)) return null;
  return kept !== null && same(file, kept) ? null : 'placesDiffer';
}

/** Written in one place, and cut off before the other: it holds nothing, and there was nothing before. */
function isFirstWord({ generation, causes, doubt }: KeptLatch): boolean {
  return generation === 1 && causes.length === 0 && doubt === null;
}

function same(one: KeptLatch, other: KeptLatch): boolean {
  return JSON.stringify(keptJson(one)) === JSON.stringify(keptJson(other));
}
