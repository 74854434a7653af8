/** Cars that drive up, wait for the boom they can see, pass or give up; and a guard who looks and presses. Timers are the clock's. */
import type { Clock } from '../contract/clock.ts';
import type { LaneRig } from './lane-rig.ts';
import type { Random } from './random.ts';
import type { Arrival } from './traffic.ts';

export interface WorldEvents {
  arrived?(arrival: Arrival): void;
  left?(arrival: Arrival, how: 'passed' | 'turnedAway'): void;
  /** A boom came down on a car: what must never happen. */
  hit?(lane: string): void;
}

/** Camera to arming sensor: 0.3 to 1.5 s before (gate.md "Opening"). */
const READ_BEFORE_MS: readonly [number, number] = [300, 1500];
const LOOK_MS = 50;
const UP = 0.97;
const REACT_MS = 500;
const PATIENCE_MS = 14_000;
const GUARD_LOOKS_AFTER_MS = 5000;
const PRESS_MS = 350;
/** A car's way under the boom, until its tail has left the arming sensor and until it is clear. */
const OFF_ARMING_MS = 500;
const CROSSING_MS = 1600;
/** Light between a car and the one on its bumper: two metres at walking pace. */
const BUMPER_GAP_MS = 600;
/** From stopping to the first card, and from one card to the next: longer than a reader takes to forget one. */
const CARD_AFTER_MS = 1200;
const NEXT_CARD_MS = 1500;

/** One lane's queue: a car drives up when the one before it is gone. */
export class LaneTraffic {
  readonly #rig: LaneRig;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #events: WorldEvents;
  readonly #queue: Arrival[] = [];
  #busy = false;
  /** At the boom, within reach of the reader. */
  #standing: Arrival | null = null;
  #stopped = false;

  constructor(rig: LaneRig, clock: Clock, random: Random, events: WorldEvents) {
    this.#rig = rig;
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
  }

  get waiting(): number {
    return this.#queue.length + (this.#busy ? 1 : 0);
  }

  drive(arrival: Arrival): void {
    this.#queue.push(arrival);
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
  }

  #next(): void {
    if (this.#busy || this.#stopped) return;
    const arrival = this.#queue.shift();
    if (arrival === undefined) return;
    this.#busy = true;
    this.#driveUp(arrival);
  }

  #after(ms: number, what: string, act: () => void): void {
    this.#clock.after(`world.${this.#rig.id}.${what}`, ms, () => {
      if (!this.#stopped) act();
    });
  }

  #driveUp(arrival: Arrival): void {
    this.#events.arrived?.(arrival);
    this.#rig.see(arrival.direction, { plate: arrival.read, color: arrival.color, confidence: arrival.confidence });
    this.#after(this.#random.between(...READ_BEFORE_MS), 'arrive', () => {
      this.#rig.sense('arming', arrival.direction, true);
      this.#standing = arrival;
      for (const [at, card] of arrival.cards.entries())
        this.#after(CARD_AFTER_MS + at * NEXT_CARD_MS, 'card', () => {
          // Whoever has driven on shows nothing more: it would be the next driver's card.
          if (this.#standing === arrival) this.#rig.showCard(card);
        });
      this.#waitForBoom(arrival, this.#clock.mono(), false);
    });
  }

  #waitForBoom(arrival: Arrival, since: number, helped: boolean): void {
    const waited = this.#clock.mono() - since;
    // One who has come to try his cards tries them, also before a boom that has not come down behind the car ahead.
    if (this.#rig.boom() >= UP && arrival.kind !== 'cardTrier') {
      this.#standing = null;
      this.#after(REACT_MS, 'go', () => (arrival.kind === 'turnsBack' ? this.#giveUp(arrival) : this.#pass(arrival)));
      return;
    }
    if (waited > PATIENCE_MS) {
      this.#standing = null;
      return this.#giveUp(arrival);
    }
    const press = !helped && waited > GUARD_LOOKS_AFTER_MS && guardOpensFor(arrival);
    if (press) this.#press();
    this.#after(LOOK_MS, 'wait', () => this.#waitForBoom(arrival, since, helped || press));
  }

  #press(): void {
    this.#rig.pressButton(true);
    this.#after(PRESS_MS, 'release', () => this.#rig.pressButton(false));
  }

  /** Bumper under the boom 0.7 s after starting, tail clear of it 1.6 s later. */
  #pass(arrival: Arrival): void {
    const { direction } = arrival;
    this.#after(700, 'under', () => {
      if (this.#rig.boom() < 0.5) this.#events.hit?.(this.#rig.id);
      if (arrival.followed) this.#follow(arrival);
      this.#goUnder(direction);
      if (!arrival.followed) this.#after(CROSSING_MS, 'through', () => this.#done(arrival, 'passed'));
    });
  }

  /** From the bumper under the boom to the tail clear of it: off the arming sensor, and out over what lies behind the boom. */
  #goUnder(direction: Arrival['direction']): void {
    this.#rig.sense('obstruction', direction, true);
    this.#after(OFF_ARMING_MS, 'off', () => this.#rig.sense('arming', direction, false));
    this.#after(CROSSING_MS, 'clear', () => this.#rig.sense('obstruction', direction, false));
    this.#leaveOverOtherSide(direction);
  }

  /** The tailgater is on the first car's bumper: no read, no stop; its own time on the arming sensor, and a gap of light between them. */
  #follow(arrival: Arrival): void {
    const { direction } = arrival;
    this.#after(OFF_ARMING_MS + BUMPER_GAP_MS, 'tailArrives', () => this.#rig.sense('arming', direction, true));
    this.#after(CROSSING_MS + BUMPER_GAP_MS, 'tail', () => {
      this.#goUnder(direction);
      this.#after(CROSSING_MS, 'tailThrough', () => this.#done(arrival, 'passed'));
    });
  }

  /** In a two-way lane the other direction's arming sensor lies behind the boom: every car leaves over it. */
  #leaveOverOtherSide(direction: Arrival['direction']): void {
    if (this.#rig.directions.length < 2) return;
    const other = direction === 'in' ? 'out' : 'in';
    this.#after(1200, 'otherSide', () => this.#rig.sense('arming', other, true));
    this.#after(2100, 'gone', () => this.#rig.sense('arming', other, false));
  }

  #giveUp(arrival: Arrival): void {
    this.#after(1200, 'reverse', () => {
      this.#rig.sense('arming', arrival.direction, false);
      this.#done(arrival, 'turnedAway');
    });
  }

  #done(arrival: Arrival, how: 'passed' | 'turnedAway'): void {
    this.#events.left?.(arrival, how);
    if (how === 'passed') this.#rig.cleared();
    this.#after(this.#random.between(1500, 3000), 'next', () => {
      this.#busy = false;
      this.#next();
    });
  }
}

/** The guard lets in whom a person would: a misread neighbour, a car without plate that rings, a delivery. Never a blocked one. */
function guardOpensFor(arrival: Arrival): boolean {
  return arrival.kind === 'misread' || arrival.kind === 'noPlate' || arrival.kind === 'courier';
}
