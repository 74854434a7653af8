/** zod's issues → findings of the catalogue, each at the place a technician would look. */
import type { z } from 'zod';
import type { Json, Text } from '../core/values.ts';
import type { Code, Params } from './errors.ts';
import { keysAt, type SchemaNode, schemasAt } from './json-schema.ts';
import { namesSecret } from './mask.ts';
import { keyWordsAt, kindWords, oneOf, wordsAt } from './shape-words.ts';
import type { Aim, Path } from './source.ts';
import { fullWidthAdvice, keySuggestion, meantBy, nearest, suggestion } from './suggest.ts';

/** Unknown keys told of one map. */
const keysMax = 50;

type Issue = z.core.$ZodIssue;

/** What the issues are judged against. */
export interface Checked {
  readonly schema: SchemaNode;
  readonly raw: Json;
  /** Text of a scalar as written in the file. */
  written(path: Path): string | null;
}

export interface IssueFinding {
  readonly code: Code;
  readonly params: Params;
  readonly path: Path;
  readonly aim: Aim;
}

export function findingsOf(issues: readonly Issue[], checked: Checked): readonly IssueFinding[] {
  const found = issues.flatMap((issue) => findings(issue, issuePath(issue), checked));
  const meant = new Set(
    found.flatMap(({ code, params, path }) =>
      code === 'E-KEY' ? [`${path.slice(0, -1).join('.')}/${params.near}`] : [],
    ),
  );
  const wrongKind = new Set(found.flatMap(({ code, path }) => (code === 'E-TYPE' ? [path.join('.')] : [])));
  // A misspelt key is one mistake: that the right one is missing need not be told as well. Nor has what is of the wrong kind a size.
  return found.filter(({ code, params, path }) =>
    code === 'E-MISSING'
      ? !meant.has(`${path.join('.')}/${params.key}`)
      : code !== 'E-RANGE' || !wrongKind.has(path.join('.')),
  );
}

function issuePath(issue: Issue): Path {
  return issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
}

function valueAt(raw: Json, path: Path): Json | undefined {
  let here: Json | undefined = raw;
  for (const segment of path) {
    if (here === null || typeof here !== 'object') return undefined;
    here = Object.hasOwn(here, segment) ? (here as Readonly<Record<string, Json>>)[segment] : undefined;
  }
  return here;
}

const empty: Text = { zh: '空', en: 'nothing' };

/** The value as the technician wrote it, never a secret. */
function shown(path: Path, checked: Checked): Text {
  const plain = (text: string): Text => ({ zh: text, en: text });
  if (path.some((segment) => namesSecret(String(segment)))) return plain('***');
  const value = valueAt(checked.raw, path);
  if (value === null || value === undefined) {
    const raw = checked.written(path);
    return raw === null || raw === '' ? empty : plain(raw);
  }
  if (typeof value === 'object') return plain(Array.isArray(value) ? '[…]' : '{…}');
  return plain(typeof value === 'string' ? `"${value}"` : (checked.written(path) ?? String(value)));
}

function got(path: Path, checked: Checked): { got: string; gotEn: string } {
  const { zh, en } = shown(path, checked);
  return { got: zh, gotEn: en };
}

/** Parameters that say what may stand at a place: the schema's own words, or else `fallback`. */
function expected(
  path: Path,
  checked: Checked,
  fallback: Text = kindWords(''),
): { expectedZh: string; expectedEn: string } {
  const { zh, en } = wordsAt(checked.schema, path, checked.raw) ?? fallback;
  return { expectedZh: zh, expectedEn: en };
}

function at(path: Path, code: Code, params: Params, aim: Aim = 'value'): readonly IssueFinding[] {
  return [{ code, params, path, aim }];
}

function findings(issue: Issue, path: Path, checked: Checked): readonly IssueFinding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, keysMax).flatMap((key) => unknownKey(key, path, checked));
    case 'invalid_type':
      return wrongType(issue.expected, path, checked);
    case 'invalid_value':
      return choice(issue.values.map(String), path, checked);
    case 'invalid_union':
      return union(issue, path, checked);
    case 'too_big':
      return range(issue.origin, path, checked, '最多', 'at most', issue.maximum);
    case 'too_small':
      return range(issue.origin, path, checked, '至少', 'at least', issue.minimum);
    case 'invalid_key':
      return badKey(path, checked);
    case 'custom':
      return custom(issue, path, checked);
    default:
      return at(path, 'E-FORMAT', { ...got(path, checked), ...expected(path, checked) });
  }
}

function unknownKey(key: string, path: Path, checked: Checked): readonly IssueFinding[] {
  const whole = [...path, key];
  if (namesSecret(key)) return at(whole, 'E-SECRET-INLINE', { key }, 'key');
  const present = new Set(Object.keys(valueAt(checked.raw, path) ?? {}));
  const open = keysAt(checked.schema, path, checked.raw).filter((known) => !present.has(known));
  // With a full-width colon the value has become part of the key.
  const before = key.split('：')[0]?.trim() ?? '';
  const near = open.includes(before) ? before : (nearest(key, open) ?? '');
  return at(whole, 'E-KEY', { key, near, ...keySuggestion(key, open) }, 'key');
}

function badKey(path: Path, checked: Checked): readonly IssueFinding[] {
  const key = `"${String(path.at(-1))}"`;
  const { zh, en } = keyWordsAt(checked.schema, path.slice(0, -1)) ?? kindWords('string');
  return at(path, 'E-FORMAT', { got: key, gotEn: key, expectedZh: zh, expectedEn: en }, 'key');
}

function wrongType(kind: string, path: Path, checked: Checked): readonly IssueFinding[] {
  const value = valueAt(checked.raw, path);
  if (value === undefined) return missing(path, checked);
  const raw = checked.written(path);
  if (kind === 'string' && typeof value !== 'object' && hasFormat(path, checked)) {
    return at(path, 'E-FORMAT', { ...got(path, checked), ...expected(path, checked) });
  }
  if (kind === 'string' && typeof value !== 'object') {
    const written = namesSecret(String(path.at(-1))) ? '***' : (raw ?? String(value));
    const { zh, en } = kindWords(typeof value);
    return at(path, 'E-QUOTE', { raw: written, as: `${zh} ${value}`, asEn: `${en}, ${value}` });
  }
  if (kind === 'string' && value === null && raw !== null && raw !== '') {
    return at(path, 'E-QUOTE', { raw, as: empty.zh, asEn: empty.en });
  }
  return at(path, 'E-TYPE', { ...got(path, checked), ...typed(path, checked, kindWords(kind)) });
}

/** True where quotes would not help: the text must have a shape that what is written there has not. */
function hasFormat(path: Path, checked: Checked): boolean {
  const value = String(valueAt(checked.raw, path));
  return schemasAt(checked.schema, path).some(
    ({ pattern }) => typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value),
  );
}

/** The kind that was wanted, and for the hint what exactly may stand there. */
function typed(path: Path, checked: Checked, kind: Text): Params {
  const value = valueAt(checked.raw, path);
  const sign = typeof value === 'string' ? fullWidthAdvice(value) : null;
  const { expectedZh, expectedEn } = expected(path, checked, kind);
  const advice =
    sign === null
      ? { adviceZh: `这里写：${expectedZh}`, adviceEn: `write here: ${expectedEn}` }
      : { adviceZh: sign.suggestZh, adviceEn: sign.suggestEn };
  return { kindZh: kind.zh, kindEn: kind.en, ...advice };
}

function missing(path: Path, checked: Checked): readonly IssueFinding[] {
  const key = String(path.at(-1) ?? '');
  return [{ code: 'E-MISSING', params: { key, ...expected(path, checked) }, path: path.slice(0, -1), aim: 'key' }];
}

function choice(values: readonly string[], path: Path, checked: Checked): readonly IssueFinding[] {
  const value = valueAt(checked.raw, path);
  const choices = values.join(' | ');
  if (value === undefined) {
    const params = { key: String(path.at(-1) ?? ''), expectedZh: choices, expectedEn: choices };
    return [{ code: 'E-MISSING', params, path: path.slice(0, -1), aim: 'key' }];
  }
  const likely =
    typeof value === 'string' ? (meantBy(value, values) ?? suggestion(value, values)) : suggestion('', values);
  return at(path, 'E-CHOICE', { ...got(path, checked), choices, ...likely });
}

type UnionIssue = Extract<Issue, { code: 'invalid_union' }>;

/** Of a union's branches the one that comes nearest is told: deepest first, then fewest issues. */
function union(issue: UnionIssue, path: Path, checked: Checked): readonly IssueFinding[] {
  if (issue.errors.length === 0) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    return choice(options, path, checked);
  }
  if (valueAt(checked.raw, path) === undefined) return missing(path, checked);
  const literals = issue.errors
    .flat()
    .map((one) => (one.code === 'invalid_value' && one.path.length === 0 ? one.values : null));
  if (literals.every((values) => values !== null)) return choice(literals.flat().map(String), path, checked);
  const value = valueAt(checked.raw, path);
  const branches = issue.errors.filter(
    (branch) => !branch.some((one) => one.code === 'invalid_type' && one.path.length === 0),
  );
  const ranked = (branches.length > 0 ? branches : issue.errors)
    .map((branch) => ({ branch, depth: Math.max(...branch.map((one) => one.path.length), 0) }))
    .sort((a, b) => b.depth - a.depth || a.branch.length - b.branch.length);
  if (branches.length === 0 && (value === null || typeof value !== 'object')) {
    const kinds = issue.errors.flat().flatMap((one) => (one.code === 'invalid_type' ? [one.expected] : []));
    if (kinds.includes('string')) return wrongType('string', path, checked);
    const kind = oneOf(kinds.map(kindWords));
    return at(path, 'E-TYPE', { ...got(path, checked), ...typed(path, checked, kind) });
  }
  return (ranked[0]?.branch ?? []).flatMap((one) => findings(one, [...path, ...issuePath(one)], checked));
}

/** What a limit counts, by what it is a limit of. */
const counted: Readonly<Record<string, Text>> = {
  string: { zh: ' 个字符', en: ' characters' },
  array: { zh: ' 项', en: ' entries' },
};

function range(
  origin: string,
  path: Path,
  checked: Checked,
  zh: string,
  en: string,
  limit: number | bigint,
): readonly IssueFinding[] {
  const what = counted[origin] ?? { zh: '', en: '' };
  const limits = { limitZh: `${zh} ${limit}${what.zh}`, limitEn: `${en} ${limit}${what.en}` };
  return at(path, 'E-RANGE', { ...got(path, checked), ...limits, ...expected(path, checked) });
}

/** Complaints of our own schemas, in both languages: `src/contract/unfit.ts`, or a refinement with `params: { zh, en }`. */
function custom(issue: Issue, path: Path, checked: Checked): readonly IssueFinding[] {
  const params = 'params' in issue && typeof issue.params === 'object' && issue.params !== null ? issue.params : {};
  const { zh, en, hintZh, hintEn } = params as Readonly<Record<string, unknown>>;
  const why = typeof zh === 'string' ? zh : issue.message;
  const whyEn = typeof en === 'string' ? en : issue.message;
  if (path.length > 0 && valueAt(checked.raw, path) === undefined) {
    const advised = typeof hintZh === 'string' && typeof hintEn === 'string';
    const words = advised ? { zh: `${why}：${hintZh}`, en: `${whyEn}: ${hintEn}` } : { zh: why, en: whyEn };
    const missed = { key: String(path.at(-1)), expectedZh: words.zh, expectedEn: words.en };
    return [{ code: 'E-MISSING', params: missed, path: path.slice(0, -1), aim: 'key' }];
  }
  const { expectedZh, expectedEn } = expected(path, checked);
  const advice =
    typeof hintZh === 'string' && typeof hintEn === 'string'
      ? { adviceZh: hintZh, adviceEn: hintEn }
      : { adviceZh: `这里写：${expectedZh}`, adviceEn: `write here: ${expectedEn}` };
  return at(path, 'E-VALUE', { why, whyEn, ...advice });
}
