/** JSON Schema (draft-07) of the whole configuration for editors, and the walk over it that names the keys known at a place. */
import { z } from 'zod';
import type { AnyDriver } from '../contract/driver.ts';
import { laneSchema, lineSchema, receiverSchema, siteSchema, storeSchema, upstreamSchema } from './schema.ts';
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

/** Every variant that could stand at a place: unions are opened. */
function variants(node: SchemaNode): readonly SchemaNode[] {
  const parts = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  return parts.length === 0 ? [node] : [node, ...parts.flatMap(variants)];
}

export function schemasAt(root: SchemaNode, path: Path): readonly SchemaNode[] {
  let here: readonly SchemaNode[] = variants(root);
  for (const segment of path) {
    here = here.flatMap((node) => {
      const { additionalProperties: rest } = node;
      const named = Object.hasOwn(node.properties ?? {}, segment) ? node.properties?.[segment] : undefined;
      const next = typeof segment === 'number' ? node.items : (named ?? (typeof rest === 'object' ? rest : undefined));
      return next === undefined ? [] : variants(next);
    });
  }
  return here;
}

function keysOf({ properties, propertyNames }: SchemaNode): readonly string[] {
  const listed = Array.isArray(propertyNames?.enum) ? propertyNames.enum.map(String) : [];
  return [...Object.keys(properties ?? {}), ...listed];
}

/** Keys that may stand in the map at `path`. */
export function keysAt(root: SchemaNode, path: Path): readonly string[] {
  return [...new Set(schemasAt(root, path).flatMap(keysOf))];
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
      receiver: of(receiverSchema),
      store: of(storeSchema),
      upstream: of(upstreamSchema),
    },
  };
}
