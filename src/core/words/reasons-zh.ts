/** One Chinese sentence for each reason code; `reasons-en.ts` must have the same keys. */
import type { ReasonCode } from '../decide/decision.ts';
import type { FactReader } from './facts-text.ts';

type Sentence = (f: FactReader) => string;

export const reasonsZh: Record<ReasonCode, Sentence> = {
  permitted: (f) => `名单许可有效（类别：${f.word('category')}）`,
  exitFree: () => '出口自由放行',
  blindExit: (f) => `未识别到凭证，车辆已在自由出口停留 ${f.seconds('presentMs')} 秒`,
  emergencyVehicle: (f) => `应急车辆，免验证放行（${f.text('framesAgree')} 帧一致）`,
  guardGranted: () => '岗亭人工放行',
  heldOpen: () => '车道由人保持常开，不查凭证',
  blocked: (f) => (f.is('alarm', true) ? '在黑名单中，请保安注意' : '在黑名单中'),
  unknownCredential: () => '不在名单中',
  CredentialNotEnabled: () => '凭证已停用',
  CredentialNotActive: () => '凭证尚未生效',
  CredentialExpired: () => '凭证已过期',
  NotPermittedAtThisTime: (f) => `当前时段不允许通行（允许：${f.list('windows')}）`,
  Unauthorized: (f) => `该许可不能走本车道或本方向（允许车道：${f.list('lanes')}）`,
  usesSpent: () => '次数已用完',
  colorMismatch: (f) => `车牌颜色不符：登记${f.word('bound')}牌，识别为${f.word('read')}牌`,
  laneClosed: () => '本车道不开放该方向',
  laneNotCommissioned: () => '车道尚未验收，只能人工操作',
  lockedDown: (f) => (f.is('alarm', true) ? '小区已封闭，有车驶出，请保安注意' : '小区已封闭，暂停进入'),
  outOfService: () => '车道检修中',
  opposingDirection: () => '应急通道占用中，禁止对向进入',
  grantQueueFull: () => '等待放行的车辆过多',
  interlockOpen: (f) => `互锁的另一侧（${f.list('others')}）还没有关上，关上后自动再判`,
  interlockUnknown: (f) => `互锁的另一侧（${f.list('others')}）没有测到关闭，只能人工放行`,
  awaitingSecondFactor: (f) => (f.is('awaits', 'plate') ? '请等待车牌识别' : '车牌已识别，请刷卡'),
  secondFactorMissing: (f) => (f.is('awaits', 'plate') ? '超时未识别到车牌' : '超时未刷卡'),
  secondFactorMismatch: () => '车牌与卡不属于同一许可',
  secondFactorUnavailable: (f) => {
    const device = f.is('awaits', 'plate') ? '摄像机' : '读卡器';
    if (f.is('fault', 'notBuiltIn')) return `许可要求车牌加卡，而本车道没有${device}，请人工核对`;
    return `${device}故障（${f.word('fault')}），另一项无法核对，请人工核对`;
  },
  secondFactorWaived: (f) =>
    f.is('awaits', 'plate')
      ? `摄像机故障（${f.word('fault')}），按本车道规定只凭卡放行，请保安注意`
      : `读卡器故障（${f.word('fault')}），按本车道规定只凭车牌放行，请保安注意`,
  plateUncertain: (f) =>
    f.text('bound') === '–'
      ? `车牌识别不可靠（置信度 ${f.percent('confidence')}，要求 ${f.percent('minConfidence')}）`
      : '摄像机未识别出车牌颜色，无法确认是登记车辆',
  nearPlate: () => '与名单中一个车牌只差一个易混字符，请人工核对',
  noPlate: () => '未识别到车牌',
  unreadPresence: (f) =>
    f.is('risen', false) ? '启动或传感器恢复时已有车辆停留，没有识别记录' : '有车辆停留，没有识别到任何凭证',
  listUnavailable: () => '名单暂不可用',
  clockUntrusted: () => '网关时钟未校准，无法判断有效期',
  drivingAway: () => '摄像机判断车辆正在驶离，请人工确认',
  notPresent: () => '未检测到车辆，不予放行',
  emergencyUnconfirmed: (f) =>
    f.is('colorMatches', false) ? '应急车牌颜色不符，请人工确认' : '疑似应急车辆，请立即人工确认',
  journalBroken: () => '流水无法写入，一次性凭证暂停使用',
  replayed: () => '迟到或补传的识别结果，只记录不放行',
  Other: (f) => (f.is('fee', 'unknown') ? '费用未知，请人工处理' : '请人工处理'),
};
