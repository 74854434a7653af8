import { describe, expect, it } from 'vitest';
import driver from '../../drivers/reader-serial/index.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import { type Overheard, Overhearing } from '../../src/runtime/overhearing.ts';
import { configOf, makeReader, type ReaderRig } from '../field/reader-rig.ts';

const wrong = (sum: number) => Uint8Array.from(Buffer.from(`\u000262E3086CED0${sum}\u0003`, 'latin1'));

async function listening(name = 'em4100') {
  const rig = await makeReader(name);
  await rig.start();
  await rig.clock.pass(10);
  const warned: string[] = [];
  const device: { config: unknown; driver: AnyDriver } = { config: rig.config, driver: driver as AnyDriver };
  const overhearing = new Overhearing({
    clock: rig.clock,
    log: { info() {}, warn: (message) => void warned.push(message), error() {} },
    device: (id) => (id === 'reader' ? device : null),
    hear: (id, listener) => rig.field.overhear(id, listener),
  });
  const told: Overheard[] = [];
  const end = overhearing.add('reader', (one) => told.push(one));
  return { rig, overhearing, told, end, warned, device };
}

/** Refused frames, each with a silence behind it. */
async function refuse(rig: ReaderRig, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    rig.port.say(wrong(at % 8));
    await rig.clock.pass(300);
  }
}

describe('who learns cards at a reader', () => {
  it('is told what is refused, and nobody is told anything else of it', async () => {
    const { rig, told, end } = await listening();
    await refuse(rig, 2);
    rig.twin.show(rig.card(1));
    await rig.clock.pass(1000);
    expect(told).toMatchObject([
      { refused: { why: ['checksum'] }, leftOut: 0 },
      { refused: { why: ['checksum'] }, leftOut: 0 },
    ]);
    expect(rig.seen.map(({ kind }) => kind)).toEqual(['cardRead']);
    end();
    await rig.stop();
  });

  it('is told no more than two a second of a line that babbles, and how many were left out', async () => {
    const { rig, told, end } = await listening();
    await refuse(rig, 40);
    await rig.clock.pass(2000);
    const shown = told.filter(({ refused }) => refused !== null).length;
    // 40 bursts in 12 s.
    expect(shown).toBeGreaterThanOrEqual(12);
    expect(shown).toBeLessThanOrEqual(2 * 13);
    expect(told.reduce((sum, { leftOut }) => sum + leftOut, shown)).toBe(40);
    end();
    await rig.stop();
  });

  it('is told the count also where nothing follows', async () => {
    const { rig, told, end } = await listening();
    await refuse(rig, 3);
    await rig.clock.pass(2000);
    expect(told.map(({ refused, leftOut }) => [refused === null, leftOut])).toEqual([
      [false, 0],
      [false, 0],
      [true, 1],
    ]);
    end();
    await rig.stop();
  });

  it('hears nothing after its end, and leaves no timer behind', async () => {
    const { rig, told, end } = await listening();
    await refuse(rig, 3);
    rig.port.say(wrong(1));
    await rig.clock.pass(10);
    const timers = () => rig.clock.timers().flatMap(({ name }) => (/overheard|leftOut/.test(name) ? [name] : []));
    expect([...timers()].sort()).toEqual(['reader.leftOut', 'reader.overheard']);
    end();
    expect(timers()).toEqual([]);
    await refuse(rig, 3);
    expect(told).toHaveLength(2);
    await rig.stop();
  });

  it('hears by the new settings after a reload, also on a line that is another', async () => {
    const { rig, overhearing, told, end, device } = await listening();
    device.config = configOf('decimal-10');
    await rig.field.apply({
      lines: [{ id: 'other', type: 'serial', port: 'manual' }],
      devices: [{ id: 'reader', driver: device.driver, line: 'other', config: device.config }],
    });
    overhearing.renew();
    await rig.clock.pass(2000);
    rig.port.say(Uint8Array.from(Buffer.from('21302000\r\n')));
    await rig.clock.pass(1000);
    expect(told).toMatchObject([{ refused: { why: ['digits'] } }]);
    end();
    await rig.stop();
  });

  it('waits in vain for a device that is none, and a fault of ours ends the showing and nothing else', async () => {
    const { rig, overhearing, told, end, warned, device } = await listening();
    const none: Overheard[] = [];
    const endNone = overhearing.add('camera', (one) => none.push(one));
    device.driver = {
      ...device.driver,
      refusals: {
        ...device.driver.refusals,
        watch: () => ({
          dueAt: null,
          hear: () => {
            throw new Error('a defect');
          },
          silent: () => null,
          lost() {},
        }),
      },
    } as unknown as AnyDriver;
    overhearing.renew();
    rig.twin.show(rig.card(1));
    await rig.clock.pass(1000);
    expect(rig.cards()).toHaveLength(1);
    expect([told, none]).toEqual([[], []]);
    expect(warned).toEqual(['what a reader sends is not shown']);
    end();
    endNone();
    await rig.stop();
  });
});
