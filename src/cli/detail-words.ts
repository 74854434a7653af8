/** The details of faults, lines and outcomes in Chinese: the sentences that field, runtime and drivers write in English, by their shape. */
import type { Language } from '../core/words/words.ts';
import { actionWord, causeWord, contactWord, passageWhyWord, resultWord } from './record-words.ts';

/** `{}` in a sentence stands for whatever is named there, and goes into the Chinese one in the same order. */
export const sentences: readonly (readonly [en: string, zh: string])[] = [
  ['closed by the other side', '对方关闭了连接'],
  ['connection closed', '连接已断开'],
  ['port closed', '串口已断开'],
  ['not open in time', '未能及时打开'],
  ['the port takes no more bytes', '端口不再接受数据'],
  ['stream without sense', '收到的数据无法识别'],
  ['no unit answers', '没有单元应答'],
  ['more than {} bytes in a second', '一秒内超过 {} 字节'],
  ['no answer', '无应答'],
  ['no answer in time', '没有及时应答'],
  ['no reply for {} ms', '{} 毫秒没有应答'],
  ['inputs not read for {} ms, {}', '{} 毫秒没有读到输入：{}'],
  ['refused: {}', '被拒绝：{}'],
  ['not asked', '尚未询问'],
  ['no inputs', '没有输入'],
  ['no sign of life for {} s', '{} 秒没有任何消息'],
  ['no message for {} s', '{} 秒没有消息'],
  ['no answered pull for {} s', '{} 秒没有得到应答'],
  ['{} bytes, no whole frame', '收到 {} 字节，没有完整的帧'],
  ['the line was stopped', '总线已停'],
  ['the line’s queue is full', '总线排队已满'],
  ['two answers that differ', '两个应答不一致'],
  ['the answer came too soon', '应答来得太早'],
  ['the gateway had no answer (code {})', '串口服务器没有得到应答（代码 {}）'],
  ['the echo differs from what was sent', '回显与所发的不同'],
  ['given up for life safety', '为安全动作让路'],
  ['deadline passed in the queue', '排队时已过时限'],
  ['deadline passed before the record was durable', '记录落盘前已过时限'],
  ['withdrawn before it was sent', '发出前已撤回'],
  ['the driver gave no answer in time', '驱动没有及时答复'],
  ['the device takes no commands', '设备不接受命令'],
  ['the certificate is not the pinned one', '证书与配置的不符'],
  ['{} is not wired', '{} 没有接线'],
  ['a pulsed strike bolts by itself', '脉冲式锁自己上锁'],
  ['a pulsed relay reads on', '脉冲继电器读作闭合'],
  ['exit code {}', '退出码 {}'],
  ['the camera names no picture', '摄像机没有给出图片地址'],
  ['no whole JPEG ({} bytes)', '不是完整的 JPEG（{} 字节）'],
  ['status {}, no multipart', '状态码 {}，不是多段内容'],
  ['status {}', '状态码 {}'],
  ['wrong user or password', '用户名或密码不对'],
  ['more than {} requests at once', '同时请求超过 {} 个'],
  ['no address', '没有地址'],
  ['no SOAP envelope', '不是 SOAP 应答'],
  ['no subscription in the answer', '应答里没有订阅'],
  ['no messages in the answer', '应答里没有消息'],
  ['no renewal in the answer', '应答里没有续订'],
  ['no time in the event', '事件里没有时间'],
  ["the camera's clock shows the year {}", '摄像机时钟显示的年份是 {}'],
  ["{} s old by the camera's clock", '按摄像机时钟是 {} 秒前的'],
  ['part skipped: {}', '跳过一段：{}'],
  ['no alert in it', '其中没有报警'],
  ['no EventNotificationAlert', '不是 EventNotificationAlert'],
  ['no plate field in it', '其中没有车牌字段'],
  ['{} ({} bytes, sha256 {})', '{}（{} 字节，sha256 {}）'],
  ['larger than {} bytes', '超过 {} 字节'],
  ['unknown or wrong character encoding', '字符编码未知或不对'],
  ['too many fields', '字段过多'],
  ['nested too deeply', '嵌套过深'],
  ['deeper than {}', '嵌套超过 {} 层'],
  ['more than {} nodes', '节点超过 {} 个'],
  ['no element', '没有内容'],
  ['bytes outside any frame', '帧外的字节'],
  ['frames cut off, or of another length', '帧不完整或长度不符'],
  ['longer than any frame', '超过最长的帧'],
  ['wrong checksum', '校验和错误'],
  ['wrong Wiegand parity', '韦根奇偶校验错误'],
  ['no Wiegand frame of a known number of bits', '不是已知位数的韦根帧'],
  ['other characters, or another number of them, than the set format has', '字符或其个数与设置的写法不符'],
  ['frames that are no card in the set format', '按设置的写法不是卡号'],
  ['not read: {}', '没有读到：{}'],
  ['occupied: {}', '有物体：{}'],
  ['an input to be clear does not exist', '要求无障碍的输入不存在'],
  ['OFF not confirmed: {}', '断开未得到确认：{}'],
  ['OFF given up: {}', '断开已放弃：{}'],
  ['not within {} s', '{} 秒内没有完成'],
  ['its secret path is that of {}', '密码路径与 {} 的相同'],
  ['secret {} is missing or empty', '密码 {} 缺失或为空'],
  ['the store opened too late', '数据库打开得太晚'],
  ['stdin closed', '标准输入已关闭'],
  ['not sent: {}', '未发出：{}'],
];

/** Codes that drivers and field write as they are, or before a colon. */
const codes: Readonly<Record<string, string>> = {
  lost: '连接中断',
  unreadable: '读不懂',
  unauthorised: '登录被拒绝',
  fault: '摄像机报错',
  overdue: '没有及时应答',
  lockedOut: '为免锁定账号暂不登录',
  silent: '中途没有数据',
  cut: '中途断开',
  tooLarge: '过大',
  whole: '对方结束了传送',
  truncated: '不完整',
  partTooLarge: '一段过大',
  headerTooLarge: '段头过大',
  tooManyParts: '段数过多',
  noBoundary: '没有分隔标志',
  unreceipted: '等待回执的识别过多',
  cameraNotRunning: '摄像机的接入没有启动',
  cameraHostDown: '摄像机接入进程没有运行',
  'no JSON': '不是 JSON',
  'socket hang up': '对方中断了连接',
};

/** The system's own names for what went wrong; they stay beside the words, for a manual or a search. */
const system: Readonly<Record<string, string>> = {
  ECONNREFUSED: '对方拒绝连接',
  ECONNRESET: '对方中断了连接',
  ETIMEDOUT: '连接超时',
  EHOSTUNREACH: '网络上找不到对方',
  ENETUNREACH: '网络不通',
  ENOTFOUND: '名称解析不到',
  EAI_AGAIN: '名称服务器不应答',
  EPIPE: '对方已断开',
  EADDRINUSE: '端口已被占用',
  EADDRNOTAVAIL: '本机没有这个地址',
  ENOENT: '不存在',
  EACCES: '没有权限',
  EBUSY: '被别的程序占用',
  EAGAIN: '被别的程序占用',
  ENXIO: '设备不在',
  ENODEV: '设备不在',
  ENOTTY: '不是串口',
  EIO: '读写出错',
  ENOSPC: '磁盘已满',
  SIGTERM: '收到停止信号',
  SIGINT: '收到中断信号',
};

const needs: Readonly<Record<string, string>> = {
  needsNamedPerson: '须由具名人员',
  needsPersonOnTheSpot: '须由现场人员',
  contactNotNormal: '触点尚未恢复',
  keyHeldByEmergency: '此键正由应急占用',
  tooManyClaims: '占用过多',
  noSuchClaim: '没有这个占用',
  noSuchFault: '没有这个故障',
  noSuchLane: '没有这条车道',
  noSuchRoute: '没有这条应急通道',
  latchUnreadable: '应急存档待人确认',
  endsByItself: '原因消除后自行解除',
  nothingReferred: '没有等待人工的车辆',
  noCloseBySoftware: '本车道软件不落杆',
  notCommissioned: '车道未验收',
  faultAcknowledged: '故障已由人确认',
  personWatching: '有人看着',
  attendedClosing: '有人看着并按住关闸',
  needsAttendedClosing: '有传感器被旁路，须按住关闸',
  noSuchSafetySensor: '没有这个防砸传感器',
  boardProtectionNotProved: '验收时未证实道闸自身防砸',
  bypassTooLong: '旁路最长 12 小时',
  anotherSensorBypassed: '已有另一个传感器被旁路',
  noSuchBypass: '没有这个旁路',
  boomClosing: '闸杆正在落下',
  heldByAnother: '另有人按住关闸',
  released: '已松开',
  configApplied: '配置更换',
  restart: '网关重启',
  departureClear: '出口侧无车',
  obstructionInput: '防砸输入',
  outcomesMissing: '等待的结果太多',
  fileUnreadable: '应急存档文件读不出',
  fileMissing: '应急存档文件不见了',
  placesDiffer: '两处应急存档不一致',
  databaseRestored: '数据库是恢复或新建的',
  databaseUnreadable: '数据库中的应急存档读不出',
  databaseUnusable: '数据库打不开',
};

const patterns = sentences.map(([en, zh]) => {
  const source = en.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll('{}', '(.+?)');
  return { pattern: new RegExp(`^${source}$`, 'su'), zh };
});

/** Deeper than any sentence names another. */
const nestedMax = 4;
/** Longer ones are none of ours; matching them would take its time. */
const lengthMax = 500;

/** A detail as the reader's language has it; what is not known stays as it is. */
export function detailWords(text: string, language: Language): string {
  return language === 'zh' && text.length <= lengthMax ? chinese(text, nestedMax) : text;
}

function chinese(text: string, deeper: number): string {
  for (const { pattern, zh } of patterns) {
    const found = pattern.exec(text);
    if (found === null) continue;
    let at = 0;
    return zh.replaceAll('{}', () => {
      at += 1;
      const part = found[at] ?? '';
      return deeper > 0 ? chinese(part, deeper - 1) : part;
    });
  }
  const code = coded(text);
  if (code !== text) return code;
  // `host:port: what happened`, `coil 3: what happened`, `lost: why`.
  const [, before = '', after = ''] = /^(.{1,200}?): (.+)$/s.exec(text) ?? [];
  if (before !== '' && deeper > 0 && coded(before) !== before) return `${coded(before)}：${chinese(after, deeper - 1)}`;
  const name = /\b(?:E[A-Z_]{3,}|SIG[A-Z]+)\b/.exec(text)?.[0];
  if (name !== undefined && Object.hasOwn(system, name)) return `${system[name]}（${text}）`;
  if (before === '' || deeper === 0) return text;
  const [first, second] = [coded(before), chinese(after, deeper - 1)];
  return first === before && second === after ? text : `${first}：${second}`;
}

/** Codes that stand alone: results, actions, causes. */
function coded(text: string): string {
  for (const words of [needs, codes]) if (Object.hasOwn(words, text)) return words[text] ?? text;
  const say = (zh: string): string => zh;
  for (const word of [resultWord, actionWord, causeWord, passageWhyWord, contactWord]) {
    const found = word(text, say);
    if (found !== text) return found;
  }
  return text;
}
