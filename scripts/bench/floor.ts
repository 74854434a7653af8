/**
 * The featureless script beside which the gateway is measured: HTTP in, a look-up in a Map, one raw Modbus frame out, and the
 * same polling. No journal, no rules, no safety, no recovery, as one would write it in an afternoon and as fast as Node can.
 * Started with one argument, the JSON of `FloorOrder`.
 */
import { execFileSync } from 'node:child_process';
import { constants, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { ReadStream } from 'node:tty';
import type { Bus } from './device.ts';

export interface FloorOrder {
  readonly httpPort: number;
  /** Path of unit 1, 2 … */
  readonly paths: readonly string[];
  readonly csv: string;
  readonly bus: Bus;
  readonly pollMs: number;
}

interface Line {
  /** Resolves with the reply's PDU. */
  ask(unit: number, pdu: Buffer, urgent: boolean): Promise<void>;
}

const TIMEOUT_MS = 300;
/** The same frames as the gateway's with the profile waveshare-8. */
const OPEN = Buffer.from([5, 0x02, 0x00, 0x00, 0x01]);
const READ = Buffer.from([2, 0, 0, 0, 8]);

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

function tcpLine(port: number): Line {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const waiting = new Map<number, () => void>();
  let serial = 0;
  let held: Buffer = Buffer.alloc(0);
  socket.on('data', (piece: Buffer) => {
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    while (held.length >= 8 && held.length >= 6 + held.readUInt16BE(4)) {
      waiting.get(held.readUInt16BE(0))?.();
      held = held.subarray(6 + held.readUInt16BE(4));
    }
  });
  return {
    ask: (unit, pdu) =>
      new Promise((resolve, reject) => {
        serial = (serial + 1) & 0xffff;
        const id = serial;
        const frame = Buffer.alloc(7 + pdu.length);
        frame.writeUInt16BE(id, 0);
        frame.writeUInt16BE(pdu.length + 1, 4);
        frame[6] = unit;
        pdu.copy(frame, 7);
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new Error('timeout'));
        }, TIMEOUT_MS);
        waiting.set(id, () => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve();
        });
        socket.write(frame);
      }),
  };
}

interface Job {
  readonly frame: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One request at a time, writes first, 3.5 characters of silence: less would not work on a real bus. */
function rtuLine(path: string, baud: number): Line {
  execFileSync('stty', ['-F', path, String(baud), 'raw', '-echo', 'cs8', '-cstopb', '-parenb', 'clocal', 'cread']);
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const tty = new ReadStream(fd);
  tty.setRawMode(true);
  const silenceMs = baud > 19_200 ? 1.75 : 35_000 / baud;
  const writes: Job[] = [];
  const reads: Job[] = [];
  let current: Job | null = null;
  let timer: NodeJS.Timeout | undefined;
  let pause: NodeJS.Timeout | null = null;
  let freeAt = 0;
  let held: Buffer = Buffer.alloc(0);
  const go = (): void => {
    if (current !== null || pause !== null) return;
    const left = freeAt - performance.now();
    if (left > 0) {
      pause = setTimeout(() => {
        pause = null;
        go();
      }, Math.ceil(left));
      return;
    }
    const job = writes.shift() ?? reads.shift();
    if (job === undefined) return;
    current = job;
    held = Buffer.alloc(0);
    writeSync(fd, job.frame);
    timer = setTimeout(() => {
      current = null;
      job.reject(new Error('timeout'));
      go();
    }, TIMEOUT_MS);
  };
  tty.on('data', (piece: Buffer) => {
    if (current === null) return;
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    const whole = held.length < 3 ? Number.POSITIVE_INFINITY : (held[1] ?? 0) <= 4 ? 5 + (held[2] ?? 0) : 8;
    if (held.length < whole) return;
    const job = current;
    current = null;
    clearTimeout(timer);
    freeAt = performance.now() + silenceMs;
    if (crcOf(held.subarray(0, whole)) === 0) job.resolve();
    else job.reject(new Error('crc'));
    go();
  });
  return {
    ask: (unit, pdu, urgent) =>
      new Promise((resolve, reject) => {
        const frame = Buffer.concat([Buffer.from([unit]), pdu, Buffer.alloc(2)]);
        frame.writeUInt16LE(crcOf(frame.subarray(0, -2)), frame.length - 2);
        (urgent ? writes : reads).push({ frame, resolve, reject });
        go();
      }),
  };
}

function main(order: FloorOrder): void {
  const { bus } = order;
  const shared = bus.kind === 'rtu' ? rtuLine(bus.path, bus.baud) : null;
  const lines = order.paths.map((_, at) => shared ?? tcpLine(bus.kind === 'tcp' ? (bus.ports[at] ?? 0) : 0));
  const list = new Map<string, number>();
  for (const [at, row] of readFileSync(order.csv, 'utf8').split('\r\n').entries())
    if (at > 0) list.set(row.slice(0, row.indexOf(',')), at);
  lines.forEach((line, at) => {
    let busy = false;
    setInterval(() => {
      if (busy) return;
      busy = true;
      line
        .ask(at + 1, READ, false)
        .catch(() => undefined)
        .finally(() => {
          busy = false;
        });
    }, order.pollMs);
  });
  const units = new Map(order.paths.map((path, at) => [path, at + 1]));
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const message: { readonly plate: string } = JSON.parse(Buffer.concat(pieces).toString());
      const unit = units.get(request.url ?? '') ?? 0;
      const answer = (): void => void response.end('{"ok":true}');
      if (list.has(message.plate)) lines[unit - 1]?.ask(unit, OPEN, true).then(answer, answer);
      else answer();
    });
  });
  server.keepAliveTimeout = 600_000;
  server.listen(order.httpPort, '127.0.0.1');
}

main(JSON.parse(process.argv[2] ?? ''));
