/** What the seeds have reached of the core: every fault and every reason that it can give, by its own source, and every edge. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsEn } from '../../src/core/words/faults-en.ts';
import { reasonsEn } from '../../src/core/words/reasons-en.ts';
import { OWN_CORE } from './cores.ts';
import { edges, MACHINES } from './edges.ts';

export type Marks = Readonly<Record<string, number>>;

export interface Reach {
  readonly faults: Coverage;
  readonly reasons: Coverage;
  /** Of the machines: boom, passages, closes, openings, claims, emergencies, bypass. */
  readonly edges: Coverage;
  /** Taken, and listed nowhere. */
  readonly unlisted: readonly string[];
}

export interface Coverage {
  readonly reached: readonly string[];
  readonly unreached: readonly string[];
  /** What no season of this level can show; why, by name. */
  readonly beyond: Readonly<Record<string, string>>;
}

/** Not within reach of level 1, whatever the seed. */
export const BEYOND: Readonly<Record<string, string>> = {
  replayed: 'no rule gives it: what comes late is recorded and never decided',
  laneClosed: 'a camera or reader is bound to a direction that its lane has; config refuses another',
};

export function reachOf(marks: Marks): Reach {
  const source = sourceOfCore();
  const isOurs = (code: string): boolean => source.includes(`'${code}'`);
  const names = Object.keys(marks);
  const words = new Map(['fault', 'reason'].map((kind) => [kind, wordsOf(names, kind)]));
  const has = (kind: string, code: string): boolean => words.get(kind)?.has(code) === true;
  return {
    faults: cover(Object.keys(faultsEn).filter(isOurs), (code) => has('fault', code)),
    reasons: cover(Object.keys(reasonsEn).filter(isOurs), (code) => has('reason', code)),
    edges: cover(edges, (edge) => marks[edge] !== undefined),
    unlisted: names.filter((name) => MACHINES.test(name) && !edges.includes(name)),
  };
}

function wordsOf(names: readonly string[], kind: string): ReadonlySet<string> {
  return new Set(names.filter((name) => name.startsWith(`${kind} `)).flatMap((name) => name.split(' ').slice(1)));
}

function cover(codes: readonly string[], isReached: (code: string) => boolean): Coverage {
  const left = codes.filter((code) => !isReached(code));
  return {
    reached: codes.filter(isReached),
    unreached: left.filter((code) => BEYOND[code] === undefined),
    beyond: Object.fromEntries(left.flatMap((code) => (BEYOND[code] === undefined ? [] : [[code, BEYOND[code]]]))),
  };
}

/** Codes of runtime and drivers stand in the catalogue as well; the core's own stand in its text. */
function sourceOfCore(): string {
  return readdirSync(OWN_CORE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('words') && !path.endsWith('decision.ts'))
    .map((path) => readFileSync(join(OWN_CORE, path), 'utf8'))
    .join('\n');
}

export function addMarks(sum: Readonly<Record<string, number>>, more: Marks): Record<string, number> {
  const added = { ...sum };
  for (const [name, count] of Object.entries(more)) added[name] = (added[name] ?? 0) + count;
  return added;
}
