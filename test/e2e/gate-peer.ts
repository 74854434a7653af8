/** Independent Modbus devices as processes of their own, and what their logs say. Times are CLOCK_MONOTONIC milliseconds. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../house/free-port.ts';
import { type Process, peersFolder, type Stage, start, until } from './harness.ts';

export interface SeenWrite {
  readonly at: number;
  readonly unit: number;
  readonly fc: number;
  readonly address: number;
  readonly values: readonly number[];
}

export interface SeenRead {
  readonly at: number;
  readonly unit: number;
  readonly fc: number;
}

export interface Port {
  /** TCP port, or 0 for a tty. */
  readonly port: number;
}

/** A device, its inputs and its boom in our hands. Inputs and relays count from 1, as printed on a board. */
export class GatePeer {
  readonly port: number;
  readonly process: Process;

  constructor(process: Process, port: number) {
    this.process = process;
    this.port = port;
  }

  /** Every event as `[time, word, …]`. */
  events(word: string): string[][] {
    return this.process.out.flatMap((line) => {
      const fields = line.split(' ');
      return fields[1] === word ? [fields] : [];
    });
  }

  writes(unit?: number): SeenWrite[] {
    return this.events('write').flatMap(([ns, , its, fc, address, values = '']) => {
      const write = {
        at: Number(ns) / 1e6,
        unit: Number(its),
        fc: Number(fc),
        address: Number(address),
        values: values.split(',').map(Number),
      };
      return unit === undefined || unit === write.unit ? [write] : [];
    });
  }

  reads(unit: number, fc?: number): SeenRead[] {
    return this.events('read').flatMap(([ns, , its, code]) => {
      const read = { at: Number(ns) / 1e6, unit: Number(its), fc: Number(code) };
      return read.unit === unit && (fc === undefined || fc === read.fc) ? [read] : [];
    });
  }

  /** What the boom of a unit was last seen doing. */
  boom(unit: number): string | null {
    return this.events('boom').findLast((event) => event[2] === String(unit))?.[3] ?? null;
  }

  get connections(): number {
    return this.events('connect').length;
  }

  tell(...words: readonly (string | number)[]): void {
    this.process.child.stdin?.write(`${words.join(' ')}\n`);
  }

  input(unit: number, number: number, on: boolean): void {
    this.tell('input', unit, number, Number(on));
  }

  /** Everything told before is in force once this resolves. */
  async settled(): Promise<void> {
    const word = `w${Math.random().toString(36).slice(2)}`;
    this.tell('say', word);
    await until('the peer obeys', () => this.events('said').some((event) => event[2] === word));
  }
}

async function ready(process: Process, port: number): Promise<GatePeer> {
  const peer = new GatePeer(process, port);
  await until('the peer serves', () => {
    if (process.child.exitCode !== null) throw new Error(`the peer ended: ${process.err.join('\n')}`);
    return peer.events('ready').length > 0;
  });
  return peer;
}

export type PeerKind = 'tcp' | 'raw';

export async function tcpPeer(stage: Stage, units: readonly number[], kind: PeerKind = 'tcp'): Promise<GatePeer> {
  const port = await freePort();
  return tcpPeerAt(stage, units, kind, port);
}

export function tcpPeerAt(stage: Stage, units: readonly number[], kind: PeerKind, port: number): Promise<GatePeer> {
  const script = join(peersFolder, 'gate_peer.py');
  return ready(start(stage, '/usr/bin/python3', [script, kind, String(port), units.join(',')]), port);
}

export function rtuPeer(stage: Stage, tty: string, units: readonly number[]): Promise<GatePeer> {
  const script = join(peersFolder, 'gate_peer.py');
  return ready(start(stage, '/usr/bin/python3', [script, 'rtu', tty, units.join(',')]), 0);
}

/** Built from its source each time: a second is less than the trouble with a stale one. */
export async function libmodbusPeer(stage: Stage): Promise<GatePeer> {
  const program = join(stage.folder(), 'libmodbus_board');
  const source = join(peersFolder, 'libmodbus_board.c');
  const build = start(stage, 'cc', ['-O1', '-Wall', '-Werror', '-o', program, source, '-lmodbus']);
  const { code } = await build.ended;
  if (code !== 0) throw new Error(`the libmodbus peer does not build: ${build.err.join('\n')}`);
  const port = await freePort();
  return ready(start(stage, program, [String(port)]), port);
}

export interface PtyPair {
  readonly ours: string;
  readonly theirs: string;
  /** Pulls the adapter: both ends are gone. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
}

export async function ptyPair(stage: Stage): Promise<PtyPair> {
  const folder = stage.folder();
  const ours = join(folder, 'ours');
  const theirs = join(folder, 'theirs');
  let socat: Process | null = null;
  const plug = async (): Promise<void> => {
    socat = start(stage, 'socat', [`pty,raw,echo=0,link=${ours}`, `pty,raw,echo=0,link=${theirs}`]);
    await until('the pty pair', () => existsSync(ours) && existsSync(theirs));
  };
  await plug();
  return {
    ours,
    theirs,
    plug,
    async unplug() {
      await socat?.kill();
      socat = null;
    },
  };
}
