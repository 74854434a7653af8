/** The clock of one boot in virtual time: monotonic from that boot's beginning, and dead once its power is gone. */
import type { Clock } from '../../contract/clock.ts';
import type { Agenda, Due } from '../yard/agenda.ts';

export interface VirtualClockSettings {
  readonly agenda: Agenda;
  /** World's time at which it shows 0. */
  readonly bootAt: number;
  /** Wall milliseconds now. */
  readonly wall: () => number;
  /** Told of each timer that is armed, `inMs` from now. */
  readonly armed?: ((name: string, inMs: number) => void) | undefined;
}

/** More than the last place of a year in milliseconds. */
const ROUNDING_MS = 1e-5;

export class VirtualClock implements Clock {
  readonly bootAt: number;
  readonly #settings: VirtualClockSettings;
  readonly #due = new Map<Due, string>();
  #isDead = false;

  constructor(settings: VirtualClockSettings) {
    this.#settings = settings;
    this.bootAt = settings.bootAt;
  }

  /** Timers armed now. */
  get count(): number {
    return this.#due.size;
  }

  mono(): number {
    return this.#settings.agenda.now - this.bootAt;
  }

  wall(): number {
    return this.#settings.wall();
  }

  at(name: string, at: number, action: () => void): () => void {
    if (this.#isDead) return () => {};
    const { agenda, armed } = this.#settings;
    armed?.(name, at - this.mono());
    const due = agenda.at(this.#inWorld(at), () => {
      this.#due.delete(due);
      action();
    });
    this.#due.set(due, name);
    return () => {
      due.isOff = true;
      this.#due.delete(due);
    };
  }

  /** Rounding must not make it come too soon: whoever looks would find that it is not due, and ask for it again, for ever. */
  #inWorld(at: number): number {
    const inWorld = at + this.bootAt;
    return inWorld - this.bootAt < at ? inWorld + ROUNDING_MS : inWorld;
  }

  after(name: string, ms: number, action: () => void): () => void {
    return this.at(name, this.mono() + ms, action);
  }

  timers(): readonly { readonly name: string; readonly at: number }[] {
    return [...this.#due].map(([{ at }, name]) => ({ name, at: at - this.bootAt })).sort((a, b) => a.at - b.at);
  }

  /** No timer fires any more, and none can be armed. */
  kill(): void {
    this.#isDead = true;
    for (const due of this.#due.keys()) due.isOff = true;
    this.#due.clear();
  }
}
