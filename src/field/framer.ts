/** Cuts a byte stream into whole Modbus frames. Both kinds hand out RTU-shaped frames (unit, PDU, CRC), so that all above is one. */
import { crc16, crcHolds } from './modbus-frame.ts';

export interface Frame {
  readonly bytes: Uint8Array;
  /** MBAP transaction id; `null` on RTU, where a frame says nothing of its request. */
  readonly transaction: number | null;
}

export interface Framer {
  /** Whole frames, oldest first. Throws nothing; `broken` tells that the stream can no longer be trusted. */
  push(chunk: Uint8Array): { readonly frames: readonly Frame[]; readonly broken: boolean };
  /** Forget what is half received. Returns how many bytes that were. */
  reset(): number;
  /** An RTU frame as it goes out under this transaction. */
  wrap(rtu: Uint8Array, transaction: number): Uint8Array;
}

/** The longest RTU frame is 256 bytes; twice that is kept, so that noise before a frame never pushes the frame out. */
const keepBytes = 512;

function replyEnd(bytes: Uint8Array, from: number): number {
  const fc = bytes[from + 1];
  if (fc === undefined) return -1;
  if (fc >= 0x81 && fc <= 0x90) return from + 5;
  if (fc >= 1 && fc <= 4) {
    const count = bytes[from + 2];
    return count === undefined || count === 0 ? -1 : from + 5 + count;
  }
  return fc === 5 || fc === 6 || fc === 15 || fc === 16 ? from + 8 : -1;
}

/**
 * RTU. Frames are found by length and CRC, not by silence: adapters deliver in bursts of up to 16 ms and would glue or cut them.
 * Also request-shaped reads are recognised (8 bytes): a two-wire adapter's own echo, or another master.
 */
export function rtuFramer(): Framer {
  let held = new Uint8Array(0);
  const firstFrame = (): { from: number; to: number } | null => {
    for (let from = 0; from + 4 <= held.length; from += 1) {
      const to = replyEnd(held, from);
      if (to > 0 && to <= held.length && crcHolds(held, from, to)) return { from, to };
      const fc = held[from + 1] ?? 0;
      if (fc >= 1 && fc <= 4 && from + 8 <= held.length && crcHolds(held, from, from + 8))
        return { from, to: from + 8 };
    }
    return null;
  };
  return {
    push(chunk) {
      const joined = new Uint8Array(held.length + chunk.length);
      joined.set(held);
      joined.set(chunk, held.length);
      held = joined.length > keepBytes ? joined.slice(joined.length - keepBytes) : joined;
      const frames: Frame[] = [];
      for (let found = firstFrame(); found !== null; found = firstFrame()) {
        frames.push({ bytes: held.slice(found.from, found.to), transaction: null });
        held = held.slice(found.to);
      }
      return { frames, broken: false };
    },
    reset() {
      const lost = held.length;
      held = new Uint8Array(0);
      return lost;
    },
    wrap: (rtu) => rtu,
  };
}

/** Modbus TCP (Messaging on TCP/IP V1.0b §3.1.3). A header that cannot be one means that the stream is lost: a new socket is needed. */
export function mbapFramer(): Framer {
  let held = new Uint8Array(0);
  return {
    push(chunk) {
      const joined = new Uint8Array(held.length + chunk.length);
      joined.set(held);
      joined.set(chunk, held.length);
      held = joined;
      const frames: Frame[] = [];
      while (held.length >= 7) {
        const protocol = ((held[2] ?? 0) << 8) | (held[3] ?? 0);
        const length = ((held[4] ?? 0) << 8) | (held[5] ?? 0);
        if (protocol !== 0 || length < 3 || length > 254) {
          held = new Uint8Array(0);
          return { frames, broken: true };
        }
        if (held.length < 6 + length) break;
        const bytes = new Uint8Array(length + 2);
        bytes.set(held.subarray(6, 6 + length));
        const crc = crc16(bytes, 0, length);
        bytes[length] = crc & 0xff;
        bytes[length + 1] = crc >> 8;
        frames.push({ bytes, transaction: ((held[0] ?? 0) << 8) | (held[1] ?? 0) });
        held = held.slice(6 + length);
      }
      return { frames, broken: false };
    },
    // A half-received frame belongs to the stream, not to the request: dropping it would lose the stream's place.
    reset: () => 0,
    wrap(rtu, transaction) {
      const length = rtu.length - 2;
      const out = new Uint8Array(6 + length);
      out.set([transaction >> 8, transaction & 0xff, 0, 0, length >> 8, length & 0xff]);
      out.set(rtu.subarray(0, length), 6);
      return out;
    },
  };
}
