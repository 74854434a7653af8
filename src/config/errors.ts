/** The catalogue of everything that a check of the configuration can say, in both languages, with advice to the technician. */
import { type Entry, error, info, warning } from './catalogue-entry.ts';
import { guarded } from './errors-of-secrets.ts';
import { routes } from './errors-of-routes.ts';
import { reading, shape } from './errors-of-text.ts';

export type { Params } from './catalogue-entry.ts';

const references = {
  'E-DRIVER': error('没有名为 "{driver}" 的驱动', 'there is no driver "{driver}"', '{suggestZh}', '{suggestEn}'),
  'E-DRIVER-FAILED': error(
    '驱动 "{driver}" 检查此设备时出错：{why}',
    'driver "{driver}" failed on this device: {why}',
    '请把配置和这一行发给驱动作者',
    "send the configuration and this line to the driver's author",
  ),
  'E-PROFILE': error(
    '没有名为 "{profile}" 的型号文件',
    'there is no profile "{profile}"',
    '{suggestZh}',
    '{suggestEn}',
  ),
  'E-LINE-UNKNOWN': error('没有定义总线 "{line}"', 'line "{line}" is not defined', '{suggestZh}', '{suggestEn}'),
  'E-LINE-MISSING': error(
    '驱动 "{driver}" 需要 line',
    'driver "{driver}" needs a line',
    '写 line: 总线名；总线在 lines 段定义',
    'write line: and the name of a line, which the lines section defines',
  ),
  'E-LINE-UNWANTED': error(
    '驱动 "{driver}" 不使用 line',
    'driver "{driver}" takes no line',
    '删掉 line；此设备用自己的地址联网',
    'delete line: this device is reached by an address of its own',
  ),
  'E-LINE-KIND': error(
    '驱动 "{driver}" 不能用 {type} 总线',
    'driver "{driver}" cannot use a {type} line',
    '换一条 {kinds} 总线',
    'take a line of type {kinds}',
  ),
  'E-DEVICE-UNKNOWN': error(
    '没有定义设备 "{device}"',
    'device "{device}" is not defined',
    '{suggestZh}',
    '{suggestEn}',
  ),
  'E-DEVICE-KIND': error(
    '设备 "{device}" 不是{kindZh}',
    'device "{device}" is not a {kindEn}',
    '换成{kindZh}设备的名称，或移到车道中合适的键下',
    'name a {kindEn} here, or move the device to the key of the lane that fits it',
  ),
  'W-VALUE': warning('{why}', '{whyEn}', '{adviceZh}', '{adviceEn}'),
  'W-DEVICE-UNUSED': warning(
    '没有车道使用设备 "{device}"',
    'no lane uses device "{device}"',
    '在车道的 barrier、door、cameras、readers 或 sensors 里写上它，或删掉它',
    'name it in a lane (barrier, door, cameras, readers, sensors), or delete it',
  ),
  'W-LINE-UNUSED': warning(
    '没有设备使用总线 "{line}"',
    'no device uses line "{line}"',
    '在设备里写 line: {line}，或删掉这条总线',
    'write line: {line} in a device, or delete the line',
  ),
  'E-ADDRESS-SHARED': error(
    '{endpoint} 已是相机 "{other}" 的地址',
    '{endpoint} is already the address of camera "{other}"',
    '改成这台相机自己的地址；一台设备带多个通道时，只定义一次，各车道写 { device: {other}, channel: 1 }',
    'give this camera its own address; a recorder with several channels is one device, each lane naming { device: {other}, channel: 1 }',
  ),
  'W-ADDRESS-SHARED': warning(
    '{endpoint} 也是相机 "{other}" 的地址',
    '{endpoint} is also the address of camera "{other}"',
    '看地址有没有抄错；若是一台设备带多个通道，只定义一次，各车道写 { device: {other}, channel: 1 }',
    'see whether the address was copied by mistake; a recorder with several channels is one device, each lane naming { device: {other}, channel: 1 }',
  ),
} as const satisfies Record<string, Entry>;

const wires = {
  'E-COIL-SHARED': error(
    '输出 {coil} 已属于 "{other}"',
    'output {coil} already belongs to "{other}"',
    '一个输出只能动一条车道的闸',
    "one output moves one lane's boom",
  ),
  'E-PORTAL-SHARED': error(
    '"{device}" 已是车道 "{other}" 的闸',
    '"{device}" is already the portal of lane "{other}"',
    '双向车道写 direction: both',
    'a two-way lane says direction: both',
  ),
  'E-UNIT-SHARED': error(
    '站号 {unit} 在总线 "{line}" 上已属于 "{other}"',
    'unit {unit} of line "{line}" already belongs to "{other}"',
    '给每块板设不同的站号',
    'give each board its own unit id',
  ),
  'E-BOARD-DIFFERS': error(
    '总线 "{line}" 站号 {unit} 在 "{other}" 处是“{otherTitle}”，这里是“{title}”',
    'unit {unit} of line "{line}" is "{otherTitle}" for "{other}" and "{title}" here',
    '同一块板写同一个 profile；若是两块板，各设自己的站号',
    'one board has one profile; two boards need a unit id each',
  ),
  'E-CHANNEL-SHARED': error(
    '"{other}" 已占用站号 {unit} 的{channelsZh}',
    '"{other}" already has {channelsEn} of unit {unit}',
    '同一块板上的设备各用各的继电器和输入：写 relays: 和 inputs:，按板上印的号',
    'devices on one board take relays and inputs of their own: write relays: and inputs: with the numbers printed on it',
  ),
  'E-LINE-TAKEN': error(
    '总线 "{line}" 已属于读卡器 "{other}"：字节流分不清来自谁',
    'line "{line}" already belongs to the reader "{other}": plain bytes do not say whose they are',
    '给每台读卡器一条 serial 或 tcp 总线',
    'give each reader a line of its own, serial or tcp',
  ),
  'E-ENDPOINT-SHARED': error(
    '{endpoint} 已被总线 "{other}" 使用',
    '{endpoint} is already used by line "{other}"',
    '一个端口只有一个主人：{adviceZh}',
    'a port has one owner: {adviceEn}',
  ),
  'W-LINE-BAUD': warning(
    '总线 "{line}" 是 {baud} 波特，这种读卡器出厂是 {wanted}',
    'line "{line}" runs at {baud} baud; this kind of reader comes set to {wanted}',
    '在总线里写 baud: {wanted}；读卡器确已改成 {baud} 则可不理会',
    'write baud: {wanted} in the line; fine if the reader itself was set to {baud}',
  ),
  'E-PORT-PATH': error(
    '必须是 /dev/… 路径，得到 {got}',
    'must be a /dev/… path, got {got}',
    '用 ls /dev/serial/by-id/ 找到固定路径',
    'find the lasting path with ls /dev/serial/by-id/',
  ),
  'W-PORT-UNSTABLE': warning(
    '{got} 在重插或重启后会变{whyZh}',
    '{got} changes after a replug or restart{whyEn}',
    '用 ls /dev/serial/by-id/ 找到固定路径',
    'find the lasting path with ls /dev/serial/by-id/',
  ),
  'W-BUDGET': warning(
    '总线 "{line}" 的轮询需要 {percent}% 的总线时间；实际约 {rateHz} Hz，可同时落杆 {closings} 台',
    'polls of line "{line}" need {percent}% of the wire; about {rateHz} Hz will be reached, {closings} booms can close at once',
    '提高波特率、拆成两条总线，或放慢 poll',
    'raise the baud rate, split the line, or poll more slowly',
  ),
  'I-CLOSINGS': info(
    '总线 "{line}" 最多同时看护 {closings} 台落杆（共 {booms} 台），其余开着等待',
    'line "{line}" can watch {closings} of its {booms} booms closing at once; the others wait open',
    '要同时落更多：提高波特率或拆成两条总线',
    'for more at once raise the baud rate or split the line',
  ),
  'I-CLOSINGS-ALL': info(
    '总线 "{line}" 上软件能落的闸杆可同时落下（{closings} 台）',
    'all booms of line "{line}" that software closes may close at once ({closings})',
    '一台设备失联时也成立；加道闸后再查',
    'this holds with one unit of the line dead; check again after adding a barrier',
  ),
  'E-SLOW-SCAN': error(
    '{inputs} 最坏 {worstMs} ms 才读到（总线上一台设备失联时），上限 200 ms',
    '{inputs} may be read only after {worstMs} ms (with one unit of the line dead); the limit is 200 ms',
    '{remedyZh}；或单独总线、带锁存的输入、GPIO',
    '{remedyEn}; or its own line, a latching input, GPIO',
  ),
} as const satisfies Record<string, Entry>;

const lanes = {
  'E-PORTALS': error(
    '一条车道只能有一个 barrier、turnstile 或 door',
    'a lane has one of barrier, turnstile or door',
    '只留一个；第二台闸另写一条车道',
    'keep one; a second one is a lane of its own',
  ),
  'E-EMERGENCY-STEP': error(
    '应急路线上的闸不能用 openInput: step',
    'a barrier on an emergency route cannot have openInput: step',
    '接到控制板专用的开闸端子',
    "wire it to the board's dedicated OPEN terminal",
  ),
  'E-EMERGENCY-HOLD': error(
    '应急路线上的闸不能是 hold: none',
    'a barrier on an emergency route cannot have hold: none',
    '接一个保持开闸的输出（maintained 或 holdInput）',
    'wire an output that holds it open (maintained or holdInput)',
  ),
  'E-ESCAPE-SECURE': error(
    '疏散路线上的门必须断电开（failSafe）',
    'a door on an escape route must be fail-safe',
    '换断电开锁',
    'fit a lock that opens without power',
  ),
  'E-BLIND-EXIT': error(
    'blindExit 需要自由出口（exitPolicy: free）、闸杆和该方向的 arming 输入',
    'blindExit needs a free exit (exitPolicy: free), a boom, and an arming input of that direction',
    '接 arming 输入，或删去 blindExit，由人放行',
    'wire an arming input, or remove blindExit: a person then opens',
  ),
  'E-AUTOCLOSE-BLIND': error(
    'autoClose: gateway 需要防砸输入',
    'autoClose: gateway needs an obstruction input',
    '给设备接 obstruction 输入，或 autoClose: board',
    'wire an obstruction input, or use autoClose: board',
  ),
  'E-AUTOCLOSE-STEP': error(
    'autoClose: gateway 不能用于 step 开闸输入：下一个脉冲是开是停无法得知',
    'autoClose: gateway cannot be used with a step input: what its next pulse does to a closing boom is not known',
    '接道闸的专用 OPEN 输入，或 autoClose: board',
    "wire the controller's own OPEN input, or use autoClose: board",
  ),
  'E-STEP-UNSEEN': error(
    '用 openInput: step 的道闸必须有关到位输入：不知道闸杆已落下时，下一个脉冲可能让它落向车辆',
    'a barrier with openInput: step needs its closed limit: where the boom is not seen down, the next pulse may bring it down',
    '接 closedLimit 输入，或改接控制板专用的开闸端子（openInput: dedicated）',
    "wire the closedLimit input, or the board's own OPEN terminal (openInput: dedicated)",
  ),
  'E-AUTOCLOSE-NOCLOSE': error(
    'autoClose: gateway 需要软件能落杆的道闸；此闸用脉冲开，没有关闸输出',
    'autoClose: gateway needs a barrier that software can close; this one opens by a pulse and has no output that closes',
    '接关闸继电器、用保持式开闸，或 autoClose: board',
    'wire a close relay, open it by a maintained contact, or use autoClose: board',
  ),
  'W-NOT-TAKEN-STAYS': warning(
    '没有能识别行人的防砸输入：放行后车未通过时，闸杆会一直开着，直到有人看着落杆',
    'no obstruction input sees persons: after a grant that is not taken the boom stays up until a person closes it',
    '接能识别行人的雷达并写 detects: both，或安排人员看守',
    'fit a radar that sees persons and write detects: both, or have the gate attended',
  ),
  'E-YIELD-UNPROVED': error(
    'onObstructionUnknown: yieldToBoard 需要验收时证实过的道闸自身硬线防砸',
    'onObstructionUnknown: yieldToBoard needs hard-wired protection of the barrier itself, proved at sign-off',
    '停掉程序实测遇障反弹后写 boardProtection: { provedBy: 姓名, on: 2026-03-01 }，否则用 stayOpen',
    'prove with the daemon stopped that an obstruction reverses the boom, then write boardProtection: { provedBy: name, on: 2026-03-01 }; else use stayOpen',
  ),
  'W-YIELD-NOTHING': warning(
    'onObstructionUnknown: yieldToBoard 不起作用：{keeps} 时道闸控制板不会自行落杆，传感器失效后闸杆一直开着',
    'onObstructionUnknown: yieldToBoard has no effect: with {keeps} the board does not close by itself, and the boom stays open over a dead sensor',
    '改用 open: pulse 加 autoClose: board，或写 stayOpen',
    'use open: pulse with autoClose: board, or write stayOpen',
  ),
  'W-BUTTON-CLOSES-NOTHING': warning(
    'buttonCloses 不起作用：落杆需要 {missing}',
    'buttonCloses has no effect: its close needs {missing}',
    '接上所缺的输入，或删掉 buttonCloses',
    'wire what is missing, or delete buttonCloses',
  ),
  'I-ANNOUNCE-NONE': info(
    '没有落杆警示灯或蜂鸣器：前面没有车的落杆只在屏幕和流水中预告',
    'no lamp or buzzer announces a close: one with no vehicle directly before is announced on the screen and in the journal only',
    '接一个继电器并写 announce: wired',
    'wire one to a relay and write announce: wired',
  ),
  'W-OBSTRUCTION-WIRING': warning(
    '防砸输入 "{input}" 断线时读作“无车”',
    'obstruction input "{input}" reads clear with a cut cable',
    '改成常闭接线：通电 = 无车',
    'wire it energised = clear',
  ),
  'W-OBSTRUCTION-NONE': warning(
    '没有防砸输入：软件永不落杆',
    'no obstruction input: software will never close this boom',
    '由道闸自己落杆时可以如此；否则接地感或雷达并写 inputs: { obstruction: … }',
    "fine where the barrier's board closes; otherwise wire a loop or radar and write inputs: { obstruction: … }",
  ),
  'W-SECOND-FACTOR-HALF': warning(
    '写了 {key}，但{directionZh}方向没有{lacksZh}：要求车牌加卡的许可在此只能转人工',
    '{key} is stated, but {directionEn} there is no {lacksEn}: permits for plate + card are referred here',
    '在 readers 和 cameras 中写上设备，或删掉 {key}',
    'name devices under readers and cameras, or delete {key}',
  ),
  'E-FIRE-PAIR': error(
    '消防输入 "{input}" 是 pair 监测，但缺另一半',
    'fire input "{input}" is supervised as a pair, but its other half is missing',
    '接 fire（常闭）和 fireNo（常开）两个输入',
    'wire both fire (N.C.) and fireNo (N.O.)',
  ),
  'W-FIRE-HALF-UNREAD': warning(
    '接了 "{input}"，但 "{other}" 没有写 pair 监测：这个触点被忽略',
    '"{input}" is wired, but "{other}" is not supervised as a pair: this contact is ignored',
    '写 {other}: { at: …, supervision: pair }，或删掉 {input}',
    'write {other}: { at: …, supervision: pair }, or delete {input}',
  ),
  'W-LIMITS-NONE': warning(
    '没有限位输入（{missing}）：闸位只能推定',
    "no limit input ({missing}): the boom's position is only presumed",
    '接上限位并写 inputs: { openLimit: …, closedLimit: … }',
    'wire the limit switches and write inputs: { openLimit: …, closedLimit: … }',
  ),
  'I-NOT-COMMISSIONED': info(
    '尚未验收：仅手动',
    'not yet signed off: manual only',
    '验收后写 commissioned: true',
    'write commissioned: true after sign-off',
  ),
  'E-DIRECTION': error(
    '双向车道中 "{device}" 须写明 direction',
    'in a two-way lane "{device}" must say its direction',
    '写成 { device: {device}, direction: in }',
    'write { device: {device}, direction: in }',
  ),
  'E-DIRECTION-WRONG': error(
    '车道没有方向 {direction}',
    'the lane has no direction {direction}',
    '改掉这里的 direction，或车道写 direction: both',
    'change this direction, or make the lane direction: both',
  ),
  'E-CAMERA-SHARED': error(
    '相机 "{device}" 在车道 "{other}" 已用到，须各写不同的 channel',
    'camera "{device}" serves lane "{other}" already; each use needs its own channel',
    '写成 { device: {device}, channel: 1 }',
    'write { device: {device}, channel: 1 }',
  ),
  'E-READER-SHARED': error(
    '车道 "{other}" 已写了读卡器 "{device}"：一次刷卡只算在一处',
    'lane "{other}" names the reader "{device}" already: a card shown to it counts in one place only',
    '只留一处；每条车道、双向车道的每个方向各用一台读卡器',
    'keep one of them; each lane, and each direction of a two-way lane, has a reader of its own',
  ),
  'E-TIMEZONE': error('未知的时区 {got}', 'unknown time zone {got}', '例如 Asia/Shanghai', 'for example Asia/Shanghai'),
  'W-QUOTE-HALF': warning(
    '名称 {got} 里的全角引号不成对，会原样显示',
    'the full-width quotes in the name {got} are not a pair, and are shown as they are',
    '要么删掉，要么换成一对半角引号 "…"',
    'delete it, or write a pair of plain quotes "…"',
  ),
  'W-CALENDAR-YEAR': warning(
    '日历没有 {year} 年：节假日按星期处理',
    'the calendar lacks {year}: holidays are judged by the weekday',
    '在 calendar.days 加入当年的调休，并在 years 写上 {year}',
    "add the year's days to calendar.days and {year} to years",
  ),
  'E-CALENDAR-DAY': error(
    '{got} 不是日期',
    '{got} is no date',
    '写成 "年-月-日"，该日须存在，例如 "2026-10-01"',
    'write "year-month-day" of a day that exists, e.g. "2026-10-01"',
  ),
  'E-PLATE': error(
    '{got} 不是车牌',
    '{got} is no plate',
    '写车牌号本身并加引号，例如 "京A120X8"',
    'write the plate itself in quotes, e.g. "京A120X8"',
  ),
  'W-PLATE-UNKNOWN': warning(
    '{got} 不合任何一种车牌的写法，不会与识别结果相符',
    '{got} fits no kind of plate, and would match no read',
    '{adviceZh}',
    '{adviceEn}',
  ),
  'E-RECEIVER-MISSING': error(
    '相机 "{device}" 要推送，但没有 receiver 段',
    'camera "{device}" pushes, but there is no receiver section',
    '写 receiver: { bind: 本机地址, port: 8080 }',
    'write receiver: { bind: address of this PC, port: 8080 }',
  ),
  'W-BIND-ALL': warning(
    '{got} 在所有网络上接收推送，办公网和外网也能连到',
    '{got} listens on every network, the office and the internet included',
    '写本机在相机网段的地址{exampleZh}',
    "write this PC's address on the cameras' network{exampleEn}",
  ),
} as const satisfies Record<string, Entry>;

export const catalogue = { ...reading, ...shape, ...references, ...guarded, ...wires, ...lanes, ...routes };
export type Code = keyof typeof catalogue;
/**
 * Codes whose blame is shared by a whole line or route: without a last known good the sections run on, under a fault. A slow
 * button beats none (I5), and a boom that can only be pulsed beats one that stays down in a fire (I16).
 */
export const tolerated: ReadonlySet<Code> = new Set<Code>([
  'E-SLOW-SCAN',
  'E-LANE-UNKNOWN',
  'E-ROUTE-UNKNOWN',
  'E-ROUTE-STEP',
  'E-ROUTE-HOLD',
  'E-ROUTE-SECURE',
]);
