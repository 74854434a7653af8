/**
 * A bad file never darkens the gate: each section that cannot run as written runs as it last did, a bad new one stays off,
 * the rest runs. Pure; where the last known good is kept is the store's business (design.md "Order of effects").
 */
import type { Json, JsonObject, Wall } from '../core/values.ts';
import { compileField, compileSite, compileUpstream } from './compile.ts';
import { bindings, portalOf } from './check-lanes.ts';
import { tolerated } from './errors.ts';
import { faultsOf } from './faults.ts';
import { canonical, effectiveHash, sha256 } from './hash.ts';
import { crossCheck, exceptHidden, lackedBy, type LoadOptions, type LoadResult } from './load.ts';
import { type Parts, parseParts, type Section } from './parts.ts';
import { collectProblems, type Problem, sectionKey } from './problem.ts';
import type { Candidate, GoodSection, LastKnownGood, Running, SectionState } from './running.ts';
import { salvage } from './salvage.ts';
import type { LaneSection } from './schema.ts';
import { wholeFilePlace } from './source.ts';

export type { ConfigFault, GoodSection, LaneOutcome, LastKnownGood, Running, SectionState } from './running.ts';
export { laneOutcomes } from './running.ts';

export const noneKnown: LastKnownGood = { version: 1, sections: [] };

function hashOf(raw: Json): string {
  return sha256(canonical(raw));
}

/** True where the files ask for something else than what last ran. */
function changed(candidate: Candidate): boolean {
  return (
    candidate.current !== null && (candidate.good === null || hashOf(candidate.current.raw) !== candidate.good.hash)
  );
}

/** As written, or what can be taken of it. */
function runsNew(candidate: Candidate): boolean {
  return candidate.state === 'current' || candidate.state === 'partial';
}

function demote(candidate: Candidate, because: Candidate['because']): void {
  candidate.state = runsNew(candidate) && candidate.good !== null && changed(candidate) ? 'lastKnownGood' : 'off';
  candidate.because ??= because;
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
    upstream: compileUpstream(parts),
    hash,
    sections: [...candidates.values()].map(stateOf),
    partial: new Map([...candidates].flatMap(([key, one]) => (one.state === 'partial' ? [[key, rawOf(one)]] : []))),
    faults: faultsOf(candidates, load, parts.site !== null),
  };
}

function candidatesOf(load: LoadResult, known: LastKnownGood): Map<string, Candidate> {
  const candidates = new Map<string, Candidate>();
  const good = new Map(known.sections.map((section) => [sectionKey(section.ref), section]));
  for (const [key, current] of load.sections) {
    candidates.set(key, candidateOf(current, good.get(key) ?? null, load.broken.has(key)));
  }
  for (const [key, former] of good) {
    // A site without its own section cannot run; anything else that is missing was taken out on purpose, unless a file is unfinished.
    if (!candidates.has(key) && (isUnfinished(load, good) || key === 'site'))
      candidates.set(key, revived(former, null));
  }
  return candidates;
}

/**
 * A file that is cut off where it was saved to may still be sound YAML, in which sections are simply not there. So while anything is in
 * error nothing is taken out, nor by files that know no lane at all: a gate that has lanes is not run without them.
 */
function isUnfinished(load: LoadResult, good: ReadonlyMap<string, GoodSection>): boolean {
  if (load.incomplete || load.problems.some(({ severity }) => severity === 'error')) return true;
  const isLane = ({ ref }: { readonly ref: GoodSection['ref'] }): boolean => ref.kind === 'lane';
  return [...good.values()].some(isLane) && ![...load.sections.values()].some(isLane);
}

function candidateOf(current: Section, good: GoodSection | null, broken: boolean): Candidate {
  const { ref } = current;
  const common = { ref, current, left: [], good, because: null };
  if (!broken) return { ...common, state: 'current' };
  const { raw, left } = salvage(ref.kind, current.raw, current.refused, good?.raw ?? null) ?? { raw: null, left: [] };
  if (raw !== null) return { ...common, current: { ...current, raw, refused: [] }, left, state: 'partial' };
  return { ...common, state: good === null ? 'off' : 'lastKnownGood' };
}

function revived(good: GoodSection, because: Candidate['because']): Candidate {
  return { ref: good.ref, current: null, left: [], good, state: 'lastKnownGood', because };
}

function rawOf(candidate: Candidate): JsonObject {
  return (candidate.current?.raw ?? {}) as JsonObject;
}

function chosenSections(candidates: ReadonlyMap<string, Candidate>): Map<string, Section> {
  const sections = new Map<string, Section>();
  for (const [key, candidate] of candidates) {
    if (runsNew(candidate) && candidate.current !== null) sections.set(key, candidate.current);
    else if (candidate.state === 'lastKnownGood' && candidate.good !== null)
      sections.set(key, goodSection(candidate.good));
  }
  return sections;
}

function goodSection(good: GoodSection): Section {
  const { ref, file } = good;
  // A later version may know better of a part that has run: the rest of the section still does.
  const raw = salvage(ref.kind, good.raw, [], null)?.raw ?? good.raw;
  return { ref, file, raw, refused: [], place: () => wholeFilePlace(file), written: () => null };
}

/** Parses what is chosen; whatever does not parse goes off, so that the parts hold only what runs. */
function partsOf(candidates: ReadonlyMap<string, Candidate>, options: LoadOptions): Parts {
  const problems = collectProblems();
  const parts = parseParts(chosenSections(candidates), options.drivers, problems);
  for (const key of problems.dark) {
    const candidate = candidates.get(key);
    const because = problems.list.find(({ sections }) => sections.some((ref) => sectionKey(ref) === key)) ?? null;
    if (candidate !== undefined) demote(candidate, because);
  }
  return parts;
}

/** Lines and devices that were taken out although something that runs still names them: kept, so that it can run. */
function revive(candidates: Map<string, Candidate>, parts: Parts, known: LastKnownGood): boolean {
  const wanted = new Map<string, string>();
  for (const { id, line } of parts.devices.values()) if (line !== null) wanted.set(`line:${line}`, `device:${id}`);
  for (const [lane, section] of parts.lanes) {
    for (const id of namedBy(section)) wanted.set(`device:${id}`, `lane:${lane}`);
  }
  let moved = false;
  for (const good of known.sections) {
    const key = sectionKey(good.ref);
    const wantedBy = wanted.get(key);
    if (candidates.has(key) || wantedBy === undefined) continue;
    candidates.set(key, revived(good, wantedBy));
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
  const giveWay = (candidate: Candidate, because: Problem | string) => {
    demote(candidate, because);
    moved = true;
  };
  for (const { candidate, missing } of unsupported(candidates, parts)) giveWay(candidate, missing);
  for (const { candidate, lane } of besideTheirLane(candidates, parts))
    if (runsNew(candidate)) giveWay(candidate, lane);
  if (moved) return true;
  const problems = collectProblems();
  // Sections that are off still count as defined: whoever names one has made no mistake.
  const off = [...candidates].flatMap(([key, { state, current }]) =>
    state === 'off' && current !== null ? [[key, current] as const] : [],
  );
  const sections = new Map([...parts.sections, ...off]);
  const told = exceptHidden(problems, load.incomplete);
  crossCheck({ ...parts, sections }, told, options.nowWall, load.probeSecret);
  for (const problem of problems.list) {
    if (problem.severity !== 'error') continue;
    for (const candidate of blamed(problem, candidates)) giveWay(candidate, lackedBy(candidate.ref, parts) ?? problem);
  }
  return moved;
}

/** Who gives way for a finding: only what changed. What ran yesterday runs today, under a fault. */
function blamed(problem: Problem, candidates: ReadonlyMap<string, Candidate>): readonly Candidate[] {
  const involved = problem.sections.flatMap((ref) => candidates.get(sectionKey(ref)) ?? []);
  const newer = involved.filter((candidate) => runsNew(candidate) && changed(candidate));
  const [first] = newer;
  // A new lane that its devices do not suit takes none of them with it: a button may be wired to them.
  if (first?.ref.kind === 'lane' && first.good === null) return newer.filter(({ ref }) => ref.kind === 'lane');
  if (!tolerated.has(problem.code)) return newer;
  const established = involved.some((candidate) => candidate.good !== null);
  return established ? newer : [];
}

/** Sections that stand on one that is off: a device without its line, a lane without its portal or what it names. */
function unsupported(
  candidates: ReadonlyMap<string, Candidate>,
  parts: Parts,
): readonly { readonly candidate: Candidate; readonly missing: string }[] {
  const result: { readonly candidate: Candidate; readonly missing: string }[] = [];
  for (const candidate of candidates.values()) {
    const { kind, id } = candidate.ref;
    if (candidate.state === 'off') continue;
    if (kind === 'device') {
      const line = parts.devices.get(id)?.line ?? null;
      if (line !== null && !parts.lines.has(line)) result.push({ candidate, missing: `line:${line}` });
    }
    const lane = kind === 'lane' ? parts.lanes.get(id) : undefined;
    if (lane === undefined) continue;
    const portal = portalOf(lane);
    const couldBeBetter = candidate.state === 'current' && candidate.good !== null && changed(candidate);
    const needed = [...(portal === null ? [] : [portal.device]), ...(couldBeBetter ? namedBy(lane) : [])];
    const device = needed.find((one) => !parts.devices.has(one));
    if (device !== undefined) result.push({ candidate, missing: `device:${device}` });
  }
  return result;
}

/**
 * What a lane stands on while it is kept though no file has it: where a file was cut off before the lane, it may have been cut off
 * within the board as well, and a lane that runs on without its sensors is no longer the one that ran.
 */
function besideTheirLane(
  candidates: ReadonlyMap<string, Candidate>,
  parts: Parts,
): readonly { readonly candidate: Candidate; readonly lane: string }[] {
  return [...parts.lanes].flatMap(([id, section]) => {
    const lane = `lane:${id}`;
    if (candidates.get(lane)?.current !== null) return [];
    const devices = namedBy(section);
    const lines = devices.flatMap((device) => parts.devices.get(device)?.line ?? []);
    return [...devices.map((one) => `device:${one}`), ...new Set(lines.map((one) => `line:${one}`))]
      .flatMap((key) => candidates.get(key) ?? [])
      .filter((one) => runsNew(one) && one.good !== null && changed(one))
      .map((candidate) => ({ candidate, lane }));
  });
}

function stateOf(candidate: Candidate): SectionState {
  const { ref, state, current, left, good } = candidate;
  if (state === 'current' && current !== null) return { ref, state, hash: hashOf(current.raw) };
  if (state === 'partial' && current !== null) return { ref, state, hash: hashOf(current.raw), left };
  if (state === 'lastKnownGood' && good !== null) return { ref, state, hash: good.hash, since: good.since };
  return { ref, state: 'off' };
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
    const { state: how } = state;
    if ((how !== 'current' && how !== 'partial') || current === undefined) return good === undefined ? [] : [good];
    if (good?.hash === state.hash) return [{ ...good, file: current.file }];
    const raw = running.partial.get(key) ?? current.raw;
    return [{ ref: state.ref, file: current.file, raw, hash: state.hash, since: nowWall }];
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
