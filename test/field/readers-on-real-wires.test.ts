import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import driver from '../../drivers/reader-serial/index.ts';
import { frameOf } from '../../drivers/reader-serial/twin.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import type { CardRead, Observation } from '../../src/core/presentation.ts';
import { Field, type LineConfig } from '../../src/field/field.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { freePort } from '../house/free-port.ts';
import { type PtyPair, ptyPair, until } from './peers.ts';
import { cardOf, configOf } from './reader-rig.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function listening(line: LineConfig, name: string, more: Readonly<Record<string, unknown>> = {}) {
  const seen: Observation[] = [];
  const field = new Field({
    // No jitter and the shortest waits: what is tested is that it comes back, not when.
    ...{ clock: systemClock(), random: () => 0, secret: () => '', log: { info() {}, warn() {} } },
    emit: async (observation) => {
      seen.push(observation);
      return 'recorded';
    },
  });
  undo.push(() => field.stop());
  const config = configOf(name, more);
  await field.apply({
    lines: [line],
    devices: [{ id: 'reader', driver: driver as AnyDriver, line: line.id, config }],
  });
  const cards = () =>
    seen.filter((one): one is CardRead => one.kind === 'cardRead').map(({ bits, value }) => `${bits}:${value}`);
  const life = () => seen.map(({ kind }) => kind).filter((kind) => kind.startsWith('device'));
  const up = () => until(() => (field.status().lines[0]?.up ? true : null), 30_000, 'the line to open');
  const card = (number: number): { bytes: Uint8Array; told: string } => {
    const one = cardOf(name, number);
    return { bytes: frameOf(one, config.profile), told: 'text' in one ? one.text : `${one.bits}:${one.value}` };
  };
  return { field, cards, life, up, card, seen };
}

/** The reader's end of a pty. */
function end(pty: PtyPair): { write(bytes: Uint8Array): void; close(): void } {
  const fd = openSync(pty.theirs, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  let open = true;
  const close = (): void => {
    if (open) closeSync(fd);
    open = false;
  };
  undo.push(close);
  return { write: (bytes) => void writeSync(fd, bytes), close };
}

const seenCard = (cards: () => readonly string[], told: string) =>
  until(() => (cards().includes(told) ? true : null), 20_000, `the card ${told}`);

describe('a reader on a serial port', () => {
  const port = (pty: PtyPair): LineConfig => ({ id: 'port', type: 'serial', port: pty.ours, baud: 9600 });

  it.each(['em4100', 'em18', 'binary-02', 'decimal-10', 'wiegand-text', 'wiegand-bytes', 'uhf-r2000'])(
    '%s is read: whole, cut in two, held, and between noise',
    async (name) => {
      const pty = await ptyPair();
      undo.push(() => pty.remove());
      const { cards, up, card, life } = await listening(port(pty), name);
      await up();
      const reader = end(pty);
      const [one, two, three] = [card(1), card(2), card(3)];
      reader.write(one.bytes);
      await seenCard(cards, one.told);
      reader.write(two.bytes.slice(0, 5));
      await pause(10);
      reader.write(two.bytes.slice(5));
      for (let held = 0; held < 5; held += 1) {
        await pause(65);
        reader.write(two.bytes);
      }
      await seenCard(cards, two.told);
      reader.write(Uint8Array.from({ length: 300 }, (_, at) => 0x80 | (at * 37)));
      for (let held = 0; held < 3; held += 1) {
        await pause(250);
        reader.write(three.bytes);
      }
      await seenCard(cards, three.told);
      expect(cards()).toEqual([one, two, three].map(({ told }) => told));
      expect(life()).toEqual([]);
    },
  );

  it('is silent when its adapter is pulled, back when it is plugged in, and nothing of before is read', async () => {
    const pty = await ptyPair();
    undo.push(() => pty.remove());
    const { cards, up, card, life, field } = await listening(port(pty), 'em4100');
    await up();
    const before = end(pty);
    before.write(card(1).bytes);
    await seenCard(cards, card(1).told);
    before.write(card(2).bytes.slice(0, 8));
    before.close();
    await pty.unplug();
    await until(() => (life().includes('deviceSilent') ? true : null), 20_000, 'the device to go silent');
    expect(field.status().devices[0]).toMatchObject({ state: 'silent' });
    await pty.plug();
    await until(() => (life().includes('deviceReturned') ? true : null), 60_000, 'the device to return');
    const after = end(pty);
    after.write(card(2).bytes.slice(8));
    await pause(300);
    expect(cards()).toEqual([card(1).told]);
    after.write(card(3).bytes);
    await seenCard(cards, card(3).told);
    expect(life()).toEqual(['deviceSilent', 'deviceReturned']);
  }, 120_000);
});

describe('a reader behind a TCP converter', () => {
  async function converter(): Promise<{ port: number; server: Server; sockets: Socket[] }> {
    const port = await freePort();
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      sockets.push(socket);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    undo.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { port, server, sockets };
  }
  const newest = (sockets: readonly Socket[], at: number) =>
    until(() => sockets[at] ?? null, 60_000, `connection ${at + 1}`);

  it('is read digit by digit with 25 ms between, keys are none, and a cut is told and mended', async () => {
    const { port, sockets } = await converter();
    const lan: LineConfig = { id: 'lan', type: 'tcp', host: '127.0.0.1', port };
    const { cards, life } = await listening(lan, 's4a-ethernet', { releaseAfter: '200ms' });
    const drip = async (socket: Socket, text: string): Promise<void> => {
      for (const one of text) {
        socket.write(one);
        await pause(25);
      }
    };
    const first = await newest(sockets, 0);
    first.setNoDelay(true);
    // A busy machine may stretch the gaps beyond the silence: the card is shown until it is read.
    for (let shown = 0; shown < 20 && cards().length === 0; shown += 1) await drip(first, '0012964329\r\n');
    await seenCard(cards, `32:${(12_964_329).toString(16)}`);
    first.write('7');
    await pause(250);
    first.destroy();
    await until(() => (life().includes('deviceSilent') ? true : null), 20_000, 'the device to go silent');
    const second = await newest(sockets, 1);
    await until(() => (life().includes('deviceReturned') ? true : null), 20_000, 'the device to return');
    for (let shown = 0; shown < 20 && cards().length === 1; shown += 1) await drip(second, '0013961168\r\n');
    await seenCard(cards, '32:d507d0');
    expect(new Set(cards())).toEqual(new Set([`32:${(12_964_329).toString(16)}`, '32:d507d0']));
  }, 120_000);

  it('that floods is let go, tried again later, and read when it is sane', async () => {
    const { port, sockets } = await converter();
    const { cards, life, field, card } = await listening({ id: 'lan', type: 'tcp', host: '127.0.0.1', port }, 'em4100');
    const first = await newest(sockets, 0);
    let pouring = true;
    first.on('close', () => {
      pouring = false;
    });
    const pour = (): void => {
      while (pouring && first.write(new Uint8Array(65_536).fill(0x41)));
      if (pouring) first.once('drain', pour);
    };
    pour();
    await until(() => (life().includes('deviceSilent') ? true : null), 20_000, 'the flood to be let go');
    expect(field.status().lines[0]?.problem).toMatch(/more than \d+ bytes in a second/);
    const second = await newest(sockets, 1);
    await until(() => (life().includes('deviceReturned') ? true : null), 20_000, 'the device to return');
    second.write(card(1).bytes);
    await seenCard(cards, card(1).told);
  }, 120_000);
});
