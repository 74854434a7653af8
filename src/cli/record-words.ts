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
  closeOff: ['断开关闸触点', 'CLOSE contact off'],
  stopOff: ['断开停止触点', 'STOP contact off'],
  announceOn: ['警示开', 'announcement on'],
  announceOff: ['警示关', 'announcement off'],
  feedbackOn: ['反馈闭合', 'feedback closed'],
  feedbackOff: ['反馈断开', 'feedback opened'],
  feedback2On: ['反馈 2 闭合', 'feedback 2 closed'],
  feedback2Off: ['反馈 2 断开', 'feedback 2 opened'],
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
  obstructionUnknown: ['防砸传感器未知', 'an obstruction sensor that is unknown'],
  afterObstruction: ['障碍移开后', 'closing behind an obstruction'],
  reopenAgain: ['未见抬起，再次抬杆', 'a reopening that was not seen to raise the boom'],
  laneReplaced: ['车道配置更换', 'a lane that was replaced'],
  relock: ['重新上锁', 'locking again'],
  letGo: ['松开按住的关闸', 'a held close let go'],
  stopFailed: ['停止未成功', 'a STOP that failed'],
  rex: ['出门按钮', 'request to exit'],
  contactFoundOn: ['发现触点闭合', 'a contact found on'],
  buttonHeld: ['按钮按住', 'a button held'],
  wayOpen: ['应急通道已实测全开', 'a way measured open for the fire panel'],
  wayNotOpen: ['应急通道不再全开', 'a way that is open no more'],
  announcementOver: ['警示结束', 'the end of an announcement'],
};

const notes: Readonly<Record<string, Pair>> = {
  started: ['网关启动', 'gateway started'],
  stopping: ['网关停止', 'gateway stopping'],
  listSwapped: ['名单更换', 'list swapped'],
  configApplied: ['配置生效', 'configuration applied'],
  clockStepped: ['时钟跳变', 'clock stepped'],
  recordsLost: ['记录丢失', 'records lost'],
  upstreamIgnored: ['平台消息，未执行', 'message of the platform, ignored'],
  upstreamGap: ['记录未上传即已不在', 'records gone before they were sent'],
  upstreamSkipped: ['平台不接受该记录，已跳过', 'record passed over, the platform does not take it'],
  unwrittenImported: ['补入上次未写入的记录', 'records taken in that an earlier run could not write'],
  journalMended: ['流水恢复', 'journal mended'],
  movedUnordered: ['闸杆未经指令动作', 'boom moved without an order'],
  interlockOverridden: ['按钮放行，互锁另一侧未关', 'opened by the guard against the interlock'],
  claimRecalled: ['恢复启动前的占用', 'claim from before the start'],
  claimRefused: ['占用被拒', 'claim refused'],
  emergencyRecalled: ['恢复启动前的应急', 'emergency from before the start'],
  announced: ['预告', 'announced'],
  reasonGiven: ['补记开闸原因', 'reason given for an opening'],
  reasonNotAsked: ['待补原因过多，不再询问', 'reason not asked any more, there are too many'],
  faultAcknowledged: ['故障由人确认', 'fault acknowledged'],
  closeDecided: ['决定落杆', 'close decided'],
  contactFoundOn: ['发现触点闭合', 'contact found on'],
  requestRefused: ['请求被拒', 'request refused'],
  answerRefused: ['答复无效', 'answer refused'],
  releaseRefused: ['解除被拒', 'release refused'],
  closeLetGo: ['按住关闸已松开', 'held close let go'],
  bypassBegun: ['旁路传感器', 'sensor bypassed'],
  bypassRefused: ['旁路被拒', 'bypass refused'],
  bypassUsed: ['旁路下落杆', 'close without the bypassed sensor'],
  bypassEnded: ['旁路结束', 'bypass ended'],
  reversed: ['落杆中改为抬起', 'reversed while it closed'],
  personalDeleted: ['个人信息已删除', 'personal data deleted'],
};

/** Kinds that `recordLine` puts into words of their own, beside the notes. */
const worded = [
  ...[
    'plateRead',
    'cardRead',
    'decision',
    'commanded',
    'outcome',
    'position',
    'passage',
    'faultRaised',
    'faultCleared',
  ],
  ...[
    'pressed',
    'claim',
    'claimEnded',
    'emergencyOpened',
    'drillStarted',
    'drillRefused',
    'drillLaneOpened',
    'drillLaneNotOpen',
    'drillEnded',
    'drillRecorded',
    'unmatched',
    'presentationEnded',
    'unreadPresence',
    'committed',
    'alreadyOpen',
    'travelLearned',
  ],
] as const;
export const recordKinds: readonly string[] = [...worded, ...Object.keys(notes)];

const purposes: Readonly<Record<string, Pair>> = {
  hold: ['常开', 'hold'],
  lockdown: ['封闭', 'lockdown'],
  outOfService: ['检修', 'out of service'],
  fire: ['火警', 'fire'],
  drill: ['演练', 'drill'],
  emergency: ['应急', 'emergency'],
};

const vias: Readonly<Record<string, Pair>> = {
  button: ['岗亭按钮', 'button'],
  screen: ['屏幕', 'screen'],
  cli: ['命令行', 'cli'],
  schedule: ['时间表', 'schedule'],
  upstream: ['物业平台', 'upstream'],
  gateway: ['网关', 'gateway'],
  contact: ['触点', 'contact'],
  expiry: ['到期', 'expiry'],
  count: ['车数已满', 'the last vehicle'],
};

const presses: Readonly<Record<string, Pair>> = {
  open: ['开闸', 'open'],
  close: ['关闸', 'close'],
  stop: ['停止', 'stop'],
  closeHeld: ['按住关闸', 'close, held'],
  rex: ['出门', 'request to exit'],
};

const onlyRecorded: Readonly<Record<string, Pair>> = {
  replayed: ['补传', 'replayed'],
  historical: ['历史记录', 'historical'],
  held: ['迟到', 'held too long'],
  resent: ['重复发送', 'sent again'],
  oppositeOfPassage: ['对向摄像机所见的同一辆车', 'the same car, seen from the other side'],
  noLane: ['不属于任何车道', 'of no lane'],
};

const passageWhys: Readonly<Record<string, Pair>> = {
  notOpened: ['未能开闸', 'it was not opened'],
  laneReplaced: ['车道已更换', 'the lane was replaced'],
  boardClosed: ['道闸自行关闭', 'the board closed'],
  notSeenToRise: ['未见闸杆抬起', 'the boom was not seen to rise'],
  foundOpen: ['启动时闸杆已开', 'the boom was found open'],
  overtaken: ['被封闭、检修或名单取代', 'a lockdown, out of service or another list came first'],
  presentedTooLongAgo: ['出示已过时限', 'it was shown too long ago'],
  endNotSeen: ['没有看到车辆离开', 'its end was not seen'],
  stepInputNotMeasuredClosed: ['步进输入，闸杆未测到关闭', 'a step input whose boom is not measured closed'],
};

const contacts: Readonly<Record<string, Pair>> = {
  open: ['开闸触点', 'OPEN contact'],
  close: ['关闸触点', 'CLOSE contact'],
  stop: ['停止触点', 'STOP contact'],
  announce: ['警示触点', 'announcement contact'],
  hold: ['保持触点', 'HOLD contact'],
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
export const purposeWord = named(purposes);
export const viaWord = named(vias);
export const pressWord = named(presses);
export const onlyRecordedWord = named(onlyRecorded);
export const contactWord = named(contacts);
export const passageWhyWord = named(passageWhys);
