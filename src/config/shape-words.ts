/** What may stand at a place of the configuration, in a technician's words: never a pattern, never two languages in one sentence. */
import type { Json, Text } from '../core/values.ts';
import { type SchemaNode, schemasAt } from './json-schema.ts';
import type { Path } from './source.ts';

const kinds: Readonly<Record<string, Text>> = {
  string: { zh: '文字', en: 'text' },
  number: { zh: '数字', en: 'a number' },
  int: { zh: '整数', en: 'a whole number' },
  integer: { zh: '整数', en: 'a whole number' },
  boolean: { zh: 'true 或 false', en: 'true or false' },
  object: { zh: '“键: 值”的表', en: 'a map of "key: value"' },
  record: { zh: '“键: 值”的表', en: 'a map of "key: value"' },
  array: { zh: '列表 [ … ]', en: 'a list [ … ]' },
  null: { zh: '空', en: 'nothing' },
};
const anything: Text = { zh: '一个值', en: 'a value' };
/** Names of keys or choices that a person still reads. */
const namesMax = 16;

/** zod's or JSON schema's name of a type, in words. */
export function kindWords(kind: string): Text {
  return kinds[kind] ?? anything;
}

export function oneOf(texts: readonly Text[]): Text {
  const zh = [...new Set(texts.map((text) => text.zh))].join(' 或 ');
  const en = [...new Set(texts.map((text) => text.en))].join(', or ');
  return zh === '' ? anything : { zh, en };
}

/** Words that the schema itself gives by `.meta({ expectedZh, expectedEn })`. */
function given(node: SchemaNode): Text | null {
  const { expectedZh, expectedEn } = node;
  return typeof expectedZh === 'string' && typeof expectedEn === 'string' ? { zh: expectedZh, en: expectedEn } : null;
}

function names(list: readonly string[]): string {
  return list.slice(0, namesMax).join(', ') + (list.length > namesMax ? ', …' : '');
}

function range(node: SchemaNode): string {
  const limit = (value: unknown) => (typeof value === 'number' && Math.abs(value) < 1e9 ? String(value) : '');
  const [low, high] = [limit(node.minimum), limit(node.maximum)];
  return low === '' && high === '' ? '' : ` ${low}–${high}`;
}

/** Words for one node of the schema. */
export function nodeWords(node: SchemaNode): Text {
  const told = given(node);
  if (told !== null) return told;
  if (node.const !== undefined) return { zh: String(node.const), en: String(node.const) };
  if (Array.isArray(node.enum)) {
    const choices = node.enum.map(String).join(' | ');
    return { zh: choices, en: choices };
  }
  const parts = node.anyOf ?? node.oneOf;
  if (parts !== undefined) return oneOf(parts.map(nodeWords));
  const kind = kindWords(node.type ?? '');
  const keys = Object.keys(node.properties ?? {});
  if (keys.length > 0) return { zh: `表 { ${names(keys)} }`, en: `a map { ${names(keys)} }` };
  const { zh, en } = lengths(node);
  return { zh: `${kind.zh}${range(node)}${zh}`, en: `${kind.en}${range(node)}${en}` };
}

function lengths({ type, maxLength, maxItems }: SchemaNode): Text {
  if (type === 'string' && typeof maxLength === 'number') {
    return { zh: `，最多 ${maxLength} 个字符`, en: ` of at most ${maxLength} characters` };
  }
  if (type === 'array' && typeof maxItems === 'number') {
    return { zh: `，最多 ${maxItems} 项`, en: ` of at most ${maxItems} entries` };
  }
  return { zh: '', en: '' };
}

/** Words for what may stand at `path`; null where the schema does not know the place. @param written the value as a whole. */
export function wordsAt(schema: SchemaNode, path: Path, written?: Json): Text | null {
  const found = schemasAt(schema, path, written);
  const told = found.map(given).find((text) => text !== null);
  if (told !== undefined && told !== null) return told;
  // A union stands before its own branches: its words are theirs already.
  const [first] = found;
  return first === undefined ? null : nodeWords(first);
}

/** Words for the keys of the map at `path`, where they are free but must have a shape. */
export function keyWordsAt(schema: SchemaNode, path: Path): Text | null {
  for (const node of schemasAt(schema, path)) {
    const told = node.propertyNames === undefined ? null : given(node.propertyNames);
    if (told !== null) return told;
  }
  return null;
}
