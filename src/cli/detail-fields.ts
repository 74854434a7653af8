/** Fields of faults' details and of the journal's plain notes, `name=value`, in the reader's language. */
import { terms } from '../core/words/terms.ts';
import type { Language } from '../core/words/words.ts';
import { detailWords } from './detail-words.ts';
import { wallText } from './local-time.ts';
import { purposeWord, viaWord } from './record-words.ts';
import type { Settings } from './settings.ts';
import { plain } from './text-layout.ts';

export const fieldNames: Readonly<Record<string, string>> = {
  action: '动作',
  acts: '处理',
  afterMs: '毫秒之后',
  alternative: '可走车道',
  alternativeBasis: '可走车道依据',
  autoClose: '落杆方式',
  basis: '依据',
  because: '因为',
  begun: '起于记录',
  boot: '启动号',
  by: '由',
  byMs: '跳变毫秒',
  bytes: '字节',
  causes: '起因',
  clockTrusted: '时钟可信',
  code: '代码',
  command: '命令',
  configHash: '配置',
  contact: '触点',
  contactLine: '触点接线',
  count: '条数',
  departure: '出口侧',
  detail: '详情',
  device: '设备',
  direction: '方向',
  duplicate: '重复消息',
  effect: '影响',
  end: '结束',
  epoch: '数据库代次',
  expiresInMs: '多少毫秒后到期',
  file: '文件',
  firstMs: '最初毫秒',
  forMs: '期限毫秒',
  fromRef: '自记录',
  fromSeq: '自编号',
  grants: '待通行',
  held: '常开',
  input: '输入',
  inputs: '输入',
  interlock: '互锁',
  key: '键',
  kind: '种类',
  kinds: '种类',
  lane: '车道',
  lanes: '车道',
  lastedMs: '持续毫秒',
  limit: '上限',
  limitMs: '时限毫秒',
  line: '总线',
  message: '说明',
  manualLift: '手动抬杆',
  missing: '缺少条数',
  more: '另有错误',
  needs: '需要',
  node: 'Node 版本',
  note: '说明',
  oldestAgeMs: '最早已等毫秒',
  openedVia: '开闸途径',
  opening: '开闸记录',
  others: '另一侧',
  outputs: '输出',
  over: '已到期',
  p95Ms: '近期毫秒',
  passages: '通行次数',
  passagesLeft: '还剩车数',
  personal: '个人信息',
  pid: '进程号',
  plausible: '可能的原因',
  policy: '规定',
  position: '闸位',
  presses: '按下次数',
  probe: '校时标志',
  purpose: '目的',
  qos: 'QoS',
  reach: '范围',
  reads: '读取次数',
  reason: '原因代码',
  reasonIn: '原因见记录',
  reasonText: '理由',
  records: '记录数',
  refused: '拒绝原因',
  reopenings: '重新抬起次数',
  result: '结果',
  retained: '保留消息',
  rows: '行数',
  sections: '涉及',
  seq: '编号',
  seqs: '流水号',
  sha256: 'sha256',
  since: '自',
  sinceMs: '已持续毫秒',
  source: '来源',
  start: '命令',
  standing: '触点',
  stands: '已在应急',
  state: '状态',
  subject: '对象',
  toRef: '至记录',
  toSeq: '至编号',
  topic: '主题',
  toward: '行程',
  tries: '次数',
  unnamed: '未列出',
  using: '仍在用',
  version: '版本',
  via: '途径',
  waiting: '等待条数',
  what: '动作',
  where: '位置',
  why: '原因',
  withinMs: '多少毫秒内',
};

const sectionStates = {
  off: '不运行',
  lastKnownGood: '沿用上次有效配置',
  partial: '部分未生效',
  current: '照常运行',
};

/** Words of one field only: elsewhere the same word means something else. */
const values: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  acts: { open: '开闸', alarm: '只报警' },
  contactLine: { open: '断开', short: '短路', outside: '超出各档' },
  alternative: { none: '没有' },
  alternativeBasis: terms.zh.basis,
  autoClose: { gateway: '网关', board: '道闸控制板', never: '不落杆' },
  basis: terms.zh.basis,
  departure: { active: '有车', inactive: '无车', unknown: '未知' },
  direction: terms.zh.directions,
  plausible: {
    bootMotion: '上电后复位',
    whileAway: '控制板失联期间',
    boardOrHand: '控制板自动落杆、遥控或人为',
  },
  policy: { stayOpen: '保持开启', yieldToBoard: '交给道闸控制板' },
  position: terms.zh.positions,
  standing: { alarm: '报警', broken: '断线', normal: '正常' },
  state: sectionStates,
  toward: { open: '抬杆', closed: '落杆' },
  what: { close: '落杆', open: '抬杆', stop: '停止', rex: '出门按钮' },
};

/** What is null or empty is left out. */
export function fieldsText(fields: object, settings: FieldSettings): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${fieldName(name, settings.language)}=${valueText(name, value, settings)}`)
    .join('  ');
}

type FieldSettings = Pick<Settings, 'language' | 'timezone' | 'say'>;

function fieldName(name: string, language: Language): string {
  return language === 'zh' && Object.hasOwn(fieldNames, name) ? (fieldNames[name] ?? name) : name;
}

function valueText(name: string, value: unknown, settings: FieldSettings): string {
  const { language, timezone, say } = settings;
  if (name === 'since' && typeof value === 'number') return wallText(value, timezone);
  if (value !== null && typeof value === 'object' && 'zh' in value && 'en' in value)
    return plain(String(value[language]));
  if (typeof value === 'boolean' && language === 'zh') return value ? '是' : '否';
  if (typeof value !== 'string') return plain(JSON.stringify(value) ?? '–');
  if (language !== 'zh') return plain(value);
  if (name === 'via') return viaWord(value, say);
  if (name === 'purpose') return purposeWord(value, say);
  if (name === 'sections') return plain(value.replace(/=(off|lastKnownGood|partial|current)\b/g, sectionState));
  const own = Object.hasOwn(values, name) ? values[name] : undefined;
  if (own !== undefined && Object.hasOwn(own, value)) return own[value] ?? value;
  return plain(detailWords(value, language));
}

function sectionState(_: string, state: string): string {
  return ` ${Object.hasOwn(sectionStates, state) ? sectionStates[state as keyof typeof sectionStates] : state}`;
}
