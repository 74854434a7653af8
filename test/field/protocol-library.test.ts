/** What modbus-serial and serialport do when left alone, and that the line is safe from it: should a fix come, this tells. */
import modbusSerial from 'modbus-serial';
import { SerialPort } from 'serialport';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { ModbusLineOwner } from '../../src/field/modbus-line.ts';
import { modbusClient, type Settled } from '../../src/field/modbus-client.ts';
import { openSerial } from '../../src/field/serial-link.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { BytePort, rtu } from './byte-port.ts';
import { ptyPair, startPeer, until } from './peers.ts';
import { inputsOf, relayOn, rig, serial9600, why, within } from './rig.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

describe('the protocol library', () => {
  it('takes a wrong echo for good; the line does not', async () => {
    const settled: Settled[] = [];
    const client = modbusClient(() => {});
    client.issue(relayOn(1, 1), (each) => settled.push(each));
    client.feed(rtu(1, 5, 0, 7, 0, 0));
    expect(settled).toMatchObject([{ ok: true }]);
    const { clock, ask } = await rig(() => [{ afterMs: 12, bytes: rtu(1, 5, 0, 7, 0, 0) }]);
    expect(why(await within(clock, 300, ask(relayOn(1, 1))))).toBe('echoMismatch');
  });

  it('never settles an unanswered call; the line does', async () => {
    let settled = 0;
    modbusClient(() => {}).issue(inputsOf(1), () => {
      settled += 1;
    });
    const { clock, ask } = await rig(() => []);
    expect(why(await within(clock, 400, ask(inputsOf(1))))).toBe('unanswered');
    expect(settled).toBe(0);
  });

  it('forgets the first of two calls; the line sends one at a time', async () => {
    const settled: string[] = [];
    const client = modbusClient(() => {});
    client.issue(inputsOf(1), () => settled.push('first'));
    client.issue(inputsOf(1), () => settled.push('second'));
    client.feed(rtu(1, 2, 1, 5));
    expect(settled).toEqual(['second']);
    const { clock, ask, port } = await rig(() => []);
    void ask(inputsOf(1));
    void ask(inputsOf(2));
    await clock.pass(20);
    expect(port.sent).toHaveLength(1);
  });

  it('rejects with things that are no Error; the line says words', async () => {
    const client = new modbusSerial.default(
      Object.assign(new (await import('node:events')).EventEmitter(), { isOpen: false }),
    );
    let error: unknown = null;
    client.writeFC2(1, 0, 8, (each: unknown) => {
      error = each;
    });
    expect(error instanceof Error).toBe(false);
    const { clock, ask } = await rig(() => [{ afterMs: 12, bytes: rtu(1, 0x82, 2) }]);
    expect(await within(clock, 300, ask(inputsOf(1)))).toMatchObject({
      why: 'exception',
      detail: expect.stringContaining('2'),
    });
  });

  it('arms no timer of its own: the line runs on a clock turned by hand', async () => {
    const { clock, ask, line } = await rig(() => []);
    await within(clock, 400, ask(inputsOf(1)));
    line.stop();
    expect(clock.timers()).toEqual([]);
  });
});

describe('the serial port', () => {
  it('sends on opening what was written while closed; a link refuses to write then', async () => {
    const pty = await ptyPair();
    undo.push(() => pty.remove());
    const reader = startPeer('/usr/bin/python3', [
      '-uc',
      `import os,sys\nf=os.open(sys.argv[1],os.O_RDWR|os.O_NOCTTY)\nwhile True: print(os.read(f,99).hex())`,
      pty.theirs,
    ]);
    undo.push(() => reader.stop());
    const bare = new SerialPort({ path: pty.ours, baudRate: 9600, autoOpen: false });
    bare.write(Buffer.from('5354414c45', 'hex'));
    const lost: string[] = [];
    const link = openSerial(
      { path: `${pty.ours}-absent`, baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 },
      systemClock(),
    )({
      opened: () => {},
      bytes: () => {},
      lost: (reason) => lost.push(reason),
    });
    expect(link.write(Uint8Array.of(1, 2, 3))).toBe(false);
    await until(() => (lost.length > 0 ? true : null), 10_000, 'the opening to fail');
    expect(link.write(Uint8Array.of(1, 2, 3))).toBe(false);
    bare.open();
    await reader.waitFor((text) => text.includes('5354414c45'));
    expect(reader.lines.join('')).not.toContain('010203');
    await new Promise((resolve) => bare.close(resolve));
  });

  it('that never finishes opening is given up and tried anew', async () => {
    const clock = new ManualClock();
    let attempts = 0;
    const line = new ModbusLineOwner({
      ...{ id: 'bus', wire: serial9600, clock, random: () => 0.5 },
      open: () => {
        attempts += 1;
        return { write: () => false, close: () => {} };
      },
    });
    line.start();
    await clock.pass(30_000);
    expect(attempts).toBeGreaterThan(3);
    line.stop();
  });

  it('that takes no more bytes is given up, and the order is not kept for later', async () => {
    const clock = new ManualClock();
    const port = new BytePort(clock);
    const line = new ModbusLineOwner({
      ...{ id: 'bus', wire: serial9600, clock, random: () => 0.5 },
      open: (events) => ({ ...port.open(events), write: () => false }),
    });
    line.start();
    await clock.pass(20);
    const reply = await within(
      clock,
      50,
      line.transact(relayOn(1, 1), { priority: 'emergency', deadline: clock.mono() + 500 }),
    );
    expect(why(reply)).toBe('unreachable');
    await clock.pass(20_000);
    expect(port.sent).toEqual([]);
    expect(port.opened).toBeGreaterThan(0);
    line.stop();
  });
});
