/** The way from a folder of YAML to the models, with everything that is wrong with it on the way. Reads, never writes. */
import type { AnyDriver } from '../contract/driver.ts';
import type { SiteModel } from '../core/site-model.ts';
import { builtOf, checkLanes } from './check-lanes.ts';
import { checkBudgets, checkDevices, checkLines } from './check-lines.ts';
import { checkInterlocks } from './check-interlocks.ts';
import { checkRoutes } from './check-routes.ts';
import { checkSite } from './check-site.ts';
import { checkUpstream } from './check-upstream.ts';
import { compileField, compileSite } from './compile.ts';
import { type ConfigDisk, diskOf, type Environment } from './disk.ts';
import { gather } from './gather.ts';
import type { Code } from './errors.ts';
import { effectiveHash, sha256 } from './hash.ts';
import type { FieldModel, ReceiverModel, StoreModel } from './models.ts';
import { type Parts, parseParts, type Section } from './parts.ts';
import { collectProblems, type Problem, type Problems, type SectionRef, sectionKey } from './problem.ts';
import { standAlone } from './sections.ts';
import type { ProbeSecret } from './secrets.ts';
import { wholeFilePlace } from './source.ts';

export interface LoadOptions {
  readonly drivers: readonly AnyDriver[];
  /** Wall milliseconds: the calendar must cover this year. */
  readonly nowWall: number;
}

export interface LoadResult {
  /** Null while anything is in error; `resolveWithLastKnownGood` says what may run all the same. */
  readonly site: SiteModel | null;
  readonly field: FieldModel | null;
  readonly receiver: ReceiverModel | null;
  readonly store: StoreModel | null;
  readonly problems: readonly Problem[];
  /** Findings beyond those listed. */
  readonly omitted: number;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  /** Hash of the effective configuration, hexadecimal SHA-256. */
  readonly hash: string;
  /** Every section that the files hold, good or bad. */
  readonly sections: ReadonlyMap<string, Section>;
  /** Keys of sections with an error of their own: they cannot run as written. */
  readonly broken: ReadonlySet<string>;
  /** True where a file, or a part above the sections, could not be taken: a section that is missing may stand there. */
  readonly incomplete: boolean;
  /** Files of which nothing could be taken. */
  readonly brokenFiles: readonly string[];
  readonly probeSecret: ProbeSecret;
}

/** 0 fine, 1 errors, 2 warnings only: the exit code of `gatehouse check`. */
export function exitCode(problems: readonly Problem[]): 0 | 1 | 2 {
  if (problems.some((problem) => problem.severity === 'error')) return 1;
  return problems.some((problem) => problem.severity === 'warning') ? 2 : 0;
}

/** @param folder of the YAML files, or one file. */
export function loadConfig(folder: string, options: LoadOptions & { readonly env: Environment }): LoadResult {
  return loadFrom(diskOf(folder, options.env), options);
}

export function loadFrom(disk: ConfigDisk, options: LoadOptions): LoadResult {
  const problems = collectProblems();
  const files = disk.files();
  const gathered = gather(files, problems);
  const sections = standAlone(gathered.sections, options.drivers, disk, problems);
  const parts = parseParts(sections, options.drivers, problems);
  const broken = new Set(problems.dark);
  const incomplete =
    gathered.brokenFiles.length > 0 || files.length === 0 || problems.list.some((one) => one.wholeFile);
  // An empty folder hides whatever it held; a sound one without a site section lacks just that.
  if (files.length === 0) tellNoSite(disk.folder, true, problems);
  else if (!sections.has('site') && !incomplete) tellNoSite(files[0]?.file ?? disk.folder, false, problems);
  const told = exceptFollowing(exceptHidden(problems, incomplete), parts);
  crossCheck(parts, told, options.nowWall, disk.probeSecret);

  const hash = effectiveHash(sections);
  const fine = !problems.list.some((problem) => problem.severity === 'error') && problems.dark.size === 0;
  const site = fine && parts.site !== null ? compileSite(parts, parts.site, hash) : null;
  return {
    site,
    field: site === null ? null : compileField(parts),
    receiver: site === null ? null : parts.receiver,
    store: site === null ? null : parts.store,
    problems: inOrder(problems.list),
    omitted: problems.omitted,
    files: files.map(({ file, bytes }) => ({ path: file, sha256: bytes === null ? '' : sha256(bytes) })),
    hash,
    sections,
    broken,
    incomplete,
    brokenFiles: gathered.brokenFiles,
    probeSecret: disk.probeSecret,
  };
}

/** What is not there where a file, or a part above the sections, was not taken; it may well stand in it. */
const mayBeHidden: ReadonlySet<Code> = new Set<Code>([
  'E-LINE-UNKNOWN',
  'E-DEVICE-UNKNOWN',
  'E-LANE-UNKNOWN',
  'E-ROUTE-UNKNOWN',
  'W-DRILL-ROUTE',
  'W-ROUTE-UNREACHED',
  'E-RECEIVER-MISSING',
  'W-DEVICE-UNUSED',
  'W-LINE-UNUSED',
]);

/** What a lane seems to lack while a device of it has an error of its own. */
const mayBeOfDevice: ReadonlySet<Code> = new Set<Code>([
  'E-AUTOCLOSE-BLIND',
  'E-BLIND-EXIT',
  'E-FIRE-PAIR',
  'W-OBSTRUCTION-NONE',
  'W-LIMITS-NONE',
  'W-NOT-TAKEN-STAYS',
  'W-ROUTE-UNREACHED',
  'E-INTERLOCK-UNSEEN',
]);

/** Collects without what may stand in a file that was not taken: whoever names it has made no mistake. */
export function exceptHidden(problems: Problems, incomplete: boolean): Problems {
  if (!incomplete) return problems;
  return { ...problems, add: (finding) => (mayBeHidden.has(finding.code) ? undefined : problems.add(finding)) };
}

/** Key of a device that a lane is built of and that is not there; null where it has all of them. */
export function lackedBy({ kind, id }: SectionRef, parts: Parts): string | null {
  const lane = kind === 'lane' ? parts.lanes.get(id) : undefined;
  const device = lane === undefined ? undefined : builtOf(lane).find((one) => !parts.devices.has(one.id));
  return device === undefined ? null : sectionKey(device);
}

/** Collects without what a lane lacks only because a device of it is in error: one mistake is told once. */
function exceptFollowing(problems: Problems, parts: Parts): Problems {
  return {
    ...problems,
    add(finding) {
      const lacking = finding.sections?.some((ref) => lackedBy(ref, parts) !== null) ?? false;
      if (!mayBeOfDevice.has(finding.code) || !lacking) problems.add(finding);
    },
  };
}

function tellNoSite(file: string, wholeFile: boolean, problems: Problems): void {
  const site = { kind: 'site', id: '' } as const;
  const place = wholeFilePlace(file);
  problems.add({ code: 'E-NO-SITE', params: {}, place, path: 'site', sections: [site], wholeFile });
}

/** All checks that look across sections. */
export function crossCheck(parts: Parts, problems: Problems, nowWall: number, probeSecret: ProbeSecret): void {
  checkSite(parts, problems, nowWall);
  checkLines(parts, problems);
  checkDevices(parts, problems, probeSecret);
  checkBudgets(parts, problems);
  checkLanes(parts, problems);
  checkRoutes(parts, problems);
  checkInterlocks(parts, problems);
  checkUpstream(parts, problems, nowWall, probeSecret);
}

const weight = { error: 0, warning: 0, info: 1 } as const;

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(
    (a, b) =>
      weight[a.severity] - weight[b.severity] ||
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      a.line - b.line ||
      a.col - b.col,
  );
}
