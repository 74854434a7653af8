/** Cards in the demo's day: who comes with one, at which lanes, and what the list and the reader make of their numbers. */
import { describe, expect, it } from 'vitest';
import { frameOf } from '../../drivers/reader-serial/twin.ts';
import { profileSchema } from '../../drivers/reader-serial/profile.ts';
import { clockWords, mqttWords } from '../../src/cli/demo.ts';
import { brokerOf, upstreamYaml } from '../../src/runtime/demo/broker.ts';
import { normalise } from '../../src/store/list-keys.ts';
import { cardLookupKeys } from '../../src/core/credential/card.ts';
import { cardOf, planCards, printedNumber } from '../../src/sim/card-traffic.ts';
import { seededRandom } from '../../src/sim/random.ts';
import { makeCast, planDay } from '../../src/sim/traffic.ts';

const random = seededRandom(11);
const cast = makeCast(random.fork('cast'), '京');
const lanes = [{ id: 'east-in', direction: 'in' as const }];
const plan = { dayMs: 600_000, cars: 130, lanes };

describe('cards of a day', () => {
  it('come in order, at lanes with a reader only, with everybody in them that a reader meets', () => {
    const arrivals = planCards(random.fork('cards'), cast, plan);
    expect(arrivals.map(({ at }) => at)).toEqual(arrivals.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(new Set(arrivals.map(({ lane }) => lane))).toEqual(new Set(['east-in']));
    expect([...new Set(arrivals.map(({ kind }) => kind))].toSorted()).toEqual([
      'cardOnly',
      'cardTrier',
      'plateAndCard',
    ]);
    expect(arrivals.find(({ kind }) => kind === 'plateAndCard')?.at).toBeLessThan(10_000);
    expect(planCards(random.fork('cards'), cast, { ...plan, lanes: [] })).toEqual([]);
  });

  it('do not shift the cars: the same seed drives the same plates up', () => {
    const day = () =>
      planDay(seededRandom(3).fork('day'), cast, { ...plan, fromHour: 7, lanes: [{ id: 'a', directions: ['in'] }] });
    const before = day();
    planCards(seededRandom(3).fork('cards'), cast, plan);
    expect(day()).toEqual(before);
  });

  it('of the one who tries are five different ones that no list knows', () => {
    const trier = planCards(random.fork('cards'), cast, plan).find(({ kind }) => kind === 'cardTrier');
    const listed = [...cast.cardHolders, ...cast.cardCouriers].map(({ card }) => card.value);
    expect(new Set(trier?.cards.map(({ value }) => value)).size).toBe(5);
    for (const { value } of trier?.cards ?? []) expect(listed).not.toContain(value);
  });

  it('are in the list under the number that the reader sends', () => {
    const profile = profileSchema.parse({
      ...{ title: 't', source: 's', frame: { by: 'line', max: 16 }, bits: 32 },
      value: { as: 'decimal', digits: 10 },
    });
    for (const { card } of [...cast.cardHolders, { card: cardOf(1) }, { card: cardOf(4_200_000_000) }]) {
      const printed = printedNumber(card);
      expect(printed).toMatch(/^\d{10}$/);
      expect(Buffer.from(frameOf(card, profile)).toString()).toBe(`${printed}\r\n`);
      expect(cardLookupKeys(card.bits, card.value)).toContain(normalise.card(printed)?.[0]);
    }
  });
});

it('the demo says that its clock is not the one of watch and the journal', () => {
  const options = { from: 7, minutes: 10 };
  expect(clockWords(options, (zh) => zh)).toMatch(/从 07:00 起，10 分钟一天.*真实时间/);
  expect(clockWords(options, (_zh, en) => en)).toMatch(/from 07:00, a day in 10 minutes.*show real time/);
});

describe('the demo’s broker', () => {
  it.each([
    ['mqtt://127.0.0.1:1883', 'upstream: { host: "127.0.0.1", port: 1883, tls: false }\n'],
    ['mqtts://mq.example', 'upstream: { host: "mq.example", tls: true }\n'],
    [
      'mqtt://u%40x:p%3A@[::1]:9',
      'upstream: { host: "::1", port: 9, tls: false, user: "u@x", passwordFile: b.secret }\n',
    ],
  ])('%s becomes the upstream section, its password in a file', (url, yaml) => {
    const broker = brokerOf(url);
    expect(broker === null ? null : upstreamYaml(broker, 'b.secret')).toBe(yaml);
    expect(yaml).not.toContain('p:');
  });

  it.each([
    ['mqtt://127.0.0.1:1883', "mosquitto_sub -h 127.0.0.1 -p 1883 -t 'gatehouse/demo/#'"],
    ['mqtts://mq.example', 'mosquitto_sub -h mq.example -p 8883 --capath /etc/ssl/certs -t'],
    ["mqtts://o'neil:geheim@mq.example:9", "-p 9 --capath /etc/ssl/certs -u 'o'\\''neil' -P PASSWORD -t"],
  ])('%s is listened to with TLS and account as the gateway has them, the password left out', (url, words) => {
    const found = brokerOf(url);
    const said = found === null ? '' : mqttWords(found, (_zh, en) => en, {});
    expect(said).toContain(words);
    expect(said).not.toContain('geheim');
    if (found?.tls === true)
      expect(mqttWords(found, (zh) => zh, { NODE_EXTRA_CA_CERTS: '/etc/ca.pem' })).toContain('--cafile /etc/ca.pem');
  });

  it.each(['', 'localhost', 'http://x', 'mqtt://', 'mqtt://h/path', 'mqtt://%zz@h'])('%j is none', (url) => {
    expect(brokerOf(url)).toBeNull();
  });
});
