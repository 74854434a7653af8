/** Words of the journal beside core's: actions, outcomes, reasons for commands, and the kinds of records that are plain notes. */
import type { Say } from './settings.ts';

type Pair = readonly [zh: string, en: string];

const actions: Readonly<Record<string, Pair>> = {
  pulseOpen: ['抬杆', 'open'],
  pulseClose: ['落杆', 'close'],
  stop: ['停止', 'stop'],
  holdOn: ['保持开启', 'hold open'],
  holdOff: ['解除保持', 'end of hold'],
  unlock: ['开锁', 'unlock'],
  lock: ['上锁', 'lock'],
};

const results: Readonly<Record<string, Pair>> = {
  confirmed: ['设备已确认', 'confirmed by the device'],
  refused: ['被拒绝', 'refused'],
  unanswered: ['设备无应答', 'no answer from the device'],
  expired: ['已过时限，未发出', 'too late, not sent'],
  notClear: ['下方有障碍，未发出', 'not clear, not sent'],
  unreachable: ['设备不可达', 'device not reachable'],
};

const causes: Readonly<Record<string, Pair>> = {
  grant: ['放行', 'a grant'],
  guard: ['保安', 'the guard'],
  emergencyVehicle: ['应急车辆', 'an emergency vehicle'],
  held: ['常开', 'a hold'],
  lostReply: ['回显丢失，补发一次', 'a lost reply, the one second frame'],
  behindVehicle: ['车辆通过后', 'closing behind a vehicle'],
  notTaken: ['未通过', 'a grant not taken'],
  foundOpen: ['发现开启', 'a boom found open'],
  claimEnded: ['占用结束', 'the end of a claim'],
  obstruction: ['遇障碍', 'an obstruction'],
  rex: ['出门按钮', 'request to exit'],
};

const notes: Readonly<Record<string, Pair>> = {
  started: ['网关启动', 'gateway started'],
  stopping: ['网关停止', 'gateway stopping'],
  listSwapped: ['名单更换', 'list swapped'],
  configApplied: ['配置生效', 'configuration applied'],
  clockStepped: ['时钟跳变', 'clock stepped'],
  recordsLost: ['记录丢失', 'records lost'],
  journalMended: ['流水恢复', 'journal mended'],
  announced: ['预告', 'announced'],
  closeDecided: ['决定落杆', 'close decided'],
  requestRefused: ['请求被拒', 'request refused'],
  answerRefused: ['答复无效', 'answer refused'],
  releaseRefused: ['解除被拒', 'release refused'],
};

const named =
  (names: Readonly<Record<string, Pair>>) =>
  (word: string, say: Say): string => {
    const pair = Object.hasOwn(names, word) ? names[word] : undefined;
    return pair === undefined ? word : say(pair[0], pair[1]);
  };

/** Each gives a word that it does not know as it is. */
export const actionWord = named(actions);
export const resultWord = named(results);
export const causeWord = named(causes);
export const noteWord = named(notes);
