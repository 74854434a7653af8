/** Merges the files of a configuration folder into sections, each with its own place; two definitions of one are an error. */
import { isMap, type Pair, type YAMLError } from 'yaml';
import type { Json, Text } from '../core/values.ts';
import { type Problems, type SectionKind, type SectionRef, sectionKey } from './problem.ts';
import {
  bytesMax,
  decode,
  keyText,
  openSource,
  type Path,
  rangeOf,
  rangeOfNode,
  type SourceFile,
  wholeFilePlace,
} from './source.ts';
import { plain, type Refusal } from './plain.ts';
import { suggestion } from './suggest.ts';

/** A file as read from the disk; `bytes` is null where it could not be read. */
export interface ConfigFile {
  readonly file: string;
  readonly bytes: Uint8Array | null;
  readonly why?: string | undefined;
}

export interface RawSection {
  readonly ref: SectionRef;
  readonly source: SourceFile;
  /** Path of the section inside its file. */
  readonly path: Path;
  readonly raw: Json;
}

export interface Gathered {
  readonly sections: ReadonlyMap<string, RawSection>;
  /** Files of which nothing could be taken: their former sections run on the last known good. */
  readonly brokenFiles: readonly string[];
}

const many: Readonly<Record<string, SectionKind>> = { lines: 'line', devices: 'device', lanes: 'lane' };
const single: Readonly<Record<string, SectionKind>> = { site: 'site', receiver: 'receiver', store: 'store' };
export const topLevelKeys: readonly string[] = [...Object.keys(single), ...Object.keys(many)];
const syntaxErrorsMax = 5;
/** The parser's codes in a technician's words. */
const syntaxWords: Readonly<Record<string, Text>> = {
  BAD_INDENT: { zh: '缩进不对，或括号没有闭合', en: 'wrong indentation, or a bracket is not closed' },
  BLOCK_AS_IMPLICIT_KEY: {
    zh: '一行里有两个 "键: 值"；分成两行，或给值加引号',
    en: 'two "key: value" on one line; use two lines, or quote the value',
  },
  BLOCK_IN_FLOW: { zh: '括号里不能换成缩进写法', en: 'indented content inside brackets' },
  BAD_SCALAR_START: { zh: '值不能以此字符开头；加引号', en: 'a value cannot begin with this character; quote it' },
  MISSING_CHAR: { zh: '缺少引号、冒号、逗号或括号', en: 'a quote, colon, comma or bracket is missing' },
  MULTILINE_IMPLICIT_KEY: {
    zh: '键跨了多行，可能缺少冒号',
    en: 'a key runs over several lines; a colon may be missing',
  },
  UNEXPECTED_TOKEN: { zh: '此处多余的内容', en: 'something here does not belong' },
  BAD_DQ_ESCAPE: {
    zh: '双引号里的反斜杠写法不对；改用单引号',
    en: 'bad backslash in double quotes; use single quotes',
  },
};
const idPattern = /^[a-z][a-z0-9-]{0,39}$/;

export function topLevelOf(ref: SectionRef): Path {
  const plural = Object.keys(many).find((key) => many[key] === ref.kind);
  return plural === undefined ? [ref.kind] : [plural, ref.id];
}

/** Opens one file; null where nothing of it can be taken, with the findings already told. */
export function parseFile(file: ConfigFile, problems: Problems): SourceFile | null {
  const place = wholeFilePlace(file.file);
  const told = (code: 'E-READ' | 'E-SIZE' | 'E-ENCODING', params: Record<string, string>): null => {
    problems.add({ code, params, place, path: '', wholeFile: true });
    return null;
  };
  if (file.bytes === null) return told('E-READ', { why: file.why ?? '?' });
  if (file.bytes.length > bytesMax) return told('E-SIZE', {});
  const decoded = decode(file.bytes);
  if (!decoded.ok) return told('E-ENCODING', { guess: decoded.guess });
  const source = openSource(file.file, decoded.text);
  const { document } = source;
  const errors =
    document === null ? [] : [...document.errors, ...document.warnings.filter((w) => w.code !== 'TAG_RESOLVE_FAILED')];
  if (document === null) {
    problems.add({ code: 'E-DEPTH', params: { max: 24 }, place, path: '', wholeFile: true });
    return null;
  }
  for (const error of errors.slice(0, syntaxErrorsMax)) addSyntax(source, error, problems);
  return errors.length > 0 ? null : source;
}

function addSyntax(source: SourceFile, error: YAMLError, problems: Problems): void {
  const code = error.code === 'TAB_AS_INDENT' ? 'E-TAB' : error.code === 'MULTIPLE_DOCS' ? 'E-DOCUMENTS' : 'E-SYNTAX';
  // The parser's own sentence may quote the file, a secret included; its code says enough.
  const words = syntaxWords[error.code] ?? { zh: error.code, en: error.code.toLowerCase().replaceAll('_', ' ') };
  const params = { why: words.zh, whyEn: words.en };
  const end = error.code === 'MULTIPLE_DOCS' ? error.pos[0] + 3 : error.pos[1];
  problems.add({ code, params, place: source.placeAt(error.pos[0], end), path: '', wholeFile: true });
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
  const before = problems.list.length;
  const raw = plain(source, root, [], (refusal) => addRefusal(source, refusal, problems));
  if (problems.list.slice(before).some((problem) => problem.wholeFile)) return false;
  for (const pair of root.items as Pair<unknown, unknown>[]) gatherKey(source, keyText(pair), raw, sections, problems);
  return true;
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
  const section = sectionAt(refusal.path);
  problems.add({
    code: refusal.code,
    params: refusal.params,
    place: source.placeAt(...refusal.range),
    path: refusal.path.join('.'),
    sections: section === null ? [] : [section],
    wholeFile: section === null,
  });
}

function gatherKey(
  source: SourceFile,
  key: string,
  raw: Json,
  sections: Map<string, RawSection>,
  problems: Problems,
): void {
  const content = childOf(raw, key);
  const one = single[key];
  const kind = many[key];
  if (one !== undefined) addSection(source, { kind: one, id: '' }, [key], content, sections, problems);
  else if (kind === undefined) {
    const params = { key, ...suggestion(key, topLevelKeys) };
    const place = source.placeAt(...rangeOf(source, [key], 'key'));
    // A misspelt `lanes` hides all of its lanes: what is missing then may stand here.
    problems.add({ code: 'E-KEY', params, place, path: key, wholeFile: true });
  } else if (content === null || typeof content !== 'object' || Array.isArray(content)) {
    if (content === null) return; // `lanes:` with nothing below yet.
    const place = source.placeAt(...rangeOf(source, [key], 'value'));
    problems.add({ code: 'E-MAP', params: { what: key }, place, path: key, wholeFile: true });
  } else {
    for (const id of Object.keys(content)) {
      addSection(source, { kind, id }, [key, id], childOf(content, id), sections, problems);
    }
  }
}

function childOf(value: Json, key: string): Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, key)
    ? ((value as Readonly<Record<string, Json>>)[key] ?? null)
    : null;
}

function addSection(
  source: SourceFile,
  ref: SectionRef,
  path: Path,
  raw: Json,
  sections: Map<string, RawSection>,
  problems: Problems,
): void {
  const key = sectionKey(ref);
  const place = () => source.placeAt(...rangeOf(source, path, 'key'));
  const where = { place, path: path.join('.'), sections: [ref] };
  const former = sections.get(key);
  if (ref.id !== '' && !idPattern.test(ref.id)) problems.add({ code: 'E-ID', params: { key: ref.id }, ...where });
  if (former !== undefined) {
    const at = former.source.placeAt(...rangeOf(former.source, former.path, 'key'));
    problems.add({ code: 'E-DUPLICATE-ID', params: { key: path.join('.'), file: at.file, line: at.line }, ...where });
    return;
  }
  sections.set(key, { ref, source, path, raw });
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    const valuePlace = source.placeAt(...rangeOf(source, path, 'value'));
    problems.add({ code: 'E-MAP', params: { what: path.join('.') }, ...where, place: valuePlace });
  }
}
