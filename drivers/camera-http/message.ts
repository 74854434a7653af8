/** One push body of any declared shape into one tree of values, and the mapped fields out of it. Pure; never throws. */
import type { HttpDelivery } from '../../src/contract/driver.ts';
import type { PlateRead } from '../../src/core/presentation.ts';
import type { Json } from '../../src/core/values.ts';
import { type BodyResult, charsetOf, parseForm, parseJson } from '../../src/wire/form.ts';
import { decodeText } from '../../src/wire/gbk.ts';
import { isWholeJpeg, startsAsJpeg } from '../../src/wire/jpeg.ts';
import { type Part, parseMultipart } from '../../src/wire/multipart.ts';
import type { HttpCameraConfig } from './config.ts';

export type Message =
  | { readonly kind: 'plate'; readonly read: Omit<PlateRead, 'kind' | 'device' | 'receivedAt'>; readonly tree: Json }
  | { readonly kind: 'heartbeat'; readonly tree: Json }
  | { readonly kind: 'unreadable'; readonly why: string };

const maxTextChars = 200;
/** Larger text fields of a form are pictures or logs, not fields. */
const maxFieldBytes = 64 * 1024;

export function readMessage(delivery: HttpDelivery, config: HttpCameraConfig): Message {
  const body = treeOf(delivery);
  if (!body.ok) return { kind: 'unreadable', why: body.why };
  const tree = body.value;
  const { only } = config;
  if (only !== undefined) {
    const value = scalarAt(tree, only.at);
    if (value !== null && !only.oneOf.some((each) => String(each) === value)) return { kind: 'heartbeat', tree };
  }
  const plate = scalarAt(tree, config.fields.plate);
  if (plate === null) {
    const alive = config.heartbeat !== undefined && at(tree, config.heartbeat) !== undefined;
    return alive ? { kind: 'heartbeat', tree } : { kind: 'unreadable', why: 'no plate field in it' };
  }
  return { kind: 'plate', read: mapped(tree, plate, config), tree };
}

function mapped(tree: Json, sent: string, config: HttpCameraConfig): Extract<Message, { kind: 'plate' }>['read'] {
  const { fields } = config;
  const text = (place: string | undefined): string | null => (place === undefined ? null : scalarAt(tree, place));
  const level = text(fields.confidence?.at);
  const confidence =
    level === null || level.trim() === '' ? Number.NaN : Number(level) / (fields.confidence?.scale ?? 1);
  const channel = text(fields.channel);
  const isSet = (flag: { readonly at: string; readonly equals: string | number | boolean } | undefined): boolean =>
    flag !== undefined && scalarAt(tree, flag.at) === String(flag.equals);
  return {
    channel: channel !== null && /^\d{1,5}$/.test(channel) ? Number(channel) : undefined,
    raw: config.noPlate.includes(sent) ? '' : sent.slice(0, 64),
    color: own(fields.color?.map, text(fields.color?.at)) ?? (fields.color === undefined ? 'unknown' : 'other'),
    confidence: Number.isFinite(confidence) ? Math.min(Math.max(confidence, 0), 1) : null,
    heading: own(fields.heading?.map, text(fields.heading?.at)) ?? 'unknown',
    late: isSet(fields.replayed) ? 'replayed' : isSet(fields.historical) ? 'historical' : false,
    eventId: text(fields.eventId)?.slice(0, 100) || null,
    cameraWall: wallOf(text(fields.time?.at), fields.time?.unit),
    vendor: Object.fromEntries(
      Object.entries(config.facts).flatMap(([name, place]) => {
        const value = scalarAt(tree, place);
        return value === null ? [] : [[name, value.slice(0, maxTextChars)]];
      }),
    ),
  };
}

function own<T>(map: Readonly<Record<string, T>> | undefined, key: string | null): T | undefined {
  return map !== undefined && key !== null && Object.hasOwn(map, key) ? map[key] : undefined;
}

function wallOf(text: string | null, unit: 's' | 'ms' | 'iso' | undefined): number | null {
  if (text === null || text === '' || unit === undefined) return null;
  const wall = unit === 'iso' ? Date.parse(text) : Number(text) * (unit === 's' ? 1000 : 1);
  return Number.isFinite(wall) && Math.abs(wall) < 8.64e15 ? wall : null;
}

/** The value at a place such as `result.plates[0].license`; `undefined` where the message has none. */
export function at(tree: Json, place: string): Json | undefined {
  let value: Json | undefined = tree;
  for (const [, name, index] of place.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (value === null || typeof value !== 'object') return undefined;
    const key: string = name ?? index ?? '';
    if (Array.isArray(value) && !/^\d{1,4}$/.test(key)) return undefined;
    value = Object.hasOwn(value, key) ? (value as Readonly<Record<string, Json>>)[key] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

/** Text, number or boolean at a place, as text; `null` for anything else. */
function scalarAt(tree: Json, place: string): string | null {
  const value = at(tree, place);
  if (value === undefined || value === null || typeof value === 'object') return null;
  return String(value);
}

/** Puts fields of the message into the reply, escaped so that they stay inside a JSON string. */
export function fillReply(body: string, tree: Json): string {
  return body.replace(/\{\{\s*([^{}\s]{1,200})\s*\}\}/g, (_all, place: string) => {
    const value = (scalarAt(tree, place) ?? '').slice(0, maxTextChars);
    return JSON.stringify(value).slice(1, -1);
  });
}

function treeOf(delivery: HttpDelivery): BodyResult {
  const type = delivery.headers['content-type'];
  const media = (type ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const charset = charsetOf(type);
  if (media.startsWith('multipart/')) return treeOfParts(delivery.body, type);
  const first = delivery.body.subarray(0, 64).find((byte) => byte > 0x20 && byte < 0x80);
  // Cameras label JSON as text, as a form, or not at all.
  if (first === 0x7b || first === 0x5b) return parseJson(delivery.body, charset);
  if (media === 'application/json') return { ok: false, why: 'no JSON' };
  return delivery.body.length === 0 ? { ok: false, why: 'empty' } : parseForm(delivery.body, charset);
}

function treeOfParts(body: Uint8Array, type: string | undefined): BodyResult {
  const { parts, troubles } = parseMultipart(body, type);
  if (parts.length === 0) return { ok: false, why: troubles[0] ?? 'empty' };
  const fields: [string, Json][] = parts.flatMap((part) => {
    const value = partValue(part);
    const name = part.name ?? part.filename;
    return value === null || name === null ? [] : [[name, value]];
  });
  const pictures = parts.filter((part) => startsAsJpeg(part.body));
  fields.push(['pictures', pictures.map((part) => ({ bytes: part.body.length, whole: isWholeJpeg(part.body) }))]);
  // Of equal names the first counts, as in a plain form.
  return { ok: true, value: Object.fromEntries(fields.reverse()) };
}

function partValue(part: Part): Json {
  if (startsAsJpeg(part.body) || part.type.startsWith('image/')) return null;
  if (part.body[0] === 0x7b || part.type === 'application/json') {
    const parsed = parseJson(part.body, charsetOf(part.headers['content-type']));
    return parsed.ok ? parsed.value : null;
  }
  return part.body.length > maxFieldBytes ? null : decodeText(part.body, charsetOf(part.headers['content-type']));
}
