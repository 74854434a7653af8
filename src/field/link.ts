/** A connection of raw bytes, opened once and never re-opened: what was written to a dead one must never reach a live one. */

export interface Link {
  /** Hands the bytes over in this turn. `false`: nothing was handed over, and the link is no longer good. */
  write(bytes: Uint8Array): boolean;
  /** Ends it; `lost` is not called for an end that we asked for. */
  close(): void;
}

export interface LinkEvents {
  opened(): void;
  bytes(chunk: Uint8Array): void;
  /** Called once at most, also for an opening that failed. */
  lost(why: string): void;
}

/** Begins to open. Must not call `events` before it returns. */
export type OpenLink = (events: LinkEvents) => Link;

/** How the bytes of a line travel; times in milliseconds, 0 where the wire has no characters. */
export interface Wire {
  readonly framing: 'rtu' | 'mbap';
  /** One character: start, data, parity and stop bits. */
  readonly charMs: number;
  /** Silence between frames: 3.5 characters, 1.75 ms above 19200 baud (Modbus over Serial Line V1.02 §2.5.1.1). */
  readonly silenceMs: number;
}

export function serialWire(baud: number, dataBits: number, parity: 'none' | 'even' | 'odd', stopBits: number): Wire {
  const charMs = ((1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits) * 1000) / baud;
  return { framing: 'rtu', charMs, silenceMs: baud > 19200 ? 1.75 : 3.5 * charMs };
}

export const tcpWire: Wire = { framing: 'mbap', charMs: 0, silenceMs: 0 };
