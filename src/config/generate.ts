/** Files made from the schema: the editors' JSON schema and the reference; a test fails when they drift. */
import type { AnyDriver } from '../contract/driver.ts';
import { jsonSchema, type SchemaNode } from './json-schema.ts';

export interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly content: string;
}

export function generate(drivers: readonly AnyDriver[]): readonly GeneratedFile[] {
  const schema = jsonSchema(drivers);
  return [
    { path: 'config/schema.json', content: `${JSON.stringify(schema, null, 2)}\n` },
    { path: 'config/REFERENCE.md', content: reference(schema) },
  ];
}

function reference(schema: SchemaNode): string {
  const lines = [
    '# Configuration reference',
    '',
    'Made from the schema; durations are text such as `500ms`, `3s`, `2m`. A value that is a map of its own has a table below its section.',
    '',
  ];
  for (const [name, section] of Object.entries(schema.properties ?? {})) {
    const rest = section.additionalProperties;
    const inner = typeof rest === 'object' ? rest : section;
    const variants = inner.oneOf ?? [inner];
    for (const variant of variants) {
      const title = heading(name, variant);
      lines.push(...table(`## ${title}`, variant));
      for (const { paths, node } of nested(variant)) lines.push(...table(`### ${title} › ${places(paths)}`, node));
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function heading(name: string, variant: SchemaNode): string {
  const tag = variant.properties?.type ?? variant.properties?.driver;
  return typeof tag?.const === 'string' ? `${name}: ${tag.const}` : name;
}

interface Nested {
  readonly paths: string[];
  readonly node: SchemaNode;
}

/** Every map below a map, the deepest last; places that take the same shape share one table. */
function nested(root: SchemaNode): readonly Nested[] {
  const found = new Map<string, Nested>();
  const waiting = mapsIn(root, '');
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { title: _, description: __, default: ___, ...shape } = next.node;
    const key = JSON.stringify(shape);
    const known = found.get(key);
    if (known !== undefined) known.paths.push(next.path);
    else {
      found.set(key, { paths: [next.path], node: next.node });
      waiting.push(...mapsIn(next.node, next.path));
    }
  }
  return [...found.values()];
}

/** Maps one step below a node; `.*` stands for a free name, `[]` for a place in a list. */
function mapsIn(node: SchemaNode, path: string): { path: string; node: SchemaNode }[] {
  const steps = Object.entries(node.properties ?? {}).map(([key, value]) => ({
    path: path === '' ? key : `${path}.${key}`,
    node: value,
  }));
  return steps.flatMap((step) => mapsOf(step.node, step.path));
}

function mapsOf(node: SchemaNode, path: string): { path: string; node: SchemaNode }[] {
  const { additionalProperties: rest, items } = node;
  const own = Object.keys(node.properties ?? {}).length > 0 ? [{ path, node }] : [];
  return [
    ...own,
    ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((one) => mapsOf(one, path)),
    ...(typeof rest === 'object' ? mapsOf(rest, `${path}.*`) : []),
    ...(items === undefined ? [] : mapsOf(items, `${path}[]`)),
  ];
}

/** Many keys of one map that take the same are named together. */
function places(paths: readonly string[]): string {
  const parent = paths[0]?.slice(0, paths[0].lastIndexOf('.')) ?? '';
  if (paths.length > 4 && parent !== '' && paths.every((path) => path.startsWith(`${parent}.`))) {
    return `each of \`${parent}\``;
  }
  return [...new Set(paths)].map((path) => `\`${path}\``).join(', ');
}

function table(title: string, node: SchemaNode): readonly string[] {
  const required = Array.isArray(node.required) ? node.required : [];
  const rows = Object.entries(node.properties ?? {}).map(([key, value]) => {
    const fallback =
      value.default === undefined ? (required.includes(key) ? 'required' : '') : JSON.stringify(value.default);
    const text = String(value.description ?? '')
      .replaceAll('|', '\\|')
      .replaceAll('\n', ' ');
    return `| \`${key}\` | ${kindOf(value)} | ${fallback.replaceAll('|', '\\|')} | ${text} |`;
  });
  return [title, '', '| key | value | default | meaning |', '|---|---|---|---|', ...rows, ''];
}

function kindOf(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (Array.isArray(node.enum)) return node.enum.map((one) => `\`${String(one)}\``).join(' ');
  const parts = node.anyOf ?? node.oneOf;
  if (parts !== undefined) return [...new Set(parts.map(kindOf))].join(' or ');
  if (node.type === 'array' && node.items !== undefined) return `list of ${kindOf(node.items)}`;
  if (node.type === 'object' && typeof node.additionalProperties === 'object') {
    return `map of ${kindOf(node.additionalProperties)}`;
  }
  if (node.type === 'object') return 'map';
  const limits = [node.minimum, node.maximum].map((limit) =>
    typeof limit === 'number' && Math.abs(limit) < 1e9 ? String(limit) : '',
  );
  const range = limits.some((limit) => limit !== '') ? ` ${limits.join('–')}` : '';
  return `${node.type === 'string' ? 'text' : (node.type ?? 'any')}${range}`;
}
