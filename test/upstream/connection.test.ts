import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { type Cause, causeOf, isDateCause, mqttCause, ownCause } from '../../src/upstream/causes.ts';
import { Connection } from '../../src/upstream/connection.ts';
import type { Dial, LinkEvents } from '../../src/upstream/link.ts';
import { PacketSize } from '../../src/upstream/packet-size.ts';
import { generous, settingsFor } from './fixtures.ts';

vi.setConfig({ testTimeout: 60_000 });

function rig(random = () => 0.999_999) {
  const clock = new ManualClock();
  const dialled: { events: LinkEvents; at: number; closed: boolean }[] = [];
  const dial: Dial = (_settings, _will, events) => {
    const entry = { events, at: clock.mono(), closed: false };
    dialled.push(entry);
    return {
      publish() {},
      subscribe() {},
      leave: (done) => done(),
      close() {
        entry.closed = true;
      },
    };
  };
  const told = { opened: 0, closed: 0 };
  const connection = new Connection(
    { clock, random, dial, will: () => ({ topic: 'w', payload: '', retain: true }) },
    {
      opened() {
        told.opened += 1;
      },
      received() {},
      closed() {
        told.closed += 1;
      },
      changed() {},
    },
  );
  const newest = () => dialled.at(-1) ?? fail();
  const waits = async (count: number, cause: Cause): Promise<number[]> => {
    const found: number[] = [];
    for (let at = 0; at < count; at += 1) {
      const before = dialled.length;
      const failedAt = clock.mono();
      newest().events.ended(cause);
      while (dialled.length === before) await clock.pass(100);
      found.push(newest().at - failedAt);
    }
    return found;
  };
  return { clock, connection, dialled, told, newest, waits };
}

function fail(): never {
  throw new Error('nothing was dialled');
}

describe('a connection that does not come about', () => {
  it('is tried again for ever, a new one each time, from one second to one minute', async () => {
    const { connection, waits, dialled } = rig();
    connection.configure(settingsFor(1883));
    const found = await waits(200, ownCause('ECONNREFUSED', false));
    expect(found.slice(0, 7).map((ms) => Math.round(ms / 1000))).toEqual([1, 2, 4, 8, 16, 32, 60]);
    expect(Math.max(...found)).toBeLessThanOrEqual(60_100);
    expect(dialled).toHaveLength(201);
    expect(dialled.slice(0, -1).every(({ closed }) => closed)).toBe(true);
  });

  it('waits by chance between half and the whole of it', async () => {
    const { connection, waits } = rig(() => 0);
    connection.configure(settingsFor(1883));
    expect((await waits(7, ownCause('ECONNREFUSED', false))).at(-1)).toBeLessThanOrEqual(30_100);
  });

  it('is tried less often where it was refused, and never given up: accounts lock after a few wrong tries', async () => {
    const { connection, waits } = rig();
    connection.configure(settingsFor(1883));
    const found = await waits(50, mqttCause(134, false));
    expect(found[0]).toBeGreaterThan(14_900);
    expect(found.at(-1)).toBeGreaterThan(290_000);
  });

  it('is given up after 20 s without an answer', async () => {
    const { connection, clock, dialled } = rig();
    connection.configure(settingsFor(1883));
    await clock.pass(20_001);
    expect(connection.cause?.code).toBe('noAnswer');
    expect(dialled[0]?.closed).toBe(true);
  });

  it('is tried at once by whoever reloads', async () => {
    const { connection, newest, dialled } = rig();
    connection.configure(settingsFor(1883));
    newest().events.ended(mqttCause(134, false));
    connection.configure(settingsFor(1883));
    expect(dialled).toHaveLength(2);
  });
});

describe('a connection that is open', () => {
  it('is dead when nothing is heard for twice the keepalive', async () => {
    const { connection, clock, newest, told } = rig();
    connection.configure(settingsFor(1883, { keepaliveMs: 20_000 }));
    newest().events.opened(generous);
    for (let at = 0; at < 10; at += 1) {
      await clock.pass(30_000);
      newest().events.heard();
    }
    expect(connection.state).toBe('connected');
    await clock.pass(41_000);
    expect(connection.cause?.code).toBe('silent');
    expect(told).toEqual({ opened: 1, closed: 1 });
  });

  it('goes by the keepalive that the broker orders, and by ours again at one that orders none', async () => {
    const { connection, clock, newest } = rig();
    connection.configure(settingsFor(1883, { keepaliveMs: 20_000 }));
    newest().events.opened({ ...generous, keepaliveMs: 300_000 });
    await clock.pass(599_000);
    expect(connection.state).toBe('connected');
    await clock.pass(2000);
    expect(connection.cause?.code).toBe('silent');
    await clock.pass(2000);
    newest().events.opened(generous);
    await clock.pass(41_000);
    expect(connection.state).not.toBe('connected');
  });

  it('that is kicked out at once comes back later and later: somebody may use the same name', async () => {
    const { connection, clock, newest, dialled } = rig();
    connection.configure(settingsFor(1883));
    const gaps: number[] = [];
    for (let at = 0; at < 4; at += 1) {
      newest().events.opened(generous);
      await clock.pass(500);
      const before = clock.mono();
      const count = dialled.length;
      newest().events.ended(mqttCause(142, true));
      while (dialled.length === count) await clock.pass(500);
      gaps.push(clock.mono() - before);
    }
    expect(gaps[3]).toBeGreaterThan((gaps[0] ?? 0) * 4);
  });

  it('hears nothing more of an attempt that was given up', async () => {
    const { connection, newest, told } = rig();
    connection.configure(settingsFor(1883));
    const old = newest();
    connection.configure(settingsFor(1884));
    old.events.opened(generous);
    old.events.ended(ownCause('closed', false));
    expect(told.opened).toBe(0);
    expect(connection.state).toBe('connecting');
  });
});

describe('causes', () => {
  const coded = (code: string | number) => Object.assign(new Error('x'), { code });

  it.each([
    [4, 'refused', '密码'],
    [134, 'refused', '密码'],
    [135, 'refused', '授权'],
    [136, 'unreachable', '暂停'],
    ['ECONNREFUSED', 'unreachable', '拒绝连接'],
    ['CERT_HAS_EXPIRED', 'refused', '时钟'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'refused', 'caFile'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'refused', 'certFile'],
    ['EPROTO', 'refused', 'tls'],
    ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'refused', 'keyFile'],
    ['ERR_OSSL_PEM_NO_START_LINE', 'refused', 'certFile'],
    ['ERR_OSSL_BAD_DECRYPT', 'refused', 'keyFile'],
    ['ERR_MISSING_PASSPHRASE', 'refused', '私钥'],
    ['ERR_OSSL_TLS_WRONG_VERSION', 'refused', '握手'],
    ['WHATEVER', 'unreachable', 'WHATEVER'],
  ] as const)('%s is %s, in words', (code, kind, zh) => {
    const cause = causeOf(coded(code), false);
    expect(cause.class).toBe(kind);
    expect(cause.text.zh).toContain(zh);
    expect(cause.text.en).toMatch(/[a-z]{2}/);
    expect(cause.text.en).not.toMatch(/\p{Script=Han}/u);
  });

  it('of a connection that was up, a message that is too large is against the message and not against us', () => {
    expect(mqttCause(149, true).class).toBe('lost');
    expect(mqttCause(135, true).class).toBe('refused');
    expect(mqttCause(149, false).class).toBe('refused');
  });

  it('a certificate outside its dates may speak of our own clock', () => {
    expect(isDateCause(causeOf(coded('CERT_NOT_YET_VALID'), false))).toBe(true);
    expect(isDateCause(causeOf(coded('ECONNREFUSED'), false))).toBe(false);
  });

  it.each([null, undefined, 'text', 7, {}])('%s is a cause too', (thrown) => {
    expect(causeOf(thrown, true).text.en).not.toBe('');
  });
});

describe('packets that announce too much', () => {
  const packet = (length: number, head: readonly number[]) =>
    Buffer.concat([Buffer.from([0x30, ...head]), Buffer.alloc(length)]);

  it.each([1, 2, 3, 1000])('are found with the bytes coming %i at a time, and no others are', (step) => {
    const size = new PacketSize(1000);
    const fine = Buffer.concat([packet(2, [2]), packet(0, [0]), packet(200, [0xc8, 0x01]), packet(1000, [0xe8, 0x07])]);
    for (let at = 0; at < fine.length; at += step) expect(size.take(fine.subarray(at, at + step))).toBe(true);
    const large = packet(0, [0xe9, 0x07]);
    const taken = [...large].map((byte) => size.take(Buffer.from([byte])));
    expect(taken.at(-1)).toBe(false);
  });

  it('a length of five bytes is none', () => {
    expect(new PacketSize(1e12).take(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false);
  });
});
