/** Who imports whom: rooms, packages, Node's modules, and no cycle anywhere, types included. */
import { posix } from 'node:path';
import { placeOf, roomOf, SHARED_PACKAGES, TWIN } from './rooms.ts';
import type { Import, SourceFile, Violation } from './source-tree.ts';

/** The file of the tree that an import names, or null for a package or a module of Node. */
export function targetOf(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.') && !specifier.startsWith('/')) return null;
  return posix.normalize(posix.join(posix.dirname(from), specifier));
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

export function importViolations(files: readonly SourceFile[], known: ReadonlySet<string>): Violation[] {
  return files.flatMap((file) => file.imports.flatMap((one) => importViolation(file, one, known)));
}

function importViolation(file: SourceFile, one: Import, known: ReadonlySet<string>): Violation[] {
  const found = (rule: string, message: string): Violation[] => [{ file: file.path, line: one.line, rule, message }];
  const from = placeOf(file.path);
  const room = from.kind === 'tooling' ? undefined : roomOf(from);
  if (from.kind !== 'tooling' && room === undefined) {
    return found('room', `src/${from.name} is no room of design.md; add it to scripts/rules/rooms.ts or move the file`);
  }
  const target = targetOf(file.path, one.specifier);
  if (target !== null) {
    if (!known.has(target))
      return found('import', `${one.specifier} names no file of this tree (the ending is written out)`);
    if (from.kind !== 'tooling') return reachViolation(file, one, target).flatMap((text) => found('room', text));
    return [];
  }
  if (room === undefined) return [];
  if (one.specifier.startsWith('node:')) {
    const name = one.specifier.slice('node:'.length);
    return room.node.includes(name) ? [] : found('node', `${from.name} may not import ${one.specifier}`);
  }
  if (room.packages.includes(packageOf(one.specifier))) return [];
  return found('package', `${from.name} may not import the package ${packageOf(one.specifier)}`);
}

/** A relative import of production code: into its own folder, or into a room that the table allows. */
function reachViolation(file: SourceFile, one: Import, target: string): string[] {
  const from = placeOf(file.path);
  const to = placeOf(target);
  if (target.endsWith('.test.ts')) return ['production code may not import a test'];
  if (to.kind === from.kind && to.name === from.name) return [];
  if (from.name === 'runtime' && TWIN.test(target)) return [];
  if (to.kind !== 'room') return [`${from.name} may not import ${target}`];
  if (!roomOf(from)?.rooms.includes(to.name)) return [`${from.name} may not import from ${to.name}`];
  if (from.kind === 'driver' && to.name === 'core' && !one.typeOnly) {
    return ['a driver takes only types from core; values come through the contract'];
  }
  return [];
}

/** A vendor's package has one owner, so that its faults are wrapped in one place. */
export function sharedPackages(files: readonly SourceFile[]): Violation[] {
  const owner = new Map<string, string>();
  const found: Violation[] = [];
  for (const file of files) {
    const place = placeOf(file.path);
    if (place.kind === 'tooling') continue;
    for (const { specifier, line } of file.imports) {
      if (targetOf(file.path, specifier) !== null || specifier.startsWith('node:')) continue;
      const name = packageOf(specifier);
      const here = `${place.kind} ${place.name}`;
      const first = owner.get(name) ?? here;
      owner.set(name, first);
      if (first === here || SHARED_PACKAGES.includes(name)) continue;
      found.push({
        file: file.path,
        line,
        rule: 'package',
        message: `${name} is imported by ${first} already; it has one owner`,
      });
    }
  }
  return found;
}

/** One violation for each knot of files that reach themselves (Tarjan's strongly connected components). */
export function cycles(files: readonly SourceFile[]): Violation[] {
  const edges = new Map(files.map((file) => [file.path, targetsOf(file)] as const));
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: Violation[] = [];
  const close = (root: string): void => {
    const knot = stack.splice(stack.indexOf(root)).sort();
    const selfImport = edges.get(root)?.includes(root) === true;
    if (knot.length === 1 && !selfImport) return;
    found.push({ file: knot[0] ?? root, line: 1, rule: 'cycle', message: `import cycle: ${knot.join(' → ')}` });
  };
  const visit = (path: string): void => {
    order.set(path, order.size);
    low.set(path, order.size - 1);
    stack.push(path);
    for (const next of edges.get(path) ?? []) {
      if (!edges.has(next)) continue;
      if (!order.has(next)) {
        visit(next);
        low.set(path, Math.min(low.get(path) ?? 0, low.get(next) ?? 0));
      } else if (stack.includes(next)) low.set(path, Math.min(low.get(path) ?? 0, order.get(next) ?? 0));
    }
    if (low.get(path) === order.get(path)) close(path);
  };
  for (const path of edges.keys()) if (!order.has(path)) visit(path);
  return found;
}

function targetsOf(file: SourceFile): string[] {
  return file.imports.flatMap(({ specifier }) => targetOf(file.path, specifier) ?? []);
}
