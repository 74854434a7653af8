import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { profileOf } from '../../drivers/reader-serial/config.ts';
import driver, { type ReaderConfig } from '../../drivers/reader-serial/index.ts';
import { frameOf } from '../../drivers/reader-serial/twin.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import type { CardRead } from '../../src/core/presentation.ts';
import { Field, type LineConfig } from '../../src/field/field.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { freePort } from '../house/free-port.ts';
import { ptyPair, until } from './peers.ts';
import { framesOf, textTold, type VectorFrame } from './reader-frames.ts';
import { cardOf, configOf, profileNames } from './reader-rig.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Wire {
  readonly name: string;
  readonly line: LineConfig;
  readonly write: (bytes: Uint8Array) => void;
}

async function serial(name: string): Promise<Wire> {
  const pty = await ptyPair();
  undo.push(() => pty.remove());
  const fd = openSync(pty.theirs, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  undo.push(() => closeSync(fd));
  return {
    ...{ name, line: { id: name, type: 'serial', port: pty.ours, baud: 9600 } },
    write: (bytes) => void writeSync(fd, bytes),
  };
}

async function tcp(name: string): Promise<Wire> {
  const port = await freePort();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.setNoDelay(true);
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    ...{ name, line: { id: name, type: 'tcp', host: '127.0.0.1', port } },
    write: (bytes) => void sockets.at(-1)?.write(bytes),
  };
}

interface Reader {
  readonly wire: Wire;
  readonly config: ReaderConfig;
  readonly vector: VectorFrame;
  readonly reads: () => readonly CardRead[];
  /** The driver waits for the end of what it has heard. */
  readonly isWaiting: () => boolean;
}

async function listening(wires: readonly Wire[]): Promise<readonly Reader[]> {
  const clock = systemClock();
  const reads: CardRead[] = [];
  const field = new Field({
    ...{ clock, random: () => 0, secret: () => '', log: { info() {}, warn() {} } },
    emit: async (observation) => {
      if (observation.kind === 'cardRead') reads.push(observation);
      return 'recorded';
    },
  });
  undo.push(() => field.stop());
  const readers = wires.map((wire): Reader => {
    const [vector] = framesOf(wire.name);
    if (vector === undefined) throw new Error(`no vector of ${wire.name}`);
    return {
      ...{ wire, vector, config: configOf(wire.name, vector.more) },
      reads: () => reads.filter(({ device }) => device === wire.name),
      isWaiting: () => clock.timers().some(({ name }) => name === `${wire.name}.silence`),
    };
  });
  await field.apply({
    lines: wires.map(({ line }) => line),
    devices: readers.map(({ wire, config }) => ({
      ...{ id: wire.name, driver: driver as AnyDriver, line: wire.name, config },
    })),
  });
  await until(() => (field.status().lines.every(({ up }) => up) ? true : null), 30_000, 'the lines to open');
  return readers;
}

const told = ({ bits, value }: CardRead): string => `${bits}:${value}`;

/** Shown as a person shows a card that was not taken: again, until it is. */
async function show({ wire, config, reads, vector }: Reader, number: number): Promise<string> {
  const card = cardOf(wire.name, number);
  // A converter that is set to one length sends no other.
  const sent =
    'text' in card || wire.name !== 'wiegand-hex' ? card : { ...card, bits: Number.parseInt(vector.told, 10) };
  const bytes = frameOf(sent, profileOf(config));
  const before = reads().length;
  const found = (): CardRead | null =>
    reads()
      .slice(before)
      .find((read) => ('text' in sent ? read.text === sent.text : told(read) === `${sent.bits}:${sent.value}`)) ?? null;
  for (let shown = 0; shown < 20; shown += 1) {
    wire.write(bytes);
    const read = await until(found, 2 * config.profile.silence + 100, 'the card').catch(() => null);
    if (read !== null) return told(read);
  }
  throw new Error(`${wire.name}: card ${number} is not read`);
}

async function cutEverywhere(reader: Reader): Promise<void> {
  const { wire, vector, reads, isWaiting } = reader;
  const { bytes } = vector;
  const cuts = [1, bytes.length >> 1, bytes.length - 1];
  for (const [nth, cut] of cuts.entries()) {
    const where = `${wire.name} cut at ${cut} of ${bytes.length}`;
    const before = reads().length;
    wire.write(bytes.slice(0, cut));
    const isLineEnd = bytes[cut - 1] === 0x0d;
    if (wire.name === 'qr-silence' || isLineEnd) {
      await until(() => (reads().length > before ? true : null), 20_000, `${where}: what came before the silence`);
    } else {
      await until(() => (isWaiting() ? true : null), 20_000, `${where}: the first part to be heard`);
      await until(() => (isWaiting() ? null : true), 20_000, `${where}: the silence`);
    }
    wire.write(bytes.slice(cut));
    const marker = await show(reader, nth + 1);
    const heard = reads().slice(before).map(told);
    const first =
      wire.name === 'qr-silence' ? [textTold(new TextDecoder().decode(bytes.slice(0, cut)))] : [vector.told];
    const whole = wire.name === 'qr-silence' || isLineEnd ? first : [];
    expect(heard, where).toEqual([...whole, marker]);
    // Away for long enough that the next round is none of this one.
    await until(() => (isWaiting() ? null : true), 20_000, `${where}: quiet`);
  }
}

it.each([
  ['serial ports', serial],
  ['TCP', tcp],
])(
  'over %s no reader’s card comes out of a frame that a silence has cut',
  async (_, wireOf) => {
    const wires = await Promise.all(profileNames.map(wireOf));
    const readers = await listening(wires);
    expect(readers).toHaveLength(profileNames.length);
    const outcomes = await Promise.allSettled(readers.map(cutEverywhere));
    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(failures).toEqual([]);
  },
  60_000,
);
