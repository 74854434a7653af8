/** One driver, walker or rider at a lane: comes, is read, waits for the boom that he sees, passes, stalls, turns back or gives up. */
import type { PlateColor } from '../../core/presentation.ts';
import type { Direction } from '../../core/values.ts';
import type { Random } from '../random.ts';
import type { Due } from '../yard/agenda.ts';
import { Body, type Part } from '../yard/body.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import type { Standing } from '../yard/witness.ts';
import type { Cameras, Surroundings } from './surroundings.ts';

export interface Person {
  readonly plate: string | null;
  readonly color: PlateColor;
  readonly card: string | null;
  readonly parts: readonly Part[];
  /** Goes on the bumper of whoever is before him, asking nobody. */
  readonly isTailgater: boolean;
  /** Stands still under or behind the boom for so long, ms; null = drives on. */
  readonly stallMs: number | null;
  /** Turns back before the boom, or with his front under it. */
  readonly turnsBack: 'no' | 'before' | 'under';
  /** The camera sees his back, wherever he goes. */
  readonly isSeenLeaving?: boolean;
  /** Asks the guard after so long, ms. */
  readonly patienceMs: number;
}

export type Phase = 'coming' | 'waiting' | 'passing' | 'stalled' | 'backing' | 'gone';

const STARTS_AT = -13;
const STOPS_AT = -2;
const READ_AT = -6;
/** Of the front; whoever is long goes on until his rear is as far as a car's. */
const LEFT_AT = 13;
const CAR_LENGTH = 5;
const COMING = 4;
const BEHIND = 1.2;
/** A camera looks again at a car that stands there. */
const AGAIN_MS: readonly [number, number] = [5000, 9000];
const UP = 0.9;

export interface Queue {
  /** Who is before him in his direction; null where he is the first. */
  before(visit: Visit): Visit | null;
  isCrossedFromAhead(visit: Visit): boolean;
  changed(): void;
  asksGuard(visit: Visit): void;
}

export class Visit implements Standing {
  readonly person: Person;
  readonly direction: Direction;
  readonly body: Body;
  phase: Phase = 'coming';
  waitingSince = 0;
  readonly #yard: LaneYard;
  readonly #on: Surroundings;
  readonly #cameras: Cameras;
  readonly #queue: Queue;
  readonly #random: Random;
  readonly #speed: number;
  #due: Due | null = null;
  #patience: Due | null = null;
  #again: Due | null = null;
  #isRead = false;
  #hasStalled = false;

  constructor(
    yard: LaneYard,
    person: Person,
    direction: Direction,
    on: Surroundings,
    cameras: Cameras,
    queue: Queue,
    random: Random,
  ) {
    this.#yard = yard;
    this.person = person;
    this.direction = direction;
    this.#on = on;
    this.#cameras = cameras;
    this.#queue = queue;
    this.#random = random;
    this.#speed = random.between(1.5, 4);
    this.body = new Body(direction, person.parts, STARTS_AT, on.agenda.now);
    yard.bodies.add(this.body);
  }

  get lane(): string {
    return this.#yard.id;
  }

  get plate(): string | null {
    return this.person.plate;
  }

  get isFirst(): boolean {
    return this.#queue.before(this) === null;
  }

  get isWaiting(): boolean {
    return this.phase === 'waiting';
  }

  get isOnArming(): boolean {
    const role = this.#yard.plan.sensors.find(
      ({ input }) => input.role === 'arming' && input.direction === this.direction,
    );
    return (
      role?.zone !== null && role?.zone !== undefined && this.body.isOver(role.zone, this.#now, role.feelsMetalOnly)
    );
  }

  get #leftAt(): number {
    return LEFT_AT + Math.max(0, this.body.length - 2 * CAR_LENGTH);
  }

  get #now(): number {
    return this.#on.agenda.now;
  }

  /** Begins, or looks again: somebody has moved, the boom has. */
  look(): void {
    if (this.phase === 'coming' || this.phase === 'waiting') this.#approach();
    else if (this.phase === 'passing') this.#mindBoom();
  }

  /** While anything moves in the lane. */
  tick(): void {
    const front = this.body.front(this.#now);
    if (!this.#isRead && front >= READ_AT && this.phase === 'coming' && !this.person.isTailgater) this.#beRead();
    if (this.phase === 'passing') this.#mindBoom();
  }

  leave(): void {
    for (const due of [this.#due, this.#patience, this.#again]) if (due !== null) due.isOff = true;
    this.phase = 'gone';
    this.body.drive(0, this.#now);
    this.#yard.bodies.delete(this.body);
    this.#yard.stir();
    this.#queue.changed();
  }

  giveUp(): void {
    if (this.phase === 'waiting') this.#back();
  }

  #approach(): void {
    const before = this.#queue.before(this);
    const isClose = before !== null && this.person.isTailgater && before.phase === 'passing';
    if (isClose && before !== null && before.body.rear(this.#now) - this.body.front(this.#now) < 2.5) {
      this.#pass();
      return;
    }
    const room = before === null ? STOPS_AT : Math.min(STOPS_AT, before.body.rear(this.#now) - BEHIND);
    const front = this.body.front(this.#now);
    if (front < room - 0.3) {
      if (this.body.speed === 0 || this.#due === null) this.#drive(COMING, room, () => this.#stop());
      return;
    }
    if (this.phase === 'coming') this.#stop();
    else if (this.#mayGo()) this.#pass();
  }

  #stop(): void {
    this.body.drive(0, this.#now);
    this.phase = 'waiting';
    this.waitingSince = this.#now;
    const random = this.#random;
    if (!this.#isRead && this.isFirst) this.#beRead();
    this.#patience ??= this.#on.agenda.after(this.person.patienceMs, () => this.#loosePatience());
    if (this.person.card !== null && this.#yard.plan.model.readers.length > 0)
      this.#on.agenda.after(random.whole(600, 3000), () => this.#showCard());
    if (this.person.turnsBack === 'before')
      this.#on.agenda.after(random.whole(1000, 8000), () => {
        if (this.phase === 'waiting' && this.isLast) this.#back();
      });
    this.#queue.changed();
    this.look();
  }

  /** Set by the queue: nobody stands behind. */
  isLast = true;

  #mayGo(): boolean {
    if (this.phase !== 'waiting' || this.#queue.before(this) !== null) return false;
    const { boom } = this.#yard;
    return boom.height > UP && !boom.isFalling && !this.#queue.isCrossedFromAhead(this);
  }

  #pass(): void {
    this.phase = 'passing';
    const { person } = this;
    const to = person.turnsBack === 'under' ? 0.1 : person.stallMs !== null && !this.#hasStalled ? 0.8 : this.#leftAt;
    this.#drive(this.#speed, to, () => {
      if (person.turnsBack === 'under') this.#back();
      else if (to < this.#leftAt) this.#stall();
      else this.leave();
    });
    this.#queue.changed();
  }

  #stall(): void {
    this.phase = 'stalled';
    this.#hasStalled = true;
    this.body.drive(0, this.#now);
    this.#due = this.#on.agenda.after(this.person.stallMs ?? 0, () => {
      this.phase = 'passing';
      this.#drive(this.#speed, this.#leftAt, () => this.leave());
    });
  }

  #back(): void {
    this.phase = 'backing';
    if (this.#again !== null) this.#again.isOff = true;
    this.body.drive(-2, this.#now);
    if (this.#due !== null) this.#due.isOff = true;
    const way = this.body.front(this.#now) - STARTS_AT;
    this.#due = this.#on.agenda.after((way / 2) * 1000, () => this.leave());
    this.#yard.stir();
  }

  /** Whoever sees it fall before he is under it stops. */
  #mindBoom(): void {
    const front = this.body.front(this.#now);
    if (!this.#yard.boom.isFalling || front > -0.7 || front < -4 || this.person.isTailgater) return;
    if (this.#due !== null) this.#due.isOff = true;
    this.#due = null;
    this.#stop();
  }

  #drive(speed: number, to: number, then: () => void): void {
    if (this.#due !== null) this.#due.isOff = true;
    const way = to - this.body.front(this.#now);
    this.body.drive(speed, this.#now);
    this.#yard.stir();
    this.#due = this.#on.agenda.after(Math.max(0, (way / speed) * 1000), () => {
      this.#due = null;
      then();
    });
  }

  #loosePatience(): void {
    this.#patience = null;
    if (this.phase !== 'waiting') return;
    this.#queue.asksGuard(this);
    this.#patience = this.#on.agenda.after(20_000, () => this.#loosePatience());
  }

  #beRead(): void {
    this.#isRead = true;
    this.#see();
    if (this.#random.chance(0.5)) this.#on.agenda.after(300, () => this.#seeAgain(false));
    const [from, to] = AGAIN_MS;
    this.#again = this.#on.agenda.after(this.#random.whole(from, to), () => this.#seeAgain(true));
  }

  #seeAgain(isRepeated: boolean): void {
    if (this.phase !== 'waiting' && this.phase !== 'coming') return;
    if (this.isFirst) this.#see();
    const [from, to] = AGAIN_MS;
    if (isRepeated) this.#again = this.#on.agenda.after(this.#random.whole(from, to), () => this.#seeAgain(true));
  }

  #see(): void {
    if (this.person.plate === null) return;
    const { plate, color, isSeenLeaving = false } = this.person;
    this.#cameras.see(this.lane, this.direction, plate, plate === '' ? 'unknown' : color, this, isSeenLeaving);
  }

  #showCard(): void {
    if (this.phase === 'waiting' && this.person.card !== null && this.isFirst)
      this.#cameras.showCard(this.lane, this.direction, this.person.card, this);
  }
}
