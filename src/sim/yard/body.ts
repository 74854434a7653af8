/** What moves through a lane: parts of metal or flesh along one line, at a speed that holds until the next deed. Metres and m/s. */
import type { Direction } from '../../core/values.ts';

export interface Part {
  /** Behind the front, metres. */
  readonly from: number;
  readonly to: number;
  /** A loop feels it. */
  readonly isMetal: boolean;
}

export interface Zone {
  readonly from: number;
  readonly to: number;
}

/** Something under the boom is hit by it. */
export const DANGER: Zone = { from: -0.3, to: 0.3 };

export class Body {
  readonly direction: Direction;
  readonly parts: readonly Part[];
  /** Way of the front along its own direction; the boom stands at 0. */
  #front: number;
  #since: number;
  #speed = 0;

  constructor(direction: Direction, parts: readonly Part[], front: number, now: number) {
    this.direction = direction;
    this.parts = parts;
    this.#front = front;
    this.#since = now;
  }

  get speed(): number {
    return this.#speed;
  }

  get length(): number {
    return Math.max(...this.parts.map((part) => part.to));
  }

  front(now: number): number {
    return this.#front + (this.#speed * (now - this.#since)) / 1000;
  }

  rear(now: number): number {
    return this.front(now) - this.length;
  }

  drive(speed: number, now: number): void {
    this.#front = this.front(now);
    this.#since = now;
    this.#speed = speed;
  }

  /** Zones are given in the lane's own line, which runs inward. */
  isOver(zone: Zone, now: number, onlyMetal = false): boolean {
    const front = this.front(now);
    return this.parts.some((part) => {
      if (onlyMetal && !part.isMetal) return false;
      const near = front - part.from;
      const far = front - part.to;
      const [from, to] = this.direction === 'in' ? [far, near] : [-near, -far];
      return from < zone.to && to > zone.from;
    });
  }
}
