/**
 * What of a section with errors can run all the same: the smallest parts around them are left out, or run as they last did.
 * Only where nothing of the rest depends on them: a site's calendar yes, a lane's wiring never.
 */
import type { z } from 'zod';
import type { Json, JsonObject } from '../core/values.ts';
import { canonical } from './hash.ts';
import type { SectionKind } from './problem.ts';
import { siteSchema, storeSchema } from './schema.ts';
import { asObject, unfitValues } from './site-values.ts';
import type { Path } from './source.ts';

/** A part that does not run as written. */
export interface LeftOut {
  /** Path within the section, as the file has it. */
  readonly path: Path;
  /** True where it runs as it last did. */
  readonly kept: boolean;
}

export interface Salvage {
  readonly raw: JsonObject;
  readonly left: readonly LeftOut[];
}

interface Rules {
  readonly schema: z.ZodType;
  /** What no lane can run without: an error in one of these takes the whole section. */
  readonly vital: ReadonlySet<string>;
  unfit(raw: Json): readonly { readonly path: Path }[];
}

/** The receiver is not among them: an unknown key of it may have been meant to close something. */
const rules: Partial<Record<SectionKind, Rules>> = {
  site: { schema: siteSchema, vital: new Set(['id', 'name', 'timezone']), unfit: unfitValues },
  store: { schema: storeSchema, vital: new Set(['dir']), unfit: () => [] },
};

/** Rounds in which the smallest part goes; after them whole keys of the section do. */
const fineRounds = 8;
const coarseRounds = 20;

/**
 * @param refused paths of which the value as written is lost.
 * @param former the section as it last ran, or null.
 * @returns null where what is wrong concerns the section as a whole.
 */
export function salvage(kind: SectionKind, raw: Json, refused: readonly Path[], former: Json | null): Salvage | null {
  const rule = rules[kind];
  if (rule === undefined || asObject(raw) !== raw) return null;
  const gone = new PathSet();
  let wrong = refused;
  for (let round = 0; round < fineRounds + coarseRounds; round += 1) {
    if (wrong.some((path) => path.length === 0 || rule.vital.has(String(path[0])))) return null;
    for (const path of wrong) gone.add(round < fineRounds ? path : path.slice(0, 1));
    const pruned = prune(raw, gone);
    wrong = faultyParts(rule, pruned.raw).map((path) => pruned.origin(path));
    if (wrong.length === 0) return restored(rule, asObject(pruned.raw), raw, gone.outermost(), former);
  }
  return null;
}

function faultyParts(rule: Rules, raw: Json): readonly Path[] {
  const result = rule.schema.safeParse(raw);
  const parts = result.success ? [] : result.error.issues.flatMap((issue) => partsOf(issue, raw));
  return [...parts, ...rule.unfit(raw).map(({ path }) => path)];
}

/** The smallest parts that must go for an issue; a map that lacks a key goes as a whole. */
function partsOf(issue: z.core.$ZodIssue, raw: Json): readonly Path[] {
  const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
  const value = valueAt(raw, path);
  if (value === undefined) return [path.slice(0, -1)];
  if (issue.code === 'too_big' && Array.isArray(value)) {
    const most = Number(issue.maximum);
    return value.slice(most).map((_, index) => [...path, most + index]);
  }
  return [path];
}

function valueAt(raw: Json, path: Path): Json | undefined {
  let here: Json | undefined = raw;
  for (const segment of path) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, segment)) return undefined;
    here = (here as JsonObject)[segment];
  }
  return here;
}

/** Puts back what last ran, one part after the other, wherever the section stays sound with it. */
function restored(rule: Rules, trimmed: JsonObject, raw: Json, gone: readonly Path[], former: Json | null): Salvage {
  const left = new Map<string, LeftOut>(gone.map((path) => [keyOf(path), { path, kept: false }]));
  let best: Json = trimmed;
  for (const path of former === null ? [] : gone.slice(0, restoredMax)) {
    const candidates = lastRan(path, raw, former);
    const next: Json = candidates.reduce<Json>((made, one) => put(made, one, valueAt(former, one) ?? null), best);
    if (canonical(next) === canonical(best) || faultyParts(rule, next).length > 0) continue;
    best = next;
    left.set(keyOf(path), { path, kept: true });
  }
  return { raw: asObject(best), left: [...left.values()].slice(0, leftMax) };
}

/** Parts that are named; more findings than that nobody is shown either. */
const leftMax = 1000;
/** Beyond it parts are left out: each one costs a look at the whole section. */
const restoredMax = 20;

/** Where the last known good has what `path` was; for an unknown key what may have been meant: the keys missing beside it. */
function lastRan(path: Path, raw: Json, former: Json | null): readonly Path[] {
  if (former === null) return [];
  if (valueAt(former, path) !== undefined) return [path];
  const parent = path.slice(0, -1);
  const here = asObject(valueAt(raw, parent));
  if (typeof path.at(-1) === 'number') return [];
  return Object.keys(asObject(valueAt(former, parent)))
    .filter((key) => !Object.hasOwn(here, key))
    .map((key) => [...parent, key]);
}

/** A copy with the value at the path; into a list it is added, unless it stands there already. */
function put(raw: Json, path: Path, value: Json): Json {
  const [segment, ...rest] = path;
  if (segment === undefined) return value;
  if (Array.isArray(raw)) {
    const list: readonly Json[] = raw;
    const known = list.some((item) => canonical(item) === canonical(value));
    return rest.length > 0 || known ? raw : [...list, value];
  }
  const here = asObject(raw);
  return { ...here, [segment]: put(here[segment] ?? {}, rest, value) };
}

function keyOf(path: Path): string {
  return path.join('\n');
}

/** Paths to leave out; what lies below one that is in it is gone with it. */
class PathSet {
  readonly #paths = new Map<string, Path>();

  add(path: Path): void {
    this.#paths.set(keyOf(path), path);
  }

  has(path: Path): boolean {
    return this.#paths.has(keyOf(path));
  }

  outermost(): readonly Path[] {
    return [...this.#paths.values()].filter(
      (path) => !path.some((_, index) => index > 0 && this.#paths.has(keyOf(path.slice(0, index)))),
    );
  }
}

interface Pruned {
  readonly raw: Json;
  /** The path in the section as written of a path in what is left. */
  origin(path: Path): Path;
}

function prune(raw: Json, gone: PathSet): Pruned {
  const indexes = new Map<Json, readonly number[]>();
  const copy = (value: Json, path: Path): Json => {
    if (value === null || typeof value !== 'object') return value;
    if (!Array.isArray(value)) {
      const kept = Object.entries(asObject(value)).filter(([key]) => !gone.has([...path, key]));
      return Object.fromEntries(kept.map(([key, child]) => [key, copy(child, [...path, key])]));
    }
    const list: readonly Json[] = value;
    const kept = [...list.keys()].filter((index) => !gone.has([...path, index]));
    const made = kept.map((index) => copy(list[index] ?? null, [...path, index]));
    indexes.set(made, kept);
    return made;
  };
  const result = copy(raw, []);
  return {
    raw: result,
    origin(path) {
      let here: Json | undefined = result;
      return path.map((segment) => {
        const at: string | number =
          typeof segment === 'number' ? (indexes.get(here ?? null)?.[segment] ?? segment) : segment;
        here = here === null || typeof here !== 'object' ? undefined : (here as JsonObject)[segment];
        return at;
      });
    },
  };
}
