/** What stands inside one file: purity, banned words and syntax, its name and its size. */
import {
  BANNED_WORDS,
  CALENDAR,
  CLOCK_GLOBALS,
  COMPOSER,
  IMPURE_GLOBALS,
  LINES_MAX,
  placeOf,
  type Room,
  roomOf,
} from './rooms.ts';
import { isNode, type SourceFile, type SyntaxNode, type Violation, walk } from './source-tree.ts';

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const NOT_ERASABLE: Readonly<Record<string, string>> = {
  TSEnumDeclaration: 'an enum; use a union of string literals',
  TSParameterProperty: 'a parameter property; declare the field',
  TSImportEqualsDeclaration: 'import =; use an import declaration',
  TSExportAssignment: 'export =; use export',
};

export function syntaxViolations(file: SourceFile): Violation[] {
  const place = placeOf(file.path);
  const room = place.kind === 'tooling' ? undefined : roomOf(place);
  const declared = declaredNames(file.program);
  const found: Violation[] = [];
  const add = (node: SyntaxNode, rule: string, message: string): void => {
    found.push({ file: file.path, line: file.lineAt(node.start), rule, message });
  };
  walk(file.program, (node, parent, key) => {
    const erased = NOT_ERASABLE[node.type];
    if (erased !== undefined) add(node, 'erasable', erased);
    if (node.type === 'TSModuleDeclaration' && node.declare !== true)
      add(node, 'erasable', 'a namespace; use a module');
    const impurity = room === undefined ? null : impurityOf(node, parent, key, { file, room, declared });
    if (impurity !== null) add(node, 'purity', impurity);
  });
  for (const [name, node] of declared) {
    const word = bannedWord(name);
    if (word !== null) add(node, 'word', `"${word}" in ${name} says nothing; name what it does`);
  }
  return found;
}

export function nameViolations(path: string): Violation[] {
  const parts = path.split('/');
  const file = (parts.pop() ?? '').replace(/(\.(test|sim|bench|config|d))?\.[a-z]+$/, '');
  const found: Violation[] = [];
  const add = (rule: string, message: string): number => found.push({ file: path, line: 1, rule, message });
  for (const part of [...parts, file]) if (!KEBAB.test(part)) add('name', `"${part}" is not kebab-case`);
  const word = bannedWord(file);
  if (word !== null) add('word', `"${word}" in a file's name says nothing`);
  return found;
}

export function sizeViolations(path: string, lineCount: number): Violation[] {
  if (lineCount <= LINES_MAX) return [];
  return [{ file: path, line: LINES_MAX, rule: 'size', message: `${lineCount} lines; ${LINES_MAX} is the most` }];
}

/** Words of camelCase, PascalCase, CONSTANT_CASE or kebab-case, in lower case, a plural's s taken off. */
function bannedWord(name: string): string | null {
  const words = name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/).map((word) => word.toLowerCase());
  return words.find((word) => BANNED_WORDS.includes(word) || BANNED_WORDS.includes(word.replace(/s$/, ''))) ?? null;
}

interface PurityContext {
  readonly file: SourceFile;
  readonly room: Room;
  readonly declared: ReadonlyMap<string, SyntaxNode>;
}

function impurityOf(node: SyntaxNode, parent: SyntaxNode | null, key: string, context: PurityContext): string | null {
  const { file, room, declared } = context;
  if (room.discipline === 'free' || (room.discipline === 'clocked' && COMPOSER.test(file.path))) return null;
  if (isMember(node, 'Math', 'random')) return 'Math.random: chance comes from outside';
  if (isMember(node, 'Date', 'now') || isBareDate(node)) return 'the wall clock is read; take the Clock';
  if (room.discipline === 'pure') {
    const suspended = suspension(node);
    if (suspended !== null) return suspended;
  }
  if (node.type !== 'Identifier' || !isReference(parent, key) || declared.has(String(node.name))) return null;
  const name = String(node.name);
  // A port may promise in its type, which is erased; only a value could wait.
  if (name === 'Promise' && parent?.type === 'TSTypeReference') return null;
  const globals = room.discipline === 'pure' ? IMPURE_GLOBALS : CLOCK_GLOBALS;
  if (globals.includes(name)) return `${name} is not for this room`;
  if (room.discipline === 'pure' && name === 'Math' && !(parent?.type === 'MemberExpression' && key === 'object')) {
    return 'Math is passed on whole: chance could come with it';
  }
  if (room.discipline !== 'pure' || name !== 'Intl') return null;
  return file.path.startsWith(`${CALENDAR}/`) || file.path === `${CALENDAR}.ts`
    ? null
    : `Intl is for ${CALENDAR} alone`;
}

function suspension(node: SyntaxNode): string | null {
  if (node.async === true) return 'an async function: step runs to its end without waiting';
  if (node.type === 'AwaitExpression' || node.await === true) return 'await: step runs to its end without waiting';
  if (node.type === 'ImportExpression') return 'a dynamic import';
  if (node.type === 'MetaProperty' && isNode(node.meta) && node.meta.name === 'import') return 'import.meta';
  return null;
}

function isMember(node: SyntaxNode, object: string, property: string): boolean {
  if (node.type !== 'MemberExpression' || !isNode(node.object) || !isNode(node.property)) return false;
  const name = node.computed === true ? node.property.value : node.property.name;
  return node.object.type === 'Identifier' && node.object.name === object && name === property;
}

function isBareDate(node: SyntaxNode): boolean {
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return false;
  const called = isNode(node.callee) && node.callee.type === 'Identifier' && node.callee.name === 'Date';
  return called && Array.isArray(node.arguments) && (node.arguments.length === 0 || node.type === 'CallExpression');
}

/** Whether an identifier in this position reads a variable or names a type; keys and labels do neither. */
function isReference(parent: SyntaxNode | null, key: string): boolean {
  if (parent === null) return true;
  if (parent.type === 'MemberExpression' && key === 'property') return parent.computed === true;
  if (key === 'key') return parent.computed === true;
  if (parent.type === 'TSQualifiedName' && key === 'right') return false;
  if (parent.type === 'ImportSpecifier' || parent.type === 'ExportSpecifier') return false;
  return key !== 'label' && !(key === 'id' && parent.type === 'TSEnumMember');
}

const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'TSDeclareFunction',
]);
const NAMED = new Set(['ClassDeclaration', 'TSTypeAliasDeclaration', 'TSInterfaceDeclaration', 'TSEnumDeclaration']);
const MEMBERS = new Set(['MethodDefinition', 'PropertyDefinition', 'TSMethodSignature', 'TSPropertySignature']);

/** Every name that the file itself brings into being, with the node that does. */
function declaredNames(program: SyntaxNode): Map<string, SyntaxNode> {
  const names = new Map<string, SyntaxNode>();
  const bind = (pattern: unknown): void => {
    if (!isNode(pattern)) return;
    if (pattern.type === 'Identifier') names.set(String(pattern.name), pattern);
    else if (pattern.type === 'AssignmentPattern') bind(pattern.left);
    else if (pattern.type === 'RestElement') bind(pattern.argument);
    else if (pattern.type === 'ArrayPattern') for (const one of pattern.elements as unknown[]) bind(one);
    else if (pattern.type === 'ObjectPattern') {
      for (const one of pattern.properties as SyntaxNode[]) bind(one.type === 'RestElement' ? one : one.value);
    }
  };
  walk(program, (node) => {
    if (node.type === 'VariableDeclarator' || NAMED.has(node.type)) bind(node.id);
    else if (FUNCTIONS.has(node.type)) {
      bind(node.id);
      for (const one of node.params as unknown[]) bind(one);
    } else if (node.type === 'CatchClause') bind(node.param);
    else if (node.type === 'ImportDeclaration') for (const one of node.specifiers as SyntaxNode[]) bind(one.local);
  });
  return names;
}

/** Members are named too, but shadow no global: `Date` as a field of a record leaves `Date` the global. */
export function memberViolations(file: SourceFile): Violation[] {
  const found: Violation[] = [];
  walk(file.program, (node) => {
    if (!MEMBERS.has(node.type) || node.computed === true || !isNode(node.key)) return;
    const name = String(node.key.name ?? node.key.value ?? '');
    const word = bannedWord(name);
    if (word === null) return;
    const message = `"${word}" in ${name} says nothing; name what it does`;
    found.push({ file: file.path, line: file.lineAt(node.start), rule: 'word', message });
  });
  return found;
}
