/** What a camera's SOAP replies say, read from our own tree. Pure; never throws. Names are local names. */
import type { Wall } from '../../src/core/values.ts';
import { child, childText, descendant, descendants, type XmlElement } from '../../src/wire/xml.ts';
import type { SubscriptionReference } from './package-calls.ts';

export type Envelope =
  | { readonly kind: 'body'; readonly body: XmlElement }
  /** `code`: local names of the fault's codes, outermost first. `reason`: the camera's own words, see `wordsOf`. */
  | {
      readonly kind: 'fault';
      readonly code: string;
      readonly reason: string;
      readonly unauthorised: boolean;
      /** Its code names what was wrong with the call itself: no password can be at fault. */
      readonly ofCall: boolean;
    }
  | { readonly kind: 'neither' };

const unauthorised =
  /^(notauthori[sz]ed|senderNotAuthori[sz]ed|failedAuthentication|failedCheck|invalidSecurity(Token)?)$/i;
const unauthorisedReason =
  /not authori[sz]ed|unauthori[sz]ed|authentication fail|failed authentication|(invalid|incorrect|wrong) (user|password|credential)|password is (invalid|incorrect|wrong)|account (is )?locked|用户名或密码|密码错误|未授权|(认证|鉴权)失败|账[号户].{0,4}锁定/i;
const ofCall =
  /^(\w*ActionNotSupported|InvalidFilterFault|InvalidTopicExpressionFault|TopicExpressionDialectUnknownFault|TopicNotSupportedFault|MaxPullPoints|UnacceptableInitialTerminationTimeFault)$/i;
const maxWordsChars = 80;

/** A camera's own words, fit to be shown anywhere: letters, digits and plain punctuation, at most 80 characters. */
export function wordsOf(text: string): string {
  const plain = text.slice(0, 1000).replace(/[^\p{L}\p{N}.,:;()/，。：；（） -]+/gu, ' ');
  return plain.replace(/ +/g, ' ').trim().slice(0, maxWordsChars);
}

/** Whether words say that the user or the password is refused, in the English and Chinese that cameras were seen to use. */
export function saysUnauthorised(words: string): boolean {
  return unauthorisedReason.test(words);
}

export function readEnvelope(root: XmlElement): Envelope {
  const body = root.name === 'Envelope' ? child(root, 'Body') : null;
  if (body === null) return { kind: 'neither' };
  const fault = child(body, 'Fault');
  if (fault === null) return { kind: 'body', body };
  // SOAP 1.2 nests Code/Subcode/Value; 1.1 has faultcode and faultstring.
  const codes = [...descendants(fault, 'Value').map(({ text }) => text), childText(fault, 'faultcode') ?? '']
    .map((text) => text.slice(text.lastIndexOf(':') + 1))
    .filter((name) => /^[A-Za-z][A-Za-z0-9]{0,40}$/.test(name));
  const reason = wordsOf(`${descendant(fault, 'Text')?.text ?? ''} ${childText(fault, 'faultstring') ?? ''}`);
  return {
    kind: 'fault',
    code: codes.slice(0, 4).join('/') || 'no code',
    reason,
    unauthorised: codes.some((name) => unauthorised.test(name)) || saysUnauthorised(reason),
    ofCall: codes.some((name) => ofCall.test(name)),
  };
}

/** xs:dateTime as wall milliseconds; without a zone it is UTC, as the specification's own examples are written. */
export function utcOf(text: string | null | undefined): Wall | null {
  const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/.exec(text?.trim() ?? '');
  if (shape === null) return null;
  const at = Date.parse(shape[1] === undefined ? `${shape[0]}Z` : shape[0]);
  return Number.isFinite(at) ? at : null;
}

/** GetSystemDateAndTimeResponse: UTCDateTime in whole seconds; `null` where the camera gives none. */
export function readDateAndTime(body: XmlElement): Wall | null {
  const utc = descendant(body, 'UTCDateTime');
  const [date, time] = utc === null ? [null, null] : [child(utc, 'Date'), child(utc, 'Time')];
  if (date === null || time === null) return null;
  const number = (from: XmlElement, name: string, most: number): number => {
    const text = childText(from, name) ?? '';
    const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
    return value <= most ? value : Number.NaN;
  };
  const at = Date.UTC(
    number(date, 'Year', 9999),
    number(date, 'Month', 12) - 1,
    number(date, 'Day', 31),
    number(time, 'Hour', 23),
    number(time, 'Minute', 59),
    number(time, 'Second', 60),
  );
  return Number.isFinite(at) ? at : null;
}

export interface Services {
  readonly events: string | null;
  readonly media: string | null;
}

/** GetServicesResponse (by namespace) or GetCapabilitiesResponse (by element). Addresses as the camera wrote them. */
export function readServices(body: XmlElement): Services {
  const byNamespace = (part: string): string | null => {
    const found = descendants(body, 'Service').find((each) =>
      (childText(each, 'Namespace') ?? '').startsWith(`http://www.onvif.org/ver10/${part}/`),
    );
    return found === undefined ? null : childText(found, 'XAddr');
  };
  const byElement = (name: string): string | null => {
    const found = descendant(body, name);
    return found === null ? null : childText(found, 'XAddr');
  };
  return { events: byNamespace('events') ?? byElement('Events'), media: byNamespace('media') ?? byElement('Media') };
}

export interface Subscribed {
  readonly reference: SubscriptionReference;
  /** TerminationTime − CurrentTime by the camera's clock; `null` where either is missing. */
  readonly lifeMs: number | null;
}

/** CreatePullPointSubscriptionResponse; `null` without an address. */
export function readSubscription(body: XmlElement): Subscribed | null {
  const answer = child(body, 'CreatePullPointSubscriptionResponse');
  const reference = answer === null ? null : child(answer, 'SubscriptionReference');
  const address = reference === null ? null : childText(reference, 'Address');
  if (answer === null || reference === null || address === null || address === '') return null;
  const subscriptionId = descendant(reference, 'SubscriptionId')?.text.slice(0, 200) ?? null;
  return { reference: { address, subscriptionId }, lifeMs: lifeOf(answer) };
}

/** Also of RenewResponse. */
export function lifeOf(answer: XmlElement): number | null {
  const [current, end] = [utcOf(childText(answer, 'CurrentTime')), utcOf(childText(answer, 'TerminationTime'))];
  return current === null || end === null ? null : end - current;
}

export interface Pulled {
  readonly messages: readonly XmlElement[];
  /** The camera's clock as it answered. */
  readonly currentTime: Wall | null;
}

/** PullMessagesResponse; `null` for any other body. */
export function readPulled(body: XmlElement): Pulled | null {
  const answer = child(body, 'PullMessagesResponse');
  if (answer === null) return null;
  return {
    messages: answer.children.filter(({ name }) => name === 'NotificationMessage'),
    currentTime: utcOf(childText(answer, 'CurrentTime')),
  };
}

/** Token of the first media profile, for GetSnapshotUri. */
export function readProfileToken(body: XmlElement): string | null {
  const token = descendant(body, 'Profiles')?.attributes.token;
  return token === undefined || token === '' ? null : token.slice(0, 200);
}

export function readSnapshotUri(body: XmlElement): string | null {
  return descendant(body, 'Uri')?.text || null;
}
