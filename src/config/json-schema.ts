/** JSON Schema (draft-07) of the whole configuration for editors, and the walk over it that names the keys known at a place. */
import { z } from 'zod';
import type { AnyDriver } from '../contract/driver.ts';
import type { Json } from '../core/values.ts';
import { interlockSchema } from './interlock-schema.ts';
import {
  laneSchema,
  lineSchema,
  receiverSchema,
  routeSchema,
  siteSchema,
  storeSchema,
  upstreamSchema,
} from './schema.ts';
import type { Path } from './source.ts';

export interface SchemaNode {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly propertyNames?: SchemaNode;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
}

const cache = new WeakMap<z.ZodType, SchemaNode>();

/** What a technician may write, before defaults and transforms. */
export function inputSchema(schema: z.ZodType): SchemaNode {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const made = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-07',
    unrepresentable: 'any',
    reused: 'inline',
  }) as SchemaNode;
  cache.set(schema, made);
  return made;
}

/** Every variant that could stand at a place: unions are opened, without the branches that what is written there rules out. */
function variants(node: SchemaNode, written?: Json): readonly SchemaNode[] {
  const parts = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  if (parts.length === 0) return [node];
  const fitting = parts.filter((part) => !isRuledOut(part, written));
  return [node, ...(fitting.length === 0 ? parts : fitting).flatMap((part) => variants(part, written))];
}

/** True for the branches of a union that another word chooses: `type: tcp` is no branch with `type: serial`. */
function isRuledOut({ properties }: SchemaNode, written: Json | undefined): boolean {
  return Object.entries(properties ?? {}).some(([key, node]) => {
    const value = partOf(written, key);
    return node.const !== undefined && value !== undefined && value !== node.const;
  });
}

function partOf(written: Json | undefined, key: string | number): Json | undefined {
  if (written === undefined || written === null || typeof written !== 'object') return undefined;
  return Object.hasOwn(written, key) ? (written as Readonly<Record<string, Json>>)[key] : undefined;
}

/** @param written the value as a whole, where there is one: what it says of itself chooses between the branches of a union. */
export function schemasAt(root: SchemaNode, path: Path, written?: Json): readonly SchemaNode[] {
  let value = written;
  let here: readonly SchemaNode[] = variants(root, value);
  for (const segment of path) {
    value = partOf(value, segment);
    here = here.flatMap((node) => {
      const { additionalProperties: rest } = node;
      const named = Object.hasOwn(node.properties ?? {}, segment) ? node.properties?.[segment] : undefined;
      const next = typeof segment === 'number' ? node.items : (named ?? (typeof rest === 'object' ? rest : undefined));
      return next === undefined ? [] : variants(next, value);
    });
  }
  return here;
}

function keysOf({ properties, propertyNames }: SchemaNode): readonly string[] {
  const listed = Array.isArray(propertyNames?.enum) ? propertyNames.enum.map(String) : [];
  return [...Object.keys(properties ?? {}), ...listed];
}

/** Keys that may stand in the map at `path`. */
export function keysAt(root: SchemaNode, path: Path, written?: Json): readonly string[] {
  return [...new Set(schemasAt(root, path, written).flatMap(keysOf))];
}

/** True where the driver's schema marks the key as a secret's name or value: `.meta({ secret: true })`. */
export function isSecretAt(root: SchemaNode, path: Path): boolean {
  return schemasAt(root, path).some((node) => node.secret === true);
}

function withoutDialect(node: SchemaNode): SchemaNode {
  const { $schema: _, ...rest } = node;
  return rest;
}

function deviceVariant(driver: AnyDriver): SchemaNode {
  const own = withoutDialect(inputSchema(driver.config));
  const takesLine = driver.line !== 'http' && driver.line !== 'none';
  const properties: Record<string, unknown> = {
    driver: { const: driver.name, description: 'Driver that speaks to the device.' },
    ...(takesLine ? { line: { type: 'string', description: 'Id of the line that the device hangs on.' } } : {}),
    ...own.properties,
  };
  if (driver.profiles !== undefined && own.properties?.profile !== undefined) {
    properties.profile = {
      description: own.properties.profile.description,
      anyOf: [{ type: 'string', description: 'Name of a profile file.' }, own.properties.profile],
    };
  }
  const ownRequired = Array.isArray(own.required) ? (own.required as readonly string[]) : [];
  const required = ['driver', ...(takesLine ? ['line'] : []), ...ownRequired];
  return { ...own, title: driver.name, properties: properties as Record<string, SchemaNode>, required };
}

/** @param drivers those that the site may name; each gives one variant of a device, told apart by `driver`. */
export function jsonSchema(drivers: readonly AnyDriver[]): SchemaNode {
  const of = (schema: z.ZodType) => withoutDialect(inputSchema(schema));
  const ordered = [...drivers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const device: SchemaNode =
    ordered.length === 0 ? { type: 'object' } : { oneOf: ordered.map((driver) => deviceVariant(driver)) };
  const named = (schema: SchemaNode): SchemaNode => ({
    type: 'object',
    propertyNames: { pattern: '^[a-z][a-z0-9-]{0,39}$' },
    additionalProperties: schema,
  });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Gatehouse configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      site: of(siteSchema),
      lines: named(of(lineSchema)),
      devices: named(device),
      lanes: named(of(laneSchema)),
      routes: named(of(routeSchema)),
      interlocks: named(of(interlockSchema)),
      receiver: of(receiverSchema),
      store: of(storeSchema),
      upstream: of(upstreamSchema),
    },
  };
}
