/** Modbus frames at the boards' end of a wire, written apart from the gateway's own (Modbus over Serial Line V1.02 §2.5, TCP V1.0b §3.1.3). */

export interface Asked {
  readonly unit: number;
  readonly pdu: Uint8Array;
  /** MBAP transaction; null on a serial wire. */
  readonly transaction: number | null;
}

export type Framing = 'rtu' | 'mbap';

/** Null where the bytes are no whole frame. */
export function askedIn(bytes: Uint8Array, framing: Framing): Asked | null {
  if (framing === 'rtu') {
    if (bytes.length < 4 || checksum(bytes.subarray(0, -2)) !== word(bytes, bytes.length - 1, bytes.length - 2))
      return null;
    return { unit: bytes[0] ?? 0, pdu: bytes.slice(1, -2), transaction: null };
  }
  if (bytes.length < 8 || word(bytes, 4, 5) !== bytes.length - 6) return null;
  return { unit: bytes[6] ?? 0, pdu: bytes.slice(7), transaction: word(bytes, 0, 1) };
}

export function answerOf({ unit, transaction }: Asked, pdu: Uint8Array): Uint8Array {
  if (transaction === null) {
    const bytes = new Uint8Array(pdu.length + 3);
    bytes[0] = unit;
    bytes.set(pdu, 1);
    const sum = checksum(bytes.subarray(0, -2));
    bytes.set([sum & 0xff, sum >> 8], pdu.length + 1);
    return bytes;
  }
  const length = pdu.length + 1;
  const bytes = new Uint8Array(length + 6);
  bytes.set([transaction >> 8, transaction & 0xff, 0, 0, length >> 8, length & 0xff, unit]);
  bytes.set(pdu, 7);
  return bytes;
}

function word(bytes: Uint8Array, high: number, low: number): number {
  return ((bytes[high] ?? 0) << 8) | (bytes[low] ?? 0);
}

/** CRC-16, polynomial A001 reflected, start FFFF. */
function checksum(bytes: Uint8Array): number {
  let sum = 0xffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >> 1) ^ 0xa001 : sum >> 1;
  }
  return sum;
}
