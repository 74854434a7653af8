/** A port without a wire: what goes out is noted, what comes in is scripted, all on the manual clock. */
import type { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import type { LinkEvents, OpenLink } from '../../src/field/link.ts';
import { crc16 } from '../../src/field/modbus-frame.ts';

export interface Sent {
  readonly at: number;
  readonly hex: string;
}

/** What comes back: bytes, so many milliseconds after the request was handed over. */
export type Script = (
  request: Uint8Array,
  nth: number,
) => readonly { readonly afterMs: number; readonly bytes: Uint8Array }[];

export class BytePort {
  readonly sent: Sent[] = [];
  opened = 0;
  script: Script = () => [];
  /** `false`: opening fails. */
  present = true;
  readonly #clock: ManualClock;
  #events: LinkEvents | null = null;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  readonly open: OpenLink = (events) => {
    let over = false;
    this.#clock.after('port.open', 1, () => {
      if (over) return;
      if (!this.present) return events.lost('no such port');
      this.opened += 1;
      this.#events = events;
      events.opened();
    });
    return {
      write: (bytes) => {
        if (over || this.#events !== events) return false;
        this.sent.push({ at: this.#clock.mono(), hex: hex(bytes) });
        for (const { afterMs, bytes: reply } of this.script(bytes, this.sent.length)) {
          this.#clock.after('port.reply', afterMs, () => {
            if (this.#events === events) events.bytes(reply);
          });
        }
        return true;
      },
      close: () => {
        over = true;
        if (this.#events === events) this.#events = null;
      },
    };
  };

  /** Bytes that nobody asked for. */
  say(bytes: Uint8Array): void {
    this.#events?.bytes(bytes);
  }

  unplug(): void {
    this.present = false;
    const events = this.#events;
    this.#events = null;
    events?.lost('unplugged');
  }

  frames(prefix: string): readonly Sent[] {
    return this.sent.filter(({ hex }) => hex.startsWith(prefix));
  }
}

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** With its CRC. */
export function rtu(...bytes: number[]): Uint8Array {
  const crc = crc16(Uint8Array.from(bytes));
  return Uint8Array.from([...bytes, crc & 0xff, crc >> 8]);
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** The good answer of a board whose inputs show `bits`; writes are echoed. */
export function answerOf(request: Uint8Array, bits = 0): Uint8Array {
  const [unit = 0, fc = 0] = request;
  return fc <= 2
    ? rtu(unit, fc, 1, bits)
    : Uint8Array.from(request.slice(0, 6).length === 6 ? rtu(...request.slice(0, 6)) : []);
}
