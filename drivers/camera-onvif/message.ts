/** One NotificationMessage into what the driver emits. Pure; never throws; every value stays the text that was sent. */
import type { PlateColor, PlateRead } from '../../src/core/presentation.ts';
import type { Json, Wall } from '../../src/core/values.ts';
import { child, childText, descendant, type XmlElement } from '../../src/wire/xml.ts';
import type { Profile } from './profile.ts';
import { utcOf } from './replies.ts';

/** What the camera said; the driver adds who and when, and judges how old it is. */
export type SeenPlate = Omit<PlateRead, 'kind' | 'device' | 'receivedAt' | 'late'>;

export type Message =
  | {
      readonly kind: 'plate';
      readonly read: SeenPlate;
      /** `Initialized`: the camera repeats a state after a subscription; it is no event of now (protocols.md §1.1 State replay). */
      readonly replayed: boolean;
      readonly picture: string | null;
      /** Equal for one event told twice. */
      readonly key: string;
    }
  | { readonly kind: 'other' };

const maxPlateChars = 64;
const maxFactChars = 200;

export function readMessage(
  notification: XmlElement,
  profile: Profile,
  forwardMeans: 'approaching' | 'leaving',
): Message {
  const topic = (childText(notification, 'Topic') ?? '').slice(0, maxFactChars);
  const outer = child(notification, 'Message');
  const message = outer === null ? null : (child(outer, 'Message') ?? outer);
  if (message === null || !profile.topics.some((each) => sameTopic(each, topic))) return { kind: 'other' };
  const operation = (message.attributes.PropertyOperation ?? '').toLowerCase();
  // Deleted ends a state; it tells of no vehicle. Words that nobody knows are treated as a replay.
  if (operation === 'deleted') return { kind: 'other' };
  const { except } = profile;
  if (except?.oneOf.includes(valueAt(message, except.at) ?? '')) return { kind: 'other' };
  const sent = firstAt(message, profile.plate);
  if (sent === null) return { kind: 'other' };
  const noPlate = profile.noPlate.some((word) => word.toLowerCase() === sent.toLowerCase());
  const time = message.attributes.UtcTime ?? '';
  const read: SeenPlate = {
    channel: channelOf(firstAt(message, profile.channel)),
    raw: noPlate ? '' : sent.slice(0, maxPlateChars),
    color: colorOf(message, profile),
    confidence: confidenceOf(message, profile),
    heading: headingOf(message, profile, forwardMeans),
    eventId: firstAt(message, profile.eventId)?.slice(0, 100) || null,
    cameraWall: utcOf(time),
    vendor: factsOf(message, profile, topic),
  };
  const replayed = operation !== '' && operation !== 'changed';
  const key = JSON.stringify([
    topic,
    time.slice(0, 40),
    sent.slice(0, maxPlateChars),
    read.eventId,
    read.channel ?? null,
  ]);
  return { kind: 'plate', read, replayed, picture: firstAt(message, profile.picture) || null, key };
}

/** By local names: prefixes are the camera's own choice, and Axis puts white space around (protocols.md §1.1). */
function sameTopic(wanted: string, sent: string): boolean {
  const plain = (text: string): string =>
    text
      .trim()
      .split('/')
      .map((part) => part.slice(part.lastIndexOf(':') + 1))
      .join('/');
  return plain(wanted) === plain(sent);
}

/** The first place that is there at all and holds something; `''` where all that are there are empty; `null`: none is. */
function firstAt(message: XmlElement, places: readonly string[] | undefined): string | null {
  let found: string | null = null;
  for (const place of places ?? []) {
    const text = valueAt(message, place)?.trim();
    if (text !== undefined && text !== '') return text;
    if (text !== undefined) found = '';
  }
  return found;
}

/** `Item`, `Item/Element/…`, either with `@Attribute`. A SimpleItem's value, or an element's text. */
export function valueAt(message: XmlElement, place: string): string | null {
  const at = place.indexOf('@');
  const [item = '', ...elements] = (at < 0 ? place : place.slice(0, at)).split('/');
  for (const part of ['Data', 'Source', 'Key']) {
    const section = child(message, part);
    if (section === null) continue;
    const named = section.children.find((each) => each.attributes.Name === item);
    if (named?.name === 'SimpleItem' && elements.length === 0 && at < 0) return named.attributes.Value ?? '';
    // Some cameras leave the ElementItem around the element out.
    let element = named?.name === 'ElementItem' ? (named.children[0] ?? null) : descendant(section, item);
    for (const name of elements) element = element === null ? null : child(element, name);
    if (element !== null) return at < 0 ? element.text : (element.attributes[place.slice(at + 1)] ?? null);
  }
  return null;
}

function colorOf(message: XmlElement, { color }: Profile): PlateColor {
  const word = firstAt(message, color?.at)?.toLowerCase() ?? '';
  if (color === undefined || word === '') return 'unknown';
  return Object.hasOwn(color.map, word) ? (color.map[word] ?? 'other') : 'other';
}

/** By the profile's scale, never by guessing: the value 1 is ambiguous (protocols.md §1.6). */
function confidenceOf(message: XmlElement, { confidence }: Profile): number | null {
  const text = firstAt(message, confidence?.at);
  if (confidence === undefined || text === null || text === '') return null;
  const level = Number(text) / confidence.scale;
  return Number.isFinite(level) ? Math.min(Math.max(level, 0), 1) : null;
}

function headingOf(
  message: XmlElement,
  { heading }: Profile,
  forwardMeans: 'approaching' | 'leaving',
): PlateRead['heading'] {
  const word = firstAt(message, heading?.at)?.toLowerCase() ?? '';
  const means = heading !== undefined && Object.hasOwn(heading.map, word) ? heading.map[word] : undefined;
  if (means === 'forward') return forwardMeans;
  if (means === 'reverse') return forwardMeans === 'approaching' ? 'leaving' : 'approaching';
  return means ?? 'unknown';
}

function channelOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function factsOf(message: XmlElement, profile: Profile, topic: string): Readonly<Record<string, Json>> {
  const facts: [string, Json][] = [['topic', topic]];
  for (const [name, place] of Object.entries(profile.facts)) {
    const text = valueAt(message, place);
    if (text !== null && text !== '') facts.push([name, text.slice(0, maxFactChars)]);
  }
  const picture = firstAt(message, profile.picture);
  if (picture !== null && picture !== '') facts.push(['picture', picture.slice(0, maxFactChars)]);
  return Object.fromEntries(facts);
}

/** Milliseconds by which an event is taken for old: the camera may need some seconds to read a plate. */
export const freshForMs = 10_000;

export interface Moment {
  /** The camera's clock when it handed the event over. */
  readonly cameraNow: Wall;
  /** Nothing can have waited in the camera for longer: it held nothing back a moment ago. */
  readonly live: boolean;
  /** `ignored`: the times of this camera's events are not to be looked at. */
  readonly eventTimes: 'checked' | 'ignored';
}

/** The event's time lies so near the camera's clock that it was taken from it: no other passage has the same. */
export function isTimed(at: Wall | null, { cameraNow, eventTimes }: Moment): boolean {
  return eventTimes === 'checked' && at !== null && Math.abs(cameraNow - at) <= freshForMs;
}

/**
 * Whether an event waited in the camera before it was pulled (protocols.md §0.3). Its age is taken between two readings of
 * the camera's own clock, which may be wrong by years. Where events may have waited, a time that proves nothing is old.
 */
export function lateness(replayed: boolean, at: Wall | null, moment: Moment): PlateRead['late'] {
  if (replayed) return 'replayed';
  if (moment.eventTimes === 'ignored') return moment.live ? false : 'historical';
  const age = at === null ? null : moment.cameraNow - at;
  if (age !== null && age > freshForMs) return 'historical';
  return moment.live || (age !== null && age >= -freshForMs) ? false : 'historical';
}
