/** One ISAPI EventNotificationAlert, XML or JSON, into what the driver emits (protocols.md §1.2). Pure; never throws. */
import type { PlateColor, PlateRead } from '../../src/core/presentation.ts';
import type { Json, JsonObject } from '../../src/core/values.ts';
import { parseJson } from '../../src/wire/form.ts';
import { child, childText, descendant, parseXml, type XmlElement } from '../../src/wire/xml.ts';

export type Alert =
  | { readonly kind: 'plate'; readonly read: SeenPlate; readonly key: string | null }
  /** A sign of life: `videoloss` + `inactive` on a stream, `heartBeat` on newer firmware. */
  | { readonly kind: 'heartbeat' }
  /** Motion, tampering and other events that share the URL; none of ours. */
  | { readonly kind: 'other'; readonly eventType: string };

export type AlertResult = { readonly ok: true; readonly alert: Alert } | { readonly ok: false; readonly why: string };

/** What the camera said; the driver adds who and when. */
export type SeenPlate = Omit<PlateRead, 'kind' | 'device' | 'receivedAt'>;

export interface AlertOptions {
  /** Which number tells lanes apart where one camera watches several. */
  readonly laneBy: 'channel' | 'line';
  /** What `forward` means for the way the camera is mounted. */
  readonly forwardMeans: 'approaching' | 'leaving';
}

const colors: Readonly<Record<string, PlateColor>> = {
  blue: 'blue',
  yellow: 'yellow',
  white: 'white',
  black: 'black',
  green: 'green',
  yellowgreen: 'yellowGreen',
  newenergyyellowgreen: 'yellowGreen',
  civilaviationblack: 'black',
  civilaviationgreen: 'green',
  unknown: 'unknown',
  '': 'unknown',
};
const prefixes: Readonly<Record<string, PlateColor>> = {
  蓝: 'blue',
  黄: 'yellow',
  绿: 'green',
  白: 'white',
  黑: 'black',
  黄绿: 'yellowGreen',
};
/** A colour word counts only before a province or WJ (protocols.md §1.2 Plate text). */
const colorPrefix = /^(黄绿|蓝|黄|绿|白|黑)(?=[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]|WJ)/;
const noPlate = new Set(['', 'unknown', '无车牌', '未识别', 'noplate']);
const vendorWords = [
  'country',
  'plateType',
  'plateColor',
  'plateCharBelieve',
  'vehicleType',
  'vehicleListName',
  'listType',
];
const moreVendorWords = ['barrierGateCtrlType', 'detectType', 'line', 'laneNo', 'direction', 'originalLicensePlate'];
const maxVendorChars = 200;

export function readAlert(bytes: Uint8Array, options: AlertOptions): AlertResult {
  const first = bytes.find((byte) => byte > 0x20 && byte < 0x80);
  const parsed = first === 0x7b ? readJson(bytes) : parseXml(bytes);
  if (!parsed.ok) return parsed;
  const root = parsed.root;
  const alert = root.name === 'EventNotificationAlert' ? root : (descendant(root, 'EventNotificationAlert') ?? root);
  const anpr = child(alert, 'ANPR');
  const eventType = childText(alert, 'eventType') ?? '';
  if (anpr === null && eventType === '') return { ok: false, why: 'no EventNotificationAlert' };
  if (anpr === null || (eventType !== '' && eventType.toLowerCase() !== 'anpr')) {
    return {
      ok: true,
      alert: isHeartbeat(alert, eventType)
        ? { kind: 'heartbeat' }
        : { kind: 'other', eventType: eventType.slice(0, 40) },
    };
  }
  const read = seenPlate(alert, anpr, options);
  return {
    ok: true,
    alert: { kind: 'plate', read, key: read.eventId === null ? null : `${read.eventId} ${read.raw}` },
  };
}

function isHeartbeat(alert: XmlElement, eventType: string): boolean {
  const type = eventType.toLowerCase();
  return type === 'heartbeat' || (type === 'videoloss' && childText(alert, 'eventState')?.toLowerCase() === 'inactive');
}

function seenPlate(alert: XmlElement, anpr: XmlElement, options: AlertOptions): SeenPlate {
  const sent = firstText(anpr, ['licensePlate', 'plateNumber', 'plate', 'originalLicensePlate']);
  const text = noPlate.has(sent.toLowerCase()) ? '' : sent.slice(0, 64);
  const wall = Date.parse(childText(alert, 'dateTime') ?? '');
  return {
    channel: channelOf(alert, anpr, options.laneBy),
    raw: text,
    color: colorOf(childText(anpr, 'plateColor') ?? '', text),
    confidence: confidenceOf(childText(anpr, 'confidenceLevel')),
    heading: headingOf(childText(anpr, 'direction') ?? '', options.forwardMeans),
    late: lateness(alert, anpr),
    eventId: eventIdOf(alert),
    cameraWall: Number.isFinite(wall) ? wall : null,
    vendor: vendorFacts(alert, anpr),
  };
}

/** With the event's time: firmware that sends one UUID for ever must not make the next car, or the same one tomorrow, a re-send. */
function eventIdOf(alert: XmlElement): string | null {
  const uuid = childText(alert, 'UUID')?.slice(0, 100) ?? '';
  const at = childText(alert, 'dateTime')?.slice(0, 40) ?? '';
  if (uuid === '') return null;
  return at === '' ? uuid : `${uuid} ${at}`;
}

/** The first that holds a plate; a legacy tag may stand empty beside the one in use. */
function firstText(element: XmlElement, names: readonly string[]): string {
  for (const name of names) {
    const text = childText(element, name);
    if (text !== null && text !== '') return text;
  }
  return '';
}

function colorOf(word: string, text: string): PlateColor {
  const prefix = prefixes[colorPrefix.exec(text)?.[1] ?? ''];
  const stated = colors[word.toLowerCase()] ?? 'other';
  if (prefix === undefined) return stated;
  if (stated === 'unknown' || (stated === 'green' && prefix === 'yellowGreen')) return prefix;
  return stated;
}

/** 0..100, also as a float (protocols.md §1.6). */
function confidenceOf(text: string | null): number | null {
  if (text === null || text.trim() === '') return null;
  const level = Number(text);
  return Number.isFinite(level) ? Math.min(Math.max(level / 100, 0), 1) : null;
}

function headingOf(word: string, forwardMeans: AlertOptions['forwardMeans']): PlateRead['heading'] {
  const reverseMeans = forwardMeans === 'approaching' ? 'leaving' : 'approaching';
  const lower = word.toLowerCase();
  return lower === 'forward' ? forwardMeans : lower === 'reverse' ? reverseMeans : 'unknown';
}

/** protocols.md §0.3: both flags mean "not now". Anything that is not plainly real time counts as history. */
function lateness(alert: XmlElement, anpr: XmlElement): PlateRead['late'] {
  const resent = (
    childText(alert, 'isDataRetransmission') ??
    childText(anpr, 'isDataRetransmission') ??
    ''
  ).toLowerCase();
  if (resent !== '' && resent !== 'false' && resent !== '0') return 'replayed';
  const alarmData = childText(anpr, 'alarmDataType') ?? childText(alert, 'alarmDataType') ?? '';
  return alarmData !== '' && Number(alarmData) !== 0 ? 'historical' : false;
}

function channelOf(alert: XmlElement, anpr: XmlElement, laneBy: AlertOptions['laneBy']): number | undefined {
  const text =
    laneBy === 'line'
      ? (childText(anpr, 'line') ?? childText(anpr, 'laneNo'))
      : (childText(alert, 'channelID') ?? childText(alert, 'dynChannelID'));
  return text !== null && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function vendorFacts(alert: XmlElement, anpr: XmlElement): JsonObject {
  const facts: [string, Json][] = [];
  for (const name of [...vendorWords, ...moreVendorWords]) {
    const text = childText(anpr, name);
    if (text !== null && text !== '') facts.push([name, text.slice(0, maxVendorChars)]);
  }
  const pictures = childText(alert, 'picNum');
  if (pictures !== null) facts.push(['picNum', pictures.slice(0, 8)]);
  return Object.fromEntries(facts);
}

/** JSON alerts carry the same names; they are read through the same tree. */
function readJson(
  bytes: Uint8Array,
): { readonly ok: true; readonly root: XmlElement } | { readonly ok: false; readonly why: string } {
  const parsed = parseJson(bytes.subarray(0, 256 * 1024), null);
  return parsed.ok ? { ok: true, root: treeOf('root', parsed.value) } : parsed;
}

function treeOf(name: string, value: Json): XmlElement {
  if (value === null || typeof value !== 'object') {
    return { name, attributes: {}, children: [], text: value === null ? '' : String(value).trim() };
  }
  const children = Array.isArray(value)
    ? value.map((each: Json) => treeOf('item', each))
    : Object.entries(value).map(([key, each]) => treeOf(key, each as Json));
  return { name, attributes: {}, children, text: '' };
}
