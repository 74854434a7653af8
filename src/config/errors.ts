/** The catalogue of everything that a check of the configuration can say, in both languages, with advice to the technician. */
import type { Text } from '../core/values.ts';

export type Params = Readonly<Record<string, string | number>>;

interface Entry extends Text {
  readonly severity: 'error' | 'warning' | 'info';
  readonly hint: Text | null;
}

function entry(severity: Entry['severity']) {
  return (zh: string, en: string, hintZh?: string, hintEn?: string): Entry => ({
    severity,
    zh,
    en,
    hint: hintZh === undefined || hintEn === undefined ? null : { zh: hintZh, en: hintEn },
  });
}

const error = entry('error');
const warning = entry('warning');
const info = entry('info');

const reading = {
  'E-READ': error('读不到文件：{why}', 'the file cannot be read: {why}'),
  'E-SIZE': error(
    '文件超过 1 MiB',
    'the file is over 1 MiB',
    '把配置分成几个文件',
    'split the configuration into several files',
  ),
  'E-ENCODING': error(
    '文件不是 UTF-8（像是 {guess}）',
    'the file is not UTF-8 (it looks like {guess})',
    '用编辑器另存为 UTF-8，或 iconv -f gb18030 -t utf-8',
    'save it as UTF-8 in the editor, or iconv -f gb18030 -t utf-8',
  ),
  'E-TAB': error('不能用 Tab 缩进', 'a tab cannot indent', '换成空格', 'use spaces'),
  'E-SYNTAX': error('YAML 语法错误：{why}', 'YAML syntax: {whyEn}'),
  'E-DOCUMENTS': error(
    '一个文件只能有一个 YAML 文档',
    'a file holds one YAML document',
    '删除 "---"，或分成两个文件',
    'delete "---" or make it two files',
  ),
  'E-DUPLICATE-KEY': error('键 "{key}" 重复，前一个在第 {line} 行', 'key "{key}" is there twice, first on line {line}'),
  'E-DUPLICATE-ID': error('"{key}" 已在 {file}:{line} 定义', '"{key}" is already defined in {file}:{line}'),
  'E-ALIAS': error(
    '不允许锚点和别名（{what}）',
    'anchors and aliases are not allowed ({what})',
    '把内容写全',
    'write the content out',
  ),
  'E-TAG': error('不允许标签 {tag}', 'tag {tag} is not allowed'),
  'E-FORBIDDEN-KEY': error('不允许的键 "{key}"', 'key "{key}" is not allowed'),
  'E-DEPTH': error('嵌套超过 {max} 层', 'nested deeper than {max} levels'),
  'E-MAP': error('{what} 应是“键: 值”的表', '{what} must be a map of "key: value"'),
  'E-NO-SITE': error(
    '没有 site 段',
    'there is no site section',
    '在任一文件中写 site: { id, name, timezone, homeProvince }',
    'write site: { id, name, timezone, homeProvince } in any file',
  ),
} as const satisfies Record<string, Entry>;

const shape = {
  'E-KEY': error('未知的键 "{key}"', 'unknown key "{key}"', '{suggestZh}', '{suggestEn}'),
  'E-SECRET-INLINE': error(
    '密码不能写在配置里（键 "{key}"）',
    'a secret does not belong in the configuration (key "{key}")',
    '写入只有本程序可读的文件，再用 passwordFile: 文件名，或 passwordEnv: 变量名',
    'put it in a file that only this program can read and name it: passwordFile: name, or passwordEnv: VARIABLE',
  ),
  'E-MISSING': error('缺少 "{key}"', '"{key}" is missing', '{expectedZh}', '{expectedEn}'),
  'E-TYPE': error('应为 {expected}，得到 {got}', 'expected {expected}, got {got}'),
  'E-QUOTE': error(
    '应为文字，但 {raw} 被读成 {as}',
    'expected text, but {raw} is read as {as}',
    '加引号："{raw}"',
    'quote it: "{raw}"',
  ),
  'E-CHOICE': error('{got} 不在可选值中：{choices}', '{got} is none of: {choices}', '{suggestZh}', '{suggestEn}'),
  'E-RANGE': error('{got} 超出范围，应{limitZh}', '{got} is out of range, must be {limitEn}'),
  'E-FORMAT': error('{got} 格式不对', '{got} has the wrong format', '{expectedZh}', '{expectedEn}'),
  'E-VALUE': error('值不合适：{why}', 'unfit value: {whyEn}'),
  'E-ID': error(
    '名称 "{key}" 不可用',
    'the name "{key}" cannot be used',
    '小写字母开头，只含小写字母、数字和 -，最多 40 个',
    'start with a lower-case letter; lower-case letters, digits and "-" only, at most 40',
  ),
} as const satisfies Record<string, Entry>;

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
  'E-LINE-UNKNOWN': error('没有定义线路 "{line}"', 'line "{line}" is not defined', '{suggestZh}', '{suggestEn}'),
  'E-LINE-MISSING': error('驱动 "{driver}" 需要 line', 'driver "{driver}" needs a line'),
  'E-LINE-UNWANTED': error('驱动 "{driver}" 不使用 line', 'driver "{driver}" takes no line'),
  'E-LINE-KIND': error('驱动 "{driver}" 不能用 {type} 线路', 'driver "{driver}" cannot use a {type} line'),
  'E-DEVICE-UNKNOWN': error(
    '没有定义设备 "{device}"',
    'device "{device}" is not defined',
    '{suggestZh}',
    '{suggestEn}',
  ),
  'E-DEVICE-KIND': error('设备 "{device}" 不是{kindZh}', 'device "{device}" is not a {kindEn}'),
  'W-DEVICE-UNUSED': warning('没有车道使用设备 "{device}"', 'no lane uses device "{device}"'),
  'W-LINE-UNUSED': warning('没有设备使用线路 "{line}"', 'no device uses line "{line}"'),
  'E-SECRET-READ': error(
    '读不到密码：{what}',
    'the secret cannot be read: {what}',
    '路径相对于配置目录；变量须在服务环境中',
    "paths are relative to the configuration folder; variables must be in the service's environment",
  ),
  'W-SECRET-OPEN': warning(
    '密码文件 {what} 其他用户可读',
    'secret file {what} can be read by others',
    'chmod 640 或更严',
    'chmod 640 or stricter',
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
    '站号 {unit} 在线路 "{line}" 上已属于 "{other}"',
    'unit {unit} of line "{line}" already belongs to "{other}"',
    '给每块板设不同的站号',
    'give each board its own unit id',
  ),
  'E-ENDPOINT-SHARED': error(
    '{endpoint} 已被线路 "{other}" 使用',
    '{endpoint} is already used by line "{other}"',
    '一个端口只有一个主人：把设备放在同一条线路上',
    'a port has one owner: put the devices on one line',
  ),
  'E-PORT-PATH': error(
    '必须是 /dev/… 路径，得到 {got}',
    'must be a /dev/… path, got {got}',
    '用 ls /dev/serial/by-id/ 找到固定路径',
    'find the lasting path with ls /dev/serial/by-id/',
  ),
  'W-PORT-UNSTABLE': warning(
    '{got} 在重插或重启后会变',
    '{got} changes after a replug or restart',
    '用 ls /dev/serial/by-id/ 找到固定路径',
    'find the lasting path with ls /dev/serial/by-id/',
  ),
  'W-BUDGET': warning(
    '线路 "{line}" 的轮询需要 {percent}% 的线路时间；实际约 {rateHz} Hz，可同时落杆 {closings} 台',
    'polls of line "{line}" need {percent}% of the wire; about {rateHz} Hz will be reached, {closings} booms can close at once',
    '提高波特率、拆成两条线路，或放慢 poll',
    'raise the baud rate, split the line, or poll more slowly',
  ),
  'I-CLOSINGS': info(
    '线路 "{line}" 最多同时看护 {closings} 台落杆（共 {booms} 台），其余开着等待',
    'line "{line}" can watch {closings} of its {booms} booms closing at once; the others wait open',
  ),
  'E-SLOW-SCAN': error(
    '{inputs} 最坏 {worstMs} ms 才读到（线路上一台设备失联时），上限 200 ms',
    '{inputs} may be read only after {worstMs} ms (with one unit of the line dead); the limit is 200 ms',
    '单独线路、带锁存的输入、GPIO，或更高波特率',
    'its own line, a latching input, GPIO, or a faster baud rate',
  ),
} as const satisfies Record<string, Entry>;

const lanes = {
  'E-PORTALS': error('一条车道只能有一个 barrier、turnstile 或 door', 'a lane has one of barrier, turnstile or door'),
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
  'E-AUTOCLOSE-NOCLOSE': error(
    'autoClose: gateway 需要软件能落杆的道闸；此闸只有开闸脉冲',
    'autoClose: gateway needs a barrier that software can close; this one has an opening pulse only',
    '接关闸继电器、用保持式开闸，或 autoClose: board',
    'wire a close relay, open it by a maintained contact, or use autoClose: board',
  ),
  'W-NOT-TAKEN-STAYS': warning(
    '没有能识别行人的防砸输入：放行后车未通过时，闸杆会一直开着，直到有人看着落杆',
    'no obstruction input sees persons: after a grant that is not taken the boom stays up until a person closes it',
    '接能识别行人的雷达并写 detects: both，或安排人员看守',
    'fit a radar that sees persons and write detects: both, or have the gate attended',
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
  ),
  'E-FIRE-PAIR': error(
    '消防输入 "{input}" 是 pair 监测，但缺另一半',
    'fire input "{input}" is supervised as a pair, but its other half is missing',
    '接 fire（常闭）和 fireNo（常开）两个输入',
    'wire both fire (N.C.) and fireNo (N.O.)',
  ),
  'W-LIMITS-NONE': warning(
    '没有限位输入（{missing}）：闸位只能推定',
    "no limit input ({missing}): the boom's position is only presumed",
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
  'E-DIRECTION-WRONG': error('车道没有方向 {direction}', 'the lane has no direction {direction}'),
  'E-CAMERA-SHARED': error(
    '相机 "{device}" 在车道 "{other}" 已用到，须各写不同的 channel',
    'camera "{device}" serves lane "{other}" already; each use needs its own channel',
    '写成 { device: {device}, channel: 1 }',
    'write { device: {device}, channel: 1 }',
  ),
  'E-TIMEZONE': error('未知的时区 {got}', 'unknown time zone {got}', '例如 Asia/Shanghai', 'for example Asia/Shanghai'),
  'W-CALENDAR-YEAR': warning(
    '日历没有 {year} 年：节假日按星期处理',
    'the calendar lacks {year}: holidays are judged by the weekday',
    '在 calendar.days 加入当年的调休，并在 years 写上 {year}',
    "add the year's days to calendar.days and {year} to years",
  ),
  'E-CALENDAR-DAY': error('{got} 不是日期', '{got} is no date'),
  'E-PLATE': error('{got} 不是车牌', '{got} is no plate'),
  'E-RECEIVER-MISSING': error(
    '相机 "{device}" 要推送，但没有 receiver 段',
    'camera "{device}" pushes, but there is no receiver section',
    '写 receiver: { bind: 本机地址, port: 8080 }',
    'write receiver: { bind: address of this PC, port: 8080 }',
  ),
} as const satisfies Record<string, Entry>;

export const catalogue = { ...reading, ...shape, ...references, ...wires, ...lanes };
export type Code = keyof typeof catalogue;
/** Codes whose blame is shared by a whole line: without a last known good the sections run on, under a fault (I5). */
export const tolerated: ReadonlySet<Code> = new Set<Code>(['E-SLOW-SCAN']);
