import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import {
  type AnyDriver,
  type ByteLine,
  type Driver,
  type DriverContext,
  defineDriver,
  z,
} from '../../src/contract/driver.ts';
import type { Observation } from '../../src/core/presentation.ts';
import { ByteLineOwner, floodBytes } from '../../src/field/byte-line.ts';
import { Field } from '../../src/field/field.ts';
import { BytePort } from './byte-port.ts';

function line(random = () => 0.5) {
  const clock = new ManualClock();
  const port = new BytePort(clock);
  const owner = new ByteLineOwner({ id: 'port', open: port.open, clock, random });
  const heard: string[] = [];
  owner.listen({
    bytes: (bytes) => heard.push(`bytes ${bytes.length}`),
    state: (connected, why) => heard.push(connected ? 'up' : `down ${why}`),
  });
  return { clock, port, owner, heard };
}

describe('a line of bytes', () => {
  it('is tried again for ever, with growing waits of at most 30 s', async () => {
    const { clock, port, owner } = line(() => 1);
    port.present = false;
    const attempts: number[] = [];
    const open = port.open;
    const counted = new ByteLineOwner({
      ...{ id: 'counted', clock, random: () => 1 },
      open: (events) => {
        attempts.push(clock.mono());
        return open(events);
      },
    });
    counted.start();
    await clock.pass(10 * 60_000);
    const waits = attempts.slice(1).map((at, index) => Math.round((at - (attempts[index] ?? 0)) / 1000));
    expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 30]);
    expect(new Set(waits.slice(5))).toEqual(new Set([30]));
    expect(counted.status()).toMatchObject({ up: false, problem: 'no such port' });
    port.present = true;
    await clock.pass(31_000);
    expect(counted.status().up).toBe(true);
    counted.stop();
    owner.stop();
  });

  it('that is taken and dropped at once is not hammered, and one that stood is back soon', async () => {
    const { clock, port, owner, heard } = line(() => 1);
    owner.start();
    await clock.pass(5);
    for (let round = 0; round < 200; round += 1) {
      if (owner.status().up) port.unplug();
      port.present = true;
      await clock.pass(500);
    }
    expect(port.opened).toBeLessThan(12);
    await clock.pass(70_000);
    const before = port.opened;
    port.unplug();
    port.present = true;
    await clock.pass(1100);
    expect(port.opened).toBe(before + 1);
    expect(heard.at(-1)).toBe('up');
    owner.stop();
  });

  it('takes no byte while it is down, and sends none of them when it is back', async () => {
    const { clock, port, owner } = line();
    expect(owner.write(Uint8Array.of(1))).toBe(false);
    owner.start();
    expect(owner.write(Uint8Array.of(2))).toBe(false);
    await clock.pass(5);
    expect(owner.write(Uint8Array.of(3))).toBe(true);
    port.unplug();
    expect(owner.write(Uint8Array.of(4))).toBe(false);
    port.present = true;
    await clock.pass(2000);
    expect(port.sent.map(({ hex }) => hex)).toEqual(['03']);
    owner.stop();
  });

  it('that floods is given up as a wrong device, and the loop hears no more of it', async () => {
    const { clock, port, owner, heard } = line();
    owner.start();
    await clock.pass(5);
    for (let sent = 0; sent < 1000; sent += 1) port.say(new Uint8Array(4096));
    expect(heard.filter((one) => one.startsWith('bytes'))).toHaveLength(floodBytes / 4096);
    expect(heard.at(-1)).toMatch(/^down more than/);
    // A new connection begins anew, also within that second. The same bytes over a minute are a busy reader.
    await clock.pass(760);
    expect(owner.status().up).toBe(true);
    port.say(new Uint8Array(4096));
    expect(owner.status().up).toBe(true);
    for (let sent = 0; sent < 300; sent += 1) {
      port.say(new Uint8Array(4096));
      await clock.pass(100);
    }
    expect(owner.status()).toMatchObject({ up: true, opened: 2, received: floodBytes + 4096 + 301 * 4096 });
    owner.stop();
  });

  it('arms no timer once it is stopped', async () => {
    const { clock, owner } = line();
    owner.start();
    await clock.pass(5);
    owner.stop();
    expect(clock.timers()).toEqual([]);
  });
});

type Make = (ctx: DriverContext<ByteLine>) => Driver;

function site(make: Make) {
  const clock = new ManualClock();
  const port = new BytePort(clock);
  const seen: Observation[] = [];
  const driver = defineDriver<'bytes', number>({
    ...{ name: 'ear', contract: 1, line: 'bytes', host: 'main', specs: ['none'], config: z.number(), faults: {} },
    traits: () => ({ inputs: [], portal: null, outputs: [], unit: null, polls: [] }),
    create: make,
  }) as AnyDriver;
  const field = new Field({
    ...{ clock, random: () => 0.5, open: () => port.open, secret: () => '', log: { info() {}, warn() {} } },
    emit: async (observation) => {
      seen.push(observation);
      return 'recorded';
    },
  });
  const apply = (config: number) =>
    field.apply({
      lines: [{ id: 'port', type: 'tcp', host: '127.0.0.1', port: 1 }],
      devices: [{ id: 'ear', driver, line: 'port', config }],
    });
  return { clock, port, seen, field, apply };
}

describe('a device on a line of bytes', () => {
  const quiet: Make = () => ({ provides: ['reader'], start() {}, stop() {} });

  it('that says nothing for a day is not faulty', async () => {
    const { clock, seen, field, apply } = site(quiet);
    await apply(1);
    await clock.pass(24 * 3_600_000);
    expect(seen).toEqual([]);
    expect(field.status().devices[0]).toMatchObject({ state: 'answering' });
    await field.stop();
  });

  it('whose port never was there is silent, and back when it is plugged in', async () => {
    const { clock, port, seen, field, apply } = site(quiet);
    port.present = false;
    await apply(1);
    await clock.pass(5000);
    expect(seen).toEqual([{ kind: 'deviceSilent', device: 'ear', why: 'no such port' }]);
    port.present = true;
    await clock.pass(31_000);
    expect(seen.map(({ kind }) => kind)).toEqual(['deviceSilent', 'deviceReturned']);
    await field.stop();
  });

  it('that is changed while its line stays learns how the line is', async () => {
    const { clock, port, field, apply } = site(quiet);
    await apply(1);
    await clock.pass(10);
    await apply(2);
    await clock.pass(10);
    expect(port.opened).toBe(1);
    expect(field.status().devices[0]).toMatchObject({ state: 'answering' });
    await field.stop();
  });

  it('whose driver throws on a byte is lost with a fault, is made anew, and hears on', async () => {
    let made = 0;
    const { clock, port, seen, field, apply } = site((ctx) => {
      made += 1;
      const nth = made;
      ctx.line.onBytes(() => {
        if (nth === 1) throw new Error('broken');
        ctx.raise('heard');
      });
      return { provides: ['reader'], start() {}, stop() {} };
    });
    await apply(1);
    await clock.pass(10);
    port.say(Uint8Array.of(1));
    await clock.pass(10);
    expect(seen.map((one) => (one.kind === 'deviceFault' ? one.fault : one.kind))).toEqual([
      'deviceSilent',
      'driverFailed',
    ]);
    await clock.pass(5000);
    port.say(Uint8Array.of(1));
    await clock.pass(10);
    expect(made).toBe(2);
    expect(seen.at(-1)).toMatchObject({ fault: 'heard', raised: true });
    expect(seen.map(({ kind }) => kind)).toContain('deviceReturned');
    await field.stop();
  });
});
