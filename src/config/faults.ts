/** The faults of a configuration that runs otherwise than it is written: one for each cause, naming all that it touches. */
import type { Path } from './source.ts';
import { type Cause, effectOf, effectOfParts } from './effects.ts';
import type { LoadResult } from './load.ts';
import { printable, type Problem, type SectionRef, sectionKey } from './problem.ts';
import type { Affected, Candidate, ConfigFault } from './running.ts';

/** Beyond it the rest is one fault: a hostile file must not fill the list that people read. */
export const faultsMax = 100;
const gravity = { off: 3, lastKnownGood: 2, partial: 1, current: 0 } as const;

interface Group {
  readonly problems: Set<Problem>;
  readonly sections: Affected[];
  readonly parts: { readonly ref: SectionRef; readonly path: Path; readonly kept: boolean }[];
}

export function faultsOf(
  candidates: ReadonlyMap<string, Candidate>,
  load: LoadResult,
  siteRuns: boolean,
): readonly ConfigFault[] {
  const errors = load.problems.filter((problem) => problem.severity === 'error');
  const causes = new Causes(candidates, errors);
  const groups = new Map<string, Group>();
  const groupOf = (subject: string): Group => {
    const known = groups.get(subject);
    if (known !== undefined) return known;
    const made: Group = { problems: new Set(), sections: [], parts: [] };
    groups.set(subject, made);
    return made;
  };
  for (const [key, candidate] of candidates) {
    if (candidate.state === 'current') continue;
    for (const { path, kept } of candidate.state === 'partial' ? candidate.left : []) {
      const group = groupOf(causes.subjectOfPart(key, path));
      if (group.parts.length === 0) group.sections.push(affected(candidate));
      group.parts.push({ ref: candidate.ref, path, kept });
    }
    if (candidate.state === 'partial') continue;
    const { subject, problem } = causes.of(key);
    const group = groupOf(subject);
    if (problem !== null) group.problems.add(problem);
    group.sections.push(affected(candidate));
  }
  for (const problem of errors) groupOf(causes.subjectOf(problem)).problems.add(problem);
  const order = new Map(errors.map((problem, index) => [problem, index]));
  const faults = [...groups].map(([subject, group]) => faultOf(subject, group, order, { candidates, load, siteRuns }));
  return faults.length <= faultsMax ? faults : capped(faults);
}

function affected({ ref, state, good }: Candidate): Affected {
  return { ref, state, since: state === 'lastKnownGood' ? (good?.since ?? null) : null };
}

/** e.g. `site.emergencyPlates.0` */
function partSubject(key: string, path: Path): string {
  return printable([key, ...path].join('.'));
}

interface Around {
  readonly candidates: ReadonlyMap<string, Candidate>;
  readonly load: LoadResult;
  readonly siteRuns: boolean;
}

function faultOf(
  subject: string,
  { problems, sections, parts }: Group,
  order: ReadonlyMap<Problem, number>,
  { candidates, load, siteRuns }: Around,
): ConfigFault {
  const place = (problem: Problem) => order.get(problem) ?? Number.POSITIVE_INFINITY;
  const sorted = [...problems].sort((a, b) => place(a) - place(b));
  const problem = sorted[0] ?? null;
  const known = problem?.sections.some((ref) => candidates.has(sectionKey(ref))) ?? false;
  const worst = [...sections].sort((a, b) => gravity[b.state] - gravity[a.state])[0];
  const state = worst?.state ?? (known ? 'current' : 'off');
  const sinces = sections.flatMap(({ since }) => (since === null ? [] : [since]));
  const cause: Cause = {
    problem,
    sections,
    state,
    siteRuns,
    brokenFile: problem?.wholeFile === true && load.brokenFiles.includes(problem.file),
  };
  return {
    code: 'configRejected',
    subject,
    state,
    since: sinces.length === 0 ? null : Math.min(...sinces),
    problem,
    more: Math.max(0, sorted.length - 1),
    sections,
    effect: parts.length === 0 ? effectOf(cause) : effectOfParts(parts),
  };
}

function capped(faults: readonly ConfigFault[]): readonly ConfigFault[] {
  const worst = [...faults].sort((a, b) => gravity[b.state] - gravity[a.state]);
  const rest = worst.slice(faultsMax - 1);
  const first = rest[0];
  if (first === undefined) return worst;
  const sections = rest.flatMap((fault) => fault.sections);
  const more = rest.reduce((sum, fault) => sum + fault.more + 1, -1);
  const { state, since, problem, effect } = first;
  const words = { zh: `${effect.zh}；另有 ${more} 个错误`, en: `${effect.en}; ${more} more errors` };
  const fault: ConfigFault = {
    code: 'configRejected',
    subject: 'config',
    state,
    since,
    problem,
    more,
    sections,
    effect: words,
  };
  return [...worst.slice(0, faultsMax - 1), fault];
}

/** Which finding stands behind a section, or a part of one, that does not run as written. */
class Causes {
  readonly #candidates: ReadonlyMap<string, Candidate>;
  readonly #own = new Map<string, Problem>();
  /** Findings by their own path, and by each path around it. */
  readonly #at = new Map<string, Problem>();
  readonly #within = new Map<string, Problem>();
  readonly #aliases = new Map<string, Problem>();
  /** Parts that one mistake costs, as an anchor's aliases, are one fault: it has the first one's name. */
  readonly #parts = new Map<Problem, string>();
  readonly #wholeFile: readonly Problem[];

  constructor(candidates: ReadonlyMap<string, Candidate>, errors: readonly Problem[]) {
    this.#candidates = candidates;
    this.#wholeFile = errors.filter((problem) => problem.wholeFile);
    for (const problem of errors) {
      const [first] = problem.sections;
      if (first !== undefined) this.#learn(sectionKey(first), problem);
    }
    // A finding stands at its first section; others that it names count only where they have none of their own.
    for (const problem of errors) {
      for (const ref of problem.sections) keepFirst(this.#own, sectionKey(ref), problem);
    }
    for (const [key, { state, left }] of candidates) {
      for (const { path } of state === 'partial' ? left : []) {
        const problem = this.#causeOfPart(key, path);
        if (problem !== null) keepFirst(this.#parts, problem, partSubject(key, path));
      }
    }
  }

  #learn(key: string, problem: Problem): void {
    keepFirst(this.#own, key, problem);
    keepFirst(this.#at, problem.path, problem);
    for (let cut = problem.path.length; cut > 0; cut = problem.path.lastIndexOf('.', cut - 1)) {
      keepFirst(this.#within, problem.path.slice(0, cut), problem);
    }
    if (problem.code === 'E-ALIAS') keepFirst(this.#aliases, key, problem);
  }

  of(key: string): { readonly subject: string; readonly problem: Problem | null } {
    const problem = this.#follow(key, new Set());
    if (problem === null || (problem.sections.length === 0 && !problem.wholeFile)) return { subject: key, problem };
    return { subject: this.subjectOf(problem), problem };
  }

  #follow(key: string, seen: Set<string>): Problem | null {
    if (seen.has(key)) return null;
    seen.add(key);
    const own = this.#own.get(key);
    if (own !== undefined) return own;
    const candidate = this.#candidates.get(key);
    if (typeof candidate?.because === 'string') return this.#follow(candidate.because, seen);
    if (candidate !== undefined && candidate.because !== null) return candidate.because;
    if (candidate !== undefined && candidate.current !== null) return null;
    return this.#wholeFile.find(({ file }) => file === candidate?.good?.file) ?? this.#wholeFile[0] ?? null;
  }

  subjectOf(problem: Problem): string {
    const part = this.#parts.get(problem);
    if (part !== undefined) return part;
    const [first] = problem.sections;
    return problem.wholeFile || first === undefined ? problem.file : sectionKey(first);
  }

  subjectOfPart(key: string, path: Path): string {
    const problem = this.#causeOfPart(key, path);
    return problem === null ? partSubject(key, path) : this.subjectOf(problem);
  }

  /** The finding's path is the part, lies in it, or around it (a map that lacks a key goes as a whole). */
  #causeOfPart(key: string, path: Path): Problem | null {
    const inside = this.#within.get(partSubject(key, path));
    if (inside !== undefined) return inside;
    for (let length = path.length; length >= 0; length -= 1) {
      const around = this.#at.get(partSubject(key, path.slice(0, length)));
      if (around !== undefined) return around;
    }
    return this.#aliases.get(key) ?? null;
  }
}

function keepFirst<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
