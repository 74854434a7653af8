/** What can be said of passwords, push secrets and certificates, and of the way to the platform that they guard. */
import { type Entry, error, warning } from './catalogue-entry.ts';

export const guarded = {
  'E-SECRET-READ': error(
    '读不到密码：{what}（{why}）',
    'the secret cannot be read: {what} ({whyEn})',
    '路径相对于配置目录；变量须在服务环境中',
    "paths are relative to the configuration folder; variables must be in the service's environment",
  ),
  'E-SECRET-LINES': error(
    '密码文件 {what} 有 {lines} 行，密码只能是一行',
    'secret file {what} has {lines} lines; a secret is one',
    "只留密码那一行（结尾可有一个换行）：printf '%s\\n' 密码 > 文件",
    "keep the line of the secret alone (one newline may end it): printf '%s\\n' SECRET > FILE",
  ),
  'E-SECRET-SHORT': error(
    '推送密钥 {what} 只有 {length} 个字符，至少 {min} 个：短了能被试出来，谁都能冒充相机',
    'push secret {what} has {length} characters, at least {min} are needed: a short one can be guessed, and anybody be the camera',
    '生成一个：openssl rand -hex 16，再写进相机的推送地址',
    "make one with openssl rand -hex 16, and put it into the camera's push URL",
  ),
  'E-SECRET-PATH': error(
    '推送密钥 {what} 含有不能用在网址里的字符',
    'push secret {what} holds characters that cannot stand in a URL',
    '只用字母、数字和 - . _ ~，最多 200 个：openssl rand -hex 16',
    'letters, digits and - . _ ~ only, at most 200: openssl rand -hex 16',
  ),
  'E-PEM-READ': error(
    '读不到证书文件：{what}（{why}）',
    'the certificate file cannot be read: {what} ({whyEn})',
    '路径相对于配置目录；文件须是 PEM，服务用户须能读',
    "paths are relative to the configuration folder; it must be PEM, and readable to the service's user",
  ),
  'E-UPSTREAM-PAIR': error(
    'certFile 和 keyFile 要么都写，要么都不写',
    'certFile and keyFile go together, or neither is written',
    '补上缺少的一个，或删掉这一个',
    'add the one that is missing, or delete this one',
  ),
  'E-UPSTREAM-TLS': error(
    '写了证书，却关闭了 tls',
    'a certificate is named, but tls is off',
    '改成 tls: true，或删掉 certFile 和 keyFile',
    'write tls: true, or delete certFile and keyFile',
  ),
  'W-UPSTREAM-PLAIN': warning(
    '到 {host} 的连接不加密：密码和车牌在途中可被看到、改动',
    'the connection to {host} is not encrypted: password and plates can be read and changed on the way',
    '改成 tls: true；只有平台就在本机或专线上才可不加密',
    'write tls: true; do without only where the platform is on this machine or a line of its own',
  ),
  'W-SECRET-OPEN': warning(
    '密码文件 {what} 其他用户可读',
    'secret file {what} can be read by others',
    'chmod 640 或更严',
    'chmod 640 or stricter',
  ),
  'E-SECRET-TWICE': error(
    '{file} 和 {env} 只能写一个',
    '{file} and {env} cannot both be written',
    '删掉不用的一个：密码放在文件里写 {file}，放在变量里写 {env}',
    'delete the one that is not used: {file} for a secret in a file, {env} for one in a variable',
  ),
  'E-PEM-KIND': error(
    '{what} 里没有{wantedZh}，{foundZh}',
    '{what} holds no {wantedEn}: {foundEn}',
    '{adviceZh}',
    '{adviceEn}',
  ),
  'E-PEM-BROKEN': error(
    '{what} 第 {part} 段读不出：内容不全或被改动',
    'part {part} of {what} cannot be read: it is cut off or was changed',
    '重新复制整个文件，连同 -----BEGIN 和 -----END 两行',
    'copy the whole file anew, with its lines -----BEGIN and -----END',
  ),
  'E-PEM-LOCKED': error(
    '私钥 {what} 有口令，无人在场时打不开',
    'the private key {what} has a pass phrase, and nobody is there to type it',
    '去掉口令：openssl pkey -in {what} -out 新文件，再 chmod 640 新文件，改写 keyFile',
    'take the pass phrase off: openssl pkey -in {what} -out NEW, then chmod 640 NEW, and name it in keyFile',
  ),
  'E-PEM-SWAPPED': error(
    'certFile 和 keyFile 写反了：{cert} 里是私钥，{key} 里是证书',
    'certFile and keyFile are the wrong way round: {cert} holds a private key, {key} a certificate',
    '写 certFile: {key} 和 keyFile: {cert}',
    'write certFile: {key} and keyFile: {cert}',
  ),
  'E-PEM-PAIR': error(
    '私钥 {key} 不属于证书 {cert}',
    'the private key {key} does not belong to the certificate {cert}',
    '换成申请这张证书时生成的私钥；文件里有几张证书时，本机的须在最前',
    'name the key with which this certificate was asked for; of several certificates in the file ours comes first',
  ),
  'W-PEM-EXPIRED': warning(
    '{what} 的证书已于 {date} 过期',
    'the certificate in {what} expired on {date}',
    '换新证书；若本机时钟不准（date），先校准',
    "replace it; if this PC's clock is wrong (see date), set the clock first",
  ),
  'W-PEM-EARLY': warning(
    '{what} 的证书自 {date} 起才有效',
    'the certificate in {what} is not valid before {date}',
    '若本机时钟不准（date），先校准；否则等到那一天，或换证书',
    "if this PC's clock is wrong (see date), set the clock first; otherwise wait for that day, or replace it",
  ),
  'E-UPSTREAM-USER': error(
    '写了 {key}，却没有 user：没有用户名的密码发不出去',
    '{key} is written, but no user: a password without a name is never sent',
    '补上 user: 平台给的用户名，或删掉 {key}',
    'add user: and the name that the platform gave, or delete {key}',
  ),
} as const satisfies Record<string, Entry>;
