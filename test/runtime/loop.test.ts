import { beforeEach, describe, expect, it } from 'vitest';
import type { DriverOutcome } from '../../src/contract/driver.ts';
import { beginSite } from '../../src/core/site-state.ts';
import { gateSite, listedRow } from './fixtures.ts';
import { Ports } from './loop-ports.ts';

const sentAt = (ports: Ports): DriverOutcome => ({ result: 'confirmed', sentAt: ports.clock.mono(), detail: '' });

let ports: Ports;
beforeEach(() => {
  ports = new Ports();
  const row = listedRow('京A10001');
  ports.known = {
    listVersion: 'v1',
    listAgeMs: 0,
    rows: [row, listedRow('京A10002', 1)],
    near: [],
    lookupUs: 5,
    available: true,
  };
  ports.inputs({ closedLimit: true, openLimit: false, button: false });
  ports.log.length = 0;
});

describe('a credential’s opening', () => {
  it('goes out only when its record is durable (I1)', async () => {
    void ports.read('京A10001');
    expect(ports.log).toEqual(['append plateRead decision commanded']);
    const commanded = ports.records.find((record) => record.kind === 'commanded');
    ports.ack((commanded?.ref ?? 0) - 1);
    expect(ports.sent).toEqual([]);
    ports.ack(commanded?.ref);
    expect(ports.log.at(-1)).toBe('send pulseOpen');
    expect(ports.sent[0]?.command.id).toBe(commanded?.command);
  });

  it('of a standing permit goes out after 300 ms without an acknowledgement, as with a broken disk', async () => {
    void ports.read('京A10001');
    await ports.clock.pass(299);
    expect(ports.sent).toHaveLength(0);
    await ports.clock.pass(2);
    expect(ports.sent).toHaveLength(1);
  });

  it('of a one-time credential is dropped then, and its outcome recorded', async () => {
    void ports.read('京A10002');
    await ports.clock.pass(301);
    expect(ports.sent).toHaveLength(0);
    expect(ports.records.at(-1)).toMatchObject({ kind: 'passage', body: { outcome: 'notTaken', returned: true } });
    expect(ports.records.find((record) => record.kind === 'outcome')?.body).toMatchObject({
      result: 'refused',
      detail: 'journalBroken',
      sentAt: null,
    });
  });

  it('is released at once when the journal says that it refuses, and later ones do not wait', () => {
    void ports.read('京A10001');
    ports.loop.journalEvents().refused(1, 'SQLITE_FULL');
    expect(ports.sent).toHaveLength(1);
    expect(ports.faults).toContain('+journalBroken');
    ports.sent[0]?.settle(sentAt(ports));
    ports.loop.journalEvents().mended();
    expect(ports.faults).toContain('-journalBroken');
  });

  it('never goes out after its deadline, however late the acknowledgement comes', async () => {
    void ports.read('京A10002');
    const deadline = Number(ports.records.find((record) => record.kind === 'commanded')?.body.deadline);
    // The process itself stood still: neither timer nor acknowledgement ran meanwhile.
    Object.defineProperty(ports.clock, 'mono', { value: () => deadline + 1 });
    ports.ack();
    expect(ports.sent).toHaveLength(0);
    expect(ports.records.find((record) => record.kind === 'outcome')?.body).toMatchObject({ result: 'expired' });
  });
});

describe('life safety', () => {
  it('goes to the line before its record is even handed to the journal, and waits for nothing (I4)', () => {
    ports.inputs({ closedLimit: true, openLimit: false, button: true });
    expect(ports.log[0]).toBe('send pulseOpen');
    expect(ports.log[1]).toMatch(/^append .*commanded/);
    expect(ports.sent[0]?.command.priority).toBe('guard');
  });

  it('for several lanes goes to the line together, before any record', () => {
    const { lanes, ...rest } = gateSite();
    const four = ['a', 'b', 'c', 'd'].flatMap((id) => lanes.map((lane) => ({ ...lane, id })));
    ports = new Ports(beginSite({ ...rest, lanes: four }, 'boot', 0));
    const by = { via: 'cli', name: '李四' } as const;
    ports.loop.request({ kind: 'emergency', by, reach: { kind: 'site' }, reason: '火' });
    const orders = ports.log.filter((line) => line.startsWith('send'));
    expect(orders.length).toBeGreaterThanOrEqual(4);
    expect(ports.log.slice(0, orders.length + 2)).toEqual(['together', ...orders, 'apart']);
    expect(ports.log[orders.length + 2]).toMatch(/^append .*commanded/);
  });

  it('opens with a list that throws and a journal that refuses', () => {
    ports.known = 'throws';
    ports.loop.journalEvents().refused(1, 'EIO');
    ports.inputs({ closedLimit: true, openLimit: false, button: true });
    expect(ports.sent).toHaveLength(1);
  });
});

describe('the loop', () => {
  it('goes on after a defect: the input is refused, the next one is taken', async () => {
    ports.known = 'throws';
    const lost = ports.read('京A10001');
    expect(ports.failures).toEqual(['Error: no such table']);
    await expect(lost).resolves.toBe('refused');
    ports.inputs({ closedLimit: true, openLimit: false, button: true });
    expect(ports.sent).toHaveLength(1);
  });

  it('answers a read `recorded` when its record is durable, `held` when the journal is broken', async () => {
    const first = ports.read('京B20001');
    ports.ack();
    await expect(first).resolves.toBe('recorded');
    const second = ports.read('京B20002');
    ports.loop.journalEvents().refused(ports.lastRef, 'SQLITE_FULL');
    await expect(second).resolves.toBe('held');
    await expect(ports.read('京B20003')).resolves.toBe('held');
  });

  it('refuses reads beyond its room, so that the camera is told to try again', async () => {
    const receipts = Array.from({ length: 4100 }, (_, at) => ports.read(`京C${10_000 + at}`));
    await expect(Promise.race(receipts.slice(4096))).resolves.toBe('refused');
    ports.ack();
    await expect(receipts[0]).resolves.toBe('recorded');
  });

  it('refuses reads while the journal has no room to hold them, and still takes the button', async () => {
    ports.room = false;
    await expect(ports.read('京A10001')).resolves.toBe('refused');
    ports.inputs({ closedLimit: true, openLimit: false, button: true });
    expect(ports.sent).toHaveLength(1);
    ports.room = true;
    void ports.read('京A10001');
    expect(ports.records.some((record) => record.kind === 'plateRead')).toBe(true);
  });

  it('looks up only what an input needs, once', () => {
    ports.inputs({ closedLimit: true, openLimit: false });
    expect(ports.asked).toEqual([]);
    void ports.read('京A10001');
    expect(ports.asked).toHaveLength(1);
    expect(ports.asked[0]?.exact).toEqual(['plate:京A10001']);
  });

  it('records when a command’s record was durable, when it was sent, and when it was settled', () => {
    void ports.read('京A10001');
    const committedAt = ports.clock.mono();
    ports.ack();
    ports.sent[0]?.settle({ result: 'confirmed', sentAt: committedAt, detail: '' });
    return Promise.resolve().then(() => {
      const outcome = ports.records.find((record) => record.kind === 'outcome');
      expect(outcome?.body).toMatchObject({ result: 'confirmed', committedAt, sentAt: committedAt });
    });
  });

  it('takes nothing and sends nothing once it is stopped, and leaves no timer', async () => {
    void ports.read('京A10001');
    const receipt = ports.read('京B20001');
    ports.loop.stop();
    await expect(receipt).resolves.toBe('refused');
    ports.ack();
    await ports.clock.pass(10_000);
    expect(ports.sent).toHaveLength(0);
    expect(ports.clock.timers()).toEqual([]);
    await expect(ports.read('京A10001')).resolves.toBe('refused');
  });

  it('rehearses on the same state without touching it', () => {
    const before = structuredClone(ports.loop.site);
    const { effects } = ports.loop.rehearse({
      kind: 'requested',
      now: ports.loop.now(),
      request: { kind: 'guardOpen', lane: 'east', by: { via: 'cli', name: '张三' } },
      facts: null,
    });
    expect(effects.some((effect) => effect.kind === 'command')).toBe(true);
    expect(ports.loop.site).toEqual(before);
    expect(ports.sent).toHaveLength(0);
  });
});
