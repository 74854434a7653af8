/** Faults whose effect depends on what the device is to its lane: the board of a boom or door, a camera, a reader. */
import type { Text } from '../values.ts';

export type DeviceRole = 'portal' | 'camera' | 'reader';

type ByRole = Readonly<Record<DeviceRole, Text>>;

const deviceSilent: ByRole = {
  portal: {
    zh: '道闸或门的控制板没有应答，或其输入读不到：它的所有状态视为未知，所属车道只能人工操作，其他车道不受影响。请检查供电、接线和转换器。',
    en: 'The board of a boom or door does not answer, or its inputs cannot be read: all of its states are unknown, its lane is manual only, other lanes are not affected. Check its power, the line and the adapter.',
  },
  camera: {
    zh: '摄像机没有应答：收不到它的车牌，这里的车辆要靠刷卡或人工放行，刷卡与道闸不受影响。请检查供电、网络和密码。',
    en: 'A camera does not answer: plates of it are not received, cars there need a card or the guard, and cards and the boom work as before. Check its power, the network and the password.',
  },
  reader: {
    zh: '读卡器没有应答：在这里刷卡无效，车牌放行与道闸不受影响，要求车牌加卡的车辆按本车道规定处理。请检查供电、接线和转换器。',
    en: 'A reader does not answer: cards shown at it are not read, while plates and the boom work as before; cars that need plate and card are treated as their lane says. Check its power, the line and the adapter.',
  },
};

const driverFailed: ByRole = {
  portal: {
    zh: '控制板的驱动出错，正在重启：期间它的状态未知，所属车道只能人工操作，其他车道不受影响，反复出现请联系维护。',
    en: 'The driver of a board broke down and is being restarted: until then its states are unknown and its lane is manual only, other lanes are not affected. If this repeats, call service.',
  },
  camera: {
    zh: '摄像机的驱动出错，正在重启：期间收不到它的车牌，车辆要靠刷卡或人工放行，反复出现请联系维护。',
    en: 'The driver of a camera broke down and is being restarted: until then plates of it are not received, and cars need a card or the guard. If this repeats, call service.',
  },
  reader: {
    zh: '读卡器的驱动出错，正在重启：期间在这里刷卡无效，车牌放行与道闸不受影响，反复出现请联系维护。',
    en: 'The driver of a reader broke down and is being restarted: until then cards shown at it are not read, while plates and the boom work as before. If this repeats, call service.',
  },
};

export const faultsByRole: Readonly<Record<string, ByRole>> = { deviceSilent, driverFailed };
