import { afterEach, expect, it, vi } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { LinkEvents, LinkMessage } from '../../src/upstream/link.ts';
import { mqttDial } from '../../src/upstream/mqtt-link.ts';
import { Uplink, type UplinkOptions } from '../../src/upstream/uplink.ts';
import { Stage, until } from '../e2e/harness.ts';
import { Broker, deliveryComplaints, SlowProxy, Subscriber } from './broker.ts';
import { fireOf, Journal, settingsFor, snapshotOf } from './fixtures.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

const fire = { ...snapshotOf('opening', 2000), alarm: fireOf };
const over = snapshotOf('closed', 3000);

function uplinkOf(options: Pick<UplinkOptions, 'clock' | 'dial'>): Uplink {
  const events = { progress() {}, status() {}, ignored() {}, missing() {}, skipped() {}, unreadable() {}, log() {} };
  return new Uplink({ ...options, random: () => 0.5, gateway: 'test', boot: 'boot1' }, events);
}

it('an alarm overtakes all that waits at a real broker, and no lane’s records change their order', async () => {
  const broker = await Broker.make(stage);
  const proxy = await SlowProxy.make(stage, broker.port);
  const subscriber = await Subscriber.make(stage, broker.watchPort);
  const journal = new Journal(3000);
  const uplink = uplinkOf({ clock: systemClock(), dial: mqttDial({}) });
  stage.onEnd(() => new Promise<void>((resolve) => uplink.stop(resolve)));
  proxy.drip = { bytes: 2000, pauseMs: 2 };
  uplink.show(snapshotOf('closed'));
  uplink.attach(journal, null, journal.last);
  uplink.configure(settingsFor(proxy.port));
  await until('it is under way', () => uplink.status().acknowledged > 100);
  const acknowledged = uplink.status().acknowledged;
  uplink.show(fire);
  const active = () => subscriber.heard().findIndex(({ payload }) => /alarm\/1.*"active":true/.test(payload));
  await until('the alarm has come', () => active() >= 0);
  const ahead = subscriber
    .heard()
    .slice(0, active())
    .filter(({ topic }) => topic.includes('/event/')).length;
  // What was in flight already, and nothing of what waited.
  expect(ahead).toBeLessThanOrEqual(acknowledged + 2 * 32);
  expect(uplink.status().waiting).toBeGreaterThan(1000);
  proxy.drip = { bytes: 65_536, pauseMs: 0 };
  uplink.show(over);
  await until('all has come', () => uplink.status().waiting === 0, 60_000);
  await until('the last has come', () => subscriber.events().some(({ seq }) => seq === 3000));
  expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([]);
  const alarms = subscriber.heard().filter(({ topic }) => topic === 'gatehouse/test/alarm');
  expect(alarms.map(({ payload }) => (JSON.parse(payload) as { active: boolean }).active)).toEqual([
    false,
    true,
    false,
  ]);
});

/** A broker that takes everything, and acknowledges an event only when it is told to. */
function slowBroker(inFlightMax: number) {
  const published: string[] = [];
  const waiting: { readonly retain: boolean; readonly done: (refusal: null) => void }[] = [];
  const holder: { events: LinkEvents | null } = { events: null };
  const uplink = uplinkOf({
    clock: new ManualClock(),
    dial(_settings, _will, events) {
      holder.events = events;
      const publish = ({ topic, retain }: LinkMessage, done: (refusal: null) => void): void => {
        published.push(topic.replace('gatehouse/test/', ''));
        waiting.push({ retain, done });
      };
      return { publish, subscribe() {}, leave: (done) => done(), close() {} };
    },
  });
  const journal = new Journal(500);
  uplink.show(snapshotOf('closed'));
  uplink.attach(journal, null, journal.last);
  uplink.configure(settingsFor(1));
  holder.events?.opened({ inFlightMax, packetBytesMax: null, keepaliveMs: null });
  const acknowledge = (retain: boolean): void => {
    for (;;) {
      const at = waiting.findIndex((one) => one.retain === retain);
      if (at < 0) return;
      waiting.splice(at, 1)[0]?.done(null);
      if (!retain) return;
    }
  };
  return { uplink, published, acknowledge };
}

it('an alarm that stands before the connection is the first word after the birth', () => {
  expect(slowBroker(20).published.slice(0, 2)).toEqual(['status', 'alarm']);
});

it('an alarm waits for no acknowledgement of the events before it: room is kept for it (I15)', () => {
  const { uplink, published, acknowledge } = slowBroker(20);
  acknowledge(true);
  const before = published.length;
  expect(published.filter((topic) => topic.startsWith('event/'))).toHaveLength(16);
  uplink.show(fire);
  expect(published.slice(before)).toEqual(['alarm', 'lane/east-in/state']);
});

it('a broker that allows one message at a time gets the alarm next', () => {
  const { uplink, published, acknowledge } = slowBroker(1);
  acknowledge(true);
  expect(published.at(-1)).toMatch(/^event/);
  uplink.show(fire);
  expect(published.at(-1)).toMatch(/^event/);
  acknowledge(false);
  expect(published.at(-1)).toBe('alarm');
});
