import { describe, expect, it } from 'vitest';
import { provePassword } from '../../src/wire/wsse.ts';
import { childText, descendant, parseXml, type XmlElement } from '../../src/wire/xml.ts';
import { onOwnHost } from './own-host.ts';
import {
  type CallOptions,
  type Envelope,
  loadPackage,
  type PackageCalls,
  withFilter,
  withPullTimeout,
} from './package-calls.ts';

const envelopes = await loadPackage();
const settled = (): void => undefined;
const token = (): CallOptions['token'] => ({ user: 'gate&<house>"\'', proof: provePassword('门岗', 0) });

function read(envelope: Envelope): XmlElement {
  const parsed = parseXml(Buffer.from(envelope.body));
  if (!parsed.ok) throw new Error(`${parsed.why}: ${envelope.body}`);
  return parsed.root;
}

const text = (root: XmlElement, name: string): string | null => descendant(root, name)?.text ?? null;

describe('an envelope of the package', () => {
  it('carries the user name as written, and a token of its own each time', () => {
    const tokens = [1, 2].map(() => {
      const given = token();
      const root = read(envelopes.write((calls) => calls.createPullPointSubscription(settled), { token: given }));
      expect(text(root, 'Username')).toBe('gate&<house>"\'');
      expect(text(root, 'Password')).toBe(given?.proof.digest);
      expect(text(root, 'Created')).toBe('1970-01-01T00:00:00.000Z');
      return text(root, 'Nonce');
    });
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it('carries no Security where none is given', () => {
    const written = envelopes.write((calls) => calls.getSystemDateAndTime(settled), { token: null });
    expect(descendant(read(written), 'Security')).toBeNull();
    expect(written.action).toBe('http://www.onvif.org/ver10/device/wsdl/GetSystemDateAndTime');
  });

  const subscription = { address: 'http://192.0.2.1/Events?Idx=3&a=<b>', subscriptionId: '7&8' };
  it.each<[string, (calls: PackageCalls) => void]>([
    ['PullMessages', (calls) => calls.pullMessages({ messageLimit: 10 }, settled)],
    ['Renew', (calls) => calls.renew({}, settled)],
    ['Unsubscribe', (calls) => calls.unsubscribe(settled)],
  ])('%s names its subscription by the address that the camera gave, whatever characters it has', (name, call) => {
    const root = read(envelopes.write(call, { token: token(), subscription }));
    expect(text(root, 'To')).toBe(subscription.address);
    expect(text(root, 'SubscriptionId')).toBe('7&8');
    expect(descendant(root, name)).not.toBeNull();
    const axisLess = { ...subscription, subscriptionId: null };
    expect(
      descendant(read(envelopes.write(call, { token: null, subscription: axisLess })), 'SubscriptionId'),
    ).toBeNull();
  });

  it('is completed by the filter of the profile and the time of the pull', () => {
    const created = envelopes.write((calls) => calls.createPullPointSubscription(settled), { token: null });
    const filtered = withFilter(created, 'tns1:A/tnshik:B|tns1:C', { tns1: 'urn:1', tnshik: 'urn:2' });
    const filter = descendant(read(filtered), 'TopicExpression');
    expect(filter?.text).toBe('tns1:A/tnshik:B|tns1:C');
    expect(filter?.attributes.Dialect).toBe('http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet');
    expect(filtered.body).toContain('xmlns:tnshik="urn:2"');
    const pull = envelopes.write((calls) => calls.pullMessages({ messageLimit: 10 }, settled), {
      token: null,
      subscription,
    });
    const pulls = descendant(read(withPullTimeout(pull, 2500)), 'PullMessages');
    expect(pulls === null ? null : [childText(pulls, 'Timeout'), childText(pulls, 'MessageLimit')]).toEqual([
      'PT2S',
      '10',
    ]);
    expect(() => withPullTimeout(created, 1000)).toThrow(/does not write/);
  });
});

describe('an address that a camera hands out', () => {
  it.each([
    ['http://192.0.2.66/onvif/Events?Idx=1&x=2', 'http://192.0.2.66/onvif/Events?Idx=1&x=2'],
    ['http://192.0.2.66:8080/sub', 'http://192.0.2.66:8080/sub'],
    ['http://203.0.113.9:8080/sub?a', 'http://192.0.2.66/sub?a'],
    ['http://admin:pw@203.0.113.9/sub#x', 'http://192.0.2.66/sub'],
    ['https://192.0.2.66/sub', 'http://192.0.2.66/sub'],
    ['/sub', 'http://192.0.2.66/sub'],
    ['//203.0.113.9/sub', 'http://192.0.2.66/sub'],
    ['http://192.0.2.66@203.0.113.9/sub', 'http://192.0.2.66/sub'],
    ['file:///etc/passwd', null],
    ['javascript:1', null],
    [`http://192.0.2.66/${'a'.repeat(3000)}`, null],
  ])('%s is asked at %s', (given, asked) => {
    expect(onOwnHost('http://192.0.2.66', given)).toBe(asked);
  });
});
