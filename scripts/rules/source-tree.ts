/** Reads a tree's source files and parses each once, for every rule to look at. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync } from 'rolldown/utils';

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** A syntax tree node as oxc gives it (ESTree with TypeScript's nodes): a type, a place and named children. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** `import type`, only `type` specifiers, or `import('…')` in a type: gone when Node strips types. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** Relative to the tree's root, with forward slashes. */
  readonly path: string;
  readonly lineCount: number;
  readonly program: SyntaxNode;
  readonly imports: readonly Import[];
  lineAt(offset: number): number;
}

export const TOP_FOLDERS = ['src', 'drivers', 'scripts', 'test', 'config'] as const;
const SOURCE = /\.(ts|mts|cts|mjs|cjs|js)$/;

/** Every file below the named folders, sorted; folders that are not there yield nothing. */
export function listFiles(root: string, folders: readonly string[] = TOP_FOLDERS): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  const there = new Set(readdirSync(root));
  for (const folder of folders) if (there.has(folder)) visit(folder);
  return found.sort();
}

export function isSource(path: string): boolean {
  return SOURCE.test(path);
}

/** A file that cannot be parsed is a violation itself; the rest is still looked at. */
export function readSource(root: string, path: string): { source: SourceFile | null; violations: Violation[] } {
  const text = readFileSync(join(root, path), 'utf8');
  const parsed = parseSync(path, text, { lang: path.endsWith('ts') ? 'ts' : 'js', sourceType: 'module' });
  const starts = lineStarts(text);
  const lineAt = (offset: number): number => lineOf(starts, offset);
  if (parsed.errors.length > 0) {
    const [first] = parsed.errors;
    const line = lineAt(first?.labels[0]?.start ?? 0);
    return { source: null, violations: [{ file: path, line, rule: 'parse', message: first?.message ?? 'unreadable' }] };
  }
  const program = parsed.program as unknown as SyntaxNode;
  const lineCount = text.endsWith('\n') ? starts.length - 1 : starts.length;
  return { source: { path, lineCount, program, imports: importsOf(program, lineAt), lineAt }, violations: [] };
}

export type Visit = (node: SyntaxNode, parent: SyntaxNode | null, key: string) => void;

/** Depth first over every node, parents before children. */
export function walk(node: SyntaxNode, visit: Visit, parent: SyntaxNode | null = null, key = ''): void {
  visit(node, parent, key);
  for (const [name, child] of Object.entries(node)) {
    if (Array.isArray(child)) {
      for (const item of child) if (isNode(item)) walk(item, visit, node, name);
    } else if (isNode(child)) walk(child, visit, node, name);
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function importsOf(program: SyntaxNode, lineAt: (offset: number) => number): Import[] {
  const found: Import[] = [];
  walk(program, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== null) found.push({ specifier, line: lineAt(node.start), typeOnly: isTypeOnly(node) });
  });
  return found;
}

const IMPORTING = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
  'TSExternalModuleReference',
]);

/** The module that this node names, or null. A computed `import(x)` names none: runtime finds drivers that way. */
function specifierOf(node: SyntaxNode): string | null {
  if (node.type === 'CallExpression') {
    const callee = node.callee;
    const [first] = Array.isArray(node.arguments) ? (node.arguments as unknown[]) : [];
    return isNode(callee) && callee.type === 'Identifier' && callee.name === 'require' ? literal(first) : null;
  }
  return IMPORTING.has(node.type) ? literal(node.source ?? node.expression ?? node.argument) : null;
}

function literal(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === 'TemplateLiteral' && Array.isArray(node.expressions) && node.expressions.length === 0) {
    const [quasi] = node.quasis as { value: { cooked: string } }[];
    return quasi?.value.cooked ?? null;
  }
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : null;
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = Array.isArray(node.specifiers) ? (node.specifiers as SyntaxNode[]) : [];
  return specifiers.length > 0 && specifiers.every((one) => one.importKind === 'type' || one.exportKind === 'type');
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
