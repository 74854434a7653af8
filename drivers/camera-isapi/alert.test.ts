import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AlertOptions, readAlert } from './alert.ts';
import { alertXml, pushBody, twinPicture } from './twin.ts';
import { readPush } from './push.ts';

const usual: AlertOptions = { laneBy: 'channel', forwardMeans: 'approaching' };
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const plate = (xml: string, options = usual) => {
  const result = readAlert(bytes(xml), options);
  if (!result.ok || result.alert.kind !== 'plate') throw new Error(JSON.stringify(result));
  return result.alert;
};
const read = (xml: string, options = usual) => plate(xml, options).read;

interface Vector {
  readonly name: string;
  readonly xml: string;
  readonly laneBy?: 'channel' | 'line';
  readonly expect: Readonly<Record<string, unknown>>;
}
const vectors: { readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'),
);

describe('an ISAPI alert', () => {
  it.each(vectors.vectors.map((each) => [each.name, each] as const))('of %s is read', (_name, vector) => {
    const result = readAlert(bytes(vector.xml), { ...usual, laneBy: vector.laneBy ?? 'channel' });
    if (vector.expect.kind !== undefined) expect(result).toMatchObject({ ok: true, alert: vector.expect });
    else expect(result).toMatchObject({ ok: true, alert: { kind: 'plate', read: vector.expect } });
  });

  it.each(['cn', 'std', 'nvr', 'legacy'] as const)(
    'of firmware %s gives plate, colour, confidence, heading and id',
    (firmware) => {
      const xml = alertXml(
        { plate: '苏A6QT32', confidence: '92.5', direction: 'reverse', uuid: 'u-1', channel: 3 },
        firmware,
      );
      expect(read(xml)).toMatchObject({
        raw: '苏A6QT32',
        color: 'blue',
        confidence: 0.925,
        heading: 'leaving',
        late: false,
        eventId: 'u-1 2034-02-05T06:07:08+08:00',
        channel: 3,
      });
    },
  );

  it('keeps the text as sent and takes a colour from it only before a province', () => {
    const prefixed = read(alertXml({ plate: '黄绿苏AD12345', color: 'unknown' }));
    expect([prefixed.raw, prefixed.color]).toEqual(['黄绿苏AD12345', 'yellowGreen']);
    expect(read(alertXml({ plate: '黄冈A12345', color: 'unknown' })).color).toBe('unknown');
    expect(read(alertXml({ plate: '绿苏AD12345', color: 'blue' })).color).toBe('blue');
  });

  it('says a vehicle without a plate by an empty text', () => {
    for (const text of ['unknown', '', '无车牌', 'Unknown'])
      expect(read(alertXml({ plate: text, confidence: '0' })).raw).toBe('');
  });

  it('marks re-sent and historical events as late', () => {
    expect(read(alertXml({ plate: '苏A6QT32', retransmission: true })).late).toBe('replayed');
    expect(read(alertXml({ plate: '苏A6QT32', retransmission: false })).late).toBe(false);
    expect(read(alertXml({ plate: '苏A6QT32', alarmDataType: 1 })).late).toBe('historical');
  });

  it('reads the lane from the number that is configured', () => {
    const xml = alertXml({ plate: '苏A6QT32', channel: 7, line: 2 });
    expect(read(xml, { ...usual, laneBy: 'line' }).channel).toBe(2);
    expect(read(xml).channel).toBe(7);
  });

  it('gives two cars of a firmware with one UUID for ever two keys', () => {
    const first = plate(alertXml({ plate: '苏A6QT32', uuid: 'same', dateTime: '2026-01-01T08:00:00+08:00' }));
    const second = plate(alertXml({ plate: '苏A6QT33', uuid: 'same', dateTime: '2026-01-01T08:00:05+08:00' }));
    expect(first.key).not.toBe(second.key);
  });

  it('gives one car, seen twice by a firmware with one UUID for ever, two events, and a re-send one', () => {
    const at = (dateTime: string) => read(alertXml({ plate: '苏A6QT32', uuid: 'same', dateTime })).eventId;
    expect(at('2026-01-01T08:00:00+08:00')).not.toBe(at('2026-01-01T08:05:00+08:00'));
    expect(at('2026-01-01T08:00:00+08:00')).toBe(at('2026-01-01T08:00:00+08:00'));
  });

  it('of firmware without a UUID carries the camera’s time, by which a re-send is known', () => {
    const xml = alertXml({ plate: '苏A6QT32', dateTime: '2026-01-01T08:00:00+08:00' });
    const seen = read(xml.replace(/<UUID>.*?<\/UUID>/, ''));
    expect(seen).toMatchObject({ eventId: null, cameraWall: Date.parse('2026-01-01T08:00:00+08:00') });
  });

  it('reads JSON alerts by the same names', () => {
    const json = {
      eventType: 'ANPR',
      UUID: 'j1',
      channelID: 2,
      ANPR: { licensePlate: '苏A6QT32', confidenceLevel: 88, plateColor: 'green' },
    };
    expect(read(JSON.stringify(json))).toMatchObject({
      raw: '苏A6QT32',
      confidence: 0.88,
      color: 'green',
      eventId: 'j1',
      channel: 2,
    });
  });

  it('is never a throw, whatever the bytes are', () => {
    const whole = bytes(alertXml({ plate: '苏A6QT32' }).trim());
    expect(readAlert(whole, usual).ok).toBe(true);
    for (let at = 0; at < whole.length; at += 1) expect(readAlert(whole.subarray(0, at), usual).ok).toBe(false);
    for (const text of ['', '{', '<a/>', '['.repeat(99_999), '<a>'.repeat(80_000), '\x00\xff', '{"ANPR":']) {
      expect(readAlert(bytes(text), usual).ok).toBe(false);
    }
    const odd = readAlert(bytes('{"eventType":1,"ANPR":null}'), usual);
    expect(odd).toMatchObject({ ok: true, alert: { kind: 'other' } });
  });
});

describe('a push', () => {
  const delivery = (contentType: string, body: Uint8Array) => ({
    method: 'POST',
    path: '',
    headers: { 'content-type': contentType },
    remoteAddress: '192.0.2.1',
    receivedAt: 1,
    body,
  });

  it.each(['named', 'nameless'] as const)('with %s parts gives its alert and the facts of its picture', (style) => {
    const { contentType, body } = pushBody(alertXml({ plate: '苏A6QT32' }), style);
    const content = readPush(delivery(contentType, body));
    expect(content.alerts).toHaveLength(1);
    expect(content.pictures).toEqual([{ name: 'licensePlatePicture.jpg', bytes: twinPicture.length, whole: true }]);
    expect(content.troubles).toEqual([]);
  });

  it('of bare XML is read as it is', () => {
    expect(readPush(delivery('application/xml', bytes(alertXml({ plate: '苏A6QT32' })))).alerts).toHaveLength(1);
  });

  it('that was cut in its XML gives nothing but the trouble', () => {
    const { contentType, body } = pushBody(alertXml({ plate: '苏A6QT32' }));
    expect(readPush(delivery(contentType, body.subarray(0, 400)))).toMatchObject({
      alerts: [],
      troubles: ['truncated'],
    });
  });
});
