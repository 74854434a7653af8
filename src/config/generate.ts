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
    'Made from the schema; durations are text such as `500ms`, `3s`, `2m`.',
    '',
  ];
  for (const [name, section] of Object.entries(schema.properties ?? {})) {
    const rest = section.additionalProperties;
    const inner = typeof rest === 'object' ? rest : section;
    const variants = inner.oneOf ?? [inner];
    for (const variant of variants) lines.push(...table(heading(name, variant), variant));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function heading(name: string, variant: SchemaNode): string {
  const tag = variant.properties?.type ?? variant.properties?.driver;
  return typeof tag?.const === 'string' ? `${name}: ${tag.const}` : name;
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
  return [`## ${title}`, '', '| key | value | default | meaning |', '|---|---|---|---|', ...rows, ''];
}

function kindOf(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (Array.isArray(node.enum)) return node.enum.map((one) => `\`${String(one)}\``).join(' ');
  const parts = node.anyOf ?? node.oneOf;
  if (parts !== undefined) return [...new Set(parts.map(kindOf))].join(' or ');
  const limits = [node.minimum, node.maximum].map((limit) => (typeof limit === 'number' ? String(limit) : ''));
  const range = limits.some((limit) => limit !== '') ? ` ${limits.join('–')}` : '';
  return `${node.type ?? 'any'}${range}`;
}
