/** Modbus frames as bytes: lengths, checksums, and whether a frame answers a request. Pure. (Modbus Application Protocol V1.1b3 §6) */
import type { ModbusRequest } from '../contract/line.ts';

/** CRC-16/Modbus: polynomial A001 reflected, start FFFF; sent low byte first. */
export function crc16(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff;
  for (let at = from; at < to; at += 1) {
    crc ^= bytes[at] ?? 0;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

export function crcHolds(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 4 || to > bytes.length) return false;
  const crc = crc16(bytes, from, to - 2);
  return bytes[to - 2] === (crc & 0xff) && bytes[to - 1] === crc >> 8;
}

export function isWrite(request: ModbusRequest): boolean {
  return request.fc >= 5;
}

/** Bytes of the request as an RTU frame, CRC included. */
export function requestLength(request: ModbusRequest): number {
  if (request.fc === 15) return 9 + Math.ceil(request.values.length / 8);
  if (request.fc === 16) return 9 + 2 * request.values.length;
  return 8;
}

/** Bytes of the good reply as an RTU frame, CRC included. */
export function replyLength(request: ModbusRequest): number {
  if (request.fc === 1 || request.fc === 2) return 5 + Math.ceil(request.count / 8);
  if (request.fc === 3 || request.fc === 4) return 5 + 2 * request.count;
  return 8;
}

/** The wire's time of one exchange, both silences included, without the unit's own time to answer. */
export function exchangeMs(
  request: ModbusRequest,
  wire: { readonly charMs: number; readonly silenceMs: number },
): number {
  return (requestLength(request) + replyLength(request)) * wire.charMs + 2 * wire.silenceMs + 1;
}

/** What the second pair of a write's reply must be: the value, or how many were written. */
function echoWord(request: ModbusRequest): number {
  switch (request.fc) {
    case 5:
    case 6:
      return request.value;
    case 15:
    case 16:
      return request.values.length;
    default:
      return -1;
  }
}

/** Two requests whose good replies nobody could tell apart by unit, function and length. */
export function sameReplyShape(a: ModbusRequest, b: ModbusRequest): boolean {
  return a.unit === b.unit && a.fc === b.fc && replyLength(a) === replyLength(b);
}

/** The same block of the same unit: one answer serves both. */
export function isSameRead(a: ModbusRequest, b: ModbusRequest): boolean {
  if (!('count' in a && 'count' in b)) return false;
  return a.unit === b.unit && a.fc === b.fc && a.address === b.address && a.count === b.count;
}

export type FrameVerdict = 'reply' | 'exception' | 'echoMismatch' | 'foreign';

/** Judges one whole frame (unit, PDU, two CRC bytes; CRC already known good) against the request in flight. */
export function judge(frame: Uint8Array, request: ModbusRequest): FrameVerdict {
  if (frame[0] !== request.unit) return 'foreign';
  if (frame[1] === (request.fc | 0x80)) return frame.length === 5 ? 'exception' : 'foreign';
  if (frame[1] !== request.fc || frame.length !== replyLength(request)) return 'foreign';
  if (!isWrite(request)) return frame[2] === frame.length - 5 ? 'reply' : 'foreign';
  const address = ((frame[2] ?? 0) << 8) | (frame[3] ?? 0);
  const word = ((frame[4] ?? 0) << 8) | (frame[5] ?? 0);
  return address === request.address && word === echoWord(request) ? 'reply' : 'echoMismatch';
}

/** Codes 0x0A and 0x0B come from a gateway for a unit that did not answer it (V1.1b3 §7). */
export function isGatewaySilence(code: number): boolean {
  return code === 0x0a || code === 0x0b;
}

/** Problems of a request that must never reach a wire; `null` when it is sound. */
export function requestFault(request: ModbusRequest): string | null {
  const word = (value: number) => Number.isInteger(value) && value >= 0 && value <= 0xffff;
  if (!Number.isInteger(request.unit) || request.unit < 0 || request.unit > 255) return 'unit outside 0..255';
  if (!word(request.address)) return 'address outside 0..65535';
  switch (request.fc) {
    case 1:
    case 2:
      return request.count >= 1 && request.count <= 2000 ? null : 'count outside 1..2000';
    case 3:
    case 4:
      return request.count >= 1 && request.count <= 125 ? null : 'count outside 1..125';
    case 5:
    case 6:
      return word(request.value) ? null : 'value outside 0..65535';
    case 15:
      return request.values.length >= 1 && request.values.length <= 1968 ? null : 'values outside 1..1968';
    case 16:
      return request.values.length >= 1 && request.values.length <= 123 && request.values.every(word)
        ? null
        : 'values outside 1..123 words';
  }
}
