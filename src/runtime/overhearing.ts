/** What readers send and is refused, for those who learn cards: heard beside the driver, bounded, and told to nobody else. */
import type { Clock } from '../contract/clock.ts';
import type { AnyDriver } from '../contract/driver.ts';
import type { Refused, RefusalWatch } from '../contract/refusals.ts';
import type { Mono } from '../core/values.ts';
import type { ByteListener } from '../field/byte-line.ts';
import type { Log } from './log.ts';

/** `refused` null: only the count of what was left out since the last one. */
export interface Overheard {
  readonly refused: Refused | null;
  readonly leftOut: number;
}

export interface OverhearingPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** As it runs; null where there is none of this name. */
  device(id: string): { readonly driver: AnyDriver; readonly config: unknown } | null;
  /** `Field.overhear`. */
  hear(device: string, listener: ByteListener): (() => void) | null;
}

/** Told in one second: a hand shows fewer cards, and a line that babbles floods nobody. */
const refusalsMax = 2;
const secondMs = 1000;
/** A timer that fires so late says that this process stood still; what the port holds is taken first. */
const lateMs = 20;

export class Overhearing {
  readonly #ports: OverhearingPorts;
  readonly #ears = new Set<Ear>();

  constructor(ports: OverhearingPorts) {
    this.#ports = ports;
  }

  /** Ends with the function given back. A device that is no reader is never heard. */
  add(device: string, take: (told: Overheard) => void): () => void {
    const ear = new Ear(device, this.#ports, take);
    this.#ears.add(ear);
    ear.begin();
    return () => {
      this.#ears.delete(ear);
      ear.end();
    };
  }

  /** After a reload: lines and settings may be others. */
  renew(): void {
    for (const ear of this.#ears) {
      ear.end();
      ear.begin();
    }
  }
}

class Ear {
  readonly #device: string;
  readonly #ports: OverhearingPorts;
  readonly #take: (told: Overheard) => void;
  #watch: RefusalWatch | null = null;
  #stop = (): void => undefined;
  #cancelSilence = (): void => undefined;
  #cancelCount = (): void => undefined;
  #secondFrom: Mono = Number.NEGATIVE_INFINITY;
  #inSecond = 0;
  #leftOut = 0;

  constructor(device: string, ports: OverhearingPorts, take: (told: Overheard) => void) {
    this.#device = device;
    this.#ports = ports;
    this.#take = take;
  }

  begin(): void {
    const found = this.#ports.device(this.#device);
    // The configuration passed this driver's own schema.
    this.#watch = found?.driver.refusals?.watch(found.config as never) ?? null;
    const watch = this.#watch;
    if (watch === null) return;
    const stop = this.#ports.hear(this.#device, {
      bytes: (bytes, at) => this.#guarded(() => this.#told(watch.hear(bytes, at))),
      state: (connected) => this.#guarded(() => (connected ? undefined : watch.lost())),
    });
    this.#stop = stop ?? this.#stop;
  }

  end(): void {
    this.#stop();
    this.#cancelSilence();
    this.#cancelCount();
    this.#watch = null;
    this.#stop = () => undefined;
  }

  /** What is wrong here must not reach the line. */
  #guarded(act: () => void): void {
    try {
      act();
      this.#awaitSilence(this.#watch?.dueAt ?? null);
    } catch (error) {
      this.end();
      const why = error instanceof Error ? error.message : String(error);
      this.#ports.log.warn('what a reader sends is not shown', { device: this.#device, why });
    }
  }

  #awaitSilence(due: Mono | null, waited = false): void {
    const { clock } = this.#ports;
    this.#cancelSilence();
    if (due === null) return;
    this.#cancelSilence = clock.at(`${this.#device}.overheard`, due, () => {
      const now = clock.mono();
      if (!waited && now - due > lateMs) return this.#awaitSilence(now + lateMs, true);
      this.#guarded(() => this.#told(this.#watch?.silent(now) ?? null));
    });
  }

  #told(refused: Refused | null): void {
    if (refused === null) return;
    const { clock } = this.#ports;
    const now = clock.mono();
    if (now - this.#secondFrom >= secondMs) {
      this.#secondFrom = now;
      this.#inSecond = 0;
    }
    this.#inSecond += 1;
    if (this.#inSecond <= refusalsMax) return this.#hand(refused);
    this.#leftOut += 1;
    this.#cancelCount();
    this.#cancelCount = clock.at(`${this.#device}.leftOut`, this.#secondFrom + secondMs, () => this.#hand(null));
  }

  #hand(refused: Refused | null): void {
    this.#cancelCount();
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#take({ refused, leftOut });
  }
}
