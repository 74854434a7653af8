/** Names and values of the facts in a decision's reasons, for people; ids and the site's own words stay as they are. */
import type { Json } from '../values.ts';
import { type Language, terms } from './terms.ts';

const namesZh = {
  afterMs: '须停留',
  again: '已放行过一次',
  alarm: '提醒',
  available: '可查询',
  awaits: '等待',
  bound: '登记颜色',
  calendarCovers: '日历已覆盖',
  category: '类别',
  changed: '不同字符位置',
  class: '应急类别',
  clockTrusted: '时钟可信',
  colorMatches: '颜色相符',
  commissioned: '已验收',
  confidence: '置信度',
  credential: '凭证',
  device: '设备',
  direction: '方向',
  directions: '允许方向',
  earlier: '此前出示',
  emergency: '应急中',
  exitPolicy: '出口规则',
  fallback: '故障时规定',
  fault: '设备故障',
  faultForMs: '故障已持续',
  fee: '费用',
  framesAgree: '一致帧数',
  heading: '行驶方向',
  honoured: '再次承认',
  journalBroken: '流水不可写',
  known: '名单内',
  lanes: '允许车道',
  minConfidence: '要求置信度',
  minute: '时刻',
  mode: '模式',
  near: '相近车牌数',
  nearBlocked: '相近车牌在黑名单',
  opposing: '对向应急',
  others: '互锁另一侧',
  period: '有效期',
  permit: '许可',
  present: '车辆在场',
  presentMs: '已停留',
  read: '识别颜色',
  requires: '要求',
  risen: '到达过程有记录',
  row: '名单行',
  undefinedWindows: '未定义时段',
  usesLeft: '剩余次数',
  validFrom: '生效',
  validTo: '失效',
  weekday: '星期',
  window: '所在时段',
  windows: '允许时段',
};

const namesEn: Record<keyof typeof namesZh, string> = {
  afterMs: 'needed',
  again: 'let out once already',
  alarm: 'alarm',
  available: 'available',
  awaits: 'awaits',
  bound: 'registered colour',
  calendarCovers: 'calendar covers',
  category: 'category',
  changed: 'differs at',
  class: 'emergency class',
  clockTrusted: 'clock trusted',
  colorMatches: 'colour matches',
  commissioned: 'signed off',
  confidence: 'confidence',
  credential: 'credential',
  device: 'device',
  direction: 'direction',
  directions: 'directions allowed',
  earlier: 'shown earlier',
  emergency: 'emergency',
  exitPolicy: 'exit policy',
  fallback: 'when a device is down',
  fault: 'device fault',
  faultForMs: 'fault has stood',
  fee: 'fee',
  framesAgree: 'frames agree',
  heading: 'heading',
  honoured: 'honoured again',
  journalBroken: 'journal broken',
  known: 'known',
  lanes: 'lanes',
  minConfidence: 'required confidence',
  minute: 'time of day',
  mode: 'mode',
  near: 'near plates',
  nearBlocked: 'a near one is blocked',
  opposing: 'opposing route',
  others: 'other portals of the interlock',
  period: 'period',
  permit: 'permit',
  present: 'present',
  presentMs: 'has stood',
  read: 'colour read',
  requires: 'requires',
  risen: 'seen to come',
  row: 'row',
  undefinedWindows: 'undefined windows',
  usesLeft: 'uses left',
  validFrom: 'from',
  validTo: 'to',
  weekday: 'weekday',
  window: 'window',
  windows: 'windows',
};

const colorsZh = {
  blue: '蓝',
  yellow: '黄',
  white: '白',
  black: '黑',
  green: '绿',
  yellowGreen: '黄绿',
  other: '其他',
};
const colorsEn = {
  blue: 'blue',
  yellow: 'yellow',
  white: 'white',
  black: 'black',
  green: 'green',
  yellowGreen: 'yellow-green',
  other: 'another',
};
const halvesZh = { plate: '车牌', card: '卡' };
const halvesEn = { plate: 'plate', card: 'card' };
const weekdaysZh = { 1: '周一', 2: '周二', 3: '周三', 4: '周四', 5: '周五', 6: '周六', 7: '周日' };
const weekdaysEn = { 1: 'Mon', 2: 'Tue', 3: 'Wed', 4: 'Thu', 5: 'Fri', 6: 'Sat', 7: 'Sun' };

const valuesZh = {
  mode: terms.zh.modes,
  direction: terms.zh.directions,
  directions: terms.zh.directions,
  class: { rescue: '应急救援', police: '警车', armedPolice: '武警', siteList: '小区应急名单' },
  exitPolicy: { free: '自由', known: '须在名单内', paid: '须缴费' },
  // A site may use words of its own; these are the usual ones.
  category: {
    resident: '住户',
    tenant: '租户',
    staff: '员工',
    visitor: '访客',
    courier: '快递',
    delivery: '送货',
    temporary: '临时',
    emergency: '应急',
  },
  credential: halvesZh,
  awaits: halvesZh,
  requires: { any: '任一凭证', plateAndCard: '车牌加卡' },
  period: { unbounded: '不限', notYet: '未生效', within: '有效期内', ended: '已过期' },
  fallback: { refer: '转人工', singleFactor: '单项放行' },
  fault: { deviceSilent: '无应答', driverFailed: '驱动故障', cameraNotRunning: '没有运行', notBuiltIn: '没有安装' },
  fee: { unknown: '未知', none: '无' },
  heading: { approaching: '驶来', leaving: '驶离', unknown: '未知' },
  bound: colorsZh,
  read: colorsZh,
  weekday: weekdaysZh,
};

const valuesEn: { readonly [Name in keyof typeof valuesZh]: Readonly<Record<keyof (typeof valuesZh)[Name], string>> } =
  {
    mode: terms.en.modes,
    direction: terms.en.directions,
    directions: terms.en.directions,
    class: {
      rescue: 'fire and rescue',
      police: 'police',
      armedPolice: 'armed police',
      siteList: 'the site’s emergency list',
    },
    exitPolicy: { free: 'free', known: 'known vehicles', paid: 'paid' },
    category: {
      resident: 'resident',
      visitor: 'visitor',
      courier: 'courier',
      delivery: 'delivery',
      temporary: 'temporary',
      staff: 'staff',
      emergency: 'emergency',
      tenant: 'tenant',
    },
    credential: halvesEn,
    awaits: halvesEn,
    requires: { any: 'either', plateAndCard: 'plate and card' },
    period: { unbounded: 'unbounded', notYet: 'not yet begun', within: 'running', ended: 'over' },
    fallback: { refer: 'ask a person', singleFactor: 'one half is enough' },
    fault: {
      deviceSilent: 'no answer',
      driverFailed: 'driver failed',
      cameraNotRunning: 'not running',
      notBuiltIn: 'not built in',
    },
    fee: { unknown: 'unknown', none: 'none' },
    heading: { approaching: 'approaching', leaving: 'driving away', unknown: 'unknown' },
    bound: colorsEn,
    read: colorsEn,
    weekday: weekdaysEn,
  };

export const factWords = {
  zh: { names: namesZh, values: valuesZh, yes: '是', no: '否', unknown: '未知', second: '秒', list: '、' },
  en: { names: namesEn, values: valuesEn, yes: 'yes', no: 'no', unknown: 'unknown', second: 's', list: ', ' },
} as const;

/** `null` for a fact without a name of its own: the test of the words finds it. */
export function factName(name: string, language: Language): string | null {
  return own(factWords[language].names, name);
}

/** The value as a person reads it; instants (`validFrom`, `validTo`) are the screen's work, which knows the time zone. */
export function factValue(name: string, value: Json, language: Language): string {
  const { yes, no, unknown, second, list, values } = factWords[language];
  if (Array.isArray(value)) return value.map((one: Json) => factValue(name, one, language)).join(list) || '–';
  if (value === true || value === 'yes') return yes;
  if (value === false || value === 'no') return no;
  if (typeof value === 'number' && name.endsWith('Ms')) return `${(value / 1000).toFixed(1)} ${second}`;
  if (typeof value === 'number' && name.endsWith('Us')) return `${value} µs`;
  if (typeof value === 'number' && /confidence/i.test(name)) return `${Math.round(value * 100)}%`;
  if (typeof value === 'number' && name === 'minute') return clock(value);
  if (typeof value === 'object') return value === null ? '–' : JSON.stringify(value);
  const words: Readonly<Record<string, Readonly<Record<string, string>>>> = values;
  const word = own(own(words, name) ?? {}, String(value));
  if (word !== null) return word;
  if (value === 'unknown') return unknown;
  return String(value);
}

function clock(minute: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function own<Word>(words: Readonly<Record<string, Word>>, key: string): Word | null {
  return Object.hasOwn(words, key) ? (words[key] ?? null) : null;
}
