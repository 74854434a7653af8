/** Sections of the files → sections that stand alone: profiles put in, and places found in whichever file they belong to. */
import type { AnyDriver } from '../contract/driver.ts';
import type { Json, JsonObject } from '../core/values.ts';
import { type ConfigFile, parseFile, type RawSection } from './gather.ts';
import { findingsOf } from './issues.ts';
import { inputSchema } from './json-schema.ts';
import { follows, type Section } from './parts.ts';
import { collectProblems, type Problems, type SectionRef } from './problem.ts';
import { plain } from './plain.ts';
import { type Path, rangeOf, type SourceFile, writtenAt } from './source.ts';
import { suggestion } from './suggest.ts';

/** Where profiles come from: the site's own folder first, then the driver's. */
export interface ProfileShelf {
  profile(driver: AnyDriver, name: string): ConfigFile | null;
  profileNames(driver: AnyDriver): readonly string[];
}

/** Every profile of a driver that is sound, by name, as its schema gave it out; those that are not are nobody's finding here. */
export function soundProfiles(shelf: ProfileShelf, driver: AnyDriver): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const name of shelf.profileNames(driver)) {
    const file = shelf.profile(driver, name);
    const opened = file === null ? null : openProfile(file, driver, [], collectProblems());
    const parsed = opened === null ? null : driver.profiles?.schema.safeParse(opened.raw);
    if (parsed?.success) found.set(name, parsed.data);
  }
  return found;
}

interface OpenProfile {
  readonly source: SourceFile;
  readonly raw: Json;
}

/** A profile that devices name, and whose they are. */
interface NamedProfile {
  readonly driver: AnyDriver;
  readonly name: string;
  readonly users: RawSection[];
}

export function standAlone(
  raw: ReadonlyMap<string, RawSection>,
  drivers: readonly AnyDriver[],
  shelf: ProfileShelf,
  problems: Problems,
): ReadonlyMap<string, Section> {
  const named = new Map<string, NamedProfile>();
  for (const section of raw.values()) nameProfile(section, drivers, named);
  const opened = new Map<RawSection, OpenProfile>();
  for (const profile of named.values()) {
    const made = takeProfile(profile, shelf, problems);
    if (made !== null) for (const user of profile.users) opened.set(user, made);
  }
  return new Map([...raw].map(([key, section]) => [key, toSection(section, opened.get(section) ?? null)]));
}

function toSection(section: RawSection, profile: OpenProfile | null): Section {
  const locate = (path: Path): { source: SourceFile; whole: Path } =>
    profile !== null && path[0] === 'profile' && path.length > 1
      ? { source: profile.source, whole: path.slice(1) }
      : { source: section.source, whole: [...section.path, ...path] };
  return {
    ref: section.ref,
    file: section.source.file,
    refused: section.refused,
    raw: profile === null ? section.raw : { ...(section.raw as JsonObject), profile: profile.raw },
    place(path, aim) {
      const { source, whole } = locate(path);
      return source.placeAt(...rangeOf(source, whole, aim));
    },
    written(path) {
      const { source, whole } = locate(path);
      return writtenAt(source, whole);
    },
  };
}

function nameProfile(section: RawSection, drivers: readonly AnyDriver[], named: Map<string, NamedProfile>): void {
  if (section.ref.kind !== 'device') return;
  const { driver: driverName, profile: name } = (section.raw ?? {}) as JsonObject;
  const driver = drivers.find((one) => one.name === driverName);
  if (driver?.profiles === undefined || typeof name !== 'string') return;
  const key = `${driver.name}/${name}`;
  const known = named.get(key);
  if (known === undefined) named.set(key, { driver, name, users: [section] });
  else known.users.push(section);
}

/** What is wrong inside a profile is told once, and darkens all devices that name it. */
function takeProfile(profile: NamedProfile, shelf: ProfileShelf, problems: Problems): OpenProfile | null {
  const { driver, name, users } = profile;
  const file = shelf.profile(driver, name);
  if (file !== null) {
    const refs = users.map((user) => user.ref);
    return openProfile(file, driver, refs, problems);
  }
  for (const user of users) tellUnknown(user, name, driver, shelf, problems);
  return null;
}

function tellUnknown(
  section: RawSection,
  name: string,
  driver: AnyDriver,
  shelf: ProfileShelf,
  problems: Problems,
): void {
  const path = [...section.path, 'profile'];
  problems.add({
    code: 'E-PROFILE',
    params: () => ({ profile: name, ...suggestion(name, shelf.profileNames(driver)) }),
    place: () => section.source.placeAt(...rangeOf(section.source, path, 'value')),
    path: path.join('.'),
    sections: [section.ref],
  });
}

function openProfile(
  file: ConfigFile,
  driver: AnyDriver,
  refs: readonly SectionRef[],
  problems: Problems,
): OpenProfile | null {
  const source = parseFile(file, {
    ...problems,
    add: (finding) => problems.add({ ...finding, sections: refs, wholeFile: false }),
  });
  if (source === null || driver.profiles === undefined) return null;
  const { raw, refusals } = plain(source, source.document?.contents ?? null);
  for (const { code, params, path, range } of refusals) {
    problems.add({ code, params, path: path.join('.'), place: source.placeAt(...range), sections: refs });
  }
  const result = driver.profiles.schema.safeParse(raw);
  if (result.success) return refusals.length > 0 ? null : { source, raw };
  const schema = inputSchema(driver.profiles.schema);
  const lost = refusals.flatMap((refusal) => refusal.lost);
  const found = findingsOf(result.error.issues, { schema, raw, written: (path) => writtenAt(source, path) });
  for (const { code, params, path, aim } of found) {
    if (follows(lost, code, params, path)) continue;
    const place = source.placeAt(...rangeOf(source, path, aim));
    problems.add({ code, params, path: path.join('.'), place, sections: refs });
  }
  return null;
}
