/** A boom of wood and steel with the barrier's own controller: it knows contacts, its limits, its power and what its own loop feels. */
import type { Agenda, Due } from './agenda.ts';

export interface BoomPlan {
  /** Of one full travel, ms. */
  readonly travelMs: number;
  /** The controller lowers it by itself after standing open and clear for this long, ms; null = it never does. */
  readonly closesAfterMs: number | null;
  /** It comes down when the maintained OPEN is let go; otherwise it stays until a CLOSE. */
  readonly fallsOnRelease: boolean;
  readonly isStep: boolean;
  /** It goes down when its power returns, until it finds its closed limit. */
  readonly homesOnPower: boolean;
  /** It goes up by itself when its own loop feels metal under it while it falls. */
  readonly protects: boolean;
}

/** Who set the boom moving last: a contact of the gateway, its own controller, a hand. */
export type Mover = 'word' | 'board' | 'hand';

export interface BoomEvents {
  /** It has begun to move, has arrived, or has stopped. */
  moved(): void;
}

export class Boom {
  readonly plan: BoomPlan;
  readonly #agenda: Agenda;
  readonly #events: BoomEvents;
  readonly #isFelt: () => boolean;
  #height = 0;
  #from = 0;
  #direction: -1 | 0 | 1 = 0;
  #travelMs: number;
  #isHeld = false;
  #isStuck = false;
  #hasPower = true;
  #wantsUp = false;
  #mover: Mover = 'board';
  #arrival: Due | null = null;
  #own: Due | null = null;
  /** When it last stood closed. */
  closedAt = 0;

  constructor(agenda: Agenda, plan: BoomPlan, isFelt: () => boolean, events: BoomEvents) {
    this.#agenda = agenda;
    this.plan = plan;
    this.#isFelt = isFelt;
    this.#events = events;
    this.#travelMs = plan.travelMs;
  }

  /** 0 = down, 1 = up. */
  get height(): number {
    const moved = this.#height + (this.#direction * (this.#agenda.now - this.#from)) / this.#travelMs;
    return Math.min(1, Math.max(0, moved));
  }

  get isDown(): boolean {
    return this.height <= 0.001;
  }

  get isUp(): boolean {
    return this.height >= 0.999;
  }

  get isMoving(): boolean {
    return this.#direction !== 0;
  }

  get isFalling(): boolean {
    return this.#direction < 0;
  }

  get isRising(): boolean {
    return this.#direction > 0;
  }

  get mover(): Mover {
    return this.#mover;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get works(): boolean {
    return this.#hasPower && !this.#isStuck;
  }

  pulseOpen(): void {
    if (!this.#hasPower) return;
    if (!this.plan.isStep) this.#go(1, 'word');
    else if (this.isUp || this.isRising) this.#go(-1, 'word');
    else this.#go(1, 'word');
  }

  pulseClose(): void {
    if (this.#hasPower && !this.#isHeld) this.#go(-1, 'word');
  }

  stop(): void {
    if (this.#hasPower) this.#go(0, 'word');
  }

  hold(isHeld: boolean, by: Mover = 'word'): void {
    const was = this.#isHeld;
    this.#isHeld = isHeld;
    if (!this.#hasPower) return;
    if (isHeld) this.#go(1, by);
    else if (was && this.plan.fallsOnRelease) this.#go(-1, by);
    else this.#watchOwn();
  }

  /** The motor jams: contacts are heard, nothing moves. */
  jam(isStuck: boolean): void {
    this.#settle();
    this.#isStuck = isStuck;
    if (isStuck) this.#move(0, this.#mover);
    else if (this.#hasPower && (this.#isHeld || this.#wantsUp)) this.#go(1, 'board');
    // Its own closing may have come to nothing meanwhile.
    else this.#watchOwn();
  }

  slow(factor: number): void {
    this.#settle();
    this.#travelMs = this.plan.travelMs * factor;
    this.#schedule();
  }

  power(isOn: boolean): void {
    if (isOn === this.#hasPower) return;
    this.#hasPower = isOn;
    if (!isOn) this.#move(0, 'board');
    else if (this.#isHeld) this.#go(1, 'board');
    else if (this.plan.homesOnPower && !this.isDown) this.#go(-1, 'board');
    else this.#watchOwn();
  }

  /** Somebody lifts or lowers it. */
  byHand(to: number): void {
    this.#settle();
    this.#height = to;
    if (to === 0) this.closedAt = this.#agenda.now;
    this.#move(0, 'hand');
    if (this.#isHeld) this.#go(1, 'board');
  }

  /** Its own loop has changed. */
  felt(): void {
    if (!this.#hasPower) return;
    if (this.plan.protects && this.isFalling && this.#isFelt()) this.#go(1, 'board');
    this.#watchOwn();
  }

  #go(direction: -1 | 0 | 1, by: Mover): void {
    this.#wantsUp = direction > 0;
    if (this.#isStuck && direction !== 0) return;
    this.#move(direction, by);
  }

  #move(direction: -1 | 0 | 1, by: Mover): void {
    this.#settle();
    const isThere = (direction > 0 && this.#height >= 1) || (direction < 0 && this.#height <= 0);
    this.#direction = isThere ? 0 : direction;
    this.#mover = by;
    this.#schedule();
    this.#watchOwn();
    this.#events.moved();
  }

  #settle(): void {
    this.#height = this.height;
    this.#from = this.#agenda.now;
  }

  #schedule(): void {
    if (this.#arrival !== null) this.#arrival.isOff = true;
    this.#arrival = null;
    if (this.#direction === 0) return;
    const way = this.#direction > 0 ? 1 - this.#height : this.#height;
    this.#arrival = this.#agenda.after(way * this.#travelMs, () => this.#arrive());
  }

  #arrive(): void {
    this.#height = this.#direction > 0 ? 1 : 0;
    this.#from = this.#agenda.now;
    this.#direction = 0;
    this.#arrival = null;
    if (this.#height === 0) this.closedAt = this.#agenda.now;
    this.#watchOwn();
    this.#events.moved();
  }

  /** The controller's own closing: begun anew whenever its loop feels something or the boom moves. */
  #watchOwn(): void {
    if (this.#own !== null) this.#own.isOff = true;
    this.#own = null;
    const { closesAfterMs } = this.plan;
    if (closesAfterMs === null || !this.#hasPower || this.#isHeld || !this.isUp || this.#isFelt()) return;
    this.#own = this.#agenda.after(closesAfterMs, () => {
      this.#own = null;
      if (this.isUp && !this.#isHeld && this.#hasPower && !this.#isFelt()) this.#go(-1, 'board');
    });
  }
}
