/** Sections of the files → sections that stand alone: profiles put in, and places found in whichever file they belong to. */
import type { AnyDriver } from '../contract/driver.ts';
import type { Json, JsonObject } from '../core/values.ts';
import { type ConfigFile, parseFile, type RawSection } from './gather.ts';
import { findingsOf } from './issues.ts';
import { inputSchema } from './json-schema.ts';
import type { Section } from './parts.ts';
import type { Problems, SectionRef } from './problem.ts';
import { plain } from './plain.ts';
import { type Path, rangeOf, type SourceFile, writtenAt } from './source.ts';
import { suggestion } from './suggest.ts';

/** Where profiles come from: the site's own folder first, then the driver's. */
export interface ProfileShelf {
  profile(driver: AnyDriver, name: string): ConfigFile | null;
  profileNames(driver: AnyDriver): readonly string[];
}

interface OpenProfile {
  readonly source: SourceFile;
  readonly raw: Json;
}

export function standAlone(
  raw: ReadonlyMap<string, RawSection>,
  drivers: readonly AnyDriver[],
  shelf: ProfileShelf,
  problems: Problems,
): ReadonlyMap<string, Section> {
  const opened = new Map<string, OpenProfile | null>();
  const sections = new Map<string, Section>();
  for (const [key, section] of raw) {
    const profile = profileOf(section, drivers, shelf, opened, problems);
    sections.set(key, toSection(section, profile));
  }
  return sections;
}

function toSection(section: RawSection, profile: OpenProfile | null): Section {
  const locate = (path: Path): { source: SourceFile; whole: Path } =>
    profile !== null && path[0] === 'profile' && path.length > 1
      ? { source: profile.source, whole: path.slice(1) }
      : { source: section.source, whole: [...section.path, ...path] };
  return {
    ref: section.ref,
    file: section.source.file,
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

function profileOf(
  section: RawSection,
  drivers: readonly AnyDriver[],
  shelf: ProfileShelf,
  opened: Map<string, OpenProfile | null>,
  problems: Problems,
): OpenProfile | null {
  if (section.ref.kind !== 'device') return null;
  const { driver: driverName, profile: name } = (section.raw ?? {}) as JsonObject;
  const driver = drivers.find((one) => one.name === driverName);
  if (driver?.profiles === undefined || typeof name !== 'string') return null;
  const key = `${driver.name}/${name}`;
  const known = opened.get(key);
  if (known !== undefined) {
    if (known === null) darken(section.ref, problems, section, name, driver, shelf);
    return known;
  }
  const file = shelf.profile(driver, name);
  const made = file === null ? null : openProfile(file, driver, section.ref, problems);
  opened.set(key, made);
  if (file === null) darken(section.ref, problems, section, name, driver, shelf);
  return made;
}

function darken(
  ref: SectionRef,
  problems: Problems,
  section: RawSection,
  name: string,
  driver: AnyDriver,
  shelf: ProfileShelf,
): void {
  const path = [...section.path, 'profile'];
  problems.add({
    code: 'E-PROFILE',
    params: { profile: name, ...suggestion(name, shelf.profileNames(driver)) },
    place: section.source.placeAt(...rangeOf(section.source, path, 'value')),
    path: path.join('.'),
    sections: [ref],
  });
}

/** A broken profile darkens the device that asked first here, and the others by `E-PROFILE`. */
function openProfile(file: ConfigFile, driver: AnyDriver, ref: SectionRef, problems: Problems): OpenProfile | null {
  const source = parseFile(file, {
    ...problems,
    add: (finding) => problems.add({ ...finding, sections: [ref], wholeFile: false }),
  });
  if (source === null || driver.profiles === undefined) return null;
  let refused = false;
  const tell = (
    code: Parameters<Problems['add']>[0]['code'],
    params: Record<string, string | number>,
    path: Path,
    range: readonly [number, number],
  ) => {
    refused = true;
    problems.add({ code, params, path: path.join('.'), place: source.placeAt(...range), sections: [ref] });
  };
  const raw = plain(source, source.document?.contents ?? null, [], (refusal) =>
    tell(refusal.code, { ...refusal.params }, refusal.path, refusal.range),
  );
  const result = driver.profiles.schema.safeParse(raw);
  if (!result.success) {
    const schema = inputSchema(driver.profiles.schema);
    const checked = { schema, raw, written: (path: Path) => writtenAt(source, path) };
    for (const found of findingsOf(result.error.issues, checked)) {
      tell(found.code, { ...found.params }, found.path, rangeOf(source, found.path, found.aim));
    }
  }
  return refused ? null : { source, raw };
}
