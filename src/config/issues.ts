/** zod's issues → findings of the catalogue, each at the place a technician would look. */
import type { z } from 'zod';
import type { Json } from '../core/values.ts';
import type { Code, Params } from './errors.ts';
import { keysAt, type SchemaNode, schemasAt } from './json-schema.ts';
import { namesSecret } from './mask.ts';
import type { Aim, Path } from './source.ts';
import { nearest, suggestion } from './suggest.ts';

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
  // A misspelt key is one mistake: that the right one is missing need not be told as well.
  return found.filter(
    ({ code, params, path }) => code !== 'E-MISSING' || !meant.has(`${path.join('.')}/${params.key}`),
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

/** The value as the technician wrote it, never a secret. */
function shown(path: Path, checked: Checked): string {
  if (path.some((segment) => namesSecret(String(segment)))) return '***';
  const value = valueAt(checked.raw, path);
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'object') return Array.isArray(value) ? '[…]' : '{…}';
  const written = checked.written(path);
  return typeof value === 'string' ? `"${value}"` : (written ?? String(value));
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
      return range(path, checked, '最多', 'at most', issue.maximum);
    case 'too_small':
      return range(path, checked, '至少', 'at least', issue.minimum);
    case 'invalid_key':
      return at(path, 'E-FORMAT', { got: `"${String(path.at(-1))}"`, ...expectation(undefined) }, 'key');
    case 'custom':
      return custom(issue, path, checked);
    default:
      return at(path, 'E-FORMAT', { got: shown(path, checked), ...expectation(issue) });
  }
}

function unknownKey(key: string, path: Path, checked: Checked): readonly IssueFinding[] {
  const whole = [...path, key];
  if (namesSecret(key)) return at(whole, 'E-SECRET-INLINE', { key }, 'key');
  const present = new Set(Object.keys(valueAt(checked.raw, path) ?? {}));
  const open = keysAt(checked.schema, path).filter((known) => !present.has(known));
  return at(whole, 'E-KEY', { key, near: nearest(key, open) ?? '', ...suggestion(key, open) }, 'key');
}

const typeNames: Readonly<Record<string, string>> = {
  string: '文字 text',
  number: '数字 number',
  int: '整数 integer',
  boolean: 'true | false',
  object: '表 map',
  record: '表 map',
  array: '列表 list',
};

function wrongType(expected: string, path: Path, checked: Checked): readonly IssueFinding[] {
  const value = valueAt(checked.raw, path);
  if (value === undefined) return missing(path, expected);
  const pattern = schemasAt(checked.schema, path).find((node) => typeof node.pattern === 'string')?.pattern;
  if (expected === 'string' && isDuration(pattern)) {
    return at(path, 'E-FORMAT', { got: shown(path, checked), ...durationWords });
  }
  if (expected === 'string' && typeof value !== 'object') {
    const raw = checked.written(path) ?? String(value);
    return at(path, 'E-QUOTE', { raw: namesSecret(String(path.at(-1))) ? '***' : raw, as: nameOf(value) });
  }
  if (expected === 'string' && value === null) {
    const raw = checked.written(path);
    if (raw !== null && raw !== '') return at(path, 'E-QUOTE', { raw, as: 'null' });
  }
  return at(path, 'E-TYPE', { expected: typeNames[expected] ?? expected, got: shown(path, checked) });
}

function nameOf(value: string | number | boolean): string {
  return typeof value === 'number' ? `数字 number ${value}` : `${typeof value} ${value}`;
}

function missing(path: Path, expected: string): readonly IssueFinding[] {
  const what = typeNames[expected] ?? '';
  const params = { key: String(path.at(-1) ?? ''), expectedZh: what, expectedEn: what };
  return [{ code: 'E-MISSING', params, path: path.slice(0, -1), aim: 'key' }];
}

function choice(values: readonly string[], path: Path, checked: Checked): readonly IssueFinding[] {
  const value = valueAt(checked.raw, path);
  const choices = values.join(' | ');
  if (value === undefined) {
    const params = { key: String(path.at(-1) ?? ''), expectedZh: choices, expectedEn: choices };
    return [{ code: 'E-MISSING', params, path: path.slice(0, -1), aim: 'key' }];
  }
  const likely = typeof value === 'string' ? suggestion(value, values) : { suggestZh: '', suggestEn: '' };
  return at(path, 'E-CHOICE', { got: shown(path, checked), choices, ...likely });
}

type UnionIssue = Extract<Issue, { code: 'invalid_union' }>;

/** Of a union's branches the one that comes nearest is told: deepest first, then fewest issues. */
function union(issue: UnionIssue, path: Path, checked: Checked): readonly IssueFinding[] {
  if (issue.errors.length === 0) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    return choice(options, path, checked);
  }
  if (valueAt(checked.raw, path) === undefined) return missing(path, '');
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
    const expected = issue.errors.flat().flatMap((one) => (one.code === 'invalid_type' ? [one.expected] : []));
    if (expected.includes('string')) return wrongType('string', path, checked);
    return at(path, 'E-TYPE', {
      expected: expected.map((name) => typeNames[name] ?? name).join(' / '),
      got: shown(path, checked),
    });
  }
  return (ranked[0]?.branch ?? []).flatMap((one) => findings(one, [...path, ...issuePath(one)], checked));
}

function range(path: Path, checked: Checked, zh: string, en: string, limit: number | bigint): readonly IssueFinding[] {
  return at(path, 'E-RANGE', { got: shown(path, checked), limitZh: `${zh} ${limit}`, limitEn: `${en} ${limit}` });
}

const durationWords = { expectedZh: '时长写成 500ms、3s 或 2m', expectedEn: 'write a duration as 500ms, 3s or 2m' };

function isDuration(pattern: unknown): boolean {
  return typeof pattern === 'string' && pattern.includes('ms|s|m|h');
}

function expectation(issue: Issue | undefined): { expectedZh: string; expectedEn: string } {
  const pattern = issue !== undefined && 'pattern' in issue && typeof issue.pattern === 'string' ? issue.pattern : null;
  if (isDuration(pattern)) return durationWords;
  if (pattern !== null) return { expectedZh: `格式 ${pattern}`, expectedEn: `pattern ${pattern}` };
  return { expectedZh: '', expectedEn: '' };
}

function custom(issue: Issue, path: Path, checked: Checked): readonly IssueFinding[] {
  const params = 'params' in issue && typeof issue.params === 'object' && issue.params !== null ? issue.params : {};
  const { zh, en } = params as { zh?: unknown; en?: unknown };
  const why = typeof zh === 'string' ? zh : issue.message;
  const whyEn = typeof en === 'string' ? en : issue.message;
  if (path.length > 0 && valueAt(checked.raw, path) === undefined) {
    const missed = { key: String(path.at(-1)), expectedZh: why, expectedEn: whyEn };
    return [{ code: 'E-MISSING', params: missed, path: path.slice(0, -1), aim: 'key' }];
  }
  return at(path, 'E-VALUE', { why, whyEn });
}
