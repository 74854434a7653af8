/** Merges the files of a configuration folder into sections, each with its own place; two definitions of one are an error. */
import { isMap, type Pair, type YAMLError } from 'yaml';
import type { Json } from '../core/values.ts';
import { causeWords } from './cause-words.ts';
import type { Code, Params } from './errors.ts';
import { type Problems, type SectionKind, type SectionRef, sectionKey } from './problem.ts';
import {
  bytesMax,
  keyText,
  openSource,
  type Path,
  rangeOf,
  rangeOfNode,
  type SourceFile,
  wholeFilePlace,
} from './source.ts';
import { decode } from './decode.ts';
import { canonical } from './hash.ts';
import { depthMax, plain, type Refusal } from './plain.ts';
import { suggestion } from './suggest.ts';
import { fullWidthAt, openQuoteAt, openQuoteParams, syntaxParams, tooDeepAt } from './syntax-words.ts';

/** A file as read from the disk; `bytes` is null where it could not be read. */
export interface ConfigFile {
  readonly file: string;
  readonly bytes: Uint8Array | null;
  readonly why?: string | undefined;
  /** True where it is the configuration folder itself that cannot be read. */
  readonly folder?: boolean;
}

export interface RawSection {
  readonly ref: SectionRef;
  readonly source: SourceFile;
  /** Path of the section inside its file. */
  readonly path: Path;
  readonly raw: Json;
  /** Paths within the section of which the value as written is lost: an alias, a repeated key, a tag. */
  readonly refused: readonly Path[];
}

export interface Gathered {
  readonly sections: ReadonlyMap<string, RawSection>;
  /** Files of which nothing could be taken: their former sections run on the last known good. */
  readonly brokenFiles: readonly string[];
}

const many: Readonly<Record<string, SectionKind>> = {
  lines: 'line',
  devices: 'device',
  lanes: 'lane',
  routes: 'route',
  interlocks: 'interlock',
};
const single: Readonly<Record<string, SectionKind>> = {
  site: 'site',
  receiver: 'receiver',
  store: 'store',
  upstream: 'upstream',
};
export const topLevelKeys: readonly string[] = [...Object.keys(single), ...Object.keys(many)];
const tabsMax = 5;
const idPattern = /^[a-z][a-z0-9-]{0,39}$/;

export function topLevelOf(ref: SectionRef): Path {
  const plural = Object.keys(many).find((key) => many[key] === ref.kind);
  return plural === undefined ? [ref.kind] : [plural, ref.id];
}

/** Opens one file; null where nothing of it can be taken, with the findings already told. */
export function parseFile(file: ConfigFile, problems: Problems): SourceFile | null {
  const told = (code: Code, params: Params, place = wholeFilePlace(file.file)): null => {
    problems.add({ code, params, place, path: '', wholeFile: true });
    return null;
  };
  if (file.bytes === null) {
    const { zh, en } = causeWords(file.why ?? '?');
    return told(file.folder ? 'E-FOLDER' : 'E-READ', { why: zh, whyEn: en });
  }
  if (file.bytes.length > bytesMax) return told('E-SIZE', {});
  const decoded = decode(file.bytes);
  if (!decoded.ok) {
    const { guess, shown, at } = decoded;
    // Parsed as it was probably meant, so that secrets are known and masked in what is shown of it.
    const place = openSource(file.file, shown).placeAt(at, at + 1);
    return told('E-ENCODING', { guess: guess.zh, guessEn: guess.en }, place);
  }
  const source = openSource(file.file, decoded.text);
  const { document } = source;
  const errors =
    document === null ? [] : [...document.errors, ...document.warnings.filter((w) => w.code !== 'TAG_RESOLVE_FAILED')];
  if (document === null || errors.some((error) => error.code === 'RESOURCE_EXHAUSTION')) {
    const at = tooDeepAt(source.text);
    return told('E-DEPTH', { max: depthMax }, source.placeAt(at, at + 1));
  }
  for (const error of causes(source, errors)) addSyntax(source, error, problems);
  return errors.length > 0 ? null : source;
}

/** The first error, since the parser stumbles on behind it; tabs are each a mistake of their own, once a line. */
function causes(source: SourceFile, errors: readonly YAMLError[]): readonly YAMLError[] {
  const [first] = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  if (first?.code !== 'TAB_AS_INDENT') return first === undefined ? [] : [first];
  const lines = new Map<number, YAMLError>();
  for (const error of errors) {
    if (lines.size === tabsMax) break;
    const { line } = source.placeAt(error.pos[0], error.pos[1]);
    if (error.code === 'TAB_AS_INDENT' && !lines.has(line)) lines.set(line, error);
  }
  return [...lines.values()];
}

function addSyntax(source: SourceFile, error: YAMLError, problems: Problems): void {
  const code = error.code === 'TAB_AS_INDENT' ? 'E-TAB' : error.code === 'MULTIPLE_DOCS' ? 'E-DOCUMENTS' : 'E-SYNTAX';
  const sign = code === 'E-SYNTAX' ? fullWidthAt(source, error.pos[0]) : null;
  const quote = code === 'E-SYNTAX' ? openQuoteAt(source.text, error) : null;
  const params =
    quote === null
      ? syntaxParams(error.code, sign === null ? null : source.text.slice(...sign))
      : openQuoteParams(source.text.charAt(quote));
  const end = error.code === 'MULTIPLE_DOCS' ? error.pos[0] + 3 : error.pos[1];
  const range = quote === null ? (sign ?? [error.pos[0], end]) : ([quote, quote + 1] as const);
  problems.add({ code, params, place: source.placeAt(...range), path: '', wholeFile: true });
}

export function gather(files: readonly ConfigFile[], problems: Problems): Gathered {
  const sections = new Map<string, RawSection>();
  const brokenFiles: string[] = [];
  for (const file of files) {
    const source = parseFile(file, problems);
    if (source === null || !gatherFile(source, sections, problems)) brokenFiles.push(file.file);
  }
  return { sections, brokenFiles };
}

function gatherFile(source: SourceFile, sections: Map<string, RawSection>, problems: Problems): boolean {
  const root = source.document?.contents ?? null;
  if (root === null) return true;
  if (!isMap(root)) {
    const [start, end] = rangeOfNode(root) ?? [0, 1];
    problems.add({
      code: 'E-MAP',
      params: { what: source.file },
      place: source.placeAt(start, end),
      path: '',
      wholeFile: true,
    });
    return false;
  }
  const { raw, refusals } = plain(source, root);
  for (const refusal of refusals) addRefusal(source, refusal, problems);
  const told = new Set(refusals.flatMap(({ touches, lost }) => [...touches, ...lost].map((path) => String(path[0]))));
  const file: Gathering = { source, raw, refused: refusedBySection(refusals), told, sections, problems };
  const keys = new Set((root.items as Pair<unknown, unknown>[]).map(keyText));
  for (const key of keys) gatherKey(file, key);
  return true;
}

/** One file on its way into the sections. */
interface Gathering {
  readonly source: SourceFile;
  readonly raw: Json;
  readonly refused: ReadonlyMap<string, readonly Path[]>;
  /** Keys at the top of the file, in or at which something was refused. */
  readonly told: ReadonlySet<string>;
  readonly sections: Map<string, RawSection>;
  readonly problems: Problems;
}

/** The section in which a path of a file lies; null for what belongs to none. */
function sectionAt(path: Path): SectionRef | null {
  const [top, id] = path;
  const one = single[String(top)];
  if (one !== undefined) return { kind: one, id: '' };
  const kind = many[String(top)];
  return kind === undefined || id === undefined ? null : { kind, id: String(id) };
}

function addRefusal(source: SourceFile, refusal: Refusal, problems: Problems): void {
  const touched = new Map<string, SectionRef>();
  let outside = false;
  for (const path of refusal.touches) {
    const section = sectionAt(path);
    if (section === null) outside = true;
    else touched.set(sectionKey(section), section);
  }
  problems.add({
    code: refusal.code,
    params: refusal.params,
    place: source.placeAt(...refusal.range),
    path: refusal.path.join('.'),
    sections: [...touched.values()],
    // Sections may stand in what was refused; those that do not are taken all the same.
    wholeFile: outside,
  });
}

/** Lost paths by the key of the section in which they lie, relative to it. */
function refusedBySection(refusals: readonly Refusal[]): ReadonlyMap<string, readonly Path[]> {
  const found = new Map<string, Path[]>();
  for (const path of refusals.flatMap((refusal) => refusal.lost)) {
    const section = sectionAt(path);
    if (section === null) continue;
    const key = sectionKey(section);
    const inside = path.slice(section.id === '' ? 1 : 2);
    const known = found.get(key);
    if (known === undefined) found.set(key, [inside]);
    else known.push(inside);
  }
  return found;
}

function gatherKey(file: Gathering, key: string): void {
  const { source, raw, told, problems } = file;
  const content = childOf(raw, key);
  const one = single[key];
  const kind = many[key];
  if (one !== undefined) addSection(file, { kind: one, id: '' }, [key], content);
  else if (kind === undefined) {
    // Told already: an anchor's template, or a key that no file may hold.
    if (told.has(key)) return;
    const params = { key, ...suggestion(key, topLevelKeys) };
    const place = source.placeAt(...rangeOf(source, [key], 'key'));
    // A misspelt `lanes` hides all of its lanes: what is missing then may stand here.
    problems.add({ code: 'E-KEY', params, place, path: key, wholeFile: true });
  } else if (content === null || typeof content !== 'object' || Array.isArray(content)) {
    if (content === null) return; // `lanes:` with nothing below yet.
    const place = source.placeAt(...rangeOf(source, [key], 'value'));
    problems.add({ code: 'E-MAP', params: { what: key }, place, path: key, wholeFile: true });
  } else {
    for (const id of Object.keys(content)) addSection(file, { kind, id }, [key, id], childOf(content, id));
  }
}

function childOf(value: Json, key: string): Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, key)
    ? ((value as Readonly<Record<string, Json>>)[key] ?? null)
    : null;
}

function addSection(file: Gathering, ref: SectionRef, path: Path, raw: Json): void {
  const { source, sections, problems } = file;
  const key = sectionKey(ref);
  const place = () => source.placeAt(...rangeOf(source, path, 'key'));
  const where = { place, path: path.join('.'), sections: [ref] };
  const former = sections.get(key);
  if (ref.id !== '' && !idPattern.test(ref.id)) problems.add({ code: 'E-ID', params: { key: ref.id }, ...where });
  if (former !== undefined) {
    const at = former.source.placeAt(...rangeOf(former.source, former.path, 'key'));
    problems.add({ code: 'E-DUPLICATE-ID', params: { key: path.join('.'), file: at.file, line: at.line }, ...where });
    sections.set(key, { ...former, refused: [...former.refused, ...contradictions(former, raw)] });
    return;
  }
  const refused = file.refused.get(key) ?? [];
  sections.set(key, { ref, source, path, raw, refused });
  const whole = refused.some((one) => one.length === 0);
  if (!whole && (raw === null || typeof raw !== 'object' || Array.isArray(raw))) {
    const valuePlace = source.placeAt(...rangeOf(source, path, 'value'));
    problems.add({ code: 'E-MAP', params: { what: path.join('.') }, ...where, place: valuePlace });
  }
}

/** What a second site section says otherwise than the first; where it contradicts nothing, it alone is left out. */
function contradictions(former: RawSection, second: Json): readonly Path[] {
  if (former.ref.kind !== 'site' || second === null || typeof second !== 'object' || Array.isArray(second)) return [];
  const told = Object.keys(second).filter((key) => {
    const first = childOf(former.raw, key);
    return first !== null && canonical(first) !== canonical(childOf(second, key));
  });
  return told.length > 0 ? told.map((key) => [key]) : [['site']];
}
