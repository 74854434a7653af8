/** Why a close or STOP is not obeyed, a close not held or a sensor not bypassed, and what would help: core's names for it, in both languages. */
import type { Language } from '../core/words/words.ts';

const refusals: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  needsNamedPerson: { zh: '须由具名人员', en: 'a named person must ask for it' },
  needsPersonOnTheSpot: { zh: '须由现场人员', en: 'a person on the spot must ask for it' },
  noSuchSafetySensor: { zh: '它不是本车道的防砸传感器', en: 'it is no obstruction input of this lane' },
  notCommissioned: { zh: '车道未验收，只能现场人工', en: 'the lane is not signed off: manual only' },
  boardProtectionNotProved: {
    zh: '没有证实道闸自身防砸；停掉程序实测遇障反弹后，在车道写 boardProtection',
    en: 'the barrier’s own protection is not proved; test the reversal with the daemon stopped and write boardProtection at the lane',
  },
  noCloseBySoftware: {
    zh: '本车道软件不落杆（没有防砸输入，或接的是步进输入）',
    en: 'software closes nothing on this lane (no obstruction input, or a step input)',
  },
  bypassTooLong: { zh: '最长 12 小时', en: '12 h is the most' },
  anotherSensorBypassed: {
    zh: '已有另一个传感器被旁路，只能旁路一个',
    en: 'another sensor of the lane is bypassed, and only one may be',
  },
  noSuchBypass: { zh: '没有这个旁路', en: 'no such bypass stands' },
  boomClosing: {
    zh: '闸杆正在落下，或尚未确认落下，请稍后再试',
    en: 'the boom is going down, or was not seen to be down; try again in a moment',
  },
  heldByAnother: { zh: '另有人按住关闸', en: 'somebody else holds a close there' },
  letGo: { zh: '已松开或连接中断', en: 'it was let go, or the connection was lost' },
  latchUnreadable: { zh: '应急存档待人确认', en: 'the kept emergencies await a person’s word' },
  emergency: { zh: '车道处于应急', en: 'the lane is in an emergency' },
  needsAttendedClosing: {
    zh: '有传感器被旁路，须看着闸杆按住关闸',
    en: 'a sensor is bypassed: the close must be held by a person who watches',
  },
  noStopOutput: { zh: '道闸没有接停止输出', en: 'the barrier has no STOP that is wired' },
  heldOpen: { zh: '车道被占用常开', en: 'the lane is held open' },
};

export function refusalText(code: string, language: Language): string | null {
  return Object.hasOwn(refusals, code) ? (refusals[code]?.[language] ?? null) : null;
}
