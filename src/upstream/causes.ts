/** Why a connection was not made or did not last: a stable code, a class that decides how soon to try again, and words. */
import type { Text } from '../core/values.ts';

export type CauseClass =
  /** The network, or a broker that is not there: it may be back any moment. */
  | 'unreachable'
  /** Somebody must change something on one of the two sides. */
  | 'refused'
  /** It was up and ended. */
  | 'lost';

export interface Cause {
  readonly class: CauseClass;
  /** MQTT's reason as `mqtt134`, Node's or OpenSSL's code, or one of ours (`silent`, `noAnswer`, `ackMissing` …). */
  readonly code: string;
  readonly text: Text;
}

const MQTT_WORDS: Readonly<Record<number, Text>> = {
  1: {
    zh: '平台不支持此 MQTT 版本，改 protocol',
    en: 'the platform does not speak this MQTT version, change protocol',
  },
  2: { zh: '平台不接受此 clientId', en: 'the platform does not accept this clientId' },
  3: { zh: '平台暂停服务', en: 'the platform is not in service' },
  4: { zh: '用户名或密码不对', en: 'wrong user name or password' },
  5: { zh: '未获授权', en: 'not authorised' },
  128: { zh: '平台未说明原因', en: 'the platform gave no reason' },
  131: { zh: '平台自定义的限制', en: "a limit of the platform's own" },
  132: {
    zh: '平台不支持此 MQTT 版本，改 protocol',
    en: 'the platform does not speak this MQTT version, change protocol',
  },
  133: { zh: '平台不接受此 clientId', en: 'the platform does not accept this clientId' },
  134: { zh: '用户名或密码不对', en: 'wrong user name or password' },
  135: { zh: '未获授权（账号或主题权限）', en: 'not authorised (account, or rights to the topics)' },
  136: { zh: '平台暂停服务', en: 'the platform is not in service' },
  137: { zh: '平台忙', en: 'the platform is busy' },
  138: { zh: '账号已被平台封禁', en: 'the platform has banned this account' },
  139: { zh: '平台正在停机', en: 'the platform is shutting down' },
  140: { zh: '认证方式不对', en: 'wrong authentication method' },
  142: { zh: '另有设备使用同一个 clientId', en: 'another device uses the same clientId' },
  144: { zh: '平台不接受此主题前缀，改 prefix', en: 'the platform does not accept the topics, change prefix' },
  149: { zh: '消息超过平台的上限', en: "a message exceeds the platform's limit" },
  151: { zh: '超出平台配额', en: "the platform's quota is used up" },
  153: { zh: '平台不接受消息格式', en: "the platform does not accept the message's format" },
  154: { zh: '平台不支持保留消息', en: 'the platform does not keep retained messages' },
  155: { zh: '平台不支持 QoS 1', en: 'the platform does not take QoS 1' },
  159: { zh: '连接过于频繁', en: 'connections come too often' },
};

/** Reasons that pass by themselves. */
const PASSING = new Set([3, 136, 137, 139, 151, 159, 160]);

/** Reasons against one message, not against us (MQTT 5 §3.4.2.1): too large, format invalid. */
const AGAINST_MESSAGE = new Set([149, 153]);
/** In DISCONNECT these too may be what a message brought about: no reason, malformed, against the protocol, a limit of its own. */
const MAYBE_AGAINST_MESSAGE = new Set([128, 129, 130, 131, 153]);

const clockWords: Text = {
  zh: '证书不在有效期内；若本机时钟不准，先校准时钟',
  en: "the certificate is outside its dates; if this PC's clock is wrong, set the clock first",
};
const trustWords: Text = {
  zh: '平台的证书不被信任，检查 caFile 与主机名',
  en: "the platform's certificate is not trusted, check caFile and host",
};
const fileWords: Text = {
  zh: '证书或私钥文件用不了，检查 certFile、keyFile 与 caFile',
  en: 'a certificate or key file cannot be used, check certFile, keyFile and caFile',
};
const clientWords: Text = {
  zh: '平台不接受本机证书，检查 certFile 与 keyFile',
  en: 'the platform does not accept our certificate, check certFile and keyFile',
};

const OWN_WORDS: Readonly<Record<string, Text>> = {
  noAnswer: { zh: '平台没有在时限内应答', en: 'the platform did not answer in time' },
  silent: { zh: '平台长时间没有任何数据', en: 'nothing was heard of the platform for too long' },
  ackMissing: { zh: '平台没有确认已发出的消息', en: 'the platform did not acknowledge what was sent' },
  closed: { zh: '平台断开了连接', en: 'the platform closed the connection' },
  tooLarge: { zh: '平台发来的报文过大', en: 'the platform sent a packet that is too large' },
  qosNotAsked: { zh: '平台以 QoS 2 发来消息，超出订阅', en: 'the platform sent at QoS 2, which it was not asked for' },
  credentialUnreadable: { zh: '读不到密码或证书文件', en: 'a password or certificate file cannot be read' },
  threadLost: {
    zh: '上行线程意外结束，自动重启',
    en: 'the thread that speaks with it ended unexpectedly and is started again',
  },
  threadBlocked: {
    zh: '上行线程没有应答，自动重启',
    en: 'the thread that speaks with it does not answer and is started again',
  },
  ECONNREFUSED: { zh: '平台端口拒绝连接', en: "the platform's port refuses connections" },
  ECONNRESET: { zh: '连接被重置', en: 'the connection was reset' },
  ENOTFOUND: { zh: '找不到主机名', en: 'the host name is not known' },
  EAI_AGAIN: { zh: '域名服务没有应答', en: 'the name service does not answer' },
  EHOSTUNREACH: { zh: '网络不通', en: 'no way through the network' },
  ENETUNREACH: { zh: '网络不通', en: 'no way through the network' },
  ETIMEDOUT: { zh: '连接超时', en: 'the connection timed out' },
};

export function mqttCause(reason: number, wasUp: boolean): Cause {
  const text = MQTT_WORDS[reason] ?? {
    zh: `平台拒绝，原因码 ${reason}`,
    en: `refused by the platform, reason ${reason}`,
  };
  const settled = !PASSING.has(reason) && !(wasUp && (reason < 128 || AGAINST_MESSAGE.has(reason)));
  return { class: settled ? 'refused' : wasUp ? 'lost' : 'unreachable', code: `mqtt${reason}`, text };
}

export function ownCause(code: string, wasUp: boolean): Cause {
  const found = OWN_WORDS[code];
  const text = found ?? { zh: `连接失败：${code}`, en: `the connection failed: ${code}` };
  if (code === 'credentialUnreadable') return { class: 'refused', code, text };
  return { class: wasUp ? 'lost' : 'unreachable', code, text };
}

/** Whatever a socket, TLS or the MQTT package calls an error. Never throws. */
export function causeOf(error: unknown, wasUp: boolean): Cause {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'number') return mqttCause(code, wasUp);
  if (typeof code !== 'string') return ownCause('closed', wasUp);
  if (/^CERT_(NOT_YET_VALID|HAS_EXPIRED)$/.test(code)) return { class: 'refused', code, text: clockWords };
  if (/^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|ERR_TLS_CERT)/.test(code))
    return { class: 'refused', code, text: trustWords };
  if (/^ERR_SSL_.*ALERT/.test(code)) return { class: 'refused', code, text: clientWords };
  if (/^ERR_OSSL_(X509|PEM|ASN1|EVP|UNSUPPORTED$|BAD_)|^ERR_MISSING_PASSPHRASE$/.test(code))
    return { class: 'refused', code, text: fileWords };
  if (/^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/.test(code)) {
    const text = { zh: 'TLS 握手失败，检查端口与 tls', en: 'the TLS handshake failed, check port and tls' };
    return { class: 'refused', code, text };
  }
  return ownCause(code, wasUp);
}

/** TLS rejects certificates by date; with a clock that nobody vouches for that says more of the clock (pitfalls.md). */
export function isDateCause({ code }: Cause): boolean {
  return code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED';
}

/** The broker takes no message of this size (MQTT 5 alone says so). */
export const isAboutSize = ({ code }: Cause): boolean => code === 'mqtt149';

/** It is the message that the broker does not take, and not us. */
export function isAgainstMessage({ code }: Cause): boolean {
  return AGAINST_MESSAGE.has(reasonOf(code));
}

/** The message that waited longest for its answer may be why the connection ended; other reasons of the broker exclude that. */
export function mayBeMessage({ code }: Cause): boolean {
  return !code.startsWith('mqtt') || MAYBE_AGAINST_MESSAGE.has(reasonOf(code));
}

const reasonOf = (code: string): number => (code.startsWith('mqtt') ? Number(code.slice(4)) : 0);
