/** A byte line as one device sees it: what its callbacks throw stays its own, and nothing reaches it after its end. */
import type { ByteLine } from '../contract/driver.ts';
import type { Mono } from '../core/values.ts';
import type { ByteLineOwner } from './byte-line.ts';

export interface ByteDeviceEvents {
  /** Connected, or bytes came: before the driver gets them. */
  heard(): void;
  lost(why: string): void;
  threw(error: unknown): void;
}

export class ByteDeviceLine implements ByteLine {
  readonly id: string;
  readonly #owner: ByteLineOwner;
  readonly #end: () => void;
  #ended = false;
  #takeBytes: (bytes: Uint8Array, at: Mono) => void = () => {};
  #takeState: (connected: boolean) => void = () => {};

  constructor(owner: ByteLineOwner, events: ByteDeviceEvents) {
    this.id = owner.id;
    this.#owner = owner;
    const guarded = (call: () => void): void => {
      if (this.#ended) return;
      try {
        call();
      } catch (error) {
        events.threw(error);
      }
    };
    this.#end = owner.listen({
      bytes: (bytes, at) =>
        guarded(() => {
          events.heard();
          this.#takeBytes(bytes, at);
        }),
      state: (connected, why) =>
        guarded(() => {
          if (connected) events.heard();
          else events.lost(why);
          this.#takeState(connected);
        }),
    });
  }

  onBytes(take: (bytes: Uint8Array, at: Mono) => void): void {
    this.#takeBytes = take;
  }

  onState(take: (connected: boolean) => void): void {
    this.#takeState = take;
  }

  write(bytes: Uint8Array): boolean {
    return !this.#ended && this.#owner.write(bytes);
  }

  end(): void {
    this.#ended = true;
    this.#end();
  }
}
