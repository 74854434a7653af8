/**
 * Watches the bytes of an MQTT connection for a packet that announces too much (MQTT 5 §2.1.4): the package would gather all
 * of its 256 MB in memory, and version 3.1.1 has no word to forbid them.
 */
export class PacketSize {
  readonly #most: number;
  #body = 0;
  #length = 0;
  #shift = -1;

  constructor(most: number) {
    this.#most = most;
  }

  /** False once a packet is larger than allowed, or its length is no length. */
  take(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body > 0) {
        const step = Math.min(this.#body, chunk.length - at);
        this.#body -= step;
        at += step;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (!this.#header(byte)) return false;
    }
    return true;
  }

  /** One byte of a fixed header: the type, then up to four bytes of seven bits each. */
  #header(byte: number): boolean {
    if (this.#shift < 0) {
      this.#shift = 0;
      this.#length = 0;
      return true;
    }
    this.#length += (byte & 0x7f) * 2 ** this.#shift;
    this.#shift += 7;
    if (this.#length > this.#most || (byte >= 0x80 && this.#shift > 21)) return false;
    if (byte < 0x80) {
      this.#body = this.#length;
      this.#shift = -1;
    }
    return true;
  }
}

/** Bytes of a PUBLISH at QoS 1 (MQTT 5 §3.3), without properties; with version 3.1.1 it is one less. */
export function publishBytes(topic: string, payload: string): number {
  const rest = 2 + Buffer.byteLength(topic) + 2 + 1 + Buffer.byteLength(payload);
  const lengthBytes = rest < 2 ** 7 ? 1 : rest < 2 ** 14 ? 2 : rest < 2 ** 21 ? 3 : 4;
  return 1 + lengthBytes + rest;
}
