import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { descendant, parseXml, type XmlElement } from '../../src/wire/xml.ts';
import { lateness, type Message, readMessage } from './message.ts';
import { type Profile, profileSchema } from './profile.ts';
import { readDateAndTime, readEnvelope, readPulled, readServices, readSubscription, utcOf } from './replies.ts';

function profile(name: string): Profile {
  return profileSchema.parse(parse(readFileSync(new URL(`./profiles/${name}.yaml`, import.meta.url), 'utf8')));
}

function tree(text: string): XmlElement {
  const parsed = parseXml(Buffer.from(text));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.root;
}

interface Vector {
  readonly name: string;
  readonly profile: string;
  readonly xml: string;
  readonly expect: readonly unknown[];
}

const vectors: { readonly source: string; readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'),
);

function messages(xml: string, of: Profile): readonly Message[] {
  const envelope = readEnvelope(tree(xml));
  const pulled = envelope.kind === 'body' ? readPulled(envelope.body) : null;
  return (pulled?.messages ?? []).map((each) => readMessage(each, of, 'approaching'));
}

describe('a pulled answer', () => {
  it.each(vectors.vectors.map((vector) => [vector.name, vector] as const))('reads %s', (_name, vector) => {
    expect(messages(vector.xml, profile(vector.profile))).toMatchObject(vector.expect);
  });

  it('keeps the direction of a camera that is mounted the other way', () => {
    const [vector] = vectors.vectors;
    const notification = descendant(tree(vector?.xml ?? '<a/>'), 'NotificationMessage');
    if (notification === null) throw new Error('no message');
    const message = readMessage(notification, profile('hikvision'), 'leaving');
    expect(message.kind === 'plate' && message.read.heading).toBe('leaving');
  });

  it.each([
    ['97', 0.97],
    ['250', 1],
    ['-5', 0],
    ['1', 0.01],
    ['high', null],
  ])('takes a likelihood of %s for %s by the scale of its profile, never beyond 0 to 1', (sent, read) => {
    const xml = vectors.vectors[0]?.xml.replace(/(Name="Likelihood" Value=")[^"]*/, `$1${sent}`) ?? '';
    const [message] = messages(xml, profile('hikvision'));
    expect(message?.kind === 'plate' && message.read.confidence).toBe(read);
  });

  it('of nothing sensible gives nothing', () => {
    for (const xml of [
      '<a/>',
      '<NotificationMessage/>',
      '<NotificationMessage><Topic>x</Topic><Message/></NotificationMessage>',
    ])
      expect(readMessage(tree(xml), profile('standard'), 'approaching')).toEqual({ kind: 'other' });
  });
});

describe('lateness', () => {
  const cameraNow = 1_000_000;
  const checked = { cameraNow, live: true, eventTimes: 'checked' } as const;
  it.each([
    ['a replayed state', true, cameraNow, checked, 'replayed'],
    ['an event of now', false, cameraNow - 2000, checked, false],
    ['an event of 11 s ago', false, cameraNow - 11_000, checked, 'historical'],
    ['an event of the future, pulled live', false, cameraNow + 28_800_000, checked, false],
    ['an event of the future, after a gap', false, cameraNow + 28_800_000, { ...checked, live: false }, 'historical'],
    ['an event of now, after a gap', false, cameraNow - 2000, { ...checked, live: false }, false],
    ['an event without a time, pulled live', false, null, checked, false],
    ['an event without a time, after a gap', false, null, { ...checked, live: false }, 'historical'],
    ['an old time where times are ignored', false, 0, { ...checked, eventTimes: 'ignored' }, false],
    [
      'any time after a gap, ignored',
      false,
      cameraNow,
      { cameraNow, live: false, eventTimes: 'ignored' },
      'historical',
    ],
  ] as const)('of %s', (_name, replayed, at, moment, expected) => {
    expect(lateness(replayed, at, moment)).toBe(expected);
  });
});

describe('a reply', () => {
  it('has its times in UTC, with a zone or without one', () => {
    expect(utcOf('2008-10-09T13:52:59')).toBe(Date.UTC(2008, 9, 9, 13, 52, 59));
    expect(utcOf(' 2008-10-09T13:52:59.5Z ')).toBe(Date.UTC(2008, 9, 9, 13, 52, 59, 500));
    expect(utcOf('2008-10-09T13:52:59+08:00')).toBe(Date.UTC(2008, 9, 9, 5, 52, 59));
    for (const text of ['', '2008', 'now', '2008-13-40T99:99:99Z', null, undefined, '9'.repeat(500)]) {
      expect(utcOf(text)).toBeNull();
    }
  });

  it('tells the clock of the camera, or nothing', () => {
    const clock = (year: string): XmlElement =>
      tree(
        `<B><UTCDateTime><Time><Hour>6</Hour><Minute>7</Minute><Second>8</Second></Time><Date><Year>${year}</Year><Month>2</Month><Day>5</Day></Date></UTCDateTime></B>`,
      );
    expect(readDateAndTime(clock('2034'))).toBe(Date.UTC(2034, 1, 5, 6, 7, 8));
    for (const year of ['', '-1', '1e9', '99999', 'x']) expect(readDateAndTime(clock(year))).toBeNull();
    expect(readDateAndTime(tree('<B/>'))).toBeNull();
  });

  it('names services by namespace or by element', () => {
    const service =
      '<Service><Namespace>http://www.onvif.org/ver10/events/wsdl</Namespace><XAddr>http://c/e</XAddr></Service>';
    expect(readServices(tree(`<B><R>${service}</R></B>`))).toEqual({ events: 'http://c/e', media: null });
    const named =
      '<Capabilities><Events><XAddr>http://c/e2</XAddr></Events><Media><XAddr>http://c/m</XAddr></Media></Capabilities>';
    expect(readServices(tree(`<B>${named}</B>`))).toEqual({ events: 'http://c/e2', media: 'http://c/m' });
  });

  it('of a subscription without an address is none', () => {
    expect(readSubscription(tree('<B><CreatePullPointSubscriptionResponse/></B>'))).toBeNull();
  });

  it('that refuses is told from one that fails, in SOAP 1.2, in 1.1 and in words', () => {
    const fault = (inner: string): unknown => {
      const found = readEnvelope(
        tree(`<e:Envelope xmlns:e="x"><e:Body><e:Fault>${inner}</e:Fault></e:Body></e:Envelope>`),
      );
      return found.kind === 'fault' ? [found.code, found.unauthorised] : found.kind;
    };
    const code = (sub: string): string =>
      `<Code><Value>e:Sender</Value><Subcode><Value>${sub}</Value></Subcode></Code>`;
    expect(fault(code('ter:NotAuthorized'))).toEqual(['Sender/NotAuthorized', true]);
    expect(fault(code('wsse:FailedAuthentication'))).toEqual(['Sender/FailedAuthentication', true]);
    expect(fault(code('ter:InvalidArgVal'))).toEqual(['Sender/InvalidArgVal', false]);
    expect(fault('<faultcode>wsse:FailedAuthentication</faultcode>')).toEqual(['FailedAuthentication', true]);
    expect(fault('<Reason><Text>Sender not authorized</Text></Reason>')).toEqual(['no code', true]);
    expect(fault('<Code><Value>&lt;script&gt;</Value></Code>')).toEqual(['no code', false]);
  });
});
