/** One CSV line as list rows: column names in Chinese and English, and what each cell may say. */
import { hash } from 'node:crypto';
import { isClearlyCard } from '../core/credential/card.ts';
import type { QrDoubt, QrFlaw } from '../core/credential/qr-text.ts';
import { qrDoubtWords, qrFlawWords } from '../core/words/qr-words.ts';
import type { NewListRow } from './list-file.ts';

/** Core's rules, handed in: each gives the list keys that a written plate or card stands for; null = none that it could be. */
export interface Normalise {
  plate(raw: string): string | null;
  card(raw: string): readonly string[] | null;
  /** Of a card written as the text of a QR code, which is kept by its fingerprint only; null where it is written otherwise. */
  qrText?(raw: string): QrCell | null;
}

export type QrCell =
  /** `card` is what `card()` takes. */
  | { readonly kind: 'card'; readonly card: string; readonly doubts: readonly QrDoubt[] }
  | { readonly kind: 'refused'; readonly why: QrFlaw };

export type Column =
  | 'plate'
  | 'card'
  | 'color'
  | 'category'
  | 'holder'
  | 'room'
  | 'lanes'
  | 'directions'
  | 'validFrom'
  | 'validTo'
  | 'windows'
  | 'blocked'
  | 'enabled'
  | 'permit'
  | 'requires'
  | 'uses';

/** Header words, the first of each is written in exports. */
export const columnNames: Readonly<Record<Column, readonly string[]>> = {
  plate: ['车牌', '车牌号', '车牌号码', 'plate'],
  card: ['卡号', '卡片', '卡', 'card'],
  color: ['颜色', '车牌颜色', 'color', 'colour'],
  category: ['类别', '类型', '车辆类型', 'category'],
  holder: ['姓名', '车主', '住户', 'holder', 'name'],
  room: ['房号', '房间', '地址', 'room'],
  lanes: ['车道', '通道', 'lanes', 'lane'],
  directions: ['方向', 'directions', 'direction'],
  validFrom: ['有效期起', '开始时间', '生效日期', 'validFrom', 'from'],
  validTo: ['有效期止', '结束时间', '失效日期', 'validTo', 'to'],
  windows: ['时段', 'windows', 'window'],
  blocked: ['黑名单', 'blocked'],
  enabled: ['启用', 'enabled'],
  permit: ['许可', '许可证', 'permit'],
  requires: ['双重', '双重认证', 'requires'],
  uses: ['次数', '可用次数', 'uses'],
};

export const allColumns = Object.keys(columnNames) as Column[];

/** A cell that cannot be taken. Texts of `hint` are for the person who made the file. */
export interface CsvProblem {
  readonly line: number;
  /** Column's name as the file writes it, or null for the line as a whole. */
  readonly column: string | null;
  readonly code: string;
  readonly value: string;
  readonly hint: { readonly zh: string; readonly en: string };
}

export type Cells = Readonly<Partial<Record<Column, string>>>;

const colors: Readonly<Record<string, string>> = {
  蓝: 'blue',
  黄: 'yellow',
  白: 'white',
  黑: 'black',
  绿: 'green',
  黄绿: 'yellowGreen',
};
const colorWords = new Set(Object.values(colors));
const colorText = new Map(Object.entries(colors).map(([zh, en]) => [en, zh]));
const trueWords = new Set(['是', 'true', 'yes', 'y', '1', '√']);
const falseWords = new Set(['', '否', 'false', 'no', 'n', '0', '×']);
const directionWords = new Map<string, 'in' | 'out'>([
  ['in', 'in'],
  ['进', 'in'],
  ['入', 'in'],
  ['out', 'out'],
  ['出', 'out'],
]);

export function columnOf(header: string): Column | null {
  const word = header.trim().toLowerCase();
  return allColumns.find((column) => columnNames[column].some((name) => name.toLowerCase() === word)) ?? null;
}

export interface LineRules {
  readonly normalise: Normalise;
  /** Of the site's timezone; 480 for China. */
  readonly utcOffsetMinutes: number;
  /** The site's own, see `listSecret`; the same one gives the same right the same id. */
  readonly secret: string;
}

type Report = (column: Column | null, code: string, value: string, zh: string, en: string) => void;

/** Problems go to `report`; what comes back is used only when there were none. What is taken but looks like a slip goes to `doubt`. */
export function rowsOfLine(
  cells: Cells,
  line: number,
  rules: LineRules,
  report: Report,
  doubt: Report = () => {},
): NewListRow[] {
  const cell = (column: Column): string => (cells[column] ?? '').trim().replace(/^'(?=[=+\-@])/, '');
  const flag = (column: Column, ifEmpty: boolean): boolean => {
    const word = cell(column).toLowerCase();
    if (word === '') return ifEmpty;
    if (trueWords.has(word)) return true;
    if (!falseWords.has(word)) report(column, 'notYesNo', word, '请填 是 或 否', 'write yes or no');
    return false;
  };
  const qr = rules.normalise.qrText?.(cells.card ?? '') ?? null;
  const card = qr === null ? cell('card') : cardOfQr(qr, cells.card ?? '', report, doubt);
  const keys = keysOf(cell('plate'), card, rules.normalise, report);
  const validFrom = timeOf('validFrom', cell('validFrom'), rules.utcOffsetMinutes, report);
  const validTo = timeOf('validTo', cell('validTo'), rules.utcOffsetMinutes, report);
  if (validFrom !== null && validTo !== null && validFrom >= validTo)
    report('validTo', 'endsBeforeStart', cell('validTo'), '有效期止应晚于有效期起', 'the end must be after the start');
  const requires = requiresOf(cell('requires'), report);
  const permit = cell('permit') || `p-${digest(rules.secret, [cell('plate'), card ?? ''])}`;
  if (requires === 'plateAndCard' && cell('permit') === '' && (cell('plate') === '' || card === ''))
    report(
      'requires',
      'halfMissing',
      '',
      '双重认证需同时填车牌和卡号，或用许可列关联两行',
      'give both plate and card, or join two lines by one permit',
    );
  const shared = {
    blocked: flag('blocked', false),
    enabled: flag('enabled', true),
    category: cell('category') || 'resident',
    lanes: wordsOf(cell('lanes')),
    directions: directionsOf(cell('directions'), report),
    validFrom,
    validTo,
    windows: wordsOf(cell('windows')),
    permit,
    requires,
    uses: usesOf(cell('uses'), report),
    holder: cell('holder') || null,
    room: cell('room') || null,
    line,
  };
  const color = colorOf(cell('color'), report);
  return keys.map(({ key, raw, isPlate }) => ({
    ...shared,
    key,
    raw,
    color: isPlate ? color : null,
    // The same right imported again keeps its id, so uses already spent stay spent (I8).
    id: digest(rules.secret, [key, color ?? '', permit, validFrom, validTo]),
  }));
}

/** A list's row as cells, for exports. */
export function cellsOf(row: NewListRow, utcOffsetMinutes: number): Record<Column, string> {
  const isPlate = row.key.startsWith('plate:');
  return {
    plate: isPlate ? row.raw : '',
    card: isPlate ? '' : row.raw,
    color: row.color === null ? '' : (colorText.get(row.color) ?? row.color),
    category: row.category,
    holder: row.holder ?? '',
    room: row.room ?? '',
    lanes: row.lanes.join(';'),
    directions: row.directions.join(';'),
    validFrom: timeText(row.validFrom, utcOffsetMinutes),
    validTo: timeText(row.validTo, utcOffsetMinutes),
    windows: row.windows.join(';'),
    blocked: row.blocked ? '是' : '',
    enabled: row.enabled ? '' : '否',
    permit: row.permit,
    requires: row.requires === 'plateAndCard' ? '是' : '',
    uses: row.uses === null ? '' : String(row.uses),
  };
}

/** The fingerprint as a card is written, so that the list never holds the text; null where it is refused, and reported. */
function cardOfQr(qr: QrCell, raw: string, report: Report, doubt: Report): string | null {
  if (qr.kind === 'card') {
    for (const one of qr.doubts) doubt('card', one, raw, qrDoubtWords[one].zh, qrDoubtWords[one].en);
    return qr.card;
  }
  report('card', 'badQrText', raw, qrFlawWords[qr.why].zh, qrFlawWords[qr.why].en);
  return null;
}

function keysOf(plate: string, card: string | null, normalise: Normalise, report: Report) {
  const keys: { key: string; raw: string; isPlate: boolean }[] = [];
  if (plate === '' && card === '') report(null, 'noCredential', '', '车牌和卡号至少填一个', 'give a plate or a card');
  if (plate !== '') {
    const key = /^\d(\.\d+)?e\+?\d+$/i.test(plate) ? null : normalise.plate(plate);
    if (key === null) report('plate', 'badPlate', plate, ...badPlateHint(plate));
    else keys.push({ key, raw: plate, isPlate: true });
  }
  if (card !== null && card !== '') {
    const found = /^\d(\.\d+)?e\+?\d+$/i.test(card) ? null : normalise.card(card);
    if (found === null || found.length === 0)
      report('card', 'badCard', card, '不是卡号，请把该列设为文本', 'no card number; format the column as text');
    else for (const key of new Set(found)) keys.push({ key, raw: card, isPlate: false });
  }
  return keys;
}

/** Digits alone, or in the notation of spreadsheets, were a number to one; 汉字 that fit no pattern are a slip of the pen. */
function badPlateHint(plate: string): readonly [zh: string, en: string] {
  if (isClearlyCard(plate))
    return ['这是卡号，不是车牌：请写在 卡号 列', 'this is a card, no plate: it belongs into the column 卡号 (card)'];
  if (/^[\d.,\s]+(e[+-]?\d+)?$/i.test(plate))
    return ['不是车牌，Excel 可能改成了数字', 'no plate; Excel may have made it a number'];
  if (/\p{Script=Han}/u.test(plate))
    return [
      '不合任何一种车牌的写法；看省份简称、字母和位数，例如 京A12345',
      'fits no kind of plate; look at the province, the letter and the length, e.g. 京A12345',
    ];
  return ['不是车牌；照车牌写全，例如 京A12345', 'no plate; write all of it, e.g. 京A12345'];
}

function colorOf(word: string, report: Report): string | null {
  if (word === '') return null;
  const color = colors[word.replace(/[色牌]+$/, '')] ?? (colorWords.has(word) ? word : null);
  if (color === null)
    report(
      'color',
      'badColor',
      word,
      '颜色应为 蓝 黄 白 黑 绿 黄绿',
      'blue, yellow, white, black, green or yellowGreen',
    );
  return color;
}

function requiresOf(word: string, report: Report): 'any' | 'plateAndCard' {
  const lower = word.toLowerCase();
  if (lower === 'plateandcard' || trueWords.has(lower)) return 'plateAndCard';
  if (lower !== 'any' && !falseWords.has(lower))
    report('requires', 'badRequires', word, '请填 是 或留空', 'any or plateAndCard');
  return 'any';
}

function usesOf(word: string, report: Report): number | null {
  if (word === '') return null;
  const uses = /^\d{1,6}$/.test(word) ? Number(word) : 0;
  if (uses < 1) report('uses', 'badUses', word, '次数应为 1 到 999999 的整数', 'a whole number from 1 to 999999');
  return uses;
}

function directionsOf(text: string, report: Report): ('in' | 'out')[] {
  const found: ('in' | 'out')[] = [];
  for (const word of wordsOf(text)) {
    const direction = directionWords.get(word.toLowerCase());
    if (direction === undefined) report('directions', 'badDirection', word, '方向应为 进 或 出', 'in or out');
    else if (!found.includes(direction)) found.push(direction);
  }
  return found;
}

const wordsOf = (text: string): string[] =>
  text
    .split(/[;；、|]/)
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .slice(0, 32);

const datePattern = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

/** Wall milliseconds of a local time; a date alone begins at midnight, and as an end includes the whole day. */
function timeOf(
  column: 'validFrom' | 'validTo',
  text: string,
  utcOffsetMinutes: number,
  report: Report,
): number | null {
  if (text === '') return null;
  const match = datePattern.exec(text);
  const [, year, month, day, hour = '0', minute = '0', second = '0'] = match ?? [];
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const back = new Date(local);
  const real = back.getUTCMonth() + 1 === Number(month) && back.getUTCDate() === Number(day);
  const clock = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (match === null || !real || !clock) {
    report(column, 'badTime', text, '请写成 2026-05-01 或 2026-05-01 18:00', 'write 2026-05-01 or 2026-05-01 18:00');
    return null;
  }
  const wholeDay = column === 'validTo' && match[4] === undefined ? 86_400_000 : 0;
  return local + wholeDay - utcOffsetMinutes * 60_000;
}

function timeText(wall: number | null, utcOffsetMinutes: number): string {
  if (wall === null) return '';
  return new Date(wall + utcOffsetMinutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

/** Keyed, because ids stand in records for ever and a plain hash of a plate is found by trying all plates (I14). */
function digest(secret: string, parts: readonly (string | number | null)[]): string {
  return hash('sha256', `${secret}\n${JSON.stringify(parts)}`, 'hex').slice(0, 20);
}
