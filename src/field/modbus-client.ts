/** modbus-serial as the protocol library, on a port object of ours: it encodes requests and parses replies that we have already judged. */
import { EventEmitter } from 'node:events';
import modbusSerial from 'modbus-serial';
import type { ModbusRequest } from '../contract/line.ts';

export interface ParsedReply {
  readonly bits: readonly boolean[];
  readonly registers: readonly number[];
}

export type Settled =
  | { readonly ok: true; readonly reply: ParsedReply }
  | { readonly ok: false; readonly detail: string };

export interface ModbusClient {
  /** Encodes and hands the frame to `send` in this same turn. `settle` is called at most once, by `feed`, or at once on a refusal. */
  issue(request: ModbusRequest, settle: (settled: Settled) => void): void;
  /** One whole frame with a good CRC that answers the request issued last. */
  feed(frame: Uint8Array): void;
}

/** Its errors are not `instanceof Error`; whatever it hands over becomes words here. */
function words(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/**
 * The port that modbus-serial sees. Its own timer stays off (`setTimeout` is never called), so that it runs on our clock, and it
 * sees one whole expected frame at a time: what it would do with others is in pitfalls.md "modbus-serial".
 */
class FramePort extends EventEmitter {
  _transactionIdRead = 1;
  _transactionIdWrite = 1;
  readonly #send: (rtu: Uint8Array) => void;

  constructor(send: (rtu: Uint8Array) => void) {
    super();
    this.#send = send;
  }

  get isOpen(): boolean {
    return true;
  }

  open(done: (error?: Error) => void): void {
    done();
  }

  close(done?: () => void): void {
    done?.();
  }

  write(bytes: Uint8Array): void {
    this.#send(bytes);
  }
}

export function modbusClient(send: (rtu: Uint8Array) => void): ModbusClient {
  const port = new FramePort(send);
  const client = new modbusSerial.default(port);
  client.on('error', () => {});
  client.open(() => {});
  return {
    issue(request, settle) {
      let open = true;
      const next = (error: unknown, answer: unknown): void => {
        if (!open) return;
        open = false;
        if (error) settle({ ok: false, detail: words(error) });
        else settle({ ok: true, reply: parsed(request, dataOf(answer)) });
      };
      const { unit, address } = request;
      switch (request.fc) {
        case 1:
          return client.writeFC1(unit, address, request.count, next);
        case 2:
          return client.writeFC2(unit, address, request.count, next);
        case 3:
          return client.writeFC3(unit, address, request.count, next);
        case 4:
          return client.writeFC4(unit, address, request.count, next);
        case 5:
          // Waveshare's flash needs the raw word; writeFC5 knows FF00 and 0000 only.
          return client.writeCustomFC(unit, 5, [...pair(address), ...pair(request.value)], next);
        case 6:
          return client.writeFC6(unit, address, request.value, next);
        case 15:
          return client.writeFC15(unit, address, [...request.values], next);
        case 16:
          return client.writeFC16(unit, address, [...request.values], next);
      }
    },
    feed(frame) {
      port.emit('data', Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
    },
  };
}

function dataOf(answer: unknown): readonly unknown[] {
  return typeof answer === 'object' && answer !== null && 'data' in answer && Array.isArray(answer.data)
    ? answer.data
    : [];
}

function pair(word: number): [number, number] {
  return [word >> 8, word & 0xff];
}

/** Bits come padded to whole bytes; more than was asked for is no reading. */
function parsed(request: ModbusRequest, data: readonly unknown[]): ParsedReply {
  if (request.fc <= 2 && 'count' in request) return { bits: data.slice(0, request.count).map(Boolean), registers: [] };
  if (request.fc <= 4) return { bits: [], registers: data.map(Number) };
  return { bits: [], registers: [] };
}
