/** Sections read against their schemas, one by one: what the checks across sections and the compiler work on. */
import type { z } from 'zod';
import type { AnyDriver, DeviceTraits } from '../contract/driver.ts';
import type { Json, JsonObject } from '../core/values.ts';
import type { Code, Params } from './errors.ts';
import { type Checked, findingsOf } from './issues.ts';
import { inputSchema } from './json-schema.ts';
import type { Place, Problems, SectionRef } from './problem.ts';
import { sectionKey } from './problem.ts';
import { type InterlockSection, interlockSchema } from './interlock-schema.ts';
import {
  type LaneSection,
  type LineSection,
  laneSchema,
  lineSchema,
  type ReceiverSection,
  receiverSchema,
  type RouteSection,
  routeSchema,
  type SiteSection,
  type StoreSection,
  siteSchema,
  storeSchema,
  type UpstreamSection,
  upstreamSchema,
} from './schema.ts';
import { type SecretRef, secretsOf } from './secrets.ts';
import { doubtfulValues, unfitValues } from './site-values.ts';
import type { Aim, Path } from './source.ts';
import { suggestion } from './suggest.ts';

/** One section with its profile put in: plain JSON that stands alone and can be kept as last known good. */
export interface Section {
  readonly ref: SectionRef;
  readonly file: string;
  readonly raw: Json;
  /** Paths of which the value as written is lost; each has its finding already. */
  readonly refused: readonly Path[];
  place(path: Path, aim: Aim): Place;
  written(path: Path): string | null;
}

export interface ParsedDevice {
  readonly id: string;
  readonly driver: AnyDriver;
  readonly line: string | null;
  /** The driver's own configuration, as its schema gives it out. */
  readonly config: unknown;
  readonly traits: DeviceTraits;
  readonly secrets: readonly SecretRef[];
  readonly pushes: boolean;
}

export interface Parts {
  readonly sections: ReadonlyMap<string, Section>;
  readonly site: SiteSection | null;
  readonly lines: ReadonlyMap<string, LineSection>;
  readonly devices: ReadonlyMap<string, ParsedDevice>;
  readonly lanes: ReadonlyMap<string, LaneSection>;
  readonly routes: ReadonlyMap<string, RouteSection>;
  readonly interlocks: ReadonlyMap<string, InterlockSection>;
  readonly receiver: ReceiverSection | null;
  readonly store: StoreSection | null;
  readonly upstream: UpstreamSection | null;
}

/** True for what is wrong only because the value there was refused: one mistake is told once. */
export function follows(refused: readonly Path[], code: Code, params: Params | (() => Params), path: Path): boolean {
  if (refused.length === 0) return false;
  let index = indexes.get(refused);
  if (index === undefined) {
    index = new Set(refused.map((one) => one.join('\n')));
    indexes.set(refused, index);
  }
  const whole = code === 'E-MISSING' && typeof params === 'object' ? [...path, String(params.key)] : path;
  for (let length = 0; length <= whole.length; length += 1) {
    if (index.has(whole.slice(0, length).join('\n'))) return true;
  }
  return false;
}

/** Thousands of findings may ask about thousands of refusals. */
const indexes = new WeakMap<readonly Path[], ReadonlySet<string>>();

/** Adds a finding about a section, at a path within it. */
export function tell(
  problems: Problems,
  section: Section,
  code: Code,
  params: Params | (() => Params),
  path: Path,
  aim: Aim,
  also: readonly SectionRef[] = [],
): void {
  if (follows(section.refused, code, params, path)) return;
  const { kind, id } = section.ref;
  const prefix = id === '' ? [kind] : [`${kind}s`, id];
  problems.add({
    code,
    params,
    place: () => section.place(path, aim),
    path: [...prefix, ...path].join('.'),
    sections: [section.ref, ...also],
  });
}

export function parseParts(
  sections: ReadonlyMap<string, Section>,
  drivers: readonly AnyDriver[],
  problems: Problems,
): Parts {
  const lines = new Map<string, LineSection>();
  const devices = new Map<string, ParsedDevice>();
  const lanes = new Map<string, LaneSection>();
  const routes = new Map<string, RouteSection>();
  const interlocks = new Map<string, InterlockSection>();
  let site: SiteSection | null = null;
  let receiver: ReceiverSection | null = null;
  let store: StoreSection | null = null;
  let upstream: UpstreamSection | null = null;
  for (const section of sections.values()) {
    const { kind, id } = section.ref;
    if (kind === 'site') site = parseSite(section, problems);
    else if (kind === 'receiver') receiver = parseBy(receiverSchema, section, problems);
    else if (kind === 'store') store = parseBy(storeSchema, section, problems);
    else if (kind === 'upstream') upstream = parseBy(upstreamSchema, section, problems);
    else if (kind === 'line') keep(lines, id, parseBy(lineSchema, section, problems));
    else if (kind === 'lane') keep(lanes, id, parseBy(laneSchema, section, problems));
    else if (kind === 'route') keep(routes, id, parseBy(routeSchema, section, problems));
    else if (kind === 'interlock') keep(interlocks, id, parseBy(interlockSchema, section, problems));
    else keep(devices, id, parseDevice(section, drivers, problems));
  }
  return { sections, site, lines, devices, lanes, routes, interlocks, receiver, store, upstream };
}

function keep<T>(map: Map<string, T>, id: string, value: T | null): void {
  if (value !== null) map.set(id, value);
}

export function sectionOf(parts: Parts, ref: SectionRef): Section | null {
  return parts.sections.get(sectionKey(ref)) ?? null;
}

/** Every id written for that kind, those of sections with errors too: a hint names them all the same. */
export function idsOf(parts: Parts, kind: SectionRef['kind']): readonly string[] {
  return [...parts.sections.values()].flatMap(({ ref }) => (ref.kind === kind ? [ref.id] : []));
}

function isObject(raw: Json): raw is JsonObject {
  return raw !== null && typeof raw === 'object' && !Array.isArray(raw);
}

function parseSite(section: Section, problems: Problems): SiteSection | null {
  const site = parseBy(siteSchema, section, problems);
  const unfit = unfitValues(section.raw);
  const told = [...unfit, ...doubtfulValues(section.raw)];
  for (const { code, params, path, aim } of told) tell(problems, section, code, params, path, aim);
  return unfit.length > 0 ? null : site;
}

function parseBy<T>(schema: z.ZodType<T>, section: Section, problems: Problems, raw = section.raw): T | null {
  if (!isObject(raw)) return null;
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const checked: Checked = { schema: inputSchema(schema), raw, written: (path) => section.written(path) };
  for (const found of findingsOf(result.error.issues, checked)) {
    tell(problems, section, found.code, found.params, found.path, found.aim);
  }
  return null;
}

function parseDevice(section: Section, drivers: readonly AnyDriver[], problems: Problems): ParsedDevice | null {
  const { raw } = section;
  if (!isObject(raw)) return null;
  const { driver: name, line, ...own } = raw;
  if (typeof name !== 'string') {
    const driverNames = drivers.map((one) => one.name).join(' | ');
    const params = { key: 'driver', expectedZh: driverNames, expectedEn: driverNames };
    tell(problems, section, 'E-MISSING', params, [], 'key');
    return null;
  }
  const driver = drivers.find((one) => one.name === name);
  if (driver === undefined) {
    const known = suggestion(
      name,
      drivers.map((one) => one.name),
    );
    tell(problems, section, 'E-DRIVER', { driver: name, ...known }, ['driver'], 'value');
    return null;
  }
  if (driver.profiles !== undefined && typeof own.profile === 'string') return null; // Told where profiles are put in.
  const lineFine = checkLineKey(driver, line, section, problems);
  const config = parseBy<unknown>(driver.config, section, problems, own);
  if (config === null || !lineFine) return null;
  return judge(section, driver, typeof line === 'string' ? line : null, config, own, problems);
}

function checkLineKey(driver: AnyDriver, line: Json | undefined, section: Section, problems: Problems): boolean {
  const wants = driver.line !== 'http' && driver.line !== 'none';
  if (wants === (typeof line === 'string')) return true;
  const code = wants ? 'E-LINE-MISSING' : 'E-LINE-UNWANTED';
  if (line === undefined && !wants) return true;
  tell(problems, section, code, { driver: driver.name }, line === undefined ? [] : ['line'], 'key');
  return false;
}

function judge(
  section: Section,
  driver: AnyDriver,
  line: string | null,
  config: unknown,
  own: JsonObject,
  problems: Problems,
): ParsedDevice | null {
  try {
    // The registry has forgotten the type that this driver's own schema has just established.
    const typed = config as never;
    return {
      id: section.ref.id,
      driver,
      line,
      config,
      traits: driver.traits(typed),
      secrets: secretsOf(inputSchema(driver.config), own),
      pushes: driver.pushAccess !== undefined && driver.pushAccess(typed) !== null,
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.name : 'throw';
    tell(problems, section, 'E-DRIVER-FAILED', { driver: driver.name, why }, [], 'key');
    return null;
  }
}
