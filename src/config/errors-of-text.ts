/** What can be said of a file's text, before anything refers to anything: reading, YAML, keys and values. */
import { type Entry, error } from './catalogue-entry.ts';

export const reading = {
  'E-FOLDER': error(
    '读不到配置目录：{why}',
    'the configuration folder cannot be read: {whyEn}',
    '看目录是否还在（ls -ld）、服务用户能否读它，再 gatehouse reload',
    "see whether the folder is still there (ls -ld) and the service's user may read it, then gatehouse reload",
  ),
  'E-READ': error(
    '读不到文件：{why}',
    'the file cannot be read: {whyEn}',
    '看文件和目录的权限（ls -l），服务用户须能读',
    "see the permissions of file and folder (ls -l): the service's user must be able to read them",
  ),
  'E-SIZE': error(
    '文件超过 1 MiB',
    'the file is over 1 MiB',
    '把配置分成几个文件',
    'split the configuration into several files',
  ),
  'E-ENCODING': error(
    '文件不是 UTF-8（{guess}）',
    'the file is not UTF-8 ({guessEn})',
    '用编辑器另存为 UTF-8，或 iconv -f gb18030 -t utf-8',
    'save it as UTF-8 in the editor, or iconv -f gb18030 -t utf-8',
  ),
  'E-TAB': error('不能用 Tab 缩进', 'a tab cannot indent', '换成空格', 'use spaces'),
  'E-SYNTAX': error('YAML 语法错误：{why}', 'YAML syntax: {whyEn}', '{adviceZh}', '{adviceEn}'),
  'E-DOCUMENTS': error(
    '一个文件只能有一个 YAML 文档',
    'a file holds one YAML document',
    '删除 "---"，或分成两个文件',
    'delete "---" or make it two files',
  ),
  'E-DUPLICATE-KEY': error(
    '键 "{key}" 重复，前一个在第 {line} 行',
    'key "{key}" is there twice, first on line {line}',
    '只留一个；第 {line} 行的那个和这个哪个对，删掉另一个',
    'keep one: decide between this one and line {line}, and delete the other',
  ),
  'E-DUPLICATE-ID': error(
    '"{key}" 已在 {file}:{line} 定义',
    '"{key}" is already defined in {file}:{line}',
    '给其中一个换名（用到它的地方也要改），或删掉多余的一个',
    'rename one of them (and what refers to it), or delete the one too many',
  ),
  'E-ALIAS': error(
    '不允许锚点和别名（{what}）',
    'anchors and aliases are not allowed ({what})',
    '把内容写全',
    'write the content out',
  ),
  'E-TAG': error(
    '不允许标签 {tag}',
    'tag {tag} is not allowed',
    '删掉 "{tag}"，只写值；以 ! 开头的文字要加引号',
    'delete "{tag}" and write the value alone; quote a text that begins with !',
  ),
  'E-FORBIDDEN-KEY': error(
    '不允许的键 "{key}"',
    'key "{key}" is not allowed',
    '键只能是普通名称；换个名称，或把合并的内容写全',
    'a key is a plain name: choose another, or write out what was to be merged',
  ),
  'E-UNSEEN': error(
    '文字里有看不见的字符 {sign}',
    'the text holds a character that nobody sees, {sign}',
    '删掉整个值，重新手工输入',
    'delete the whole value and type it anew',
  ),
  'E-DEPTH': error(
    '嵌套超过 {max} 层',
    'nested deeper than {max} levels',
    '看括号和缩进是否写错；正常配置不超过 6 层',
    'look for a stray bracket or indentation; no real configuration is deeper than 6',
  ),
  'E-MAP': error(
    '{what} 应是“键: 值”的表',
    '{what} must be a map of "key: value"',
    '每行写“键: 值”，用半角冒号，冒号后空一格',
    'write "key: value" on each line, with a plain colon and a space behind it',
  ),
  'E-NO-SITE': error(
    '没有 site 段',
    'there is no site section',
    '在任一文件中写 site: { id, name, timezone }',
    'write site: { id, name, timezone } in any file',
  ),
} as const satisfies Record<string, Entry>;

export const shape = {
  'E-KEY': error('未知的键 "{key}"', 'unknown key "{key}"', '{suggestZh}', '{suggestEn}'),
  'E-SECRET-INLINE': error(
    '密码不能写在配置里（键 "{key}"）',
    'a secret does not belong in the configuration (key "{key}")',
    '写入只有本程序可读的文件，再用 passwordFile: 文件名，或 passwordEnv: 变量名',
    'put it in a file that only this program can read and name it: passwordFile: name, or passwordEnv: VARIABLE',
  ),
  'E-MISSING': error('缺少 "{key}"', '"{key}" is missing', '{expectedZh}', '{expectedEn}'),
  'E-TYPE': error('应为{kindZh}，得到 {got}', 'expected {kindEn}, got {gotEn}', '{adviceZh}', '{adviceEn}'),
  'E-QUOTE': error(
    '应为文字，但 {raw} 被读成{as}',
    'expected text, but {raw} is read as {asEn}',
    '加引号："{raw}"',
    'quote it: "{raw}"',
  ),
  'E-CHOICE': error('{got} 不在可选值中：{choices}', '{gotEn} is none of: {choices}', '{suggestZh}', '{suggestEn}'),
  'E-RANGE': error(
    '{got} 超出范围，应{limitZh}',
    '{gotEn} is out of range, must be {limitEn}',
    '这里写：{expectedZh}',
    'write here: {expectedEn}',
  ),
  'E-FORMAT': error(
    '{got} 格式不对',
    '{gotEn} has the wrong format',
    '这里写：{expectedZh}',
    'write here: {expectedEn}',
  ),
  'E-VALUE': error('值不合适：{why}', 'unfit value: {whyEn}', '{adviceZh}', '{adviceEn}'),
  'E-ID': error(
    '名称 "{key}" 不可用',
    'the name "{key}" cannot be used',
    '小写字母开头，只含小写字母、数字和 -，最多 40 个',
    'start with a lower-case letter; lower-case letters, digits and "-" only, at most 40',
  ),
} as const satisfies Record<string, Entry>;
