import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JournalRow } from '../../src/upstream/messages.ts';
import type { UplinkSettings } from '../../src/upstream/settings.ts';
import { Stage, until } from '../e2e/harness.ts';
import { Broker, type BrokerOptions, deliveryComplaints, SlowProxy, Subscriber } from './broker.ts';
import { Journal, settingsFor, snapshotOf } from './fixtures.ts';
import { uplinkOver } from './uplink-rig.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

/** Thirty records, some of them altered. */
class Altered extends Journal {
  readonly #alter: Readonly<Record<number, Partial<JournalRow>>>;

  constructor(alter: Readonly<Record<number, Partial<JournalRow>>>) {
    super(30);
    this.#alter = alter;
  }

  override readFrom(seq: number, limit: number): readonly JournalRow[] {
    return super.readFrom(seq, limit).map((row) => ({ ...row, ...this.#alter[row.seq] }));
  }
}

async function rig(options: BrokerOptions, journal: Journal, more: Partial<UplinkSettings> = {}) {
  const broker = await Broker.make(stage, options);
  const proxy = await SlowProxy.make(stage, broker.port);
  const subscriber = await Subscriber.make(stage, broker.watchPort);
  const it = uplinkOver(stage, journal, settingsFor(proxy.port, more));
  const has = (seq: number) => () => subscriber.events().some((event) => event.seq === seq);
  const seen = (topic: string) => subscriber.heard().filter((message) => message.topic === `gatehouse/test/${topic}`);
  const reduced = () => [...new Set(subscriber.events().flatMap(({ seq, body }) => (body === null ? [seq] : [])))];
  return { ...it, broker, proxy, subscriber, has, seen, reduced };
}

const body = (text: string) => ({ body: { text } });
const large = { 10: body('x'.repeat(8000)), 20: body('x'.repeat(8100)) };
const anchor = { schema: 'gatehouse/anchor/1', gateway: 'test', epoch: 'e', seq: 3, hash: 'ab', atWall: 5 } as const;

describe('a broker that takes no large messages', () => {
  it.each([
    ['characters of one byte', 6000, 'x'.repeat(8000)],
    ['characters of three', 20_000, '门'.repeat(10_000)],
  ])(
    'and says so gets them without their body at once, all else whole, on one connection: %s',
    async (_, limit, text) => {
      const journal = new Altered({ 10: body(text), 11: body('x'.repeat(limit - 1000)) });
      const { uplink, drained, subscriber, proxy, has, reduced } = await rig(
        { more: [`max_packet_size ${limit}`] },
        journal,
      );
      await drained();
      await until('the last has come', has(30));
      expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([]);
      expect(reduced()).toEqual([10]);
      expect(uplink.status().tooLarge).toMatchObject({ seq: 10, limit });
      expect(proxy.connections).toBe(1);
    },
  );

  it('and only cuts the connection gets them without their body after a few times, the next of that size at once', async () => {
    const journal = new Altered(large);
    const { uplink, drained, subscriber, proxy, has, reduced } = await rig(
      { more: ['max_packet_size 6000'] },
      journal,
      { protocol: 4 },
    );
    await drained();
    await until('the last has come', has(30));
    expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([]);
    expect(reduced()).toEqual([10, 20]);
    expect(uplink.status().tooLarge).toMatchObject({ seq: 10, limit: null });
    expect(proxy.connections).toBeLessThan(12);
  });

  it.each([5, 4] as const)(
    'not even without their body misses them, named, and gets all others: version %i',
    async (protocol) => {
      const journal = new Altered({ 10: { boot: 'b'.repeat(8000) } });
      const { told, drained, subscriber, has } = await rig({ more: ['max_packet_size 6000'] }, journal, { protocol });
      await drained();
      await until('the last has come', has(30));
      expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([
        expect.stringMatching(/\/10 never came$/),
      ]);
      expect(told.skipped).toMatchObject([
        { seq: 10, cause: { code: protocol === 5 ? 'mqtt149' : expect.any(String) } },
      ]);
    },
  );

  it.each([5, 4] as const)(
    'keeps no record waiting for a retained topic that is too large, and has it once it is smaller: version %i',
    async (protocol) => {
      const journal = new Journal(30);
      const { uplink, drained, seen, proxy } = await rig({ more: ['max_packet_size 6000'] }, journal, { protocol });
      await drained();
      const many = Array.from({ length: 200 }, (_, at) => ({ code: 'deviceSilent', subject: `d${at}`, sinceWall: at }));
      const standing = snapshotOf('open');
      uplink.show({ ...standing, faults: many });
      journal.last = 60;
      uplink.committed(60);
      await drained();
      await until('it is named', () => uplink.status().leftOut.length > 0);
      expect(uplink.status().leftOut).toMatchObject([{ topic: 'gatehouse/test/faults' }]);
      expect(seen('lane/east-in/state').length).toBeGreaterThan(1);
      if (protocol === 5) expect(proxy.connections).toBe(1);
      uplink.show({ ...standing, faults: many.slice(0, 2) });
      await until('it is there', () => seen('faults').at(-1)?.payload.includes('"d1"') === true);
      await until('it is over', () => uplink.status().leftOut.length === 0);
    },
  );
});

describe('a broker that refuses a topic', () => {
  const rights = (...topics: string[]) => topics.map((topic) => `topic readwrite gatehouse/test/${topic}\n`).join('');

  async function withRights(text: string, journal: Journal, more: readonly string[] = []) {
    const file = join(stage.folder(), 'rights');
    writeFileSync(file, text);
    return { file, ...(await rig({ more: [`acl_file ${file}`, ...more] }, journal)) };
  }

  it.each([
    ['goes on', 'max_queued_messages 5000', 1],
    ['ends the connection each time as well', 'max_queued_messages 0', 3],
  ])(
    'and %s gets every record all the same; the topics are named, and tried again by a reload',
    async (_, queue, connections) => {
      const journal = new Journal(50);
      const all = rights('event/#', 'status', 'alarm', 'lane/#', 'command/#');
      const { uplink, drained, proxy, subscriber, broker, file, has, seen } = await withRights(all, journal, [queue]);
      uplink.anchored(anchor);
      await drained();
      await until('both are named', () => uplink.status().leftOut.length === 2);
      expect(
        uplink
          .status()
          .leftOut.map(({ topic, cause }) => `${topic} ${cause.code}`)
          .sort(),
      ).toEqual(['gatehouse/test/anchor mqtt135', 'gatehouse/test/faults mqtt135']);
      journal.last = 80;
      uplink.committed(80);
      await drained();
      await until('the last has come', has(80));
      expect(deliveryComplaints(journal.committed(), subscriber.events())).toEqual([]);
      expect(proxy.connections).toBeLessThanOrEqual(connections);
      writeFileSync(file, rights('#'));
      await broker.stop();
      await broker.start();
      await until(
        'it is connected again',
        () => proxy.connections > connections && uplink.status().state === 'connected',
      );
      uplink.configure(settingsFor(proxy.port));
      await until('nothing is left out', () => uplink.status().leftOut.length === 0);
      await until('both have come', () => seen('faults').length > 0 && seen('anchor').length > 0);
    },
  );

  it('for records is told so, and not one of them counts as acknowledged', async () => {
    const { uplink, told, subscriber } = await withRights(rights('status', 'lane/#', 'faults'), new Journal(50));
    await until('it is refused', () => uplink.status().cause?.code === 'mqtt135');
    await until('it is tried again', () => uplink.status().state === 'connected');
    await until('it is refused again', () => uplink.status().cause?.code === 'mqtt135');
    expect(uplink.status()).toMatchObject({ acknowledged: 0, waiting: 50 });
    expect(told).toMatchObject({ acknowledged: 0, skipped: [] });
    expect(subscriber.events()).toEqual([]);
  });
});

describe('what goes to the platform of a person', () => {
  it.each([
    ['none', null],
    ['masked', { plate: '京A***5' }],
  ] as const)('is as configured: %s', async (personal, shown) => {
    const { drained, subscriber, has } = await rig({}, new Journal(9), { personal });
    await drained();
    await until('the last has come', has(9));
    const decisions = subscriber.events().filter(({ kind }) => kind === 'decision');
    expect(decisions.map((event) => event.personal)).toEqual([shown, shown, shown]);
  });
});
