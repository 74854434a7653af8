/** Everybody at one lane, in their order, and whom they ask for help. */
import type { Direction } from '../../core/values.ts';
import type { Random } from '../random.ts';
import { Body, type Part } from '../yard/body.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import type { Cameras, Surroundings } from './surroundings.ts';
import { type Person, Visit } from './visit.ts';

/** Behind the boom so far, nobody is before the next one any more, metres. */
const IS_THROUGH = 1.8;
const QUEUE_MAX = 5;

export interface Booth {
  /** A driver at this lane asks for help. */
  asked(lane: string, visit: Visit): void;
}

export class LaneCrowd {
  readonly yard: LaneYard;
  readonly #on: Surroundings;
  readonly #cameras: Cameras;
  readonly #random: Random;
  readonly #booth: Booth;
  #visits: Visit[] = [];

  constructor(yard: LaneYard, on: Surroundings, cameras: Cameras, booth: Booth) {
    this.yard = yard;
    this.#on = on;
    this.#cameras = cameras;
    this.#booth = booth;
    this.#random = on.random.fork(`crowd ${yard.id}`);
  }

  get visits(): readonly Visit[] {
    return this.#visits;
  }

  come(person: Person, direction: Direction): Visit | null {
    const same = this.#visits.filter((visit) => visit.direction === direction);
    // The road before the lane is only so long.
    if (same.length >= QUEUE_MAX || same.some((visit) => visit.body.rear(this.#on.agenda.now) < -11)) return null;
    const random = this.#random;
    const visit = new Visit(this.yard, person, direction, this.#on, this.#cameras, this.#queue(), random);
    this.#visits.push(visit);
    this.#count();
    visit.look();
    return visit;
  }

  /** Somebody on foot, under the boom or beside it. */
  walk(): void {
    const parts: readonly Part[] = [{ from: 0, to: 0.4, isMetal: false }];
    const { agenda } = this.#on;
    const body = new Body(this.#random.pick(['in', 'out']), parts, -2, agenda.now);
    this.yard.bodies.add(body);
    body.drive(this.#random.between(0.7, 1.5), agenda.now);
    this.yard.stir();
    const stopsMs = this.#random.chance(0.3) ? this.#random.whole(500, 6000) : 0;
    const reach = (to: number): number => ((to - body.front(agenda.now)) / body.speed) * 1000;
    const walkOn = (): void => {
      body.drive(1.2, agenda.now);
      this.yard.stir();
      agenda.after(reach(2.4), () => {
        this.yard.bodies.delete(body);
        this.yard.stir();
      });
    };
    if (stopsMs === 0) walkOn();
    else
      agenda.after(reach(0.2), () => {
        body.drive(0, agenda.now);
        agenda.after(stopsMs, walkOn);
      });
  }

  tick(): void {
    for (const visit of [...this.#visits]) {
      visit.tick();
      if (visit.phase === 'waiting' || visit.phase === 'coming') visit.look();
    }
  }

  /** Whoever waits goes away. */
  disperse(): void {
    for (const visit of [...this.#visits].reverse()) visit.leave();
  }

  #queue() {
    return {
      before: (visit: Visit): Visit | null => {
        const { now } = this.#on.agenda;
        let found: Visit | null = null;
        for (const other of this.#visits) {
          if (other === visit) break;
          if (other.direction === visit.direction && other.body.rear(now) < IS_THROUGH) found = other;
        }
        return found;
      },
      isCrossedFromAhead: (visit: Visit): boolean =>
        this.#visits.some(
          (other) => other.direction !== visit.direction && (other.phase === 'passing' || other.phase === 'stalled'),
        ),
      changed: (): void => {
        this.#visits = this.#visits.filter((one) => one.phase !== 'gone');
        this.#count();
      },
      asksGuard: (visit: Visit): void => this.#booth.asked(this.yard.id, visit),
    };
  }

  #count(): void {
    for (const direction of ['in', 'out'] as const) {
      const same = this.#visits.filter((visit) => visit.direction === direction);
      for (const visit of same) visit.isLast = visit === same.at(-1);
    }
  }
}
