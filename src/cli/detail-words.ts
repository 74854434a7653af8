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
  ['the line was stopped', '线路已停'],
  ['the line’s queue is full', '线路排队已满'],
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
  ['not sent: {}', '未发出：{}'],
];

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
};

const names: Readonly<Record<string, string>> = {
  action: '动作',
  acts: '处理',
  afterMs: '经过毫秒',
  autoClose: '落杆方式',
  basis: '依据',
  command: '命令',
  contact: '触点',
  detail: '详情',
  direction: '方向',
  input: '输入',
  inputs: '输入',
  lane: '车道',
  line: '线路',
  needs: '需要',
  outputs: '输出',
  passages: '通行次数',
  policy: '规定',
  reads: '读取次数',
  reopenings: '重新抬起次数',
  result: '结果',
  since: '自',
  sinceMs: '已毫秒',
  tries: '次数',
  why: '原因',
  withinMs: '毫秒之内',
};

const needs: Readonly<Record<string, string>> = {
  personWatching: '有人看着',
  departureClear: '出口侧无车',
  obstructionInput: '防砸输入',
  outcomesMissing: '等待的结果太多',
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

/** Name of a detail's field. */
export function detailName(name: string, language: Language): string {
  return language === 'zh' && Object.hasOwn(names, name) ? (names[name] ?? name) : name;
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
  const errno = /\bE[A-Z_]{3,}\b/.exec(text)?.[0];
  if (errno !== undefined && Object.hasOwn(system, errno)) return `${system[errno]}（${text}）`;
  // `host:port: what happened`, `coil 3: what happened`.
  const [, before, after] = /^(.{1,200}?): (.+)$/s.exec(text) ?? [];
  if (before === undefined || after === undefined || deeper === 0) return text;
  const [first, second] = [coded(before), chinese(after, deeper - 1)];
  return first === before && second === after ? text : `${first}：${second}`;
}

/** Codes that stand alone: results, actions, causes. */
function coded(text: string): string {
  if (Object.hasOwn(needs, text)) return needs[text] ?? text;
  const say = (zh: string): string => zh;
  for (const word of [resultWord, actionWord, causeWord, passageWhyWord, contactWord]) {
    const found = word(text, say);
    if (found !== text) return found;
  }
  return text;
}
