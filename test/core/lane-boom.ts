/** A boom of wood and steel: it knows no plan, only contacts, limits, its own board and what stands under it. */
export interface BoomOptions {
  readonly travelMs: number;
  /** The board lowers it by itself after standing open and clear for this long; null = it never does. */
  readonly boardClosesAfterMs: number | null;
  readonly startsOpen: boolean;
}

export class Boom {
  /** 0 = down, 1 = up. */
  height: number;
  /** Of one full travel; cold and snow change it. */
  travelMs: number;
  /** Jammed: contacts are heard, nothing moves. */
  stuck = false;
  /** Its board does not let it fall when a hold ends: closing is a contact of its own. */
  staysOnRelease = false;
  /** A close contact is heard, an open contact is not. */
  deaf = false;
  #direction: -1 | 0 | 1 = 0;
  #held = false;
  #at = 0;
  #upSince = 0;
  readonly #options: BoomOptions;

  constructor(options: BoomOptions) {
    this.#options = options;
    this.travelMs = options.travelMs;
    this.height = options.startsOpen ? 1 : 0;
  }

  get isDown(): boolean {
    return this.height <= 0;
  }

  get isUp(): boolean {
    return this.height >= 1;
  }

  get isFalling(): boolean {
    return this.#direction < 0;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  obey(action: string, at: number): void {
    this.advance(at, false);
    if (action === 'pulseOpen' && !this.deaf) this.#direction = 1;
    if (action === 'pulseClose' && !this.#held) this.#direction = -1;
    if (action === 'stop') this.#direction = 0;
    if (action === 'holdOn' && !this.deaf) {
      this.#held = true;
      this.#direction = 1;
    }
    if (action === 'holdOff') {
      this.#held = false;
      if (!this.staysOnRelease) this.#direction = -1;
    }
    if (this.#direction > 0 && this.isUp) this.#upSince = at;
  }

  /** Somebody lifts or pushes it: no contact is involved. */
  byHand(to: 'up' | 'down' | 'half', at: number): void {
    this.advance(at, false);
    this.#direction = 0;
    this.height = to === 'up' ? 1 : to === 'down' ? 0 : 0.5;
    this.#upSince = at;
  }

  advance(at: number, occupied: boolean): void {
    const elapsed = at - this.#at;
    this.#at = at;
    if (!this.stuck && this.#direction !== 0) {
      const moved = this.height + (this.#direction * elapsed) / this.travelMs;
      this.height = Math.min(1, Math.max(0, moved));
      if (this.isUp && this.#direction > 0) {
        this.#upSince = at;
        this.#direction = 0;
      } else if (this.isDown && this.#direction < 0) this.#direction = 0;
    }
    if (occupied) this.#upSince = at;
    const { boardClosesAfterMs } = this.#options;
    if (boardClosesAfterMs !== null && this.isUp && !this.#held && at - this.#upSince >= boardClosesAfterMs)
      this.#direction = -1;
  }
}
