/** What the seeds have reached of the core: every fault and every reason that it can give, by its own source. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsEn } from '../../src/core/words/faults-en.ts';
import { reasonsEn } from '../../src/core/words/reasons-en.ts';
import { OWN_CORE } from './cores.ts';

export type Marks = Readonly<Record<string, number>>;

export interface Reach {
  readonly faults: Coverage;
  readonly reasons: Coverage;
  /** Kinds of movements, passages, commands and outcomes that were reached. */
  readonly transitions: number;
}

export interface Coverage {
  readonly reached: readonly string[];
  readonly unreached: readonly string[];
}

export function reachOf(marks: Marks): Reach {
  const source = sourceOfCore();
  const isOurs = (code: string): boolean => source.includes(`'${code}'`);
  const names = Object.keys(marks);
  const has = (start: string, code: string): boolean =>
    names.some((name) => name.startsWith(start) && name.includes(` ${code}`));
  return {
    faults: cover(Object.keys(faultsEn).filter(isOurs), (code) => has('fault ', code)),
    reasons: cover(Object.keys(reasonsEn).filter(isOurs), (code) => has('reason ', code)),
    transitions: names.filter((name) => /^(boom|passage|command|outcome) /.test(name)).length,
  };
}

function cover(codes: readonly string[], isReached: (code: string) => boolean): Coverage {
  return { reached: codes.filter(isReached), unreached: codes.filter((code) => !isReached(code)) };
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
