/** The uplink over a broker and a clock in the test's hands: what must not be believed, and when it is given up. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { type Cause, mqttCause, ownCause } from '../../src/upstream/causes.ts';
import type { BrokerLimits, Dial, LinkEvents, LinkMessage } from '../../src/upstream/link.ts';
import { Newest } from '../../src/upstream/newest.ts';
import { topicsOf } from '../../src/upstream/topics.ts';
import { Uplink } from '../../src/upstream/uplink.ts';
import { generous, Journal, settingsFor, snapshotOf } from './fixtures.ts';

interface Sent extends LinkMessage {
  done(refusal: Cause | null): void;
}

function byHand(records: number, limits: Partial<BrokerLimits> = {}) {
  const clock = new ManualClock();
  const sent: Sent[] = [];
  const links: LinkEvents[] = [];
  const dial: Dial = (_settings, _will, events) => {
    links.push(events);
    queueMicrotask(() => events.opened({ ...generous, ...limits }));
    return {
      publish: (message, done) => void sent.push({ ...message, done }),
      subscribe() {},
      leave: (done) => done(),
      close() {},
    };
  };
  const uplink = new Uplink(
    { clock, random: () => 0, dial, gateway: 'test', boot: 'boot1' },
    { progress() {}, status() {}, ignored() {}, missing() {}, skipped() {}, unreadable() {}, log() {} },
  );
  uplink.show(snapshotOf('closed'));
  const journal = new Journal(records);
  uplink.attach(journal, null, records);
  uplink.configure(settingsFor(1883));
  const seqs = () =>
    sent.flatMap(({ topic, payload }) => (topic.includes('/event/') ? [JSON.parse(payload).seq as number] : []));
  const answerAll = (): void => {
    for (const { done } of sent.splice(0)) done(null);
  };
  return { clock, uplink, sent, links, seqs, answerAll };
}

describe('a connection on which messages are on their way', () => {
  it('is given up 30 s after the last answer, however alive the link is, and everything goes again', async () => {
    const { clock, uplink, sent, links, seqs } = byHand(5);
    await clock.pass(0);
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
    sent.splice(0);
    for (let at = 0; at < 5; at += 1) {
      await clock.pass(5900);
      links[0]?.heard();
    }
    expect(uplink.status().state).toBe('connected');
    await clock.pass(600);
    expect(uplink.status().cause?.code).toBe('ackMissing');
    await clock.pass(2000);
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it('is followed by one on which late answers of the first count for nothing', async () => {
    const { clock, uplink, sent, links } = byHand(5);
    await clock.pass(0);
    const before = sent.splice(0);
    links[0]?.ended(ownCause('closed', true));
    await clock.pass(2000);
    expect(sent.length).toBeGreaterThan(5);
    for (const { done } of before) done(null);
    expect(uplink.status()).toMatchObject({ acknowledged: 0, waiting: 5 });
    for (const { done } of sent.splice(0)) done(null);
    expect(uplink.status()).toMatchObject({ acknowledged: 5, waiting: 0 });
  });

  it('carries no more than the broker allows, and never two of one retained topic', async () => {
    const { clock, uplink, sent, answerAll } = byHand(50, { inFlightMax: 7 });
    await clock.pass(0);
    // One of the seven is kept for state.
    expect(sent).toHaveLength(6);
    for (const position of ['opening', 'open', 'closing']) uplink.show(snapshotOf(position));
    const states = () => sent.filter(({ topic }) => topic.endsWith('/state')).map(({ payload }) => payload);
    expect(states()).toHaveLength(1);
    answerAll();
    expect(states()).toEqual([expect.stringContaining('"closing"')]);
  });
});

describe('a refused state topic', () => {
  const refuse = (sent: Sent[], reason: number): void => {
    for (const { topic, done } of sent.splice(0)) done(topic.endsWith('/faults') ? mqttCause(reason, true) : null);
  };

  it('is tried again after an hour on the same connection', async () => {
    const { clock, uplink, sent, links, answerAll } = byHand(1);
    await clock.pass(0);
    refuse(sent, 135);
    expect(uplink.status()).toMatchObject({
      state: 'connected',
      waiting: 0,
      leftOut: [{ cause: { code: 'mqtt135' } }],
    });
    const later = async (minutes: number): Promise<void> => {
      for (let at = 0; at < minutes * 6; at += 1) {
        await clock.pass(10_000);
        links[0]?.heard();
      }
    };
    await later(59);
    expect(sent).toEqual([]);
    for (let at = 0; at < 120 && sent.length === 0; at += 1) {
      await clock.pass(1000);
      links[0]?.heard();
    }
    expect(sent.map(({ topic }) => topic)).toEqual(['gatehouse/test/faults']);
    answerAll();
    expect(uplink.status()).toMatchObject({ state: 'connected', leftOut: [] });
  });

  it('by a broker that is only busy ends the connection as before: it passes by itself', async () => {
    const { clock, uplink, sent } = byHand(1);
    await clock.pass(0);
    refuse(sent, 151);
    expect(uplink.status()).toMatchObject({ state: 'waiting', cause: { code: 'mqtt151' }, leftOut: [] });
  });
});

describe('another database while messages are on their way', () => {
  it('ends the connection: an answer would be taken for one of its own records', async () => {
    const { clock, uplink, links } = byHand(5);
    await clock.pass(0);
    uplink.attach(new Journal(9), { epoch: 'other', seq: 3 }, 9);
    expect(uplink.status().state).toBe('waiting');
    await clock.pass(2000);
    expect(links).toHaveLength(2);
  });
});

describe('the newest of a topic', () => {
  it('leaves once the one before it has been answered, and not beside it', () => {
    const newest = new Newest();
    newest.set('t', 'first');
    const first = newest.next();
    newest.set('t', 'second');
    newest.set('t', 'third');
    expect(newest.next()).toBeNull();
    newest.acknowledged(first?.token ?? 0);
    expect(newest.next()?.payload).toBe('third');
    expect(newest.next()).toBeNull();
  });
});

describe('a topic with which connections end', () => {
  it('is left out from the sixth on, and others go on', () => {
    const newest = new Newest();
    newest.set('bad', 'x');
    for (let cut = 1; cut <= 6; cut += 1) {
      expect(newest.leftOut()).toEqual([]);
      expect(newest.next()?.topic).toBe('bad');
      newest.rewind(mqttCause(149, true));
    }
    expect(newest.leftOut()).toMatchObject([{ topic: 'bad' }]);
    newest.set('good', 'y');
    expect(newest.next()?.topic).toBe('good');
    expect(newest.next()).toBeNull();
  });

  it('begins to count anew once the broker has taken it', () => {
    const newest = new Newest();
    newest.set('t', 'x');
    for (let cut = 1; cut <= 5; cut += 1) {
      newest.next();
      newest.rewind(mqttCause(149, true));
    }
    newest.acknowledged(newest.next()?.token ?? 0);
    newest.set('t', 'y');
    newest.next();
    newest.rewind(mqttCause(149, true));
    expect(newest.leftOut()).toEqual([]);
  });
});

describe('a topic', () => {
  const topics = topicsOf('gatehouse/test');

  it.each([
    ['a+b', 'gatehouse/test/lane/a_b/state'],
    ['a#b', 'gatehouse/test/lane/a_b/state'],
    ['a/b', 'gatehouse/test/lane/a_b/state'],
    ['a\u0000b', 'gatehouse/test/lane/a_b/state'],
    ['', 'gatehouse/test/lane/_/state'],
    ['x'.repeat(200), `gatehouse/test/lane/${'x'.repeat(80)}/state`],
  ])('holds no wildcard and no further level, whatever the lane is called: %j', (lane, expected) => {
    expect(topics.laneState(lane)).toBe(expected);
    expect(topics.event(lane, 'a/+')).toBe(`gatehouse/test/event/${expected.split('/')[3]}/a__`);
  });
});
