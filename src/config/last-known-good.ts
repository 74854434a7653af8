/**
 * A bad file never darkens the gate: each section that cannot run as written runs as it last did, a bad new one stays off,
 * the rest runs. Pure; where the last known good is kept is the store's business (design.md "Order of effects").
 */
import type { SiteModel } from '../core/site-model.ts';
import type { Json, Wall } from '../core/values.ts';
import { compileField, compileSite } from './compile.ts';
import { bindings, portalOf } from './check-lanes.ts';
import { tolerated } from './errors.ts';
import { canonical, effectiveHash, sha256 } from './hash.ts';
import { crossCheck, type LoadOptions, type LoadResult } from './load.ts';
import type { FieldModel, ReceiverModel, StoreModel } from './models.ts';
import { type Parts, parseParts, type Section } from './parts.ts';
import { collectProblems, type Problem, type SectionRef, sectionKey } from './problem.ts';
import type { LaneSection } from './schema.ts';
import { wholeFilePlace } from './source.ts';

/** One section as it last ran: plain JSON, secrets by name only. */
export interface GoodSection {
  readonly ref: SectionRef;
  readonly file: string;
  readonly raw: Json;
  readonly hash: string;
  readonly since: Wall;
}

export interface LastKnownGood {
  readonly version: 1;
  readonly sections: readonly GoodSection[];
}

export const noneKnown: LastKnownGood = { version: 1, sections: [] };

export type SectionState =
  | { readonly ref: SectionRef; readonly state: 'current'; readonly hash: string }
  | { readonly ref: SectionRef; readonly state: 'lastKnownGood'; readonly hash: string; readonly since: Wall }
  | { readonly ref: SectionRef; readonly state: 'off' };

/** Stands until the file is mended. */
export interface ConfigFault {
  readonly code: 'configRejected';
  /** Section key, e.g. `lane:east-in`, or the file where none can be told. */
  readonly subject: string;
  readonly state: SectionState['state'];
  readonly since: Wall | null;
  /** Why, with file:line:col; null where the fault follows from another section's. */
  readonly problem: Problem | null;
}

export interface Running {
  /** Null only where there is no site section at all, neither now nor before. */
  readonly site: SiteModel | null;
  readonly field: FieldModel;
  /** Null = no receiver listens; it never falls back to anything more open than was configured. */
  readonly receiver: ReceiverModel | null;
  readonly store: StoreModel | null;
  readonly hash: string;
  readonly sections: readonly SectionState[];
  readonly faults: readonly ConfigFault[];
}

interface Candidate {
  readonly ref: SectionRef;
  readonly current: Section | null;
  readonly good: GoodSection | null;
  state: SectionState['state'];
}

function hashOf(raw: Json): string {
  return sha256(canonical(raw));
}

/** True where the files ask for something else than what last ran. */
function changed(candidate: Candidate): boolean {
  return (
    candidate.current !== null && (candidate.good === null || hashOf(candidate.current.raw) !== candidate.good.hash)
  );
}

function demote(candidate: Candidate): void {
  candidate.state =
    candidate.state === 'current' && candidate.good !== null && changed(candidate) ? 'lastKnownGood' : 'off';
}

export function resolveWithLastKnownGood(load: LoadResult, known: LastKnownGood, options: LoadOptions): Running {
  const candidates = candidatesOf(load, known);
  // Each round but the last revives a section, or demotes one at least once; none is demoted more than twice.
  const roundsMax = 3 * (candidates.size + known.sections.length) + 1;
  for (let round = 0; round < roundsMax; round += 1) {
    const parts = partsOf(candidates, options);
    if (!revive(candidates, parts, known) && !settle(candidates, parts, load, options)) break;
  }
  const parts = partsOf(candidates, options);
  const chosen = chosenSections(candidates);
  const hash = effectiveHash(chosen);
  return {
    site: parts.site === null ? null : compileSite(parts, parts.site, hash),
    field: compileField(parts),
    receiver: parts.receiver,
    store: parts.store,
    hash,
    sections: [...candidates.values()].map(stateOf),
    faults: faultsOf(candidates, load),
  };
}

function candidatesOf(load: LoadResult, known: LastKnownGood): Map<string, Candidate> {
  const candidates = new Map<string, Candidate>();
  const good = new Map(known.sections.map((section) => [sectionKey(section.ref), section]));
  for (const [key, current] of load.sections) {
    const former = good.get(key) ?? null;
    const state = !load.broken.has(key) ? 'current' : former === null ? 'off' : 'lastKnownGood';
    candidates.set(key, { ref: current.ref, current, good: former, state });
  }
  for (const [key, former] of good) {
    // A site without its own section cannot run; anything else that is missing was taken out on purpose, unless a file is.
    if (candidates.has(key) || !(load.incomplete || key === 'site')) continue;
    candidates.set(key, { ref: former.ref, current: null, good: former, state: 'lastKnownGood' });
  }
  return candidates;
}

function chosenSections(candidates: ReadonlyMap<string, Candidate>): Map<string, Section> {
  const sections = new Map<string, Section>();
  for (const [key, candidate] of candidates) {
    if (candidate.state === 'current' && candidate.current !== null) sections.set(key, candidate.current);
    else if (candidate.state === 'lastKnownGood' && candidate.good !== null)
      sections.set(key, goodSection(candidate.good));
  }
  return sections;
}

function goodSection(good: GoodSection): Section {
  return { ref: good.ref, file: good.file, raw: good.raw, place: () => wholeFilePlace(good.file), written: () => null };
}

/** Parses what is chosen; whatever does not parse goes off, so that the parts hold only what runs. */
function partsOf(candidates: ReadonlyMap<string, Candidate>, options: LoadOptions): Parts {
  const problems = collectProblems();
  const parts = parseParts(chosenSections(candidates), options.drivers, problems);
  for (const key of problems.dark) {
    const candidate = candidates.get(key);
    if (candidate !== undefined) demote(candidate);
  }
  return parts;
}

/** Lines and devices that were taken out although something that runs still names them: kept, so that it can run. */
function revive(candidates: Map<string, Candidate>, parts: Parts, known: LastKnownGood): boolean {
  const wanted = new Set<string>();
  for (const { line } of parts.devices.values()) if (line !== null) wanted.add(sectionKey({ kind: 'line', id: line }));
  for (const lane of parts.lanes.values()) {
    for (const id of namedBy(lane)) wanted.add(sectionKey({ kind: 'device', id }));
  }
  let moved = false;
  for (const good of known.sections) {
    const key = sectionKey(good.ref);
    if (candidates.has(key) || !wanted.has(key)) continue;
    candidates.set(key, { ref: good.ref, current: null, good, state: 'lastKnownGood' });
    moved = true;
  }
  return moved;
}

function namedBy(lane: LaneSection): readonly string[] {
  const bound = [...bindings(lane.cameras, 'cameras'), ...bindings(lane.readers, 'readers')].map((one) => one.device);
  const portal = portalOf(lane);
  return [...bound, ...lane.sensors, ...(portal === null ? [] : [portal.device])];
}

/** One round of demotions; false once nothing more has to give way. */
function settle(
  candidates: ReadonlyMap<string, Candidate>,
  parts: Parts,
  load: LoadResult,
  options: LoadOptions,
): boolean {
  let moved = false;
  const giveWay = (candidate: Candidate) => {
    demote(candidate);
    moved = true;
  };
  for (const candidate of unsupported(candidates, parts)) giveWay(candidate);
  if (moved) return true;
  const problems = collectProblems();
  // Sections that are off still count as defined: whoever names one has made no mistake.
  const off = [...candidates].flatMap(([key, { state, current }]) =>
    state === 'off' && current !== null ? [[key, current] as const] : [],
  );
  const sections = new Map([...parts.sections, ...off]);
  crossCheck({ ...parts, sections }, problems, options.nowWall, load.probeSecret);
  for (const problem of problems.list) {
    if (problem.severity === 'error') for (const candidate of blamed(problem, candidates)) giveWay(candidate);
  }
  return moved;
}

/** Who gives way for a finding: only what changed. What ran yesterday runs today, under a fault. */
function blamed(problem: Problem, candidates: ReadonlyMap<string, Candidate>): readonly Candidate[] {
  const involved = problem.sections.flatMap((ref) => candidates.get(sectionKey(ref)) ?? []);
  const newer = involved.filter((candidate) => candidate.state === 'current' && changed(candidate));
  if (!tolerated.has(problem.code)) return newer;
  const established = involved.some((candidate) => candidate.good !== null);
  return established ? newer : [];
}

/** Sections that stand on one that is off: a device without its line, a lane without its portal or what it names. */
function unsupported(candidates: ReadonlyMap<string, Candidate>, parts: Parts): readonly Candidate[] {
  const result: Candidate[] = [];
  for (const candidate of candidates.values()) {
    const { kind, id } = candidate.ref;
    if (candidate.state === 'off') continue;
    if (kind === 'device') {
      const line = parts.devices.get(id)?.line ?? null;
      if (line !== null && !parts.lines.has(line)) result.push(candidate);
    }
    const lane = kind === 'lane' ? parts.lanes.get(id) : undefined;
    if (lane === undefined) continue;
    const portal = portalOf(lane);
    const missing = (device: string) => !parts.devices.has(device);
    const couldBeBetter = candidate.state === 'current' && candidate.good !== null && changed(candidate);
    if (portal !== null && missing(portal.device)) result.push(candidate);
    else if (couldBeBetter && namedBy(lane).some(missing)) result.push(candidate);
  }
  return result;
}

function stateOf(candidate: Candidate): SectionState {
  const { ref, state, current, good } = candidate;
  if (state === 'current' && current !== null) return { ref, state, hash: hashOf(current.raw) };
  if (state === 'lastKnownGood' && good !== null) return { ref, state, hash: good.hash, since: good.since };
  return { ref, state: 'off' };
}

function faultsOf(candidates: ReadonlyMap<string, Candidate>, load: LoadResult): readonly ConfigFault[] {
  const faults: ConfigFault[] = [];
  const errors = load.problems.filter((problem) => problem.severity === 'error');
  for (const [subject, candidate] of candidates) {
    const own = errors.filter((problem) => problem.sections.some((ref) => sectionKey(ref) === subject));
    const whole = candidate.current === null ? errors.find((problem) => problem.wholeFile) : undefined;
    const problem = own[0] ?? whole ?? null;
    if (candidate.state === 'current' && problem === null) continue;
    const since = candidate.state === 'lastKnownGood' ? (candidate.good?.since ?? null) : null;
    faults.push({ code: 'configRejected', subject, state: candidate.state, since, problem });
  }
  for (const problem of errors) {
    if (problem.sections.length > 0 || faults.some((fault) => fault.problem === problem)) continue;
    faults.push({ code: 'configRejected', subject: problem.file, state: 'current', since: null, problem });
  }
  return faults;
}

/** What to keep once `running` really runs: current sections as of now, the others as they were. */
export function nextLastKnownGood(
  running: Running,
  load: LoadResult,
  known: LastKnownGood,
  nowWall: Wall,
): LastKnownGood {
  const former = new Map(known.sections.map((section) => [sectionKey(section.ref), section]));
  const sections = running.sections.flatMap((state): readonly GoodSection[] => {
    const key = sectionKey(state.ref);
    const good = former.get(key);
    const current = load.sections.get(key);
    if (state.state !== 'current' || current === undefined) return good === undefined ? [] : [good];
    if (good?.hash === state.hash) return [{ ...good, file: current.file }];
    return [{ ref: state.ref, file: current.file, raw: current.raw, hash: state.hash, since: nowWall }];
  });
  return { version: 1, sections };
}

/** Reads back what was kept; anything unfit is left out, so that a damaged file costs its sections only. */
export function readLastKnownGood(kept: unknown): LastKnownGood {
  const sections = (kept as { sections?: unknown } | null)?.sections;
  if (!Array.isArray(sections)) return noneKnown;
  const fit = sections.filter((section): section is GoodSection => {
    if (typeof section !== 'object' || section === null) return false;
    const { ref, raw, hash, since, file } = section as Partial<GoodSection>;
    const whole = typeof ref?.kind === 'string' && typeof ref.id === 'string' && typeof file === 'string';
    return whole && typeof since === 'number' && raw !== undefined && hashOf(raw) === hash;
  });
  return { version: 1, sections: fit };
}
